"""Values of contracts in words, for tables and lines; JSON has its own form in infra.render."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from domain.contract.correction import Restated
from domain.money import Money
from infra.render import Json, to_json
from scripts.cli.moments import brief
from scripts.cli.terminal import one_line

NOTHING = "—"


def money(amount: Money | None) -> str:
    """An amount with its digits in groups: 83,420.00 CNY."""
    if amount is None:
        return ""
    sign, digits = ("-", amount.amount[1:]) if amount.minor < 0 else ("", amount.amount)
    whole, point, rest = digits.partition(".")
    return f"{sign}{int(whole):,}{point}{rest} {amount.currency}"


def shown(value: object) -> str:  # noqa: PLR0911 - one arm per sort of value
    """Any value that a contract's field may hold, in one line."""
    match value:
        case None | "" | () | {}:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case Enum():
            return words(str(value.value))
        case Money():
            return money(value)
        case Decimal():
            return format(value, "f")
        case datetime():
            return brief(value)
        case str():
            return one_line(value)
        case Restated():
            return f"{value.fact.NAME} ({_plain(to_json(value.fact))})"
        case _:
            return _plain(to_json(value))


def words(name: str) -> str:
    """A name of the program's as words: in_force becomes "in force"."""
    return name.replace("_", " ")


def _plain(value: Json) -> str:  # noqa: PLR0911 - one arm per sort of value
    """JSON in one line without quotes; what is empty is left out."""
    match value:
        case {"amount": str(amount), "currency": str(currency), **rest} if not rest:
            return money(Money.of(amount, currency))
        case {"op": str(operation), **content}:
            return f"{words(operation)} ({_parts(content)})"
        case dict():
            return _parts(value)
        case list():
            return ", ".join(f"({_plain(held)})" if isinstance(held, dict) and "op" not in held else _plain(held) for held in value)
        case bool():
            return "yes" if value else "no"
        case None:
            return NOTHING
        case _:
            return one_line(str(value))


def _parts(members: Mapping[Any, Any]) -> str:
    return "; ".join(f"{words(key)} {_plain(held)}" for key, held in members.items() if held not in (None, "", [], {}))
