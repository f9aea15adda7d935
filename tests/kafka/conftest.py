"""A broker for all tests of a run, and topics of its own for each test's ledger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.kafka.settings import KafkaSettings
from infra.opening import Opened
from tests.kafka.broker import Broker, missing, own_broker
from tests.kafka.reading import Topics


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """Apache Kafka. Whoever breaks it starts it again."""
    lacking = missing()
    if lacking:
        pytest.skip(lacking)
    with own_broker() as it:
        yield it


@pytest.fixture
def topics(broker: Broker, opened: Opened) -> Topics:
    """What the broker holds of the test's ledger."""
    return Topics(opened, KafkaSettings((broker.bootstrap,), partitions=2))
