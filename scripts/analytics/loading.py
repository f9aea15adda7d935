"""From the topics into the warehouse: every committed record from where it was left, at first from the start."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from kafka import TopicPartition

from infra.kafka import brokers
from infra.kafka.records import FAMILIES, POSITIONS, topic
from infra.kafka.settings import KafkaSettings
from infra.kafka.standing import Bookmark
from scripts.analytics.warehouse import Arrived, Warehouse

TOGETHER: Final = 20_000


class NothingPublished(Exception):
    """The brokers hold nothing of this ledger."""


def load(warehouse: Warehouse, settings: KafkaSettings, ledger: str) -> tuple[int, int]:
    """Takes what is there by now, and reckons what is open: how far the brokers had come before, and how many entries were new.

    Raises NothingPublished, EntryMissing, KafkaError, BrokersSilent, RelayStopped.
    """
    with brokers.reading(settings) as reader:
        published = position(reader, topic(settings.prefix, ledger, POSITIONS))
        names = [topic(settings.prefix, ledger, family) for family in FAMILIES.values()]
        parts = [TopicPartition(name, n) for name in names for n in reader.partitions_for_topic(name) or ()]
        begins, ends = reader.beginning_offsets(parts), reader.end_offsets(parts)
        reader.assign(parts)
        for part in parts:
            left = warehouse.seen(part.topic, part.partition).next_offset
            # A topic that was filled anew may be shorter than what was read of the one before; positions tell what is known.
            reader.seek(part, left if begins[part] <= left <= ends[part] else begins[part])
        new = 0
        waiting: defaultdict[Any, list[Arrived]] = defaultdict(list)
        for n, record in enumerate(brokers.read_to(reader, ends), 1):
            said = {name: value.decode() for name, value in record.headers}
            waiting[record.topic, record.partition].append(Arrived(record.offset, said, record.value))
            if n % TOGETHER == 0:
                new += _take(warehouse, waiting)
        new += _take(warehouse, waiting)
    warehouse.settle()
    return published, new


def _take(warehouse: Warehouse, waiting: defaultdict[Any, list[Arrived]]) -> int:
    new = sum(warehouse.take(name, part, records, records[-1].offset + 1) for (name, part), records in waiting.items())
    waiting.clear()
    return new


def position(reader: Any, bookmarks: str) -> int:  # noqa: ANN401 - kafka-python publishes no types
    """Up to which position of the log the topics are filled. Raises NothingPublished."""
    value = brokers.last_value(reader, bookmarks) if reader.partitions_for_topic(bookmarks) else None
    if value is None:
        message = "the brokers hold nothing of this ledger; `tally relay` publishes it"
        raise NothingPublished(message)
    return Bookmark.decode(value).position
