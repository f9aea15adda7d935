"""Profit share: tiers, floor, cap and carried losses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.refusals import Refusal
from domain.terms import profit_share, rules
from domain.terms.exact import Ratio
from domain.terms.profit_share import ProfitShare, ProfitTier


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


def tier(above: str, share: str, currency: str = "CNY") -> ProfitTier:
    return ProfitTier(above=Money.of(above, currency), share=Ratio.of(share))


TERM = ProfitShare(tiers=(tier("0.00", "30%"), tier("100000.00", "40%")))
BOUNDED = replace(TERM, floor=cny("5000.00"), cap=cny("60000.00"))
CARRYING = replace(TERM, carries_losses=True)


@pytest.mark.parametrize(
    ("term", "profit", "amount", "formula"),
    [
        (TERM, "50000.00", "15000.00", "profit 50000.00 CNY; 30% × 50000.00 CNY = 15000.00 CNY; share 15000.00 CNY"),
        (
            TERM,
            "150000.01",
            "50000.00",
            "profit 150000.01 CNY; 30% × 100000.00 CNY + 40% × 50000.01 CNY = 50000.00 CNY (rounded half to even); share 50000.00 CNY",
        ),
        (TERM, "-1.00", "0.00", "profit -1.00 CNY; nothing in the tiers = 0.00 CNY; share 0.00 CNY"),
        (
            BOUNDED,
            "-1.00",
            "5000.00",
            "profit -1.00 CNY; nothing in the tiers = 0.00 CNY; at least the floor of 5000.00 CNY; share 5000.00 CNY",
        ),
        (
            BOUNDED,
            "200000.00",
            "60000.00",
            (
                "profit 200000.00 CNY; 30% × 100000.00 CNY + 40% × 100000.00 CNY = 70000.00 CNY; "
                "the cap of 60000.00 CNY is exceeded and applies; share 60000.00 CNY"
            ),
        ),
    ],
)
def test_of_a_profit_the_partner_gets(term: ProfitShare, profit: str, amount: str, formula: str) -> None:
    profit_share.check(term)
    found = profit_share.share(term, profit=cny(profit))
    assert (found.amount, found.formula) == (cny(amount), formula)


def test_losses_are_set_against_later_profits_where_that_is_agreed() -> None:
    found = profit_share.share(CARRYING, profit=cny("50000.00"), loss_before=cny("20000.00"))
    assert (found.amount, found.loss_carried) == (cny("9000.00"), cny("0.00"))
    assert found.formula.startswith("50000.00 CNY − 20000.00 CNY loss carried = 30000.00 CNY; 30% × 30000.00 CNY")
    assert profit_share.share(CARRYING, profit=cny("-10.00"), loss_before=cny("5.00")).loss_carried == cny("15.00")
    assert profit_share.share(TERM, profit=cny("50000.00"), loss_before=cny("20000.00")).amount == cny("15000.00")


@given(st.integers(-(10**8), 10**9), st.integers(0, 10**6))
def test_more_profit_never_means_a_smaller_share_and_bounds_hold(profit: int, more: int) -> None:
    low, high = (profit_share.share(BOUNDED, profit=Money(minor, "CNY")).amount.minor for minor in (profit, profit + more))
    assert 500_000 <= low <= high <= 6_000_000


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (ProfitShare(tiers=()), rules.NothingListed),
        (ProfitShare(tiers=(tier("-1.00", "1%"),)), rules.AmountOutOfRange),
        (ProfitShare(tiers=(tier("1.00", "1%"), tier("1.00", "2%"))), rules.LadderOutOfOrder),
        (ProfitShare(tiers=(tier("1.00", "101%"),)), rules.ShareOutOfRange),
        (ProfitShare(tiers=(tier("1.00", "1%"), tier("2.00", "1%", "EUR"))), rules.CurrenciesDiffer),
        (replace(TERM, cap=Money.zero("EUR")), rules.CurrenciesDiffer),
        (replace(TERM, floor=cny("-1.00")), rules.AmountOutOfRange),
        (replace(BOUNDED, floor=cny("60000.01")), profit_share.FloorAboveCap),
    ],
)
def test_senseless_terms_are_refused(term: ProfitShare, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        profit_share.check(term)


def test_profit_and_losses_are_in_the_terms_currency() -> None:
    with pytest.raises(rules.CurrenciesDiffer):
        profit_share.share(TERM, profit=Money.zero("EUR"))
    with pytest.raises(rules.CurrenciesDiffer):
        profit_share.share(CARRYING, profit=cny("1.00"), loss_before=Money.zero("EUR"))
