"""Renewal 续约: whether a contract goes on by itself, until when one can say no (or yes), and for how long."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from domain.facts import value
from domain.terms import rules
from domain.terms.calendar import add_months, shift
from domain.terms.rules import Term

MAX_MONTHS = 1200
MAX_TIMES = 1000


class Outlook(StrEnum):
    """What becomes of the contract after its current period."""

    RENEWS_UNLESS_NOTICE = "renews_unless_notice"
    RENEWS = "renews"
    ENDS_UNLESS_NOTICE = "ends_unless_notice"
    ENDS = "ends"


@value
class Renewal(Term):
    """With `automatic`, notice prevents renewal; without it, notice brings it about. `times` None is without limit."""

    automatic: bool
    notice_days: int
    length_months: int
    times: int | None = None
    term: Literal["renewal"] = "renewal"


@value
class RenewalStanding:
    """The next period is None where none can follow; `days_left` to the notice deadline is negative once that is past."""

    outlook: Outlook
    current_end: date
    notice_deadline: date
    days_left: int
    next_start: date | None
    next_end: date | None
    formula: str


def check(term: Renewal) -> None:
    """Refuses lengths, times and notices that make no sense."""
    rules.require_count("number of days of notice", term.notice_days)
    rules.require_count("length of a renewal in months", term.length_months, 1, MAX_MONTHS)
    if term.times is not None:
        rules.require_count("number of renewals", term.times, 1, MAX_TIMES)


def period_end(term: Renewal, first_end: date, renewed: int) -> date:
    """The last day after so many renewals, reckoned from the first period, so that short months do not shift later ones."""
    return first_end if renewed == 0 else shift(add_months(shift(first_end, 1), term.length_months * renewed), -1)


def standing(term: Renewal, *, first_end: date, renewed: int, as_of: date, notice_on: date | None = None) -> RenewalStanding:
    """What follows the current period, as of a day. Notice counts up to and with its deadline; later notice changes nothing."""
    end = period_end(term, first_end, renewed)
    deadline = shift(end, -term.notice_days)
    exhausted = term.times is not None and renewed >= term.times
    noticed = notice_on is not None and notice_on <= min(deadline, as_of)
    if exhausted:
        outlook, why = Outlook.ENDS, f"all {term.times} renewals are used"
    elif noticed:
        outlook, why = (Outlook.ENDS if term.automatic else Outlook.RENEWS), f"notice was given on {notice_on}"
    elif as_of <= deadline:
        outlook = Outlook.RENEWS_UNLESS_NOTICE if term.automatic else Outlook.ENDS_UNLESS_NOTICE
        why = f"no notice by {as_of}"
    else:
        outlook, why = (Outlook.RENEWS if term.automatic else Outlook.ENDS), f"no notice by {deadline}"
    possible = outlook is not Outlook.ENDS
    next_start = shift(end, 1) if possible else None
    next_end = period_end(term, first_end, renewed + 1) if possible else None
    following = f"; the next period is {next_start} to {next_end}, {term.length_months} months" if possible else ""
    return RenewalStanding(
        outlook=outlook,
        current_end=end,
        notice_deadline=deadline,
        days_left=(deadline - as_of).days,
        next_start=next_start,
        next_end=next_end,
        formula=f"{end} − {term.notice_days} days of notice = {deadline}; {why}: {outlook.value.replace('_', ' ')}{following}",
    )
