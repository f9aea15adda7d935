"""What a cell means: text as it stands, numbers without losing a digit, days, and words that people choose from a list."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from api.bulk.columns import Column, Takes
from infra.translations import catalogue

_DAY: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", re.ASCII)
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_GROUPED: Final = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", re.ASCII)


class BadCell(ValueError):
    """A cell that cannot be read as what its column takes; says why."""


def text_of(column: Column, value: object) -> str | None:
    """The cell as the JSON of a command has it; None for an empty one. Raises BadCell."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool):
        raise BadCell("TRUE and FALSE mean nothing here")
    match column.takes:
        case Takes.TEXT:
            return plain_text(value)
        case Takes.NUMBER:
            return number(value)
        case Takes.DAY:
            return day(value)
        case Takes.CURRENCY:
            return narrow(plain_text(value)).upper()
        case Takes.CHOICE:
            return choice(column, narrow(plain_text(value)))


def narrow(text: str) -> str:
    """Full-width letters and digits as plain ones."""
    return unicodedata.normalize("NFKC", text).strip()


def plain_text(value: object) -> str:
    """Text; whole numbers, which is what a spreadsheet makes of typed ids, as they were typed."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, datetime | date | time):
        raise BadCell("a date stands where text is expected; format the cell as text")
    return number(value)


def number(value: object) -> str:
    """A plain decimal. What a spreadsheet holds is a binary number: its shortest decimal form is what was typed."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        written = Decimal(repr(value))
        if not written.is_finite():
            raise BadCell("this is no number")
        text = format(written, "f")
        return text.removesuffix(".0")
    if not isinstance(value, str):
        raise BadCell("a date stands where a number is expected")
    text = narrow(value).replace(" ", "")
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        raise BadCell(f"{value.strip()[:40]!r} is no plain number such as 83420.00")
    return text


def day(value: object) -> str:
    """A day as 2026-03-31."""
    if isinstance(value, datetime):
        if value.time() != time():
            raise BadCell("a time of day stands where only a day is expected")
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    found = _DAY.fullmatch(narrow(value)) if isinstance(value, str) else None
    if found is None:
        raise BadCell("this is no day such as 2026-03-31; format the cell as a date, or type it as text")
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        raise BadCell("there is no such day in the calendar") from None


def choice(column: Column, text: str) -> str:
    """One of the column's words, by its name or its Chinese label."""
    labels = catalogue("zh-CN")
    for name in column.choices:
        if text.lower() == name or text == labels.get((column.context, name)):
            return name
    raise BadCell(f"{text[:40]!r} is none of {', '.join(column.choices)}")
