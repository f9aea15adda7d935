"""Day counts: how many days of interest lie between two dates, and how many make a year (2006 ISDA Definitions, 4.16)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from fractions import Fraction

LAST_OF_A_MONTH = 30


class DayCount(StrEnum):
    """ACT/365 is "fixed": leap years have 365 too. 30/360 is the bond basis (4.16 f), 30E/360 the Eurobond basis (4.16 g)."""

    ACT_365 = "act/365"
    ACT_360 = "act/360"
    THIRTY_360 = "30/360"
    THIRTY_E_360 = "30e/360"

    @property
    def year(self) -> int:
        """Days that make a year."""
        return 365 if self is DayCount.ACT_365 else 360


def days(convention: DayCount, start: date, end: date) -> int:
    """Days after the start, up to and with the end. Only the bond basis may not add up over a split period."""
    if convention in {DayCount.ACT_365, DayCount.ACT_360}:
        return (end - start).days
    first, last = min(start.day, LAST_OF_A_MONTH), min(end.day, LAST_OF_A_MONTH)
    if convention is DayCount.THIRTY_360 and first < LAST_OF_A_MONTH:
        last = end.day
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first


def years(convention: DayCount, start: date, end: date) -> Fraction:
    """The same as an exact part of a year."""
    return Fraction(days(convention, start, end), convention.year)
