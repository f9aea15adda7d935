"""A bounded pool of PostgreSQL connections in autocommit mode."""

from __future__ import annotations

import select
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import psycopg2
import psycopg2.extensions

from infra.errors import Overloaded, StoreUnavailable

CONNECT_TIMEOUT_S = 5
# After three times this long without a sign of life the other end of a TCP connection counts as gone.
SILENCE_S = 10


class Connection(psycopg2.extensions.connection):
    """A connection that knows which statements it has prepared."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - psycopg2's own
        """Connects, as psycopg2 does."""
        super().__init__(*args, **kwargs)
        self.prepared: set[str] = set()


class Prepared(NamedTuple):
    """A statement that each connection plans once: planning would cost as much as a short read or a small append.

    The plan is made for any values, and so goes by the index even before a table has statistics.
    """

    prepare: str
    execute: str

    def run(self, connection: Connection, cursor: psycopg2.extensions.cursor, places: str, values: Sequence[str | None]) -> None:
        """Executes it, for which a new connection prepares it first.

        `places` has %s for each of the values; numbers may stand there as such, which psycopg2 would take long to turn into text.
        """
        if self.prepare not in connection.prepared:
            cursor.execute(self.prepare)
            connection.prepared.add(self.prepare)
        cursor.execute(f"{self.execute} ({places})", values)


def prepared(name: str, types: str, statement: str) -> Prepared:
    """A statement with a parameter of each of the types. `name` is what pg_stat_activity shows."""
    return Prepared(f'PREPARE "{name}" ({types}) AS {statement}', f'EXECUTE "{name}"')


class Connections:
    """Hands out connections to one role of a ledger; the most recently used first, broken ones never again."""

    def __init__(  # noqa: PLR0913 - each has its default
        self, dsn: str, *, role: str, as_role: bool = False, size: int = 16, wait_s: float = 10.0, settings: str = ""
    ) -> None:
        """`as_role` signs in as the role; otherwise it is assumed (SET ROLE) by whoever the `dsn` says. `settings` are `-c` options."""
        self._dsn = dsn
        self._user = role if as_role else None
        assumed = "" if as_role else f"-c role={role}"
        # append() looks again once it has its lock, which a transaction with one snapshot for all its statements cannot.
        fixed = "-c timezone=UTC -c default_transaction_isolation=read\\ committed -c application_name=tallystick"
        # See Prepared.
        self._options = f"{assumed} {fixed} -c plan_cache_mode=force_generic_plan {settings}".strip()
        self._slots = threading.BoundedSemaphore(size)
        self._wait_s = wait_s
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    def connect(self) -> Connection:
        """A new connection that the caller closes. Raises StoreUnavailable."""
        try:
            connection = psycopg2.connect(
                self._dsn,
                connection_factory=Connection,
                options=self._options,
                user=self._user,
                client_encoding="UTF8",
                connect_timeout=CONNECT_TIMEOUT_S,
                keepalives_idle=SILENCE_S,
                keepalives_interval=SILENCE_S,
                keepalives_count=2,
                tcp_user_timeout=3 * SILENCE_S * 1_000,
            )
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
            connection = self._idle_connection() or self.connect()
            try:
                yield connection
            except psycopg2.Error as error:
                if is_break(connection, error):
                    raise StoreUnavailable(str(error).strip()) from error
                raise
            except (KeyboardInterrupt, SystemExit):
                # Nobody knows any more what the session was about to do or to remember.
                connection.close()
                raise
            finally:
                self._take_back(connection)
        finally:
            self._slots.release()

    @contextmanager
    def fresh(self) -> Iterator[Connection]:
        """A connection of its own, beside the pool, for the length of a `with`. Raises StoreUnavailable, as in use()."""
        with closing(self.connect()) as connection:
            try:
                yield connection
            except psycopg2.Error as error:
                if is_break(connection, error):
                    raise StoreUnavailable(str(error).strip()) from error
                raise

    def _idle_connection(self) -> Connection | None:
        """The most recently used connection that the server has not ended meanwhile."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            # The server says nothing to a connection that asks nothing, except that it ends.
            waiting = select.poll()
            waiting.register(connection.fileno(), select.POLLIN)
            if not waiting.poll(0):
                return connection
            connection.close()

    def _take_back(self, connection: Connection) -> None:
        if not connection.closed and connection.get_transaction_status() != psycopg2.extensions.TRANSACTION_STATUS_IDLE:
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


def is_break(connection: Connection, error: psycopg2.Error) -> bool:
    """Whether an error is the connection's and not the statement's."""
    if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        return True
    # A break that libpq meets while it writes leaves as a DatabaseError of no closer class and without a code of the
    # server's, and the connection looks as if it were whole.
    if not connection.closed and error.pgcode is None and type(error) is psycopg2.DatabaseError:
        connection.close()
    return bool(connection.closed)
