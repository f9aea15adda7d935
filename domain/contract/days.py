"""Days: in which calendar and zone a command's days are counted."""

from __future__ import annotations

from typing import Final

from domain.facts import Occasion
from domain.terms.calendar import Calendar, EveryDay

ROUND_THE_CLOCK: Final = "7×24"
UTC: Final = "UTC"


def counted(occasion: Occasion, calendar: str, zone: str) -> Calendar:
    """The calendar of a code in a zone. Refusals: CalendarNotKnown, ZoneNotKnown."""
    # Days of UTC that all count need nobody who knows of holidays and zones.
    return EveryDay() if (calendar, zone) == (ROUND_THE_CLOCK, UTC) else occasion.around.calendar(calendar, zone)
