"""One durable server in a temporary home, with our ledger and the reference library's own PostgreSQL module on it."""

from __future__ import annotations

import importlib
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import psycopg2

from infra import embedded
from infra.documents import Documents
from infra.opening import Opened, closing_all, connect
from infra.schema import Names, install
from infra.store import Store
from scripts.bench.measure import Step

if TYPE_CHECKING:
    from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

LIBRARY_DATABASE = "library"


def socket_of(url: str) -> str:
    """The directory of a server's socket."""
    return parse_qs(urlsplit(url).query)["host"][0]


def opened_at(url: str, ledger: str, documents: Documents | None = None) -> Opened:
    """Connects to a ledger of a server; its master key lies beside the server's socket."""
    master = Path(socket_of(url)) / "master.key"
    return connect(url, Names(ledger), as_role=True, documents=documents, master=master)


@dataclass(frozen=True, slots=True)
class Arena:
    """A running server. `url` is its superuser's."""

    url: str

    @property
    def socket(self) -> str:
        """The directory of the server's socket."""
        return socket_of(self.url)

    @contextmanager
    def ours(self) -> Iterator[Opened]:
        """A new, empty ledger with its connections."""
        with closing_all(opened_at(self.url, install(self.url, f"l{uuid.uuid4().hex[:12]}").ledger)) as it:
            yield it

    def settle(self) -> None:
        """What autovacuum and the checkpointer would do in the background, now: so that they do not do it to one contestant only."""
        for database in ("postgres", LIBRARY_DATABASE):
            with closing(psycopg2.connect(self.url)) as admin, admin.cursor() as cursor:
                cursor.execute("SELECT FROM pg_database WHERE datname = %s", (database,))
                known = cursor.fetchone() is not None
            if known:
                with closing(psycopg2.connect(self.url, dbname=database)) as admin:
                    admin.autocommit = True
                    with admin.cursor() as cursor:
                        cursor.execute("VACUUM ANALYZE")
                        cursor.execute("CHECKPOINT")

    @contextmanager
    def datastore(self, pool_size: int) -> Iterator[PostgresDatastore]:
        """The library's connections to an empty schema of a database of its own, in its default mode."""
        PostgresDatastore = library_module().PostgresDatastore  # noqa: N806 - a class
        schema = f"s{uuid.uuid4().hex[:12]}"
        with closing(psycopg2.connect(self.url)) as admin:
            admin.autocommit = True
            with admin.cursor() as cursor:
                cursor.execute("SELECT FROM pg_database WHERE datname = %s", (LIBRARY_DATABASE,))
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {LIBRARY_DATABASE}")
        with closing(psycopg2.connect(self.url, dbname=LIBRARY_DATABASE)) as admin, admin, admin.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {schema}")
        with PostgresDatastore(LIBRARY_DATABASE, self.socket, 5432, "postgres", "", schema=schema, pool_size=pool_size) as datastore:
            yield datastore

    def library_environment(self, schema: str, pool_size: int) -> dict[str, str]:
        """From what the library's applications make their parts, in that schema."""
        return {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": LIBRARY_DATABASE,
            "POSTGRES_HOST": self.socket,
            "POSTGRES_PORT": "5432",
            "POSTGRES_USER": "postgres",
            "POSTGRES_PASSWORD": "",
            "POSTGRES_SCHEMA": schema,
            "POSTGRES_POOL_SIZE": str(pool_size),
        }

    @contextmanager
    def library(self, pool_size: int) -> Iterator[PostgresApplicationRecorder]:
        """The library's application recorder, ready to use."""
        with self.datastore(pool_size) as datastore:
            recorder: PostgresApplicationRecorder = library_module().PostgresApplicationRecorder(datastore)
            recorder.create_table()
            yield recorder


def asking(store: Store) -> Callable[[int], Step]:
    """Steps that ask the server nothing: what the way there and back costs everybody, the limit of every short read."""

    def step_of(_: int) -> Step:
        def step() -> int:
            with store.connections.use() as connection, connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                cursor.fetchall()
            return 1

        return step

    return step_of


def library_module() -> Any:  # noqa: ANN401 - a module
    """The library's PostgreSQL module, which needs a driver that the ledger itself does not use."""
    try:
        return importlib.import_module("eventsourcing.postgres")
    except ModuleNotFoundError as error:
        message = f"{error.name} is missing, with which the reference library speaks to PostgreSQL: pip install 'tallystick[test]'"
        raise SystemExit(message) from error


@contextmanager
def arena() -> Iterator[Arena]:
    """The embedded server as the ledger runs it, fsync and all, for the length of a `with`."""
    home = Path(tempfile.mkdtemp(prefix="tally-bench-"))
    try:
        with embedded.running(home) as url:
            yield Arena(url)
    finally:
        shutil.rmtree(home, ignore_errors=True)
