"""Payment schedule: parts of the value, each due some days after what triggers it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from domain.facts import value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms import rules
from domain.terms.calendar import Calendar, DayUnit, EveryDay, after
from domain.terms.exact import Ratio, plain, spread
from domain.terms.rules import Term

ROUNDING = "by largest remainder: each part is rounded down and the missing minor units go to the largest fractions, earlier parts first"


class On(StrEnum):
    """What makes a payment fall due."""

    DATE = "date"
    SIGNING = "signing"
    DELIVERY_ACCEPTED = "delivery_accepted"
    MILESTONE = "milestone"


@value
class Trigger:
    """`day` goes with a date; `subject` is the id of the delivery or the milestone."""

    on: On
    day: date | None = None
    subject: str | None = None


@value
class Part:
    """A share of the whole value or a fixed amount; with neither it is the rest, of which a schedule has at most one."""

    instalment_id: str
    trigger: Trigger
    share: Ratio | None = None
    amount: Money | None = None
    days_after: int = 0
    unit: DayUnit = DayUnit.CALENDAR
    description: str = ""


@value
class PaymentSchedule(Term):
    """Who pays what when: parts that make up the value exactly."""

    parts: tuple[Part, ...]
    term: Literal["payment_schedule"] = "payment_schedule"


@value
class Happened:
    """What is known to have happened: the day of signing, and of each acceptance and milestone by its id."""

    signed_on: date | None = None
    accepted: Mapping[str, date]
    reached: Mapping[str, date]


@value
class PlannedInstalment:
    """What a part comes to. `due` is None while the trigger, named by `waits_for`, has not happened."""

    instalment_id: str
    amount: Money
    due: date | None
    waits_for: str | None
    formula: str


@value
class PaymentPlan:
    """All parts, which sum to the value."""

    value: Money
    instalments: tuple[PlannedInstalment, ...]
    formula: str


class ShareAndAmount(Refusal):
    """A part is a share or an amount."""

    template = "The instalment {instalment_id!r} has both a share and an amount; one of them is enough."


class SecondRest(Refusal):
    """Only one part can be the rest."""

    template = "The instalment {instalment_id!r} would be a second rest; say its share or its amount."


class TriggerIncomplete(Refusal):
    """A trigger says what it waits for, and nothing else."""

    template = "The trigger {on} of the instalment {instalment_id!r} needs {needs}."


class SharesNotWhole(Refusal):
    """Shares without amounts and without a rest make up the whole value; with them they leave something."""

    template = "The shares of the schedule sum to {sum}; {allowed}."


class ScheduleMissesValue(Refusal):
    """Parts make up the value exactly."""

    template = "The parts of the schedule sum to {sum}, the value is {value}."


class InstalmentVanishes(Refusal):
    """Every part comes to something."""

    template = "The instalment {instalment_id!r} comes to {amount} of {value}; it must be above zero."


def check(term: PaymentSchedule) -> None:
    """Refuses schedules that no value could satisfy."""
    if not term.parts:
        raise rules.NothingListed(element="instalment")
    rules.require_unique("instalment", (part.instalment_id for part in term.parts))
    rests = 0
    for part in term.parts:
        _check_part(part)
        rests += part.share is None and part.amount is None
        if rests > 1:
            raise SecondRest(instalment_id=part.instalment_id)
    amounts = [part.amount for part in term.parts if part.amount is not None]
    for amount in amounts:
        rules.require_currency("amount of an instalment", amount, amounts[0].currency)
    shares = sum((part.share.exact for part in term.parts if part.share is not None), Fraction(0))
    if not amounts and not rests and shares != 1:
        raise SharesNotWhole(sum=Ratio.exactly(shares), allowed="they must sum to 100%")
    if (amounts or rests) and shares >= 1:
        raise SharesNotWhole(sum=Ratio.exactly(shares), allowed="they must leave something for the other instalments")


def _check_part(part: Part) -> None:
    if part.share is not None and part.amount is not None:
        raise ShareAndAmount(instalment_id=part.instalment_id)
    rules.require_share("share of an instalment", part.share)
    rules.require_positive("amount of an instalment", part.amount)
    rules.require_count("number of days after the trigger", part.days_after)
    trigger = part.trigger
    dated, about = trigger.day is not None, bool((trigger.subject or "").strip())
    wants_day, wants_subject = trigger.on is On.DATE, trigger.on in {On.DELIVERY_ACCEPTED, On.MILESTONE}
    if dated != wants_day or about != wants_subject:
        needs = "a day and nothing else" if wants_day else "the id of what it waits for and no day" if wants_subject else "nothing else"
        raise TriggerIncomplete(on=trigger.on.value, instalment_id=part.instalment_id, needs=needs)


def plan(term: PaymentSchedule, total: Money, happened: Happened, calendar: Calendar | None = None) -> PaymentPlan:
    """Amounts and due days of all parts, as far as their triggers have happened.

    Rounded as ROUNDING says. Refusals: AmountOutOfRange, CurrenciesDiffer, ScheduleMissesValue, InstalmentVanishes.
    """
    rules.require_positive("value", total)
    exact = _exact_parts(term, total)
    planned = [
        _planned(part, Money(minor, total.currency), total, happened, calendar or EveryDay())
        for part, minor in zip(term.parts, spread(exact), strict=True)
    ]
    summed = " + ".join(instalment.amount.amount for instalment in planned)
    formula = f"{summed} = {total}"
    if any(number.denominator != 1 for number in exact):
        formula += f", rounded {ROUNDING}"
    return PaymentPlan(value=total, instalments=tuple(planned), formula=formula)


def _exact_parts(term: PaymentSchedule, total: Money) -> list[Fraction]:
    stated: list[Fraction | None] = []
    for part in term.parts:
        rules.require_currency("amount of an instalment", part.amount, total.currency)
        if part.amount is not None:
            stated.append(Fraction(part.amount.minor))
        else:
            stated.append(None if part.share is None else part.share.exact * total.minor)
    known = sum((number for number in stated if number is not None), Fraction(0))
    if None not in stated and known != total.minor:
        raise ScheduleMissesValue(sum=plain(known), value=f"{total.minor} minor units of {total.currency}")
    return [total.minor - known if number is None else number for number in stated]


def _planned(part: Part, amount: Money, total: Money, happened: Happened, calendar: Calendar) -> PlannedInstalment:
    if amount.minor <= 0:
        raise InstalmentVanishes(instalment_id=part.instalment_id, amount=amount, value=total)
    if part.share is not None:
        even = part.share.exact * total.minor == amount.minor
        formula = f"{part.share} × {total} = {amount}" + ("" if even else " (rounded by largest remainder)")
    else:
        formula = f"{amount} as agreed" if part.amount is not None else f"{amount}, the rest of {total}"
    waits_for, started = _started(part.trigger, happened)
    if started is None:
        return PlannedInstalment(
            instalment_id=part.instalment_id, amount=amount, due=None, waits_for=waits_for, formula=f"{formula}; not due before {waits_for}"
        )
    due = after(calendar, part.unit, started, part.days_after) if part.days_after else started
    days = f" + {part.days_after} {part.unit.value.replace('_', ' ')}" if part.days_after else ""
    return PlannedInstalment(
        instalment_id=part.instalment_id,
        amount=amount,
        due=due,
        waits_for=None,
        formula=f"{formula}; due {due} = {waits_for} on {started}{days}",
    )


def _started(trigger: Trigger, happened: Happened) -> tuple[str, date | None]:
    match trigger.on:
        case On.DATE:
            return "the agreed day", trigger.day
        case On.SIGNING:
            return "signing", happened.signed_on
        case On.DELIVERY_ACCEPTED:
            return f"acceptance of the delivery {trigger.subject}", happened.accepted.get(trigger.subject or "")
        case On.MILESTONE:
            return f"the milestone {trigger.subject}", happened.reached.get(trigger.subject or "")
