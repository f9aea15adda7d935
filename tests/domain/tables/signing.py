"""Why a signature is refused."""

from __future__ import annotations

from domain.contract.rules import ElementExists, NeedsText, UnknownElement, WrongStage
from domain.contract.signing import ContractInForce, Sign, Signed
from domain.contract.vocabulary import SigningMethod
from tests.domain.precedence import Fault, Table
from tests.facts import approved
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
)
