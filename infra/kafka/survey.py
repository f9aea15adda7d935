"""What there is in a ledger's topics, and how far they are behind the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from kafka import TopicPartition

from infra.kafka import brokers
from infra.kafka.records import FAMILIES, POSITIONS, STATES, topic
from infra.kafka.settings import KafkaSettings
from infra.kafka.standing import Bookmark
from infra.store import Store


class Sample(NamedTuple):
    """A record as a reader gets it."""

    position: int
    key: str
    partition: int
    headers: dict[str, str]
    value: Any


class Surveyed(NamedTuple):
    """A topic. `entries` of the ledger are published, `behind` are not yet; `partitions` is zero where there is no such topic yet.

    In a topic of states, `entries` are streams that have one there, and of those `behind` it does not have the last.
    `offsets` is what the brokers number in all, marks of transactions and copies that were broken off included.
    """

    topic: str
    partitions: int
    entries: int
    behind: int
    offsets: int
    samples: list[Sample]


class Survey(NamedTuple):
    """All topics of a ledger. The brokers hold what is up to `position`; None where no relay has published yet."""

    position: int | None
    head: int
    topics: list[Surveyed]


def survey(store: Store, settings: KafkaSettings, samples: int) -> Survey:
    """Asks brokers and ledger, and reads the last `samples` records of each topic. Raises KafkaError, BrokersSilent, StoreUnavailable."""
    bookmarks = topic(settings.prefix, store.ledger, POSITIONS)
    families = [*FAMILIES.items(), *STATES.items()]
    names = {family: topic(settings.prefix, store.ledger, family) for _, family in families}
    with brokers.administration(settings) as admin, brokers.reading(settings) as reader:
        found = brokers.find(admin, reader, [*names.values(), bookmarks])
        value = brokers.last_value(reader, bookmarks) if bookmarks in found else None
        position = None if value is None else Bookmark.decode(value).position
        counts = counted(store, position or 0)
        told = []
        for prefix, family in families:
            name = names[family]
            partitions = found[name].partitions if name in found else 0
            published, behind = (counts.streams if family in STATES.values() else counts.entries).get(prefix, (0, 0))
            parts = [TopicPartition(name, n) for n in range(partitions)]
            offsets = sum(reader.end_offsets(parts).values()) if parts else 0
            told.append(Surveyed(name, partitions, published, behind, offsets, last_of(reader, parts, samples)))
    return Survey(position, store.head(), told)


class Counts(NamedTuple):
    """How many there are up to a position, and after it, by the prefix of streams. `streams` after it are those that changed there."""

    entries: Mapping[str, tuple[int, int]]
    streams: Mapping[str, tuple[int, int]]


def counted(store: Store, position: int) -> Counts:
    """What the ledger has up to a position, and after it."""
    with store.connections.use() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT left(stream, strpos(stream, '-')), "
            "count(*) FILTER (WHERE position <= %(at)s), count(*) FILTER (WHERE position > %(at)s), "
            "count(*) FILTER (WHERE position <= %(at)s AND version = 1), count(DISTINCT stream) FILTER (WHERE position > %(at)s) "
            f"FROM {store.ledger}.entries GROUP BY 1",
            {"at": position},
        )
        rows = cursor.fetchall()
    return Counts({prefix: (n, behind) for prefix, n, behind, _, _ in rows}, {prefix: (n, behind) for prefix, _, _, n, behind in rows})


def last_of(reader: Any, parts: list[TopicPartition], count: int) -> list[Sample]:  # noqa: ANN401 - kafka-python publishes no types
    """The last committed records of a topic, by their positions. Raises KafkaError and BrokersSilent."""
    if not parts or not count:
        return []
    reader.assign(parts)
    begins, ends = reader.beginning_offsets(parts), reader.end_offsets(parts)
    # Some of what the brokers number are marks of transactions.
    back = 2 * count + 20
    while True:
        for part in parts:
            reader.seek(part, max(begins[part], ends[part] - back))
        found = sorted(map(sampled, brokers.read_to(reader, ends)), key=lambda one: one.position)
        if len(found) >= count or all(ends[part] - back <= begins[part] for part in parts):
            return found[-count:]
        back *= 10


def sampled(record: Any) -> Sample:  # noqa: ANN401 - kafka-python publishes no types
    """A record, read."""
    headers = {name: value.decode() for name, value in record.headers}
    return Sample(int(headers["ce_position"]), record.key.decode(), record.partition, headers, record.value and orjson.loads(record.value))
