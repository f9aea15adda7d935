"""Working days and working time: what terms ask of a calendar, and how they count with it."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from domain.facts import value
from domain.refusals import Refusal
from domain.terms.rules import PeriodRunsBackwards

# Pairs of start and end in local time, in order; an end of 00:00 is the midnight at which the day ends.
Hours: TypeAlias = tuple[tuple[time, time], ...]

DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)
ALL_DAY: Final[Hours] = ((time.min, time.min),)
# No calendar rests longer than this at a stretch; one that does would let a search run on for ever.
MAX_REST_DAYS: Final = 400


class NeedsZone(Refusal):
    """A moment says in which zone it is meant."""

    template = "{given} has no zone; a moment needs one, as in 2026-03-02T09:00:00+08:00."


class NeverWorks(Refusal):
    """A calendar has working days within reach."""

    template = "The calendar {calendar} has no working day within {days} days of {day}."


class BeyondCalendar(Refusal):
    """Dates stay between the years 1 and 9999."""

    template = "Counting from {day} leads out of the years that a calendar has."


class YearNotKnown(Refusal):
    """Working days are counted only in years whose holidays have been announced."""

    template = (
        "The calendar {calendar} does not know the holidays of {year}; "
        "update the library of holidays once they have been announced, or count calendar days."
    )


class CalendarNotKnown(Refusal):
    """A calendar is named by its country, as in CN, or its country and subdivision, as in DE-BY."""

    template = "There is no calendar {code!r}; name a country such as CN, a country and subdivision such as DE-BY, or {always}."


class ZoneNotKnown(Refusal):
    """A zone is named as in the IANA database."""

    template = "There is no zone {zone!r}; name one such as Asia/Shanghai."


class DayUnit(StrEnum):
    """Which days a period counts."""

    CALENDAR = "calendar_days"
    WORKING = "working_days"


class Calendar(Protocol):
    """When work is done. `zone` gives local time; `name` is cited in formulas, with its version where it has one.

    A calendar that would have to guess a year refuses with YearNotKnown, and so do all who count with it.
    """

    @property
    def name(self) -> str: ...

    @property
    def zone(self) -> tzinfo: ...

    def is_working_day(self, day: date) -> bool: ...

    def hours(self, day: date) -> Hours:
        """The hours of a working day; they do not overlap. Not asked for other days."""
        ...


@value
class EveryDay:
    """Round the clock, seven days a week (7×24)."""

    zone: tzinfo = UTC
    name: str = "7×24"

    def is_working_day(self, day: date) -> bool:  # noqa: ARG002 - every one is
        return True

    def hours(self, day: date) -> Hours:  # noqa: ARG002 - the same on each
        return ALL_DAY


@value
class ListedDays:
    """A calendar that a contract spells out itself. Weekdays count from Monday, 0; `also` are working days outside of them."""

    name: str
    zone: tzinfo = UTC
    weekdays: frozenset[int] = frozenset(range(5))
    off: frozenset[date] = frozenset()
    also: frozenset[date] = frozenset()
    daily: Hours = ((time(9), time(18)),)

    def is_working_day(self, day: date) -> bool:
        return day in self.also or (day.weekday() in self.weekdays and day not in self.off)

    def hours(self, day: date) -> Hours:  # noqa: ARG002 - the same on each
        return self.daily


def shift(day: date, days: int) -> date:
    """The day so many calendar days later. Refuses with BeyondCalendar."""
    try:
        return day + days * DAY
    except OverflowError:
        raise BeyondCalendar(day=day) from None


def add_months(day: date, count: int) -> date:
    """The same day of the month so many months later, or the last day of a shorter month. Refuses with BeyondCalendar."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if not date.min.year <= year <= date.max.year:
        raise BeyondCalendar(day=day)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def next_working_day(calendar: Calendar, day: date) -> date:
    """The day itself where it is a working day, otherwise the first after it. Refuses with NeverWorks."""
    return _seek(calendar, day, 1)


