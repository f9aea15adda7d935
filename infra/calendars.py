"""Working calendars of countries, with their holidays and, for China, its swapped working days 调休, from the library `holidays`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from importlib.metadata import version
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from domain.terms.calendar import Calendar, CalendarNotKnown, EveryDay, Hours, YearNotKnown, ZoneNotKnown

ROUND_THE_CLOCK: Final = "7×24"
OFFICE_HOURS: Final[Hours] = ((time(9), time(12)), (time(13), time(18)))
# Since this year the library agrees with the notices of the State Council on every day; before, swapped days are missing.
CHINA_FROM: Final = 2004
CHINA: Final = "CN"
_CODE: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,4})?", re.ASCII)
_VERSION: Final = version("holidays")


@dataclass(frozen=True, slots=True)
class NationalCalendar:
    """The working days of a country or a part of it. Equal codes, zones and hours make equal calendars."""

    code: str
    zone: tzinfo
    daily: Hours = OFFICE_HOURS

    @property
    def name(self) -> str:
        """Code and version of the library, as the holidays of a year may be announced or amended later."""
        return f"{self.code} (holidays {_VERSION})"

    def is_working_day(self, day: date) -> bool:
        """Refuses with YearNotKnown years that the library would guess.

        The last days of December may still change with the notice for the next year, as they did in 2006, 2011 and 2018.
        """
        return day not in _off_days(self.code, day.year)

    def hours(self, day: date) -> Hours:  # noqa: ARG002 - the same on each
        return self.daily


def named(code: str, zone: str, daily: Hours = OFFICE_HOURS) -> Calendar:
    """The calendar of a code in a zone. Refusals: CalendarNotKnown, ZoneNotKnown."""
    try:
        found = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ZoneNotKnown(zone=zone) from None
    if code == ROUND_THE_CLOCK:
        return EveryDay(zone=found)
    _holidays(code, None)
    return NationalCalendar(code, found, daily)


def day_of(calendar: Calendar, moment: datetime) -> date:
    """The calendar's day in which an aware moment falls; at the ends of the calendar of all days, that of its own zone."""
    try:
        return moment.astimezone(calendar.zone).date()
    except OverflowError:
        return moment.date()


def _holidays(code: str, year: int | None) -> holidays.HolidayBase:
    country, _, subdivision = code.partition("-")
    if not _CODE.fullmatch(code):
        raise CalendarNotKnown(code=code, always=ROUND_THE_CLOCK)
    try:
        return holidays.country_holidays(country, subdivision or None, years=year, expand=False)
    except NotImplementedError:
        raise CalendarNotKnown(code=code, always=ROUND_THE_CLOCK) from None


# The library fills in a year when it is first asked for one, and a second thread would see it half filled: so each year is built apart.
@lru_cache(maxsize=1024)
def _off_days(code: str, year: int) -> frozenset[date]:
    known = _holidays(code, year)
    _require_known(code, known, year)
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1))
    return frozenset(day for day in days if not known.is_working_day(day))


def _require_known(code: str, known: holidays.HolidayBase, year: int) -> None:
    """The library answers for any year: outside of its range as if there were no holidays, for China by guessing without swapped days."""
    in_range = known.start_year <= year <= known.end_year
    guessed = known.country == CHINA and (year < CHINA_FROM or all(day.year != year for day in known.weekend_workdays))
    if guessed or not in_range:
        raise YearNotKnown(calendar=code, year=year)
