"""Builds a view anew beside the live one, and puts it in its place in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event
from typing import Final

import psycopg2
import psycopg2.errors

from infra.errors import LedgerError, StoreUnavailable
from infra.opening import Opened
from infra.store import PAGE
from projections.log import Log
from projections.projector import Progress, Projector
from projections.view import Bookmark, Cursor, Projection, View, begin

# Nobody can read or write the view while the rest is caught up: so few entries that nobody notices.
MAX_REST: Final = 2 * PAGE
SWITCH_ATTEMPTS: Final = 60
SWITCH_PAUSE_S: Final = 0.5
CLAIM_PAUSE_S: Final = 0.5


class RebuildUnderWay(LedgerError):
    """One process at a time builds a view anew, and not while it is checked."""


class RebuildAbandoned(LedgerError):
    """The program ends before the view was built; the live one stays as it was."""


def never() -> bool:
    """Nobody wants it to stop."""
    return False


def rebuild(
    opened: Opened, view: View, progress: Progress | None = None, *, log: Log | None = None, stopping: Callable[[], bool] = never
) -> int:
    """Builds a view from the first entry on, while the live one stays readable and up to date; answers the position reached.

    `progress` is told the entries done and all that there are. Raises RebuildUnderWay, ViewStopped (the live view
    stays), RebuildAbandoned once `stopping` says so, StoreUnavailable.
    """
    with claimed(opened, view) as mine:
        if not mine:
            message = f"the view {view.name} is being rebuilt or checked by another process; try again when that is done"
            raise RebuildUnderWay(message)
        return build(opened, view, progress, log or Log(opened.store, kept=0), stopping)


def current(
    opened: Opened, view: View, *, log: Log | None = None, progress: Progress | None = None, stopping: Event | None = None
) -> Projector:
    """A projector of a view whose tables are this version's; those of another version are built anew first.

    Waits while another process does that. Raises what `rebuild` raises.
    """
    stop = stopping or Event()
    projector = Projector(opened, view, log)
    outdated = not projector.is_current
    while outdated:
        with claimed(opened, view) as mine:
            projector.reread()
            outdated = not projector.is_current
            if mine and outdated:
                build(opened, view, progress, log or Log(opened.store, kept=0), stop.is_set)
        if outdated and not mine and stop.wait(CLAIM_PAUSE_S):
            raise RebuildAbandoned(view.name)
    return projector


@contextmanager
def claimed(opened: Opened, view: View, *, shared: bool = False) -> Iterator[bool]:
    """Whether nobody else has the tables of a view to themselves (or, shared, changes them) for the length of a `with`."""
    kind = "_shared" if shared else ""
    names = (opened.names.views, view.name)
    with opened.views.fresh() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock{kind}(hashtext(%s), hashtext(%s))", names)
        (mine,) = cursor.fetchone() or (False,)
        try:
            yield mine
        finally:
            if mine:
                # The server would let go by itself, but some time after the connection was closed.
                with suppress(psycopg2.Error):
                    cursor.execute(f"SELECT pg_advisory_unlock{kind}(hashtext(%s), hashtext(%s))", names)


def build(opened: Opened, view: View, progress: Progress | None, log: Log, stopping: Callable[[], bool]) -> int:
    """Builds the tables beside the live ones and switches. The caller has claimed the view."""
    begin(opened, view)
    beside = view.beside()
    clear(opened, beside)
    projector = Projector(opened, beside, log)
    follow(opened, projector, progress, stopping)
    finish(opened, view, beside)
    for _ in range(SWITCH_ATTEMPTS):
        follow(opened, projector, progress, stopping)
        reached = switch(opened, view, beside, log)
        if reached is not None:
            return reached
        Event().wait(SWITCH_PAUSE_S)
    message = f"the rebuilt view {view.name} could not take its place: somebody reads the old one without a pause"
    raise StoreUnavailable(message)


def clear(opened: Opened, beside: View) -> None:
    """Takes away what a broken-off rebuild left."""
    with opened.views.use() as connection, connection, connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {opened.names.views}.bookmarks WHERE view = %s RETURNING tables", (beside.name,))
        for (tables,) in cursor.fetchall():
            drop(cursor, opened, tables, beside.suffix)


def drop(cursor: Cursor, opened: Opened, tables: list[str], suffix: str = "") -> None:
    """Drops tables that may be there."""
    for table in tables:
        cursor.execute(f"DROP TABLE IF EXISTS {opened.names.views}.{table}{suffix}")


def follow(opened: Opened, projector: Projector, progress: Progress | None, stopping: Callable[[], bool]) -> None:
    """Brings the building tables up to the present head of the log."""
    head = opened.store.head()
    while projector.position < head:
        if stopping():
            raise RebuildAbandoned(projector.name)
        projector.advance()
        if progress is not None:
            progress(projector.position, max(head, projector.position))


def finish(opened: Opened, view: View, beside: View) -> None:
    """Makes the indexes at once, which is faster than entry by entry, and the statistics that go with them."""
    tables = beside.placed(opened)
    with opened.views.use() as connection, connection.cursor() as cursor:
        if view.indexes:
            cursor.execute(view.indexes.format(**tables))
        for table in tables.values():
            cursor.execute(f"ANALYZE {table}")


def switch(opened: Opened, view: View, beside: View, log: Log) -> int | None:
    """Puts the new tables in the place of the live ones, with what came in meanwhile; answers the position.

    None: not now, since somebody reads the live tables, or too much came in.
    """
    try:
        with opened.views.use() as connection, connection, connection.cursor() as cursor:
            # Readers that come while this waits for earlier ones queue behind it: not for long.
            cursor.execute("SET LOCAL lock_timeout TO '2s'")
            held = locked(cursor, opened, (view.name, beside.name))
            if beside.name not in held:
                message = f"another process took the rebuild of {view.name} over"
                raise RebuildUnderWay(message)
            live, built = held[view.name], held[beside.name]
            projection = beside.projection(opened, beside.placed(opened))
            reached = take_in_rest(cursor, projection, log, built.position, live.position)
            if reached is None:
                connection.rollback()
                return None
            drop(cursor, opened, live.tables)
            for table, name in beside.placed(opened).items():
                cursor.execute(f"ALTER TABLE {name} RENAME TO {table}")
            cursor.execute(f"DELETE FROM {opened.names.views}.bookmarks WHERE view = %s", (beside.name,))
            cursor.execute(
                f"UPDATE {opened.names.views}.bookmarks SET version = %s, position = %s, generation = generation + 1, tables = %s "
                "WHERE view = %s",
                (view.version, reached, list(view.tables), view.name),
            )
        return reached
    except StoreUnavailable as error:
        if isinstance(error.__cause__, psycopg2.errors.LockNotAvailable):
            return None
        raise


def locked(cursor: Cursor, opened: Opened, views: tuple[str, ...]) -> dict[str, Bookmark]:
    """The bookmarks of some views, which then stay where they are until the transaction ends."""
    cursor.execute(
        f"SELECT view, version, position, generation, tables FROM {opened.names.views}.bookmarks "
        "WHERE view = ANY(%s) ORDER BY view FOR UPDATE",
        (list(views),),
    )
    return {view: Bookmark(*rest) for view, *rest in cursor.fetchall()}


def take_in_rest(cursor: Cursor, projection: Projection, log: Log, position: int, target: int) -> int | None:
    """Takes in what the live view already has; None where that is too much to keep everybody waiting for."""
    if target - position > MAX_REST:
        return None
    while position < target:
        page = log.page(position, to=target)
        if not page.entries:
            raise page.stopped_by.error if page.stopped_by else LedgerError("the log ends before the live view does")
        projection.project(cursor, page)
        position = page.last
    return position
