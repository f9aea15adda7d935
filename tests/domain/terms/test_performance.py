"""Bonus and malus: linear between points, flat beyond, within caps."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.refusals import Refusal
from domain.terms import performance, rules
from domain.terms.exact import Ratio
from domain.terms.performance import PerformancePay, Point

FEE = Money.of("20000.00", "CNY")


def points(*pairs: tuple[str, str]) -> tuple[Point, ...]:
    return tuple(Point(at=Decimal(at), pay=Ratio.of(pay)) for at, pay in pairs)


TERM = PerformancePay(metric="on-time rate", unit="%", points=points(("90", "-10%"), ("95", "0%"), ("97", "0%"), ("99", "6%")))


@pytest.mark.parametrize(
    ("measured", "amount", "formula"),
    [
        ("80", "-2000.00", "on-time rate 80%: at or below 90 = -10%; -10% × 20000.00 CNY = -2000.00 CNY; pay -2000.00 CNY"),
        (
            "92.5",
            "-1000.00",
            (
                "on-time rate 92.5%: -10% + (0% − -10%) × 1/2 of the way from 90 to 95 = -5%; "
                "-5% × 20000.00 CNY = -1000.00 CNY; pay -1000.00 CNY"
            ),
        ),
        (
            "96",
            "0.00",
            "on-time rate 96%: 0% + (0% − 0%) × 1/2 of the way from 95 to 97 = 0%; 0% × 20000.00 CNY = 0.00 CNY; pay 0.00 CNY",
        ),
        (
            "98",
            "600.00",
            "on-time rate 98%: 0% + (6% − 0%) × 1/2 of the way from 97 to 99 = 3%; 3% × 20000.00 CNY = 600.00 CNY; pay 600.00 CNY",
        ),
        ("99", "1200.00", "on-time rate 99%: at or above 99 = 6%; 6% × 20000.00 CNY = 1200.00 CNY; pay 1200.00 CNY"),
    ],
)
def test_a_measurement_pays(measured: str, amount: str, formula: str) -> None:
    performance.check(TERM)
    found = performance.pay(TERM, measured=Decimal(measured), fee=FEE)
    assert (found.amount, found.formula) == (Money.of(amount, "CNY"), formula)


def test_caps_limit_both_ways_and_say_so() -> None:
    term = replace(TERM, max_bonus=Ratio.of("5%"), max_malus=Ratio.of("4%"))
    performance.check(term)
    assert performance.pay(term, measured=Decimal(100), fee=FEE).formula.endswith("; a bonus is at most 5%; pay 1000.00 CNY")
    assert performance.pay(term, measured=Decimal(0), fee=FEE).formula.endswith("; a malus is at most 4%; pay -800.00 CNY")


@given(st.integers(8000, 10_000), st.integers(0, 500), st.integers(0, 10**7), st.integers(0, 12), st.integers(0, 12))
def test_a_better_figure_never_pays_less_and_caps_hold(measured: int, better: int, minor: int, bonus: int, malus: int) -> None:
    term = replace(TERM, max_bonus=Ratio(numerator=bonus, denominator=100), max_malus=Ratio(numerator=malus, denominator=100))
    fee = Money(minor, "CNY")
    low, high = (performance.pay(term, measured=Decimal(at) / 100, fee=fee).amount.minor for at in (measured, measured + better))
    assert -malus * minor <= low * 100 <= high * 100 <= bonus * minor


@given(st.sampled_from(TERM.points))
def test_at_a_point_the_pay_is_that_of_the_point(point: Point) -> None:
    assert performance.pay(TERM, measured=point.at, fee=FEE).amount.minor == point.pay.exact * FEE.minor


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (replace(TERM, metric=""), rules.TermNeedsText),
        (replace(TERM, points=points(("90", "1%"))), rules.CountOutOfRange),
        (replace(TERM, points=points(("90", "1%"), ("90", "2%"))), rules.LadderOutOfOrder),
        (replace(TERM, points=points(("90", "-101%"), ("91", "2%"))), rules.ShareOutOfRange),
        (replace(TERM, points=points(("NaN", "1%"), ("91", "2%"))), rules.FigureOutOfRange),
        (replace(TERM, max_malus=Ratio.of("101%")), rules.ShareOutOfRange),
        (replace(TERM, max_bonus=Ratio.of("-1%")), rules.ShareOutOfRange),
    ],
)
def test_senseless_terms_are_refused(term: PerformancePay, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        performance.check(term)


def test_senseless_measurements_are_refused() -> None:
    with pytest.raises(rules.FigureOutOfRange):
        performance.pay(TERM, measured=Decimal("NaN"), fee=FEE)
    with pytest.raises(rules.AmountOutOfRange):
        performance.pay(TERM, measured=Decimal(1), fee=Money(-1, "CNY"))
