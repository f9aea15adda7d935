"""The rounds of approval: each submission of a contract with everything that was decided on it, told by its entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from domain.contract.approval import (
    ApprovalCompleted,
    ApprovalWithdrawn,
    SentBack,
    StepApproved,
    StepDelegated,
    StepRejected,
    SubmittedForApproval,
)
from domain.contract.route import Approver, ChosenRoute, DelegationRef, PolicyEdition, Quorum
from domain.facts import Entry, value
from domain.money import Money
from domain.refusals import Refusal


class Move(StrEnum):
    """What an approver did."""

    AGREED = "agreed"
    REJECTED = "rejected"
    SENT_BACK = "sent_back"
    DELEGATED = "delegated"


class RoundOutcome(StrEnum):
    """How a round ended."""

    UNDER_WAY = "under_way"
    APPROVED = "approved"
    REJECTED = "rejected"
    SENT_BACK = "sent_back"
    WITHDRAWN = "withdrawn"


@value
class Moved:
    """What was done at a step, by whom, in whose place, and when it was recorded; `to` is to whom a step was left."""

    step: int
    move: Move
    seat: Approver | None
    by: str
    at: datetime
    on_behalf_of: str | None = None
    delegation: DelegationRef | None = None
    opinion: str | None = None
    to: str | None = None


@value
class Round:
    """One submission and what became of it.

    `version` is that of the submission, `last_version` that of the latest entry that belongs to the round.
    """

    number: int
    version: int
    last_version: int
    submitted_by: str
    submitted_at: datetime
    route: ChosenRoute
    note: str | None = None
    policy: PolicyEdition | None = None
    amount: Money | None = None
    rate: Decimal | None = None
    moves: tuple[Moved, ...] = ()
    outcome: RoundOutcome = RoundOutcome.UNDER_WAY
    ended_at: datetime | None = None
    withdrawn_because: str | None = None

    def at_step(self, step: int) -> tuple[Moved, ...]:
        """What was done at a step, counted from 1."""
        return tuple(moved for moved in self.moves if moved.step == step)

    def awaited_at(self, step: int) -> tuple[Approver | None, ...]:
        """Whose decision a step still waits for: nobody's once enough agreed, or the round is over."""
        wanted = self.route.steps[step - 1]
        seats = wanted.approvers or (None,)
        agreed = [moved.seat for moved in self.at_step(step) if moved.move is Move.AGREED]
        if self.outcome is not RoundOutcome.UNDER_WAY or (agreed and wanted.quorum is Quorum.ANY):
            return ()
        return tuple(seat for seat in seats if seat not in agreed)


class NoSuchRound(Refusal):
    """A contract has as many rounds of approval as it was submitted."""

    template = "The contract was submitted for approval {count} times; there is no round {round}."


def rounds(entries: Iterable[Entry]) -> tuple[Round, ...]:
    """The rounds that a contract's entries tell of, in order."""
    told: list[Round] = []
    for entry in entries:
        if isinstance(entry.fact, SubmittedForApproval):
            told.append(_begun(len(told) + 1, entry, entry.fact))
        elif told:
            told[-1] = _further(told[-1], entry)
    return tuple(told)


def up_to(told: tuple[Round, ...], number: int | None) -> tuple[Round, ...]:
    """The rounds up to one of them, by default the latest. Refuses with NoSuchRound."""
    wanted = len(told) if number is None else number
    if not 0 < wanted <= len(told):
        raise NoSuchRound(count=len(told), round=number or 1)
    return told[:wanted]


def _begun(number: int, entry: Entry, submitted: SubmittedForApproval) -> Round:
    return Round(
        number=number,
        version=entry.version,
        last_version=entry.version,
        submitted_by=entry.meta.actor,
        submitted_at=entry.recorded_at,
        route=submitted.route,
        note=submitted.note,
        policy=submitted.policy,
        amount=submitted.amount,
        rate=submitted.rate,
    )


def _further(told: Round, entry: Entry) -> Round:
    """The round with what an entry says of it."""
    by, at = entry.meta.actor, entry.recorded_at
    match entry.fact:
        case StepApproved(step=step, seat=seat, on_behalf_of=behalf, delegation=under, opinion=opinion):
            moved = Moved(step=step, move=Move.AGREED, seat=seat, by=by, at=at, on_behalf_of=behalf, delegation=under, opinion=opinion)
            return replace(told, moves=(*told.moves, moved), last_version=entry.version)
        case StepRejected(step=step, seat=seat, on_behalf_of=behalf, delegation=under, opinion=opinion):
            moved = Moved(step=step, move=Move.REJECTED, seat=seat, by=by, at=at, on_behalf_of=behalf, delegation=under, opinion=opinion)
            return _ended(replace(told, moves=(*told.moves, moved)), entry, RoundOutcome.REJECTED)
        case SentBack(step=step, seat=seat, on_behalf_of=behalf, delegation=under, opinion=opinion):
            moved = Moved(step=step, move=Move.SENT_BACK, seat=seat, by=by, at=at, on_behalf_of=behalf, delegation=under, opinion=opinion)
            return _ended(replace(told, moves=(*told.moves, moved)), entry, RoundOutcome.SENT_BACK)
        case StepDelegated(step=step, seat=seat, to=to, why=why):
            moved = Moved(step=step, move=Move.DELEGATED, seat=seat, by=by, at=at, opinion=why, to=to)
            return replace(told, moves=(*told.moves, moved), last_version=entry.version)
        case ApprovalCompleted():
            return _ended(told, entry, RoundOutcome.APPROVED)
        case ApprovalWithdrawn(why=why):
            return _ended(replace(told, withdrawn_because=why), entry, RoundOutcome.WITHDRAWN)
        case _:
            return told


def _ended(told: Round, entry: Entry, outcome: RoundOutcome) -> Round:
    return replace(told, outcome=outcome, ended_at=entry.recorded_at, last_version=entry.version)
