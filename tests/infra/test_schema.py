"""A ledger is made once, on a server that keeps what it acknowledges, and by whoever may make schemas and roles."""

from __future__ import annotations

import signal
import uuid
from collections.abc import Iterator

import psycopg2
import pytest

from infra import embedded_cluster
from infra.errors import LedgerError, StoreUnavailable
from infra.opening import closing_all, connect
from infra.schema import NotDurable, install
from tests.infra.entries import ask, entry, signed_in, stamp, together, whole
from tests.infra.servers import Server
from tests.keys import MASTER


@pytest.fixture
def name() -> str:
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
def restarted(breakable: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server whose fixed settings the test changes, and which is as it was afterwards."""
    monkeypatch.setattr(embedded_cluster, "_FIXED", dict(embedded_cluster._FIXED))
    yield breakable
    monkeypatch.undo()
    restart(breakable)


def restart(server: Server) -> None:
    server.stop_at_once(signal.SIGINT)
    server.start()


@pytest.mark.parametrize(
    ("setting", "value"), [("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "off"), ("synchronous_commit", "local")]
)
def test_a_server_that_may_lose_what_it_acknowledged_is_refused(restarted: Server, name: str, setting: str, value: str) -> None:
    install(restarted.url, name)
    embedded_cluster._FIXED[setting] = value
    restart(restarted)
    for ledger in (name, f"{name}_new"):
        with pytest.raises(NotDurable, match=f"{setting} = {value}"):
            install(restarted.url, ledger)
    assert ask(restarted.url, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE %s", (f"{name}_new%",)) == [(0,)]


@pytest.mark.parametrize("whose", ["ROLE {name}_app", "ROLE postgres", "DATABASE postgres", "ROLE {name}_app IN DATABASE postgres"])
def test_so_is_one_where_the_ledgers_own_sessions_would_not_wait_for_the_disk(breakable: Server, name: str, whose: str) -> None:
    install(breakable.url, name)
    ask(breakable.url, f"ALTER {whose} SET synchronous_commit = off".format(name=name))
    try:
        with pytest.raises(NotDurable, match="synchronous_commit = off"):
            install(breakable.url, name)
    finally:
        ask(breakable.url, f"ALTER {whose} RESET synchronous_commit".format(name=name))
    install(breakable.url, name)


def test_the_embedded_server_cannot_be_made_to_lose_entries_by_alter_system(breakable: Server, name: str) -> None:
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        ask(breakable.url, f"ALTER SYSTEM SET {setting} = off")
    restart(breakable)
    try:
        install(breakable.url, name)
    finally:
        ask(breakable.url, "ALTER SYSTEM RESET ALL")


def test_a_database_that_cannot_keep_every_text_is_refused(postgres: str, name: str) -> None:
    ask(postgres, f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0")
    with pytest.raises(LedgerError, match="LATIN1"):
        install(postgres.replace("/postgres?", f"/{name}?"), name)


def test_a_server_that_is_not_there_is_told_as_unavailable(name: str) -> None:
    with pytest.raises(StoreUnavailable):
        install("host=/nowhere", name)


def test_many_who_make_one_ledger_at_once_make_one(postgres: str, name: str) -> None:
    assert together(*[lambda: install(postgres, name)] * 8) == []
    with closing_all(connect(postgres, install(postgres, name), as_role=True, master=MASTER)) as opened:
        opened.store.append(stamp(), [entry("s")])
        assert install(postgres, name) == opened.names
        assert len(whole(opened.store)) == 1


def test_one_who_may_make_schemas_and_roles_needs_not_be_a_superuser(postgres: str, name: str) -> None:
    installer = f"{name}_installer"
    ask(postgres, f"CREATE ROLE {installer} LOGIN CREATEROLE; GRANT CREATE ON DATABASE postgres TO {installer}")
    dsn = f"{postgres}&user={installer}"
    with closing_all(connect(dsn, install(dsn, name), as_role=False, master=MASTER)) as opened:
        opened.store.append(stamp(), [entry("s")])
        assert len(whole(opened.store)) == 1
        with opened.views.use() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {opened.names.views}.seen AS SELECT position FROM {name}.entries")
        with opened.store.connections.use() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {opened.names.views}.seen")
            assert cursor.fetchall() == [(1,)]
        with signed_in(dsn) as cursor:
            for statement in (
                f"UPDATE {name}.entries SET payload = '{{}}'",
                f"SET ROLE {name}_owner",
                f"DROP SCHEMA {name} CASCADE",
                f"SET ROLE {name}_app; DELETE FROM {name}.entries",
            ):
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    cursor.execute(statement)
        with signed_in(postgres) as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(f"DELETE FROM {name}.entries")
        assert len(whole(opened.store)) == 1
