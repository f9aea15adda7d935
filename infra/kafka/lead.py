"""One relay at a time for a ledger: who holds the lock leads, and is woken when there is something new."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg2

from infra.connections import Connection
from infra.opening import Opened
from infra.published import RELAY_LOCK


class Lead:
    """The right to publish, for as long as the connection to PostgreSQL lasts."""

    def __init__(self, connection: Connection) -> None:
        """The connection holds the lock, and listens."""
        self._connection = connection

    def wait(self, seconds: float) -> None:
        """Until the ledger says that there is something new, or so long. Raises StoreUnavailable, by way of `leading`."""
        select.select([self._connection], [], [], seconds)
        self._connection.poll()
        self._connection.notifies.clear()


@contextmanager
def leading(opened: Opened) -> Iterator[Lead | None]:
    """The lead for the length of a `with`; None while another process has it. Raises StoreUnavailable."""
    names = (opened.names.ledger, RELAY_LOCK)
    with opened.store.connections.fresh() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s), hashtext(%s))", names)
        (mine,) = cursor.fetchone() or (False,)
        if not mine:
            yield None
            return
        cursor.execute(f"LISTEN {opened.names.channel}")
        try:
            yield Lead(connection)
        finally:
            # The server would let go by itself, but some time after the connection was closed.
            with suppress(psycopg2.Error):
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s), hashtext(%s))", names)
