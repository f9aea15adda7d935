"""A bounded pool of PostgreSQL connections in autocommit mode."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import psycopg2
import psycopg2.extensions

from infra.errors import Overloaded, StoreUnavailable

Connection: TypeAlias = psycopg2.extensions.connection

CONNECT_TIMEOUT_S = 5


class Connections:
    """Hands out connections to one role of a ledger; the most recently used first, broken ones never again."""

    def __init__(  # noqa: PLR0913 - each has its default
        self, dsn: str, *, role: str, as_role: bool = False, size: int = 16, wait_s: float = 10.0, settings: str = ""
    ) -> None:
        """`as_role` signs in as the role; otherwise it is assumed (SET ROLE) by whoever the `dsn` says. `settings` are `-c` options."""
        self._dsn = dsn
        self._user = role if as_role else None
        assumed = "" if as_role else f"-c role={role}"
        self._options = f"{assumed} -c timezone=UTC -c application_name=tallystick {settings}".strip()
        self._slots = threading.BoundedSemaphore(size)
        self._wait_s = wait_s
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    def connect(self) -> Connection:
        """A new connection that the caller closes. Raises StoreUnavailable."""
        try:
            connection: Connection = psycopg2.connect(self._dsn, options=self._options, connect_timeout=CONNECT_TIMEOUT_S, user=self._user)
        except psycopg2.OperationalError as error:
            raise StoreUnavailable(str(error).strip()) from error
        connection.autocommit = True
        return connection

    @contextmanager
    def use(self) -> Iterator[Connection]:
        """A connection for the length of a `with`. Raises Overloaded when none comes free, StoreUnavailable when none can be made.

        A psycopg2 error that breaks the connection leaves as StoreUnavailable.
        """
        if not self._slots.acquire(timeout=self._wait_s):
            message = "all database connections are in use"
            raise Overloaded(message)
        try:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                connection = self.connect()
            try:
                yield connection
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
                raise StoreUnavailable(str(error).strip()) from error
            finally:
                self._take_back(connection)
        finally:
            self._slots.release()

    def _take_back(self, connection: Connection) -> None:
        if not connection.closed and connection.info.transaction_status != psycopg2.extensions.TRANSACTION_STATUS_IDLE:
            # Somebody left in the middle of a transaction; a rollback costs more than a new connection would.
            connection.close()
        with self._lock:
            if not connection.closed and not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Closes what is idle now, and the rest as it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
