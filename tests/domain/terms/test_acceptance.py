"""Acceptance windows: when they close, and what silence means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusals import Refusal
from domain.terms import acceptance, rules
from domain.terms.acceptance import AcceptanceWindow, Answer, Outcome, Silence
from domain.terms.calendar import DayUnit, ListedDays

REQUESTED = date(2026, 3, 5)
WINDOW = AcceptanceWindow(criteria=("all tests of annex 2 pass",), days=10)
ESCALATING = replace(WINDOW, silence=Silence.ESCALATES, escalates_to="head of purchasing")
YES, NO = (Answer(on=date(2026, 3, 12), accepted=accepted) for accepted in (True, False))
LAST_NO = Answer(on=date(2026, 3, 15), accepted=False)
LATE_NO = Answer(on=date(2026, 3, 20), accepted=False)


@pytest.mark.parametrize(
    ("term", "answer", "as_of", "outcome", "settled"),
    [
        (WINDOW, None, date(2026, 3, 15), Outcome.OPEN, None),
        (WINDOW, None, date(2026, 3, 16), Outcome.DEEMED_ACCEPTED, date(2026, 3, 15)),
        (WINDOW, YES, date(2026, 3, 12), Outcome.ACCEPTED, date(2026, 3, 12)),
        (WINDOW, NO, date(2026, 3, 30), Outcome.REJECTED, date(2026, 3, 12)),
        (WINDOW, NO, date(2026, 3, 11), Outcome.OPEN, None),
        (WINDOW, LAST_NO, date(2026, 3, 30), Outcome.REJECTED, date(2026, 3, 15)),
        (WINDOW, LATE_NO, date(2026, 3, 30), Outcome.DEEMED_ACCEPTED, date(2026, 3, 15)),
        (ESCALATING, None, date(2026, 3, 15), Outcome.OPEN, None),
        (ESCALATING, None, date(2026, 3, 16), Outcome.ESCALATED, None),
        (ESCALATING, LATE_NO, date(2026, 3, 30), Outcome.REJECTED, date(2026, 3, 20)),
    ],
)
def test_an_acceptance_stands(term: AcceptanceWindow, answer: Answer | None, as_of: date, outcome: Outcome, settled: date | None) -> None:
    acceptance.check(term)
    found = acceptance.standing(term, requested_on=REQUESTED, as_of=as_of, answer=answer)
    assert (found.outcome, found.settled_on, found.deadline) == (outcome, settled, date(2026, 3, 15))
    assert found.days_left == (date(2026, 3, 15) - as_of).days


def test_the_standing_says_how_it_came_about() -> None:
    found = acceptance.standing(ESCALATING, requested_on=REQUESTED, as_of=date(2026, 3, 16))
    assert found.formula == (
        "requested on 2026-03-05 + 10 calendar days (7×24) = 2026-03-15; "
        "no answer by 2026-03-15, and silence goes to head of purchasing: escalated"
    )


def test_a_window_may_count_working_days() -> None:
    office = ListedDays(name="office")
    found = acceptance.standing(replace(WINDOW, unit=DayUnit.WORKING), requested_on=REQUESTED, as_of=date(2026, 3, 16), calendar=office)
    assert (found.deadline, found.days_left) == (date(2026, 3, 19), 3)


@given(st.integers(1, 60), st.integers(0, 90))
def test_silence_is_open_up_to_and_with_the_deadline_and_settled_after_it(days: int, passed: int) -> None:
    found = acceptance.standing(replace(WINDOW, days=days), requested_on=REQUESTED, as_of=REQUESTED + timedelta(days=passed))
    assert (found.outcome is Outcome.OPEN) == (passed <= days)


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (replace(WINDOW, criteria=()), rules.NothingListed),
        (replace(WINDOW, criteria=("fine", " ")), rules.TermNeedsText),
        (replace(WINDOW, days=0), rules.CountOutOfRange),
        (replace(ESCALATING, escalates_to=" "), acceptance.EscalationUnnamed),
    ],
)
def test_a_senseless_window_is_refused(term: AcceptanceWindow, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        acceptance.check(term)


def test_an_answer_before_the_request_is_refused() -> None:
    with pytest.raises(rules.PeriodRunsBackwards):
        acceptance.standing(WINDOW, requested_on=REQUESTED, as_of=REQUESTED, answer=Answer(on=date(2026, 3, 4), accepted=True))
