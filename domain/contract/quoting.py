"""Quoting: what the agreed terms would come to on a day. It answers, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple, TypeAlias, TypeVar

from domain.contract import continuation, credit, earnings
from domain.contract.state import AgreedTerm, Contract, Delivery
from domain.contract.vocabulary import Instalment, PlannedDelivery
from domain.facts import value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms import discount, late_delivery, late_payment, performance, renewal, retention, schedule, service_level, termination
from domain.terms.calendar import Calendar, local_day
from domain.terms.exact import minor_units, rounded
from domain.terms.rules import Term, sort_of

T = TypeVar("T", bound=Term)


class About(StrEnum):
    """What is asked: ending it, late deliveries, late payments, renewal, what is held back, the payment plan, service credits,
    the pay for key figures, or volume discounts.
    """

    TERMINATE = "terminate"
    LATE_DELIVERY = "late_delivery"
    LATE_PAYMENT = "late_payment"
    RENEWAL = "renewal"
    RETENTION = "retention"
    SCHEDULE = "schedule"
    SERVICE_CREDIT = "service_credit"
    PERFORMANCE_PAY = "performance_pay"
    VOLUME_DISCOUNT = "volume_discount"


Result: TypeAlias = (
    termination.TerminationQuote
    | late_delivery.DeliveryDamages
    | late_payment.Interest
    | renewal.RenewalStanding
    | retention.DueRelease
    | schedule.PlannedInstalment
    | service_level.MeasuredCredit
    | performance.Pay
    | discount.Discount
)


@value
class Quote:
    """What one term comes to for one thing. `subject` is what was asked about; `version` the term's entry."""

    about: About
    subject: str
    on: date
    calendar: str
    term_id: str
    version: int
    formula: str
    result: Result
    rests_on_corrections: tuple[int, ...]


class NoSuchTerm(Refusal):
    """A quote rests on an agreed term."""

    template = "The contract has no term for this: it would take one of the type {kind}."


class QuoteNeeds(Refusal):
    """A quote needs the figures that its term reckons with."""

    template = "The terms cannot be reckoned with: the contract states no {field}."


class DelayedPartUnknown(Refusal):
    """Damages on the delayed part need to know what that part costs."""

    template = "What the delivery {delivery_id!r} costs is not known: it needs an item with a unit price, and a quantity."


def quotes(contract: Contract, about: About, on: date, calendar: Calendar) -> tuple[Quote, ...]:
    """One quote for each thing that the question is about; days are those of the calendar's zone.

    Refusals: NoSuchTerm, QuoteNeeds, DelayedPartUnknown, and those of the term or of service credits.
    """
    return tuple(
        Quote(
            about=about,
            subject=one.subject,
            on=on,
            calendar=calendar.name,
            term_id=one.agreed.term_id,
            version=one.agreed.version,
            formula=one.result.formula,
            result=one.result,
            rests_on_corrections=contract.rests_on_corrections,
        )
        for one in answers(contract, about, on, calendar)
    )


def answers(contract: Contract, about: About, on: date, calendar: Calendar) -> Iterator[Found]:
    """What is found for each thing that the question is about."""
    match about:
        case About.TERMINATE:
            return terminating(contract, on)
        case About.LATE_DELIVERY:
            return late_deliveries(contract, on, calendar)
        case About.LATE_PAYMENT:
            return late_payments(contract, on, calendar)
        case About.RENEWAL:
            return renewing(contract, on)
        case About.RETENTION:
            return retained(contract, calendar)
        case About.SCHEDULE:
            return planned(contract, calendar)
        case About.SERVICE_CREDIT:
            the_term(contract, service_level.ServiceLevel)
            return (Found(*one) for one in credit.due(contract, on))
        case About.PERFORMANCE_PAY:
            the_term(contract, performance.PerformancePay)
            return (Found(*one) for one in earnings.pays(contract))
        case About.VOLUME_DISCOUNT:
            the_term(contract, discount.VolumeDiscount)
            return (Found(*one) for one in earnings.discounts(contract))


class Found(NamedTuple):
    """What a term came to, for what."""

    agreed: AgreedTerm
    subject: str
    result: Result


def the_term(contract: Contract, wanted: type[T]) -> tuple[AgreedTerm, T]:
    """The agreed term of a type of which a contract has one. Refuses with NoSuchTerm."""
    for agreed in contract.terms.values():
        if isinstance(agreed.term, wanted):
            return agreed, agreed.term
    raise NoSuchTerm(kind=sort_of(wanted).replace("_", " "))


def total_of(contract: Contract) -> Money:
    """The contract's value. Refuses with QuoteNeeds."""
    if contract.value is None:
        raise QuoteNeeds(field="value")
    return contract.value


