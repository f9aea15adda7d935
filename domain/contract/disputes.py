"""Disputes: what the sides do not agree on, which steps they take over it, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final, TypeAlias, assert_never

from domain.contract import days, rules
from domain.contract.claims import Dispute, DisputeEnd, DisputeStep
from domain.contract.state import AgreedTerm, Contract
from domain.contract.vocabulary import Resolution
from domain.facts import Command, Fact, Occasion, fact, value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms import dispute
from domain.terms.calendar import Calendar, local_day
from domain.terms.dispute import DECIDING, DisputePath, Entered, Route, Step, StepKind


@fact("contract.dispute_opened")
class DisputeOpened(Fact):
    """The sides do not agree about something, such as a type of breach; `by` is who says so: `us`, or a counterparty's id.

    `route` holds the steps that the cited term lays down for it, by which it goes on whatever becomes of the term.
    """

    dispute_id: str
    about: str
    by: str
    opened_on: date
    claim: Money | None = None
    route: tuple[Step, ...] = ()
    law: str | None = None
    term_id: str | None = None
    term_version: int | None = None
    note: str | None = None


@fact("contract.dispute_step_entered")
class DisputeStepEntered(Fact):
    """The dispute came to its next step, before a forum where the step has one."""

    dispute_id: str
    step: StepKind
    entered_on: date
    calendar: str
    forum: str | None = None
    formula: str | None = None
    note: str | None = None


@fact("contract.dispute_resolved")
class DisputeResolved(Fact):
    """The dispute is over: how it ended, what came out, and which side owes what, where something is owed."""

    dispute_id: str
    how: Resolution
    outcome: str
    amount: Money | None = None
    owed_by: str | None = None


DisputeFact: TypeAlias = DisputeOpened | DisputeStepEntered | DisputeResolved


@value
class OpenDispute(Command):
    """Open a dispute about something, such as a type of breach; the route that was agreed for it applies."""

    dispute_id: str
    about: str
    by: str
    claim: Money | None = None
    calendar: str = days.ROUND_THE_CLOCK
    zone: str = days.UTC
    note: str | None = None


@value
class EnterDisputeStep(Command):
    """Go on to a dispute's next step, such as mediation; the calendar counts how long the one before had to be tried."""

    dispute_id: str
    step: StepKind
    forum: str | None = None
    calendar: str = days.ROUND_THE_CLOCK
    zone: str = days.UTC
    note: str | None = None


@value
class ResolveDispute(Command):
    """Record how a dispute ended; an amount names the side that owes it."""

    dispute_id: str
    how: Resolution
    outcome: str
    amount: Money | None = None
    owed_by: str | None = None


DisputeCommand: TypeAlias = OpenDispute | EnterDisputeStep | ResolveDispute

# How a dispute ends only after somebody was asked.
AFTER: Final = {
    Resolution.MEDIATED: StepKind.MEDIATION,
    Resolution.DETERMINED: StepKind.EXPERT,
    Resolution.AWARDED: StepKind.ARBITRATION,
    Resolution.ADJUDGED: StepKind.LITIGATION,
}


class DisputeOver(Refusal):
    """A dispute ends once."""

    template = "The dispute {dispute_id!r} is already over."


class AlreadyEntered(Refusal):
    """Without an agreed route the sides take the steps that they like, each once, and none after one that decides."""

    template = "The dispute is already at {kind}; no further step follows that one, and each is entered once."


class ForumNotAgreed(Refusal):
    """Disputes go before the agreed forum."""

    template = "The term provides for {agreed}, not for {forum}."


class StepNeverEntered(Refusal):
    """Only an arbitral tribunal makes an award, and only a court gives judgment."""

    template = "The dispute never came to {kind}; it cannot have ended that way."


class DebtorNotNamed(Refusal):
    """What is owed is owed by one side."""

    template = "It has to be said who owes the {amount}."


def agreed_path(contract: Contract) -> tuple[AgreedTerm, DisputePath] | None:
    """The dispute path that the contract has, if any; there is never a second."""
    return next(((held, held.term) for held in contract.terms.values() if isinstance(held.term, DisputePath)), None)


def open_dispute(contract: Contract, command: OpenDispute, occasion: Occasion) -> list[Fact]:
    """Refusals after WrongStage: ElementExists, NeedsText, UnknownElement, those of the claim and of the calendar, NoRoute."""
    rules.require_new("dispute", command.dispute_id, contract.disputes)
    rules.require_text("subject", command.about)
    rules.require_known("party", command.by, rules.sides(contract))
    if command.claim is not None:
        rules.require_amount(contract, command.claim)
    calendar = days.counted(occasion, command.calendar, command.zone)
    held = agreed_path(contract)
    return [
        DisputeOpened(
            dispute_id=command.dispute_id,
            about=command.about,
            by=command.by,
            opened_on=local_day(calendar, occasion.effective_at),
            claim=command.claim,
            route=() if held is None else dispute.route_for(held[1], command.about).steps,
            law=None if held is None else held[1].law,
            term_id=None if held is None else held[0].term_id,
            term_version=None if held is None else held[0].version,
            note=command.note,
        )
    ]


