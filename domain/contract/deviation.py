"""Deviations: what a template locks reads otherwise only by a request that somebody else approved, word for word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias, assert_never

from domain.contract import operations, rules
from domain.contract.operations import Operation
from domain.contract.state import Contract, Deviation
from domain.contract.vocabulary import Clause, DeviationStatus, Status
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal


@fact("contract.clause_deviation_requested")
class ClauseDeviationRequested(Fact):
    """Somebody wants a locked clause to read as `becomes`, or to be gone."""

    deviation_id: str
    clause_id: str
    becomes: Clause | None
    why: str


@fact("contract.clause_deviation_approved")
class ClauseDeviationApproved(Fact):
    """The clause may be worded exactly as it was asked for, once."""

    deviation_id: str
    opinion: str | None = None


@fact("contract.clause_deviation_rejected")
class ClauseDeviationRejected(Fact):
    """The clause stays as it is."""

    deviation_id: str
    opinion: str


DeviationFact: TypeAlias = ClauseDeviationRequested | ClauseDeviationApproved | ClauseDeviationRejected


@value
class RequestClauseDeviation(Command):
    """Ask that a locked clause read otherwise, or be gone where no wording is given."""

    deviation_id: str
    clause_id: str
    why: str
    becomes: Clause | None = None


@value
class ApproveClauseDeviation(Command):
    """Approve a deviation from a locked clause: its exact wording may be used, once."""

    deviation_id: str
    opinion: str | None = None


@value
class RejectClauseDeviation(Command):
    """Decline a deviation from a locked clause, or call off one that was approved and not used."""

    deviation_id: str
    opinion: str


DeviationCommand: TypeAlias = RequestClauseDeviation | ApproveClauseDeviation | RejectClauseDeviation


class ClauseIsLocked(Refusal):
    """A clause that its template locks is reworded or withdrawn only by an approved deviation that has exactly that wording."""

    template = "The template locks the clause {clause_id!r}; it takes an approved deviation that has exactly this wording."


class ClauseIsNotLocked(Refusal):
    """What no template locks is worded freely."""

    template = "No template locks the clause {clause_id!r}; it needs no deviation."


class DeviationWordsAnother(Refusal):
    """The wording that is asked for is that of the clause which is named."""

    template = "The deviation is from the clause {clause_id!r}, and its wording is of the clause {worded!r}."


class DeviationWaits(Refusal):
    """One deviation from a clause is open at a time: requested, or approved and not used."""

    template = "The deviation {other!r} from the clause {clause_id!r} is still open."


class DeviationNotAt(Refusal):
    """A deviation is approved once, and can be called off until it is used."""

    template = "The deviation {deviation_id!r} is {deviation_status}; this is possible only while it is {deviations_allowed}."


class RequesterMayNotApprove(Refusal):
    """Four eyes: who asked for a deviation does not decide on it, nor does anybody decide for them."""

    template = "{requester} asked for this deviation; somebody else has to decide."


# A draft may be changed; what is in force may be amended.
_REQUESTED_IN = (Status.DRAFT, Status.IN_FORCE)
DECIDED_IN = (Status.DRAFT, Status.IN_APPROVAL, Status.APPROVED, Status.IN_FORCE)
_OPEN = (DeviationStatus.REQUESTED, DeviationStatus.APPROVED)


def is_locked(contract: Contract, clause_id: str) -> bool:
    """Whether the contract's template locks the clause, be it there or withdrawn."""
    return contract.template is not None and clause_id in contract.template.locked_clauses


def approved(contract: Contract, clause_id: str, becomes: Clause | None) -> str | None:
    """The approved deviation by which a locked clause becomes this; None where it is not locked. Refuses with ClauseIsLocked."""
    if not is_locked(contract, clause_id):
        return None
    for one in contract.deviations.values():
        if (one.status, one.clause_id, one.becomes) == (DeviationStatus.APPROVED, clause_id, becomes):
            return one.deviation_id
    raise ClauseIsLocked(clause_id=clause_id)


def approved_all(contract: Contract, changes: Iterable[Operation]) -> tuple[str, ...]:
    """The approved deviations that an amendment's operations need. Refuses with ClauseIsLocked."""
    needed: list[str | None] = []
    for operation in changes:
        if isinstance(operation, operations.PutClause):
            needed.append(approved(contract, operation.clause.clause_id, operation.clause))
        elif isinstance(operation, operations.RemoveClause):
            needed.append(approved(contract, operation.clause_id, None))
    return tuple(one for one in needed if one is not None)


