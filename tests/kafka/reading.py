"""A reader of what is committed, which compares it with the ledger."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from kafka import TopicPartition

from infra.kafka import brokers
from infra.kafka.records import FAMILIES, POSITIONS, STATES, Record, record, topic
from infra.kafka.relay import Orders, Relay
from infra.kafka.session import partition_of
from infra.kafka.settings import KafkaSettings
from infra.kafka.states import StateKind
from infra.ledger import CONTRACT
from infra.opening import Opened
from projections.states import ALL_STATES


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

    def relay(self, orders: Orders = Orders(once=True), states: Sequence[StateKind] = ALL_STATES) -> Relay:  # noqa: B008 - it cannot change
        """Publishes, as told; answers the relay."""
        relay = Relay(self.opened, self.settings, states, orders)
        relay.run()
        return relay

    def state_topic(self, prefix: str) -> str:
        """Where the states of streams that begin so are."""
        return topic(self.settings.prefix, self.opened.names.ledger, STATES[prefix])

    def read(self, *names: str) -> list[Read]:
        """Everything committed in some topics or in those of all entries, each partition in its order."""
        with brokers.reading(self.settings) as reader:
            parts = [TopicPartition(name, n) for name in names or self.names for n in range(self.settings.partitions)]
            reader.assign(parts)
            reader.seek_to_beginning()
            return [_read(one) for one in brokers.read_to(reader, reader.end_offsets(parts))]

    def is_done(self, group: str, name: str) -> bool:
        """Whether a group said of all that a topic holds that it is done; behind a transaction's last record stands its end."""
        parts = [TopicPartition(name, n) for n in range(self.settings.partitions)]
        with brokers.administration(self.settings) as admin:
            said = admin.list_group_offsets({group: parts})[group]
        with brokers.reading(self.settings) as reader:
            ends = reader.end_offsets(parts)
        return all(at in said and said[at].offset >= ends[at] - 1 for at in parts)

    def expected(self) -> list[Record]:
        """What the ledger holds, as records, in its order."""
        entries = self.opened.store.whole_log()
        return [one for one in (record(entry, self.settings.prefix, self.opened.names.ledger) for entry in entries) if one is not None]

    def states(self, prefix: str) -> dict[str, Any]:
        """What compaction would leave of a topic of states, by stream: each one's last value."""
        read = self.read(self.state_topic(prefix))
        return {one.record.key.decode(): one.record.value and json.loads(one.record.value) for one in read}

    def check_states(self) -> None:
        """Each contract's last state is of its last entry that is published."""
        last = {one.stream: one.position for one in self.opened.store.whole_log() if one.stream.startswith(CONTRACT.prefix)}
        assert {stream: held["position"] for stream, held in self.states(CONTRACT.prefix).items()} == last

    def check(self) -> int:
        """Each entry is there once, in its place, in order, and as it was to be published, and so are the states that they lead to.

        Answers how many entries there are.
        """
        read, expected = self.read(), self.expected()
        last: dict[tuple[str, int], int] = {}
        for one in read:
            where = (one.record.topic, one.partition)
            assert one.position > last.get(where, 0), f"{one.position} comes after {last[where]} in {where}"
            assert one.partition == partition_of(one.record.key, self.settings.partitions)
            last[where] = one.position
        assert [one.record for one in sorted(read, key=lambda one: one.position)] == expected
        self.check_states()
        return len(read)


def _read(one: Any) -> Read:  # noqa: ANN401 - kafka-python publishes no types
    return Read(one.partition, Record(one.topic, one.key, one.value, list(one.headers), one.timestamp))
