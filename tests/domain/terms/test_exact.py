"""Exact shares, their text, and the rounding that all terms have in common."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import MAX_MINOR, Money
from domain.terms.exact import Ratio, RatioError, amount_text, between, decimals, limited, percent, plain, rounded, spread


@pytest.mark.parametrize(
    ("text", "numerator", "denominator"),
    [
        ("1/3", 1, 3),
        ("30%", 3, 10),
        ("0.05", 1, 20),
        ("0.5‰", 1, 2000),
        ("5‱", 1, 2000),
        ("0%", 0, 1),
        ("-2.5%", -1, 40),
        ("6/4", 3, 2),
    ],
)
def test_a_share_is_read_exactly_in_lowest_terms(text: str, numerator: int, denominator: int) -> None:
    assert Ratio.of(text) == Ratio(numerator=numerator, denominator=denominator)


@pytest.mark.parametrize("text", ["", "5 %", "1/0", "1/00", "1e3", "٣%", "0.1234567890123", "1/3%", "NaN", "1//2"])
def test_what_is_no_share_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(RatioError, match="is not a share"):
        Ratio.of(text)


@pytest.mark.parametrize(("numerator", "denominator"), [(1, 0), (1, -2), (MAX_MINOR + 1, 1), (1, MAX_MINOR + 1)])
def test_a_share_beyond_what_json_keeps_is_refused(numerator: int, denominator: int) -> None:
    with pytest.raises(RatioError, match="keeps exactly"):
        Ratio(numerator=numerator, denominator=denominator)


@pytest.mark.parametrize(
    ("share", "text"),
    [(Fraction(1, 2000), "0.05%"), (Fraction(1, 3), "1/3"), (Fraction(1), "100%"), (Fraction(-1, 40), "-2.5%"), (Fraction(0), "0%")],
)
def test_a_share_is_written_as_percentage_where_that_ends(share: Fraction, text: str) -> None:
    assert percent(share) == text


def test_numbers_are_written_plainly_where_they_end_and_rounded_only_for_reading() -> None:
    assert (plain(Fraction(17, 4)), plain(Fraction(17, 7)), plain(Fraction(2))) == ("4.25", "17/7", "2")
    assert (decimals(Fraction(17, 7), 4), decimals(Fraction(-1, 200), 3), decimals(Fraction(5, 2), 0)) == ("2.4286", "-0.005", "2")


@pytest.mark.parametrize(("minor", "expected"), [(Fraction(5, 2), 2), (Fraction(7, 2), 4), (Fraction(-5, 2), -2), (Fraction(251, 100), 3)])
def test_halves_go_to_the_even_minor_unit(minor: Fraction, expected: int) -> None:
    assert rounded(minor, "CNY") == Money(expected, "CNY")


def test_bounds_are_rounded_inwards() -> None:
    assert limited(Fraction(99), Fraction(3, 2), "CNY") == Money(1, "CNY")
    assert limited(Fraction(3, 2), Fraction(3, 2), "CNY") == Money(1, "CNY")
    assert between(Fraction(-3, 2), Fraction(-3, 2), None, "CNY") == Money(-1, "CNY")
    assert between(Fraction(3, 2), Fraction(0), Fraction(9), "CNY") == Money(2, "CNY")


def test_an_amount_says_when_it_was_rounded() -> None:
    assert amount_text(Fraction(250), "CNY") == "2.50 CNY"
    assert amount_text(Fraction(501, 2), "CNY") == "2.50 CNY (rounded half to even)"


@given(st.integers(0, 10**12), st.lists(st.integers(1, 1000), min_size=1, max_size=12))
def test_spread_parts_sum_to_the_whole_and_differ_by_less_than_one(total: int, weights: list[int]) -> None:
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    parts = spread(exact)
    assert sum(parts) == total
    assert all(abs(part - number) < 1 for part, number in zip(parts, exact, strict=True))


def test_what_is_missing_goes_to_the_largest_fractions_and_earlier_ones_first() -> None:
    assert spread([Fraction(1, 3)] * 3) == [1, 0, 0]
    assert spread([Fraction(5, 4), Fraction(7, 4)]) == [1, 2]


def test_parts_that_make_no_whole_are_not_spread() -> None:
    with pytest.raises(ValueError, match="whole"):
        spread([Fraction(1, 3)])
