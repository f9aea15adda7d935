"""Breach 违约: what fell due and what is overdue as facts, and breaches that a side declares and that are remedied."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TypeAlias, assert_never

from domain.contract import days, obligations, rules
from domain.contract.delays import Breach, FallenDue, Obligation
from domain.contract.obligations import Owed
from domain.contract.state import Contract
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal
from domain.terms.calendar import Calendar, local_day


@fact("contract.obligation_fell_due")
class ObligationFellDue(Fact):
    """The day came by which something is owed."""

    obligation: Obligation
    due: date
    ours: bool
    description: str
    calendar: str
    zone: str


@fact("contract.obligation_overdue")
class ObligationOverdue(Fact):
    """The day passed by which something was owed, and it was not done."""

    obligation: Obligation
    due: date
    ours: bool
    description: str
    calendar: str
    zone: str


@fact("contract.breach_declared")
class BreachDeclared(Fact):
    """A side says that the other broke the contract, and by when that is to be remedied."""

    breach_id: str
    by: str
    against: str
    about: str
    obligation: Obligation | None = None
    cure_by: date | None = None


@fact("contract.breach_remedied")
class BreachRemedied(Fact):
    """What was broken was put right."""

    breach_id: str
    how: str


BreachFact: TypeAlias = ObligationFellDue | ObligationOverdue | BreachDeclared | BreachRemedied


@value
class RecordObligationDue(Command):
    """Record that the day came by which something is owed; days are those of the zone. A day that was moved may come again."""

    obligation: Obligation
    calendar: str = days.ROUND_THE_CLOCK
    zone: str = days.UTC


@value
class RecordObligationOverdue(Command):
    """Record that the day passed by which something was owed, and that it was not done; days are those of the zone."""

    obligation: Obligation
    calendar: str = days.ROUND_THE_CLOCK
    zone: str = days.UTC


@value
class DeclareBreach(Command):
    """Declare that a side broke the contract, and by when that is to be remedied."""

    breach_id: str
    by: str
    against: str
    about: str
    obligation: Obligation | None = None
    cure_by: date | None = None


@value
class RecordBreachRemedied(Command):
    """Record that a breach was put right, and how."""

    breach_id: str
    how: str


BreachCommand: TypeAlias = RecordObligationDue | RecordObligationOverdue | DeclareBreach | RecordBreachRemedied


class NothingOwed(Refusal):
    """What falls due is owed, by a day."""

    template = "No {kind} {obligation_id!r} is owed by any day."


class NotDueYet(Refusal):
    """What falls due does so on its day, and is overdue after it."""

    template = "The {kind} {obligation_id!r} is owed by {due}; it is {today}."


class IsFulfilled(Refusal):
    """What was done is not overdue."""

    template = "The {kind} {obligation_id!r} was done."


class AlreadyRecorded(Refusal):
    """A day comes and passes once."""

    template = "That the {kind} {obligation_id!r} was owed by {due} is recorded already."


class BreaksOwnContract(Refusal):
    """A breach is the other side's."""

    template = "{party!r} declares its own breach; name the other side."


class AlreadyRemedied(Refusal):
    """A breach is put right once; what is broken again is another breach."""

    template = "The breach {breach_id!r} was already remedied."