def terminating(contract: Contract, on: date) -> Iterator[Found]:
    """What ending the contract would bring, on each agreed ground, declared on the day."""
    agreed, term = the_term(contract, termination.Termination)
    total, period = total_of(contract), contract.period
    for ground in term.grounds:
        result = termination.quote(term, ground=ground.ground, declared_on=on, total=total, start=period.start, end=period.end)
        yield Found(agreed, ground.ground, result)


class Part(NamedTuple):
    """Some of a planned delivery, and the day on which it came, if it did."""

    quantity: Decimal | None
    came_on: date | None


def late_deliveries(contract: Contract, on: date, calendar: Calendar) -> Iterator[Found]:
    """What damages come to, for each planned delivery that has a day; what one has come to takes room from the cap of the next."""
    agreed, term = the_term(contract, late_delivery.LateDeliveryDamages)
    total_of(contract)
    totals = {delivery_id: accrual.total for delivery_id, accrual in contract.penalties.items()}
    for plan in contract.planned_deliveries.values():
        if plan.due is None:
            continue
        result = late_delivery_of(contract, term, plan, plan.due, (on, calendar, totals))
        totals[plan.delivery_id] = result.amount
        yield Found(agreed, plan.delivery_id, result)


def late_delivery_of(
    contract: Contract,
    term: late_delivery.LateDeliveryDamages,
    plan: PlannedDelivery,
    due: date,
    asked: tuple[date, Calendar, Mapping[str, Money]],
) -> late_delivery.DeliveryDamages:
    """What the delay of one delivery comes to as of a day, where these totals of deliveries bound what a cap on the whole value leaves.

    The term as it reads now holds for the whole of the delay, also for days before it was changed.
    """
    on, calendar, totals = asked
    total = total_of(contract)
    whole = term.base is late_delivery.Base.WHOLE_VALUE
    split = [completed(contract, plan, calendar)] if whole else parts(contract, plan, calendar)
    room = None
    if whole and term.cap is not None:
        taken = sum(held.minor for delivery_id, held in totals.items() if delivery_id != plan.delivery_id)
        room = Money(max(term.cap.exact * total.minor // 1 - taken, 0), total.currency)
    return late_delivery.together(
        term,
        due=due,
        parts=[
            late_delivery.DelayedPart(cost=total if whole else price(contract, plan, one.quantity, total), came_on=one.came_on)
            for one in split
        ],
        as_of=on,
        room=room,
        pauses=pauses(contract, plan.delivery_id),
    )


def pauses(contract: Contract, delivery_id: str) -> tuple[late_delivery.Pause, ...]:
    """The days of granted relief that a delivery has."""
    reliefs = contract.reliefs.values()
    return tuple(late_delivery.Pause(start=relief.start, end=relief.end) for relief in reliefs if relief.covers(delivery_id))


def arrived(contract: Contract, plan: PlannedDelivery, calendar: Calendar) -> list[tuple[date, Delivery]]:
    """What came of a planned delivery and was not rejected, in order."""
    if not contract.deliveries:
        return []
    came = (d for d in contract.deliveries.values() if d.planned_id == plan.delivery_id and d.accepted is not False)
    return sorted(((local_day(calendar, d.delivered_at), d) for d in came), key=lambda pair: pair[0])


def completed(contract: Contract, plan: PlannedDelivery, calendar: Calendar) -> Part:
    """The whole of a planned delivery, with the day on which the last of it came."""
    split = parts(contract, plan, calendar)
    return Part(plan.quantity, None if any(part.came_on is None for part in split) else split[-1].came_on)


def parts(contract: Contract, plan: PlannedDelivery, calendar: Calendar) -> list[Part]:
    """What came on which day, and what is missing; a delivery that states no quantity brings all that was missing."""
    came = arrived(contract, plan, calendar)
    if plan.quantity is None:
        return [Part(None, came[0][0] if came else None)]
    missing, found = plan.quantity, []
    for day, delivery in came:
        brought = missing if delivery.quantity is None else min(delivery.quantity, missing)
        if brought > 0:
            found.append(Part(brought, day))
            missing -= brought
    return found if missing <= 0 else [*found, Part(missing, None)]


def price(contract: Contract, plan: PlannedDelivery, quantity: Decimal | None, total: Money) -> Money:
    """What a part of a planned delivery costs before tax, rounded half to even; the only planned delivery is worth the whole value.

    Refuses with DelayedPartUnknown.
    """
    item = None if plan.item_id is None else contract.items.get(plan.item_id)
    if item is not None and item.unit_price is not None and quantity is not None:
        return rounded(minor_units(Fraction(item.unit_price) * Fraction(quantity), total.currency), total.currency)
    if len(contract.planned_deliveries) > 1:
        raise DelayedPartUnknown(delivery_id=plan.delivery_id)
    share = Fraction(1) if quantity is None or plan.quantity is None else Fraction(quantity) / Fraction(plan.quantity)
    return rounded(share * total.minor, total.currency)


def late_payments(contract: Contract, on: date, calendar: Calendar) -> Iterator[Found]:
    """What interest comes to, for each instalment that has a day; payments count for the instalments that they name."""
    agreed, term = the_term(contract, late_payment.LatePaymentInterest)
    for debt in debts(contract, calendar):
        if debt.due is None:
            continue
        result = late_payment.accrue(
            term, principal=debt.amount, due=debt.due, as_of=on, payments=tuple(towards(contract, debt.instalment_id, calendar))
        )
        yield Found(agreed, debt.instalment_id, result)


def debts(contract: Contract, calendar: Calendar) -> list[Instalment]:
    """The instalments; without any, those that an agreed payment schedule comes to."""
    if contract.instalments:
        return list(contract.instalments.values())
    if not any(isinstance(agreed.term, schedule.PaymentSchedule) for agreed in contract.terms.values()):
        raise QuoteNeeds(field="instalments")
    plan = (found.result for found in planned(contract, calendar))
    return [
        Instalment(instalment_id=p.instalment_id, amount=p.amount, due=p.due) for p in plan if isinstance(p, schedule.PlannedInstalment)
    ]


def towards(contract: Contract, instalment_id: str, calendar: Calendar) -> Iterator[late_payment.PartPayment]:
    """What was paid towards an instalment and stands: as allocated, otherwise as the payment says."""
    for payment in contract.payments.values():
        day = local_day(calendar, payment.paid_at)
        shares = [share.amount for share in payment.allocation if share.instalment_id == instalment_id]
        if not payment.allocation and payment.instalment_id == instalment_id:
            shares = [payment.standing]
        for amount in shares:
            if amount.minor > 0 and not payment.reversed:
                yield late_payment.PartPayment(on=day, amount=amount)


def renewing(contract: Contract, on: date) -> Iterator[Found]:
    """What follows the present period, by the notices that were given and the renewals that were used."""
    agreed, term = the_term(contract, renewal.Renewal)
    if contract.period.end is None:
        raise QuoteNeeds(field="period")
    yield Found(agreed, str(contract.period.end), continuation.standing(contract, term, contract.period.end, on))


def retained(contract: Contract, calendar: Calendar) -> Iterator[Found]:
    """What is released of what is held; as long as not all is accepted, no release has its day."""
    agreed, term = the_term(contract, retention.Retention)
    if contract.retained is None:
        raise QuoteNeeds(field="value")
    for n, result in enumerate(retention.releases(term, held=contract.retained, accepted_on=all_accepted_on(contract, calendar)), start=1):
        yield Found(agreed, str(n), result)


def all_accepted_on(contract: Contract, calendar: Calendar) -> date | None:
    """The day of the last acceptance, once every planned delivery is whole and accepted."""
    days = [accepted_on(contract, plan, calendar) for plan in contract.planned_deliveries.values()]
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) else None


def accepted_on(contract: Contract, plan: PlannedDelivery, calendar: Calendar) -> date | None:
    """The day on which the last of a planned delivery was accepted, once all of it was."""
    if completed(contract, plan, calendar).came_on is None:
        return None
    judged = [delivery.judged_at if delivery.accepted else None for _, delivery in arrived(contract, plan, calendar)]
    known = [local_day(calendar, moment) for moment in judged if moment is not None]
    return max(known) if len(known) == len(judged) else None


def planned(contract: Contract, calendar: Calendar) -> Iterator[Found]:
    """What each part of the payment schedule comes to, and when it falls due or what it waits for."""
    agreed, term = the_term(contract, schedule.PaymentSchedule)
    signed_on = None if contract.in_force_since is None else local_day(calendar, contract.in_force_since)
    accepted = {plan_id: accepted_on(contract, plan, calendar) for plan_id, plan in contract.planned_deliveries.items()}
    happened = schedule.Happened(
        signed_on=signed_on,
        accepted={plan_id: day for plan_id, day in accepted.items() if day is not None},
        reached={milestone_id: local_day(calendar, m.reached_at) for milestone_id, m in contract.milestones.items()},
    )
    for result in schedule.plan(term, total_of(contract), happened, calendar).instalments:
        yield Found(agreed, result.instalment_id, result)
