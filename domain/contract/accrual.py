"""Accrual: what late deliveries and late payments have come to by the agreed terms, reckoned anew each time, and what of it is waived."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TypeAlias, assert_never

from domain.contract import days, quoting, rules
from domain.contract.delays import Accrual
from domain.contract.state import Contract
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms.calendar import Calendar, local_day
from domain.terms.late_delivery import Damages, LateDeliveryDamages, Pause
from domain.terms.late_payment import LatePaymentInterest, PartPayment, accrue


@value
class LatePart:
    """Some of a delivery as it was reckoned with: what it costs, until when it was late, and how many days of that were charged."""

    base: Money
    until: date
    delivered: bool
    days_late: int
    days_paused: int
    days_charged: int
    periods: str


@fact("contract.penalty_accrued")
class PenaltyAccrued(Fact):
    """What the delay of a delivery has come to through a day; `change` is what this adds to the last total, or takes from it.

    The total falls where a delivery, a correction or relief was recorded later than it was reckoned. `rests_on_corrections` are the
    versions of the contract's entries that had been corrected by then.
    """

    delivery_id: str
    through: date
    term_id: str
    term_version: int
    due: date
    parts: tuple[LatePart, ...]
    total: Money
    change: Money
    capped: bool
    calendar: str
    zone: str
    formula: str
    pauses: tuple[Pause, ...] = ()
    rests_on_corrections: tuple[int, ...] = ()


@fact("contract.penalty_waived")
class PenaltyWaived(Fact):
    """Some of what the delay of a delivery came to is not asked for."""

    delivery_id: str
    amount: Money
    why: str


@fact("contract.interest_accrued")
class InterestAccrued(Fact):
    """What the late payment of an instalment has come to through a day; `change` is what this adds to the last total, or takes from it."""

    instalment_id: str
    through: date
    term_id: str
    term_version: int
    due: date
    principal: Money
    payments: tuple[PartPayment, ...]
    total: Money
    change: Money
    settled: Money
    capped: bool
    calendar: str
    zone: str
    formula: str
    rests_on_corrections: tuple[int, ...] = ()


@fact("contract.interest_waived")
class InterestWaived(Fact):
    """Some of the interest on an instalment is not asked for."""

    instalment_id: str
    amount: Money
    why: str


AccrualFact: TypeAlias = PenaltyAccrued | PenaltyWaived | InterestAccrued | InterestWaived


@value
class AccruePenalty(Command):
    """Record what the delay of a planned delivery has come to through a day, by the agreed term; days are those of the zone."""

    delivery_id: str
    through: date
    calendar: str = days.ROUND_THE_CLOCK
    zone: str = days.UTC


@value
class WaivePenalty(Command):
    """Waive some of what the delay of a delivery came to, or all of it."""

    delivery_id: str
    amount: Money
    why: str


@value
class AccrueInterest(Command):
    """Record what the late payment of an instalment has come to through a day, by the agreed term; days are those of the zone."""

    instalment_id: str
    through: date
    calendar: str = days.ROUND_THE_CLOCK
    zone: str = days.UTC


@value
class WaiveInterest(Command):
    """Waive some of the interest on an instalment, or all of it."""

    instalment_id: str
    amount: Money
    why: str


AccrualCommand: TypeAlias = AccruePenalty | WaivePenalty | AccrueInterest | WaiveInterest


class NotYetThrough(Refusal):
    """A delay is reckoned through days that have come."""

    template = "{through} has not come yet; it is {today}."


class AccruedThroughLater(Refusal):
    """A delay is reckoned forwards; the last reckoning may be made again, for the same day."""

    template = "What {subject!r} came to was already reckoned through {through}."


class NothingAccrued(Refusal):
    """A reckoning that comes to what stands already leaves no trace."""

    template = "Through {through}, {subject!r} comes to {amount}, as was recorded or as nothing was: {formula}."


class NothingToWaive(Refusal):
    """What is waived had accrued."""

    template = "Nothing has accrued on {subject!r}."


class WaivesTooMuch(Refusal):
    """No more is waived than stands."""

    template = "Of what accrued on {subject!r} {standing} stands; {amount} is more."


def decide(contract: Contract, command: AccrualCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage; to accrue, those of the calendar, NotYetThrough, those of `penalty` or `interest`; to waive,
    AmountNotPositive, CurrencyDiffers, NothingToWaive, WaivesTooMuch, NeedsText.
    """
    rules.require_stage(contract, *rules.BINDING_OR_ENDED)
    match command:
        case AccruePenalty():
            return [penalty(contract, command, days_of(command, occasion))]
        case AccrueInterest():
            return [interest(contract, command, days_of(command, occasion))]
        case WaivePenalty(delivery_id=subject, amount=amount, why=why):
            require_waivable(contract, subject, amount, contract.penalties.get(subject))
            rules.require_text("reason", why)
            return [PenaltyWaived(delivery_id=subject, amount=amount, why=why)]
        case WaiveInterest(instalment_id=subject, amount=amount, why=why):
            require_waivable(contract, subject, amount, contract.interest.get(subject))
            rules.require_text("reason", why)
            return [InterestWaived(instalment_id=subject, amount=amount, why=why)]
        case unreachable:
            assert_never(unreachable)


def days_of(command: AccruePenalty | AccrueInterest, occasion: Occasion) -> Calendar:
    """The calendar that is counted with. Refusals: CalendarNotKnown, ZoneNotKnown, NotYetThrough."""
    calendar = days.counted(occasion, command.calendar, command.zone)
    today = local_day(calendar, occasion.effective_at)
    if command.through > today:
        raise NotYetThrough(through=command.through, today=today)
    return calendar


