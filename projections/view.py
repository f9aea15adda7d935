"""What a view is: tables of its own, a fold of the log into their rows, and a bookmark that moves in one transaction with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol, TypeAlias

import psycopg2.errors
import psycopg2.extensions

from domain.facts import Entry
from infra.errors import LedgerError
from infra.opening import Opened
from projections.log import Page
from projections.parts import Reached, all_parts

Cursor: TypeAlias = psycopg2.extensions.cursor
Row: TypeAlias = dict[str, object]

# From a table's plain name to the qualified one that stands for it, in the live set or in one that is being built.
Tables: TypeAlias = Mapping[str, str]

BUILDING = "_building"


class Projection(Protocol):
    """A view's rows on their way into one set of tables. One thread at a time."""

    def project(self, cursor: Cursor, page: Page) -> None:
        """Folds a page in memory, then writes the rows that it changed. The caller has begun a transaction, and commits it."""
        ...

    def forget(self) -> None:
        """Drops all that it remembers of rows: the last transaction did not commit, or somebody else moved the view."""
        ...


class Told(Protocol):
    """What one stream's entries tell a view, folded independently of the view's own projection."""

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        ...

    def row(self) -> Row:
        """The row that should stand by now."""
        ...


@dataclass(frozen=True, slots=True)
class RowPerStream:
    """The view has one row for each stream whose name begins with `prefix`; `key` holds the rest of the name."""

    table: str
    key: str
    prefix: str
    begin: Callable[[str], Told]


class ToldRows(Protocol):
    """What one stream's entries tell a view that has several rows of it."""

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        ...

    def rows(self) -> Mapping[str, Sequence[tuple[object, ...]]]:
        """By table, the rows that should stand by now; their values in the order of the table's columns."""
        ...


@dataclass(frozen=True, slots=True)
class RowsPerStream:
    """The view has, in each of its tables, any number of rows for each stream whose name begins with `prefix`.

    `tables` says the columns of each with their SQL types: the first tells its rows apart, and `key` holds the rest of the
    stream's name.
    """

    key: str
    prefix: str
    tables: Mapping[str, Mapping[str, str]]
    begin: Callable[[str], ToldRows]


@dataclass(frozen=True, slots=True)
class RowPerEntry:
    """The view has one row for each entry, by its position. `row` takes the entry and its stored topic."""

    table: str
    row: Callable[[Entry, str], Row]


@dataclass(frozen=True, slots=True)
class KeptPast:
    """What the rows of a table were is kept in another. `tells` is False of entries by which no row of the past ever begins.

    `key` tells its rows apart, `sorted_by` are the expressions that its indexes have in order. Where one is for a stream's only
    row, it says by which entry it began.
    """

    table: str
    tells: Callable[[Entry], bool]
    key: str
    sorted_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A read model. `version` grows with every change of its tables or of what they mean; it is then built anew.

    `ddl` and `indexes` name tables by placeholders such as `{register}`, so that the same text makes the live tables and,
    beside them, those of a rebuild. `expects` says independently what the rows should be. `pasts` says of which tables the past is kept.
    One that people read in the order of the log cannot be parted: they would pass over what comes into the middle of it later.
    One that `tells_contracts` has rows of contracts alone, each of which its own stream tells: it can be built contract after contract.
    """

    name: str
    version: int
    tables: tuple[str, ...]
    ddl: str
    indexes: str
    projection: Callable[[Opened, Tables], Projection]
    expects: RowPerStream | RowsPerStream | RowPerEntry
    pasts: Mapping[str, KeptPast] = field(default_factory=dict)
    can_be_parted: bool = True
    tells_contracts: bool = False
    suffix: str = ""

    def placed(self, opened: Opened) -> dict[str, str]:
        """Where its tables stand."""
        return {table: f"{opened.names.views}.{table}{self.suffix}" for table in self.tables}

    def beside(self) -> View:
        """The same view, built anew beside this one: under another name, in other tables, without indexes for now."""
        return replace(self, name=f"{self.name}{BUILDING}", suffix=BUILDING, indexes="")


class Bookmark(NamedTuple):
    """How far a view's rows have come. `generation` grows with every rebuild, `tables` are those that the last one made."""

    version: int
    position: int
    generation: int
    tables: list[str]


