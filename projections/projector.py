"""Moves one view along the log: a page at a time, its rows and its bookmark in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from infra.errors import Overloaded, StoreUnavailable
from infra.opening import Opened
from infra.store import PAGE
from projections.log import Log, Page
from projections.view import Bookmark, OtherVersion, Projection, View, ViewStopped, begin, move, read_bookmarks

# Told how many entries are in the view, of how many.
Progress: TypeAlias = Callable[[int, int], None]

# What keeps the database from answering says nothing about a view: it is tried again as it is.
OUTAGES = (StoreUnavailable, Overloaded)


class Projector:
    """Writes a view's live tables. Of several at once, in any processes, the bookmark lets one through at a time."""

    def __init__(self, opened: Opened, view: View, log: Log | None = None) -> None:
        """Makes the tables unless they are there. Raises StoreUnavailable."""
        self._opened = opened
        self._view = view
        self._log = log or Log(opened.store)
        self._projection: Projection = view.projection(opened, view.placed(opened))
        self._attempt: int | None = None
        self.bookmark: Bookmark = begin(opened, view)

    @property
    def name(self) -> str:
        """The view's name."""
        return self._view.name

    @property
    def position(self) -> int:
        """How far the rows have come, as far as this projector knows."""
        return self.bookmark.position

    @property
    def is_current(self) -> bool:
        """Whether the live tables are those of this version of the program."""
        return self.bookmark.version == self._view.version

    def reread(self) -> None:
        """Looks where the bookmark is, after somebody else may have moved it. Raises StoreUnavailable."""
        self._projection.forget()
        self.bookmark = read_bookmarks(self._opened).get(self._view.name) or begin(self._opened, self._view)

    def advance(self, *, to: int | None = None) -> bool:
        """Takes in the next page, at most to a position. False: there was nothing to take in.

        Raises ViewStopped for an entry that the view cannot take in, OtherVersion for tables of another version, and
        StoreUnavailable; the view then is at its bookmark, whatever was tried.
        """
        if not self.is_current:
            self.reread()
        if not self.is_current:
            message = f"the view {self._view.name} was built by version {self.bookmark.version} of its code; this is {self._view.version}"
            raise OtherVersion(message)
        page = self._log.page(self.position, to=to, size=self._attempt)
        if not page.entries:
            if page.stopped_by is not None:
                raise ViewStopped(self._view.name, page.stopped_by.position, page.stopped_by.error)
            return False
        try:
            moved = self._commit(page)
        except OUTAGES:
            # The transaction may have been committed, and only the word of it lost.
            self._projection.forget()
            raise
        # Whatever a view raises stops that view, and only that view.
        except Exception as error:
            self._projection.forget()
            if len(page.entries) == 1:
                raise ViewStopped(self._view.name, page.last, error) from error
            # Half of it may do: so the view comes as far as it can, and the entry that stops it is found.
            self._attempt = len(page.entries) // 2
            return True
        if moved:
            self.bookmark = self.bookmark._replace(position=page.last)
            self._attempt = None if self._attempt is None or self._attempt >= PAGE else self._attempt * 2
        else:
            self.reread()
        return True

    def _commit(self, page: Page) -> bool:
        with self._opened.views.use() as connection, connection.cursor() as cursor:
            if not move(cursor, self._opened, self._view, self.bookmark, page.last):
                cursor.execute("ROLLBACK")
                return False
            self._projection.project(cursor, page)
            cursor.execute("COMMIT")
            return True
