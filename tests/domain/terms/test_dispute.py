"""Dispute paths: which step follows, from when, for which breach."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.refusals import Refusal
from domain.terms import dispute, rules
from domain.terms.calendar import DayUnit, ListedDays
from domain.terms.dispute import DisputePath, Entered, Route, Step, StepKind

TALKS = Step(kind=StepKind.NEGOTIATION, days=30)
MEDIATION = Step(kind=StepKind.MEDIATION, days=20, unit=DayUnit.WORKING)
CIETAC = Step(kind=StepKind.ARBITRATION, forum="CIETAC, Shanghai")
COURT = Step(kind=StepKind.LITIGATION, forum="People's Court of Pudong")
PATH = DisputePath(routes=(Route(steps=(TALKS, MEDIATION, CIETAC)), Route(steps=(COURT,), breaches=("confidentiality",))), law="PRC")
OPENED = date(2026, 3, 2)
OFFICE = ListedDays(name="office")


def talked(day: int = 2) -> Entered:
    return Entered(kind=StepKind.NEGOTIATION, on=date(2026, 3, day))


@pytest.mark.parametrize(
    ("breach", "entered", "following", "following_from", "formula"),
    [
        ("late payment", (), TALKS, OPENED, "opened on 2026-03-02; negotiation may be entered from 2026-03-02 on"),
        (
            "late payment",
            (talked(),),
            MEDIATION,
            date(2026, 4, 1),
            "negotiation entered on 2026-03-02 + 30 calendar days = 2026-04-01; mediation may be entered from 2026-04-01 on",
        ),
        (
            "late payment",
            (talked(), Entered(kind=StepKind.MEDIATION, on=date(2026, 4, 1))),
            CIETAC,
            date(2026, 4, 29),
            "mediation entered on 2026-04-01 + 20 working days = 2026-04-29; arbitration may be entered from 2026-04-29 on",
        ),
        ("confidentiality", (), COURT, OPENED, "opened on 2026-03-02; litigation may be entered from 2026-03-02 on"),
        (
            "confidentiality",
            (Entered(kind=StepKind.LITIGATION, on=OPENED),),
            None,
            None,
            "litigation entered on 2026-03-02 + 0 calendar days = 2026-03-02; no step follows",
        ),
    ],
)
def test_a_dispute_stands(
    breach: str, entered: tuple[Entered, ...], following: Step | None, following_from: date | None, formula: str
) -> None:
    dispute.check(PATH)
    found = dispute.standing(PATH, breach=breach, opened_on=OPENED, as_of=OPENED, entered=entered, calendar=OFFICE)
    assert (found.following, found.following_from, found.formula) == (following, following_from, formula)


def test_a_step_may_be_entered_on_its_day_and_not_before() -> None:
    def may_enter(as_of: date) -> bool:
        return dispute.standing(PATH, breach="x", opened_on=OPENED, as_of=as_of, entered=(talked(),)).may_enter

    assert (may_enter(date(2026, 3, 31)), may_enter(date(2026, 4, 1))) == (False, True)


@pytest.mark.parametrize(
    ("entered", "refusal"),
    [
        ((Entered(kind=StepKind.MEDIATION, on=OPENED),), dispute.StepOutOfTurn),
        ((talked(1),), dispute.StepTooEarly),
        ((talked(), Entered(kind=StepKind.MEDIATION, on=date(2026, 3, 31))), dispute.StepTooEarly),
    ],
)
def test_steps_out_of_turn_or_time_are_refused(entered: tuple[Entered, ...], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        dispute.standing(PATH, breach="late payment", opened_on=OPENED, as_of=OPENED, entered=entered)


def test_after_the_last_step_there_is_none_to_enter() -> None:
    entered = (Entered(kind=StepKind.LITIGATION, on=OPENED), Entered(kind=StepKind.ARBITRATION, on=OPENED))
    with pytest.raises(dispute.StepOutOfTurn, match="none: the last one is entered"):
        dispute.standing(PATH, breach="confidentiality", opened_on=OPENED, as_of=OPENED, entered=entered)


def test_a_breach_without_a_route_is_refused() -> None:
    with pytest.raises(dispute.NoRoute):
        dispute.standing(replace(PATH, routes=PATH.routes[1:]), breach="late payment", opened_on=OPENED, as_of=OPENED)


def routes(*found: Route) -> DisputePath:
    return DisputePath(routes=found, law="PRC")


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (replace(PATH, law=" "), rules.TermNeedsText),
        (routes(), rules.NothingListed),
        (routes(Route(steps=())), rules.NothingListed),
        (routes(Route(steps=(COURT,)), Route(steps=(CIETAC,))), dispute.SecondGeneralRoute),
        (routes(Route(steps=(COURT,), breaches=("a", "a"))), dispute.BreachOnTwoRoutes),
        (routes(Route(steps=(TALKS,))), dispute.LastStepMustDecide),
        (routes(Route(steps=(CIETAC, COURT))), dispute.LastStepMustDecide),
        (routes(Route(steps=(replace(COURT, forum=None),))), dispute.ForumMissing),
        (routes(Route(steps=(TALKS, TALKS, COURT))), rules.IdRepeats),
        (routes(Route(steps=(replace(TALKS, days=-1), COURT))), rules.CountOutOfRange),
    ],
)
def test_a_senseless_path_is_refused(term: DisputePath, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        dispute.check(term)
