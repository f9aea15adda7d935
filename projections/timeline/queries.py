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

KEY: Final = SortColumn("position", "bigint")


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the log, told in a line. `fact` is the name under which it is stored, times are aware."""

    position: int
    stream: str
    version: int
    fact: str
    effective_at: datetime
    recorded_at: datetime
    actor: str
    on_behalf_of: str | None
    channel: str
    reason: str | None
    command_id: str
    summary: str

    @property
    def contract_id(self) -> str | None:
        """The contract that it is about, if it is about one."""
        return self.stream.removeprefix(CONTRACT.prefix) if self.stream.startswith(CONTRACT.prefix) else None


SELECTED: Final = ", ".join(f.name for f in fields(Happening))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineQuery:
    """Which entries: of one contract or any stream, by one actor or on behalf of somebody; the oldest first unless `newest_first`."""

    contract_id: str | None = None
    stream: str | None = None
    actor: str | None = None
    on_behalf_of: str | None = None
    newest_first: bool = False
    limit: int = 50
    cursor: str | None = None

    @property
    def filters(self) -> Where:
        """What must hold. Raises BadQuery."""
        require_plain(contract_id=self.contract_id, stream=self.stream, actor=self.actor, on_behalf_of=self.on_behalf_of)
        where = Where([], [])
        for column, wanted in (
            ("stream", self.stream),
            ("stream", None if self.contract_id is None else CONTRACT.stream(self.contract_id)),
            ("actor", self.actor),
            ("on_behalf_of", self.on_behalf_of),
        ):
            if wanted is not None:
                where.add(f'{column} COLLATE "C" = %s', wanted)
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
        stretches = list(order.stretches(query.filters, query.cursor))
        with self._asking() as cursor:
            rows = fetch(cursor, f"SELECT {SELECTED} FROM {self._table}", order, stretches, query.limit)
        found = tuple(Happening(*row) for row in rows[: query.limit])
        return Listed(found, order.cursor_of(found[-1].position, found[-1].position) if len(rows) > query.limit else None)

    @contextmanager
    def _asking(self) -> Iterator[Cursor]:
        with self._connections.use() as connection, connection.cursor() as cursor:
            try:
                yield cursor
            except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn) as error:
                message = "the timeline has not been built for this version yet; start `tally up`, or run `tally rebuild timeline`"
                raise ViewMissing(message) from error
