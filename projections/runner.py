"""Keeps views up to date: one thread for each, woken by NOTIFY as a hint and by its own clock as the truth."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final, Self

import psycopg2

from infra.errors import StoreUnavailable
from infra.news import news
from infra.opening import Opened
from projections.known import ALL_VIEWS
from projections.log import Log
from projections.parts import Part
from projections.projector import OUTAGES, Progress, Projector
from projections.rebuild import current
from projections.view import OtherParts, UnknownView, View, ViewStopped, read_bookmarks
from projections.watch import RebuildAbandoned

POLL_S: Final = 0.25
BOOKMARK_POLL_S: Final = 0.02
FIRST_RETRY_S: Final = 0.1
LONGEST_RETRY_S: Final = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ViewHealth:
    """How a view does. `position` is its last entry, `lag` how many follow in the log; None where the store does not answer.

    `running`: it takes in entries, or waits for some. `error` says why it does not, or that the database is away;
    `stopped_at` is the entry that it cannot take in.
    """

    position: int
    lag: int | None
    running: bool
    error: str | None
    stopped_at: int | None = None


@dataclass(frozen=True, slots=True)
class _Course:
    """What a view's thread last said of itself."""

    position: int = 0
    running: bool = False
    error: str | None = None
    stopped_at: int | None = None


class Projectors:
    """The views of one ledger, kept up to date by this process. Others may do the same: each entry counts once all the same."""

    def __init__(self, opened: Opened, views: Sequence[View] = ALL_VIEWS, part: Part | None = None) -> None:
        """Nothing happens before `start`. With a `part` it has the views taken in by as many as that says, and takes in this one."""
        self._opened = opened
        self._part = part
        self._views = {view.name: view for view in views}
        self._entries = Log(opened.store)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._news = threading.Condition()
        self._notified = 0
        self._moved = threading.Condition()
        self._courses: dict[str, _Course] = {name: _Course() for name in self._views}

    def start(self) -> None:
        """Starts the threads, which make or rebuild tables as needed; returns at once. A runner starts once."""
        if self._threads:
            message = "these projectors were started before"
            raise RuntimeError(message)
        self._threads = [
            threading.Thread(target=self._listen, name="views-listen", daemon=True),
            *(threading.Thread(target=self._run, args=(view,), name=f"view-{view.name}", daemon=True) for view in self._views.values()),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stops after the transactions under way, and waits for that."""
        self._stopping.set()
        with self._news:
            self._news.notify_all()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        """Starts."""
        self.start()
        return self

    def __exit__(self, *args: object) -> None:
        """Stops."""
        self.stop()

    def health(self) -> dict[str, ViewHealth]:
        """How each view does; asks the database only where the log ends."""
        try:
            head = self._opened.store.head()
        except OUTAGES:
            head = None
        with self._moved:
            courses = dict(self._courses)
        return {
            name: ViewHealth(it.position, None if head is None else max(head - it.position, 0), it.running, it.error, it.stopped_at)
            for name, it in courses.items()
        }

    def wait_for(self, view_name: str, position: int, timeout_s: float) -> bool:
        """Waits until a view has taken in the entry at a position, so that a writer reads what it wrote. False: not in time.

        Of a view that cannot take in an entry before that one, the answer is False at once. Works whether this process
        runs the view or another does. Raises UnknownView for one that was not given, StoreUnavailable.
        """
        if view_name not in self._views:
            message = f"the view {view_name!r} is not among {', '.join(self._views)}"
            raise UnknownView(message)
        if not self._threads or self._stopping.is_set():
            return self._poll_for(view_name, position, timeout_s)
        with self._moved:
            self._moved.wait_for(lambda: self._is_settled(view_name, position), timeout_s)
            return self._courses[view_name].position >= position

    def _is_settled(self, view_name: str, position: int) -> bool:
        course = self._courses[view_name]
        return course.position >= position or course.stopped_at is not None or self._stopping.is_set()

    def _poll_for(self, view_name: str, position: int, timeout_s: float) -> bool:
        pause = threading.Event()
        for _ in range(max(1, round(timeout_s / BOOKMARK_POLL_S))):
            bookmark = read_bookmarks(self._opened).get(view_name)
            if bookmark is not None and bookmark.position >= position:
                return True
            pause.wait(BOOKMARK_POLL_S)
        return False

    def _note(self, view: View, course: _Course) -> None:
        with self._moved:
            known = self._courses[view.name]
            if course == known:
                return
            self._courses[view.name] = course
            self._moved.notify_all()
        if course.error != known.error and course.error is not None:
            _log.error("view %s: %s", view.name, course.error)
        elif known.error is not None and course.error is None:
            _log.info("view %s goes on from position %s", view.name, course.position)

    def _run(self, view: View) -> None:
        """One view's thread: it ends only with the runner; whatever goes wrong is said, and tried again."""
        projector: Projector | None = None
        retry_s = FIRST_RETRY_S
        while not self._stopping.is_set():
            seen = self._notified
            try:
                if projector is None:
                    projector = current(self._opened, view, log=self._entries, stopping=self._stopping, part=self._part)
                moved = projector.advance()
            except RebuildAbandoned:
                break
            # Anything else that goes wrong stops this view and no other, until a later attempt succeeds.
            except Exception as error:  # noqa: BLE001
                self._note(view, failed(error, 0 if projector is None else projector.position))
                self._stopping.wait(retry_s)
                retry_s = min(2 * retry_s, LONGEST_RETRY_S)
                continue
            retry_s = FIRST_RETRY_S
            stopped = projector.stopped
            self._note(view, _Course(projector.position, running=True) if stopped is None else failed(stopped, projector.position))
            if not moved:
                self._wait_for_news(seen)
        self._note(view, replace(self._courses[view.name], running=False))

    def _wait_for_news(self, seen: int) -> None:
        with self._news:
            self._news.wait_for(lambda: self._notified != seen or self._stopping.is_set(), POLL_S)

    def _listen(self) -> None:
        """Wakes the views when append() says that there is something new."""
        while not self._stopping.is_set():
            try:
                with closing(news(self._opened)) as heard:
                    for something in heard:
                        if self._stopping.is_set():
                            return
                        if something:
                            self._wake()
            except (StoreUnavailable, psycopg2.Error, OSError):
                # The views poll meanwhile, and say what is wrong with the database.
                self._stopping.wait(LONGEST_RETRY_S)

    def _wake(self) -> None:
        with self._news:
            self._notified += 1
            self._news.notify_all()


def failed(error: Exception, position: int) -> _Course:
    """What there is to say of a view that failed after a position."""
    if isinstance(error, OUTAGES):
        return _Course(position, running=True, error=f"the database does not answer: {error}")
    if isinstance(error, OtherParts):
        return _Course(position, running=False, error=str(error))
    stopped_at = error.position if isinstance(error, ViewStopped) else position + 1
    return _Course(position, running=False, error=str(error) or type(error).__name__, stopped_at=stopped_at)


def catch_up(opened: Opened, view: View, progress: Progress | None = None, *, log: Log | None = None) -> int:
    """Takes in everything up to where the log ends now, in this thread; answers the position reached.

    `progress` is told the entries done and all that there are. Raises ViewStopped, OtherVersion, StoreUnavailable.
    """
    projector = current(opened, view, log=log, progress=progress)
    head = opened.store.head()
    while projector.position < head:
        projector.advance(to=head)
        if progress is not None:
            progress(projector.position, max(head, projector.position))
    return projector.position
