"""Signing: every side puts its name to it, and the contract comes into force."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias, assert_never

from domain.contract import rules
from domain.contract.counterparts import looked_up
from domain.contract.route import PartySeen
from domain.contract.state import Contract, FixedText, Seal, Signature, SignatureRequest
from domain.contract.vocabulary import SealKind, SigningMethod, Status, TextFormat, TextLanguage
from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal

ALL_PARTIES = rules.ALL_PARTIES


@fact("contract.signed", schema=3)
class Signed(Fact):
    """A side signed: `us`, a counterparty's id, or `all_parties` where a publisher gives only the day of the last signature.

    `parties` are the registered counterparties as they stood when the signature was recorded, `party_id` is the one that signed.
    """

    party: str
    signatory: str | None = None
    method: SigningMethod = SigningMethod.UNSTATED
    document_sha256: str | None = None
    parties: tuple[PartySeen, ...] = ()
    party_id: str | None = None


@fact("contract.in_force")
class ContractInForce(Fact):
    """Everybody signed; the contract binds."""


@fact("contract.signature_requested", schema=2)
class SignatureRequested(Fact):
    """A side was asked to sign, by a day where one is set."""

    party: str
    signatory: str
    due: date | None = None
    party_id: str | None = None


@fact("contract.seal_affixed", schema=2)
class SealAffixed(Fact):
    """A side put its seal to the document."""

    party: str
    kind: SealKind
    by: str
    party_id: str | None = None


@fact("contract.original_deposited")
class OriginalDeposited(Fact):
    """Originals lie in a place: this many copies in all."""

    place: str
    copies: int


@fact("contract.text_fixed")
class TextFixed(Fact):
    """These bytes, written out from a version of the contract, are what is signed. Each further text stands beside the first."""

    sha256: str
    format: TextFormat
    language: TextLanguage
    rendered_version: int
    renderer: str


SigningFact: TypeAlias = Signed | ContractInForce | SignatureRequested | SealAffixed | OriginalDeposited | TextFixed


@value
class Sign(Command):
    """Record one side's signature: `us` or a counterparty's id."""

    party: str
    signatory: str
    method: SigningMethod
    document_sha256: str | None = None


@value
class RequestSignature(Command):
    """Ask one side to sign: `us` or a counterparty's id."""

    party: str
    signatory: str
    due: date | None = None


@value
class AffixSeal(Command):
    """Record that one side put its seal to the document: `us` or a counterparty's id."""

    party: str
    kind: SealKind
    by: str


@value
class DepositOriginal(Command):
    """Record how many originals lie in a place."""

    place: str
    copies: int


@value
class FixText(Command):
    """Fix the text that will be signed: the hash of what was written out from the present version, and by which programs."""

    sha256: str
    format: TextFormat
    language: TextLanguage
    rendered_version: int
    renderer: str


SigningCommand: TypeAlias = Sign | RequestSignature | AffixSeal | DepositOriginal | FixText


class NoCopies(Refusal):
    """Something is deposited."""

    template = "At least one copy is deposited, not {copies}."


class TextIsOutdated(Refusal):
    """The text that is fixed is that of the present version."""

    template = "The text was written out from version {rendered_version}; the contract is at version {version}."


class SignsAnotherText(Refusal):
    """Once a text was fixed, every signature names it, or one that was fixed beside it."""

    template = "The text that was fixed is {fixed}; a signature of {given} is not one of it."


