"""Amounts and days as contracts that are written out have them."""

from __future__ import annotations

import re
from datetime import date

from domain.money import Money
from infra.translations import ENGLISH


def figures(money: Money) -> str:
    """An amount as contracts write it: CNY 83,420.00."""
    sign, whole, point, part = re.fullmatch(r"(-?)(\d+)(\.?)(\d*)", money.amount).groups()  # type: ignore[union-attr]
    return f"{money.currency} {sign}{int(whole):,}{point}{part}"


def day_in(day: date, language: str) -> str:
    """A day as contracts write it."""
    return day.isoformat() if language == ENGLISH else f"{day.year}年{day.month}月{day.day}日"
