"""The demonstration portfolio: plausible, complete, and never there twice."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from domain.contract.state import Contract
from domain.contract.vocabulary import Kind, Status
from domain.party.state import PartyCheck
from infra.ledger import CONTRACT, PARTY, Ledger
from scripts import demo
from tests.conftest import Clock


def told(ledger: Ledger) -> dict[str, Contract]:
    return {story.identity: ledger.load(CONTRACT, story.identity) for story in demo.contracts()}


def test_a_second_run_adds_nothing(ledger: Ledger, clock: Clock) -> None:
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    first = demo.write(ledger)
    assert (first.contracts, first.parties) == (16, 11)
    assert demo.write(ledger) == demo.Written(0, 0, 0)
    assert ledger.store.head() == first.facts


def test_it_shows_every_stage_and_kind_in_both_languages(ledger: Ledger, clock: Clock) -> None:
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    demo.write(ledger)
    contracts = told(ledger).values()
    assert {c.status for c in contracts} == set(Status)
    assert {c.kind for c in contracts} >= {Kind.SALES, Kind.SUPPLIER, Kind.SERVICE, Kind.PARTNER}
    assert {c.title.isascii() for c in contracts} == {True, False}
    assert any(a.status == "in_effect" for c in contracts for a in c.amendments.values())
    assert any(c.rests_on_corrections for c in contracts)
    assert any(c.accepts_overpayment and c.balance is not None and c.balance.minor < 0 for c in contracts)
    assert any(p.reversed for c in contracts for p in c.payments.values())
    assert any(d.accepted is False for c in contracts for d in c.deliveries.values())
    histories = [ledger.history(CONTRACT, story.identity) for story in demo.contracts()]
    assert any(later.effective_at < earlier.effective_at for entries in histories for earlier, later in pairwise(entries))
    assert len({entry.meta.actor for entries in histories for entry in entries}) >= 5


def test_parties_are_verified_flagged_and_paid_into_a_changed_account(ledger: Ledger, clock: Clock) -> None:
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    demo.write(ledger)
    parties = [ledger.load(PARTY, story.identity) for story in demo.parties.stories()]
    today = clock.now.date()
    assert any(p.is_verified(PartyCheck.REGISTRATION, today) for p in parties)
    assert any(p.former_accounts and PartyCheck.BANK_ACCOUNT not in p.verifications for p in parties)
    assert any(p.blocked_by for p in parties)
    assert any(p.flagged and not p.blocked_by for p in parties)


def test_what_lies_in_the_future_is_told_when_it_has_come(ledger: Ledger, clock: Clock) -> None:
    clock.now = datetime(2025, 6, 1, tzinfo=UTC)
    early = demo.write(ledger)
    assert early.contracts == 4
    assert told(ledger)["demo-sales-1"].status is Status.IN_FORCE
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    late = demo.write(ledger)
    assert (early.contracts + late.contracts, early.facts + late.facts) == (16, ledger.store.head())
    assert told(ledger)["demo-sales-1"].status is Status.COMPLETED


def test_a_story_that_others_went_on_writing_is_left_alone(ledger: Ledger, clock: Clock) -> None:
    from domain.contract.closing import TerminateContract
    from infra.ledger import Asker, Envelope

    clock.now = datetime(2025, 6, 1, tzinfo=UTC)
    demo.write(ledger)
    ended = Envelope(Asker("somebody", "k", "api"), "an-end")
    ledger.handle(CONTRACT, "demo-sales-1", TerminateContract(ground="changed our minds"), ended)
    version = ledger.load(CONTRACT, "demo-sales-1").version
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    demo.write(ledger)
    assert told(ledger)["demo-sales-1"].status is Status.TERMINATED
    assert ledger.load(CONTRACT, "demo-sales-1").version == version
