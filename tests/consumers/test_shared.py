"""Several processes share the alert rules by partitions: who comes, goes or is killed makes no difference to what is raised."""

from __future__ import annotations

import os
import random
import threading
from dataclasses import replace
from typing import Any, Self

import pytest
from kafka import KafkaConsumer
from kafka.structs import MemberState

from consumers.alerts import Watching, run_once
from consumers.shared import Share, group, watch
from domain.access.visits import ListExported
from domain.alert.vocabulary import AlertKind
from infra.kafka.group import Member, member
from infra.kafka.relay import Orders
from infra.opening import Opened
from infra.witness import Witness
from tests import facts
from tests.consumers.recording import ADMIN, publish, raised, told_of
from tests.consumers.test_alerts import DUPLICATE, REJECTED, TWICE
from tests.domain.watching import rule
from tests.infra.waiting import until
from tests.kafka.reading import Topics
from tests.kafka.relaying import relays
from tests.spec import told

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
COMINGS = 60 if LARGE else 6


def causes(opened: Opened) -> list[str]:
    """The contracts for which an alert was raised."""
    return sorted(alert.cause.about for alert in raised(opened))


def test_in_whatever_order_entries_come_they_raise_what_the_log_would(opened: Opened) -> None:
    told_of(opened, "before", facts.delivery_rejected)
    publish(opened, REJECTED)
    for n in range(4):
        told_of(opened, f"a{n}", facts.delivery_rejected)
    publish(opened, replace(REJECTED, title="second"), DUPLICATE, edition=2)
    for n in range(4):
        told_of(opened, f"b{n}", facts.delivery_rejected)
    told_of(opened, "c", facts.half_paid + told(TWICE, replace(TWICE, payment_id="p9")))
    positions = list(range(1, opened.store.head() + 1))
    random.Random(3).shuffle(positions)
    share = Share(opened)
    while positions:
        # Some of them once more.
        share.look(positions[:23])
        del positions[:17]
    assert causes(opened) == [*(f"a{n}" for n in range(4)), *(f"b{n}" for n in range(4)), "c", "c"]
    assert {alert.rule.edition for alert in raised(opened) if alert.cause.about.startswith("a")} == {1}
    log = run_once(opened)
    assert (log.found, log.raised) == (10, 0)
    # What was looked at in the log is passed over.
    share = Share(opened)
    share.look(range(1, opened.store.head() + 1))
    assert share.done.entries == 0


def turn(*members: Member) -> list[int]:
    """What each of them is given in a moment; they say that it is done."""
    found: list[int] = []
    for one in members:
        delivered = one.poll(0.1)
        one.done(delivered)
        found += delivered.positions
    return found


def taken(count: int, *members: Member) -> set[int]:
    """What they are given until so many entries have come."""
    found: list[int] = []

    def is_enough() -> bool:
        found.extend(turn(*members))
        return len(set(found)) >= count

    until(is_enough, 60)
    return set(found)


class Polling(threading.Thread):
    """A member in a thread of its own, for the length of a `with` or until it is told to leave."""

    def __init__(self, topics: Topics) -> None:
        super().__init__(daemon=True)
        self._topics = topics
        self._leaving = threading.Event()
        self.partitions: frozenset[object] = frozenset()
        self.given: list[int] = []

    def __enter__(self) -> Self:
        """Comes."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves, whatever happened: a reader left behind would draw random numbers beside the tests that come after."""
        self.leave()

    def run(self) -> None:
        """Takes what it is given."""
        settings = self._topics.settings
        with member(settings, group(settings, self._topics.opened), self._topics.names[:1]) as it:
            while not self._leaving.is_set():
                self.given += turn(it)
                self.partitions = it.partitions

    def leave(self) -> None:
        """And waits for that."""
        self._leaving.set()
        self.join(30)


def test_two_members_have_all_partitions_between_them_and_the_one_that_stays_gets_the_rest(topics: Topics) -> None:
    opened = topics.opened
    for n in range(6):
        told_of(opened, f"c{n}", facts.drafted)
    topics.relay()
    head = opened.store.head()
    with Polling(topics) as first:
        with Polling(topics) as second:
            until(lambda: len(first.partitions) == len(second.partitions) == 1 and first.partitions != second.partitions, 90)
            until(lambda: set(first.given) | set(second.given) == set(range(1, head + 1)), 60)
            until(lambda: topics.is_done(group(topics.settings, opened), topics.names[0]), 60)
        first.given.clear()
        for n in range(6):
            told_of(opened, f"d{n}", facts.drafted)
        topics.relay()
        until(lambda: len(first.partitions) == 2 and set(first.given) >= set(range(head + 1, opened.store.head() + 1)), 60)
        # Only what the other one had not said to be done comes with it.
        assert min(first.given) > head
        until(lambda: topics.is_done(group(topics.settings, opened), topics.names[0]), 60)
    with Polling(topics) as third:
        until(lambda: len(third.partitions) == 2, 60)
    assert third.given == []


