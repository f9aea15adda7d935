"""Commands and entries for tests that are about the store and not about contracts."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread

import psycopg2
import psycopg2.extensions

from infra.append import NewEntry, Stamp
from infra.store import Row, Store

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
META = '{"actor":"alice","credential":"key-a","channel":"api"}'
FACT = "contract.noted@1"


def stamp(command_id: str | None = None, *, content: str = "", track: tuple[str, int] | None = None) -> Stamp:
    """A command's stamp, under a new id unless one is given; other `content` is other input."""
    return Stamp(command_id or uuid.uuid4().hex, hashlib.sha256(content.encode()).hexdigest(), META, track)


def entry(stream: str, version: int = 1, text: str = "") -> NewEntry:
    """One note in a stream."""
    return NewEntry(stream, version, FACT, NOON, f'{{"text":"{text}"}}')


def entries(stream: str, after: int, size: int) -> list[NewEntry]:
    """`size` notes in a stream that stands at version `after`."""
    return [entry(stream, after + n) for n in range(1, size + 1)]


def whole(store: Store) -> list[Row]:
    """Every row of the log, after having checked what holds of any log."""
    rows: list[Row] = []
    while page := store.read_log(after=len(rows)):
        rows += page
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    versions: dict[str, int] = {}
    for row in rows:
        versions[row.stream] = versions.get(row.stream, 0) + 1
        assert row.version == versions[row.stream], row
    assert [row.recorded_at for row in rows] == sorted(row.recorded_at for row in rows)
    return rows


def together(*works: Callable[[], object]) -> list[BaseException]:
    """Runs each in a thread of its own, waits for all, and answers with what they raised."""
    raised: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test must see it
            raised.append(error)

    threads = [Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "a thread was left without an outcome"
    return raised


@contextmanager
def signed_in(dsn: str, role: str | None = None) -> Iterator[psycopg2.extensions.cursor]:
    """A cursor in autocommit, as the superuser or as a role that may log in."""
    connection = psycopg2.connect(dsn, user=role)
    try:
        connection.autocommit = True
        yield connection.cursor()
    finally:
        connection.close()


def ask(dsn: str, statement: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
    """What the superuser is answered."""
    with signed_in(dsn) as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def door(ledger: str, **said: str | None) -> tuple[str, dict[str, str | None]]:
    """The statement and values of a bare call of append() with one entry; `said` says otherwise, lies included."""
    honest = {
        "c_ids": "raw",
        "c_hashes": "00" * 32,
        "c_metas": META,
        "c_track_names": None,
        "c_track_positions": None,
        "r_commands": "1",
        "r_streams": "raw",
        "r_expected": "0",
        "r_sizes": "1",
        "e_facts": FACT,
        "e_effective": NOON.isoformat(),
        "e_payloads": '{"text":""}',
    }
    arguments = ", ".join(f"{name} => %({name})s" for name in honest)
    return f"SELECT * FROM {ledger}.append({arguments})", honest | said
