"""How the relay does, as it says itself beside the views: for those who cannot ask the brokers, or have no library for it."""

from __future__ import annotations

from typing import NamedTuple

import psycopg2.errors

from infra.connections import Connection
from infra.opening import Opened
from infra.schema import Names

RELAY_LOCK = "relay"


class Published(NamedTuple):
    """What the relay said last. `runs`: one holds the lead at this moment. `stopped_by` is why it stands and somebody has to look."""

    brokers: str
    exactly_once: bool
    position: int
    runs: bool
    stopped_by: str | None


class RelaySays:
    """Where a relay says how it does."""

    def __init__(self, opened: Opened, brokers: str, *, exactly_once: bool) -> None:
        """Makes the place unless it is there. Raises StoreUnavailable."""
        self._opened = opened
        self._promise = (brokers, exactly_once)
        self._table = f"{opened.names.views}.relay"
        with opened.views.use() as connection, connection, connection.cursor() as cursor:
            # IF NOT EXISTS alone fails when two come at the same moment.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), 1)", (opened.names.views,))
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {self._table} (one boolean NOT NULL PRIMARY KEY CHECK (one), brokers text NOT NULL, "
                "exactly_once boolean NOT NULL, position bigint NOT NULL, stopped_by text)"
            )

    def say(self, position: int | None, stopped_by: str | None = None) -> None:
        """How far it has come, or None where the brokers never told it; and what it stands before. Raises StoreUnavailable."""
        with self._opened.views.use() as connection, connection, connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {self._table} VALUES (true, %s, %s, coalesce(%s, 0), %s) ON CONFLICT (one) DO UPDATE SET "
                "brokers = excluded.brokers, exactly_once = excluded.exactly_once, "
                f"position = coalesce(%s, {self._table}.position), stopped_by = excluded.stopped_by",
                (*self._promise, position, stopped_by, position),
            )


def published(opened: Opened) -> Published | None:
    """What the relay said last; None where none ever ran. Raises StoreUnavailable."""
    with opened.store.connections.use() as connection:
        return _read(connection, opened.names)


def _read(connection: Connection, names: Names) -> Published | None:
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                "SELECT brokers, exactly_once, position, EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND objsubid = 2 "
                "AND classid::bigint = hashtext(%s)::bigint & 4294967295 AND objid::bigint = hashtext(%s)::bigint & 4294967295), "
                f"stopped_by FROM {names.views}.relay",
                (names.ledger, RELAY_LOCK),
            )
            row = cursor.fetchone()
        except psycopg2.errors.UndefinedTable:
            return None
    return None if row is None else Published(*row)
