"""Days: in which calendar and zone a command's days are counted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from domain.facts import Occasion
from domain.terms.calendar import Calendar, EveryDay

ROUND_THE_CLOCK: Final = "7×24"
UTC: Final = "UTC"


def counted(occasion: Occasion, calendar: str, zone: str) -> Calendar:
    """The calendar of a code in a zone. Refusals: CalendarNotKnown, ZoneNotKnown."""
    # Days of UTC that all count need nobody who knows of holidays and zones.
    return EveryDay() if (calendar, zone) == (ROUND_THE_CLOCK, UTC) else occasion.around.calendar(calendar, zone)


def end_of_month(day: date) -> date:
    """The last day of the month that a day is in."""
    first = day.replace(day=1)
    # The last day that dates have ends the last month.
    return date.max if (first.year, first.month) == (date.max.year, 12) else (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