class ViewMissing(LedgerError):
    """The view's tables are not there yet, or are those of another version of this program."""


class UnknownView(LedgerError):
    """There is no view of that name."""


class ViewStopped(LedgerError):
    """A view cannot take in an entry; it stays as it was before that one."""

    def __init__(self, view: str, position: int, cause: BaseException) -> None:
        """Takes the first position that is not in the view, and why."""
        self.view = view.removesuffix(BUILDING)
        self.position = position
        self.cause = cause
        super().__init__(f"the view {self.view} stopped before position {position}: {type(cause).__name__}: {str(cause).strip()}")


class OtherVersion(LedgerError):
    """The view's tables were made by a version of this program with another idea of them."""


class OtherParts(LedgerError):
    """The view is no longer taken in by the parts of which this is one."""


def read_bookmarks(opened: Opened) -> dict[str, Bookmark]:
    """The bookmark of every view that was ever begun, and of every part of one, all of one moment."""
    with opened.store.connections.use() as connection, connection.cursor() as cursor:
        try:
            cursor.execute(f"SELECT view, version, position, generation, tables FROM {opened.names.views}.bookmarks")
        except psycopg2.errors.UndefinedTable:
            return {}
        return {view: Bookmark(*rest) for view, *rest in cursor}


def reached_in(bookmarks: Mapping[str, Bookmark], view: str) -> Reached:
    """How far a view has come by the bookmarks of one moment, part by part."""
    return Reached.read(view, {name: bookmark.position for name, bookmark in bookmarks.items()})


class Reach(NamedTuple):
    """How far a view had come, and where the ledger ended at that moment."""

    position: int
    head: int


def read_reach(opened: Opened, view: str) -> Reach | None:
    """How far the rows have come that the view's readers see; None for a view that was never begun."""
    with opened.store.connections.use() as connection, connection.cursor() as cursor:
        try:
            cursor.execute(
                f"SELECT position, (SELECT max(position) FROM {opened.names.ledger}.entries) FROM {opened.names.views}.bookmarks "
                "WHERE view = %s",
                (view,),
            )
        except psycopg2.errors.UndefinedTable:
            return None
        found = cursor.fetchone()
        return None if found is None else Reach(found[0], found[1] or 0)


class Standing(NamedTuple):
    """Where the ledger ended at a moment, and how far each view had come: where that is the same again, so is what they tell."""

    head: int
    bookmarks: Mapping[str, tuple[int, int, int]]

    def reach(self, view: str) -> Reach | None:
        """As `read_reach` answers."""
        known = self.bookmarks.get(view)
        return None if known is None else Reach(known[2], self.head)


def read_standing(opened: Opened) -> Standing:
    """Where all of it stands: while this is the same, so is everything that the ledger and its views can tell. Raises StoreUnavailable."""
    with opened.store.connections.use() as connection, connection.cursor() as cursor:
        try:
            cursor.execute(
                f"SELECT view, version, generation, position, (SELECT max(position) FROM {opened.names.ledger}.entries) "
                f"FROM {opened.names.views}.bookmarks"
            )
        except psycopg2.errors.UndefinedTable:
            return Standing(0, {})
        found = cursor.fetchall()
    # Before the first view nothing is to be told of any.
    head = found[0][4] if found else None
    return Standing(head or 0, {view: (version, generation, position) for view, version, generation, position, _ in found})


