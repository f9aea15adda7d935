"""Cash forecast 资金预测: what will probably be paid of each claim, and in which week, month or quarter. It answers, and writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from domain.contract.days import end_of_month
from domain.contract.receivables import Claim, ClaimKind


class Per(StrEnum):
    """How long the spans of a forecast are. Weeks are those of ISO 8601."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


class Span(NamedTuple):
    """A week, month or quarter: what it is called, and its first and last day."""

    name: str
    first: date
    last: date


def expected(claims: Sequence[Claim]) -> list[int]:
    """What will probably be paid of each claim of one contract, in minor units and in their order; it comes to what is open in all.

    What takes from what is owed (a penalty, a credit, a payment that names no instalment, what is held back of the rest) is set off
    against what is owed in its currency: first against what falls due first, then against what has no day yet, at last against what is
    held back until its day. What cannot be set off stays below zero: it would have to be paid back.
    """
    expects = [claim.open for claim in claims]
    taking = [n for n, claim in enumerate(claims) if claim.open < 0]
    for n in sorted((n for n, claim in enumerate(claims) if claim.open > 0), key=lambda n: sooner(claims[n])):
        for taken in taking:
            if claims[taken].currency == claims[n].currency:
                minor = min(expects[n], -expects[taken])
                expects[n] -= minor
                expects[taken] += minor
    return expects


def sooner(claim: Claim) -> tuple[bool, bool, date]:
    """What sorts before another is paid before it, as far as anybody can tell."""
    return claim.kind is ClaimKind.RETENTION, claim.due is None, claim.due or date.max


def span(per: Per, day: date) -> Span:
    """The span that a day is in."""
    match per:
        case Per.WEEK:
            year, week, weekday = day.isocalendar()
            first = date.fromordinal(max(day.toordinal() - weekday + 1, 1))
            return Span(f"{year:04}-W{week:02}", first, up_to(day, 7 - weekday))
        case Per.MONTH:
            return Span(f"{day.year:04}-{day.month:02}", day.replace(day=1), end_of_month(day))
        case Per.QUARTER:
            quarter = (day.month + 2) // 3
            first = date(day.year, 3 * quarter - 2, 1)
            return Span(f"{day.year:04}-Q{quarter}", first, end_of_month(first.replace(month=3 * quarter)))


def up_to(day: date, days: int) -> date:
    """The day so many days later, or the last that there is."""
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))
