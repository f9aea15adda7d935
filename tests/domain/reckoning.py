"""Another way to what views of money and performance say, slow and plain: entries folded in Python, sums made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from domain.contract import replay
from domain.contract.receivables import Claim, ClaimKind, claims
from domain.contract.vocabulary import Direction
from domain.facts import Entry


def in_turn(found: Sequence[Claim], currency: str) -> list[Claim]:
    """What is owed in a currency in the order in which it is paid: by its day, then what has none, then what is held back."""
    owed = [one for one in found if one.currency == currency and one.open > 0]
    held = [one for one in owed if one.kind is ClaimKind.RETENTION]
    free = [one for one in owed if one.kind is not ClaimKind.RETENTION]
    day_by_day: list[Claim] = []
    for some in (free, held):
        for day in sorted({one.due for one in some if one.due is not None}):
            day_by_day += [one for one in some if one.due == day]
        day_by_day += [one for one in some if one.due is None]
    return day_by_day


def foreseen_of(found: Sequence[Claim]) -> list[tuple[str, date | None, int]]:
    """Currency, day and amount of what is still to be paid: a deduction eats up the amounts in their turn, and what is left comes back."""
    flows: list[tuple[str, date | None, int]] = []
    for currency in {one.currency for one in found}:
        hunger = -sum(one.open for one in found if one.currency == currency and one.open < 0)
        for one in in_turn(found, currency):
            eaten = min(hunger, one.open)
            hunger -= eaten
            if one.open > eaten:
                flows.append((currency, one.due, one.open - eaten))
        if hunger:
            flows.append((currency, None, -hunger))
    return flows


def foreseen(streams: Iterable[Sequence[Entry]], on: date) -> dict[tuple[str, str], tuple[int, int]]:
    """By month and currency what comes in and what goes out."""
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for entries in streams:
        contract = replay(entries)
        for currency, due, minor in foreseen_of(claims(contract)):
            month = "undated" if due is None else "overdue" if due < on else due.isoformat()[:7]
            came, went = sums.get((month, currency), (0, 0))
            incoming = contract.direction is Direction.RECEIVABLE
            sums[month, currency] = (came + minor, went) if incoming else (came, went + minor)
    return sums


def days_of_month(day: date) -> list[date]:
    """Every day of a day's month, counted out."""
    days = [day.replace(day=1)]
    while (after := days[-1] + timedelta(days=1)).month == day.month:
        days.append(after)
    return days
