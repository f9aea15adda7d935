"""Signing: every side puts its name to it, and the contract comes into force."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from domain.contract import rules
from domain.contract.state import Contract, Signature
from domain.contract.vocabulary import SigningMethod, Status
from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value

ALL_PARTIES = rules.ALL_PARTIES


@fact("contract.signed")
class Signed(Fact):
    """A side signed: `us`, a counterparty's id, or `all_parties` where a publisher gives only the day of the last signature."""

    party: str
    signatory: str | None = None
    method: SigningMethod = SigningMethod.UNSTATED
    document_sha256: str | None = None


@fact("contract.in_force")
class ContractInForce(Fact):
    """Everybody signed; the contract binds."""


SigningFact: TypeAlias = Signed | ContractInForce


@value
class Sign(Command):
    """Record one side's signature: `us` or a counterparty's id."""

    party: str
    signatory: str
    method: SigningMethod
    document_sha256: str | None = None


SigningCommand: TypeAlias = Sign


def decide(contract: Contract, command: SigningCommand, occasion: Occasion) -> list[Fact | Dated]:
    """Refusals: WrongStage, UnknownElement, ElementExists, NeedsText."""
    rules.require_stage(contract, Status.APPROVED)
    sides = rules.sides(contract)
    rules.require_known("party", command.party, sides)
    rules.require_new("signature of", command.party, contract.signatures)
    rules.require_text("signatory", command.signatory)
    signed = Signed(
        party=command.party,
        signatory=command.signatory,
        method=command.method,
        document_sha256=command.document_sha256,
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
        case unreachable:
            assert_never(unreachable)
