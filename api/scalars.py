"""Exact scalars in JSON: moments with an offset, days, decimals and money as text, each refused with a sentence that helps."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.strict_json import unfit
from api.wording import ID
from domain.money import CURRENCIES
from domain.terms.exact import Ratio, RatioError

FIRST_YEAR = 1900
LAST_YEAR = 9999
MAX_VERSION = 2**31 - 1
MAX_POSITION = 2**63 - 1

DECIMAL_PATTERN: Final = r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,6})?$"
SHARE_PATTERN: Final = r"^-?[0-9]{1,6}(\.[0-9]{1,8})?(/[1-9][0-9]{0,5}|[%‰‱])?$"
MOMENT_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
DAY_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

_DECIMAL = re.compile(DECIMAL_PATTERN[1:-1])
_SHARE = re.compile(SHARE_PATTERN[1:-1])
_MOMENT = re.compile(MOMENT_PATTERN[1:-1])
_NAIVE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]*)?")
_UNENCODED_PLUS = re.compile(r"\S+T\S+ [0-9]{2}:[0-9]{2}")
_DAY = re.compile(DAY_PATTERN[1:-1])


def no(kind: str, sentence: str) -> PydanticCustomError:
    """An error that pydantic reports in these very words."""
    return PydanticCustomError(kind, "{sentence}", {"sentence": sentence})


def require_currency(text: str) -> str:
    """The code of a currency as ISO 4217 has it. Raises PydanticCustomError."""
    if text not in CURRENCIES:
        raise no("currency", "There is no such currency in ISO 4217; a code looks like CNY.")
    return text


def read_moment(value: object) -> datetime:
    """An aware moment in UTC, between the years 1900 and 9999. Raises PydanticCustomError."""
    if isinstance(value, datetime):
        # A default; what comes over the wire is text.
        return value
    if not isinstance(value, str):
        raise no("moment", 'Give the moment as text with its offset, such as "2026-03-31T16:00:00+08:00"; a number is not taken.')
    if not _MOMENT.fullmatch(value):
        if _NAIVE.fullmatch(value):
            raise no("moment", "The moment needs a time and its offset from UTC: add Z or an offset such as +08:00.")
        if _UNENCODED_PLUS.fullmatch(value):
            raise no("moment", "In an address a + means a space: write the offset's + as %2B.")
        raise no("moment", 'Give the moment as in "2026-03-31T16:00:00+08:00" or "2026-03-31T08:00:00.000000Z".')
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise no("moment", "There is no such moment in the calendar.") from None
    if moment.year < FIRST_YEAR:
        raise no("moment", f"Moments from {FIRST_YEAR} to {LAST_YEAR} are possible.")
    return moment


def read_day(value: object) -> date:
    """A day between the years 1900 and 9999. Raises PydanticCustomError."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise no("day", 'Give the day as text, as in "2026-03-31".')
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise no("day", "There is no such day in the calendar.") from None
    if day.year < FIRST_YEAR:
        raise no("day", f"Days from {FIRST_YEAR} to {LAST_YEAR} are possible.")
    return day


def read_decimal(value: object) -> Decimal:
    """An exact decimal. Raises PydanticCustomError."""
    if not isinstance(value, str):
        raise no("decimal", 'Give the number as text, as in "12.50"; a JSON number can lose digits on the way.')
    if not _DECIMAL.fullmatch(value):
        raise no("decimal", "Give a plain decimal with up to 18 digits before the point and 6 after it.")
    return Decimal(value)


def read_share(value: object) -> Ratio:
    """An exact share. Raises PydanticCustomError."""
    if isinstance(value, Ratio):
        return value
    if not isinstance(value, str) or not _SHARE.fullmatch(value):
        raise no(
            "share", 'Give the share as text, as in "5%", "0.5‰", "0.05" or "1/3", with at most 6 digits before the point and 8 after.'
        )
    try:
        return Ratio.of(value)
    except RatioError as error:
        raise no("share", f"{error}.") from error


def read_amount(value: object) -> str:
    """The digits of an amount of money, still as text. Raises PydanticCustomError."""
    if not isinstance(value, str):
        raise no("amount", 'Give the amount as text, as in "83420.00"; a JSON number can lose digits on the way.')
    if not _DECIMAL.fullmatch(value):
        raise no("amount", 'Give the amount as a plain decimal, as in "83420.00".')
    return value


def require_plain(text: str) -> str:
    """A text that can be kept. Raises PydanticCustomError."""
    reason = unfit(text)
    if reason:
        raise no("text", f"The text {reason}.")
    return text


def require_id(text: str) -> str:
    """A name without line breaks, and without blanks at its ends that nobody sees. Raises PydanticCustomError."""
    require_plain(text)
    if text != text.strip() or "\n" in text or "\t" in text:
        raise no("id", "An id has no line breaks or tabs, and no blanks at its ends.")
    return text


def schema(**parts: Any) -> WithJsonSchema:  # noqa: ANN401 - JSON Schema has values of any type
    """The JSON Schema of a text."""
    return WithJsonSchema({"type": "string", **parts})


Moment = Annotated[datetime, PlainValidator(read_moment), schema(format="date-time", pattern=MOMENT_PATTERN)]
Day = Annotated[date, PlainValidator(read_day), schema(format="date", pattern=DAY_PATTERN)]
ExactDecimal = Annotated[Decimal, PlainValidator(read_decimal), schema(pattern=DECIMAL_PATTERN)]
# Under its own class pydantic would publish the two numbers that a share is made of.
Share = Annotated[Any, PlainValidator(read_share), PlainSerializer(str, return_type=str), schema(pattern=SHARE_PATTERN)]
Amount = Annotated[str, PlainValidator(read_amount), schema(pattern=DECIMAL_PATTERN)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=ID), BeforeValidator(lambda v: require_id(v) if isinstance(v, str) else v)]
DAY_TEXT: Final = BeforeValidator(lambda value: None if value is None else read_day(value))
DAY_SCHEMA: Final = WithJsonSchema({"type": "string", "format": "date", "pattern": DAY_PATTERN})
MOMENT_TEXT: Final = BeforeValidator(lambda value: None if value is None else read_moment(value))
MOMENT_SCHEMA: Final = WithJsonSchema({"type": "string", "format": "date-time", "pattern": MOMENT_PATTERN})
TEXT: Final = AfterValidator(lambda value: None if value is None else require_plain(value))
CURRENCY: Final = AfterValidator(lambda value: None if value is None else require_currency(value))
DECIMAL_TEXT: Final = BeforeValidator(lambda value: None if value is None else read_decimal(value))
DECIMAL_SCHEMA: Final = WithJsonSchema({"type": "string", "pattern": DECIMAL_PATTERN})
