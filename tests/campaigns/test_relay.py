"""Relays and the broker are killed at any moment; who reads what is committed finds each entry once, in order."""

from __future__ import annotations

import os
import random
import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from kafka.errors import KafkaError

from infra.kafka import brokers
from infra.kafka.session import session
from infra.kafka.settings import KafkaSettings
from infra.kafka.standing import Bookmark
from infra.store import Store
from projections.states import ALL_STATES
from tests.infra.entries import entries, stamp
from tests.infra.servers import own_ledger, own_server
from tests.infra.waiting import until
from tests.kafka.broker import Broker
from tests.kafka.reading import Topics
from tests.kafka.relaying import STEPS, relays

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
KILLS = 400 if LARGE else 10

pytestmark = pytest.mark.campaign


class Writing:
    """A thread that appends to the ledger, some entries at a time in streams of its own, for as long as it is let."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._write)
        self._thread.start()

    def _write(self) -> None:
        chance, versions = random.Random(7), dict.fromkeys((f"contract-{uuid.uuid4().hex}" for _ in range(20)), 0)
        while not self._ending.wait(chance.random() * 0.01):
            stream, size = chance.choice(list(versions)), chance.randint(1, 5)
            self._store.append(stamp(), entries(stream, versions[stream], size))
            versions[stream] += size

    def end(self) -> None:
        """Lets it end."""
        self._ending.set()
        self._thread.join()


@contextmanager
def writing(topics: Topics) -> Iterator[Writing]:
    it = Writing(topics.opened.store)
    try:
        yield it
    finally:
        it.end()


def position(topics: Topics) -> int:
    """How far the broker says that the ledger is published."""
    with brokers.administration(topics.settings) as admin, brokers.reading(topics.settings) as reader:
        there = brokers.find(admin, reader, [topics.position_topic])
        value = brokers.last_value(reader, topics.position_topic) if there else None
        return 0 if value is None else Bookmark.decode(value).position


def all_published(topics: Topics) -> None:
    """Waits for the end of the log, and looks at every record."""
    head = topics.opened.store.head()
    until(lambda: position(topics) >= head, 60)
    assert topics.check() == head


def test_a_relay_that_is_killed_again_and_again_publishes_each_entry_once(topics: Topics) -> None:
    chance, pause, reached = random.Random(11), threading.Event(), [0]
    with relays(topics) as running:
        with writing(topics):
            for n in range(KILLS):
                running.start()
                # Every second one dies at work, however busy the machine is, and the others perhaps while they begin.
                if n % 2:
                    until(lambda: position(topics) > reached[-1], 60)
                pause.wait(chance.uniform(0.0, 0.1 if n % 2 else 0.9))
                assert running.kill() == 1
                reached.append(position(topics))
        assert reached == sorted(reached)
        running.start()
        all_published(topics)


def test_a_relay_that_is_killed_at_a_step_publishes_each_entry_once(topics: Topics) -> None:
    store = topics.opened.store
    with relays(topics) as running:
        for step in STEPS:
            before = store.head()
            store.append(stamp(), entries("contract-x", before, 4))
            running.start(step)
            assert running.wait() == 1
            held = position(topics)
            assert held == (before + 4 if step == "committed" else before), step
            assert topics.relay().published == before + 4 - held, step
            assert topics.check() == before + 4, step


def test_of_two_relays_one_publishes(topics: Topics) -> None:
    with relays(topics) as running:
        running.start()
        running.start()
        with writing(topics):
            until(lambda: position(topics) > 300)
        all_published(topics)
        assert running.kill() == 2


def test_whoever_slept_through_its_successors_start_publishes_no_more(topics: Topics) -> None:
    store = topics.opened.store
    store.append(stamp(), entries("contract-x", 0, 3))
    with session(store, topics.settings, ALL_STATES) as sleeper:
        sleeper.begin(None)
        with session(store, topics.settings, ALL_STATES) as successor:
            successor.begin(None)
            assert successor.publish() == 3
            store.append(stamp(), entries("contract-x", 3, 2))
            with pytest.raises(KafkaError):
                sleeper.publish()
            assert successor.publish() == 2
    assert topics.check() == 5


def test_a_relay_goes_on_when_its_broker_comes_back(topics: Topics, broker: Broker) -> None:
    with relays(topics) as running:
        running.start()
        with writing(topics):
            until(lambda: position(topics) > 50)
            broker.stop(signal.SIGKILL)
            broker.start()
        all_published(topics)
        assert running.kill() == 1


def test_a_relay_goes_on_when_its_database_comes_back(broker: Broker) -> None:
    with own_server() as server, own_ledger(server.url) as opened:
        topics = Topics(opened, KafkaSettings((broker.bootstrap,), partitions=2))
        opened.store.append(stamp(), entries("contract-x", 0, 50))
        with relays(topics) as running:
            running.start()
            until(lambda: position(topics) == 50)
            server.stop_at_once()
            server.start()
            opened.store.append(stamp(), entries("contract-x", 50, 50))
            all_published(topics)
            assert running.kill() == 1


def test_a_broker_that_hangs_ends_the_session_and_not_the_relay(topics: Topics, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.kafka.session.FLUSH_S", 0.3)
    store = topics.opened.store
    with session(store, topics.settings, ALL_STATES) as it:
        it.begin(None)
        store.append(stamp(), entries("contract-x", 0, 2))
        it.publish()
        store.append(stamp(), entries("contract-x", 2, 1))
        broker.tell(signal.SIGSTOP)
        try:
            with pytest.raises((KafkaError, brokers.BrokersSilent)):
                it.publish()
        finally:
            broker.tell(signal.SIGCONT)
    topics.relay()
    assert topics.check() == 3


def test_what_has_no_time_limit_is_given_one() -> None:
    never = threading.Event()
    with pytest.raises(brokers.BrokersSilent), brokers.within(0.05, never.wait):
        pass
    with pytest.raises(ZeroDivisionError), brokers.within(5, lambda: 1 / 0):
        pass
    with brokers.within(5, lambda: None):
        pass
