"""Volume discounts by slab and on the whole."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.refusals import Refusal
from domain.terms import discount, rules
from domain.terms.discount import Discount, Measure, Mode, Tier, VolumeDiscount
from domain.terms.exact import Ratio


def tiers(*pairs: tuple[str, str]) -> tuple[Tier, ...]:
    return tuple(Tier(at_least=Decimal(volume), discount=Ratio.of(share)) for volume, share in pairs)


STEPS = tiers(("100", "5%"), ("500", "8%"))
SLAB, WHOLE = (VolumeDiscount(measure=Measure.QUANTITY, mode=mode, tiers=STEPS) for mode in (Mode.SLAB, Mode.WHOLE))
TURNOVER = VolumeDiscount(measure=Measure.TURNOVER, mode=Mode.SLAB, tiers=tiers(("0", "1%"), ("10000", "2%")))


def take(term: VolumeDiscount, quantity: str, price: str = "12.34") -> Discount:
    return discount.discount(term, quantity=Decimal(quantity), unit_price=Decimal(price), currency="CNY")


@pytest.mark.parametrize(
    ("term", "quantity", "amount", "formula"),
    [
        (SLAB, "99", "0.00", "gross 99 × 12.34 = 1221.66 CNY; discount below the first tier = 0.00 CNY; net 1221.66 CNY"),
        (SLAB, "100", "0.00", "gross 100 × 12.34 = 1234.00 CNY; discount below the first tier = 0.00 CNY; net 1234.00 CNY"),
        (WHOLE, "100", "61.70", "gross 100 × 12.34 = 1234.00 CNY; discount 100 × 12.34 × 5% = 61.70 CNY; net 1172.30 CNY"),
        (
            SLAB,
            "600",
            "345.52",
            "gross 600 × 12.34 = 7404.00 CNY; discount 400 × 12.34 × 5% + 100 × 12.34 × 8% = 345.52 CNY; net 7058.48 CNY",
        ),
        (WHOLE, "600", "592.32", "gross 600 × 12.34 = 7404.00 CNY; discount 600 × 12.34 × 8% = 592.32 CNY; net 6811.68 CNY"),
        (
            TURNOVER,
            "1000",
            "146.80",
            "gross 1000 × 12.34 = 12340.00 CNY; discount 10000 × 1% + 2340 × 2% = 146.80 CNY; net 12193.20 CNY",
        ),
    ],
)
def test_a_purchase_is_discounted(term: VolumeDiscount, quantity: str, amount: str, formula: str) -> None:
    discount.check(term)
    found = take(term, quantity)
    assert (found.amount, found.formula) == (Money.of(amount, "CNY"), formula)
    assert found.net + found.amount == found.gross


@given(st.sampled_from([SLAB, TURNOVER]), st.integers(0, 10_000), st.integers(0, 10_000))
def test_by_slab_buying_more_never_costs_less(term: VolumeDiscount, first: int, more: int) -> None:
    assert take(term, str(first), "1.11").net.minor <= take(term, str(first + more), "1.11").net.minor


@given(st.integers(0, 10_000))
def test_the_discount_on_the_whole_is_never_less_than_that_by_slab(quantity: int) -> None:
    assert take(WHOLE, str(quantity)).amount.minor >= take(SLAB, str(quantity)).amount.minor


@pytest.mark.parametrize(
    ("found", "refusal"),
    [
        ((), rules.NothingListed),
        (tiers(("100", "5%"), ("100", "6%")), rules.LadderOutOfOrder),
        (tiers(("100", "5%"), ("200", "5%")), rules.LadderOutOfOrder),
        (tiers(("-1", "5%")), rules.AmountOutOfRange),
        (tiers(("Infinity", "5%")), rules.FigureOutOfRange),
        (tiers(("100", "101%")), rules.ShareOutOfRange),
        (tiers(("100", "0%")), rules.ShareOutOfRange),
    ],
)
def test_senseless_tiers_are_refused(found: tuple[Tier, ...], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        discount.check(VolumeDiscount(measure=Measure.QUANTITY, mode=Mode.SLAB, tiers=found))


def test_senseless_purchases_are_refused() -> None:
    with pytest.raises(rules.AmountOutOfRange):
        take(SLAB, "-1")
    with pytest.raises(rules.FigureOutOfRange):
        take(SLAB, "sNaN")
