"""One producer's life: fenced in, told by the brokers how far they have come, and good until its first error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from kafka.partitioner.default import murmur2

from domain.facts import Entry
from infra.errors import KeysUnavailable, LedgerError, SealBroken, UnknownFact
from infra.kafka import brokers, standing
from infra.kafka.records import FAMILIES, POSITIONS, Record, UnknownStream, record, topic
from infra.kafka.settings import KafkaSettings
from infra.kafka.standing import Bookmark, Found, RelayStopped
from infra.store import Store

BATCH: Final = 4_000
BATCH_BYTES: Final = 8 * 1024 * 1024
# As long as the client goes on trying, and a little more.
FLUSH_S: Final = brokers.DELIVERY_MS / 1_000 + 2
COMMIT_S: Final = FLUSH_S + 20.0
BOOKMARK_KEY: Final = b"position"


class Session:
    """Publishes from where the brokers stand. After any error it is of no more use."""

    def __init__(self, store: Store, settings: KafkaSettings, producer: Any) -> None:  # noqa: ANN401 - kafka-python publishes no types
        """Made by `session`. `topics` are the ids of the families' topics by name, once it has begun."""
        self._store = store
        self._settings = settings
        self._producer = producer
        self.prefix = settings.prefix
        self._bookmark_topic = topic(settings.prefix, store.ledger, POSITIONS)
        self.topics: dict[str, str] = {}
        self.position = 0
        self._ahead: tuple[list[Record], Entry] | None = None

    def begin(self, start: int | None) -> None:
        """Finds or makes the topics, and the position: after what the brokers hold, or before the entry `start`.

        Raises RelayStopped, KafkaError, BrokersSilent, StoreUnavailable.
        """
        names = {topic(self._settings.prefix, self._store.ledger, one): False for one in FAMILIES.values()}
        with brokers.administration(self._settings) as admin, brokers.reading(self._settings) as reader:
            found = brokers.find(admin, reader, [*names, self._bookmark_topic])
            known = found.pop(self._bookmark_topic, None)
            value = None if known is None else brokers.last_value(reader, self._bookmark_topic)
            bookmark = None if value is None else Bookmark.decode(value)
            standing.require_partitions(found, self._settings.partitions)
            if start is None:
                self._require_ours(bookmark, found)
            lacking = {name: False for name in names if name not in found} | ({} if known else {self._bookmark_topic: True})
            brokers.create(admin, self._settings, lacking)
            found = brokers.find(admin, reader, list(names))
        self.topics = {name: one.topic_id for name, one in found.items()}
        self.position = bookmark.position if bookmark is not None and start is None else max(start or 1, 1) - 1
        if bookmark is None or start is not None:
            # From now on whatever the topics hold is accounted for, also when the first batch is broken off.
            self.send([], self.position, self._command_at(self.position))

    def _require_ours(self, bookmark: Bookmark | None, found: dict[str, Found]) -> None:
        standing.require_whole(bookmark, found)
        if bookmark is not None:
            standing.require_same_ledger(bookmark, self._command_at(bookmark.position))

    def _command_at(self, position: int) -> str | None:
        rows = self._store.read_log(after=position - 1, to=position, limit=1) if position else []
        return rows[0].command_id if rows else None

    def publish(self) -> int:
        """The next entries, as one transaction; answers how many were published.

        Raises RelayStopped, KafkaError, BrokersSilent, StoreUnavailable.
        """
        batch, last = self._ahead if self._ahead is not None else self._after(self.position)
        self._ahead = None
        if last is not None:
            self.send(batch, last.position, last.command_id)
        return 0 if last is None else len(batch)

    def _look_ahead(self, position: int) -> None:
        """Has the batch after a position at hand, if there is one and all is well; otherwise the next turn will see."""
        with suppress(LedgerError):
            batch, last = self._after(position)
            self._ahead = None if last is None else (batch, last)

    def _after(self, position: int) -> tuple[list[Record], Entry | None]:
        """Records of the entries after a position, bounded in number and bytes, and the last of the entries."""
        batch: list[Record] = []
        size, last = 0, None
        expected = position
        try:
            for entry in islice(self._store.whole_log(after=position, page=BATCH), BATCH):
                expected += 1
                if entry.position != expected:
                    message = f"the log goes from position {expected - 1} to {entry.position}; what stood between is gone"
                    raise RelayStopped(message)
                one = record(entry, self._settings.prefix, self._store.ledger)
                last = entry
                if one is not None:
                    batch.append(one)
                    size += len(one.value)
                    if size > BATCH_BYTES:
                        break
        except (UnknownFact, UnknownStream, SealBroken, KeysUnavailable, ValueError) as error:
            # What comes before is good; the next time there is nothing before it.
            if last is None:
                message = f"the entry at position {expected + 1} cannot be published: {error}"
                raise RelayStopped(message) from error
        return batch, last

    def send(self, batch: Sequence[Record], position: int, command_id: str | None) -> None:
        """A batch and its bookmark, all or nothing. Raises KafkaError and BrokersSilent."""
        producer = self._producer
        producer.begin_transaction()
        sent = [
            producer.send(one.topic, one.value, one.key, one.headers, partition_of(one.key, self._settings.partitions), one.timestamp_ms)
            for one in batch
        ]
        bookmark = Bookmark(position, command_id, self.topics)
        sent.append(producer.send(self._bookmark_topic, bookmark.encode(), BOOKMARK_KEY, partition=0))
        with brokers.within(COMMIT_S, lambda: commit(producer, sent)):
            if batch:
                self._look_ahead(position)
        self.position = position


def commit(producer: Any, sent: Sequence[Any]) -> None:  # noqa: ANN401 - kafka-python publishes no types
    """Ends a transaction once each of its records is known to be there. Raises KafkaError and BrokersSilent."""
    producer.flush(timeout=FLUSH_S)
    for future in sent:
        if not future.succeeded():
            raise future.exception or brokers.BrokersSilent("a record was sent and nothing was heard of it")
    producer.commit_transaction()


@lru_cache(maxsize=16_384)
def partition_of(key: bytes, partitions: int) -> int:
    """Where Kafka's own clients put a key."""
    return (int(murmur2(key)) & 0x7FFFFFFF) % partitions


@contextmanager
def session(store: Store, settings: KafkaSettings) -> Iterator[Session]:
    """A session that has fenced whoever published before, and ended what they left open. Raises KafkaError."""
    producer = brokers.producer(settings, topic(settings.prefix, store.ledger, POSITIONS))
    try:
        producer.init_transactions()
        yield Session(store, settings, producer)
    finally:
        brokers.discard(producer)


def clear(store: Store, settings: KafkaSettings) -> None:
    """Deletes the ledger's topics, whose readers have to begin anew. Raises KafkaError and BrokersSilent."""
    bookmarks = topic(settings.prefix, store.ledger, POSITIONS)
    names = [bookmarks, *(topic(settings.prefix, store.ledger, one) for one in FAMILIES.values())]
    with session(store, settings), brokers.administration(settings) as admin:
        brokers.delete(admin, names)
