"""Follows the ledger's own log, and remembers how far an effect has come: the bookmark moves after the effect, which is safe to repeat."""

from __future__ import annotations

import psycopg2.errors

from infra.opening import Opened


class ConsumerBookmark:
    """How far a consumer has come. Several processes may move it; it never goes back."""

    def __init__(self, opened: Opened, name: str) -> None:
        """Makes its place unless it is there. Raises StoreUnavailable."""
        self._opened = opened
        self._name = name
        self._table = f"{opened.names.views}.consumers"
        with opened.views.use() as connection, connection, connection.cursor() as cursor:
            # IF NOT EXISTS alone fails when two come at the same moment.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), 1)", (opened.names.views,))
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {self._table} (name text NOT NULL PRIMARY KEY, position bigint NOT NULL)")
            cursor.execute(f"INSERT INTO {self._table} VALUES (%s, 0) ON CONFLICT DO NOTHING", (name,))

    def position(self) -> int:
        """The last entry of which the effect is known to be there. Raises StoreUnavailable."""
        with self._opened.store.connections.use() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT position FROM {self._table} WHERE name = %s", (self._name,))
            row = cursor.fetchone()
        return 0 if row is None else int(row[0])

    def move(self, to: int) -> None:
        """Says that the effects of all entries up to one are there. Raises StoreUnavailable."""
        with self._opened.views.use() as connection, connection.cursor() as cursor:
            cursor.execute(f"UPDATE {self._table} SET position = %s WHERE name = %s AND position < %s", (to, self._name, to))


def bookmarks(opened: Opened) -> dict[str, int]:
    """How far each consumer has come that ever ran. Raises StoreUnavailable."""
    with opened.store.connections.use() as connection, connection.cursor() as cursor:
        try:
            cursor.execute(f"SELECT name, position FROM {opened.names.views}.consumers")
        except psycopg2.errors.UndefinedTable:
            return {}
        return {str(name): int(position) for name, position in cursor.fetchall()}
