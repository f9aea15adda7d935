"""The rounds of approval that a contract's entries tell of."""

from __future__ import annotations

import pytest

from domain.contract.approval import (
    ApprovalCompleted,
    ApprovalWithdrawn,
    SentBack,
    StepApproved,
    StepDelegated,
    StepRejected,
    SubmittedForApproval,
)
from domain.contract.drafting import TitleChanged
from domain.contract.rounds import Move, NoSuchRound, RoundOutcome, rounds, up_to
from tests.domain.policies import EDITION, FINANCE, SUBMITTED, heads_agreed, person, routed
from tests.facts import HISTORIES, drafted, submitted
from tests.spec import ALICE, BOB, CAROL, DAVE, recorded, told


def test_a_draft_has_no_rounds() -> None:
    assert rounds(recorded(drafted)) == ()
    with pytest.raises(NoSuchRound, match="0 times; there is no round 1"):
        up_to((), None)


def test_a_round_waits_for_the_seats_that_nobody_took() -> None:
    (begun,) = rounds(recorded(routed))
    assert (begun.number, begun.submitted_by, begun.policy, begun.outcome) == (1, ALICE, EDITION, RoundOutcome.UNDER_WAY)
    assert begun.awaited_at(1) == (person(BOB), person(CAROL))
    (further,) = rounds(recorded(routed, told(StepApproved(step=1, seat=person(BOB), opinion="同意"), by=BOB)))
    assert further.awaited_at(1) == (person(CAROL),)
    assert [(m.step, m.move, m.by, m.opinion) for m in further.moves] == [(1, Move.AGREED, BOB, "同意")]


def test_one_of_several_is_enough_where_any_may_decide() -> None:
    paid = told(StepApproved(step=2, seat=FINANCE), ApprovalCompleted(), by=DAVE)
    (done,) = rounds(recorded(heads_agreed, told(StepApproved(step=2, seat=FINANCE), by=DAVE)))
    assert done.awaited_at(2) == ()
    (done,) = rounds(recorded(heads_agreed, paid))
    assert (done.outcome, done.ended_at is not None, done.awaited_at(1)) == (RoundOutcome.APPROVED, True, ())


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (StepRejected(step=1, opinion="不同意", seat=person(BOB)), RoundOutcome.REJECTED),
        (SentBack(step=1, opinion="补充", seat=person(BOB)), RoundOutcome.SENT_BACK),
        (ApprovalWithdrawn(why="附件有误"), RoundOutcome.WITHDRAWN),
    ],
)
def test_a_round_ends_as_it_was_ended(end: StepRejected | SentBack | ApprovalWithdrawn, outcome: RoundOutcome) -> None:
    (ended,) = rounds(recorded(routed, told(end, by=BOB)))
    assert ended.outcome is outcome
    assert (ended.withdrawn_because == "附件有误") == (outcome is RoundOutcome.WITHDRAWN)
    assert ended.awaited_at(1) == ()


def test_each_submission_begins_a_round_and_what_happens_between_belongs_to_none() -> None:
    left = told(StepDelegated(step=1, seat=person(BOB), to=DAVE, why="出差"), by=BOB)
    agreed = told(StepApproved(step=1, seat=person(BOB), on_behalf_of=BOB), by=DAVE)
    back = told(SentBack(step=1, opinion="补充", seat=person(CAROL)), by=CAROL)
    between = told(TitleChanged(title="x"))
    first, second = rounds(recorded(routed, left, agreed, back, between, told(SUBMITTED)))
    assert [m.move for m in first.moves] == [Move.DELEGATED, Move.AGREED, Move.SENT_BACK]
    assert (first.moves[0].to, first.moves[0].opinion, first.moves[1].on_behalf_of) == (DAVE, "出差", BOB)
    assert (second.number, second.version, second.moves) == (2, first.last_version + 2, ())
    assert up_to((first, second), 1) == (first,)
    assert up_to((first, second), None) == (first, second)
    with pytest.raises(NoSuchRound, match="2 times; there is no round 3"):
        up_to((first, second), 3)


@pytest.mark.parametrize("name", sorted(HISTORIES))
def test_the_rounds_of_every_history_agree_with_its_state(name: str) -> None:
    entries = recorded(HISTORIES[name])
    found = rounds(entries)
    assert len(found) == sum(isinstance(e.fact, SubmittedForApproval) for e in entries)
    ended = [e.recorded_at for e in entries if isinstance(e.fact, ApprovalCompleted)]
    assert [r.ended_at for r in found if r.outcome is RoundOutcome.APPROVED] == ended


def test_a_round_without_a_policy_waits_for_any_approver() -> None:
    (begun,) = rounds(recorded(submitted))
    assert begun.awaited_at(1) == (None,)
