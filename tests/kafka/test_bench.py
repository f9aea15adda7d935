"""The programs that measure the relay, and what fills and reads topics, run."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from infra.kafka import brokers
from scripts.bench import filling, lives, relay
from scripts.bench.measure import Report, options
from tests.kafka.reading import Topics
from tests.keys import MASTER


def test_it_compares_the_relay_with_a_bare_producer_and_leaves_no_topics(topics: Topics) -> None:
    lives.fill(topics.opened.store, 3)
    report = Report("relay", options(["--quick", "--rounds", "1"], ""))
    settings = replace(topics.settings, partitions=1)
    relay.contest(report, topics.opened, settings)
    assert report.ratios[0].value > 0
    assert set(report.figures) == {"relay: relay", "relay: bare producer", "relay: bytes of a record's value"}
    with brokers.administration(settings) as admin:
        assert not [name for name in admin.list_topics() if name.startswith("bench-")]


def test_it_weighs_the_processes_that_fill_topics_and_read_them_and_leaves_none(topics: Topics) -> None:
    lives.fill(topics.opened.store, 2)
    filling.publish_rules(topics.opened)
    head = topics.opened.store.head()
    report = Report("filling", options(["--quick"], ""))
    settings = replace(topics.settings, partitions=1)
    where = filling.Where(topics.opened.admin_dsn, topics.opened.names.ledger, MASTER, settings)
    found = filling.fill(report, topics.opened, where, 2 * lives.LENGTH)
    assert set(found) == {"relay", "alert rules"}
    assert all(one.rate > 0 and one.peak_mb > 10 for one in found.values())
    # A command for each cause would be all that is measured.
    assert topics.opened.store.head() == head
    filling.compare(report, (1, 1), found, found)
    assert len(report.ratios) == 4
    assert {one.value for one in report.ratios} == {1.0}
    with brokers.administration(settings) as admin:
        assert not [name for name in admin.list_topics() if name.startswith("bench-")]


@pytest.mark.parametrize("program", [relay, filling])
def test_without_brokers_it_says_so(program: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TALLY_KAFKA_BOOTSTRAP", raising=False)
    assert program.main([]) == 2
