"""What the clock and the alert rules ask of the dues."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Final

import psycopg2.errors

from infra.opening import Opened
from projections.dues.table import DUES
from projections.view import Cursor, ViewMissing

PAGE: Final = 1_000
MOST: Final = 1_000


class Dues:
    """The dues of one ledger. Every question raises StoreUnavailable, and ViewMissing before the view was ever built."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        self._connections = opened.store.connections
        (self._table,) = DUES.placed(opened).values()

    def with_chores(self, day: date) -> list[str]:
        """The ids of contracts in which something may have come true by a day, the longest due first."""
        with self._asking() as cursor:
            cursor.execute(f"SELECT contract_id FROM {self._table} WHERE chore_day <= %s ORDER BY chore_day, contract_id", (day,))
            return [str(contract_id) for (contract_id,) in cursor.fetchall()]

    def open_by(self, day: date) -> Iterator[str]:
        """The ids of contracts in which something is open that was or is to be by a day, in their order, a page at a time."""
        after = ""
        while True:
            with self._asking() as cursor:
                condition = 'open_day <= %s AND contract_id > %s COLLATE "C"'
                cursor.execute(f"SELECT contract_id FROM {self._table} WHERE {condition} ORDER BY contract_id LIMIT {PAGE}", (day, after))
                page = [str(contract_id) for (contract_id,) in cursor.fetchall()]
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1]

    def with_party(self, party_id: str, drafted_by: int, since: date | None = None) -> list[str]:
        """The ids of up to MOST contracts with a registered party on the other side, drafted by a position; those that changed last.

        With `since` those alone that were handed in for approval on that day or later.
        """
        condition = "party_ids @> ARRAY[%s] AND drafted <= %s" + ("" if since is None else " AND handed_in >= %s")
        values = (party_id, drafted_by) if since is None else (party_id, drafted_by, since)
        with self._asking() as cursor:
            newest = f"{condition} ORDER BY position DESC LIMIT {MOST}"
            cursor.execute(f"SELECT contract_id FROM {self._table} WHERE {newest}", values)
            return [str(contract_id) for (contract_id,) in cursor.fetchall()]

    @contextmanager
    def _asking(self) -> Iterator[Cursor]:
        with self._connections.use() as connection, connection.cursor() as cursor:
            try:
                yield cursor
            except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn) as error:
                message = f"the view {DUES.name} has not been built for this version yet; start `tally up`, or run `tally rebuild dues`"
                raise ViewMissing(message) from error
