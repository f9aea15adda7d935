"""Deviations from locked clauses: who decides, how often they may be used, and what is amended by them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.contract import ContractCommand
from domain.contract.amendment import AmendmentTookEffect, ApproveAmendment, ProposeAmendment, SignAmendment
from domain.contract.content import AddClause, ClauseAdded, ClauseReworded, ClauseWithdrawn, RewordClause, WithdrawClause
from domain.contract.deviation import (
    ApproveClauseDeviation,
    ClauseDeviationApproved,
    ClauseDeviationRejected,
    ClauseDeviationRequested,
    ClauseIsLocked,
    RejectClauseDeviation,
    RequestClauseDeviation,
    RequesterMayNotApprove,
)
from domain.contract.operations import PutClause
from domain.contract.vocabulary import Clause, DeviationStatus, SigningMethod, Topic
from domain.facts import Meta
from tests.domain.tables.deviation import ALLOWED, LOCKED
from tests.facts import FOREIGN_LAW, LAW, deviated, deviation_approved, deviation_rejected, deviation_requested, from_template, in_force
from tests.spec import ALICE, BOB, CAROL, DAVE, Given, given, recorded


def test_a_contract_deviates_from_the_request_on_unless_it_was_rejected() -> None:
    deviates = [given(h).contract.deviates for h in (from_template, deviation_requested, deviation_approved, deviated, deviation_rejected)]
    assert deviates == [False, True, True, True, False]


def test_nobody_decides_for_whoever_asked_nor_on_what_they_had_asked_for_them() -> None:
    approve = ApproveClauseDeviation(deviation_id="v1")
    given(deviation_requested).when(approve, by=BOB, on_behalf_of=ALICE).then_refused(RequesterMayNotApprove, requester=ALICE)
    entries = recorded(deviation_requested)
    for_dave = Given([*entries[:-1], entries[-1]._replace(meta=Meta(actor=ALICE, credential="k", channel="api", on_behalf_of=DAVE))])
    for_dave.when(approve, by=DAVE).then_refused(RequesterMayNotApprove, requester=DAVE)
    for_dave.when(approve, by=BOB).then(ClauseDeviationApproved(deviation_id="v1"))


def test_an_approved_deviation_is_used_once() -> None:
    back = given(deviated).when(RequestClauseDeviation(deviation_id="v2", clause_id="9", becomes=LAW, why="x"))
    restored = back.and_when(ApproveClauseDeviation(deviation_id="v2"), by=BOB).and_when(RewordClause(clause=LAW)).granted()
    assert {d.status for d in restored.contract.deviations.values()} == {DeviationStatus.APPLIED}
    restored.and_when(RewordClause(clause=FOREIGN_LAW)).then_refused(ClauseIsLocked, clause_id="9")


def test_an_amendment_of_a_locked_clause_names_the_deviation_by_which_it_took_effect() -> None:
    change = (PutClause(clause=FOREIGN_LAW),)
    done = given(in_force + LOCKED + ALLOWED).when(ProposeAmendment(amendment_id="a1", operations=change, why="x"))
    done = done.and_when(ApproveAmendment(amendment_id="a1"), by=BOB)
    done = done.and_when(SignAmendment(amendment_id="a1", party="us", signatory="x", method=SigningMethod.WET_INK), by=CAROL)
    done = done.and_when(SignAmendment(amendment_id="a1", party="c1", signatory="x", method=SigningMethod.WET_INK), by=CAROL)
    assert done.decided[-1].fact == AmendmentTookEffect(amendment_id="a1", operations=change, deviations=("v1",))
    assert done.contract.deviations["v1"].status is DeviationStatus.APPLIED
    assert done.contract.clauses["9"] == FOREIGN_LAW


def test_what_is_not_locked_is_worded_freely_and_names_no_deviation() -> None:
    own = Clause(clause_id="10", heading="其他", text="无。")
    added = given(from_template).when(AddClause(clause=own)).granted()
    added.and_when(RewordClause(clause=replace(own, text="另议。"))).granted().and_when(WithdrawClause(clause_id="10")).granted()


def test_a_clause_is_about_what_it_says_or_else_about_what_its_id_says() -> None:
    assert Clause(clause_id="5", heading="", text="", topic=Topic.QUALITY).about is Topic.QUALITY
    assert Clause(clause_id="after_sales", heading="", text="").about is Topic.AFTER_SALES
    assert Clause(clause_id="after_sales", heading="", text="", topic=Topic.QUALITY).about is Topic.QUALITY
    assert Clause(clause_id="5", heading="质量 / Quality", text="").about is None


WORDINGS = st.sampled_from([LAW, FOREIGN_LAW, replace(LAW, text="适用香港法律。")])
COMMANDS = st.one_of(
    st.builds(RewordClause, clause=WORDINGS),
    st.builds(AddClause, clause=WORDINGS),
    st.just(WithdrawClause(clause_id="9")),
    st.builds(
        RequestClauseDeviation,
        deviation_id=st.sampled_from(["v1", "v2", "v3"]),
        clause_id=st.just("9"),
        becomes=st.none() | WORDINGS,
        why=st.just("x"),
    ),
    st.builds(ApproveClauseDeviation, deviation_id=st.sampled_from(["v1", "v2", "v3"])),
    st.builds(RejectClauseDeviation, deviation_id=st.sampled_from(["v1", "v2", "v3"]), opinion=st.just("x")),
)


@drawn(st.lists(st.tuples(COMMANDS, st.sampled_from([ALICE, BOB])), max_size=20))
def test_whatever_is_tried_a_locked_clause_reads_only_as_one_approved_and_each_approval_serves_once(
    steps: list[tuple[ContractCommand, str]],
) -> None:
    entries = recorded(from_template)
    asked: dict[str, tuple[Clause | None, str]] = {}
    usable: dict[str, Clause | None] = {}
    for command, by in steps:
        done = Given(entries).when(command, by=by)
        for decided in (d.fact for d in done.decided):
            match decided:
                case ClauseDeviationRequested(deviation_id=deviation_id, becomes=becomes):
                    asked[deviation_id] = (becomes, by)
                case ClauseDeviationApproved(deviation_id=deviation_id):
                    assert asked[deviation_id][1] != by
                    usable[deviation_id] = asked[deviation_id][0]
                case ClauseDeviationRejected(deviation_id=deviation_id):
                    usable.pop(deviation_id, None)
                case ClauseAdded() | ClauseReworded() | ClauseWithdrawn():
                    assert decided.deviation_id is not None
                    assert usable.pop(decided.deviation_id) == done.contract.clauses.get("9")
                case _:
                    raise AssertionError(decided)
        entries = done.entries
