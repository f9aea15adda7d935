"""Changes into how many parts a view is divided: all of them first come to one position, from which the others go on."""

from __future__ import annotations

from threading import Event
from typing import Final

import psycopg2.errors

from infra.errors import LedgerError, StoreUnavailable
from infra.opening import Opened
from infra.store import PAGE
from projections.log import Log
from projections.parts import Reached
from projections.projector import Projector
from projections.view import Cursor, View, ViewStopped, begin, locked, place, reached_in, read_bookmarks

# Nobody can move the view while the rest is caught up, and at a switch nobody can read it: so few entries that nobody notices.
MAX_REST: Final = 2 * PAGE
ATTEMPTS: Final = 60
PAUSE_S: Final = 0.2


class CannotBeParted(LedgerError):
    """The view's rows have to come in the order of the log."""


def require_parted(view: View) -> None:
    """Raises CannotBeParted."""
    if not view.can_be_parted:
        message = f"the view {view.name} is read in the order of the log, so that it cannot be taken in by parts"
        raise CannotBeParted(message)


def divide(opened: Opened, view: View, parts: int, log: Log) -> None:
    """Has a view of this version taken in by so many parts from now on. Projectors of other parts than these find that theirs are gone.

    Raises CannotBeParted, ViewStopped where a part stands before the furthest one has come, StoreUnavailable.
    """
    if parts > 1:
        require_parted(view)
    begin(opened, view)
    for _ in range(ATTEMPTS):
        now = reached_in(read_bookmarks(opened), view.name)
        if len(now.positions) == parts:
            return
        # Most of it while the others go on.
        projector = Projector(opened, view, log)
        while projector.position < now.most:
            projector.advance(to=now.most)
        if _divided(opened, view, parts):
            return
        Event().wait(PAUSE_S)
    message = f"the parts of the view {view.name} do not come to one position: others move them on without a pause"
    raise StoreUnavailable(message)


def _divided(opened: Opened, view: View, parts: int) -> bool:
    try:
        with opened.views.use() as connection, connection, connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout TO '5s'")
            held = locked(cursor, opened, (view.name,))
            now = reached_in(held, view.name)
            if len(now.positions) == parts:
                return True
            if not level(cursor, opened, view, now, now.most):
                connection.rollback()
                return False
            live = held[view.name]
            place(cursor, opened, view.name, live._replace(position=now.most, generation=live.generation + 1), parts)
            return True
    except StoreUnavailable as error:
        if isinstance(error.__cause__, psycopg2.errors.LockNotAvailable):
            return False
        raise


def level(cursor: Cursor, opened: Opened, view: View, reached: Reached, target: int) -> bool:
    """Takes in what parts lack of a position, in the caller's transaction, which has their bookmarks locked and moves them.

    False where that is too much to keep everybody waiting for.
    """
    if target - reached.least > MAX_REST:
        return False
    log = Log(opened.store)
    for part, position in zip(reached.parts, reached.positions, strict=True):
        projection, after = view.projection(opened, view.placed(opened)), position
        while after < target:
            page = log.page(after, to=target, part=part)
            if page.last == after:
                cause = page.stopped_by.error if page.stopped_by else LedgerError("the log ends before the view does")
                raise ViewStopped(view.name, after + 1, cause)
            if page.entries or page.beside:
                projection.project(cursor, page)
            after = page.last
    return True
