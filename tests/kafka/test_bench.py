"""The program that measures the relay runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.kafka import brokers
from scripts.bench import lives, relay
from scripts.bench.measure import Report, options
from tests.kafka.reading import Topics


def test_it_compares_the_relay_with_a_bare_producer_and_leaves_no_topics(topics: Topics) -> None:
    lives.fill(topics.opened.store, 3)
    report = Report("relay", options(["--quick", "--rounds", "1"], ""))
    settings = replace(topics.settings, partitions=1)
    relay.contest(report, topics.opened, settings)
    assert report.ratios[0].value > 0
    assert set(report.figures) == {"relay: relay", "relay: bare producer", "relay: bytes of a record's value"}
    with brokers.administration(settings) as admin:
        assert not [name for name in admin.list_topics() if name.startswith("bench-")]


def test_without_brokers_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TALLY_KAFKA_BOOTSTRAP", raising=False)
    assert relay.main([]) == 2
