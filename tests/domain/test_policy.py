"""Policies are published only when every contract has exactly one route, and every route an end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.contract.route import Approver, ApproverKind, Quorum, RouteStep
from domain.contract.vocabulary import Direction, Kind
from domain.facts import Entry, Fact, Meta, Occasion
from domain.money import Money
from domain.policy import (
    ApprovalPolicyPublished,
    NothingInPolicyChanges,
    Policy,
    PolicyNotInUse,
    PolicyRetired,
    PublishPolicy,
    RetirePolicy,
    decide,
    fold,
)
from domain.policy.routes import (
    MAX_ROUTES,
    Case,
    PolicyNeedsText,
    PolicyNotSound,
    Route,
    RoutesLeaveGap,
    RoutesOverlap,
    choose,
    require_sound,
)
from domain.refusals import Refusal
from tests.domain.policies import HEADS, LARGE, OTHERWISE, person, policy
from tests.facts import cny
from tests.spec import ALICE, BOB, START

NOW = Occasion(actor=ALICE, now=START, effective_at=START)
STEPS = (RouteStep(title="主管 / Head", approvers=(person(BOB),)),)
SMALL = Route(route_id="small", steps=STEPS, below=cny("50000.00"))
BIG = Route(route_id="big", steps=STEPS, at_least=cny("50000.00"))
PUBLISH = PublishPolicy(title="审批制度 / Approvals", currency="CNY", routes=(LARGE, OTHERWISE))


def folded(*facts: Fact) -> Policy:
    state = Policy()
    for n, fact in enumerate(facts, 1):
        fold(state, Entry(n, "policy-approval", n, fact, START, START, f"c{n}", Meta(actor=ALICE, credential="k", channel="api")))
    return state


def test_editions_are_counted_and_the_latest_decides() -> None:
    first = decide(Policy(), PUBLISH, NOW)
    assert first == [ApprovalPolicyPublished(edition=1, title=PUBLISH.title, currency="CNY", routes=PUBLISH.routes)]
    once = folded(ApprovalPolicyPublished(edition=1, title=PUBLISH.title, currency="CNY", routes=PUBLISH.routes))
    (second,) = decide(once, replace(PUBLISH, routes=(OTHERWISE,)), NOW)
    assert isinstance(second, ApprovalPolicyPublished)
    assert second.edition == 2
    fold(once, Entry(2, "policy-approval", 2, second, START, START, "c", Meta(actor=ALICE, credential="k", channel="api")))
    assert (once.routes, once.in_use) == ((OTHERWISE,), True)


def test_what_was_retired_can_be_published_again_as_a_new_edition() -> None:
    retired = folded(
        ApprovalPolicyPublished(edition=1, title=PUBLISH.title, currency="CNY", routes=PUBLISH.routes), PolicyRetired(edition=1, why="x")
    )
    assert not retired.in_use
    (again,) = decide(retired, PUBLISH, NOW)
    assert isinstance(again, ApprovalPolicyPublished)
    assert again.edition == 2


@pytest.mark.parametrize(
    ("state", "command", "refusal"),
    [
        (Policy(), replace(PUBLISH, title=" ", routes=()), PolicyNeedsText),
        (policy(LARGE, OTHERWISE), PUBLISH, NothingInPolicyChanges),
        (Policy(), RetirePolicy(why=""), PolicyNotInUse),
        (policy(LARGE, OTHERWISE), RetirePolicy(why=""), PolicyNeedsText),
    ],
)
def test_what_the_stream_refuses_in_the_order_of_its_rules(state: Policy, command: Any, refusal: type[Refusal]) -> None:  # noqa: ANN401 - either command
    with pytest.raises(refusal) as refused:
        decide(state, command, NOW)
    assert type(refused.value) is refusal


def test_a_policy_in_use_is_retired_for_a_reason() -> None:
    assert decide(policy(OTHERWISE), RetirePolicy(why="改版"), NOW) == [PolicyRetired(edition=2, why="改版")]


ROLE_OF_NOBODY = Approver(kind=ApproverKind.ROLE, name="emperor")
READERS = Approver(kind=ApproverKind.ROLE, name="reader")


@pytest.mark.parametrize(
    ("currency", "routes", "says"),
    [
        ("XXX", (OTHERWISE,), "ISO 4217"),
        ("CNY", (), "0 routes"),
        ("CNY", tuple(replace(OTHERWISE, route_id=str(n), otherwise=False) for n in range(MAX_ROUTES + 1)), "101 routes"),
        ("CNY", (SMALL, replace(BIG, route_id="small")), "same id"),
        ("CNY", (replace(OTHERWISE, steps=()),), "has no steps"),
        ("CNY", (replace(OTHERWISE, steps=(RouteStep(title="x", approvers=()),)),), "nobody decides"),
        ("CNY", (replace(OTHERWISE, steps=(RouteStep(title="x", approvers=(person(BOB), person(BOB))),)),), "named twice"),
        ("CNY", (replace(OTHERWISE, steps=(RouteStep(title="x", approvers=(ROLE_OF_NOBODY,)),)),), "no role 'emperor'"),
        ("CNY", (replace(OTHERWISE, steps=(RouteStep(title="x", approvers=(READERS,)),)),), "waits for readers"),
        ("CNY", (replace(OTHERWISE, steps=(HEADS, *STEPS)),), "in two steps"),
        ("EUR", (SMALL, BIG), "above zero in EUR"),
        ("CNY", (replace(SMALL, below=cny("0.00")), BIG), "above zero in CNY"),
        ("CNY", (replace(SMALL, at_least=cny("50000.00")), BIG), "ends before it begins"),
        ("CNY", (replace(OTHERWISE, kinds=(Kind.SALES,)),), "states what it is for"),
        ("CNY", (replace(OTHERWISE, deviates=False),), "states what it is for"),
        ("CNY", (replace(OTHERWISE, counterparty_flagged=True),), "states what it is for"),
        ("CNY", (OTHERWISE, replace(OTHERWISE, route_id="other")), "two routes are for everything else"),
    ],
)
def test_routes_that_cannot_be_told_apart_or_walked_are_not_sound(currency: str, routes: Sequence[Route], says: str) -> None:
    with pytest.raises(PolicyNotSound, match=says):
        require_sound(currency, routes)


def test_ids_titles_and_names_are_not_blank() -> None:
    for flawed in (
        replace(OTHERWISE, route_id=""),
        replace(OTHERWISE, steps=(replace(HEADS, title=" "),)),
        replace(OTHERWISE, steps=(replace(HEADS, approvers=(person(""),)),)),
    ):
        with pytest.raises(PolicyNeedsText):
            require_sound("CNY", (flawed,))


def test_one_person_may_decide_two_steps_where_the_route_says_so_or_where_another_may_stand_in() -> None:
    require_sound("CNY", (replace(OTHERWISE, steps=(HEADS, *STEPS), may_repeat=True),))
    require_sound("CNY", (replace(OTHERWISE, steps=(HEADS, replace(HEADS, quorum=Quorum.ANY))),))


def test_bands_that_meet_neither_overlap_nor_leave_a_gap() -> None:
    require_sound("CNY", (SMALL, BIG))
    with pytest.raises(RoutesOverlap) as both:
        require_sound("CNY", (replace(SMALL, below=cny("50000.01")), BIG))
    assert both.value.details["example"] == "sales contracts, receivable, of 50000.00 CNY, no department that is named"
    with pytest.raises(RoutesLeaveGap) as neither:
        require_sound("CNY", (replace(SMALL, below=cny("49999.99")), BIG))
    assert neither.value.details == {"example": "sales contracts, receivable, of 49999.99 CNY, no department that is named"}


def test_a_gap_in_one_department_is_found() -> None:
    law = replace(SMALL, route_id="law", departments=("法务",), below=cny("1.00"))
    with pytest.raises(RoutesLeaveGap, match="no department that is named"):
        require_sound("CNY", (law,))
    with pytest.raises(RoutesOverlap, match="department 法务"):
        require_sound("CNY", (law, SMALL, BIG))


def test_contracts_that_deviate_and_flagged_counterparties_need_a_route_of_their_own_where_the_others_have_one() -> None:
    plain, deviating, flagged = (
        Route(route_id="plain", steps=STEPS, deviates=False, counterparty_flagged=False),
        Route(route_id="deviating", steps=STEPS, deviates=True),
        Route(route_id="flagged", steps=STEPS, deviates=False, counterparty_flagged=True),
    )
    require_sound("CNY", (plain, deviating, flagged))
    for left, says in (
        ((plain, deviating), "no department that is named, with a flagged counterparty"),
        ((plain, flagged), "no department that is named, that deviate from their template"),
    ):
        with pytest.raises(RoutesLeaveGap, match=says):
            require_sound("CNY", left)
    with pytest.raises(RoutesOverlap, match="that deviate from their template, with a flagged counterparty"):
        require_sound("CNY", (deviating, replace(flagged, deviates=None)))


def yuan(fen: int) -> Money:
    """An amount in yuan."""
    return Money(fen, "CNY")


subsets = st.sets(st.sampled_from(Kind), max_size=2).map(tuple)
bounds = st.none() | st.sampled_from([1, 100, 101, 5_000]).map(yuan)
routes = st.lists(
    st.builds(
        Route,
        route_id=st.just("r"),
        steps=st.just(STEPS),
        kinds=subsets,
        directions=st.sets(st.sampled_from(Direction), max_size=1).map(tuple),
        departments=st.sets(st.sampled_from(["甲", "乙"]), max_size=2).map(tuple),
        at_least=bounds,
        below=bounds,
        deviates=st.sampled_from([None, None, True, False]),
        counterparty_flagged=st.sampled_from([None, None, True, False]),
    ),
    min_size=1,
    max_size=5,
).map(lambda found: tuple(replace(r, route_id=f"r{n}") for n, r in enumerate(found)))
cases = st.builds(
    Case,
    kind=st.sampled_from(Kind),
    direction=st.sampled_from(Direction),
    department=st.sampled_from([None, "甲", "乙", "丙"]),
    minor=st.sampled_from([0, 1, 99, 100, 101, 102, 4_999, 5_000, 5_001, 2**53 - 1]),
    deviates=st.booleans(),
    flagged=st.booleans(),
)


@drawn(routes=routes, cases=st.lists(cases, min_size=20, max_size=20))
def test_a_sound_policy_takes_each_contract_by_exactly_one_route(routes: tuple[Route, ...], cases: list[Case]) -> None:
    try:
        require_sound("CNY", routes)
    except RoutesOverlap as refused:
        first, second = (next(r for r in routes if r.route_id == refused.details[name]) for name in ("first", "second"))
        assert first != second
        return
    except Refusal:
        require_rest(routes, cases)
        return
    for case in cases:
        assert sum(route.takes(case) for route in routes) == 1
        assert choose(routes, case) in routes


def require_rest(routes: tuple[Route, ...], cases: list[Case]) -> None:
    """With a route for everything else, what had a gap takes it there."""
    rest = (*routes, OTHERWISE)
    try:
        require_sound("CNY", rest)
    except Refusal:
        return
    for case in cases:
        taken = [route for route in routes if route.takes(case)]
        assert choose(rest, case) == (taken[0] if taken else OTHERWISE)