def _seek(calendar: Calendar, day: date, step: int) -> date:
    found = day
    for _ in range(MAX_REST_DAYS):
        if calendar.is_working_day(found):
            return found
        found = shift(found, step)
    raise NeverWorks(calendar=calendar.name, days=MAX_REST_DAYS, day=day)


def add_working_days(calendar: Calendar, start: date, days: int) -> date:
    """The n-th working day after the start, which itself does not count; before it where n is negative.

    With n of zero it is the start itself, or the first working day after it. Refuses with NeverWorks.
    """
    if days == 0:
        return next_working_day(calendar, start)
    step = 1 if days > 0 else -1
    day = start
    for _ in range(abs(days)):
        day = _seek(calendar, shift(day, step), step)
    return day


def working_days_between(calendar: Calendar, start: date, end: date) -> int:
    """How many working days there are after the start, up to and with the end. Refuses with PeriodRunsBackwards."""
    if end < start:
        raise PeriodRunsBackwards(field="period", start=start, end=end)
    return sum(calendar.is_working_day(start + n * DAY) for n in range(1, (end - start).days + 1))


def after(calendar: Calendar, unit: DayUnit, start: date, days: int) -> date:
    """The day on which a period of so many days after the start ends; the start does not count."""
    return add_working_days(calendar, start, days) if unit is DayUnit.WORKING else shift(start, days)


def count_between(calendar: Calendar, unit: DayUnit, start: date, end: date) -> int:
    """How many days of the unit there are after the start, up to and with the end; negative where the end comes first."""
    if end < start:
        return -count_between(calendar, unit, end, start)
    return working_days_between(calendar, start, end) if unit is DayUnit.WORKING else (end - start).days


def local_day(calendar: Calendar, moment: datetime) -> date:
    """The calendar's day in which a moment falls. Refuses with NeedsZone a naive one."""
    return require_zone(moment).astimezone(calendar.zone).date()


def require_zone(moment: datetime) -> datetime:
    """The moment. Refuses with NeedsZone a naive one."""
    if moment.utcoffset() is None:
        raise NeedsZone(given=moment.isoformat())
    return moment


def shifts(calendar: Calendar, day: date) -> Iterator[tuple[datetime, datetime]]:
    """Start and end of each stretch of work of a day, in UTC, so that a change of clocks inside it counts as it happens."""
    if not calendar.is_working_day(day):
        return
    for start, end in calendar.hours(day):
        last = shift(day, 1) if end == time.min else day
        yield datetime.combine(day, start, calendar.zone).astimezone(UTC), datetime.combine(last, end, calendar.zone).astimezone(UTC)


def working_time_between(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Seconds of working time from one moment to another, whole ones. Refuses with NeedsZone and PeriodRunsBackwards."""
    return worked_between(calendar, start, end) // SECOND


def worked_between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Working time from one moment to another, to the microsecond. Refuses with NeedsZone and PeriodRunsBackwards."""
    first, last = require_zone(start).astimezone(UTC), require_zone(end).astimezone(UTC)
    if last < first:
        raise PeriodRunsBackwards(field="period", start=start, end=end)
    day, until = local_day(calendar, start), local_day(calendar, end)
    worked = timedelta()
    while day <= until:
        for opens, closes in shifts(calendar, day):
            worked += max(min(closes, last) - max(opens, first), timedelta())
        day += DAY
    return worked


def add_working_time(calendar: Calendar, start: datetime, seconds: int) -> datetime:
    """The first moment, in the calendar's zone, by which so many seconds of working time have passed. Refuses with NeverWorks."""
    left = seconds * SECOND
    if left <= timedelta():
        return require_zone(start).astimezone(calendar.zone)
    first = require_zone(start).astimezone(UTC)
    day = local_day(calendar, start)
    rested = 0
    while rested <= MAX_REST_DAYS:
        rested += 1
        for opens, closes in shifts(calendar, day):
            worked = closes - max(opens, first)
            if worked >= left:
                return (max(opens, first) + left).astimezone(calendar.zone)
            if worked > timedelta():
                left -= worked
                rested = 0
        day = shift(day, 1)
    raise NeverWorks(calendar=calendar.name, days=MAX_REST_DAYS, day=day)
