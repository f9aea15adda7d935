"""Money is exact: every digit that goes in comes out, and what would lose one is refused."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.money import CURRENCIES, MAX_MINOR, Money, MoneyError, exponent

currencies = st.sampled_from(sorted(CURRENCIES))
minors = st.integers(-MAX_MINOR, MAX_MINOR) | st.sampled_from([0, 1, -1, 9, 10, 99, 100, MAX_MINOR, -MAX_MINOR])
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**13), max_value=10**13) | st.builds(
    lambda n, places: Decimal(n).scaleb(-places, Context(prec=400)), st.integers(-(10**300), 10**300), st.integers(290, 310)
)


@given(minors, currencies)
def test_what_is_written_is_read_back_in_every_currency(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.of(money.amount, currency) == money
    assert Decimal(money.amount) == Fraction(minor, 10 ** exponent(currency))


@given(minors, currencies)
def test_all_digits_of_the_currency_are_written(minor: int, currency: str) -> None:
    _, _, after = Money(minor, currency).amount.partition(".")
    assert len(after) == exponent(currency)
    assert str(Money(minor, currency)) == f"{Money(minor, currency).amount} {currency}"


@given(decimals, currencies)
@settings(deadline=None)
def test_rounding_is_half_to_even_and_says_whether_it_was_needed(amount: Decimal, currency: str) -> None:
    exactly = Fraction(amount) * 10 ** exponent(currency)
    whole = exactly.numerator // exactly.denominator
    rest = exactly - whole
    expected = whole + (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1))
    try:
        money, exact = Money.rounded(amount, currency)
    except MoneyError:
        assert abs(expected) > MAX_MINOR
    else:
        assert money == Money(expected, currency)
        assert exact is (exactly == whole)


@pytest.mark.parametrize(
    ("amount", "minor", "exact"),
    [
        ("0.005", 0, False),
        ("0.015", 2, False),
        ("0.025", 2, False),
        ("-0.015", -2, False),
        ("-0.025", -2, False),
        ("0.0050000000000000000000000000000000000000000000000000000000000000000000000000000001", 1, False),
        ("1.000000000000000000000000000000000000000000000000000000000000000000000000000000000001", 100, False),
        ("1E-999999", 0, False),
        ("12.30", 1230, True),
        ("1.23E+3", 123000, True),
        ("-0", 0, True),
    ],
)
def test_the_nearest_minor_unit_is_found_however_long_the_number(amount: str, minor: int, exact: bool) -> None:  # noqa: FBT001 - a column
    assert Money.rounded(Decimal(amount), "CNY") == (Money(minor, "CNY"), exact)


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+19", "1E+999999", "-1E+999999", "90071992547409.92"])
def test_what_is_no_amount_or_too_large_is_refused_at_once(amount: str) -> None:
    with pytest.raises(MoneyError):
        Money.rounded(Decimal(amount), "CNY")


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("0", "CNY", 0),
        ("-0.00", "CNY", 0),
        ("83420", "CNY", 8342000),
        ("83420.5", "CNY", 8342050),
        ("83420.500000", "CNY", 8342050),
        ("1.0", "JPY", 1),
        ("1.234", "KWD", 1234),
        ("0.0001", "CLF", 1),
        ("90071992547409.91", "CNY", MAX_MINOR),
        ("-90071992547409.91", "CNY", -MAX_MINOR),
        ("9007199254740991", "JPY", MAX_MINOR),
    ],
)
def test_plain_decimals_are_read_exactly(amount: str, currency: str, minor: int) -> None:
    assert Money.of(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "amount",
    [
        "",
        " 1",
        "1 ",
        "+1",
        "--1",
        ".5",
        "5.",
        "01",
        "1,000.00",
        "1e3",
        "1E400",
        "0x10",
        "NaN",
        "Infinity",
        "１２",
        "١٢",
        "1_000",
        "1\n",
        "1\0",
        "¥1",
        "1" * 19,
        "1.0000000",
        "0.005",
        "83420.123",
        "90071992547409.92",
    ],
    ids=lambda amount: repr(amount[:20]),
)
def test_anything_else_is_refused_rather_than_guessed(amount: str) -> None:
    with pytest.raises(MoneyError):
        Money.of(amount, "CNY")


def test_a_refusal_does_not_repeat_a_megabyte() -> None:
    with pytest.raises(MoneyError) as refused:
        Money.of("9" * 1_000_000, "CNY")
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("currency", ["", "cny", "CNY ", "XXX", "ABC", "RMB", "￥", "CN"])
def test_only_currencies_of_the_standard_are_money(currency: str) -> None:
    with pytest.raises(MoneyError):
        Money(1, currency)
    with pytest.raises(MoneyError):
        Money.of("1", currency)
    with pytest.raises(MoneyError):
        exponent(currency)


@pytest.mark.parametrize("minor", [1.0, 0.5, float("nan"), True, False, "1", None, Decimal(1)])
def test_minor_units_are_whole_numbers_and_never_floats(minor: object) -> None:
    with pytest.raises(MoneyError):
        Money(cast("Any", minor), "CNY")


@pytest.mark.parametrize("minor", [MAX_MINOR + 1, -MAX_MINOR - 1, 2**63, 10**400])
def test_amounts_that_a_json_reader_would_change_are_refused(minor: int) -> None:
    with pytest.raises(MoneyError):
        Money(minor, "CNY")
    assert float(MAX_MINOR) == MAX_MINOR
    assert float(MAX_MINOR + 2) != MAX_MINOR + 2


@given(minors, minors, currencies)
def test_sums_and_differences_are_exact_or_refused(one: int, other: int, currency: str) -> None:
    for exact, operation in ((one + other, Money.__add__), (one - other, Money.__sub__)):
        if abs(exact) <= MAX_MINOR:
            assert operation(Money(one, currency), Money(other, currency)) == Money(exact, currency)
        else:
            with pytest.raises(MoneyError):
                operation(Money(one, currency), Money(other, currency))
    assert (Money(one, currency) > Money(other, currency)) is (one > other)
    assert (Money(one, currency) < Money(other, currency)) is (one < other)


def test_two_currencies_neither_add_up_nor_compare() -> None:
    yuan, dollar = Money(1, "CNY"), Money(1, "USD")
    for operation in (Money.__add__, Money.__sub__, Money.__gt__):
        with pytest.raises(MoneyError):
            operation(yuan, dollar)
    assert yuan != dollar
    assert Money.zero("CNY") != Money.zero("USD")


@given(minors, currencies)
def test_json_keeps_minor_units_as_a_whole_number(minor: int, currency: str) -> None:
    text = msgspec.json.encode(Money(minor, currency))
    assert text == f'{{"minor":{minor},"currency":"{currency}"}}'.encode()
    assert msgspec.json.decode(text, type=Money) == Money(minor, currency)


@pytest.mark.parametrize(
    "text", ['{"minor":1.0,"currency":"CNY"}', '{"minor":1e2,"currency":"CNY"}', '{"minor":9007199254740992,"currency":"CNY"}']
)
def test_json_with_a_float_or_beyond_53_bits_is_not_money(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Money)


def test_the_list_of_currencies_is_that_of_the_standard() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)
    assert [CURRENCIES[c] for c in ("CNY", "USD", "JPY", "KWD", "CLF", "HUF", "MGA")] == [2, 2, 0, 3, 4, 2, 2]
