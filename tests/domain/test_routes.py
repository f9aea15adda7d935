"""Contracts on the routes of a policy: who has to agree, in which order, and who never may."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.access import Role
from domain.contract.amendment import ApproveAmendment, ProposerMayNotApprove, RejectAmendment
from domain.contract.approval import (
    ApprovalCompleted,
    Approve,
    CreatorMayNotApprove,
    DecidedAlready,
    DelegateStep,
    NotAnApprover,
    Reject,
    SendBack,
    SentBack,
    StepApproved,
    StepDelegated,
    StepRejected,
    SubmitForApproval,
    SubmittedForApproval,
)
from domain.contract.delegated import DelegationNotBegun, DelegationOver
from domain.contract.deviation import ClauseDeviationRequested
from domain.contract.drafting import ValueChanged
from domain.contract.payment import PaymentUnscheduled
from domain.contract.route import Approver, ApproverKind, ChosenRoute, DelegationRef, PartySeen, Quorum, RouteStep
from domain.contract.vocabulary import Kind, Status
from domain.delegation import Scope
from domain.money import Money
from domain.party import Party
from domain.party.state import FlagSeverity, PartyFlag, StandingFlag
from tests.domain.policies import (
    EDITION,
    FINANCE,
    LARGE,
    OTHERWISE,
    RULED,
    Delegated,
    Ruled,
    delegation,
    heads_agreed,
    person,
    policy,
    routed,
)
from tests.facts import amendment_proposed, cny, drafted, submitted
from tests.spec import ALICE, BOB, CAROL, DAVE, Given, given, told

UNSCHEDULED = (PaymentUnscheduled(instalment_id="i1"), PaymentUnscheduled(instalment_id="i2"))


def test_a_submission_pins_the_route_the_edition_and_the_amount() -> None:
    given(drafted).when(SubmitForApproval(note="x"), around=RULED).then(
        SubmittedForApproval(note="x", route=LARGE.chosen, policy=EDITION, amount=cny("83420.00"))
    )


def test_another_currency_is_converted_at_the_stated_rate_and_rounded_half_to_even() -> None:
    abroad = drafted + told(*UNSCHEDULED, ValueChanged(value=Money(690_105, "USD")))
    done = given(abroad).when(SubmitForApproval(rate=Decimal("7.25")), around=RULED)
    done.then(SubmittedForApproval(route=LARGE.chosen, policy=EDITION, amount=cny("50032.61"), rate=Decimal("7.25")))
    yen = drafted + told(*UNSCHEDULED, ValueChanged(value=Money(1_000_001, "JPY")))
    small = given(yen).when(SubmitForApproval(rate=Decimal("0.049999")), around=RULED)
    small.then(SubmittedForApproval(route=OTHERWISE.chosen, policy=EDITION, amount=cny("49999.05"), rate=Decimal("0.049999")))


def test_bands_begin_with_their_first_amount() -> None:
    for amount, route in (("49999.99", OTHERWISE), ("50000.00", LARGE), ("50000.01", LARGE)):
        priced = drafted + told(*UNSCHEDULED, ValueChanged(value=cny(amount)))
        done = given(priced).when(SubmitForApproval(), around=RULED)
        done.then(SubmittedForApproval(route=route.chosen, policy=EDITION, amount=cny(amount)))


SINCE = datetime(2026, 1, 1, tzinfo=UTC)
FLAG = StandingFlag(why="被执行人", severity=FlagSeverity.WARNS, flagged_by=CAROL, flagged_at=SINCE)
OF_FLAGGED = replace(LARGE, route_id="of flagged", counterparty_flagged=True)
BY_FLAG = policy(replace(LARGE, counterparty_flagged=False), OF_FLAGGED, OTHERWISE)


def test_a_flagged_counterparty_is_looked_up_and_pinned() -> None:
    for flags, route in (({}, LARGE), ({PartyFlag.DISHONEST_DEBTOR: FLAG}, OF_FLAGGED)):
        around = Ruled(BY_FLAG, huadong=Party(version=4, name="华东", flags=dict(flags)))
        seen = (PartySeen(party_id="huadong", version=4, flagged=bool(flags)),)
        done = given(drafted).when(SubmitForApproval(), around=around)
        done.then(SubmittedForApproval(route=route.chosen, policy=EDITION, amount=cny("83420.00"), parties=seen))
    given(drafted).when(SubmitForApproval(), around=Ruled(BY_FLAG)).then(
        SubmittedForApproval(route=LARGE.chosen, policy=EDITION, amount=cny("83420.00"))
    )


def test_a_contract_that_deviates_from_its_template_takes_its_own_route() -> None:
    strict = replace(LARGE, route_id="of deviating", deviates=True)
    around = Ruled(policy(replace(LARGE, deviates=False), strict, OTHERWISE))
    asked = ClauseDeviationRequested(deviation_id="v1", clause_id="9", becomes=None, why="对方要求")
    for history, route in ((drafted, LARGE), (drafted + told(asked), strict)):
        done = given(history).when(SubmitForApproval(), around=around)
        done.then(SubmittedForApproval(route=route.chosen, policy=EDITION, amount=cny("83420.00")))


def test_a_step_in_parallel_waits_for_everybody_and_the_last_step_completes() -> None:
    first = given(routed).when(Approve(), by=CAROL).then(StepApproved(step=1, seat=person(CAROL)))
    first.and_when(Approve(), by=DAVE).then_refused(NotAnApprover, step=1, approvers=BOB, actor=DAVE)
    second = first.and_when(Approve(opinion="同意"), by=BOB).then(StepApproved(step=1, opinion="同意", seat=person(BOB)))
    last = Given(second.entries).when(Approve(), by=DAVE, roles=("finance",))
    last.then(StepApproved(step=2, seat=FINANCE), ApprovalCompleted()).then_contract(status=Status.APPROVED, approved_by=DAVE)


def test_nobody_decides_a_step_before_its_turn() -> None:
    given(routed).when(Approve(), by=DAVE, roles=("finance",)).then_refused(NotAnApprover, step=1, approvers="bob, carol", actor=DAVE)


def test_a_delegate_decides_on_behalf_of_who_left_the_step_to_them() -> None:
    left = given(routed).when(DelegateStep(to=DAVE, why="出差"), by=BOB)
    left.then(StepDelegated(step=1, seat=person(BOB), to=DAVE, why="出差"))
    left.and_when(Approve(), by=DAVE).then(StepApproved(step=1, seat=person(BOB), on_behalf_of=BOB))


def test_a_step_may_still_be_decided_by_who_left_it_to_another() -> None:
    left = given(routed).when(DelegateStep(to=DAVE, why="出差"), by=BOB).and_when(Approve(), by=BOB)
    left.then(StepApproved(step=1, seat=person(BOB))).and_when(Approve(), by=DAVE).then_refused(NotAnApprover)


def test_what_was_sent_back_is_judged_anew_by_the_edition_then_in_use() -> None:
    back = given(heads_agreed).when(SendBack(opinion="补充"), by=DAVE, roles=("finance",))
    back.then(SentBack(step=2, opinion="补充", seat=FINANCE)).then_contract(status=Status.DRAFT, approval=None)
    again = Given(back.entries).when(SubmitForApproval(), around=Ruled(policy(OTHERWISE)))
    again.then(SubmittedForApproval(route=OTHERWISE.chosen, policy=EDITION, amount=cny("83420.00")))


def test_a_delegate_decides_within_the_scope_and_the_fact_pins_the_delegation() -> None:
    scope = Scope(kinds=(Kind.SUPPLIER,), departments=("行政部 / Administration",), steps=(LARGE.steps[0].title,), at_most=cny("83420.00"))
    around = Delegated({"d1": delegation(BOB, DAVE, scope), "d2": delegation("erin", "frank", Scope(roles=(Role.FINANCE,)))}, "erin")
    under = DelegationRef(delegation_id="d1", version=1)
    first = given(routed).when(Approve(delegation_id="d1"), by=DAVE, around=around)
    first.then(StepApproved(step=1, seat=person(BOB), on_behalf_of=BOB, delegation=under))
    (decided,) = first.contract.approval.decisions if first.contract.approval else ()
    assert (decided.by, decided.on_behalf_of, decided.delegation) == (DAVE, BOB, under)
    given(routed).when(Reject(opinion="不同意", delegation_id="d1"), by=DAVE, around=around).then(
        StepRejected(step=1, opinion="不同意", seat=person(BOB), on_behalf_of=BOB, delegation=under)
    )
    # Whoever decided one step, or for whom it was decided, decides no other where different people are wanted.
    agreed = told(*(d.fact for d in first.decided), by=DAVE) + told(StepApproved(step=1, seat=person(CAROL)), by=CAROL)
    for who in (BOB, DAVE):
        given(routed + agreed).when(Approve(), by=who, roles=("finance",)).then_refused(DecidedAlready, actor=who, step=2)
    last = given(routed + agreed).when(Approve(delegation_id="d2"), by="frank", around=around)
    by_role = StepApproved(step=2, seat=FINANCE, on_behalf_of="erin", delegation=DelegationRef(delegation_id="d2", version=1))
    last.then(by_role, ApprovalCompleted())


def test_a_delegation_counts_from_its_first_moment_until_before_its_last() -> None:
    begins, ends = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    around = Delegated({"d1": replace(delegation(BOB, DAVE), begins_at=begins, ends_at=ends)})
    tick = timedelta(microseconds=1)
    for at, refusal in ((begins - tick, DelegationNotBegun), (begins, None), (ends - tick, None), (ends, DelegationOver)):
        done = given(routed).when(Approve(delegation_id="d1"), by=DAVE, around=around, at=at)
        assert type(done.refusal) is (refusal or type(None)), at
    # The moment that counts is the server's, whatever day somebody gives.
    given(routed).when(Approve(delegation_id="d1"), by=DAVE, around=around, at=ends, effective_at=ends - tick).then_refused(DelegationOver)


def test_a_step_that_names_nobody_is_for_approvers_where_the_interface_says_what_somebody_is() -> None:
    for roles in (("finance",), ("drafter", "admin")):
        refused = given(submitted).when(Approve(), by=DAVE, roles=roles)
        refused.then_refused(NotAnApprover, step=1, approvers="role approver", actor=DAVE)
    for some in ((), ("approver",), ("approver", "finance")):
        given(submitted).when(Approve(), by=DAVE, roles=some).then(StepApproved(step=1), ApprovalCompleted())


PEOPLE = (ALICE, BOB, CAROL, DAVE, "erin", "frank")
approvers = st.builds(Approver, kind=st.just(ApproverKind.PRINCIPAL), name=st.sampled_from(PEOPLE)) | st.just(FINANCE)
steps = st.builds(
    RouteStep,
    title=st.just("x"),
    approvers=st.lists(approvers, min_size=1, max_size=3, unique=True).map(tuple),
    quorum=st.sampled_from(Quorum),
)
chosen = st.builds(ChosenRoute, route_id=st.just("r"), steps=st.lists(steps, min_size=1, max_size=3).map(tuple), may_repeat=st.booleans())
# What somebody does: leaves the step to another, decides under a delegation of another, or decides.
deeds = st.none() | st.tuples(st.sampled_from(("leaves", "decides for")), st.sampled_from(PEOPLE))
turns = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(((), ("finance",))), deeds)
# Everybody delegated to everybody; some of them could decide as finance.
EVERYWHERE = Delegated({f"{one}-{other}": delegation(one, other) for one in PEOPLE for other in PEOPLE if one != other}, ALICE, BOB, "erin")


@drawn(route=chosen, moves=st.lists(turns, max_size=25))
def test_on_any_route_approval_is_complete_exactly_when_every_step_is_and_no_creator_had_a_hand_in_it(
    route: ChosenRoute, moves: list[tuple[str, tuple[str, ...], tuple[str, str] | None]]
) -> None:
    told_so_far = Given(given(drafted + told(SubmittedForApproval(route=route, policy=EDITION, amount=cny("83420.00")))).entries)
    for who, roles, deed in moves:
        way, other = deed or ("decides", "")
        under = f"{other}-{who}" if way == "decides for" else None
        command = DelegateStep(to=other, why="x") if way == "leaves" else Approve(delegation_id=under)
        done = told_so_far.when(command, by=who, roles=roles, around=EVERYWHERE)
        if ALICE in (who, other) and told_so_far.contract.status is Status.IN_APPROVAL:
            assert done.refusal is not None
            assert who != ALICE or isinstance(done.refusal, CreatorMayNotApprove)
        told_so_far = Given(done.entries)
    agreed = [(e.fact, e.meta.actor) for e in told_so_far.entries if isinstance(e.fact, StepApproved)]
    satisfied = [
        len({fact.seat for fact, _ in agreed if fact.step == n}) >= (len(step.approvers) if step.quorum is Quorum.ALL else 1)
        for n, step in enumerate(route.steps, 1)
    ]
    assert (told_so_far.contract.status is Status.APPROVED) == all(satisfied)
    hands = [name for fact, actor in agreed for name in (actor, fact.on_behalf_of) if name is not None]
    assert ALICE not in hands
    assert route.may_repeat or len(hands) == len(set(hands))


def test_nobody_decides_in_the_name_of_whoever_drafted_or_proposed() -> None:
    for decision in (Approve(), Reject(opinion="No."), SendBack(opinion="Shorter.")):
        given(submitted).when(decision, by=BOB, on_behalf_of=ALICE, roles=[Role.APPROVER]).then_refused(CreatorMayNotApprove, actor=ALICE)
    for change in (ApproveAmendment(amendment_id="a1"), RejectAmendment(amendment_id="a1", opinion="No.")):
        given(amendment_proposed).when(change, by=BOB, on_behalf_of=ALICE).then_refused(ProposerMayNotApprove, actor=ALICE)
    given(submitted).when(Approve(), by=BOB, on_behalf_of=CAROL, roles=[Role.APPROVER]).granted()
