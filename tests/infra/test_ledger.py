"""The way of a command, seen from its caller."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from domain.contract.approval import Approve, CreatorMayNotApprove, SubmitForApproval
from domain.contract.drafting import DraftContract, Note
from domain.contract.vocabulary import Counterparty, Direction, Kind
from domain.money import Money
from domain.party import Party, RegisterParty
from infra.errors import CommandIdReused, StaleVersion
from infra.ledger import CONTRACT, PARTY, Around, Asker, Envelope, Ledger, Outcome

ALICE = Asker("alice", "key-a", "api")
BOB = Asker("bob", "key-b", "api")

DRAFT = DraftContract(
    number="采-2026-001",
    title="办公设备采购合同",
    kind=Kind.OTHER,
    direction=Direction.PAYABLE,
    our_entity="塔利科技",
    counterparties=(Counterparty(counterparty_id="c1", name="华东办公", role="supplier"),),
    value=Money.of("83420.00", "CNY"),
)


def send(ledger: Ledger, identity: str, command: object, *, by: Asker = ALICE, read_at: int | None = None) -> Outcome:
    return ledger.handle(CONTRACT, identity, command, Envelope(by, uuid.uuid4().hex, read_at))  # type: ignore[arg-type]


def test_a_command_sent_twice_is_stored_once_and_answered_alike(ledger: Ledger) -> None:
    envelope = Envelope(ALICE, "the-same-id")
    first = ledger.handle(CONTRACT, "x", DRAFT, envelope)
    second = ledger.handle(CONTRACT, "x", DRAFT, envelope)
    assert second == first._replace(repeated=True)
    assert ledger.store.head() == 1


def test_a_command_id_with_other_content_is_refused(ledger: Ledger) -> None:
    ledger.handle(CONTRACT, "x", DRAFT, Envelope(ALICE, "the-same-id"))
    with pytest.raises(CommandIdReused):
        ledger.handle(CONTRACT, "x", Note(text="other"), Envelope(ALICE, "the-same-id"))


def test_a_writer_who_read_an_old_version_is_told_the_current_one(ledger: Ledger) -> None:
    send(ledger, "x", DRAFT)
    send(ledger, "x", Note(text="first"))
    with pytest.raises(StaleVersion) as refused:
        send(ledger, "x", Note(text="second"), read_at=1)
    assert (refused.value.expected, refused.value.current) == (1, 2)


def test_a_process_that_remembers_an_old_state_decides_again_on_the_latest(ledger: Ledger) -> None:
    send(ledger, "x", DRAFT)
    other = Ledger(ledger.store, clock=ledger.clock)
    send(other, "x", SubmitForApproval())
    with pytest.raises(CreatorMayNotApprove):
        send(ledger, "x", Approve())
    assert send(ledger, "x", Approve(), by=BOB).version == 4
    assert ledger.load(CONTRACT, "x") == other.load(CONTRACT, "x")


def test_a_decision_may_look_at_other_streams_and_calendars(ledger: Ledger) -> None:
    registered = RegisterParty(name="华东办公")
    ledger.handle(PARTY, "p1", registered, Envelope(ALICE, uuid.uuid4().hex))
    around = Around(ledger)
    assert around.state(Party, "p1").name == "华东办公"
    assert not around.state(Party, "nobody").exists
    # A Saturday on which China worked, because of the Spring Festival.
    assert around.calendar("CN", "Asia/Shanghai").is_working_day(date(2026, 2, 14))
