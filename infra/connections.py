"""A bounded pool of PostgreSQL connections in autocommit mode."""

from __future__ import annotations

import re
import select
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple, TypeAlias

import psycopg2
import psycopg2.errors
import psycopg2.extensions

from infra.errors import Overloaded, StoreUnavailable

CONNECT_TIMEOUT_S = 5
# Statements that came before, and those among them that are prepared, on each connection: a plan may take a megabyte in the server.
MET: Final = 64
KEPT_PLANS: Final = 12
# After three times this long without a sign of life the other end of a TCP connection counts as gone.
SILENCE_S = 10


_NAMED: Final = re.compile(r"%\((\w+)\)s")
# In the order of their places, or by the names of these.
Values: TypeAlias = Sequence[object] | Mapping[str, object]


class Often:
    """Statements that come again on a connection, the latest last: each with its plan, once it has one."""

    def __init__(self) -> None:
        """Has met none."""
        self._met: OrderedDict[str, Plan | None] = OrderedDict()
        self._planned: OrderedDict[str, None] = OrderedDict()
        self._count = 0

    def execute(self, cursor: psycopg2.extensions.cursor, statement: str, values: Values) -> None:
        """As `execute_often`."""
        if statement not in self._met:
            self._met[statement] = None
            if len(self._met) > MET:
                self._forget(cursor, next(iter(self._met)))
            cursor.execute(statement, values)
            return
        self._met.move_to_end(statement)
        name, names = self._met[statement] or self._plan(cursor, statement, values)
        self._planned.move_to_end(statement)
        places = f"({', '.join(['%s'] * len(names))})" if names else ""
        try:
            cursor.execute(f'EXECUTE "{name}" {places}', [values[one] for one in names])
        except psycopg2.errors.FeatureNotSupported:
            # What it answers has other types now: a table was built anew by another version of the program.
            self._forget(cursor, statement)
            cursor.execute(statement, values)

    def _plan(self, cursor: psycopg2.extensions.cursor, statement: str, values: Values) -> Plan:
        self._count += 1
        if isinstance(values, Mapping):
            names: list[Any] = list(dict.fromkeys(_NAMED.findall(statement)))
            numbers = {name: f"${n}" for n, name in enumerate(names, 1)}
            numbered = _NAMED.sub(lambda place: numbers[place[1]], statement)
        else:
            parts, names = statement.split("%s"), list(range(len(values)))
            numbered = "".join(f"{part}${n}" for n, part in enumerate(parts[:-1], 1)) + parts[-1]
        plan = Plan(f"often {self._count}", names)
        cursor.execute(f'PREPARE "{plan.name}" AS {numbered}')
        self._met[statement] = plan
        self._planned[statement] = None
        if len(self._planned) > KEPT_PLANS:
            self._forget(cursor, next(iter(self._planned)))
        return plan

    def _forget(self, cursor: psycopg2.extensions.cursor, statement: str) -> None:
        plan = self._met.pop(statement)
        if plan is not None:
            self._planned.pop(statement)
            cursor.execute(f'DEALLOCATE "{plan.name}"')


class Plan(NamedTuple):
    """A prepared statement, and which of the values it takes, in order."""

    name: str
    values: list[Any]


class Connection(psycopg2.extensions.connection):
    """A connection that knows which statements it has prepared, and hears when the server ends it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - psycopg2's own
        """Connects, as psycopg2 does."""
        super().__init__(*args, **kwargs)
        self.prepared: set[str] = set()
        self.often = Often()
        self._incoming = select.poll()
        self._incoming.register(self.fileno(), select.POLLIN)

    def has_ended(self) -> bool:
        """Whether the server says anything: to a connection that asks nothing, it says nothing except that it ends."""
        return bool(self._incoming.poll(0))


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


def execute_often(cursor: psycopg2.extensions.cursor, statement: str, values: Values) -> None:
    """Executes a statement that may come again with other values, and is planned once then; see Prepared.

    Its text has %s for each value, or %(name)s where they have names, and no other sign of a percent; the types of the values follow
    from where they stand. A pattern is looked at anew each time: an index can be used for what it begins with.
    """
    connection = cursor.connection
    if isinstance(connection, Connection) and "LIKE %" not in statement:
        connection.often.execute(cursor, statement, values)
    else:
        cursor.execute(statement, values)


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
        # One of these for each connection in use is missing. A semaphore would do, but is written in Python, and slower.
        self._slots: SimpleQueue[None] = SimpleQueue()
        for _ in range(size):
            self._slots.put(None)
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

    def use(self) -> Use:
        """A connection for the length of a `with`. Raises Overloaded when none comes free, StoreUnavailable when none can be made.

        A psycopg2 error that breaks the connection leaves as StoreUnavailable.
        """
        return Use(self)

    def take(self) -> Connection:
        """A connection that the caller gives back. Raises Overloaded and StoreUnavailable."""
        try:
            self._slots.get(timeout=self._wait_s)
        except Empty:
            message = "all database connections are in use"
            raise Overloaded(message) from None
        try:
            return self._idle_connection() or self.connect()
        except BaseException:
            self._slots.put(None)
            raise

    def give_back(self, connection: Connection) -> None:
        """Lets the next one have what was taken."""
        try:
            self._take_back(connection)
        finally:
            self._slots.put(None)

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
            if not connection.has_ended():
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


class Use:
    """One use of a pool's connection; written out, because a generator would take longer than a short statement's way to the server."""

    __slots__ = ("_connection", "_pool")
    _connection: Connection

    def __init__(self, pool: Connections) -> None:
        """Takes nothing yet."""
        self._pool = pool

    def __enter__(self) -> Connection:
        """Takes a connection."""
        self._connection = self._pool.take()
        return self._connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Gives it back."""
        connection = self._connection
        breaks = False
        try:
            if isinstance(error, KeyboardInterrupt | SystemExit):
                # Nobody knows any more what the session was about to do or to remember.
                connection.close()
            elif isinstance(error, psycopg2.Error):
                breaks = is_break(connection, error)
        finally:
            self._pool.give_back(connection)
        if breaks:
            raise StoreUnavailable(str(error).strip()) from error


def is_break(connection: Connection, error: psycopg2.Error) -> bool:
    """Whether an error is the connection's and not the statement's."""
    if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        return True
    # A break that libpq meets while it writes leaves as a DatabaseError of no closer class and without a code of the
    # server's, and the connection looks as if it were whole.
    if not connection.closed and error.pgcode is None and type(error) is psycopg2.DatabaseError:
        connection.close()
    return bool(connection.closed)
