"""Counting working days and working time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.terms.calendar import (
    BeyondCalendar,
    Calendar,
    DayUnit,
    EveryDay,
    ListedDays,
    NeedsZone,
    NeverWorks,
    add_months,
    add_working_days,
    add_working_time,
    after,
    count_between,
    local_day,
    next_working_day,
    shift,
    working_days_between,
    working_time_between,
)
from domain.terms.rules import PeriodRunsBackwards

CHINA = timezone(timedelta(hours=8))
OFFICE = ListedDays(
    name="office",
    zone=CHINA,
    off=frozenset({date(2026, 3, 6)}),
    also=frozenset({date(2026, 3, 8)}),
    daily=((time(9), time(12)), (time(13), time(18))),
)
NEVER = ListedDays(name="never", weekdays=frozenset())
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
MOMENTS = st.integers(0, 88 * 86_400).map(lambda seconds: datetime(2026, 2, 1, tzinfo=CHINA) + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (date(2026, 3, 5), 1, date(2026, 3, 8)),
        (date(2026, 3, 5), 2, date(2026, 3, 9)),
        (date(2026, 3, 8), -1, date(2026, 3, 5)),
        (date(2026, 3, 6), 0, date(2026, 3, 8)),
        (date(2026, 3, 7), 5, date(2026, 3, 12)),
    ],
)
def test_working_days_are_counted_from_the_day_after_the_start(start: date, days: int, expected: date) -> None:
    assert add_working_days(OFFICE, start, days) == expected


def test_a_working_day_is_its_own_next_one() -> None:
    assert next_working_day(OFFICE, date(2026, 3, 8)) == date(2026, 3, 8)
    assert next_working_day(OFFICE, date(2026, 3, 6)) == date(2026, 3, 8)


@given(DAYS, st.integers(1, 120))
def test_the_days_added_are_the_days_counted(start: date, days: int) -> None:
    assert working_days_between(OFFICE, start, add_working_days(OFFICE, start, days)) == days


@given(DAYS, DAYS, DAYS)
def test_working_days_of_a_split_period_add_up(a: date, b: date, c: date) -> None:
    first, middle, last = sorted((a, b, c))
    split = working_days_between(OFFICE, first, middle) + working_days_between(OFFICE, middle, last)
    assert split == working_days_between(OFFICE, first, last)


def test_calendar_days_and_working_days_count_both_ways() -> None:
    assert after(OFFICE, DayUnit.CALENDAR, date(2026, 3, 5), 3) == date(2026, 3, 8)
    assert after(OFFICE, DayUnit.WORKING, date(2026, 3, 5), 3) == date(2026, 3, 10)
    assert count_between(OFFICE, DayUnit.CALENDAR, date(2026, 3, 10), date(2026, 3, 5)) == -5
    assert count_between(OFFICE, DayUnit.WORKING, date(2026, 3, 5), date(2026, 3, 10)) == 3


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 11, 30), 3, date(2025, 2, 28)),
        (date(2025, 3, 31), -1, date(2025, 2, 28)),
        (date(2025, 1, 1), -1, date(2024, 12, 1)),
    ],
)
def test_months_are_added_to_the_same_day_or_the_last_of_a_shorter_month(day: date, count: int, expected: date) -> None:
    assert add_months(day, count) == expected


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        ("2026-03-05T08:00:00+08:00", "2026-03-05T09:00:01+08:00", 1),
        ("2026-03-05T11:30:00+08:00", "2026-03-05T13:30:00+08:00", 3600),
        ("2026-03-05T17:00:00+08:00", "2026-03-08T10:00:00+08:00", 7200),
        ("2026-03-05T09:00:00+00:00", "2026-03-08T02:00:00+00:00", 7200),
        ("2026-03-02T00:00:00+08:00", "2026-03-09T00:00:00+08:00", 5 * 8 * 3600),
        ("2026-03-06T00:00:00+08:00", "2026-03-07T23:00:00+08:00", 0),
    ],
)
def test_only_the_hours_of_working_days_are_working_time(start: str, end: str, seconds: int) -> None:
    assert working_time_between(OFFICE, moment(start), moment(end)) == seconds


def test_round_the_clock_every_second_counts() -> None:
    assert working_time_between(EveryDay(), moment("2026-03-01T00:00:00Z"), moment("2026-04-01T00:00:00Z")) == 31 * 86_400


def test_a_change_of_clocks_shortens_and_lengthens_the_day_as_it_does() -> None:
    berlin = EveryDay(zone=ZoneInfo("Europe/Berlin"))
    spring = working_time_between(berlin, datetime(2026, 3, 29, tzinfo=berlin.zone), datetime(2026, 3, 30, tzinfo=berlin.zone))
    autumn = working_time_between(berlin, datetime(2026, 10, 25, tzinfo=berlin.zone), datetime(2026, 10, 26, tzinfo=berlin.zone))
    assert (spring, autumn) == (23 * 3600, 25 * 3600)


@given(MOMENTS, MOMENTS, MOMENTS)
def test_working_time_of_a_split_period_adds_up(a: datetime, b: datetime, c: datetime) -> None:
    first, middle, last = sorted((a, b, c))
    split = working_time_between(OFFICE, first, middle) + working_time_between(OFFICE, middle, last)
    assert split == working_time_between(OFFICE, first, last)


@pytest.mark.parametrize("calendar", [OFFICE, EveryDay(zone=CHINA)])
@given(start=MOMENTS, seconds=st.integers(0, 400_000))
def test_the_time_added_is_the_time_worked_and_no_moment_earlier_will_do(calendar: Calendar, start: datetime, seconds: int) -> None:
    end = add_working_time(calendar, start, seconds)
    assert working_time_between(calendar, start, end) == seconds
    if seconds:
        assert working_time_between(calendar, start, end - timedelta(seconds=1)) == seconds - 1


def test_eight_hours_from_the_eve_of_a_day_off_end_on_the_swapped_working_day() -> None:
    assert add_working_time(OFFICE, moment("2026-03-05T16:00:00+08:00"), 8 * 3600) == moment("2026-03-08T16:00:00+08:00")


def test_working_time_that_is_over_when_the_doors_close_ends_then_and_not_when_they_open_again() -> None:
    assert add_working_time(OFFICE, moment("2026-03-05T09:00:00+08:00"), 3 * 3600) == moment("2026-03-05T12:00:00+08:00")
    assert add_working_time(OFFICE, moment("2026-03-05T09:00:00+08:00"), 8 * 3600) == moment("2026-03-05T18:00:00+08:00")


def test_a_moment_falls_in_the_day_of_the_calendars_zone() -> None:
    assert local_day(OFFICE, datetime(2026, 3, 5, 17, tzinfo=UTC)) == date(2026, 3, 6)


def test_a_calendar_without_working_days_is_refused_rather_than_searched_for_ever() -> None:
    with pytest.raises(NeverWorks):
        add_working_days(NEVER, date(2026, 3, 5), 1)
    with pytest.raises(NeverWorks):
        add_working_time(NEVER, moment("2026-03-05T16:00:00+08:00"), 1)


def test_senseless_moments_and_periods_are_refused() -> None:
    with pytest.raises(NeedsZone):
        working_time_between(OFFICE, moment("2026-03-05T00:00:00"), moment("2026-03-05T16:00:00+08:00"))
    with pytest.raises(PeriodRunsBackwards):
        working_time_between(OFFICE, moment("2026-03-05T16:00:00+08:00"), moment("2026-03-05T15:00:00+08:00"))
    with pytest.raises(PeriodRunsBackwards):
        working_days_between(OFFICE, date(2026, 3, 6), date(2026, 3, 5))
    with pytest.raises(BeyondCalendar):
        shift(date.max, 1)
    with pytest.raises(BeyondCalendar):
        add_months(date.max, 1)
