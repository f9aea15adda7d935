"""How fresh a view is read: a reader who knows a position of the ledger may wait for the view to reach it."""

from __future__ import annotations

import threading
from typing import Annotated, Final

from fastapi import Query

from api.door import Door
from api.problems import ViewBehind
from api.scalars import MAX_POSITION
from api.strict_json import Flaw, Flawed
from projections.view import read_reach

WAIT_S: Final = 2.0
# Those who wait hold a thread each; the others must go on.
MAX_WAITING: Final = 16

MinPosition = Annotated[
    int | None,
    Query(
        ge=1,
        le=MAX_POSITION,
        description="A `position` or `Ledger-Position` that the answer has to include. Waits for the view up to 2 seconds, then answers "
        "503 with Retry-After. A position that the ledger has not reached is refused with 422.",
    ),
]

waiting = threading.BoundedSemaphore(MAX_WAITING)


def read_fresh(at: Door, view: str, min_position: int | None) -> int:
    """How far the view has come, `min_position` at least. Raises ViewBehind; Flawed for a position that the ledger has not reached."""
    reach = at.reach(view)
    if min_position is not None and (reach is None or reach.position < min_position):
        head = at.ledger.store.head()
        if min_position > head:
            raise Flawed([Flaw("query.min_position", f"The ledger ends at position {head}.")])
        if not waited(at, view, min_position):
            raise ViewBehind(f"The view {view} is at position {0 if reach is None else reach.position}, not yet at {min_position}.")
        reach = read_reach(at.opened, view)
    if reach is None:
        raise ViewBehind(f"The view {view} has not been begun; is `tally up` running?")
    at.note_behind(reach.head - reach.position)
    return reach.position


def read_lasting(at: Door, view: str, min_position: int | None) -> int:
    """As `read_fresh`, for an answer that depends on the ledger, its views and the day, and on nothing else: it may be given again."""
    at.last(view)
    return read_fresh(at, view, min_position)


def waited(at: Door, view: str, position: int) -> bool:
    """Whether the view came to a position while it was waited for; nobody waits where too many do, or nobody moves it."""
    if at.projectors is None or not waiting.acquire(blocking=False):
        return False
    try:
        return at.projectors.wait_for(view, position, WAIT_S)
    finally:
        waiting.release()


def reached(at: Door, view: str) -> int | None:
    """The view's bookmark; None for a view that was never begun."""
    reach = read_reach(at.opened, view)
    return None if reach is None else reach.position
