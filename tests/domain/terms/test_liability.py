"""Liability caps: how much is left."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.refusals import Refusal
from domain.terms import liability, rules
from domain.terms.exact import Ratio
from domain.terms.liability import Claim, Combine, LiabilityCap


def cny(amount: str) -> Money:
    return Money.of(amount, "CNY")


BASE = cny("80000.01")
SHARE = LiabilityCap(share=Ratio.of("50%"))
BOTH = LiabilityCap(share=Ratio.of("50%"), amount=cny("50000.00"), carve_outs=("injury",))


@pytest.mark.parametrize(
    ("term", "left", "formula"),
    [
        (SHARE, "28000.00", "cap 50% × 80000.01 CNY = 40000.00 CNY; 40000.00 CNY − 12000.00 CNY claimed leaves 28000.00 CNY"),
        (
            BOTH,
            "38000.00",
            (
                "cap the greater of 50% × 80000.01 CNY = 40000.00 CNY and 50000.00 CNY; "
                "50000.00 CNY − 12000.00 CNY claimed leaves 38000.00 CNY"
            ),
        ),
        (
            replace(BOTH, combine=Combine.LESSER),
            "28000.00",
            (
                "cap the lesser of 50% × 80000.01 CNY = 40000.00 CNY and 50000.00 CNY; "
                "40000.00 CNY − 12000.00 CNY claimed leaves 28000.00 CNY"
            ),
        ),
    ],
)
def test_of_a_cap_is_left(term: LiabilityCap, left: str, formula: str) -> None:
    liability.check(term)
    found = liability.room(term, base=BASE, claims=[Claim(kind="delay", amount=cny("12000.00"))])
    assert (found.amount, found.formula, found.exceeded) == (cny(left), formula, False)


def test_claims_that_are_carved_out_stand_apart() -> None:
    claims = [Claim(kind="injury", amount=cny("90000.00")), Claim(kind="delay", amount=cny("50000.01"))]
    found = liability.room(BOTH, base=BASE, claims=claims)
    assert (found.amount, found.uncapped, found.exceeded) == (cny("0.00"), cny("90000.00"), True)


@given(st.integers(0, 10**9), st.integers(1, 300), st.lists(st.integers(1, 10**8), max_size=5))
def test_what_is_left_and_what_is_claimed_never_pass_the_cap_together(base: int, percent: int, amounts: list[int]) -> None:
    term = LiabilityCap(share=Ratio(numerator=percent, denominator=100))
    found = liability.room(term, base=Money(base, "CNY"), claims=[Claim(kind="x", amount=Money(n, "CNY")) for n in amounts])
    assert found.cap.minor * 100 <= base * percent
    assert found.amount.minor == max(found.cap.minor - sum(amounts), 0)


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (LiabilityCap(), liability.CapUnclear),
        (LiabilityCap(share=Ratio.of("0%")), rules.ShareOutOfRange),
        (LiabilityCap(amount=cny("0.00")), rules.AmountOutOfRange),
        (replace(SHARE, carve_outs=("a", "a")), rules.IdRepeats),
    ],
)
def test_a_cap_that_caps_nothing_is_refused(term: LiabilityCap, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        liability.check(term)


def test_claims_are_in_the_currency_of_the_base() -> None:
    with pytest.raises(rules.CurrenciesDiffer):
        liability.room(SHARE, base=BASE, claims=[Claim(kind="x", amount=Money.of("1.00", "EUR"))])
    with pytest.raises(rules.CurrenciesDiffer):
        liability.room(BOTH, base=Money.zero("EUR"))
