"""Acceptance 验收: a window in which what was delivered is accepted or rejected, and what silence means."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from domain.facts import value
from domain.refusals import Refusal
from domain.terms import rules
from domain.terms.calendar import Calendar, DayUnit, EveryDay, after, count_between
from domain.terms.rules import Term


class Silence(StrEnum):
    """What it means when nobody answers within the window."""

    ACCEPTED = "accepted"
    ESCALATES = "escalates"


class Outcome(StrEnum):
    """Where an acceptance stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DEEMED_ACCEPTED = "deemed_accepted"
    ESCALATED = "escalated"


@value
class AcceptanceWindow(Term):
    """So many days after the request, which itself does not count; `escalates_to` names a role or a person."""

    criteria: tuple[str, ...]
    days: int
    unit: DayUnit = DayUnit.CALENDAR
    silence: Silence = Silence.ACCEPTED
    escalates_to: str | None = None
    term: Literal["acceptance_window"] = "acceptance_window"


@value
class Answer:
    """Somebody accepted or rejected, on a day."""

    on: date
    accepted: bool


@value
class AcceptanceStanding:
    """`days_left` counts in the window's unit, and is negative once the deadline is past; `settled_on` is when it was decided."""

    outcome: Outcome
    deadline: date
    days_left: int
    settled_on: date | None
    formula: str


class EscalationUnnamed(Refusal):
    """Who escalates says to whom."""

    template = "Silence escalates, but the term does not say to whom."


def check(term: AcceptanceWindow) -> None:
    """Refuses windows without criteria or without days, and escalation to nobody."""
    if not term.criteria:
        raise rules.NothingListed(element="criterion of acceptance")
    for criterion in term.criteria:
        rules.require_text("criterion of acceptance", criterion)
    rules.require_count("number of days to accept", term.days, 1)
    if term.silence is Silence.ESCALATES and not (term.escalates_to or "").strip():
        raise EscalationUnnamed


def standing(
    term: AcceptanceWindow, *, requested_on: date, as_of: date, answer: Answer | None = None, calendar: Calendar | None = None
) -> AcceptanceStanding:
    """Where the acceptance stands as of a day.

    Where silence accepts, an answer after the deadline comes too late to change that; where it escalates, a late answer still counts.
    An answer after `as_of` is not known yet. Refuses with PeriodRunsBackwards an answer before the request.
    """
    days = calendar or EveryDay()
    deadline = after(days, term.unit, requested_on, term.days)
    if answer is not None:
        rules.require_order("acceptance", requested_on, answer.on)
    known = answer if answer is not None and answer.on <= as_of else None
    in_time = known is not None and (known.on <= deadline or term.silence is Silence.ESCALATES)
    if known is not None and in_time:
        outcome, settled = (Outcome.ACCEPTED if known.accepted else Outcome.REJECTED), known.on
        why = f"answered on {known.on}"
    elif as_of <= deadline:
        outcome, settled, why = Outcome.OPEN, None, f"no answer by {as_of}"
    elif term.silence is Silence.ACCEPTED:
        outcome, settled, why = Outcome.DEEMED_ACCEPTED, deadline, f"no answer by {deadline}, and silence means accepted"
    else:
        outcome, settled, why = Outcome.ESCALATED, None, f"no answer by {deadline}, and silence goes to {term.escalates_to}"
    unit = term.unit.value.replace("_", " ")
    return AcceptanceStanding(
        outcome=outcome,
        deadline=deadline,
        days_left=count_between(days, term.unit, as_of, deadline),
        settled_on=settled,
        formula=f"requested on {requested_on} + {term.days} {unit} ({days.name}) = {deadline}; {why}: {outcome.value.replace('_', ' ')}",
    )
