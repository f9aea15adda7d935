"""The agreed terms of a contract that is written out: each field that says something, under its name in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final

from domain.money import Money
from domain.terms.exact import Ratio
from domain.terms.rules import Term
from infra.rendering.amounts import day_in, figures
from infra.translations import ENGLISH, label

# What English calls a field whose name alone would puzzle whoever reads the contract.
_ENGLISH: Final = {
    "above": "Profit above",
    "at": "Measured figure",
    "at_least": "From",
    "below": "Availability below",
    "covers": "What is confidential",
    "days": "Number of days",
    "fixed": "Part that no index moves",
    "insured": "Sum insured",
    "limits": "Time limit",
    "on": "Falls due on",
    "pay": "Share paid",
    "per": "Rate for each",
    "per_days": "Days in a period",
    "times": "Number of renewals",
    "until": "Binds until",
}
_ONE_OF: Final = {"duties": "Duty"}


def rows_of(term: Term, language: str) -> Iterator[tuple[str, str]]:
    """Each field that says something; parts that come several times have a row and a number each."""
    for name, held in _stated(term):
        if name == "term":
            continue
        if isinstance(held, tuple) and is_dataclass(held[0]):
            one = _ONE_OF.get(name, field_label(name, language).removesuffix("s")) if language == ENGLISH else field_label(name, language)
            for number, part in enumerate(held, 1):
                yield f"{one} {number}", said(part, language)
        else:
            yield field_label(name, language), said(held, language)


def field_label(name: str, language: str) -> str:
    """What a field of a term is called."""
    return (_ENGLISH.get(name) if language == ENGLISH else None) or label("term_field", name, language)


def _stated(part: object) -> list[tuple[str, object]]:
    held = ((f.name, getattr(part, f.name)) for f in fields(part))  # type: ignore[arg-type]
    return [(name, value) for name, value in held if value is not None and value not in ((), "")]


def said(value: object, language: str) -> str:
    """A value in words: names in the reader's language, amounts and days as contracts write them."""
    colon, comma, semicolon = (": ", ", ", "; ") if language == ENGLISH else ("：", "，", "；")
    match value:
        case bool():
            return label("word", "yes" if value else "no", language)
        case Enum():
            return label(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(value).__name__).lower(), str(value.value), language)
        case Money():
            return figures(value)
        case Decimal():
            return format(value, "f")
        case date():
            return day_in(value, language)
        case tuple() if value and is_dataclass(value[0]):
            return semicolon.join(f"({number}) {said(part, language)}" for number, part in enumerate(value, 1))
        case tuple():
            return semicolon.join(said(part, language) for part in value)
        case Ratio() | int() | str():
            return str(value)
        case _:
            return comma.join(f"{field_label(name, language)}{colon}{said(held, language)}" for name, held in _stated(value))
