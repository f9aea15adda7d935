"""Triggers: what an instalment waits for under the agreed payment schedule, and what was paid before it came about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, NoReturn, assert_never

from domain.contract.invoicing import EARLIEST_ZONE
from domain.contract.state import AgreedTerm, Contract, Delivery
from domain.contract.vocabulary import Direction
from domain.facts import Fact, fact
from domain.money import Money
from domain.refusals import Refusal
from domain.terms import acceptance, schedule
from domain.terms.acceptance import AcceptanceWindow, Outcome
from domain.terms.calendar import DayUnit
from domain.terms.schedule import On, Part, PaymentSchedule
from domain.text import is_blank

# Where a day ends last on Earth, it is this much earlier than UTC.
LATEST_ZONE: Final = timedelta(hours=12)
_NOTHING_YET: Final = schedule.Happened(accepted={}, reached={})


@fact("contract.payment_preceded_trigger")
class PaymentPrecededTrigger(Fact):
    """A payment counts for an instalment although what that waits for, under this term, had not come about.

    `why` says why it was made in advance. Money that comes in is what it is: there it may be null.
    """

    payment_id: str
    instalment_id: str
    on: On
    subject: str | None
    term_id: str
    term_version: int
    why: str | None = None


class PaymentBeforeAcceptance(Refusal):
    """What is due on acceptance is paid after it, or in advance for a stated reason."""

    template = "The instalment {instalment_id!r} waits for the acceptance of the delivery {delivery_id!r}; an advance needs a reason."


class PaymentBeforeMilestone(Refusal):
    """What is due on a milestone is paid after it, or in advance for a stated reason."""

    template = "The instalment {instalment_id!r} waits for the milestone {milestone_id!r}; an advance needs a reason."


class PaymentBeforeSigning(Refusal):
    """What is due on signing is paid after it, or in advance for a stated reason."""

    template = "The instalment {instalment_id!r} waits for the signing of the contract; an advance needs a reason."


class PaymentBeforeDay(Refusal):
    """What is due from a day on is paid from then on, or in advance for a stated reason."""

    template = "The instalment {instalment_id!r} waits for {day}; an advance needs a reason."


class ScheduleContradictsTerm(Refusal):
    """Instalments and an agreed payment schedule say the same."""

    template = "By the term {term_id!r} the instalment {instalment_id!r} comes to {agreed}, and the schedule says {stated}."


def agreed_schedule(contract: Contract) -> tuple[AgreedTerm, PaymentSchedule] | None:
    """The payment schedule that was agreed as a term, if any; there is never a second."""
    return next(((held, held.term) for held in contract.terms.values() if isinstance(held.term, PaymentSchedule)), None)


def amounts(contract: Contract) -> dict[str, Money | None]:
    """The instalments by id with what they come to: those that are stated, otherwise the parts of an agreed payment schedule.

    A part's amount is None while the contract states no value.
    """
    if contract.instalments:
        return {i.instalment_id: i.amount for i in contract.instalments.values()}
    agreed = agreed_schedule(contract)
    if agreed is None:
        return {}
    if contract.value is None:
        return {part.instalment_id: part.amount for part in agreed[1].parts}
    return {p.instalment_id: p.amount for p in schedule.plan(agreed[1], contract.value, _NOTHING_YET).instalments}


def require_agreement(contract: Contract) -> None:
    """Refuses with ScheduleContradictsTerm stated instalments that differ from an agreed payment schedule in ids or amounts."""
    agreed = agreed_schedule(contract)
    if agreed is None or contract.value is None or not contract.instalments:
        return
    held, term = agreed
    planned = {p.instalment_id: p.amount for p in schedule.plan(term, contract.value, _NOTHING_YET).instalments}
    stated = {i.instalment_id: i.amount for i in contract.instalments.values()}
    nothing = Money.zero(contract.value.currency)
    for instalment_id in (*planned, *stated):
        by_term, by_schedule = planned.get(instalment_id, nothing), stated.get(instalment_id, nothing)
        if by_term != by_schedule:
            raise ScheduleContradictsTerm(term_id=held.term_id, instalment_id=instalment_id, agreed=by_term, stated=by_schedule)


def require_triggered(
    contract: Contract, payment_id: str, instalment_ids: Iterable[str], moment: datetime, advance_reason: str | None
) -> list[Fact]:
    """Nothing where the triggers of the instalments had come about by then; otherwise what says that they had not.

    Money that goes out before its trigger needs a reason. Refusals: PaymentBeforeAcceptance, PaymentBeforeMilestone,
    PaymentBeforeSigning, PaymentBeforeDay.
    """
    agreed = agreed_schedule(contract)
    if agreed is None:
        return []
    held, term = agreed
    paid = contract.payments.get(payment_id)
    told = () if paid is None else paid.before_trigger
    wanted = dict.fromkeys(i for i in instalment_ids if i not in told)
    why = None if advance_reason is None or is_blank(advance_reason) else advance_reason
    found: list[Fact] = []
    for part in (part for part in term.parts if part.instalment_id in wanted and not has_happened(contract, part, moment)):
        if why is None and contract.direction is Direction.PAYABLE:
            refuse(part)
        found.append(
            PaymentPrecededTrigger(
                payment_id=payment_id,
                instalment_id=part.instalment_id,
                on=part.trigger.on,
                subject=part.trigger.subject if part.trigger.day is None else part.trigger.day.isoformat(),
                term_id=held.term_id,
                term_version=held.version,
                why=why,
            )
        )
    return found


def refuse(part: Part) -> NoReturn:
    """Says why an instalment cannot be paid yet."""
    match part.trigger.on:
        case On.DELIVERY_ACCEPTED:
            raise PaymentBeforeAcceptance(instalment_id=part.instalment_id, delivery_id=part.trigger.subject)
        case On.MILESTONE:
            raise PaymentBeforeMilestone(instalment_id=part.instalment_id, milestone_id=part.trigger.subject)
        case On.SIGNING:
            raise PaymentBeforeSigning(instalment_id=part.instalment_id)
        case On.DATE:
            raise PaymentBeforeDay(instalment_id=part.instalment_id, day=part.trigger.day)
        case unreachable:
            assert_never(unreachable)


def has_happened(contract: Contract, part: Part, moment: datetime) -> bool:
    """Whether what a part of the schedule waits for had come about by a moment. A day has come once it began anywhere on Earth."""
    subject = part.trigger.subject or ""
    match part.trigger.on:
        case On.DATE:
            return part.trigger.day is None or part.trigger.day <= first_day(moment)
        case On.SIGNING:
            return contract.in_force_since is not None and contract.in_force_since <= moment
        case On.MILESTONE:
            reached = contract.milestones.get(subject)
            return reached is not None and reached.reached_at <= moment
        case On.DELIVERY_ACCEPTED:
            return came_whole(contract, subject, moment)
        case unreachable:
            assert_never(unreachable)


def first_day(moment: datetime) -> date:
    """The latest day that had begun anywhere on Earth."""
    return (moment + EARLIEST_ZONE).date()


def last_day(moment: datetime) -> date:
    """The earliest day that was not over everywhere on Earth."""
    return (moment - LATEST_ZONE).date() if moment.year > 1 else moment.date()


def came_whole(contract: Contract, planned_id: str, moment: datetime) -> bool:
    """Whether all of a planned delivery was accepted by a moment. Where a quantity is not stated, one acceptance is enough."""
    planned = contract.planned_deliveries.get(planned_id)
    accepted = [d for d in contract.deliveries.values() if d.planned_id == planned_id and is_accepted(contract, d, moment)]
    if planned is None or planned.quantity is None or any(d.quantity is None for d in accepted):
        return bool(accepted)
    return sum((d.quantity for d in accepted if d.quantity is not None), Decimal()) >= planned.quantity


def is_accepted(contract: Contract, delivery: Delivery, moment: datetime) -> bool:
    """Whether a delivery counted as accepted at a moment: because somebody said so, or because the agreed window ran out in silence.

    A window in working days never does so by itself, as a contract does not name the calendar that it counts by.
    """
    judged = delivery.judged_at if delivery.judged_at is not None and delivery.judged_at <= moment else None
    if delivery.accepted and judged is not None:
        return True
    window = next((held.term for held in contract.terms.values() if isinstance(held.term, AcceptanceWindow)), None)
    asked = delivery.acceptance_requested_at
    if window is None or window.unit is DayUnit.WORKING or asked is None or asked > moment:
        return False
    # Days are taken so that nobody anywhere on Earth loses one: the request counts from its latest day on, an answer by its earliest.
    requested_on = first_day(asked)
    answer = None
    if judged is not None:
        answer = acceptance.Answer(on=max(last_day(judged), requested_on), accepted=bool(delivery.accepted))
    as_of = max(last_day(moment), answer.on) if answer is not None else last_day(moment)
    return acceptance.standing(window, requested_on=requested_on, as_of=as_of, answer=answer).outcome is Outcome.DEEMED_ACCEPTED