def penalty(contract: Contract, command: AccruePenalty, calendar: Calendar) -> PenaltyAccrued:
    """What the delay comes to. Refusals: UnknownElement, AccruedThroughLater, those of a quote, NothingAccrued."""
    subject = command.delivery_id
    rules.require_known("planned delivery", subject, contract.planned_deliveries)
    before = contract.penalties.get(subject)
    require_forwards(subject, command.through, before)
    agreed, term = quoting.the_term(contract, LateDeliveryDamages)
    plan = contract.planned_deliveries[subject]
    if plan.due is None:
        raise quoting.QuoteNeeds(field="due day")
    totals = {delivery_id: accrual.total for delivery_id, accrual in contract.penalties.items()}
    result = quoting.late_delivery_of(contract, term, plan, plan.due, (command.through, calendar, totals))
    return PenaltyAccrued(
        delivery_id=subject,
        through=command.through,
        term_id=agreed.term_id,
        term_version=agreed.version,
        due=plan.due,
        parts=tuple(map(late_part, result.parts)),
        total=result.amount,
        change=change(subject, command.through, before, result.amount, result.formula),
        capped=result.capped,
        calendar=calendar.name,
        zone=command.zone,
        formula=result.formula,
        pauses=quoting.pauses(contract, subject),
        rests_on_corrections=contract.rests_on_corrections,
    )


def late_part(part: Damages) -> LatePart:
    """A part as a fact cites it."""
    return LatePart(
        base=part.base,
        until=part.until,
        delivered=part.delivered,
        days_late=part.days_late,
        days_paused=part.days_paused,
        days_charged=part.days_charged,
        periods=part.periods,
    )


def interest(contract: Contract, command: AccrueInterest, calendar: Calendar) -> InterestAccrued:
    """What the delay comes to. Refusals: NoSuchTerm, QuoteNeeds, UnknownElement, AccruedThroughLater, NothingAccrued."""
    subject = command.instalment_id
    agreed, term = quoting.the_term(contract, LatePaymentInterest)
    debts = {debt.instalment_id: debt for debt in quoting.debts(contract, calendar)}
    rules.require_known("instalment", subject, debts)
    before = contract.interest.get(subject)
    require_forwards(subject, command.through, before)
    due = debts[subject].due
    if due is None:
        raise quoting.QuoteNeeds(field="due day")
    payments = tuple(quoting.towards(contract, subject, calendar))
    result = accrue(term, principal=debts[subject].amount, due=due, as_of=command.through, payments=payments)
    return InterestAccrued(
        instalment_id=subject,
        through=command.through,
        term_id=agreed.term_id,
        term_version=agreed.version,
        due=due,
        principal=debts[subject].amount,
        payments=tuple(p for p in payments if p.on <= command.through),
        total=result.amount,
        change=change(subject, command.through, before, result.amount, result.formula),
        settled=result.interest_paid,
        capped=result.capped,
        calendar=calendar.name,
        zone=command.zone,
        formula=result.formula,
        rests_on_corrections=contract.rests_on_corrections,
    )


def require_forwards(subject: str, through: date, before: Accrual | None) -> None:
    """Refuses with AccruedThroughLater."""
    if before is not None and through < before.through:
        raise AccruedThroughLater(subject=subject, through=before.through)


def change(subject: str, through: date, before: Accrual | None, total: Money, formula: str) -> Money:
    """What the total adds to the last one. Refuses with NothingAccrued."""
    added = total if before is None else total - before.total
    if added.minor == 0:
        raise NothingAccrued(subject=subject, through=through, amount=total, formula=formula)
    return added


def require_waivable(contract: Contract, subject: str, amount: Money, accrual: Accrual | None) -> None:
    """Refusals: AmountNotPositive, CurrencyDiffers, NothingToWaive, WaivesTooMuch."""
    rules.require_amount(contract, amount)
    if accrual is None:
        raise NothingToWaive(subject=subject)
    if amount.minor > accrual.standing.minor:
        raise WaivesTooMuch(subject=subject, standing=accrual.standing, amount=amount)


def evolve(contract: Contract, entry: Entry, happened: AccrualFact) -> None:
    """Folds a fact of this stage: the last total is the one that stands."""
    match happened:
        case PenaltyAccrued(delivery_id=subject):
            contract.penalties[subject] = accrued(entry, happened, contract.penalties.get(subject))
        case InterestAccrued(instalment_id=subject):
            contract.interest[subject] = accrued(entry, happened, contract.interest.get(subject))
        case PenaltyWaived(delivery_id=subject, amount=amount):
            if subject in contract.penalties:
                contract.penalties[subject] = waived(contract.penalties[subject], amount)
        case InterestWaived(instalment_id=subject, amount=amount):
            if subject in contract.interest:
                contract.interest[subject] = waived(contract.interest[subject], amount)
        case unreachable:
            assert_never(unreachable)


def accrued(entry: Entry, happened: PenaltyAccrued | InterestAccrued, before: Accrual | None) -> Accrual:
    """The state after a reckoning."""
    return Accrual(
        total=happened.total,
        through=happened.through,
        term_id=happened.term_id,
        term_version=happened.term_version,
        version=entry.version,
        waived=None if before is None else before.waived,
    )


def waived(accrual: Accrual, amount: Money) -> Accrual:
    """The state after a waiver."""
    return replace(accrual, waived=amount if accrual.waived is None else accrual.waived + amount)
