"""The alert rules, watched by several processes: each looks at the partitions of the topics that it has for now, in any order.

Records only say which entries to look at. What they say, and by which rules, is asked of the ledger as of each one's position,
so that it makes no difference who looks at it, when, and how often: an alert's id follows from its rule and its cause.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from threading import Event
from typing import Final

from kafka import TopicPartition

from consumers.alerts import NAME, Watcher, Watching, raise_once
from domain.alerting import CONTRACTS
from domain.alerting.on_visit import ON_VISIT
from domain.clock import HOUSE
from domain.facts import Entry
from infra import codec
from infra.followed import ConsumerBookmark
from infra.kafka.group import member
from infra.kafka.records import FAMILIES, topic
from infra.kafka.session import partition_of
from infra.kafka.settings import KafkaSettings
from infra.ledger import ALERTING, CLOCK, CONTRACT, PARTY
from infra.opening import Opened
from infra.store import PAGE

POLL_S: Final = 0.25
# Entries of others are read along where that saves a query.
_NEAR: Final = 32
VISITS_LOOKED_AT: Final = tuple({name for kinds, _ in ON_VISIT.values() for kind in kinds for name in codec.topics(kind)})


class Share:
    """What one process looks at of the log."""

    def __init__(self, opened: Opened) -> None:
        """Passes over what was looked at before by somebody who follows the log itself. Raises StoreUnavailable."""
        self._opened = opened
        self._watcher = Watcher(opened, in_order=False)
        self._edition = -1
        self._known = ConsumerBookmark(opened, NAME).position()
        self.done = Watching()

    def look(self, positions: Sequence[int]) -> None:
        """Raises what the rules find in these entries. Raises StoreUnavailable, and what keeps an entry from being read."""
        wanted = sorted({position for position in positions if position > self._known})
        if not wanted:
            return
        # Whoever sees an entry sees every edition before it.
        editions = [entry.position for entry in self._opened.ledger.history(ALERTING, CONTRACTS)]
        for entry in self._entries(wanted):
            edition = bisect_left(editions, entry.position)
            if edition != self._edition:
                self._watcher.begin_after(entry.position - 1)
                self._edition = edition
            for alert in self._watcher.alerts(entry):
                self.done.found += 1
                self.done.raised += raise_once(self._opened, alert, entry)
            self.done.entries += 1

    def _entries(self, wanted: Sequence[int]) -> Iterator[Entry]:
        store = self._opened.store
        at = 0
        while at < len(wanted):
            end = at + 1
            while end < len(wanted) and wanted[end] - wanted[end - 1] <= _NEAR:
                end += 1
            some = set(wanted[at:end])
            rows = [
                row
                for row in store.read_log(after=wanted[at] - 1, to=wanted[end - 1], limit=wanted[end - 1] - wanted[at] + 1)
                if row.position in some
            ]
            store.read_keys(rows)
            yield from map(store.decoded, rows)
            at = end


class Door:
    """What is done at the ledger's door, which no topic tells of: looked at in the log, by whichever member has the clock's partition."""

    def __init__(self, opened: Opened, share: Share) -> None:
        """Raises StoreUnavailable."""
        self._store = opened.store
        self._share = share
        self._bookmark = ConsumerBookmark(opened, "visits")
        self._head = 0

    def look(self) -> None:
        """At what came since somebody looked last. Raises StoreUnavailable, and what keeps an entry from being read."""
        head = self._store.head()
        if head == self._head:
            return
        rows = self._store.read_log(after=self._bookmark.position(), to=head, limit=PAGE, facts=VISITS_LOOKED_AT)
        self._share.look([row.position for row in rows])
        if len(rows) < PAGE:
            self._head = head
        self._bookmark.move(rows[-1].position if len(rows) == PAGE else head)


def watch(opened: Opened, settings: KafkaSettings, stopping: Event) -> Watching:
    """Looks at its share until it is stopped. Raises KafkaError, BrokersSilent, StoreUnavailable."""
    topics = [topic(settings.prefix, opened.names.ledger, FAMILIES[kind.prefix]) for kind in (CONTRACT, PARTY, CLOCK)]
    share = Share(opened)
    door = Door(opened, share)
    clock = TopicPartition(topics[-1], partition_of(CLOCK.stream(HOUSE).encode(), settings.partitions))
    with member(settings, group(settings, opened), topics) as it:
        while not stopping.is_set():
            delivered = it.poll(POLL_S)
            share.look(delivered.positions)
            it.done(delivered)
            if clock in it.partitions:
                door.look()
    return share.done


def group(settings: KafkaSettings, opened: Opened) -> str:
    """The name of the group of a ledger's watchers."""
    return f"{settings.prefix}.{opened.names.ledger}.alert-rules"
