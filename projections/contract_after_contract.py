"""A view from nothing, contract after contract: each is told in one go, however many go on side by side in the log.

In the order of the log a view meets the same thousands of contracts again and again, more than it can remember, and has to look up
each time how one stood. What a contract's rows are, its own entries say, and nothing else that comes between them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Final

from domain.party import PersonalDataErased
from infra import codec
from infra.ledger import CONTRACT, PARTY
from infra.opening import Opened
from infra.store import PAGE
from projections.ahead import ahead
from projections.log import Page
from projections.projector import OUTAGES
from projections.view import BUILDING, Bookmark, Cursor, View, move, read_bookmarks
from projections.watch import RebuildAbandoned, RebuildUnderWay, Watch

# A shorter log is told in its own order sooner than it is looked up.
WORTH_IT: Final = 10 * PAGE
AT_ONCE: Final = 2 * PAGE

_logger = logging.getLogger(__name__)


def is_worth_it(opened: Opened, view: View) -> bool:
    """Whether the view can be told so, and the log is long enough. Raises StoreUnavailable."""
    return view.tells_contracts and opened.store.head() >= WORTH_IT


def told(opened: Opened, view: View, watch: Watch) -> bool:
    """Fills empty tables with what all contracts tell up to where the log ends now, and moves the view's bookmark there.

    False where that cannot be done: something may be in the tables then. Raises RebuildAbandoned, RebuildUnderWay where another
    process took the tables over, StoreUnavailable.
    """
    head = opened.store.head()
    try:
        if not _is_whole(opened, head):
            return False
        # What was erased by the end has to read so from the beginning.
        _destroy_keys(opened, head)
        _fill(opened, view, head, watch)
    except (*OUTAGES, RebuildAbandoned, RebuildUnderWay):
        raise
    # It may be the fault of one entry, or of the view.
    except Exception as error:  # noqa: BLE001
        _logger.warning("%s is built in the order of the log: %s: %s", view.name, type(error).__name__, error)
        return False
    return True


def _is_whole(opened: Opened, head: int) -> bool:
    """Whether no entry was taken out of the log: in the order of streams nobody would see that one is missing at a stream's end."""
    with opened.store.connections.use() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {opened.names.ledger}.entries WHERE position <= %s", (head,))
        (counted,) = cursor.fetchone() or (0,)
    return int(counted) == head


def _destroy_keys(opened: Opened, head: int) -> None:
    for row in opened.store.rows_saying(PersonalDataErased):
        if row.position > head:
            return
        opened.ledger.forget(row.stream.removeprefix(PARTY.prefix))


def _fill(opened: Opened, view: View, head: int, watch: Watch) -> None:
    begun = read_bookmarks(opened)[view.name]
    projection = view.projection(opened, view.placed(opened))
    entries, done = opened.store.by_stream(CONTRACT.prefix, to=head, page=AT_ONCE), 0
    for some in ahead(iter(lambda: list(islice(entries, AT_ONCE)), [])):
        if watch.stopping():
            raise RebuildAbandoned(view.name)
        with _owning(opened, view, begun, begun.position) as cursor:
            projection.project(cursor, Page(0, some, [codec.topic(e.fact) for e in some], reached=head))
        done += len(some)
        if watch.progress is not None:
            watch.progress(done, head)
    with _owning(opened, view, begun, head):
        pass


@contextmanager
def _owning(opened: Opened, view: View, begun: Bookmark, to: int) -> Iterator[Cursor]:
    """A transaction in the tables as this process began them, which has the bookmark at a position in the end."""
    with opened.views.use() as connection, connection.cursor() as cursor:
        if not move(cursor, opened, view.name, begun, to):
            cursor.execute("ROLLBACK")
            message = f"another process took the building of {view.name.removesuffix(BUILDING)} over"
            raise RebuildUnderWay(message)
        yield cursor
        cursor.execute("COMMIT")
