"""Whatever people command in whatever order, a contract keeps its promises, and its past can be asked for at any two times."""

from __future__ import annotations

import copy
import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from domain.contract import ContractCommand, decide, evolve, replay, triggers
from domain.contract.history import as_of
from domain.contract.journal import journal
from domain.contract.payment import OverpaymentAccepted
from domain.contract.receivables import claims
from domain.contract.rules import US
from domain.contract.state import Contract
from domain.contract.vocabulary import Status
from domain.facts import Dated, Entry, Meta, Occasion
from domain.refusals import Refusal
from domain.terms import schedule
from infra import codec
from tests.domain.bookkeeping import require_agreement, require_balanced, require_claims_agree
from tests.domain.commanding import HOUR, commands, moments, releases
from tests.domain.oracle import said, stood
from tests.facts import HISTORIES
from tests.spec import ALICE, BOB, CAROL, START

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
SIZE = settings(
    max_examples=2_000 if LARGE else 10,
    stateful_step_count=50 if LARGE else 40,
    # Shrinking a long history can take longer than an ordinary run allows one test; the seed repeats it at leisure.
    phases=list(Phase) if LARGE else [Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
TICK = timedelta(microseconds=1)

BY_OURSELVES = {
    (Status.DRAFT, Status.IN_APPROVAL),
    (Status.IN_APPROVAL, Status.DRAFT),
    (Status.IN_APPROVAL, Status.REJECTED),
    (Status.IN_APPROVAL, Status.APPROVED),
    (Status.APPROVED, Status.IN_FORCE),
    (Status.IN_FORCE, Status.COMPLETED),
    (Status.IN_FORCE, Status.SUSPENDED),
    (Status.SUSPENDED, Status.IN_FORCE),
    (Status.IN_FORCE, Status.EXPIRED),
    (Status.SUSPENDED, Status.EXPIRED),
    (Status.SUSPENDED, Status.TERMINATED),
    *((status, Status.TERMINATED) for status in (Status.DRAFT, Status.IN_APPROVAL, Status.APPROVED, Status.IN_FORCE)),
}
BY_OTHERS = {(Status.DRAFT, Status.IN_FORCE), (Status.REJECTED, Status.TERMINATED)}


class Histories(RuleBasedStateMachine):
    """One contract, commanded by several people, drafted here or published by others."""

    def __init__(self) -> None:
        """Starts with nothing."""
        super().__init__()
        self.entries: list[Entry] = []
        self.contract = Contract()
        self.now = START
        self.published = False

    @initialize(name=st.sampled_from(["nothing", *sorted(HISTORIES)]))
    def begin(self, name: str) -> None:
        """Chance takes over from any of the named histories, since alone it would seldom get that far."""
        for told in HISTORIES.get(name, ()):
            self.now += HOUR
            self.record(Dated(told.fact, told.effective_at or self.now), told.by)
        self.published = name == "published"

    @rule(data=st.data(), times=st.integers(1, 6))
    def command(self, data: st.DataObject, times: int) -> None:
        """People command things, at some moments."""
        for _ in range(times):
            by = data.draw(st.sampled_from([ALICE, BOB, CAROL]))
            self.say(data.draw(commands(self.contract, self.now)), by, data.draw(moments(self.now)))

    @precondition(lambda self: self.published or not self.entries)
    @rule(data=st.data())
    def publish(self, data: st.DataObject) -> None:
        """A release comes in, and comes in again."""
        self.published = True
        release = data.draw(releases(self.contract, self.now))
        self.say(release, "importer", self.now)
        before = self.contract.version
        self.say(release, "importer", self.now)
        assert self.contract.version == before, "a release that was recorded says nothing new"

    @rule(data=st.data())
    def look_back(self, data: st.DataObject) -> None:
        """At any two times a contract stands as the oracle says."""
        valid_at = data.draw(st.sampled_from([START - HOUR, *(e.effective_at for e in self.entries)])) + data.draw(
            st.sampled_from([-TICK, timedelta(), TICK])
        )
        known_at = data.draw(st.sampled_from([START - HOUR, *(e.recorded_at for e in self.entries)]))
        stands = replay(as_of(self.entries, valid_at=valid_at, known_at=known_at))
        assert said(stands) == said(stood(self.entries, valid_at, known_at))

    @rule(data=st.data())
    def look_up_what_was_known(self, data: st.DataObject) -> None:
        """What was known at a moment is what had been recorded by then."""
        known_at = data.draw(st.sampled_from([START - TICK, START, *(e.recorded_at for e in self.entries)]))
        seen = sum(e.recorded_at <= known_at for e in self.entries)
        assert as_of(self.entries, known_at=known_at) == self.entries[:seen]
        assert as_of(self.entries, valid_at=END_OF_TIME, known_at=known_at) == as_of(self.entries[:seen], valid_at=END_OF_TIME)

    @invariant()
    def folding_at_once_or_entry_by_entry_is_the_same(self) -> None:
        """Also at the end of all times."""
        assert replay(self.entries) == self.contract
        assert said(replay(as_of(self.entries, valid_at=END_OF_TIME, known_at=END_OF_TIME))) == said(self.contract)

    @invariant()
    def nothing_is_paid_beyond_the_value_without_a_fact_that_says_so(self) -> None:
        """Whoever recorded, corrected, reversed or amended what."""
        if self.contract.balance is not None and self.contract.balance.minor < 0:
            assert any(isinstance(e.fact, OverpaymentAccepted) for e in self.entries)

    @invariant()
    def a_schedule_of_our_own_adds_up_from_the_submission_on(self) -> None:
        """Instalments sum to the value, or there are none."""
        if not self.published and self.contract.status is not Status.DRAFT and Status.TERMINATED is not self.contract.status:
            assert self.contract.value is not None
            assert sum(i.amount.minor for i in self.contract.instalments.values()) in (
                {self.contract.value.minor} if self.contract.instalments else {0}
            )

    @invariant()
    def an_agreed_schedule_of_our_own_sums_to_the_value_and_says_what_the_instalments_say(self) -> None:
        """Whatever was agreed, adjusted and amended since the submission."""
        agreed = triggers.agreed_schedule(self.contract)
        if agreed is None or self.published or self.contract.status in (Status.DRAFT, Status.TERMINATED):
            return
        assert self.contract.value is not None
        plan = schedule.plan(agreed[1], self.contract.value, schedule.Happened(accepted={}, reached={}))
        assert sum(part.amount.minor for part in plan.instalments) == self.contract.value.minor
        assert triggers.amounts(self.contract) == {part.instalment_id: part.amount for part in plan.instalments}

    @invariant()
    def the_journal_balances_and_agrees(self) -> None:
        """Debits equal credits after every entry, and its accounts come to what the contract says."""
        lines = journal(self.entries)
        require_balanced(lines)
        require_agreement(lines, self.contract)
        require_claims_agree(claims(self.contract), lines, self.contract)

    @invariant()
    def whoever_approved_did_not_draft_or_submit(self) -> None:
        """Four eyes; and nothing of our own binds before everybody signed."""
        if self.contract.approved_by is not None:
            assert self.contract.approved_by not in (self.contract.drafted_by, self.contract.submitted_by)
        if not self.published and self.contract.in_force_since is not None:
            assert set(self.contract.signatures) >= {US, *self.contract.counterparties}
            assert self.contract.in_force_since >= max(s.signed_at for s in self.contract.signatures.values())

    def say(self, command: ContractCommand, by: str, effective_at: datetime) -> None:
        """Decides, records and folds, watching that deciding and folding change nothing that they were given."""
        self.now += HOUR
        occasion = Occasion(actor=by, now=self.now, effective_at=effective_at)
        untouched = copy.deepcopy(self.contract)
        try:
            decided = decide(self.contract, command, occasion)
        except Refusal as refusal:
            event(f"{type(command).__name__} refused: {refusal.name}")
            assert self.contract == untouched
            return
        event(f"{type(command).__name__} granted")
        assert decided, "a command that is granted says something"
        assert decided == decide(self.contract, command, occasion), "the same question has the same answer"
        for told in decided:
            self.record(told if isinstance(told, Dated) else Dated(told, effective_at), by)

    def record(self, told: Dated, by: str) -> None:
        """One more entry, kept exactly, moving the status along an edge that is there."""
        assert codec.decode(codec.topic(told.fact), codec.encode(told.fact)) == told.fact
        version = len(self.entries) + 1
        entry = Entry(
            version,
            "contract-1",
            version,
            told.fact,
            told.effective_at,
            self.now,
            str(version),
            Meta(actor=by, credential="k", channel="api"),
        )
        before, kept = self.contract, copy.deepcopy(self.contract)
        self.contract = evolve(before, [entry])
        assert before == kept, "folding changes no state that it was given"
        assert self.contract.version == before.version + 1
        edge = (before.status, self.contract.status)
        assert edge[0] is edge[1] or edge in BY_OURSELVES or (by == "importer" and edge in BY_OTHERS), edge
        self.entries.append(entry)


@pytest.mark.campaign
@pytest.mark.slow
def test_whatever_is_commanded_a_contract_keeps_its_promises() -> None:
    run_state_machine_as_test(Histories, settings=SIZE)