def enter(contract: Contract, command: EnterDisputeStep, occasion: Occasion) -> list[Fact]:
    """Refusals after DisputeOver: those of the calendar and of the route, or AlreadyEntered; ForumNotAgreed, or NeedsText of the forum."""
    calendar = days.counted(occasion, command.calendar, command.zone)
    held = contract.disputes[command.dispute_id]
    entered_on = local_day(calendar, occasion.effective_at)
    formula, agreed = require_turn(held, command.step, entered_on, calendar) if held.route else require_free(held, command.step)
    if agreed is not None and command.forum is not None and command.forum.strip() != agreed:
        raise ForumNotAgreed(agreed=agreed, forum=command.forum)
    forum = agreed or command.forum
    if command.step in DECIDING:
        rules.require_text("forum", forum or "")
    return [
        DisputeStepEntered(
            dispute_id=command.dispute_id,
            step=command.step,
            entered_on=entered_on,
            calendar=calendar.name,
            forum=forum,
            formula=formula,
            note=command.note,
        )
    ]


def require_turn(held: Dispute, step: StepKind, on: date, calendar: Calendar) -> tuple[str, str | None]:
    """How the route comes to the step, and before whom. Refusals: StepOutOfTurn, StepTooEarly."""
    path = DisputePath(routes=(Route(steps=held.route),), law=held.law or "")
    entered = [*(Entered(kind=taken.step, on=taken.entered_on) for taken in held.steps), Entered(kind=step, on=on)]
    standing = dispute.standing(path, breach=held.about, opened_on=held.opened_on, as_of=on, entered=entered, calendar=calendar)
    return standing.formula, None if standing.current is None else standing.current.forum


def require_free(held: Dispute, step: StepKind) -> tuple[None, None]:
    """Nothing was agreed, neither days nor a forum. Refuses with AlreadyEntered a step that was taken, and any after one that decides."""
    for taken in held.steps:
        if taken.step is step or taken.step in DECIDING:
            raise AlreadyEntered(kind=taken.step.value)
    return None, None


def resolve(contract: Contract, command: ResolveDispute) -> list[Fact]:
    """Refusals after DisputeOver: NeedsText, StepNeverEntered, AmountNotPositive, CurrencyDiffers, DebtorNotNamed, UnknownElement."""
    rules.require_text("outcome", command.outcome)
    needed = AFTER.get(command.how)
    if needed is not None and needed not in {taken.step for taken in contract.disputes[command.dispute_id].steps}:
        raise StepNeverEntered(kind=needed.value)
    if command.amount is not None:
        rules.require_amount(contract, command.amount)
        if command.owed_by is None:
            raise DebtorNotNamed(amount=command.amount)
    if command.owed_by is not None:
        rules.require_known("party", command.owed_by, rules.sides(contract))
    return [
        DisputeResolved(
            dispute_id=command.dispute_id, how=command.how, outcome=command.outcome, amount=command.amount, owed_by=command.owed_by
        )
    ]


def decide(contract: Contract, command: DisputeCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage, then those of opening, or UnknownElement and DisputeOver and those of the step or the end."""
    rules.require_stage(contract, *rules.BINDING_OR_ENDED)
    if isinstance(command, OpenDispute):
        return open_dispute(contract, command, occasion)
    rules.require_known("dispute", command.dispute_id, contract.disputes)
    if contract.disputes[command.dispute_id].end is not None:
        raise DisputeOver(dispute_id=command.dispute_id)
    return enter(contract, command, occasion) if isinstance(command, EnterDisputeStep) else resolve(contract, command)


def evolve(contract: Contract, happened: DisputeFact) -> None:
    """Folds a fact of this stage. A dispute that is unknown as of the moment asked about stays unknown."""
    if isinstance(happened, DisputeOpened):
        contract.disputes[happened.dispute_id] = Dispute(
            dispute_id=happened.dispute_id,
            about=happened.about,
            by=happened.by,
            opened_on=happened.opened_on,
            claim=happened.claim,
            route=happened.route,
            law=happened.law,
        )
        return
    held = contract.disputes.get(happened.dispute_id)
    if held is None:
        return
    match happened:
        case DisputeStepEntered(step=step, entered_on=entered_on, forum=forum):
            taken = DisputeStep(step=step, entered_on=entered_on, forum=forum)
            contract.disputes[held.dispute_id] = replace(held, steps=(*held.steps, taken))
        case DisputeResolved(how=how, outcome=outcome, amount=amount, owed_by=owed_by):
            end = DisputeEnd(how=how, outcome=outcome, amount=amount, owed_by=owed_by)
            contract.disputes[held.dispute_id] = replace(held, end=end)
        case unreachable:
            assert_never(unreachable)
