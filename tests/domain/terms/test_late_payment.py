"""Late-payment interest: worked examples, part payments, compounding and bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.money import Money
from domain.refusals import Refusal
from domain.terms import late_payment, rules
from domain.terms.day_count import DayCount
from domain.terms.exact import Ratio
from domain.terms.late_payment import Allocation, Interest, LatePaymentInterest, PartPayment, RatePer

DUE = date(2026, 1, 31)
OWED = Money.of("83420.00", "CNY")
YEARLY = LatePaymentInterest(rate=Ratio.of("6%"))
DAILY = LatePaymentInterest(rate=Ratio.of("5‱"), per=RatePer.DAY)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def paid(days: int, amount: str) -> PartPayment:
    return PartPayment(on=DUE + timedelta(days=days), amount=cny(amount))


def accrue(term: LatePaymentInterest, as_of: date, *payments: PartPayment, principal: Money = OWED) -> Interest:
    return late_payment.accrue(term, principal=principal, due=DUE, as_of=as_of, payments=payments)


@pytest.mark.parametrize(
    ("term", "as_of", "amount", "formula"),
    [
        (
            DAILY,
            date(2026, 2, 10),
            "417.10",
            "83420.00 CNY × 0.05% × 10 days (2026-01-31 to 2026-02-10, act/365) = 417.10 CNY; sum 417.10 CNY; accrued 417.10 CNY",
        ),
        (
            YEARLY,
            date(2027, 1, 31),
            "5005.20",
            "83420.00 CNY × 6% × 365/365 days (2026-01-31 to 2027-01-31, act/365) = 5005.20 CNY; sum 5005.20 CNY; accrued 5005.20 CNY",
        ),
        (
            replace(YEARLY, day_count=DayCount.ACT_360),
            date(2026, 3, 1),
            "403.20",
            (
                "83420.00 CNY × 6% × 29/360 days (2026-01-31 to 2026-03-01, act/360) = 403.20 CNY (rounded half to even); "
                "sum 403.20 CNY (rounded half to even); accrued 403.20 CNY"
            ),
        ),
        (
            replace(YEARLY, day_count=DayCount.THIRTY_E_360),
            date(2026, 3, 1),
            "431.00",
            (
                "83420.00 CNY × 6% × 31/360 days (2026-01-31 to 2026-03-01, 30e/360) = 431.00 CNY (rounded half to even); "
                "sum 431.00 CNY (rounded half to even); accrued 431.00 CNY"
            ),
        ),
    ],
)
def test_a_delay_comes_to(term: LatePaymentInterest, as_of: date, amount: str, formula: str) -> None:
    late_payment.check(term)
    assert accrue(term, as_of).amount == cny(amount)
    assert accrue(term, as_of).formula == formula


@pytest.mark.parametrize("as_of", [date(2025, 12, 1), DUE])
def test_up_to_the_due_day_nothing_accrues_and_the_day_after_is_the_first(as_of: date) -> None:
    assert accrue(DAILY, as_of).formula == f"83420.00 CNY due 2026-01-31, as of {as_of}: nothing was overdue; accrued 0.00 CNY"
    assert accrue(DAILY, DUE + timedelta(days=1)).amount == cny("41.71")


def test_a_part_payment_pays_interest_first_where_nothing_else_is_agreed() -> None:
    interest = accrue(DAILY, DUE + timedelta(days=20), paid(10, "10417.10"))
    assert [(stretch.bearing, stretch.days) for stretch in interest.stretches] == [(OWED, 10), (cny("73420.00"), 10)]
    assert (interest.amount, interest.interest_paid, interest.interest_open) == (cny("784.20"), cny("417.10"), cny("367.10"))
    assert interest.principal_open == cny("73420.00")


def test_a_part_payment_pays_principal_first_where_that_is_agreed() -> None:
    interest = accrue(replace(DAILY, allocation=Allocation.PRINCIPAL_FIRST), DUE + timedelta(days=20), paid(10, "10417.10"))
    assert [(stretch.bearing, stretch.days) for stretch in interest.stretches] == [(OWED, 10), (cny("73002.90"), 10)]
    assert (interest.amount, interest.interest_paid, interest.principal_open) == (cny("782.11"), cny("0.00"), cny("73002.90"))


def test_a_debt_paid_in_full_bears_no_more_interest_and_what_is_over_is_named() -> None:
    interest = accrue(DAILY, DUE + timedelta(days=90), paid(10, "90000.00"))
    assert (interest.amount, interest.interest_open, interest.principal_open) == (cny("417.10"), cny("0.00"), cny("0.00"))
    assert (interest.surplus, interest.days) == (cny("6162.90"), 10)


def test_a_payment_before_the_due_day_bears_nothing_and_one_after_the_day_asked_for_is_not_known() -> None:
    assert accrue(DAILY, DUE + timedelta(days=10), paid(-5, "83420.00")).amount == cny("0.00")
    assert accrue(DAILY, DUE + timedelta(days=10), paid(11, "83420.00")).amount == cny("417.10")


def test_unpaid_interest_bears_interest_after_each_period() -> None:
    compound = LatePaymentInterest(rate=Ratio.of("12%"), day_count=DayCount.THIRTY_E_360, compound_months=6)
    interest = late_payment.accrue(compound, principal=cny("1000.00"), due=date(2026, 1, 15), as_of=date(2027, 1, 15))
    assert [stretch.bearing for stretch in interest.stretches] == [cny("1000.00"), cny("1060.00")]
    assert interest.amount == cny("123.60")
    assert [stretch.end for stretch in interest.stretches] == [date(2026, 7, 15), date(2027, 1, 15)]


def test_interest_paid_in_time_does_not_compound() -> None:
    compound = LatePaymentInterest(rate=Ratio.of("12%"), day_count=DayCount.THIRTY_E_360, compound_months=6)
    payment = PartPayment(on=date(2026, 7, 15), amount=cny("60.00"))
    interest = late_payment.accrue(compound, principal=cny("1000.00"), due=date(2026, 1, 15), as_of=date(2027, 1, 15), payments=[payment])
    assert (interest.amount, interest.interest_paid, interest.principal_open) == (cny("120.00"), cny("60.00"), cny("1000.00"))


def test_a_payment_counts_on_its_own_day() -> None:
    interest = accrue(DAILY, DUE + timedelta(days=10), paid(10, "10417.10"))
    assert (interest.principal_open, interest.interest_open) == (cny("73420.00"), cny("0.00"))


def test_a_payment_takes_back_interest_that_had_begun_to_bear_interest() -> None:
    compound = LatePaymentInterest(rate=Ratio.of("12%"), day_count=DayCount.THIRTY_E_360, compound_months=6)
    payment = PartPayment(on=date(2026, 10, 15), amount=cny("61.80"))
    interest = late_payment.accrue(compound, principal=cny("1000.00"), due=date(2026, 1, 15), as_of=date(2027, 1, 15), payments=[payment])
    assert [stretch.bearing for stretch in interest.stretches] == [cny("1000.00"), cny("1060.00"), cny("1030.00")]
    assert (interest.amount, interest.principal_open) == (cny("122.70"), cny("1000.00"))


def test_within_grace_there_is_none_and_after_it_all_of_it() -> None:
    term = replace(DAILY, grace_days=5)
    assert accrue(term, DUE + timedelta(days=5)).amount == cny("0.00")
    assert accrue(term, DUE + timedelta(days=6)).amount == cny("250.26")
    assert accrue(term, DUE + timedelta(days=60), paid(5, "83420.00")).amount == cny("0.00")
    assert "within 5 days of grace" in accrue(term, DUE + timedelta(days=5)).formula


def test_the_cap_ends_what_accrues_and_the_formula_says_so() -> None:
    interest = accrue(replace(DAILY, cap=Ratio.of("1%")), DUE + timedelta(days=30))
    assert (interest.amount, interest.capped) == (cny("834.20"), True)
    assert interest.formula.endswith("sum 1251.30 CNY; the cap of 834.20 CNY is exceeded and applies; accrued 834.20 CNY")


TERMS = st.builds(
    LatePaymentInterest,
    rate=st.integers(1, 100).map(lambda n: Ratio(numerator=n, denominator=10_000)),
    per=st.sampled_from(RatePer),
    day_count=st.sampled_from(DayCount),
    compound_months=st.none() | st.integers(1, 12),
    grace_days=st.integers(0, 15),
    cap=st.none() | st.integers(1, 150).map(lambda n: Ratio(numerator=n, denominator=100)),
    allocation=st.sampled_from(Allocation),
)
PAYMENTS = st.lists(
    st.builds(
        PartPayment,
        on=st.integers(-20, 500).map(lambda n: DUE + timedelta(days=n)),
        amount=st.integers(1, 90_000).map(lambda n: Money(n, "CNY")),
    ),
    max_size=4,
)


@given(TERMS, st.integers(-5, 500), PAYMENTS, st.integers(0, 10**6))
def test_money_is_neither_made_nor_lost_and_bounds_hold(
    term: LatePaymentInterest, late: int, payments: list[PartPayment], owed: int
) -> None:
    as_of = DUE + timedelta(days=late)
    interest = accrue(term, as_of, *payments, principal=Money(owed, "CNY"))
    made = sum(payment.amount.minor for payment in payments if payment.on <= as_of)
    assert made == owed - interest.principal_open.minor + interest.interest_paid.minor + interest.surplus.minor
    assert 0 <= interest.interest_paid.minor <= interest.amount.minor
    if term.cap is not None:
        assert interest.amount.minor <= term.cap.exact * owed
    if late <= term.grace_days:
        assert interest.amount.minor == 0


@given(TERMS, st.integers(-5, 500), st.integers(0, 10**6))
def test_interest_never_shrinks_from_day_to_day(term: LatePaymentInterest, late: int, owed: int) -> None:
    today, tomorrow = DUE + timedelta(days=late), DUE + timedelta(days=late + 1)
    assert (
        accrue(term, today, principal=Money(owed, "CNY")).amount.minor <= accrue(term, tomorrow, principal=Money(owed, "CNY")).amount.minor
    )


@example(DayCount.THIRTY_360, 15, 44)
@given(st.sampled_from(DayCount), st.integers(1, 400), st.integers(1, 400))
def test_stretches_split_by_a_payment_have_the_days_of_the_whole(convention: DayCount, split: int, rest: int) -> None:
    term, as_of = replace(YEARLY, day_count=convention), DUE + timedelta(days=split + rest)
    assert accrue(term, as_of, paid(split, "0.01")).days == accrue(term, as_of).days


@given(st.integers(1, 400), st.integers(1, 400))
def test_simple_interest_by_the_day_adds_up(first: int, second: int) -> None:
    owed = cny("20000.00")

    def of(late: int) -> int:
        return accrue(DAILY, DUE + timedelta(days=late), principal=owed).amount.minor

    assert of(first) + of(second) == of(first + second)


def test_a_century_of_monthly_compounding_is_reckoned_exactly_and_soon() -> None:
    term = LatePaymentInterest(rate=Ratio.of("1%"), compound_months=1)
    interest = late_payment.accrue(term, principal=cny("1.00"), due=date(1926, 1, 31), as_of=date(2026, 1, 31))
    assert len(interest.stretches) == 1200
    assert interest.amount == cny("1.72")


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (replace(YEARLY, rate=Ratio.of("0%")), rules.ShareOutOfRange),
        (replace(YEARLY, rate=Ratio.of("200%")), rules.ShareOutOfRange),
        (replace(YEARLY, compound_months=0), rules.CountOutOfRange),
        (replace(YEARLY, grace_days=-1), rules.CountOutOfRange),
        (replace(YEARLY, cap=Ratio.of("0%")), rules.ShareOutOfRange),
    ],
)
def test_a_senseless_term_is_refused(term: LatePaymentInterest, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        late_payment.check(term)


def test_a_senseless_reckoning_is_refused() -> None:
    with pytest.raises(rules.AmountOutOfRange):
        accrue(YEARLY, DUE, principal=cny("-1.00"))
    with pytest.raises(rules.AmountOutOfRange):
        accrue(YEARLY, DUE, PartPayment(on=DUE, amount=cny("0.00")))
    with pytest.raises(rules.CurrenciesDiffer):
        accrue(YEARLY, DUE, PartPayment(on=DUE, amount=Money.of("1.00", "EUR")))