def test_a_member_whose_joining_was_forgotten_joins_again(topics: Topics, monkeypatch: pytest.MonkeyPatch) -> None:
    told_of(topics.opened, "c", facts.drafted)
    topics.relay()
    consumers: list[Any] = []

    def kept(**settings: object) -> object:
        consumers.append(KafkaConsumer(**settings))
        return consumers[-1]

    monkeypatch.setattr("infra.kafka.group.KafkaConsumer", kept)
    with member(topics.settings, group(topics.settings, topics.opened), topics.names[:1]) as one:
        taken(topics.opened.store.head(), one)
        # As kafka-python leaves it that began to join, and saw no reason to any more when the answer came.
        coordinator = consumers[0]._coordinator
        coordinator.state = MemberState.REBALANCING
        coordinator._disable_heartbeat()
        told_of(topics.opened, "d", facts.drafted)
        topics.relay()
        head = topics.opened.store.head()
        given: list[int] = []

        def is_back() -> bool:
            given.extend(turn(one))
            is_stable = consumers[0].group_metadata().state is MemberState.STABLE
            return is_stable and head in given

        until(is_back, 90)
        until(lambda: turn(one) == [] and topics.is_done(group(topics.settings, topics.opened), topics.names[0]), 60)
    with member(topics.settings, group(topics.settings, topics.opened), topics.names[:1]) as other:
        until(lambda: turn(other) == [] and len(other.partitions) == topics.settings.partitions, 60)


def test_topics_that_were_filled_anew_are_read_from_their_begin(topics: Topics, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.kafka.group.LOOK_S", 0.2)
    for n in range(4):
        told_of(topics.opened, f"c{n}", facts.drafted)
    topics.relay()
    head, name = topics.opened.store.head(), group(topics.settings, topics.opened)
    with member(topics.settings, name, topics.names[:1]) as one:
        taken(head, one)
    topics.relay(Orders(once=True, rebuild=True))
    # Whether nobody was there, or somebody.
    with member(topics.settings, name, topics.names[:1]) as one:
        assert taken(head, one) == set(range(1, head + 1))
        topics.relay(Orders(once=True, rebuild=True))
        assert taken(head, one) == set(range(1, head + 1))


@pytest.mark.campaign
def test_a_storm_of_comings_and_killings_loses_and_repeats_nothing(topics: Topics) -> None:
    opened, chance, pause = topics.opened, random.Random(5), threading.Event()
    publish(opened, REJECTED)
    topics.relay()
    written = 0
    with relays(topics) as relaying, relays(topics, "tests.consumers.sharing") as members:
        relaying.start()
        members.start()
        for _ in range(COMINGS):
            for _ in range(chance.randint(1, 4)):
                told_of(opened, f"c{written:04}", facts.delivery_rejected)
                written += 1
            pause.wait(chance.uniform(0.1, 1.0))
            if chance.random() < 0.4:
                assert members.kill() > 0
            members.start()
        until(lambda: len(raised(opened)) >= written, 120)
        assert members.kill() > 0
        assert relaying.kill() == 1
    assert causes(opened) == [f"c{n:04}" for n in range(written)]
    log = run_once(opened)
    assert (log.found, log.raised) == (written, 0)


def test_a_member_watches_the_topics_and_what_no_topic_tells_of_until_it_is_told_to_stop(topics: Topics) -> None:
    opened = topics.opened
    publish(opened, REJECTED, rule(AlertKind.BULK_EXPORT, rows=100))
    told_of(opened, "c1", facts.delivery_rejected)
    topics.relay()
    stopping, done = threading.Event(), list[Watching]()
    thread = threading.Thread(target=lambda: done.append(watch(opened, topics.settings, stopping)))
    thread.start()
    try:
        until(lambda: causes(opened) == ["c1"], 60)
        taken = ListExported(operation="list_contracts", subject="register", format="csv", filters=(), rows=120)
        Witness(opened.ledger).record(ADMIN, taken)
        until(lambda: len(raised(opened)) == 2, 60)
    finally:
        stopping.set()
        thread.join(30)
    assert [(one.found, one.raised) for one in done] == [(2, 2)]
    assert {alert.kind for alert in raised(opened)} == {AlertKind.DELIVERY_REJECTED, AlertKind.BULK_EXPORT}
