"""Data return 数据返还: what each side hands back, deletes or confirms after the end, and by when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Literal

from domain.facts import value
from domain.terms import rules
from domain.terms.calendar import Calendar, DayUnit, EveryDay, after, count_between
from domain.terms.rules import Term


class Action(StrEnum):
    """What is to be done with the data."""

    EXPORT = "export"
    RETURN = "return"
    DELETE = "delete"
    CERTIFY = "certify"


class Side(StrEnum):
    """Who has to do it."""

    US = "us"
    COUNTERPARTY = "counterparty"


@value
class Duty:
    """One thing to be done within so many days after the end of the contract."""

    duty_id: str
    action: Action
    subject: str
    owed_by: Side
    days: int
    unit: DayUnit = DayUnit.CALENDAR


@value
class DataReturn(Term):
    """All that has to be done with data at the end. `owner` is whose they are."""

    owner: str
    duties: tuple[Duty, ...]
    term: Literal["data_return"] = "data_return"


@value
class DueDuty:
    """A duty with its day. `days_left` counts in the duty's unit; it is None once the duty is done, negative while it is overdue."""

    duty: Duty
    due: date
    done_on: date | None
    days_left: int | None
    overdue: bool
    formula: str


def check(term: DataReturn) -> None:
    """Refuses duties without a subject, named twice, or with a number of days that makes no sense."""
    rules.require_text("owner of the data", term.owner)
    if not term.duties:
        raise rules.NothingListed(element="duty")
    rules.require_unique("duty", (duty.duty_id for duty in term.duties))
    for duty in term.duties:
        rules.require_text("subject of a duty", duty.subject)
        rules.require_count("number of days of a duty", duty.days)


def duties(
    term: DataReturn, *, ended_on: date, as_of: date, done: Mapping[str, date], calendar: Calendar | None = None
) -> tuple[DueDuty, ...]:
    """Every duty with its due day, earliest first; `done` says on which day which duty was done, as far as known by `as_of`."""
    days = calendar or EveryDay()
    return tuple(sorted((_due(duty, ended_on, as_of, done, days) for duty in term.duties), key=lambda found: found.due))


def _due(duty: Duty, ended_on: date, as_of: date, done: Mapping[str, date], calendar: Calendar) -> DueDuty:
    due = after(calendar, duty.unit, ended_on, duty.days)
    done_on = done.get(duty.duty_id)
    known = done_on if done_on is not None and done_on <= as_of else None
    until = as_of if known is None else known
    unit = duty.unit.value.replace("_", " ")
    state = f"done on {known}" if known is not None else f"not done by {as_of}"
    return DueDuty(
        duty=duty,
        due=due,
        done_on=known,
        days_left=count_between(calendar, duty.unit, as_of, due) if known is None else None,
        overdue=until > due,
        formula=f"{ended_on} + {duty.days} {unit} ({calendar.name}) = {due}; {state}{', late' if until > due else ''}",
    )
