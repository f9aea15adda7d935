"""The program that measures the relay runs."""

from __future__ import annotations

import json

import pytest

from infra.kafka import brokers
from infra.kafka.settings import KafkaSettings
from scripts.bench import relay
from tests.kafka.broker import Broker


def test_it_compares_the_relay_with_a_bare_producer_and_leaves_no_topics(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TALLY_KAFKA_BOOTSTRAP", broker.bootstrap)
    assert relay.main(["--json", "--quick", "--rounds", "1"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["ratios"]["relay / bare producer"]["value"] > 0
    assert told["figures"]["relay: relay"]["per_s"] > 0
    with brokers.administration(KafkaSettings((broker.bootstrap,))) as admin:
        assert not [name for name in admin.list_topics() if name.startswith("bench-")]


def test_without_brokers_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TALLY_KAFKA_BOOTSTRAP", raising=False)
    assert relay.main([]) == 2
