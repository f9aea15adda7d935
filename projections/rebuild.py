"""Builds a view anew beside the live one, and puts it in its place in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event
from typing import Final

import psycopg2
import psycopg2.errors

from infra.errors import StoreUnavailable
from infra.opening import Opened
from projections.contract_after_contract import is_worth_it, told
from projections.dividing import divide, level
from projections.log import Log
from projections.parts import WHOLE, Part
from projections.projector import Progress, Projector
from projections.view import Bookmark, Cursor, View, ViewStopped, begin, locked, place, reached_in, read_bookmarks
from projections.watch import RebuildAbandoned, RebuildUnderWay, Watch, never

SWITCH_ATTEMPTS: Final = 60
SWITCH_PAUSE_S: Final = 0.5
CLAIM_PAUSE_S: Final = 0.5


def rebuild(
    opened: Opened, view: View, progress: Progress | None = None, *, log: Log | None = None, stopping: Callable[[], bool] = never
) -> int:
    """Builds a view from the first entry on, while the live one stays readable and up to date; answers the position reached.

    The view stays in as many parts as it is in. `progress` is told the entries done and all that there are. Raises RebuildUnderWay,
    ViewStopped (the live view stays), RebuildAbandoned once `stopping` says so, StoreUnavailable.
    """
    with claimed(opened, view) as mine:
        if not mine:
            message = f"the view {view.name} is being rebuilt or checked by another process; try again when that is done"
            raise RebuildUnderWay(message)
        return build(opened, view, log or Log(opened.store, kept=0), Watch(progress, stopping))


def current(  # noqa: PLR0913 - each of the last four has its default
    opened: Opened,
    view: View,
    *,
    log: Log | None = None,
    progress: Progress | None = None,
    stopping: Event | None = None,
    part: Part | None = None,
) -> Projector:
    """A projector of a view, or of a part, whose tables are this version's; those of another version are built anew first, and so are empty
    ones of a long log.

    Waits while another process does that. A part has the view taken in by as many as it says; without one, however many there are.
    Raises what `rebuild` and `divide` raise.
    """
    stop = stopping or Event()
    watch, reading = Watch(progress, stop.is_set), log or Log(opened.store, kept=0)
    while begin(opened, view).version != view.version:
        with claimed(opened, view) as mine:
            if mine and begin(opened, view).version != view.version:
                build(opened, view, reading, watch)
        if not mine and stop.wait(CLAIM_PAUSE_S):
            raise RebuildAbandoned(view.name)
    if is_worth_it(opened, view):
        fill_empty(opened, view, reading, watch)
    if part is not None:
        divide(opened, view, part.of, reading)
    return Projector(opened, view, log, part or WHOLE)


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


def fill_empty(opened: Opened, view: View, log: Log, watch: Watch) -> None:
    """Builds a view that has nothing of a long log, unless another process does. An entry that stops it stops it in its own tables."""
    while reached_in(read_bookmarks(opened), view.name).most == 0:
        with claimed(opened, view) as mine:
            if mine:
                if reached_in(read_bookmarks(opened), view.name).most == 0:
                    with suppress(ViewStopped):
                        build(opened, view, log, watch)
                return
        if watch.stopping():
            raise RebuildAbandoned(view.name)
        Event().wait(CLAIM_PAUSE_S)


def build(opened: Opened, view: View, log: Log, watch: Watch) -> int:
    """Builds the tables beside the live ones and switches. The caller has claimed the view."""
    begin(opened, view)
    beside = view.beside()
    begin_anew(opened, beside)
    if is_worth_it(opened, beside) and not told(opened, beside, watch):
        # Whatever stands in the way is found, with its position, in the order of the log.
        begin_anew(opened, beside)
    projector = Projector(opened, beside, log)
    follow(opened, projector, watch)
    finish(opened, view, beside)
    for _ in range(SWITCH_ATTEMPTS):
        follow(opened, projector, watch)
        reached = switch(opened, view, beside)
        if reached is not None:
            return reached
        Event().wait(SWITCH_PAUSE_S)
    message = f"the rebuilt view {view.name} could not take its place: somebody reads the old one without a pause"
    raise StoreUnavailable(message)


def begin_anew(opened: Opened, beside: View) -> None:
    """Makes the tables beside the live ones, under a generation that no other build has: who lost the claim finds none of its own."""
    clear(opened, beside)
    begin(opened, beside)
    with opened.views.use() as connection, connection.cursor() as cursor:
        other = "(pg_current_xact_id()::text::bigint %% 2147483647)::integer"
        cursor.execute(f"UPDATE {opened.names.views}.bookmarks SET generation = {other} WHERE view = %s", (beside.name,))


def clear(opened: Opened, beside: View) -> None:
    """Takes away what a broken-off rebuild left."""
    with opened.views.use() as connection, connection, connection.cursor() as cursor:
        held = locked(cursor, opened, (beside.name,))
        cursor.execute(f"DELETE FROM {opened.names.views}.bookmarks WHERE view = ANY(%s)", (list(held),))
        for bookmark in held.values():
            drop(cursor, opened, bookmark.tables, beside.suffix)


def drop(cursor: Cursor, opened: Opened, tables: list[str], suffix: str = "") -> None:
    """Drops tables that may be there."""
    for table in tables:
        cursor.execute(f"DROP TABLE IF EXISTS {opened.names.views}.{table}{suffix}")


def follow(opened: Opened, projector: Projector, watch: Watch) -> None:
    """Brings the building tables up to the present head of the log."""
    head = opened.store.head()
    while projector.reached < head:
        if watch.stopping():
            raise RebuildAbandoned(projector.name)
        projector.advance(to=head)
        if watch.progress is not None:
            watch.progress(projector.reached, max(head, projector.reached))


def finish(opened: Opened, view: View, beside: View) -> None:
    """Makes the indexes at once, which is faster than entry by entry, and the statistics that go with them."""
    tables = beside.placed(opened)
    with opened.views.use() as connection, connection.cursor() as cursor:
        if view.indexes:
            cursor.execute(view.indexes.format(**tables))
        for table in tables.values():
            cursor.execute(f"ANALYZE {table}")


def switch(opened: Opened, view: View, beside: View) -> int | None:
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
            live, built = (reached_in(held, name) for name in (view.name, beside.name))
            # What a part of the live view has, nobody is to see gone for a while.
            reached = max(live.most, built.most)
            if not level(cursor, opened, beside, built, reached):
                connection.rollback()
                return None
            drop(cursor, opened, held[view.name].tables)
            for table, name in beside.placed(opened).items():
                cursor.execute(f"ALTER TABLE {name} RENAME TO {table}")
            cursor.execute(f"DELETE FROM {opened.names.views}.bookmarks WHERE starts_with(view, %s)", (beside.name,))
            stands = Bookmark(view.version, reached, held[view.name].generation + 1, list(view.tables))
            place(cursor, opened, view.name, stands, len(live.positions) if view.can_be_parted else 1)
        return reached
    except StoreUnavailable as error:
        if isinstance(error.__cause__, psycopg2.errors.LockNotAvailable):
            return None
        raise
