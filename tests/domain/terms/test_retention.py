"""Retention: what is held of each payment, and what is released when."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.refusals import Refusal
from domain.terms import retention, rules
from domain.terms.exact import Ratio
from domain.terms.retention import Deduction, Release, Retention

TERM = Retention(share=Ratio.of("5%"), releases=(Release(share=Ratio.of("1/2"), months=0), Release(share=Ratio.of("1/2"), months=24)))
ACCEPTED = date(2024, 2, 29)


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


@pytest.mark.parametrize(
    ("payment", "before", "amount", "formula"),
    [
        ("20000.00", "0.00", "1000.00", "5% × (0.00 CNY + 20000.00 CNY) = 1000.00 CNY − 0.00 CNY held before = 1000.00 CNY"),
        ("0.10", "0.00", "0.00", "5% × (0.00 CNY + 0.10 CNY) = 0.00 CNY (rounded half to even) − 0.00 CNY held before = 0.00 CNY"),
        ("0.20", "0.10", "0.02", "5% × (0.10 CNY + 0.20 CNY) = 0.02 CNY (rounded half to even) − 0.00 CNY held before = 0.02 CNY"),
    ],
)
def test_of_a_payment_is_held(payment: str, before: str, amount: str, formula: str) -> None:
    retention.check(TERM)
    held = retention.hold(TERM, cny(payment), cny(before))
    assert (held.amount, held.formula) == (cny(amount), formula)
    assert held.amount + held.payable == held.payment


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=10))
def test_what_is_held_does_not_depend_on_how_payments_are_cut(payments: list[int]) -> None:
    held, before = 0, 0
    for payment in payments:
        held += retention.hold(TERM, Money(payment, "CNY"), Money(before, "CNY")).amount.minor
        before += payment
    assert held == retention.hold(TERM, Money(before, "CNY"), Money.zero("CNY")).amount.minor


def test_releases_fall_due_after_acceptance_and_not_before() -> None:
    before = retention.releases(TERM, held=cny("1000.01"), accepted_on=None)
    after = retention.releases(TERM, held=cny("1000.01"), accepted_on=ACCEPTED)
    assert [(release.amount, release.due) for release in before] == [(cny("500.01"), None), (cny("500.00"), None)]
    assert [release.due for release in after] == [date(2024, 2, 29), date(2026, 2, 28)]
    assert after[0].formula == "50% × 1000.01 CNY = 500.01 CNY (rounded by largest remainder); due 2024-02-29, 0 months after acceptance"
    assert before[1].formula.endswith("not due before 24 months after acceptance")


@pytest.mark.parametrize(
    ("on", "amount", "left"),
    [
        (date(2024, 2, 1), "600.00", ["0.00", "400.00"]),
        (date(2024, 2, 29), "100.00", ["400.00", "500.00"]),
        (date(2024, 3, 1), "100.00", ["500.00", "400.00"]),
    ],
)
def test_deductions_come_off_the_earliest_release_that_was_not_due_before(on: date, amount: str, left: list[str]) -> None:
    found = retention.releases(TERM, held=cny("1000.00"), accepted_on=ACCEPTED, deductions=[Deduction(on=on, amount=cny(amount))])
    assert [release.amount.amount for release in found] == left


def test_no_more_is_deducted_than_is_still_held() -> None:
    late = Deduction(on=date(2024, 3, 1), amount=cny("500.01"))
    with pytest.raises(retention.DeductionsExceedRetention, match=r"only 500\.00 CNY is still held"):
        retention.releases(TERM, held=cny("1000.00"), accepted_on=ACCEPTED, deductions=[late])


@given(st.integers(0, 10**9), st.lists(st.integers(1, 100), min_size=1, max_size=6))
def test_releases_sum_to_what_is_held(held: int, weights: list[int]) -> None:
    parts = tuple(Release(share=Ratio(numerator=weight, denominator=sum(weights)), months=n) for n, weight in enumerate(weights))
    term = Retention(share=Ratio.of("5%"), releases=parts)
    retention.check(term)
    found = retention.releases(term, held=Money(held, "CNY"), accepted_on=ACCEPTED)
    assert sum(release.amount.minor for release in found) == held


def releases(*parts: tuple[str, int], share: str = "5%") -> Retention:
    return Retention(share=Ratio.of(share), releases=tuple(Release(share=Ratio.of(part), months=months) for part, months in parts))


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (releases(), rules.NothingListed),
        (releases(("100%", 12), share="0%"), rules.ShareOutOfRange),
        (releases(("50%", 12)), retention.ReleasesNotWhole),
        (releases(("50%", 12), ("50%", 12)), rules.LadderOutOfOrder),
        (releases(("100%", -1)), rules.CountOutOfRange),
        (releases(("100%", 0), ("0%", 1)), rules.ShareOutOfRange),
    ],
)
def test_a_senseless_retention_is_refused(term: Retention, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        retention.check(term)


def test_senseless_amounts_are_refused() -> None:
    with pytest.raises(rules.AmountOutOfRange):
        retention.hold(TERM, cny("0.00"), cny("0.00"))
    with pytest.raises(rules.CurrenciesDiffer):
        retention.hold(TERM, cny("1.00"), Money.zero("EUR"))
    with pytest.raises(rules.AmountOutOfRange):
        retention.releases(TERM, held=cny("-1.00"), accepted_on=None)