def decide(contract: Contract, command: SigningCommand, occasion: Occasion) -> list[Fact | Dated]:
    """What is recorded of signing.

    Refusals: WrongStage, UnknownElement, ElementExists, NeedsText, SignsAnotherText, PartyIsFlagged,
    NoCopies, TextIsOutdated, NothingChanges.
    """
    match command:
        case Sign():
            return sign(contract, command, occasion)
        case RequestSignature(party=party, signatory=signatory, due=due):
            rules.require_stage(contract, Status.APPROVED)
            rules.require_known("party", party, rules.sides(contract))
            rules.require_new("signature of", party, contract.signatures)
            rules.require_text("signatory", signatory)
            rules.require_change(contract.signature_requests.get(party), SignatureRequest(signatory=signatory, due=due))
            return [SignatureRequested(party=party, signatory=signatory, due=due, party_id=rules.party_of(contract, party))]
        case AffixSeal(party=party, kind=kind, by=by):
            rules.require_stage(contract, Status.APPROVED, Status.IN_FORCE)
            rules.require_known("party", party, rules.sides(contract))
            rules.require_new("seal of", party, [s.party for s in contract.seals if s.kind is kind])
            rules.require_text("person", by)
            return [SealAffixed(party=party, kind=kind, by=by, party_id=rules.party_of(contract, party))]
        case DepositOriginal(place=place, copies=copies):
            rules.require_stage(contract, *rules.BINDING_OR_ENDED)
            rules.require_text("place", place)
            if copies < 1:
                raise NoCopies(copies=copies)
            rules.require_change(contract.originals.get(place), copies)
            return [OriginalDeposited(place=place, copies=copies)]
        case FixText():
            rules.require_stage(contract, Status.APPROVED)
            rules.require_text("renderer", command.renderer)
            if command.sha256 in contract.fixed_texts:
                raise rules.NothingChanges
            if command.rendered_version != contract.version:
                raise TextIsOutdated(rendered_version=command.rendered_version, version=contract.version)
            return [
                TextFixed(
                    sha256=command.sha256,
                    format=command.format,
                    language=command.language,
                    rendered_version=command.rendered_version,
                    renderer=command.renderer,
                )
            ]
        case unreachable:
            assert_never(unreachable)


def sign(contract: Contract, command: Sign, occasion: Occasion) -> list[Fact | Dated]:
    """A signature, and what binds with the last one."""
    rules.require_stage(contract, Status.APPROVED)
    sides = rules.sides(contract)
    rules.require_known("party", command.party, sides)
    rules.require_new("signature of", command.party, contract.signatures)
    rules.require_text("signatory", command.signatory)
    if contract.fixed_texts and command.document_sha256 not in contract.fixed_texts:
        raise SignsAnotherText(fixed=", ".join(contract.fixed_texts), given=command.document_sha256 or "-")
    signed = Signed(
        party=command.party,
        signatory=command.signatory,
        method=command.method,
        document_sha256=command.document_sha256,
        parties=looked_up(contract, occasion),
        party_id=rules.party_of(contract, command.party),
    )
    if not {*contract.signatures, command.party} >= set(sides):
        return [signed]
    # Signatures need not be recorded in the order in which they were given: the latest one makes the contract bind.
    binds_at = max(occasion.effective_at, *(s.signed_at for s in contract.signatures.values()))
    return [signed, Dated(ContractInForce(), binds_at)]


def evolve(contract: Contract, entry: Entry, happened: SigningFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case Signed(party=party, signatory=signatory, method=method):
            contract.signatures[party] = Signature(party=party, signatory=signatory, method=method, signed_at=entry.effective_at)
        case ContractInForce():
            contract.status = Status.IN_FORCE
            contract.in_force_since = entry.effective_at
        case SignatureRequested(party=party, signatory=signatory, due=due):
            contract.signature_requests[party] = SignatureRequest(signatory=signatory, due=due)
        case SealAffixed(party=party, kind=kind, by=by):
            contract.seals = (*contract.seals, Seal(party=party, kind=kind, by=by))
        case OriginalDeposited(place=place, copies=copies):
            contract.originals[place] = copies
        case TextFixed(sha256=sha256):
            contract.fixed_texts[sha256] = FixedText(
                format=happened.format,
                language=happened.language,
                rendered_version=happened.rendered_version,
                renderer=happened.renderer,
            )
        case unreachable:
            assert_never(unreachable)
