"""Working calendars of countries: known days, and honest refusals of years that nobody has announced."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest

from domain.terms.calendar import (
    CalendarNotKnown,
    EveryDay,
    YearNotKnown,
    ZoneNotKnown,
    add_working_days,
    add_working_time,
    working_days_between,
    working_time_between,
)
from infra import calendars
from infra.calendars import named

CHINA = named("CN", "Asia/Shanghai")


def days(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


@pytest.mark.parametrize(
    "day",
    days(
        "2024-02-04",
        "2024-02-18",
        "2024-10-12",
        "2025-01-26",
        "2025-02-08",
        "2025-04-27",
        "2025-09-28",
        "2025-10-11",
        "2026-01-04",
        "2026-02-14",
        "2018-12-29",
        "2005-12-31",
    ),
)
def test_swapped_weekends_are_working_days_in_china(day: date) -> None:
    assert day.weekday() >= 5
    assert CHINA.is_working_day(day)


@pytest.mark.parametrize(
    "day",
    [
        *(date(2025, 10, n) for n in range(1, 9)),
        *(date(2025, 1, 28) + timedelta(days=n) for n in range(8)),
        *days("2025-04-04", "2025-05-05", "2025-06-02", "2026-02-16", "2024-12-07", "2018-12-31", "2020-01-31"),
    ],
)
def test_holidays_are_off_in_china(day: date) -> None:
    assert not CHINA.is_working_day(day)


def test_a_whole_year_of_china_has_the_announced_number_of_working_days() -> None:
    assert [working_days_between(CHINA, date(year - 1, 12, 31), date(year, 12, 31)) for year in (2023, 2024, 2025)] == [249, 251, 248]


def test_working_days_run_across_a_golden_week() -> None:
    assert add_working_days(CHINA, date(2025, 9, 26), 3) == date(2025, 9, 30)
    assert add_working_days(CHINA, date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert add_working_days(CHINA, date(2025, 9, 30), 3) == date(2025, 10, 11)


def test_working_time_is_counted_in_local_hours() -> None:
    start, end = datetime.fromisoformat("2025-09-30T09:00:00+00:00"), datetime.fromisoformat("2025-10-09T02:00:00+00:00")
    assert working_time_between(CHINA, start, end) == 2 * 3600
    assert add_working_time(CHINA, start, 2 * 3600) == end


@pytest.mark.parametrize("year", [1999, 2003, 2099])
def test_a_year_that_would_be_guessed_is_refused_for_china(year: int) -> None:
    with pytest.raises(YearNotKnown, match=f"does not know the holidays of {year}"):
        CHINA.is_working_day(date(year, 5, 6))


def test_counting_into_a_year_that_is_not_announced_is_refused_rather_than_guessed() -> None:
    with pytest.raises(YearNotKnown):
        add_working_days(CHINA, date(2098, 12, 1), 30)


@pytest.mark.parametrize(
    ("code", "zone", "day", "working"),
    [
        ("DE-BY", "Europe/Berlin", date(2026, 8, 15), False),
        ("DE-BY", "Europe/Berlin", date(2026, 11, 2), True),
        ("DE", "Europe/Berlin", date(2026, 10, 3), False),
        ("US", "America/New_York", date(2026, 7, 3), False),
        ("GB-ENG", "Europe/London", date(2026, 4, 6), False),
        ("GB-SCT", "Europe/London", date(2026, 4, 6), True),
        ("HK", "Asia/Hong_Kong", date(2025, 10, 1), False),
        ("SA", "Asia/Riyadh", date(2025, 6, 1), True),
        ("SA", "Asia/Riyadh", date(2025, 5, 30), False),
    ],
)
def test_other_countries_and_their_parts_have_their_own_days(code: str, zone: str, day: date, *, working: bool) -> None:
    assert named(code, zone).is_working_day(day) is working


def test_a_year_out_of_range_is_refused_for_every_country() -> None:
    with pytest.raises(YearNotKnown):
        named("DE", "Europe/Berlin").is_working_day(date(2101, 1, 1))


@pytest.mark.parametrize("code", ["XX", "DE-ZZ", "", "cn", "CN-", "CHN", "China", "HolidayBase"])
def test_an_unknown_calendar_is_refused(code: str) -> None:
    with pytest.raises(CalendarNotKnown):
        named(code, "Asia/Shanghai")


@pytest.mark.parametrize("zone", ["Asia/Nowhere", "", "../etc/passwd", "/etc/passwd"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ZoneNotKnown):
        named("CN", zone)


def test_round_the_clock_is_a_calendar_too_and_names_say_their_version() -> None:
    assert isinstance(named("7×24", "Asia/Shanghai"), EveryDay)
    assert CHINA.name.startswith("CN (holidays 0.")


@pytest.fixture
def impatient_threads() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def test_threads_that_ask_for_a_year_at_once_get_the_same_answer(impatient_threads: None) -> None:
    def off(_: int) -> int:
        return sum(not CHINA.is_working_day(date(2025, 1, 1) + timedelta(days=n)) for n in range(365))

    for _ in range(20):
        calendars._off_days.cache_clear()
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(off, range(16))) == {365 - 248}
