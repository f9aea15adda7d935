"""Renewal: notice deadlines, outlooks and the periods that follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusals import Refusal
from domain.terms import renewal, rules
from domain.terms.renewal import Outlook, Renewal

END = date(2026, 12, 31)
DEADLINE = date(2026, 11, 1)
AUTOMATIC = Renewal(automatic=True, notice_days=60, length_months=12)
BY_NOTICE = replace(AUTOMATIC, automatic=False)


@pytest.mark.parametrize(
    ("term", "as_of", "notice_on", "outlook"),
    [
        (AUTOMATIC, DEADLINE, None, Outlook.RENEWS_UNLESS_NOTICE),
        (AUTOMATIC, date(2026, 11, 2), None, Outlook.RENEWS),
        (AUTOMATIC, DEADLINE, DEADLINE, Outlook.ENDS),
        (AUTOMATIC, date(2026, 11, 2), date(2026, 11, 2), Outlook.RENEWS),
        (AUTOMATIC, date(2026, 10, 1), date(2026, 10, 2), Outlook.RENEWS_UNLESS_NOTICE),
        (BY_NOTICE, DEADLINE, None, Outlook.ENDS_UNLESS_NOTICE),
        (BY_NOTICE, date(2026, 11, 2), None, Outlook.ENDS),
        (BY_NOTICE, date(2026, 11, 2), DEADLINE, Outlook.RENEWS),
    ],
)
def test_what_becomes_of_a_contract(term: Renewal, as_of: date, notice_on: date | None, outlook: Outlook) -> None:
    renewal.check(term)
    found = renewal.standing(term, first_end=END, renewed=0, as_of=as_of, notice_on=notice_on)
    assert (found.outlook, found.notice_deadline, found.days_left) == (outlook, DEADLINE, (DEADLINE - as_of).days)
    assert (found.next_start is None) == (outlook is Outlook.ENDS)


def test_the_standing_says_how_it_was_counted() -> None:
    found = renewal.standing(AUTOMATIC, first_end=END, renewed=1, as_of=date(2027, 11, 30))
    assert found.formula == (
        "2027-12-31 − 60 days of notice = 2027-11-01; no notice by 2027-11-01: renews; "
        "the next period is 2028-01-01 to 2028-12-31, 12 months"
    )


def test_no_more_renewals_than_agreed() -> None:
    twice = replace(AUTOMATIC, times=2)
    assert renewal.standing(twice, first_end=END, renewed=1, as_of=END).next_end == date(2028, 12, 31)
    assert renewal.standing(twice, first_end=END, renewed=2, as_of=END).outlook is Outlook.ENDS


@pytest.mark.parametrize(
    ("first_end", "months", "ends"),
    [
        (date(2024, 1, 30), 1, [date(2024, 2, 28), date(2024, 3, 30), date(2024, 4, 29)]),
        (date(2023, 2, 28), 12, [date(2024, 2, 29), date(2025, 2, 28), date(2026, 2, 28)]),
        (date(2024, 2, 29), 6, [date(2024, 8, 31), date(2025, 2, 28), date(2025, 8, 31)]),
    ],
)
def test_a_short_month_does_not_shift_later_periods(first_end: date, months: int, ends: list[date]) -> None:
    term = replace(AUTOMATIC, length_months=months)
    assert [renewal.period_end(term, first_end, n) for n in (1, 2, 3)] == ends


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 36), st.integers(0, 20), st.integers(0, 365))
def test_periods_follow_each_other_without_gap_or_overlap(first_end: date, months: int, renewed: int, notice: int) -> None:
    term = Renewal(automatic=True, notice_days=notice, length_months=months)
    found = renewal.standing(term, first_end=first_end, renewed=renewed, as_of=first_end)
    following = renewal.standing(term, first_end=first_end, renewed=renewed + 1, as_of=first_end)
    assert found.next_start == found.current_end + timedelta(days=1)
    assert found.next_end == following.current_end
    assert found.notice_deadline <= found.current_end < following.current_end


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (replace(AUTOMATIC, notice_days=-1), rules.CountOutOfRange),
        (replace(AUTOMATIC, length_months=0), rules.CountOutOfRange),
        (replace(AUTOMATIC, times=0), rules.CountOutOfRange),
    ],
)
def test_a_senseless_renewal_is_refused(term: Renewal, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        renewal.check(term)
