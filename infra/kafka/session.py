"""One producer's life: fenced in, told by the brokers how far they have come, and good until its first error."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from kafka.partitioner.default import murmur2

from infra.errors import LedgerError
from infra.kafka import brokers, standing
from infra.kafka.ahead import Ahead, AheadGone
from infra.kafka.brokers import Wanted
from infra.kafka.records import FAMILIES, POSITIONS, STATES, Record, topic
from infra.kafka.rendering import BATCH, Batch, Rendering
from infra.kafka.settings import KafkaSettings
from infra.kafka.standing import Bookmark, Found
from infra.kafka.states import StateKind, StateTopic
from infra.opening import Reopening
from infra.store import Store

# So many entries behind, another process that renders is worth its start.
FAR: Final = 5 * BATCH
# As long as the client goes on trying, and a little more.
FLUSH_S: Final = brokers.DELIVERY_MS / 1_000 + 2
COMMIT_S: Final = FLUSH_S + 20.0
BOOKMARK_KEY: Final = b"position"


class Session:
    """Publishes from where the brokers stand. After any error it is of no more use."""

    def __init__(
        self,
        store: Store,
        settings: KafkaSettings,
        producer: Any,  # noqa: ANN401 - kafka-python publishes no types
        states: Sequence[StateKind],
        again: Reopening | None,
    ) -> None:
        """Made by `session`. `topics` are the ids of the ledger's topics by name, once they hold all up to the position."""
        self._store = store
        self._kinds = states
        self._again = again
        self._settings = settings
        self._producer = producer
        self.prefix = settings.prefix
        self._bookmark_topic = topic(settings.prefix, store.ledger, POSITIONS)
        self._rendering = Rendering(store, settings.prefix, states, BATCH)
        self._states = self._rendering.states
        self.topics: dict[str, str] = {}
        self.position = 0
        self._ahead: Ahead | None = None
        self._next: Batch | None = None

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
            self.position = bookmark.position if bookmark is not None and start is None else max(start or 1, 1) - 1
            self._render_elsewhere(self.position)
            lacking = {name: one for name, one in wanted.items() if name not in found}
            brokers.create(admin, self._settings, lacking | ({} if known else {self._bookmark_topic: Wanted(1, brokers.COMPACTED)}))
            found = brokers.find(admin, reader, names)
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
        with nullcontext() if self._ahead is None else uncollected():
            batch = self._next or self._after(self.position)
            self._next = None
            if batch is None:
                return 0
            self.send(batch.records, batch.position, batch.command_id, look_ahead=True)
            return batch.entries

    def _look_ahead(self, position: int) -> None:
        """Has the batch after a position at hand, if there is one and all is well; otherwise the next turn will see."""
        with suppress(LedgerError):
            self._next = self._after(position)

    def _after(self, position: int) -> Batch | None:
        """The batch after a position, by the process that renders or by this one."""
        if self._ahead is not None:
            try:
                if self._ahead.has_begun(position):
                    batch = self._ahead.after(position)
                    if batch is not None:
                        return batch
                    self._render_alone()
            except AheadGone:
                # What it cannot do may be done here, or said why not.
                self._render_alone()
                self._again = None
        batch = self._rendering.after(position)
        if batch is not None and batch.position - position > BATCH // 4:
            self._render_elsewhere(batch.position)
        return batch

    def _render_elsewhere(self, position: int) -> None:
        """From when it is ready, another process renders, if there is much to do and a processor for it."""
        if self._ahead is None and self._again is not None and (os.cpu_count() or 1) > 1 and self._store.head() - position >= FAR:
            self._ahead = Ahead(self._again, self.prefix, self._kinds, BATCH)

    def _render_alone(self) -> None:
        """From now on this process renders again."""
        self.close()
        self._rendering = Rendering(self._store, self.prefix, self._kinds, BATCH)

    def close(self) -> None:
        """Ends the process that renders, if there is one."""
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None

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


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the search for cycles, which looks through thousands of records again and again that live as long as their batch.

    For the time of one batch, and only while a long log is caught up with: other threads of the process do without it too.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


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
def session(store: Store, settings: KafkaSettings, states: Sequence[StateKind], again: Reopening | None = None) -> Iterator[Session]:
    """A session that has fenced whoever published before, and ended what they left open. Raises KafkaError.

    With a way to open the ledger `again` a process of its own renders while there is much to catch up with.
    """
    producer = brokers.producer(settings, topic(settings.prefix, store.ledger, POSITIONS))
    try:
        producer.init_transactions()
        with closing(Session(store, settings, producer, states, again)) as it:
            yield it
    finally:
        brokers.discard(producer)


def clear(store: Store, settings: KafkaSettings) -> None:
    """Deletes the ledger's topics, whose readers have to begin anew. Raises KafkaError and BrokersSilent."""
    bookmarks = topic(settings.prefix, store.ledger, POSITIONS)
    families = [*FAMILIES.values(), *STATES.values()]
    names = [bookmarks, *(topic(settings.prefix, store.ledger, one) for one in families)]
    with session(store, settings, ()), brokers.administration(settings) as admin:
        brokers.delete(admin, names)
