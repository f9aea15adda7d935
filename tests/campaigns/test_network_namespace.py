"""Machines between which packets vanish: whoever is cut off, the topics say what the ledger says, and each alert is raised once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from consumers.alerts import run_once
from consumers.shared import group
from domain.alert import AlertRaised
from infra import codec
from infra.kafka import brokers
from infra.kafka.settings import KafkaSettings
from infra.opening import Opened
from infra.published import published
from tests import facts
from tests.campaigns.test_relay import writing
from tests.campaigns.test_three_brokers import goes_on, leader, reached
from tests.consumers.recording import publish, raised, told_of
from tests.consumers.test_alerts import REJECTED
from tests.infra.waiting import until
from tests.kafka import broker, namespace
from tests.kafka.namespace import Apart, apart
from tests.kafka.reading import Topics
from tests.kafka.relaying import relays

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
ROUNDS = 20 if LARGE else 1
RELAY = "tests.kafka.relaying" if LARGE else "tests.kafka.namespace"

pytestmark = pytest.mark.campaign


@pytest.fixture(scope="module")
def machines() -> Iterator[Apart]:
    lacking = broker.missing() or namespace.missing()
    if lacking:
        pytest.skip(lacking)
    with apart() as it:
        yield it


@pytest.fixture
def replicated(machines: Apart, opened: Opened) -> Topics:
    return Topics(opened, KafkaSettings(machines.bootstrap, partitions=2))


def members(topics: Topics) -> int:
    """How many the brokers know of that share the alert rules."""
    name = group(topics.settings, topics.opened)
    with brokers.administration(topics.settings) as admin:
        return len(admin.describe_groups([name])[name]["members"])


def is_said_to_go_on(topics: Topics) -> None:
    """Waits as `goes_on` does, and asks the ledger what the relay says: the brokers are as hard to reach from here as for the relay."""
    opened = topics.opened
    head = opened.store.head()
    until(lambda: (said := published(opened)) is not None and said.position >= head, 90)


def alerts(opened: Opened) -> int:
    """How many were raised, without reading what else is in the log."""
    return len(opened.store.read_log(after=0, to=opened.store.head(), limit=1_000, facts=codec.topics(AlertRaised)))


def test_a_leader_whose_packets_vanish_has_a_successor_and_loses_nothing(machines: Apart, replicated: Topics) -> None:
    with relays(replicated, RELAY, machines.clients.inside) as running:
        running.start()
        with writing(replicated):
            until(lambda: reached(replicated) > 0, 90)
            for name in (replicated.position_topic, replicated.names[0])[: 2 if LARGE else 1] * ROUNDS:
                with machines.without_broker(leader(replicated, name)):
                    is_said_to_go_on(replicated)
                goes_on(replicated)
        goes_on(replicated)
        assert running.kill() == 1
    assert replicated.check() == replicated.opened.store.head()


def test_clients_that_are_cut_off_from_all_brokers_lose_nothing_and_repeat_nothing(machines: Apart, replicated: Topics) -> None:
    opened, inside = replicated.opened, machines.clients.inside
    publish(opened, REJECTED)
    told_of(opened, "c00", facts.delivery_rejected)
    replicated.relay()
    with relays(replicated, RELAY, inside) as relaying, relays(replicated, "tests.consumers.sharing", inside) as sharing:
        relaying.start()
        sharing.start()
        with writing(replicated):
            until(lambda: alerts(opened) == 1, 90)
            for n in range(1, ROUNDS + 1):
                with machines.without_clients():
                    told_of(opened, f"c{n:02}", facts.delivery_rejected)
                    published = reached(replicated)
                    # Until the brokers take the one that shares the rules for dead.
                    until(lambda: members(replicated) == 0, 90)
                    assert reached(replicated) == published
                    assert alerts(opened) == n
                until(lambda: alerts(opened) > n, 90)  # noqa: B023 - looked at before the next round
        goes_on(replicated)
        assert sharing.kill() == relaying.kill() == 1
    assert sorted(alert.cause.about for alert in raised(opened)) == [f"c{n:02}" for n in range(ROUNDS + 1)]
    log = run_once(opened)
    assert (log.found, log.raised) == (ROUNDS + 1, 0)
    assert replicated.check() == opened.store.head()