def decide(contract: Contract, command: BreachCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage; of what is owed those of the calendar, NothingOwed, NotDueYet, IsFulfilled, AlreadyRecorded; of breaches
    ElementExists or UnknownElement, BreaksOwnContract, NothingOwed or AlreadyRemedied, NeedsText.
    """
    rules.require_stage(contract, *rules.BINDING_OR_ENDED)
    match command:
        case RecordObligationDue() | RecordObligationOverdue():
            return [owed(contract, command, occasion)]
        case DeclareBreach():
            return [declared(contract, command, occasion)]
        case RecordBreachRemedied(breach_id=breach_id, how=how):
            rules.require_known("breach", breach_id, contract.breaches)
            if contract.breaches[breach_id].remedied_how is not None:
                raise AlreadyRemedied(breach_id=breach_id)
            rules.require_text("remedy", how)
            return [BreachRemedied(breach_id=breach_id, how=how)]
        case unreachable:
            assert_never(unreachable)


def owed(contract: Contract, command: RecordObligationDue | RecordObligationOverdue, occasion: Occasion) -> Fact:
    """What fell due or is overdue. Refusals: those of calendar and schedule, NothingOwed, NotDueYet, IsFulfilled, AlreadyRecorded."""
    calendar = days.counted(occasion, command.calendar, command.zone)
    today = local_day(calendar, occasion.effective_at)
    found, due = owing(contract, command.obligation, today, calendar)
    named = {"kind": command.obligation.kind.value, "obligation_id": command.obligation.obligation_id}
    overdue = isinstance(command, RecordObligationOverdue)
    if today < due or (overdue and today == due):
        raise NotDueYet(**named, due=due, today=today)
    if overdue and found.fulfilled:
        raise IsFulfilled(**named)
    recorded = contract.fallen_due.get(key(command.obligation, due))
    if recorded is not None and (recorded.overdue or not overdue):
        raise AlreadyRecorded(**named, due=due)
    made = ObligationOverdue if overdue else ObligationFellDue
    return made(
        obligation=command.obligation,
        due=due,
        ours=found.ours,
        description=found.description,
        calendar=calendar.name,
        zone=command.zone,
    )


def owing(contract: Contract, obligation: Obligation, today: date, calendar: Calendar) -> tuple[Owed, date]:
    """What is owed, and by which day. Refuses with NothingOwed."""
    for found in obligations.obligations(contract, today, calendar):
        if found.obligation == obligation and found.due is not None:
            return found, found.due
    raise NothingOwed(kind=obligation.kind.value, obligation_id=obligation.obligation_id)


def declared(contract: Contract, command: DeclareBreach, occasion: Occasion) -> BreachDeclared:
    """The declaration. Refusals: ElementExists, UnknownElement, BreaksOwnContract, NothingOwed, NeedsText."""
    rules.require_new("breach", command.breach_id, contract.breaches)
    rules.require_known("party", command.by, rules.sides(contract))
    rules.require_known("party", command.against, rules.sides(contract))
    if command.by == command.against:
        raise BreaksOwnContract(party=command.by)
    if command.obligation is not None:
        calendar = days.counted(occasion, days.ROUND_THE_CLOCK, days.UTC)
        owing(contract, command.obligation, local_day(calendar, occasion.effective_at), calendar)
    rules.require_text("description", command.about)
    return BreachDeclared(
        breach_id=command.breach_id,
        by=command.by,
        against=command.against,
        about=command.about,
        obligation=command.obligation,
        cure_by=command.cure_by,
    )


def key(obligation: Obligation, due: date) -> str:
    """How an obligation is named with one of its days: a day that was moved away and back came and passed once."""
    return f"{obligation.kind.value} {obligation.obligation_id} {due}"


def evolve(contract: Contract, entry: Entry, happened: BreachFact) -> None:
    """Folds a fact of this stage. What is said of a breach that is unknown as of the moment asked about stays unsaid."""
    match happened:
        case ObligationFellDue() | ObligationOverdue():
            late = isinstance(happened, ObligationOverdue)
            contract.fallen_due[key(happened.obligation, happened.due)] = FallenDue(
                due=happened.due, ours=happened.ours, overdue=late, version=entry.version
            )
        case BreachDeclared():
            contract.breaches[happened.breach_id] = Breach(
                by=happened.by, against=happened.against, about=happened.about, obligation=happened.obligation, cure_by=happened.cure_by
            )
        case BreachRemedied(breach_id=breach_id, how=how):
            if breach_id in contract.breaches:
                contract.breaches[breach_id] = replace(contract.breaches[breach_id], remedied_how=how)
        case unreachable:
            assert_never(unreachable)
