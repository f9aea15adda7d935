"""Relief 不可抗力: what a side could not help is claimed, and the days of it granted or refused; granted days do not count as delay."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TypeAlias, assert_never

from domain.contract import rules
from domain.contract.delays import Relief
from domain.contract.state import Contract
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal
from domain.terms.rules import require_order


@fact("contract.relief_claimed")
class ReliefClaimed(Fact):
    """A side says that it cannot perform for a time, by something that it could not help; no deliveries named is all of them."""

    relief_id: str
    party: str
    event: str
    start: date
    end: date | None = None
    deliveries: tuple[str, ...] = ()
    evidence: str | None = None


@fact("contract.relief_granted")
class ReliefGranted(Fact):
    """The days from the first to the last do not count as delay; without a last day, until one is granted."""

    relief_id: str
    start: date
    end: date | None = None
    opinion: str | None = None


@fact("contract.relief_refused")
class ReliefRefused(Fact):
    """The delay counts, whatever was claimed."""

    relief_id: str
    why: str


ReliefFact: TypeAlias = ReliefClaimed | ReliefGranted | ReliefRefused


@value
class ClaimRelief(Command):
    """Claim relief for what a side could not help; no deliveries named is all of them."""

    relief_id: str
    party: str
    event: str
    start: date
    end: date | None = None
    deliveries: tuple[str, ...] = ()
    evidence: str | None = None


@value
class GrantRelief(Command):
    """Grant the days of a claimed relief, or some of them; what was granted without an end is granted once more with it."""

    relief_id: str
    start: date
    end: date | None = None
    opinion: str | None = None


@value
class RefuseRelief(Command):
    """Refuse a claimed relief."""

    relief_id: str
    why: str


ReliefCommand: TypeAlias = ClaimRelief | GrantRelief | RefuseRelief


class ReliefAlreadyDecided(Refusal):
    """A claim is decided once; only the end of what goes on is still to be granted."""

    template = "The relief {relief_id!r} was already {judged}."


class BeyondTheClaim(Refusal):
    """No more days are granted than were claimed."""

    template = "The relief {relief_id!r} was claimed from {start} to {end}; these days go beyond it."


def decide(contract: Contract, command: ReliefCommand, occasion: Occasion) -> list[Fact]:  # noqa: ARG001 - one shape for all stages
    """Refusals: WrongStage, ElementExists or UnknownElement, ReliefAlreadyDecided, NeedsText, PeriodRunsBackwards, BeyondTheClaim."""
    rules.require_stage(contract, *rules.BINDING_OR_ENDED)
    match command:
        case ClaimRelief():
            return [claimed(contract, command)]
        case GrantRelief(relief_id=relief_id, start=start, end=end, opinion=opinion):
            claim = undecided(contract, relief_id, still_open=True)
            require_order("relief", start, end or start)
            if start < claim.start or (claim.end is not None and (end is None or end > claim.end)):
                raise BeyondTheClaim(relief_id=relief_id, start=claim.start, end=claim.end or "…")
            rules.require_change((claim.granted, claim.start, claim.end), (True, start, end))
            return [ReliefGranted(relief_id=relief_id, start=start, end=end, opinion=opinion)]
        case RefuseRelief(relief_id=relief_id, why=why):
            undecided(contract, relief_id, still_open=False)
            rules.require_text("reason", why)
            return [ReliefRefused(relief_id=relief_id, why=why)]
        case unreachable:
            assert_never(unreachable)


def claimed(contract: Contract, claim: ClaimRelief) -> ReliefClaimed:
    """The claim. Refusals: ElementExists, UnknownElement, NeedsText, PeriodRunsBackwards."""
    rules.require_new("relief", claim.relief_id, contract.reliefs)
    rules.require_known("party", claim.party, rules.sides(contract))
    for delivery_id in claim.deliveries:
        rules.require_known("planned delivery", delivery_id, contract.planned_deliveries)
    rules.require_distinct("planned delivery", claim.deliveries)
    rules.require_text("event", claim.event)
    require_order("relief", claim.start, claim.end or claim.start)
    return ReliefClaimed(
        relief_id=claim.relief_id,
        party=claim.party,
        event=claim.event,
        start=claim.start,
        end=claim.end,
        deliveries=claim.deliveries,
        evidence=claim.evidence,
    )


def undecided(contract: Contract, relief_id: str, *, still_open: bool) -> Relief:
    """A claim that may be decided. Refusals: UnknownElement, ReliefAlreadyDecided."""
    rules.require_known("relief", relief_id, contract.reliefs)
    claim = contract.reliefs[relief_id]
    if claim.granted is False or (claim.granted and not (still_open and claim.end is None)):
        raise ReliefAlreadyDecided(relief_id=relief_id, judged="granted" if claim.granted else "refused")
    return claim


def evolve(contract: Contract, entry: Entry, happened: ReliefFact) -> None:  # noqa: ARG001 - one shape for all stages
    """Folds a fact of this stage. What is decided of a claim that is unknown as of the moment asked about stays unsaid."""
    match happened:
        case ReliefClaimed():
            contract.reliefs[happened.relief_id] = Relief(
                party=happened.party, event=happened.event, start=happened.start, end=happened.end, deliveries=happened.deliveries
            )
        case ReliefGranted(relief_id=relief_id, start=start, end=end):
            if relief_id in contract.reliefs:
                contract.reliefs[relief_id] = replace(contract.reliefs[relief_id], start=start, end=end, granted=True)
        case ReliefRefused(relief_id=relief_id):
            if relief_id in contract.reliefs:
                contract.reliefs[relief_id] = replace(contract.reliefs[relief_id], granted=False)
        case unreachable:
            assert_never(unreachable)
