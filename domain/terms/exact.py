"""Exact shares and the one place where figures of terms are rounded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from domain.facts import value
from domain.money import MAX_MINOR, Money, exponent

_PART = r"[0-9]{1,15}(?:\.[0-9]{1,12})?"
_SHARE: Final = re.compile(rf"(-?{_PART})(?:/([0-9]{{1,15}})|([%‰‱]))?", re.ASCII)
_UNITS: Final = {"%": 100, "‰": 1_000, "‱": 10_000}
_LAST_DIGITS: Final = 12


class RatioError(ValueError):
    """A share that cannot be kept exactly."""


@value
class Ratio:
    """An exact share such as 1/3 or 0.5%; both parts within 53 bits, so that JSON readers keep them."""

    numerator: int
    denominator: int = 1

    def __post_init__(self) -> None:
        """Refuses denominators below one and parts that JSON readers could not keep exactly."""
        if not (1 <= self.denominator <= MAX_MINOR and abs(self.numerator) <= MAX_MINOR):
            message = f"{self.numerator}/{self.denominator} is not a share that the ledger keeps exactly"
            raise RatioError(message)

    @classmethod
    def of(cls, text: str) -> Ratio:
        """Reads "1/3", "0.05", "5%", "0.5‰" or "5‱", in lowest terms. Raises RatioError for anything else."""
        found = _SHARE.fullmatch(text)
        if found is None or found[2] == "0" * len(found[2] or "-"):
            message = f"{text[:40]!r} is not a share; write 1/3, 0.05, 5%, 0.5‰ or 5‱"
            raise RatioError(message)
        divisor = int(found[2]) if found[2] else _UNITS.get(found[3] or "", 1)
        return cls.exactly(Fraction(Decimal(found[1])) / divisor)

    @classmethod
    def exactly(cls, share: Fraction) -> Ratio:
        """The same number in lowest terms."""
        return cls(numerator=share.numerator, denominator=share.denominator)

    @property
    def exact(self) -> Fraction:
        """The number that it stands for."""
        return Fraction(self.numerator, self.denominator)

    def __str__(self) -> str:
        """A percentage where that ends within twelve digits, otherwise a fraction."""
        return percent(self.exact)


ZERO: Final = Ratio(numerator=0)
ONE: Final = Ratio(numerator=1)


def percent(share: Fraction) -> str:
    """The share as "0.05%" where that ends within twelve digits, otherwise as "1/3"."""
    text = plain(share * 100)
    return str(share) if "/" in text else f"{text}%"


def plain(number: Fraction) -> str:
    """The number as a plain decimal where that ends within twelve digits, otherwise as a fraction."""
    for digits in range(_LAST_DIGITS + 1):
        scaled = number * 10**digits
        if scaled.denominator == 1:
            return _pointed(scaled.numerator, digits)
    return str(number)


def decimals(number: Fraction, digits: int) -> str:
    """The number rounded half to even to that many digits after the point, for reading, never for reckoning on."""
    return _pointed(round(number * 10**digits), digits)


def _pointed(scaled: int, digits: int) -> str:
    sign = "-" if scaled < 0 else ""
    text = str(abs(scaled)).rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else sign + text


def rounded(minor: Fraction, currency: str) -> Money:
    """Minor units, rounded half to even to a whole one. This is the rounding of every term that does not say otherwise."""
    return Money(round(minor), currency)


def limited(minor: Fraction, cap: Fraction | None, currency: str) -> Money:
    """The rounded amount, or the cap where that is less; a cap is rounded down, so that nothing ever exceeds it."""
    return between(None, minor, cap, currency)


def between(floor: Fraction | None, minor: Fraction, cap: Fraction | None, currency: str) -> Money:
    """The rounded amount within its bounds; a bound is rounded inwards, so that nothing ever passes it."""
    whole = round(minor)
    if floor is not None and whole < floor:
        whole = -(-floor.numerator // floor.denominator)
    if cap is not None and whole > cap:
        whole = cap.numerator // cap.denominator
    return Money(whole, currency)


def amount_text(minor: Fraction, currency: str) -> str:
    """The rounded amount with its currency, and a word where rounding changed it."""
    return str(rounded(minor, currency)) + ("" if minor.denominator == 1 else " (rounded half to even)")


def minor_units(amount: Fraction, currency: str) -> Fraction:
    """Main units (yuan) as minor units (fen), exactly."""
    return amount * int(10 ** exponent(currency))


def spread(exact: Sequence[Fraction]) -> list[int]:
    """Whole numbers that differ from the exact ones by less than one and have their sum, which must be whole.

    By largest remainder: each is rounded down, and what is missing goes one by one to the largest fractions, earlier ones first.
    """
    floors = [number.numerator // number.denominator for number in exact]
    missing = sum(exact, Fraction(0)) - sum(floors)
    if missing.denominator != 1:
        message = "only parts of a whole number can be spread"
        raise ValueError(message)
    by_remainder = sorted(range(len(exact)), key=lambda index: (floors[index] - exact[index], index))
    for index in by_remainder[: missing.numerator]:
        floors[index] += 1
    return floors
