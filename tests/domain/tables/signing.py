"""Why a signature is refused."""

from __future__ import annotations

from datetime import date

from domain.contract.closing import ContractTerminated
from domain.contract.counterparts import PartyIsFlagged
from domain.contract.rules import ElementExists, NeedsText, NothingChanges, UnknownElement, WrongStage
from domain.contract.signing import (
    AffixSeal,
    ContractInForce,
    DepositOriginal,
    FixText,
    NoCopies,
    OriginalDeposited,
    RequestSignature,
    SealAffixed,
    Sign,
    SignatureRequested,
    Signed,
    SignsAnotherText,
    TextIsOutdated,
)
from domain.contract.vocabulary import SealKind, SigningMethod, TextFormat, TextLanguage
from tests.domain.archive import BLOCKED, WITH_LISTED, Registry
from tests.domain.precedence import Fault, Table
from tests.domain.tables.payment import NOT_BINDING
from tests.facts import approved, in_force, text_fixed
from tests.spec import CAROL, told

TABLES = (
    Table(
        command=Sign(party="us", signatory="陈晨", method=SigningMethod.WET_INK),
        given=approved,
        by=CAROL,
        faults=(
            Fault(refusal=WrongStage, also=told(ContractInForce()), details={"status": "in_force", "allowed": "approved"}),
            Fault(refusal=UnknownElement, change={"party": "c9"}, details={"element": "party", "element_id": "c9"}),
            Fault(
                refusal=ElementExists,
                also=told(Signed(party="us", signatory="陈晨")),
                details={"element": "signature of", "element_id": "us"},
            ),
            Fault(refusal=NeedsText, change={"signatory": " "}, details={"field": "signatory"}),
        ),
    ),
    Table(
        command=Sign(party="us", signatory="陈晨", method=SigningMethod.WET_INK),
        given=approved,
        by=CAROL,
        faults=(
            # Only a publisher's day of the last signature stands for everybody.
            Fault(refusal=UnknownElement, change={"party": "all_parties"}, details={"element": "party", "element_id": "all_parties"}),
        ),
        name="for everybody",
    ),
    Table(
        command=Sign(party="us", signatory="陈晨", method=SigningMethod.WET_INK, document_sha256="ab" * 32),
        given=text_fixed,
        by=CAROL,
        faults=(
            Fault(refusal=NeedsText, change={"signatory": " "}, details={"field": "signatory"}),
            Fault(refusal=SignsAnotherText, change={"document_sha256": "cd" * 32}, details={"fixed": "ab" * 32, "given": "cd" * 32}),
            Fault(
                refusal=SignsAnotherText, change={"document_sha256": None}, details={"fixed": "ab" * 32, "given": "-"}, name="none named"
            ),
        ),
        name="of a fixed text",
    ),
    Table(
        command=Sign(party="us", signatory="陈晨", method=SigningMethod.WET_INK, document_sha256="ab" * 32),
        given=text_fixed,
        by=CAROL,
        around=Registry(listed=BLOCKED),
        faults=(
            Fault(refusal=SignsAnotherText, change={"document_sha256": None}),
            Fault(refusal=PartyIsFlagged, also=told(WITH_LISTED), details={"party": "失信公司", "flags": "dishonest_debtor"}),
        ),
        name="with a flagged party",
    ),
    Table(
        command=FixText(
            sha256="cd" * 32,
            format=TextFormat.DOCX,
            language=TextLanguage.ENGLISH,
            rendered_version=len(text_fixed),
            renderer="tallystick/0.1.0 python-docx/1.2.0",
        ),
        given=text_fixed,
        by=CAROL,
        faults=(
            Fault(refusal=WrongStage, also=told(ContractInForce()), details={"status": "in_force", "allowed": "approved"}),
            Fault(refusal=NeedsText, change={"renderer": " "}, details={"field": "renderer"}),
            Fault(refusal=NothingChanges, change={"sha256": "ab" * 32}),
            Fault(
                refusal=TextIsOutdated,
                change={"rendered_version": 3},
                details={"rendered_version": 3, "version": len(text_fixed)},
            ),
        ),
    ),
    Table(
        command=RequestSignature(party="c1", signatory="Wang Wei", due=date(2026, 1, 20)),
        given=approved,
        by=CAROL,
        faults=(
            Fault(refusal=WrongStage, also=told(ContractInForce()), details={"status": "in_force", "allowed": "approved"}),
            Fault(refusal=UnknownElement, change={"party": "c9"}, details={"element": "party", "element_id": "c9"}),
            Fault(
                refusal=ElementExists,
                also=told(Signed(party="c1", signatory="Wang Wei")),
                details={"element": "signature of", "element_id": "c1"},
            ),
            Fault(refusal=NeedsText, change={"signatory": " "}, details={"field": "signatory"}),
            Fault(refusal=NothingChanges, also=told(SignatureRequested(party="c1", signatory="Wang Wei", due=date(2026, 1, 20)))),
        ),
    ),
    Table(
        command=AffixSeal(party="us", kind=SealKind.CONTRACT, by="陈晨"),
        given=approved,
        by=CAROL,
        faults=(
            Fault(
                refusal=WrongStage,
                also=told(ContractTerminated(ground="x")),
                details={"status": "terminated", "allowed": "approved or in_force"},
            ),
            Fault(refusal=UnknownElement, change={"party": "c9"}, details={"element": "party", "element_id": "c9"}),
            Fault(
                refusal=ElementExists,
                also=told(SealAffixed(party="us", kind=SealKind.CONTRACT, by="x")),
                details={"element": "seal of", "element_id": "us"},
            ),
            Fault(refusal=NeedsText, change={"by": " "}, details={"field": "person"}),
        ),
    ),
    Table(
        command=DepositOriginal(place="档案室 / Archive", copies=2),
        given=in_force,
        by=CAROL,
        faults=(
            NOT_BINDING,
            Fault(refusal=NeedsText, change={"place": " "}, details={"field": "place"}),
            Fault(refusal=NoCopies, change={"copies": 0}, details={"copies": 0}),
            Fault(refusal=NothingChanges, also=told(OriginalDeposited(place="档案室 / Archive", copies=2))),
        ),
    ),
)
