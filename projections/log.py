"""The log as views read it: in pages, each read and decoded once for all views of a process."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

from domain.facts import Entry
from domain.party import PersonalDataErased
from infra import codec
from infra.errors import LedgerError
from infra.store import PAGE, Row, Store
from projections.ahead import Ahead
from projections.parts import WHOLE, Part

# What concerns rows of other streams, too: every part is told of it. Views need a new version where another fact comes to be among these.
CROSSING: Final = frozenset(codec.topics(PersonalDataErased))


class GapInLog(LedgerError):
    """Positions are contiguous from 1; an entry that is not there was taken out of the store."""


class Undecodable(NamedTuple):
    """An entry that this program cannot read, and why."""

    position: int
    error: Exception


class Page(NamedTuple):
    """Entries after the position `after`, without a gap, with the topics under which they are stored.

    `stopped_by` is the entry after them, where that one cannot be decoded. Of a part of the streams it has only their entries
    and, `beside` them, those of other streams that may concern their rows; `reached` is then how far the log was looked through.
    """

    after: int
    entries: list[Entry]
    topics: list[str]
    stopped_by: Undecodable | None = None
    part: Part = WHOLE
    beside: tuple[Entry, ...] = ()
    reached: int | None = None

    @property
    def last(self) -> int:
        """The position of the last entry, or of the one before the page where it is empty; of a part, up to where all of its are here."""
        if self.reached is not None:
            return self.reached
        return self.entries[-1].position if self.entries else self.after

    def cut(self, after: int, size: int) -> Page:
        """Up to `size` positions of it, from the one after a position on."""
        if not self.part.is_whole:
            return self._cut_of_part(after, min(after + size, self.last))
        skipped = after - self.after
        entries = self.entries[skipped : skipped + size]
        reached_end = skipped + size >= len(self.entries)
        return Page(after, entries, self.topics[skipped : skipped + size], self.stopped_by if reached_end else None)

    def _cut_of_part(self, after: int, last: int) -> Page:
        kept = [(e, topic) for e, topic in zip(self.entries, self.topics, strict=True) if after < e.position <= last]
        beside = tuple(e for e in self.beside if after < e.position <= last)
        stopped_by = self.stopped_by if last == self.last else None
        return Page(after, [e for e, _ in kept], [topic for _, topic in kept], stopped_by, self.part, beside, last)


class Log:
    """Reads pages, and keeps the last few: views that keep step share the work of decoding.

    Whoever is behind finds the next page read by the time that the database has taken in the one before.
    """

    def __init__(self, store: Store, *, page: int = PAGE, kept: int = 4, ahead: bool = True) -> None:
        """`page` is how many entries are read at once. Who asks for one page only wants nothing `ahead`."""
        self._store = store
        self._page = page
        self._kept: deque[Page] = deque(maxlen=kept)
        self._lock = threading.Lock()
        self._ahead = Ahead[Page]() if ahead else None

    def page(self, after: int, *, to: int | None = None, size: int | None = None, part: Part = WHOLE) -> Page:
        """What a part has from the position after `after`, at most to `to`, within at most `size` positions. Raises StoreUnavailable."""
        limit = self._page if size is None else size
        if to is not None:
            limit = min(limit, to - after)
        with self._lock:
            for kept in self._kept:
                if kept.part == part and kept.after <= after < kept.last:
                    return kept.cut(after, limit)
            found = None if self._ahead is None else self._ahead.take((after, to, part))
            # Where the log ended or something was wrong then, there may be more by now.
            if found is None or found.last < after + self._page:
                found = self._read(after, to, part)
            if found.last > after:
                self._kept.append(found)
            if self._ahead is not None and found.last == after + self._page != to:
                self._ahead.begin((found.last, to, part), partial(self._read, found.last, to, part))
        return found.cut(after, limit)

    def _read(self, after: int, to: int | None, part: Part) -> Page:
        rows = self._store.read_log(after=after, to=to, limit=self._page)
        if not part.is_whole:
            return self._read_part(after, rows, part)
        found = Page(after, [], [])
        self._store.read_keys(rows)
        for row in rows:
            if row.position != found.last + 1:
                return found._replace(stopped_by=gap(found.last, row.position))
            try:
                decoded = self._store.decoded(row)
            # Whatever keeps an entry from being decoded, views take in what comes before it and stop there.
            except Exception as error:  # noqa: BLE001
                return found._replace(stopped_by=Undecodable(row.position, error))
            found.entries.append(decoded)
            found.topics.append(row.fact)
        return found

    def _read_part(self, after: int, rows: Sequence[Row], part: Part) -> Page:
        """Decodes of some rows those that concern a part. What is not there, or cannot be told, stops it as it stops the whole."""
        concerned = [row for row in rows if part.takes(row.stream) or row.fact in CROSSING]
        self._store.read_keys(concerned)
        entries, topics, beside = list[Entry](), list[str](), list[Entry]()
        stopped_by = next((gap(n, row.position) for n, row in enumerate(rows, after) if row.position != n + 1), None)
        for row in concerned:
            if stopped_by is not None and row.position >= stopped_by.position:
                break
            try:
                decoded = self._store.decoded(row)
            except Exception as error:  # noqa: BLE001 - as above
                stopped_by = Undecodable(row.position, error)
                break
            if part.takes(row.stream):
                entries.append(decoded)
                topics.append(row.fact)
            else:
                beside.append(decoded)
        reached = after + len(rows) if stopped_by is None else stopped_by.position - 1
        return Page(after, entries, topics, stopped_by, part, tuple(beside), reached)


def gap(last: int, following: int) -> Undecodable:
    """What there is to say where a position follows that does not."""
    message = f"the log goes from position {last} to {following}; what stood between is gone"
    return Undecodable(last + 1, GapInLog(message))
