"""A reader of what is committed, which compares it with the ledger."""

from __future__ import annotations

from typing import Any, NamedTuple

from kafka import TopicPartition

from infra.kafka import brokers
from infra.kafka.records import FAMILIES, POSITIONS, Record, record, topic
from infra.kafka.relay import Orders, Relay
from infra.kafka.session import partition_of
from infra.kafka.settings import KafkaSettings
from infra.opening import Opened


class Read(NamedTuple):
    """A record as a reader gets it."""

    partition: int
    record: Record

    @property
    def position(self) -> int:
        """As a reader de-duplicates by it."""
        return int(dict(self.record.headers)["ce_position"])


class Topics:
    """The topics of one ledger."""

    def __init__(self, opened: Opened, settings: KafkaSettings) -> None:
        self.opened = opened
        self.settings = settings

    @property
    def names(self) -> list[str]:
        """Of all families."""
        return [topic(self.settings.prefix, self.opened.names.ledger, family) for family in FAMILIES.values()]

    @property
    def position_topic(self) -> str:
        """Where the relay keeps its position."""
        return topic(self.settings.prefix, self.opened.names.ledger, POSITIONS)

    def relay(self, orders: Orders = Orders(once=True)) -> Relay:  # noqa: B008 - it cannot change
        """Publishes, as told; answers the relay."""
        relay = Relay(self.opened, self.settings, orders)
        relay.run()
        return relay

    def read(self) -> list[Read]:
        """Everything committed, each partition in its order."""
        with brokers.reading(self.settings) as reader:
            parts = [TopicPartition(name, n) for name in self.names for n in range(self.settings.partitions)]
            reader.assign(parts)
            reader.seek_to_beginning()
            return [_read(one) for one in brokers.read_to(reader, reader.end_offsets(parts))]

    def expected(self) -> list[Record]:
        """What the ledger holds, as records, in its order."""
        entries = self.opened.store.whole_log()
        return [one for one in (record(entry, self.settings.prefix, self.opened.names.ledger) for entry in entries) if one is not None]

    def check(self) -> int:
        """Each entry is there once, in its place, in order, and as it was to be published; answers how many there are."""
        read, expected = self.read(), self.expected()
        last: dict[tuple[str, int], int] = {}
        for one in read:
            where = (one.record.topic, one.partition)
            assert one.position > last.get(where, 0), f"{one.position} comes after {last[where]} in {where}"
            assert one.partition == partition_of(one.record.key, self.settings.partitions)
            last[where] = one.position
        assert [one.record for one in sorted(read, key=lambda one: one.position)] == expected
        return len(read)


def _read(one: Any) -> Read:  # noqa: ANN401 - kafka-python publishes no types
    return Read(one.partition, Record(one.topic, one.key, one.value, list(one.headers), one.timestamp))
