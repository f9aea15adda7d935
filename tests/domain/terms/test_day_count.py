"""Day counts: the corner days of the conventions."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.terms.day_count import DayCount, days, years

DATES = st.dates(date(1999, 1, 1), date(2040, 12, 31))
# Start, end, then days under ACT, under 30/360 (bond basis) and under 30E/360.
CORNERS = [
    (date(2024, 2, 28), date(2024, 3, 1), 2, 3, 3),
    (date(2023, 2, 28), date(2023, 3, 1), 1, 3, 3),
    (date(2024, 1, 31), date(2024, 2, 29), 29, 29, 29),
    (date(2024, 1, 30), date(2024, 1, 31), 1, 0, 0),
    (date(2024, 1, 15), date(2024, 1, 31), 16, 16, 15),
    (date(2024, 2, 29), date(2024, 3, 31), 31, 32, 31),
    (date(2024, 1, 31), date(2024, 3, 31), 60, 60, 60),
    (date(2023, 12, 31), date(2024, 12, 31), 366, 360, 360),
    (date(2023, 1, 1), date(2024, 1, 1), 365, 360, 360),
    (date(2026, 5, 5), date(2026, 5, 5), 0, 0, 0),
]


@pytest.mark.parametrize(("start", "end", "actual", "bond", "euro"), CORNERS)
def test_corner_days(start: date, end: date, actual: int, bond: int, euro: int) -> None:
    assert [days(convention, start, end) for convention in DayCount] == [actual, actual, bond, euro]


def test_a_leap_year_is_more_than_a_year_under_act_and_exactly_one_under_thirty() -> None:
    leap = (date(2024, 1, 1), date(2025, 1, 1))
    assert [years(convention, *leap) for convention in DayCount] == [Fraction(366, 365), Fraction(366, 360), 1, 1]


@given(st.sampled_from([DayCount.ACT_365, DayCount.ACT_360, DayCount.THIRTY_E_360]), DATES, DATES, DATES)
def test_days_of_a_split_period_add_up(convention: DayCount, a: date, b: date, c: date) -> None:
    first, middle, last = sorted((a, b, c))
    assert days(convention, first, middle) + days(convention, middle, last) == days(convention, first, last)


def test_only_the_bond_basis_does_not_add_up_over_a_split_period() -> None:
    first, middle, last = date(2024, 1, 15), date(2024, 1, 31), date(2024, 2, 15)
    split = days(DayCount.THIRTY_360, first, middle) + days(DayCount.THIRTY_360, middle, last)
    assert (split, days(DayCount.THIRTY_360, first, last)) == (31, 30)


@given(st.sampled_from(DayCount), DATES, DATES, DATES)
def test_a_later_end_never_has_fewer_days(convention: DayCount, a: date, b: date, c: date) -> None:
    first, middle, last = sorted((a, b, c))
    assert 0 <= days(convention, first, middle) <= days(convention, first, last)
