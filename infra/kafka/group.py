"""A member of a consumer group: topics are divided among the members by partitions, and divided anew when one comes or goes."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple

from kafka import KafkaConsumer
from kafka.errors import CommitFailedError, IllegalStateError, RebalanceInProgressError
from kafka.structs import OffsetAndMetadata

from infra.kafka import brokers
from infra.kafka.settings import KafkaSettings

SESSION_MS: Final = 10_000
# The embedded broker lets those who join wait for half of it.
SESSION_EMBEDDED_MS: Final = 1_000
LOOK_S: Final = 10.0
TOGETHER: Final = 500
_log = logging.getLogger(__name__)


class Delivered(NamedTuple):
    """What a member was given at once: positions in the ledger, those of each partition in its order, and where each partition went on."""

    positions: list[int]
    ends: dict[Any, int]


class Member:
    """Is given records, and says when their effects are there. For one thread."""

    def __init__(self, settings: KafkaSettings, consumer: Any, topics: Sequence[str]) -> None:  # noqa: ANN401 - kafka-python publishes no types
        """Made by `member`."""
        self._settings = settings
        self._consumer = consumer
        self._topics = topics
        self._ids: dict[str, str] = {}
        self._looked = -LOOK_S
        self._untold: dict[Any, int] = {}
        self.partitions: frozenset[Any] = frozenset()

    def poll(self, seconds: float) -> Delivered:
        """What came within so long. Raises KafkaError, BrokersSilent."""
        found = self._consumer.poll(int(seconds * 1_000), max_records=TOGETHER)
        self._see_that_it_joins()
        begun_anew = self._see_to_partitions()
        positions: list[int] = []
        ends: dict[Any, int] = {}
        for at, records in found.items():
            if at not in begun_anew and records:
                ends[at] = records[-1].offset + 1
                positions += (int(dict(record.headers)["ce_position"]) for record in records)
        return Delivered(positions, ends)

    def done(self, delivered: Delivered) -> None:
        """The effects of all that was delivered are there.

        Whoever was taken for dead meanwhile is not heard: another one has it now. Nor is anybody while the group divides its
        partitions: what stays with this member is told the next time, and the rest comes once more.
        """
        self._untold |= delivered.ends
        if self._untold:
            told = {at: OffsetAndMetadata(offset, self._ids.get(at.topic, ""), -1) for at, offset in self._untold.items()}
            with suppress(CommitFailedError, RebalanceInProgressError):
                self._consumer.commit(told)
                self._untold.clear()

    def _see_that_it_joins(self) -> None:
        """Has the consumer end a join that it forgot.

        kafka-python 3.0 begins to join because partitions became known, and does not look at the answer where these are as they were by
        the time that it comes: such a member reads on, but says nothing any more, and the group takes it for dead.
        """
        coordinator = self._consumer._coordinator  # noqa: SLF001 - nothing public says whether it means to join
        if coordinator.rebalance_in_progress() and not coordinator.need_rejoin():
            _log.warning("the Kafka client forgot that it was joining the group of %s: joining again", ", ".join(self._topics))
            coordinator.request_rejoin()

    def _see_to_partitions(self) -> set[Any]:
        """Goes back to the begin of partitions that are others than those that the group was told of; answers which.

        An offset means nothing in a topic that was deleted and made again.
        """
        held = frozenset(self._consumer.assignment())
        new = held - self.partitions
        self.partitions = held
        self._untold = {at: end for at, end in self._untold.items() if at in held - new}
        if not new and time.monotonic() - self._looked < LOOK_S:
            return set()
        with brokers.administration(self._settings) as admin:
            ids = brokers.topic_ids(admin, self._topics)
        self._looked = time.monotonic()
        changed = {at for at in held if self._ids.get(at.topic, ids.get(at.topic)) != ids.get(at.topic)}
        self._ids = ids
        for at in new - changed:
            committed = self._consumer.committed(at, metadata=True)
            if committed is not None and committed.metadata != ids.get(at.topic):
                changed.add(at)
        if changed:
            self._untold = {at: end for at, end in self._untold.items() if at not in changed}
            # What went away meanwhile is somebody else's to see to.
            with suppress(IllegalStateError, AssertionError):
                self._consumer.seek_to_beginning(*changed)
        return changed


@contextmanager
def member(settings: KafkaSettings, group: str, topics: Sequence[str]) -> Iterator[Member]:
    """Belongs to the group for the length of a `with`. Raises KafkaError."""
    session_ms = SESSION_EMBEDDED_MS if settings.embedded else SESSION_MS
    consumer = KafkaConsumer(
        bootstrap_servers=list(settings.bootstrap),
        group_id=group,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=session_ms // 3,
        bootstrap_timeout_ms=brokers.ANSWER_MS,
        # Or topics that are not there yet are not seen for minutes.
        metadata_max_age_ms=5_000,
        allow_auto_create_topics=False,
        **settings.client,
    )
    try:
        # Whoever divides the partitions has to know them before; otherwise it divides none.
        for name in topics:
            consumer.partitions_for_topic(name)
        consumer.subscribe(list(topics))
        yield Member(settings, consumer, topics)
    finally:
        consumer.close(autocommit=False)
