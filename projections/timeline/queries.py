"""What people ask of the timeline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

import psycopg2.errors

from infra.ledger import CONTRACT
from infra.opening import Opened
from projections.paging import Listed, Order, SortColumn, Where, fetch, require_limit, require_plain
from projections.timeline.table import TIMELINE
from projections.view import Cursor, ViewMissing

MAX_POSITION: Final = 2**63 - 1
KEY: Final = SortColumn("position", "bigint")


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the log, told in a line. `subject` is its stream, or what was read, taken away or refused.

    `fact` is the name under which it is stored, times are aware.
    """

    position: int
    stream: str
    subject: str
    version: int
    fact: str
    effective_at: datetime
    recorded_at: datetime
    actor: str
    on_behalf_of: str | None
    credential: str
    channel: str
    reason: str | None
    command_id: str
    summary: str

    @property
    def contract_id(self) -> str | None:
        """The contract that it is about, if it is about one."""
        return self.subject.removeprefix(CONTRACT.prefix) if self.subject.startswith(CONTRACT.prefix) else None


SELECTED: Final = ", ".join(f.name for f in fields(Happening))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineQuery:
    """Which entries; all that is given must hold. The oldest first unless `newest_first`.

    Of one contract or any subject: what was recorded of it, and who read it or was refused; by one actor or on behalf of
    somebody; recorded from `since` to before `until` (aware); `access`: only of keys and visits, or without those.
    """

    contract_id: str | None = None
    subject: str | None = None
    actor: str | None = None
    on_behalf_of: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    access: bool | None = None
    newest_first: bool = False
    limit: int = 50
    cursor: str | None = None

    @property
    def filters(self) -> Where:
        """What must hold. Raises BadQuery."""
        require_plain(contract_id=self.contract_id, subject=self.subject, actor=self.actor, on_behalf_of=self.on_behalf_of)
        where = Where([], [])
        for column, wanted in (
            ("subject", self.subject),
            ("subject", None if self.contract_id is None else CONTRACT.stream(self.contract_id)),
            ("actor", self.actor),
            ("on_behalf_of", self.on_behalf_of),
        ):
            if wanted is not None:
                where.add(f'{column} COLLATE "C" = %s', wanted)
        if self.access is not None:
            where.add("fact LIKE 'access.%%'" if self.access else "fact NOT LIKE 'access.%%'")
        return where


class Timeline:
    """The timeline of one ledger. Every question raises StoreUnavailable, and ViewMissing before the view was ever built."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        self._connections = opened.store.connections
        self._table = TIMELINE.placed(opened)["timeline"]

    def find(self, query: TimelineQuery) -> Listed[Happening]:
        """One page. Raises BadQuery."""
        require_limit(query.limit)
        order = Order(KEY, KEY, query.newest_first)
        stretches = list(order.stretches(self._filters(query), query.cursor))
        with self._asking() as cursor:
            rows = fetch(cursor, f"SELECT {SELECTED} FROM {self._table}", order, stretches, query.limit)
        found = tuple(Happening(*row) for row in rows[: query.limit])
        return Listed(found, order.cursor_of(found[-1].position, found[-1].position) if len(rows) > query.limit else None)

    def _filters(self, query: TimelineQuery) -> Where:
        """Moments become positions, which grow with them: the rows are found in the order in which they are told."""
        where = query.filters
        first = f"(SELECT position FROM {self._table} WHERE recorded_at >= %s ORDER BY recorded_at, position LIMIT 1)"
        if query.since is not None:
            where.add(f"position >= {first}", query.since)
        if query.until is not None:
            where.add(f"position < coalesce({first}, {MAX_POSITION})", query.until)
        return where

    @contextmanager
    def _asking(self) -> Iterator[Cursor]:
        with self._connections.use() as connection, connection.cursor() as cursor:
            try:
                yield cursor
            except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn) as error:
                message = "the timeline has not been built for this version yet; start `tally up`, or run `tally rebuild timeline`"
                raise ViewMissing(message) from error