def request(contract: Contract, command: RequestClauseDeviation) -> ClauseDeviationRequested:
    """Refusals: WrongStage, ElementExists, ClauseIsNotLocked, DeviationWordsAnother, NothingChanges, DeviationWaits, NeedsText."""
    rules.require_stage(contract, *_REQUESTED_IN)
    rules.require_new("deviation", command.deviation_id, contract.deviations)
    if not is_locked(contract, command.clause_id):
        raise ClauseIsNotLocked(clause_id=command.clause_id)
    if command.becomes is not None and command.becomes.clause_id != command.clause_id:
        raise DeviationWordsAnother(clause_id=command.clause_id, worded=command.becomes.clause_id)
    rules.require_change(contract.clauses.get(command.clause_id), command.becomes)
    for other in contract.deviations.values():
        if other.clause_id == command.clause_id and other.status in _OPEN:
            raise DeviationWaits(other=other.deviation_id, clause_id=command.clause_id)
    rules.require_text("reason", command.why)
    return ClauseDeviationRequested(
        deviation_id=command.deviation_id, clause_id=command.clause_id, becomes=command.becomes, why=command.why
    )


def require_status(deviation: Deviation, *allowed: DeviationStatus) -> None:
    """Refuses with DeviationNotAt."""
    if deviation.status not in allowed:
        raise DeviationNotAt(
            deviation_id=deviation.deviation_id, deviation_status=deviation.status.value, deviations_allowed=" or ".join(allowed)
        )


def require_other_eyes(deviation: Deviation, occasion: Occasion) -> None:
    """Refuses with RequesterMayNotApprove whoever asked, had somebody ask, or lets somebody decide."""
    requesters = (deviation.requested_by, deviation.requested_for)
    for who in (occasion.actor, occasion.on_behalf_of):
        if who is not None and who in requesters:
            raise RequesterMayNotApprove(requester=who)


def decide(contract: Contract, command: DeviationCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: those of `request`; of a decision WrongStage, UnknownElement, DeviationNotAt, RequesterMayNotApprove, NeedsText."""
    if isinstance(command, RequestClauseDeviation):
        return [request(contract, command)]
    rules.require_stage(contract, *DECIDED_IN)
    rules.require_known("deviation", command.deviation_id, contract.deviations)
    deviation = contract.deviations[command.deviation_id]
    require_status(deviation, *(_OPEN if isinstance(command, RejectClauseDeviation) else (DeviationStatus.REQUESTED,)))
    require_other_eyes(deviation, occasion)
    match command:
        case ApproveClauseDeviation(deviation_id=deviation_id, opinion=opinion):
            return [ClauseDeviationApproved(deviation_id=deviation_id, opinion=opinion)]
        case RejectClauseDeviation(deviation_id=deviation_id, opinion=text):
            rules.require_text("opinion", text)
            return [ClauseDeviationRejected(deviation_id=deviation_id, opinion=text)]
        case unreachable:
            assert_never(unreachable)


def evolve(contract: Contract, entry: Entry, happened: DeviationFact) -> None:
    """Folds a fact of this stage. A deviation that is unknown as of the moment asked about stays unknown."""
    match happened:
        case ClauseDeviationRequested(deviation_id=deviation_id):
            contract.deviations[deviation_id] = Deviation(
                deviation_id=deviation_id,
                clause_id=happened.clause_id,
                becomes=happened.becomes,
                why=happened.why,
                requested_by=entry.meta.actor,
                requested_for=entry.meta.on_behalf_of,
            )
        case ClauseDeviationApproved():
            settle(contract, entry, happened, DeviationStatus.APPROVED)
        case ClauseDeviationRejected():
            settle(contract, entry, happened, DeviationStatus.REJECTED)
        case unreachable:
            assert_never(unreachable)


def settle(contract: Contract, entry: Entry, decided: ClauseDeviationApproved | ClauseDeviationRejected, status: DeviationStatus) -> None:
    """Says of a deviation what was decided, and by whom."""
    held = contract.deviations.get(decided.deviation_id)
    if held is not None:
        contract.deviations[decided.deviation_id] = replace(held, status=status, decided_by=entry.meta.actor, opinion=decided.opinion)


def apply(contract: Contract, deviation_id: str | None) -> None:
    """Marks a deviation as used: the contract is worded so."""
    held = contract.deviations.get(deviation_id or "")
    if held is not None:
        contract.deviations[held.deviation_id] = replace(held, status=DeviationStatus.APPLIED)
