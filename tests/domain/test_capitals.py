"""Capital numerals: the annex's own examples, hand-written edges, and a reader that finds the same amount again."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.capitals import NAMES, in_capitals
from domain.money import CURRENCIES, MAX_MINOR, Money, exponent

DIGIT = {sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACE = {"拾": 10, "佰": 100, "仟": 1000}


def read_group(text: str) -> int:
    """The number below ten thousand that such a text says; every digit but the last names its place."""
    total = 0
    for digit, place in re.findall("([壹贰叁肆伍陆柒捌玖])([拾佰仟]?)", text):
        total += DIGIT[digit] * PLACE.get(place, 1)
    return total


def read_whole(text: str) -> int:
    high, _, low = text.rpartition("亿")
    ten_thousands, _, units = low.rpartition("万")
    return (read_whole(high) * 10**8 if high else 0) + read_group(ten_thousands) * 10**4 + read_group(units)


def read(text: str, currency: str) -> Money:
    """An amount read back, independently of how it was written."""
    said = text.removeprefix(NAMES.get(currency, currency))
    sign = -1 if said.startswith("负") else 1
    whole, _, fraction = said.removeprefix("负").rpartition("元")
    digits = exponent(currency)
    minor = read_whole(whole) * 10**digits
    for place, name in enumerate("角分厘毫", 1):
        found = re.search(f"([壹贰叁肆伍陆柒捌玖]){name}", fraction)
        minor += DIGIT[found[1]] * 10 ** (digits - place) if found else 0
    return Money(sign * minor, currency)


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("83420.00", "捌万叁仟肆佰贰拾元整"),
        ("0.00", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10.00", "壹拾元整"),
        ("10000.00", "壹万元整"),
        ("10001.00", "壹万零壹元整"),
        ("100100.00", "壹拾万零壹佰元整"),
        ("1000000.00", "壹佰万元整"),
        ("100000000.00", "壹亿元整"),
        ("100000001.00", "壹亿零壹元整"),
        ("100005000.00", "壹亿零伍仟元整"),
        ("100050000.00", "壹亿零伍万元整"),
        ("110000000.00", "壹亿壹仟万元整"),
        ("1000000000000.00", "壹万亿元整"),
        ("90071992547409.91", "玖拾万零柒佰壹拾玖亿玖仟贰佰伍拾肆万柒仟肆佰零玖元玖角壹分"),
        ("-83420.00", "负捌万叁仟肆佰贰拾元整"),
    ],
)
def test_an_amount_in_yuan_is_said_as_on_a_cheque(amount: str, said: str) -> None:
    assert in_capitals(Money.of(amount, "CNY")) == f"人民币{said}"


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("65240.00", "EUR", "欧元陆万伍仟贰佰肆拾元整"),
        ("1500", "JPY", "日元壹仟伍佰元整"),
        ("1.005", "KWD", "科威特第纳尔壹元零伍厘"),
        ("2.3004", "CLF", "CLF贰元叁角零肆毫"),
        ("12.10", "MGA", "MGA壹拾贰元壹角整"),
    ],
)
def test_other_currencies_have_their_own_name_and_digits(amount: str, currency: str, said: str) -> None:
    assert in_capitals(Money.of(amount, currency)) == said


@given(minor=st.integers(-MAX_MINOR, MAX_MINOR), currency=st.sampled_from(sorted(CURRENCIES)))
@example(minor=MAX_MINOR, currency="JPY")
@example(minor=10**15, currency="JPY")
@example(minor=10**12 + 1, currency="JPY")
@example(minor=-1, currency="CLF")
def test_capitals_read_back_as_the_same_amount(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert read(in_capitals(money), currency) == money


@given(zeros=st.integers(0, 13), digit=st.integers(1, 9), rest=st.integers(0, 9_999))
def test_no_zero_is_said_twice_in_a_row_or_before_a_unit(zeros: int, digit: int, rest: int) -> None:
    said = in_capitals(Money(min(digit * 10**zeros + rest, MAX_MINOR), "CNY"))
    assert "零零" not in said
    assert not re.search("零[万亿元]", said)


def test_every_named_currency_is_one() -> None:
    assert set(NAMES) <= set(CURRENCIES)
