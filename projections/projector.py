"""Moves one view along the log: a page at a time, its rows and its bookmark in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import TypeAlias

from infra.errors import Overloaded, StoreUnavailable
from infra.opening import Opened
from infra.store import PAGE
from projections.log import Log, Page
from projections.parts import WHOLE, Part
from projections.view import (
    Bookmark,
    OtherParts,
    OtherVersion,
    Projection,
    View,
    ViewStopped,
    begin,
    bring_forward,
    move,
    reached_in,
    read_bookmarks,
)

# Told how many entries are in the view, of how many.
Progress: TypeAlias = Callable[[int, int], None]

# What keeps the database from answering says nothing about a view: it is tried again as it is.
OUTAGES = (StoreUnavailable, Overloaded)


class Step(Enum):
    """What came of trying to take in the next page."""

    NOTHING_NEW = auto()
    TAKEN = auto()
    LOST = auto()


class Course:
    """One bookmark on its way, the view's own or that of a part, with the rows that move with it."""

    def __init__(self, opened: Opened, view: View, log: Log, part: Part) -> None:
        """Stands nowhere yet."""
        self.part = part
        # The least of all parts, as of the last look.
        self.least = 0
        self._opened = opened
        self._view = view
        self._log = log
        self._projection: Projection = view.projection(opened, view.placed(opened))
        self._attempt: int | None = None
        self._bookmark = Bookmark(view.version, 0, 0, [])

    @property
    def position(self) -> int:
        """How far its rows have come, as far as is known here."""
        return self._bookmark.position

    def stand(self, bookmark: Bookmark) -> None:
        """Goes on from where its bookmark was found."""
        if bookmark != self._bookmark:
            self._projection.forget()
        self._bookmark = bookmark

    def advance(self, to: int | None) -> Step:
        """Takes in the next page, at most to a position. Raises ViewStopped, StoreUnavailable."""
        page = self._log.page(self.position, to=to, size=self._attempt, part=self.part)
        if page.last == page.after:
            if page.stopped_by is not None:
                raise ViewStopped(self._view.name, page.stopped_by.position, page.stopped_by.error)
            return Step.NOTHING_NEW
        size = page.last - page.after
        try:
            moved = self._commit(page)
        except OUTAGES:
            # The transaction may have been committed, and only the word of it lost.
            self._projection.forget()
            raise
        # Whatever a view raises stops that view, and only that view.
        except Exception as error:
            self._projection.forget()
            if size == 1:
                raise ViewStopped(self._view.name, page.last, error) from error
            # Half of it may do: so the view comes as far as it can, and the entry that stops it is found.
            self._attempt = size // 2
            return Step.TAKEN
        if not moved:
            return Step.LOST
        self._bookmark = self._bookmark._replace(position=page.last)
        self._attempt = None if self._attempt is None or self._attempt >= PAGE else self._attempt * 2
        return Step.TAKEN

    def _commit(self, page: Page) -> bool:
        with self._opened.views.use() as connection, connection.cursor() as cursor:
            if not move(cursor, self._opened, self.part.bookmark_of(self._view.name), self._bookmark, page.last):
                cursor.execute("ROLLBACK")
                return False
            if page.entries or page.beside:
                self._projection.project(cursor, page)
            least = self.least if self.part.is_whole else bring_forward(cursor, self._opened, self._view.name)
            cursor.execute("COMMIT")
            self.least = least
            return True


class Projector:
    """Writes a view's live tables. Of several at once, in any processes, the bookmark lets one through at a time.

    One that is asked for the whole view takes in all of its parts, however many there are.
    """

    def __init__(self, opened: Opened, view: View, log: Log | None = None, part: Part = WHOLE) -> None:
        """Makes the tables unless they are there; for a part they have to be. Raises StoreUnavailable, OtherParts."""
        self._opened = opened
        self._view = view
        self._log = log or Log(opened.store)
        self._part = part
        self._version = view.version
        self._courses: list[Course] = []
        # What a part met at the last attempt, whether or not another one came on.
        self.stopped: ViewStopped | None = None
        self.reread()

    @property
    def name(self) -> str:
        """The view's name."""
        return self._view.name

    @property
    def position(self) -> int:
        """How far the view has come, as far as this projector knows: everything up to here is in."""
        return self.reached if self._part.is_whole else self._courses[0].least

    @property
    def reached(self) -> int:
        """How far all that this projector takes in has come."""
        return min(course.position for course in self._courses)

    @property
    def is_current(self) -> bool:
        """Whether the live tables are those of this version of the program."""
        return self._version == self._view.version

    def reread(self) -> None:
        """Looks where the bookmarks are, after somebody else may have moved them. Raises StoreUnavailable, OtherParts."""
        held = read_bookmarks(self._opened)
        if self.name not in held and self._part.is_whole:
            begin(self._opened, self._view)
            held = read_bookmarks(self._opened)
        if self._part.bookmark_of(self.name) not in held:
            now = len(reached_in(held, self.name).positions) if self.name in held else 0
            message = f"the view {self.name} is taken in by {now} parts now, and this would be one of {self._part.of}"
            raise OtherParts(message)
        self._version = held[self.name].version
        parts = reached_in(held, self.name).parts if self._part.is_whole else (self._part,)
        kept = {course.part: course for course in self._courses}
        self._courses = [kept.get(part) or Course(self._opened, self._view, self._log, part) for part in parts]
        for course in self._courses:
            course.stand(held[course.part.bookmark_of(self.name)])
            course.least = held[self.name].position

    def advance(self, *, to: int | None = None) -> bool:
        """Takes in the next page, at most to a position. False: there was nothing to take in.

        Raises ViewStopped for an entry that the view cannot take in, OtherVersion for tables of another version, OtherParts for
        a part that there is no longer, and StoreUnavailable; the view then is at its bookmark, whatever was tried.
        """
        if not self.is_current:
            self.reread()
        if not self.is_current:
            message = f"the view {self._view.name} was built by version {self._version} of its code; this is {self._view.version}"
            raise OtherVersion(message)
        step, self.stopped = Step.NOTHING_NEW, None
        # The last first, so that they keep step. One that stops does not keep the others.
        for course in sorted(self._courses, key=lambda one: one.position):
            if to is not None and course.position >= to:
                continue
            try:
                step = course.advance(to)
            except ViewStopped as error:
                self.stopped = self.stopped or error
            if step is not Step.NOTHING_NEW:
                break
        if step is Step.LOST or (step is Step.NOTHING_NEW and not self._part.is_whole):
            # Nobody else tells a part that has nothing to take in how the others come on, or that there is no such part any more.
            self.reread()
        if step is Step.NOTHING_NEW and self.stopped is not None:
            raise self.stopped
        return step is not Step.NOTHING_NEW
