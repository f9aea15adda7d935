"""Three brokers, of which one goes away, cannot be reached or does not get its answers through: the topics say what the ledger says."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import TypeAlias

import pytest
from kafka.errors import KafkaError

from infra.kafka import brokers
from infra.kafka.brokers import BrokersSilent
from infra.kafka.settings import KafkaSettings
from infra.opening import Opened
from tests.campaigns.test_relay import position, writing
from tests.infra.entries import entries, stamp
from tests.infra.waiting import until
from tests.kafka.broker import Broker, missing, three_brokers
from tests.kafka.proxy import Door
from tests.kafka.reading import Topics
from tests.kafka.relaying import relays

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
ROUNDS = 20 if LARGE else 1

Three: TypeAlias = list[tuple[Broker, Door]]

pytestmark = [pytest.mark.campaign, pytest.mark.xdist_group("three brokers")]


@pytest.fixture(scope="module")
def three() -> Iterator[Three]:
    lacking = missing()
    if lacking:
        pytest.skip(lacking)
    with three_brokers() as it:
        yield it


@pytest.fixture
def replicated(three: Three, opened: Opened) -> Topics:
    bootstrap = tuple(broker.bootstrap for broker, _ in three)
    return Topics(opened, KafkaSettings(bootstrap, partitions=2))


def leader(topics: Topics, name: str) -> int:
    """Which of the three leads a topic's first partition."""
    with brokers.administration(topics.settings) as admin:
        (described,) = admin.describe_topics([name])
        return int(described["partitions"][0]["leader_id"]) - 1


def reached(topics: Topics) -> int:
    """How far the brokers say that it is published; -1 while they do not answer."""
    try:
        return position(topics)
    except (KafkaError, BrokersSilent):
        return -1


def goes_on(topics: Topics) -> None:
    """Waits until everything is published that was recorded up to now."""
    head = topics.opened.store.head()
    until(lambda: reached(topics) >= head, 90)


def test_a_leader_that_is_killed_has_a_successor_and_loses_nothing(replicated: Topics, three: Three) -> None:
    with relays(replicated) as running:
        running.start()
        with writing(replicated):
            until(lambda: reached(replicated) > 0, 90)
            for name in (replicated.position_topic, replicated.names[0])[: 2 if LARGE else 1] * ROUNDS:
                leads = three[leader(replicated, name)][0]
                leads.stop(signal.SIGKILL)
                goes_on(replicated)
                leads.start()
        goes_on(replicated)
        assert running.kill() == 1
    assert replicated.check() == replicated.opened.store.head()


def test_a_leader_that_sleeps_through_its_successors_time_adds_nothing_to_it(replicated: Topics, three: Three) -> None:
    with relays(replicated) as running:
        running.start()
        with writing(replicated):
            until(lambda: reached(replicated) > 0, 90)
            for _ in range(ROUNDS):
                # As if it were cut off from clients, followers and the quorum at once; it wakes up as the leader that it was.
                leads = three[leader(replicated, replicated.names[0])][0]
                leads.tell(signal.SIGSTOP)
                try:
                    goes_on(replicated)
                finally:
                    leads.tell(signal.SIGCONT)
                goes_on(replicated)
        goes_on(replicated)
        assert running.kill() == 1
    assert replicated.check() == replicated.opened.store.head()


def test_a_leader_that_nobody_reaches_is_waited_for(replicated: Topics, three: Three) -> None:
    with relays(replicated) as running:
        running.start()
        with writing(replicated):
            until(lambda: reached(replicated) > 0, 90)
            for _ in range(ROUNDS):
                door = three[leader(replicated, replicated.names[0])][1]
                before = door.refused
                door.shut()
                # Until the relay itself has run into it.
                until(lambda: door.refused > before + 3, 90)  # noqa: B023 - looked at before the next one is
                door.reopen()
                goes_on(replicated)
        goes_on(replicated)
        assert running.kill() == 1
    assert replicated.check() == replicated.opened.store.head()


def test_acknowledgements_that_get_lost_double_nothing(replicated: Topics, three: Three) -> None:
    replicated.opened.store.append(stamp(), entries("contract-x", 0, 5))
    replicated.relay()
    with relays(replicated) as running:
        running.start()
        with writing(replicated):
            for n in range(5 * ROUNDS):
                before = sum(door.lost for _, door in three)
                for _, door in three:
                    door.lose(1 + n % 3)
                until(lambda: sum(door.lost for _, door in three) > before, 90)  # noqa: B023 - looked at before the next round
                goes_on(replicated)
        goes_on(replicated)
        assert running.kill() == 1
    assert sum(door.lost for _, door in three) >= 5 * ROUNDS
    assert replicated.check() == replicated.opened.store.head()
