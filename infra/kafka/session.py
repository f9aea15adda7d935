"""One producer's life: fenced in, told by the brokers how far they have come, and good until its first error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

from kafka.partitioner.default import murmur2

from domain.facts import Entry
from infra.errors import KeysUnavailable, LedgerError, SealBroken, UnknownFact
from infra.kafka import brokers, standing
from infra.kafka.brokers import Wanted
from infra.kafka.records import FAMILIES, POSITIONS, STATES, Record, UnknownStream, record, topic
from infra.kafka.settings import KafkaSettings
from infra.kafka.standing import Bookmark, Found, RelayStopped
from infra.kafka.states import OutOfStep, StateKind, StateTopic
from infra.store import Store

BATCH: Final = 4_000
BATCH_BYTES: Final = 8 * 1024 * 1024
# As long as the client goes on trying, and a little more.
FLUSH_S: Final = brokers.DELIVERY_MS / 1_000 + 2
COMMIT_S: Final = FLUSH_S + 20.0
BOOKMARK_KEY: Final = b"position"


# What an entry can be that nobody can read as it stands.
UNREADABLE: Final = (UnknownFact, UnknownStream, SealBroken, KeysUnavailable, ValueError)


class Batch(NamedTuple):
    """What goes into one transaction: records of so many `entries` up to the `last`, and of the states that they lead to."""

    records: list[Record]
    last: Entry
    entries: int


class Session:
    """Publishes from where the brokers stand. After any error it is of no more use."""

    def __init__(self, store: Store, settings: KafkaSettings, producer: Any, states: Sequence[StateKind]) -> None:  # noqa: ANN401 - kafka-python publishes no types
        """Made by `session`. `topics` are the ids of the ledger's topics by name, once they hold all up to the position."""
        self._store = store
        self._settings = settings
        self._producer = producer
        self.prefix = settings.prefix
        self._bookmark_topic = topic(settings.prefix, store.ledger, POSITIONS)
        self._states = [StateTopic(kind, store, settings.prefix) for kind in states]
        self.topics: dict[str, str] = {}
        self.position = 0
        self._ahead: Batch | None = None

    def begin(self, start: int | None) -> None:
        """Finds or makes the topics, and the position: after what the brokers hold, or before the entry `start`.

        Raises RelayStopped, KafkaError, BrokersSilent, StoreUnavailable.
        """
        partitions, families = self._settings.partitions, FAMILIES.values()
        wanted = {topic(self._settings.prefix, self._store.ledger, one): Wanted(partitions, brokers.FOR_EVER) for one in families}
        wanted |= {one.topic: Wanted(partitions, brokers.LAST_STATES) for one in self._states}
        names = list(wanted)
        with brokers.administration(self._settings) as admin, brokers.reading(self._settings) as reader:
            found = brokers.find(admin, reader, [*names, self._bookmark_topic])
            known = found.pop(self._bookmark_topic, None)
            value = None if known is None else brokers.last_value(reader, self._bookmark_topic)
            bookmark = None if value is None else Bookmark.decode(value)
            standing.require_partitions(found, partitions)
            if start is None:
                self._require_ours(bookmark, found)
            lacking = {name: one for name, one in wanted.items() if name not in found}
            brokers.create(admin, self._settings, lacking | ({} if known else {self._bookmark_topic: Wanted(1, brokers.COMPACTED)}))
            found = brokers.find(admin, reader, names)
        self.position = bookmark.position if bookmark is not None and start is None else max(start or 1, 1) - 1
        vouched = bookmark.topics if bookmark is not None and start is None else {}
        unfilled = [one for one in self._states if one.topic not in vouched]
        self.topics = {name: one.topic_id for name, one in found.items() if not any(one.topic == name for one in unfilled)}
        if unfilled or bookmark is None or start is not None:
            self._fill(unfilled)
            self.topics = {name: one.topic_id for name, one in found.items()}
            # From now on whatever the topics hold is accounted for, also when the first batch is broken off.
            self.send([], self.position, self._command_at(self.position))

    def _fill(self, unfilled: Sequence[StateTopic]) -> None:
        """Publishes every state as of the position, to topics that no bookmark vouches for; none does until all of them are there."""
        command_id = self._command_at(self.position)
        for one in unfilled:
            states = one.every(self.position)
            while batch := list(islice(states, BATCH)):
                self.send(batch, self.position, command_id)

    def _require_ours(self, bookmark: Bookmark | None, found: dict[str, Found]) -> None:
        standing.require_whole(bookmark, found)
        if bookmark is not None:
            standing.require_same_ledger(bookmark, self._command_at(bookmark.position))

    def _command_at(self, position: int) -> str | None:
        rows = self._store.read_log(after=position - 1, to=position, limit=1) if position else []
        return rows[0].command_id if rows else None

    def require_topics(self) -> None:
        """Raises BrokersSilent where a topic is no longer the one that was published to; KafkaError."""
        with brokers.administration(self._settings) as admin:
            ids = brokers.topic_ids(admin, list(self.topics))
        if ids != self.topics:
            message = f"{', '.join(sorted(name for name, one in self.topics.items() if ids.get(name) != one))} went away"
            raise brokers.BrokersSilent(message)

    def publish(self) -> int:
        """The next entries, as one transaction; answers how many were published.

        Raises RelayStopped, KafkaError, BrokersSilent, StoreUnavailable.
        """
        ahead = self._ahead or self._after(self.position)
        self._ahead = None
        if ahead is None:
            return 0
        self.send(ahead.records, ahead.last.position, ahead.last.command_id, look_ahead=True)
        return ahead.entries

    def _look_ahead(self, position: int) -> None:
        """Has the batch after a position at hand, if there is one and all is well; otherwise the next turn will see."""
        with suppress(LedgerError):
            self._ahead = self._after(position)

    def _after(self, position: int) -> Batch | None:
        """The batch after a position, bounded in number and bytes of entries; None at the end of the log."""
        records: list[Record] = []
        entries: list[Entry] = []
        size = 0
        try:
            for entry in islice(self._store.whole_log(after=position, page=BATCH), BATCH):
                if entry.position != position + len(entries) + 1:
                    message = f"the log goes from position {position + len(entries)} to {entry.position}; what stood between is gone"
                    raise RelayStopped(message)
                one = record(entry, self._settings.prefix, self._store.ledger)
                entries.append(entry)
                if one is not None:
                    records.append(one)
                    size += len(one.value or b"")
                    if size > BATCH_BYTES:
                        break
        except UNREADABLE as error:
            # What comes before is good; the next time there is nothing before it.
            if not entries:
                message = f"the entry at position {position + 1} cannot be published: {error}"
                raise RelayStopped(message) from error
        return Batch([*records, *self._states_after(entries)], entries[-1], len(records)) if entries else None

    def _states_after(self, entries: Sequence[Entry]) -> list[Record]:
        try:
            return [record for one in self._states for record in one.after(entries)]
        except (OutOfStep, *UNREADABLE) as error:
            message = f"the states after the entries from position {entries[0].position} to {entries[-1].position} cannot be told: {error}"
            raise RelayStopped(message) from error

    def send(self, records: Sequence[Record], position: int, command_id: str | None, *, look_ahead: bool = False) -> None:
        """Records and a bookmark, all or nothing. Raises KafkaError and BrokersSilent."""
        producer = self._producer
        producer.begin_transaction()
        sent = [
            producer.send(one.topic, one.value, one.key, one.headers, partition_of(one.key, self._settings.partitions), one.timestamp_ms)
            for one in records
        ]
        bookmark = Bookmark(position, command_id, self.topics)
        sent.append(producer.send(self._bookmark_topic, bookmark.encode(), BOOKMARK_KEY, partition=0))
        with brokers.within(COMMIT_S, lambda: commit(producer, sent)):
            if look_ahead:
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
def session(store: Store, settings: KafkaSettings, states: Sequence[StateKind]) -> Iterator[Session]:
    """A session that has fenced whoever published before, and ended what they left open. Raises KafkaError."""
    producer = brokers.producer(settings, topic(settings.prefix, store.ledger, POSITIONS))
    try:
        producer.init_transactions()
        yield Session(store, settings, producer, states)
    finally:
        brokers.discard(producer)


def clear(store: Store, settings: KafkaSettings) -> None:
    """Deletes the ledger's topics, whose readers have to begin anew. Raises KafkaError and BrokersSilent."""
    bookmarks = topic(settings.prefix, store.ledger, POSITIONS)
    families = [*FAMILIES.values(), *STATES.values()]
    names = [bookmarks, *(topic(settings.prefix, store.ledger, one) for one in families)]
    with session(store, settings, ()), brokers.administration(settings) as admin:
        brokers.delete(admin, names)
