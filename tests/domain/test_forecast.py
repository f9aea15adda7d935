"""What will probably be paid, worked out by hand.

The contract is worth 83,420.00 yuan, payable: halves of the value are due on 15 February and 15 May; p1 pays the first half.
"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.contract import replay
from domain.contract.forecast import Per, expected, span
from domain.contract.payment import PaymentRecorded
from domain.contract.receivables import Claim, ClaimKind, claims
from domain.contract.settlement import RetentionHeld
from domain.contract.vocabulary import Retention
from domain.facts import Entry
from tests.domain.lives import lives
from tests.domain.reckoning import days_of_month, foreseen_of
from tests.facts import HISTORIES, cny, credited, in_force, retained
from tests.spec import History, given, recorded, told

OWED, REST = ClaimKind.INSTALMENT, ClaimKind.REST


def expects(history: History) -> dict[str, int]:
    """What is expected of each claim, in fen, by kind and id."""
    found = claims(given(history).contract)
    return {f"{one.kind} {one.subject}".strip(): minor for one, minor in zip(found, expected(found), strict=True)}


def test_what_is_held_back_comes_off_the_next_instalment_and_is_expected_on_its_own_day() -> None:
    assert expects(retained) == {"instalment i1": 0, "instalment i2": 4_171_000 - 417_100, "rest": 0, "retention r1": 417_100}


def test_a_credit_and_an_unnamed_payment_come_off_what_is_due_first() -> None:
    paid = in_force + told(PaymentRecorded(payment_id="p1", amount=cny("41720.00")))
    assert expects(paid) == {"instalment i1": 0, "instalment i2": 4_170_000, "rest": 0}
    assert expects(credited)["service_credit sla 2026-02"] == 0
    assert sum(expects(credited).values()) == sum(one.open for one in claims(given(credited).contract))


def test_what_has_no_day_is_drawn_on_after_what_has_one_and_what_is_held_back_last() -> None:
    found = [
        Claim(ClaimKind.RETENTION, "r", "CNY", 50, due=date(2026, 1, 1)),
        Claim(OWED, "none", "CNY", 30),
        Claim(OWED, "late", "CNY", 20, due=date(2026, 3, 1)),
        Claim(OWED, "soon", "CNY", 10, due=date(2026, 2, 1)),
        Claim(REST, "", "CNY", -15),
        Claim(REST, "", "EUR", 7),
    ]
    assert expected(found) == [50, 30, 15, 0, 0, 7]
    found[4] = Claim(REST, "", "CNY", -65)
    assert expected(found) == [45, 0, 0, 0, 0, 7]
    found[4] = Claim(REST, "", "CNY", -111)
    assert expected(found) == [0, 0, 0, 0, -1, 7]
    assert expected([Claim(REST, "", "USD", -5), Claim(OWED, "i", "CNY", 9), Claim(ClaimKind.PENALTY, "d", "CNY", -4)]) == [-5, 5, 0]


def test_what_nobody_owes_any_more_is_not_expected() -> None:
    much = in_force + told(RetentionHeld(retention=Retention(retention_id="r1", amount=cny("90000.00"))))
    assert expects(much) == {"instalment i1": 0, "instalment i2": 0, "rest": 0, "retention r1": 8_342_000}


@pytest.mark.parametrize(
    ("per", "day", "name", "first", "last"),
    [
        (Per.WEEK, date(2027, 1, 1), "2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        (Per.WEEK, date(2026, 6, 29), "2026-W27", date(2026, 6, 29), date(2026, 7, 5)),
        (Per.MONTH, date(2028, 2, 29), "2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        (Per.MONTH, date(2026, 12, 5), "2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        (Per.QUARTER, date(2026, 11, 27), "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        (Per.QUARTER, date(2026, 4, 1), "2026-Q2", date(2026, 4, 1), date(2026, 6, 30)),
        (Per.WEEK, date.max, "9999-W52", date(9999, 12, 27), date.max),
        (Per.MONTH, date.min, "0001-01", date.min, date(1, 1, 31)),
    ],
)
def test_spans_begin_and_end_where_the_calendar_says(per: Per, day: date, name: str, first: date, last: date) -> None:
    assert span(per, day) == (name, first, last)


@drawn(st.dates())
def test_every_day_is_in_the_spans_that_hold_it(day: date) -> None:
    for per in Per:
        _, first, last = span(per, day)
        assert first <= day <= last
        assert span(per, first) == span(per, last) == span(per, day)


@drawn(st.dates(max_value=date(9999, 11, 30)))
def test_a_month_has_the_days_that_are_counted_out(day: date) -> None:
    days = days_of_month(day)
    assert span(Per.MONTH, day) == (day.isoformat()[:7], days[0], days[-1])


def require_another_reckoning_agrees(history: list[Entry]) -> None:
    """The claims of a history are expected as the plain reckoning says."""
    found = claims(replay(history))
    flows: dict[tuple[str, date | None], int] = {}
    for claim, minor in zip(found, expected(found), strict=True):
        flows[claim.currency, claim.due] = flows.get((claim.currency, claim.due), 0) + minor
    plain: dict[tuple[str, date | None], int] = {}
    for currency, due, minor in foreseen_of(found):
        plain[currency, due] = plain.get((currency, due), 0) + minor
    assert {key: minor for key, minor in flows.items() if minor} == {key: minor for key, minor in plain.items() if minor}
    assert sum(flows.values()) == sum(one.open for one in found)


@pytest.mark.parametrize("name", HISTORIES)
def test_every_named_history_is_expected_as_another_reckoning_says(name: str) -> None:
    require_another_reckoning_agrees(recorded(HISTORIES[name]))


@drawn(lives())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_happened_another_reckoning_agrees(entries: list[Entry]) -> None:
    require_another_reckoning_agrees(entries)
