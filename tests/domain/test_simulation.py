"""A policy tried on a submission of the past says what would differ, and only that."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from domain import contract as contracts
from domain.contract.approval import SubmittedForApproval
from domain.contract.route import ONE_STEP, Quorum, RouteStep
from domain.contract.state import Contract
from domain.money import Money
from domain.policy.routes import Route, RoutesLeaveGap, RoutesOverlap, require_distinct, require_sound
from domain.policy.simulation import Then, Totals, Verdict, rejudged
from tests.domain.policies import EDITION, HEADS, LARGE, MONEY, OTHERWISE, SUBMITTED, person
from tests.facts import cny, drafted
from tests.spec import ALICE, BOB, recorded

BEFORE = contracts.replay(recorded(drafted))
ROUTES = (LARGE, OTHERWISE)


def test_the_route_that_it_took_is_the_same() -> None:
    judged = rejudged(Then(before=BEFORE, submitted=SUBMITTED, by=ALICE), "CNY", ROUTES)
    assert (judged.verdict, judged.becomes, judged.policy) == (Verdict.SAME, LARGE.chosen, EDITION)
    assert (judged.steps_differ, judged.gained, judged.lost) == (False, (), ())


def test_the_same_steps_under_another_id_are_the_same_approval() -> None:
    assert (
        rejudged(Then(before=BEFORE, submitted=SUBMITTED, by=ALICE), "CNY", (replace(LARGE, route_id="other"), OTHERWISE)).verdict
        is Verdict.SAME
    )


def test_approvers_gained_and_lost_are_named() -> None:
    fewer = replace(LARGE, steps=(replace(HEADS, approvers=(person(BOB), person("erin"))), MONEY))
    judged = rejudged(Then(before=BEFORE, submitted=SUBMITTED, by=ALICE), "CNY", (fewer, OTHERWISE))
    assert (judged.verdict, judged.steps_differ) == (Verdict.CHANGED, False)
    assert (judged.gained, judged.lost) == (("erin",), ("carol",))


@pytest.mark.parametrize("steps", [(HEADS,), (MONEY, HEADS), (replace(HEADS, quorum=Quorum.ANY), MONEY)])
def test_other_steps_are_told_apart_from_other_approvers(steps: tuple[RouteStep, ...]) -> None:
    judged = rejudged(Then(before=BEFORE, submitted=SUBMITTED, by="dave"), "CNY", (replace(LARGE, steps=steps), OTHERWISE))
    assert (judged.verdict is not Verdict.SAME, judged.steps_differ) == (True, True)


def test_what_no_route_takes_has_none() -> None:
    judged = rejudged(Then(before=BEFORE, submitted=SUBMITTED, by=ALICE), "CNY", (replace(LARGE, at_least=cny("90000.00")),))
    assert (judged.verdict, judged.becomes, judged.amount) == (Verdict.NO_ROUTE, None, cny("83420.00"))


def test_a_route_that_waits_for_who_submitted_is_barred() -> None:
    judged = rejudged(Then(before=BEFORE, submitted=SUBMITTED, by=BOB), "CNY", ROUTES)
    assert (judged.verdict, judged.barred) == (Verdict.BARRED, BOB)


def test_another_currency_counts_as_it_was_converted_then_and_not_otherwise() -> None:
    abroad = Contract(version=1, value=Money(690_105, "USD"), kind=BEFORE.kind, drafted_by=ALICE)
    converted = SubmittedForApproval(route=ONE_STEP, amount=cny("50032.61"), rate=Decimal("7.25"))
    assert rejudged(Then(before=abroad, submitted=converted, by=ALICE), "CNY", ROUTES).becomes == LARGE.chosen
    assert rejudged(Then(before=abroad, submitted=converted, by=ALICE), "EUR", ROUTES).verdict is Verdict.NO_RATE
    assert rejudged(Then(before=abroad, submitted=SubmittedForApproval(), by=ALICE), "CNY", ROUTES).verdict is Verdict.NO_RATE
    assert rejudged(Then(before=abroad, submitted=converted, by=ALICE), "USD", (OTHERWISE,)).amount == Money(690_105, "USD")


def test_flags_and_deviations_are_those_of_then() -> None:
    strict = (replace(LARGE, route_id="strict", counterparty_flagged=True), replace(LARGE, counterparty_flagged=False), OTHERWISE)
    for flagged, route in ((True, "strict"), (False, "large")):
        becomes = rejudged(Then(before=BEFORE, submitted=SUBMITTED, by=ALICE, flagged=flagged), "CNY", strict).becomes
        assert becomes is not None
        assert becomes.route_id == route


def test_what_was_not_converted_counts_at_a_rate_and_what_was_as_it_was() -> None:
    abroad = Contract(version=1, value=Money(690_105, "USD"), kind=BEFORE.kind, drafted_by=ALICE)
    then = Then(before=abroad, submitted=SubmittedForApproval(), by=ALICE, rate=Decimal("7.25"))
    judged = rejudged(then, "CNY", ROUTES)
    assert (judged.amount, judged.becomes) == (cny("50032.61"), LARGE.chosen)
    converted = SubmittedForApproval(amount=cny("100.00"), rate=Decimal("0.01"))
    assert rejudged(replace(then, submitted=converted), "CNY", ROUTES).amount == cny("100.00")
    assert rejudged(replace(then, rate=Decimal(999_999_999)), "CNY", ROUTES).amount == Money(690_104_999_309_895, "CNY")
    too_much = replace(abroad, value=Money(2**53 - 1, "USD"))
    assert rejudged(replace(then, before=too_much), "CNY", ROUTES).verdict is Verdict.NO_RATE


def test_totals_count_each_submission_once_and_each_approver_as_often_as_it_is_gained() -> None:
    totals = Totals()
    for submitted in (SUBMITTED, SubmittedForApproval(), SubmittedForApproval()):
        totals.add(rejudged(Then(before=BEFORE, submitted=submitted, by=ALICE), "CNY", (OTHERWISE,)))
    assert (totals.submissions, dict(totals.by_verdict)) == (3, {Verdict.CHANGED: 3})
    assert (dict(totals.gained), totals.lost["carol"]) == ({BOB: 2}, 1)
    assert (totals.steps_differ, totals.approvers_differ) == (3, 3)


def test_a_policy_with_a_gap_can_be_tried_but_not_published_and_one_that_is_ambiguous_neither() -> None:
    require_distinct("CNY", (LARGE,))
    with pytest.raises(RoutesLeaveGap):
        require_sound("CNY", (LARGE,))
    twice: tuple[Route, ...] = (LARGE, replace(LARGE, route_id="again"))
    with pytest.raises(RoutesOverlap):
        require_distinct("CNY", twice)
