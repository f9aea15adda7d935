"""What was recorded after a position of the log, in order, of everything, of one stream or of some facts, a bounded piece at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from domain.access.visits import VisitFact
from domain.facts import Entry
from infra.store import PAGE, Store
from projections.log import Log

# One piece looks at no more entries than about this, however few of them are asked for.
MAX_SCANNED: Final = 4 * PAGE


class Asked(NamedTuple):
    """What of the log is asked for: that of one stream, and facts of these names.

    Where neither is given, everything but visits: who read what is no news of contracts, and nobody wants it unasked.
    """

    stream: str | None = None
    facts: frozenset[str] = frozenset()

    def takes(self, entry: Entry) -> bool:
        """Whether an entry of the stream is asked for."""
        if self.facts:
            return entry.fact.NAME in self.facts
        return self.stream is not None or not isinstance(entry.fact, VisitFact)


class Piece(NamedTuple):
    """Entries in order, and the position up to which nothing else is asked for: go on after that one."""

    entries: Sequence[Entry]
    reached: int


def piece(store: Store, asked: Asked, *, after: int, until: int, limit: int) -> Piece:
    """Up to `limit` entries after one position and up to another, both of which the log has reached.

    Nothing can come to stand before a position that was once read, so `reached` is a cursor that loses and repeats nothing.
    It moves on also where nothing matched, unless it stands at `until`. Raises UnknownFact, StoreUnavailable.
    """
    found: list[Entry] = []
    reached, scanned = after, 0
    size = PAGE if asked.facts else min(limit, PAGE)
    batches = _of_log(store, after, until, size) if asked.stream is None else _of_stream(store, asked.stream, (after, until), size)
    for batch, last in batches:
        for entry in filter(asked.takes, batch):
            found.append(entry)
            if len(found) == limit:
                return Piece(found, entry.position)
        reached, scanned = last, scanned + len(batch)
        if scanned >= MAX_SCANNED:
            break
    return Piece(found, max(reached, after))


def _of_log(store: Store, after: int, until: int, size: int) -> Iterator[tuple[list[Entry], int]]:
    reached = after
    while reached < until:
        # A log of its own each time: what was erased meanwhile must not come out of what one remembers.
        page = Log(store, page=size, kept=0, ahead=False).page(reached, to=until)
        if page.stopped_by is not None and page.last == after:
            raise page.stopped_by.error
        if page.entries:
            yield page.entries, page.last
        if page.stopped_by is not None or not page.entries:
            return
        reached = page.last


def _of_stream(store: Store, stream: str, between: tuple[int, int], size: int) -> Iterator[tuple[list[Entry], int]]:
    after, until = between
    version = _version_at(store, stream, after)
    while True:
        read = store.stream_entries(stream, after=version, limit=size)
        batch = [entry for entry in read if entry.position <= until]
        if len(batch) < size:
            yield batch, until
            return
        yield batch, batch[-1].position
        version = batch[-1].version


def _version_at(store: Store, stream: str, position: int) -> int:
    """The version of a stream at a position of the log."""
    with store.connections.use() as connection, connection.cursor() as cursor:
        cursor.execute(
            f"SELECT version FROM {store.ledger}.entries WHERE stream = %s AND position <= %s ORDER BY version DESC LIMIT 1",
            (stream, position),
        )
        row = cursor.fetchone()
    return row[0] if row else 0
