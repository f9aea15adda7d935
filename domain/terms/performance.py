"""Bonus and malus on a key figure (KPI): linear between agreed points, flat beyond them, within caps."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from domain.facts import value
from domain.money import Money
from domain.terms import rules
from domain.terms.exact import Ratio, amount_text, between, percent
from domain.terms.rules import Term


@value
class Point:
    """At this measurement this share of the fee is added, or taken off where it is negative."""

    at: Decimal
    pay: Ratio


@value
class PerformancePay(Term):
    """Caps are shares of the same fee."""

    metric: str
    points: tuple[Point, ...]
    unit: str = ""
    max_bonus: Ratio | None = None
    max_malus: Ratio | None = None
    term: Literal["performance_pay"] = "performance_pay"


@value
class Pay:
    """Above zero a bonus, below it a malus."""

    amount: Money
    fee: Money
    measured: str
    formula: str


def check(term: PerformancePay) -> None:
    """Refuses fewer than two points, points out of order, and more malus than the whole fee."""
    rules.require_text("metric", term.metric)
    rules.require_count("number of points", len(term.points), 2)
    for point in term.points:
        rules.require_figure("measurement of a point", point.at)
        if point.pay.exact < -1:
            raise rules.ShareOutOfRange(field="malus", allowed="at most 100%", given=point.pay)
    rules.require_rising("measurement of the points", (Fraction(point.at) for point in term.points))
    rules.require_share("greatest bonus", term.max_bonus, zero=True, above_one=True)
    rules.require_share("greatest malus", term.max_malus, zero=True)


def pay(term: PerformancePay, *, measured: Decimal, fee: Money) -> Pay:
    """The bonus or malus, rounded half to even once, within the caps. Refusals: FigureOutOfRange, AmountOutOfRange."""
    rules.require_not_negative("fee", fee)
    at = rules.require_figure("measurement", measured)
    reached, how = _reached(term.points, at)
    exact = reached * fee.minor
    low = None if term.max_malus is None else -term.max_malus.exact * fee.minor
    high = None if term.max_bonus is None else term.max_bonus.exact * fee.minor
    amount = between(low, exact, high, fee.currency)
    bound = ""
    if high is not None and exact > high:
        bound = f"; a bonus is at most {term.max_bonus}"
    elif low is not None and exact < low:
        bound = f"; a malus is at most {term.max_malus}"
    return Pay(
        amount=amount,
        fee=fee,
        measured=str(measured),
        formula=f"{term.metric} {measured}{term.unit}: {how} = {percent(reached)}; "
        f"{percent(reached)} × {fee} = {amount_text(exact, fee.currency)}{bound}; pay {amount}",
    )


def _reached(points: tuple[Point, ...], at: Fraction) -> tuple[Fraction, str]:
    first, last = points[0], points[-1]
    if at <= Fraction(first.at):
        return first.pay.exact, f"at or below {first.at}"
    for low, high in pairwise(points):
        if at < Fraction(high.at):
            way = (at - Fraction(low.at)) / (Fraction(high.at) - Fraction(low.at))
            how = f"{low.pay} + ({high.pay} − {low.pay}) × {way} of the way from {low.at} to {high.at}"
            return low.pay.exact + (high.pay.exact - low.pay.exact) * way, how
    return last.pay.exact, f"at or above {last.at}"
