"""Price adjustment: factors, bounds, notice and how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.refusals import Refusal
from domain.terms import price, rules
from domain.terms.exact import Ratio
from domain.terms.price import Component, PriceAdjustment

PRICE = Money.of("1000.00", "CNY")
CPI = PriceAdjustment(components=(Component(index="CPI", weight=Ratio.of("100%"), base=Decimal("102.5")),))
MIXED = PriceAdjustment(
    components=(
        Component(index="labour", weight=Ratio.of("50%"), base=Decimal(100)),
        Component(index="steel", weight=Ratio.of("30%"), base=Decimal(3800)),
    ),
    fixed=Ratio.of("20%"),
    factor_digits=4,
)


def cpi(term: PriceAdjustment, level: str, before: Money = PRICE) -> price.AdjustedPrice:
    return price.adjust(term, before, {"CPI": Decimal(level)})


@pytest.mark.parametrize(
    ("term", "indices", "amount", "formula"),
    [
        (CPI, {"CPI": "104.55"}, "1020.00", "100% × 104.55/102.5 (CPI) = 1.020000; 1000.00 CNY × 1.02 = 1020.00 CNY"),
        (
            CPI,
            {"CPI": "104"},
            "1014.63",
            "100% × 104/102.5 (CPI) = 1.014634 (rounded half to even to 6 digits); 1000.00 CNY × 1.014634 = 1014.63 CNY",
        ),
        (
            MIXED,
            {"labour": "106", "steel": "3610"},
            "1015.00",
            "20% + 50% × 106/100 (labour) + 30% × 3610/3800 (steel) = 1.0150; 1000.00 CNY × 1.015 = 1015.00 CNY",
        ),
    ],
)
def test_a_price_becomes(term: PriceAdjustment, indices: dict[str, str], amount: str, formula: str) -> None:
    price.check(term)
    found = price.adjust(term, PRICE, {index: Decimal(level) for index, level in indices.items()})
    assert (found.amount, found.formula, found.bounded) == (Money.of(amount, "CNY"), formula, False)


@pytest.mark.parametrize(
    ("term", "level", "amount", "why"),
    [
        (replace(CPI, threshold=Ratio.of("2%")), "104.54", "1000.00", "a change of less than 2% leaves the price as it is"),
        (replace(CPI, threshold=Ratio.of("2%")), "104.55", "1020.00", "1.020000; 1000.00"),
        (replace(CPI, max_rise=Ratio.of("3%")), "110", "1030.00", "a rise is at most 3%, so 1.03 applies"),
        (replace(CPI, max_fall=Ratio.of("1%")), "90", "990.00", "a fall is at most 1%, so 0.99 applies"),
        (replace(CPI, max_fall=Ratio.of("0%")), "90", "1000.00", "a fall is at most 0%, so 1 applies"),
    ],
)
def test_bounds_and_threshold_say_what_they_did(term: PriceAdjustment, level: str, amount: str, why: str) -> None:
    price.check(term)
    assert cpi(term, level).amount == Money.of(amount, "CNY")
    assert why in cpi(term, level).formula


@given(st.integers(1, 10**9), st.integers(1, 100_000), st.integers(0, 50), st.integers(0, 50))
def test_an_adjusted_price_never_leaves_its_bounds_and_follows_the_index(minor: int, level: int, rise: int, fall: int) -> None:
    term = replace(CPI, max_rise=Ratio(numerator=rise, denominator=100), max_fall=Ratio(numerator=fall, denominator=100))
    before = Money(minor, "CNY")
    found = cpi(term, f"{level}.5", before).amount.minor
    assert minor * (100 - fall) <= found * 100 <= minor * (100 + rise)
    assert found <= cpi(term, f"{level + 1}.5", before).amount.minor


def test_notice_and_interval_are_kept() -> None:
    term = replace(CPI, notice_days=30, every_months=12)
    price.require_timely(term, noticed_on=date(2026, 1, 30), effective_on=date(2026, 3, 1), last_on=date(2025, 3, 1))
    with pytest.raises(price.NoticeTooShort, match="from 2026-03-02 on"):
        price.require_timely(term, noticed_on=date(2026, 1, 31), effective_on=date(2026, 3, 1), last_on=date(2025, 3, 1))
    with pytest.raises(price.AdjustedTooSoon, match="until 2026-03-02"):
        price.require_timely(term, noticed_on=date(2026, 1, 30), effective_on=date(2026, 3, 1), last_on=date(2025, 3, 2))


def test_a_price_that_the_term_does_not_give_is_refused_with_the_formula() -> None:
    indices = {"CPI": Decimal("104.55")}
    assert price.require_agreed(CPI, before=PRICE, after=Money.of("1020.00", "CNY"), indices=indices).factor == "1.020000"
    with pytest.raises(price.PriceNotAsAgreed, match=r"gives 1020\.00 CNY, not 1020\.01 CNY: 100% × 104\.55/102\.5"):
        price.require_agreed(CPI, before=PRICE, after=Money.of("1020.01", "CNY"), indices=indices)


def component(weight: str = "100%", base: str = "100", index: str = "CPI") -> Component:
    return Component(index=index, weight=Ratio.of(weight), base=Decimal(base))


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (PriceAdjustment(components=(), fixed=Ratio.of("100%")), rules.NothingListed),
        (PriceAdjustment(components=(component("90%"),)), price.WeightsNotWhole),
        (PriceAdjustment(components=(component("50%"), component("50%"))), rules.IdRepeats),
        (PriceAdjustment(components=(component(base="0"),)), rules.AmountOutOfRange),
        (PriceAdjustment(components=(component(base="NaN"),)), rules.FigureOutOfRange),
        (PriceAdjustment(components=(component(base="1E+999999"),)), rules.FigureOutOfRange),
        (replace(CPI, factor_digits=13), rules.CountOutOfRange),
        (replace(CPI, max_fall=Ratio.of("101%")), rules.ShareOutOfRange),
        (replace(CPI, max_rise=Ratio.of("-1%")), rules.ShareOutOfRange),
        (replace(CPI, notice_days=-1), rules.CountOutOfRange),
        (replace(CPI, every_months=0), rules.CountOutOfRange),
    ],
)
def test_a_senseless_term_is_refused(term: PriceAdjustment, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        price.check(term)


def test_missing_and_senseless_levels_are_refused() -> None:
    with pytest.raises(price.IndexMissing):
        price.adjust(CPI, PRICE, {"PPI": Decimal(1)})
    with pytest.raises(rules.AmountOutOfRange):
        cpi(CPI, "-1")
    with pytest.raises(rules.AmountOutOfRange):
        cpi(CPI, "100", Money.zero("CNY"))
