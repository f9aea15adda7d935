"""Late-delivery damages: worked examples, bounds, and who may terminate when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.refusals import Refusal
from domain.terms import late_delivery, rules
from domain.terms.exact import Ratio
from domain.terms.late_delivery import Base, Damages, Fractions, Grace, LateDeliveryDamages, Pause, Relief

DUE = date(2026, 3, 1)
TOTAL = Money.of("120000.00", "CNY")
PART = Money.of("50000.00", "CNY")
WEEKLY = LateDeliveryDamages(rate=Ratio.of("0.5%"), per_days=7)
DAILY = LateDeliveryDamages(rate=Ratio.of("0.05%"))


def days(count: int) -> timedelta:
    return timedelta(days=count)


def accrue(term: LateDeliveryDamages, late: int, *pauses: Pause) -> Damages:
    return late_delivery.accrue(term, due=DUE, delivered_on=None, as_of=DUE + days(late), total=TOTAL, delayed=PART, pauses=pauses)


BY_DAY, BY_WEEK = "days, in started periods of 1; 0.05%", "days, in started periods of 7; 0.5%"
EXAMPLES = [
    (
        DAILY,
        10,
        "250.00",
        f"10 days late (2026-03-02 to 2026-03-11) = 10 {BY_DAY} × 50000.00 CNY × 10 = 250.00 CNY",
    ),
    (WEEKLY, 7, "250.00", f"7 days late (2026-03-02 to 2026-03-08) = 7 {BY_WEEK} × 50000.00 CNY × 1 = 250.00 CNY"),
    (WEEKLY, 8, "500.00", f"8 days late (2026-03-02 to 2026-03-09) = 8 {BY_WEEK} × 50000.00 CNY × 2 = 500.00 CNY"),
    (
        replace(WEEKLY, fractions=Fractions.NOTHING),
        13,
        "250.00",
        "13 days late (2026-03-02 to 2026-03-14) = 13 days, in full periods of 7; 0.5% × 50000.00 CNY × 1 = 250.00 CNY",
    ),
    (
        replace(WEEKLY, fractions=Fractions.PRO_RATA),
        17,
        "607.14",
        (
            "17 days late (2026-03-02 to 2026-03-18) = 17 days, in periods of 7; "
            "0.5% × 50000.00 CNY × 17/7 = 607.14 CNY (rounded half to even)"
        ),
    ),
    (
        replace(WEEKLY, base=Base.WHOLE_VALUE),
        8,
        "1200.00",
        f"8 days late (2026-03-02 to 2026-03-09) = 8 {BY_WEEK} × 120000.00 CNY × 2 = 1200.00 CNY",
    ),
    (
        replace(DAILY, grace_days=3),
        10,
        "175.00",
        f"10 days late (2026-03-02 to 2026-03-11) − 3 days of grace = 7 {BY_DAY} × 50000.00 CNY × 7 = 175.00 CNY",
    ),
    (
        replace(DAILY, grace_days=3, grace=Grace.COUNTS_ONCE_EXCEEDED),
        4,
        "100.00",
        f"4 days late (2026-03-02 to 2026-03-05) = 4 {BY_DAY} × 50000.00 CNY × 4 = 100.00 CNY",
    ),
]


@pytest.mark.parametrize(("term", "late", "amount", "formula"), EXAMPLES)
def test_a_delay_comes_to(term: LateDeliveryDamages, late: int, amount: str, formula: str) -> None:
    late_delivery.check(term)
    assert accrue(term, late).amount == Money.of(amount, "CNY")
    assert accrue(term, late).formula == f"{formula}; accrued {amount} CNY"


def test_the_cap_ends_what_accrues_and_the_formula_says_so() -> None:
    capped = replace(WEEKLY, cap=Ratio.of("5%"))
    assert accrue(capped, 70).formula.endswith(
        "0.5% × 50000.00 CNY × 10 = 2500.00 CNY; the cap of 2500.00 CNY is not exceeded; accrued 2500.00 CNY"
    )
    assert not accrue(capped, 70).capped
    assert accrue(capped, 71).formula.endswith(
        "0.5% × 50000.00 CNY × 11 = 2750.00 CNY; the cap of 2500.00 CNY is exceeded and applies; accrued 2500.00 CNY"
    )
    assert accrue(capped, 71).capped


def test_no_half_of_a_minor_unit_lifts_the_result_above_its_cap() -> None:
    term = replace(DAILY, cap=Ratio.of("5%"))
    accrued = late_delivery.accrue(term, due=DUE, delivered_on=None, as_of=DUE + days(999), total=TOTAL, delayed=Money.of("0.30", "CNY"))
    assert accrued.amount == Money.of("0.01", "CNY")


def test_a_delivery_stops_the_days_and_one_after_the_day_asked_for_is_still_open() -> None:
    delivered = DUE + days(10)
    settled = late_delivery.accrue(DAILY, due=DUE, delivered_on=delivered, as_of=DUE + days(90), total=TOTAL, delayed=PART)
    earlier = late_delivery.accrue(DAILY, due=DUE, delivered_on=delivered, as_of=DUE + days(4), total=TOTAL, delayed=PART)
    assert (settled.amount, settled.delivered, settled.until) == (Money.of("250.00", "CNY"), True, delivered)
    assert (earlier.amount, earlier.delivered, earlier.days_late) == (Money.of("100.00", "CNY"), False, 4)


@pytest.mark.parametrize("late", [-400, -1, 0])
def test_what_comes_on_the_due_day_or_before_is_not_late(late: int) -> None:
    assert accrue(WEEKLY, late).amount == Money.zero("CNY")
    assert accrue(WEEKLY, late).formula.startswith("0 days late; ")


@pytest.mark.parametrize(
    ("pauses", "counted"),
    [
        ((Pause(start=DUE + days(3), end=DUE + days(5)),), 7),
        ((Pause(start=DUE + days(3), end=DUE + days(5)), Pause(start=DUE + days(4), end=DUE + days(6))), 6),
        ((Pause(start=DUE - days(9), end=DUE + days(1)),), 9),
        ((Pause(start=DUE + days(8)),), 7),
        ((Pause(start=DUE + days(11), end=DUE + days(20)),), 10),
        ((Pause(start=DUE - days(30)),), 0),
    ],
)
def test_days_of_relief_do_not_count_and_none_is_taken_off_twice(pauses: tuple[Pause, ...], counted: int) -> None:
    accrued = accrue(DAILY, 10, *pauses)
    assert (accrued.days_charged, accrued.days_paused, accrued.amount.minor) == (counted, 10 - counted, 2500 * counted)


def test_relief_can_be_denied_to_who_was_late_already_or_to_everybody() -> None:
    before, afterwards = Pause(start=DUE, end=DUE + days(2)), Pause(start=DUE + days(5), end=DUE + days(6))
    assert accrue(replace(DAILY, relief=Relief.PAUSES), 10, before, afterwards).days_charged == 6
    assert accrue(replace(DAILY, relief=Relief.PAUSES_UNLESS_LATE_ALREADY), 10, before, afterwards).days_charged == 8
    assert accrue(replace(DAILY, relief=Relief.IGNORED), 10, before, afterwards).days_charged == 10


def test_more_days_than_agreed_give_the_right_to_terminate_and_relief_puts_it_off() -> None:
    term = replace(WEEKLY, terminate_after_days=30, grace_days=5)
    assert accrue(term, 30).may_terminate_from is None
    assert accrue(term, 31).may_terminate_from == DUE + days(31)
    assert accrue(term, 60).may_terminate_from == DUE + days(31)
    assert accrue(term, 60, Pause(start=DUE + days(1), end=DUE + days(10))).may_terminate_from == DUE + days(41)


TERMS = st.builds(
    LateDeliveryDamages,
    rate=st.integers(1, 200).map(lambda n: Ratio(numerator=n, denominator=10_000)),
    per_days=st.integers(1, 31),
    base=st.sampled_from(Base),
    fractions=st.sampled_from(Fractions),
    grace_days=st.integers(0, 20),
    grace=st.sampled_from(Grace),
    cap=st.none() | st.integers(1, 100).map(lambda n: Ratio(numerator=n, denominator=100)),
    relief=st.sampled_from(Relief),
)
PAUSES = st.lists(
    st.tuples(st.integers(-40, 120), st.integers(0, 30)).map(lambda p: Pause(start=DUE + days(p[0]), end=DUE + days(p[0] + p[1]))),
    max_size=3,
)


@given(TERMS, st.integers(-5, 150), PAUSES)
def test_accrued_never_exceeds_the_cap_never_shrinks_and_waits_for_the_grace_to_end(
    term: LateDeliveryDamages, late: int, pauses: list[Pause]
) -> None:
    accrued, next_day = accrue(term, late, *pauses), accrue(term, late + 1, *pauses)
    assert next_day.amount.minor >= accrued.amount.minor >= 0
    assert next_day.days_late == max(late + 1, 0)
    if term.cap is not None:
        assert accrued.amount.minor <= term.cap.exact * accrued.base.minor
    if accrued.days_late - accrued.days_paused <= term.grace_days:
        assert accrued.amount.minor == 0


@given(st.integers(0, 100), st.integers(0, 100))
def test_by_the_day_without_cap_or_grace_two_stretches_add_up(first: int, second: int) -> None:
    whole = accrue(DAILY, first + second).amount.minor
    assert accrue(DAILY, first).amount.minor + accrue(DAILY, second).amount.minor == whole


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (replace(WEEKLY, rate=Ratio.of("0%")), rules.ShareOutOfRange),
        (replace(WEEKLY, rate=Ratio.of("-1%")), rules.ShareOutOfRange),
        (replace(WEEKLY, rate=Ratio.of("101%")), rules.ShareOutOfRange),
        (replace(WEEKLY, per_days=0), rules.CountOutOfRange),
        (replace(WEEKLY, grace_days=-1), rules.CountOutOfRange),
        (replace(WEEKLY, cap=Ratio.of("0%")), rules.ShareOutOfRange),
        (replace(WEEKLY, cap=Ratio.of("120%")), rules.ShareOutOfRange),
        (replace(WEEKLY, terminate_after_days=-1), rules.CountOutOfRange),
    ],
)
def test_a_senseless_term_is_refused(term: LateDeliveryDamages, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        late_delivery.check(term)


def test_a_senseless_reckoning_is_refused() -> None:
    with pytest.raises(rules.CurrenciesDiffer):
        late_delivery.accrue(WEEKLY, due=DUE, delivered_on=None, as_of=DUE, total=TOTAL, delayed=Money.of("1.00", "EUR"))
    with pytest.raises(rules.AmountOutOfRange):
        late_delivery.accrue(WEEKLY, due=DUE, delivered_on=None, as_of=DUE, total=TOTAL, delayed=Money(-1, "CNY"))
    with pytest.raises(rules.PeriodRunsBackwards):
        accrue(WEEKLY, 5, Pause(start=DUE, end=DUE - days(1)))
