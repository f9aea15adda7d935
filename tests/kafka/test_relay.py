"""The topics say what the ledger says, on a real broker."""

from __future__ import annotations

import uuid

import pytest

from domain.contract.drafting import Note
from infra.kafka import brokers
from infra.kafka.lead import leading
from infra.kafka.relay import Orders
from infra.kafka.session import clear
from infra.kafka.standing import RelayStopped
from infra.ledger import CONTRACT, Envelope
from scripts import demo
from tests.infra.test_ledger import ALICE, DRAFT
from tests.kafka.reading import Topics


def write(topics: Topics, identity: str, count: int) -> None:
    """A contract with notes, `count` entries in all."""
    for n in range(count):
        command = Note(text=f"{n}") if n else DRAFT
        topics.opened.ledger.handle(CONTRACT, identity, command, Envelope(ALICE, uuid.uuid4().hex))


def test_an_empty_broker_is_filled_and_what_comes_later_follows(topics: Topics) -> None:
    demo.write(topics.opened.ledger)
    first = topics.relay()
    assert first.position == topics.opened.store.head()
    assert first.published == topics.check() > 200
    write(topics, "later", 5)
    assert topics.relay().published == 5
    assert topics.relay().published == 0
    assert topics.check() == first.published + 5


def test_a_ledger_without_entries_has_topics_all_the_same(topics: Topics) -> None:
    assert topics.relay().position == 0
    assert topics.check() == 0


def test_a_broker_that_was_emptied_is_filled_again(topics: Topics) -> None:
    write(topics, "x", 7)
    topics.relay()
    clear(topics.opened.store, topics.settings)
    assert topics.relay().published == 7
    assert topics.check() == 7


def test_a_deleted_topic_is_noticed_and_a_rebuild_fills_it(topics: Topics) -> None:
    write(topics, "x", 4)
    topics.relay()
    with brokers.administration(topics.settings) as admin:
        brokers.delete(admin, topics.names[:1])
    with pytest.raises(RelayStopped, match=r"contracts was deleted since entry 4"):
        topics.relay()
    assert topics.relay(Orders(once=True, rebuild=True)).published == 4
    assert topics.check() == 4


def test_a_lost_position_is_noticed(topics: Topics) -> None:
    write(topics, "x", 2)
    topics.relay()
    with brokers.administration(topics.settings) as admin:
        brokers.delete(admin, [topics.position_topic])
    with pytest.raises(RelayStopped, match="no position says which"):
        topics.relay()


def test_what_is_published_again_says_the_same_at_the_same_position(topics: Topics) -> None:
    write(topics, "x", 6)
    topics.relay()
    assert topics.relay(Orders(once=True, start=4)).published == 3
    read = topics.read()
    assert [one.position for one in read] == [1, 2, 3, 4, 5, 6, 4, 5, 6]
    assert {one.position: one for one in read[:6]} == {one.position: one for one in read}


def test_one_relay_at_a_time_leads(topics: Topics) -> None:
    with leading(topics.opened) as lead:
        assert lead is not None
        with pytest.raises(RelayStopped, match="another relay"):
            topics.relay()
    topics.relay()
