"""Money as integer minor units of an ISO 4217 currency; never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

# ISO 4217:2015 list one, active codes with their minor-unit exponents; two unless named here.
_EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
_TWO_DIGITS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP
CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD
KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR
PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU
UZS VED VES WST XCD YER ZAR ZMW ZWG BGN HRK
"""
CURRENCIES: dict[str, int] = {**dict.fromkeys(_TWO_DIGITS.split(), 2), **_EXPONENTS}

# Integers beyond 53 bits change silently in JSON readers that keep numbers as doubles.
MAX_MINOR = 2**53 - 1

_AMOUNT = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,6})?", re.ASCII)


class MoneyError(ValueError):
    """An amount or a currency that cannot be money."""


def exponent(currency: str) -> int:
    """Digits after the point of a currency (ISO 4217). Raises MoneyError for a code that is not in the list."""
    try:
        return CURRENCIES[currency]
    except KeyError:
        message = f"{currency!r} is not an ISO 4217 currency code"
        raise MoneyError(message) from None


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount: `minor` counts the currency's smallest unit (fen, cents), at most 53 bits."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuses unknown currencies, floats, and amounts that JSON readers could not keep exactly."""
        if type(self.minor) is not int:
            message = f"{self.minor!r} is not a whole number of minor units"
            raise MoneyError(message)
        if self.currency not in CURRENCIES:
            exponent(self.currency)
        if not -MAX_MINOR <= self.minor <= MAX_MINOR:
            message = f"{self.minor} minor units are beyond what the ledger keeps exactly ({MAX_MINOR})"
            raise MoneyError(message)

    @classmethod
    def of(cls, amount: str, currency: str) -> Money:
        """Reads a plain decimal such as "83420.00". Raises MoneyError where digits would be lost."""
        if not _AMOUNT.fullmatch(amount):
            message = f"{amount[:40]!r} is not a plain decimal amount"
            raise MoneyError(message)
        money, exact = cls.rounded(Decimal(amount), currency)
        if not exact:
            message = f"{currency} has {exponent(currency)} digits after the point; {amount} has more"
            raise MoneyError(message)
        return money

    @classmethod
    def rounded(cls, amount: Decimal, currency: str) -> tuple[Money, bool]:
        """The nearest amount (half to even) and whether it is exact."""
        if not amount.is_finite():
            message = f"{amount} is not an amount"
            raise MoneyError(message)
        with localcontext() as context:
            # As many digits as there are, so that the only rounding is the one that is meant.
            context.prec = max(60, len(amount.as_tuple().digits))
            digits = exponent(currency)
            if amount.adjusted() > 18:  # noqa: PLR2004 - beyond MAX_MINOR for every currency; keeps quantize cheap
                message = f"{amount} is beyond what the ledger keeps exactly"
                raise MoneyError(message)
            scaled = amount.scaleb(digits)
            whole = scaled.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
            return cls(int(whole), currency), whole == scaled

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in a currency."""
        return cls(0, currency)

    @property
    def amount(self) -> str:
        """The plain decimal with all digits of the currency: "83420.00"."""
        digits = CURRENCIES[self.currency]
        sign = "-" if self.minor < 0 else ""
        text = str(abs(self.minor)).rjust(digits + 1, "0")
        return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else sign + text

    def __str__(self) -> str:
        """Amount and code, as in "83420.00 CNY"."""
        return f"{self.amount} {self.currency}"

    def __add__(self, other: Money) -> Money:
        """Adds within one currency; raises MoneyError across two."""
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        """Subtracts within one currency; raises MoneyError across two."""
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __gt__(self, other: Money) -> bool:
        """Compares within one currency; raises MoneyError across two."""
        self._same_currency(other)
        return self.minor > other.minor

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            message = f"{self.currency} and {other.currency} do not add up"
            raise MoneyError(message)
