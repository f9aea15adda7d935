"""The log as views read it: in pages, each read and decoded once for all views of a process."""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

from domain.facts import Entry
from infra.errors import LedgerError
from infra.store import PAGE, Store


class GapInLog(LedgerError):
    """Positions are contiguous from 1; an entry that is not there was taken out of the store."""


class Undecodable(NamedTuple):
    """An entry that this program cannot read, and why."""

    position: int
    error: Exception


class Page(NamedTuple):
    """Entries after the position `after`, without a gap, with the topics under which they are stored.

    `stopped_by` is the entry after them, where that one cannot be decoded.
    """

    after: int
    entries: list[Entry]
    topics: list[str]
    stopped_by: Undecodable | None = None

    @property
    def last(self) -> int:
        """The position of the last entry, or of the one before the page where it is empty."""
        return self.entries[-1].position if self.entries else self.after

    def part(self, after: int, size: int) -> Page:
        """Up to `size` of its entries, from the one after a position on."""
        skipped = after - self.after
        entries = self.entries[skipped : skipped + size]
        reached_end = skipped + size >= len(self.entries)
        return Page(after, entries, self.topics[skipped : skipped + size], self.stopped_by if reached_end else None)


class Log:
    """Reads pages, and keeps the last few: views that keep step share the work of decoding."""

    def __init__(self, store: Store, *, page: int = PAGE, kept: int = 4) -> None:
        """`page` is how many entries are read at once."""
        self._store = store
        self._page = page
        self._kept: deque[Page] = deque(maxlen=kept)
        self._lock = threading.Lock()

    def page(self, after: int, *, to: int | None = None, size: int | None = None) -> Page:
        """Entries from the position after `after`, at most to `to`, at most `size`. Raises StoreUnavailable."""
        limit = self._page if size is None else size
        if to is not None:
            limit = min(limit, to - after)
        with self._lock:
            for kept in self._kept:
                if kept.after <= after < kept.last:
                    return kept.part(after, limit)
            found = self._read(after, to)
            if found.entries:
                self._kept.append(found)
        return found.part(after, limit)

    def _read(self, after: int, to: int | None) -> Page:
        found = Page(after, [], [])
        rows = self._store.read_log(after=after, to=to, limit=self._page)
        self._store.read_keys(rows)
        for row in rows:
            if row.position != found.last + 1:
                message = f"the log goes from position {found.last} to {row.position}; what stood between is gone"
                return found._replace(stopped_by=Undecodable(found.last + 1, GapInLog(message)))
            try:
                decoded = self._store.decoded(row)
            # Whatever keeps an entry from being decoded, views take in what comes before it and stop there.
            except Exception as error:  # noqa: BLE001
                return found._replace(stopped_by=Undecodable(row.position, error))
            found.entries.append(decoded)
            found.topics.append(row.fact)
        return found