def begin(opened: Opened, view: View) -> Bookmark:
    """Makes the view's tables and bookmark unless they are there; answers its bookmark. Safe to do in several processes at once."""
    held = read_bookmarks(opened).get(view.name)
    if held is not None:
        return held
    with opened.views.use() as connection, connection, connection.cursor() as cursor:
        # IF NOT EXISTS alone fails when two come at the same moment.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), 0)", (opened.names.views,))
        cursor.execute(
            f"""CREATE TABLE IF NOT EXISTS {opened.names.views}.bookmarks (
                    view       text    NOT NULL PRIMARY KEY,
                    version    integer NOT NULL,
                    position   bigint  NOT NULL,
                    generation integer NOT NULL,
                    tables     text[]  NOT NULL
                )"""
        )
        cursor.execute(
            f"INSERT INTO {opened.names.views}.bookmarks VALUES (%s, %s, 0, 1, %s) ON CONFLICT DO NOTHING RETURNING view",
            (view.name, view.version, list(view.tables)),
        )
        if cursor.fetchone() is not None:
            cursor.execute(f"{view.ddl};{view.indexes}".format(**view.placed(opened)))
    return read_bookmarks(opened)[view.name]


def move(cursor: Cursor, opened: Opened, name: str, seen: Bookmark, to: int) -> bool:
    """Begins a transaction by moving the bookmark from where it was seen, and keeps it locked. False: somebody else moved it.

    A crash of the server may take back the last of these transactions, rows and bookmark together: they come again
    from the log, so nobody needs to wait for the disk.
    """
    cursor.execute(
        f"""BEGIN; SET LOCAL synchronous_commit TO OFF; SET LOCAL lock_timeout TO '5s';
            UPDATE {opened.names.views}.bookmarks SET position = %s
            WHERE view = %s AND version = %s AND generation = %s AND position = %s""",
        (to, name, seen.version, seen.generation, seen.position),
    )
    return cursor.rowcount == 1


def bring_forward(cursor: Cursor, opened: Opened, view: str) -> int:
    """Ends a part's transaction by moving the view's own bookmark to the least of its parts'; answers that.

    The row is locked first, and so until the commit: whoever comes next counts, with a snapshot of its own, what this one moved.
    """
    bookmarks = f"{opened.names.views}.bookmarks"
    cursor.execute(
        f"""SELECT FROM {bookmarks} WHERE view = %s FOR NO KEY UPDATE;
            UPDATE {bookmarks} SET position = (SELECT min(position) FROM {bookmarks} WHERE starts_with(view, %s))
            WHERE view = %s RETURNING position""",
        (view, f"{view} ", view),
    )
    (least,) = cursor.fetchone() or (0,)
    return int(least)


def locked(cursor: Cursor, opened: Opened, views: Sequence[str]) -> dict[str, Bookmark]:
    """The bookmarks of some views and of their parts, which then stay where they are, and as many, until the transaction ends.

    Those of parts first, as their projectors do it.
    """
    for view in views:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), hashtext(%s))", (opened.names.views, f"{view} "))
    cursor.execute(
        f"SELECT view, version, position, generation, tables FROM {opened.names.views}.bookmarks "
        "WHERE view = ANY(%s) OR EXISTS (SELECT FROM unnest(%s) AS v WHERE starts_with(view, v || ' ')) "
        "ORDER BY length(view) DESC, view FOR UPDATE",
        (list(views), list(views)),
    )
    return {view: Bookmark(*rest) for view, *rest in cursor.fetchall()}


def place(cursor: Cursor, opened: Opened, view: str, bookmark: Bookmark, parts: int) -> None:
    """Has a view that is `locked` stand somewhere with all of its parts, of which there are so many from now on."""
    bookmarks = f"{opened.names.views}.bookmarks"
    cursor.execute(f"DELETE FROM {bookmarks} WHERE starts_with(view, %s)", (f"{view} ",))
    cursor.execute(f"UPDATE {bookmarks} SET version = %s, position = %s, generation = %s, tables = %s WHERE view = %s", (*bookmark, view))
    for part in all_parts(parts) if parts > 1 else ():
        cursor.execute(f"INSERT INTO {bookmarks} VALUES (%s, %s, %s, %s, '{{}}')", (part.bookmark_of(view), *bookmark[:3]))
