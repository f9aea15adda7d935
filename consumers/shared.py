"""The alert rules, watched by several processes: each looks at the partitions of the topics that it has for now, in any order.

Records only say which entries to look at. What they say, and by which rules, is asked of the ledger as of each one's position,
so that it makes no difference who looks at it, when, and how often: an alert's id follows from its rule and its cause.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from threading import Event
from typing import Final

from consumers.alerts import NAME, Watcher, Watching, raise_once
from domain.alerting import CONTRACTS
from domain.facts import Entry
from infra.followed import ConsumerBookmark
from infra.kafka.group import member
from infra.kafka.records import FAMILIES, topic
from infra.kafka.settings import KafkaSettings
from infra.ledger import ALERTING, CLOCK, CONTRACT, PARTY
from infra.opening import Opened

POLL_S: Final = 0.25
# Entries of others are read along where that saves a query.
_NEAR: Final = 32


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
        # Whoever sees an entry sees every edition before it.
        editions = [entry.position for entry in self._opened.ledger.history(ALERTING, CONTRACTS)]
        wanted = sorted({position for position in positions if position > self._known})
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


def watch(opened: Opened, settings: KafkaSettings, stopping: Event) -> Watching:
    """Looks at its share until it is stopped. Raises KafkaError, BrokersSilent, StoreUnavailable."""
    topics = [topic(settings.prefix, opened.names.ledger, FAMILIES[kind.prefix]) for kind in (CONTRACT, PARTY, CLOCK)]
    share = Share(opened)
    with member(settings, group(settings, opened), topics) as it:
        while not stopping.is_set():
            delivered = it.poll(POLL_S)
            share.look(delivered.positions)
            it.done(delivered)
    return share.done


def group(settings: KafkaSettings, opened: Opened) -> str:
    """The name of the group of a ledger's watchers."""
    return f"{settings.prefix}.{opened.names.ledger}.alert-rules"
