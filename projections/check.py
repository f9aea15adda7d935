"""Folds the whole log once more, in plain Python, and compares with what the views hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any, Final, NamedTuple, cast

import psycopg2.errors

from domain.facts import Entry
from infra.opening import Opened
from infra.store import COLUMNS, PAGE
from infra.store import Row as StoredRow
from projections.known import ALL_VIEWS
from projections.log import Log
from projections.parts import Reached
from projections.past import Moments
from projections.past.expected import Stood, Together
from projections.past.shape import LATEST, ORIGIN
from projections.projector import Progress
from projections.rebuild import claimed
from projections.rows import every_entry
from projections.view import Cursor, Row, RowPerEntry, RowPerStream, RowsPerStream, Told, ToldRows, View, ViewMissing, ViewStopped
from projections.watch import RebuildUnderWay

MAX_DIFFERENCES: Final = 100
ROWS_AT_ONCE: Final = 500
PRESENT: Final = Moments()


class ColumnDifference(NamedTuple):
    """A column that does not hold what the log says."""

    column: str
    expected: object
    found: object


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that differs from the log, and the entry that shows it: the one that gave the column the value it should have.

    Of the past `at` says as of which moments it differs, and the entry is the last that counted then.
    `what` is `differs`, `missing` (the log tells of it, the view does not) or `surplus` (the log does not tell of it;
    position and version are then those that the row itself claims, or of its stream's last entry). `row` is the table, and what
    tells the row apart from others of its stream, where a view has several.
    """

    view: str
    position: int
    stream: str
    version: int
    what: str
    columns: tuple[ColumnDifference, ...] = ()
    row: str | None = None
    at: Moments = PRESENT


@dataclass(slots=True)
class Checked:
    """What came of checking a view up to its bookmark. Of many differences the earliest are kept, and all are counted."""

    view: str
    position: int
    rows: int = 0
    past: int = 0
    count: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def matches(self) -> bool:
        """Whether every row is what the log says, and there is no other."""
        return self.count == 0

    @property
    def first(self) -> Difference | None:
        """The earliest difference in the log."""
        return self.differences[0] if self.differences else None

    def note(self, difference: Difference) -> None:
        """Counts a difference, and keeps it if it is among the earliest."""
        self.count += 1
        self.differences.append(difference)
        self.differences.sort(key=lambda d: (d.position, d.stream))
        del self.differences[MAX_DIFFERENCES:]


def check(opened: Opened, views: Sequence[View] = ALL_VIEWS, progress: Callable[[str, int, int], None] | None = None) -> list[Checked]:
    """Checks each view at its bookmark, while writers and projectors go on. Memory is for some pages and one contract.

    `progress` is told the view, the entries folded and all that there are. Raises ViewMissing for a view that was never
    built, RebuildUnderWay for one that is being rebuilt, ViewStopped for an entry that cannot be read, StoreUnavailable.
    """
    return [check_view(opened, view, None if progress is None else partial(progress, view.name)) for view in views]


def check_view(opened: Opened, view: View, progress: Progress | None = None) -> Checked:
    """Checks one view; see `check`."""
    # A rebuild would wait for this to end before it could take its place, and every reader would wait for the rebuild.
    with claimed(opened, view, shared=True) as mine:
        if not mine:
            message = f"the view {view.name} is being rebuilt by another process; try again when that is done"
            raise RebuildUnderWay(message)
        with opened.views.use() as connection, connection.cursor() as cursor:
            # One snapshot for the bookmark and all rows, however long it takes.
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                comparison = Comparison(opened, view, cursor, progress)
                match view.expects:
                    case RowPerStream():
                        comparison.by_stream(view.expects)
                    case RowsPerStream():
                        comparison.by_rows(view.expects)
                    case RowPerEntry():
                        comparison.by_entry(view.expects)
            except psycopg2.errors.UndefinedTable as error:
                message = f"the view {view.name} has no tables; start `tally up`, or run `tally rebuild {view.name}`"
                raise ViewMissing(message) from error
            cursor.execute("COMMIT")
    return comparison.checked


class _ToldOf(NamedTuple):
    """The rows that a stream tells of, by table and by what tells them apart; and its last entry."""

    rows: dict[str, dict[object, Row]]
    position: int
    version: int


def rows_by_key(expects: RowsPerStream, told: ToldRows) -> dict[str, dict[object, Row]]:
    """The rows that should stand, by table and by what tells them apart."""
    rows = told.rows()
    return {
        table: {row[0]: dict(zip(columns, row, strict=True)) for row in rows.get(table, ())} for table, columns in expects.tables.items()
    }


class Comparison:
    """One view in one snapshot, compared with the log up to the view's bookmark."""

    def __init__(self, opened: Opened, view: View, cursor: Cursor, progress: Progress | None) -> None:
        """Reads the bookmark, and those of the view's parts. Raises ViewMissing."""
        self._opened = opened
        self._view = view
        self._cursor = cursor
        self._progress = progress or (lambda _done, _of: None)
        self._reached = self._bookmarks()
        self.checked = Checked(view.name, self._reached.least)

    def _bookmarks(self) -> Reached:
        name = self._view.name
        self._cursor.execute(
            f"SELECT view, version, position FROM {self._opened.names.views}.bookmarks WHERE view = %s OR starts_with(view, %s)",
            (name, f"{name} "),
        )
        found = {view: (version, position) for view, version, position in self._cursor.fetchall()}
        if name not in found or found[name][0] != self._view.version:
            message = f"the view {name} has not been built by this version; start `tally up`, or run `tally rebuild`"
            raise ViewMissing(message)
        return Reached.read(name, {view: position for view, (_, position) in found.items()})

    def by_entry(self, expects: RowPerEntry) -> None:
        """A row for each entry, and no other row."""
        log, after, to = Log(self._opened.store, kept=0), 0, self.checked.position
        while after < to:
            page = log.page(after, to=to)
            if not page.entries:
                cause = page.stopped_by.error if page.stopped_by else ValueError("the log ends before the view does")
                raise ViewStopped(self._view.name, after + 1, cause)
            found = {row["position"]: row for row in self._rows("position > %s AND position <= %s", (after, page.last))}
            for one, topic in zip(page.entries, page.topics, strict=True):
                self._compare(expects.row(one, topic), found.get(one.position), one.position, one.stream, one.version)
            after = page.last
            self._progress(after, to)
        for row in self._rows("position < 1 OR position > %s LIMIT %s", (to, MAX_DIFFERENCES)):
            self._surplus(row, str(row.get("stream", "")))

    def by_stream(self, expects: RowPerStream) -> None:
        """A row for each stream of a kind, and no other row."""
        told: dict[str, Row] = {}
        past: dict[str, list[Entry]] = {}
        done = 0
        for stream, rows in groupby(self._streams(expects.prefix), key=lambda row: row.stream):
            key = stream.removeprefix(expects.prefix)
            fold = expects.begin(key)
            entries = past.setdefault(key, [])
            for row in rows:
                entry = self._fold(fold, row)
                done += 1
                if self._view.pasts:
                    entries.append(entry)
            told[key] = fold.row()
            if len(told) == ROWS_AT_ONCE or sum(map(len, past.values())) > PAGE:
                self._compare_streams(expects, told)
                self._compare_past(expects, past)
                told, past = {}, {}
                self._progress(done, self.checked.position)
        self._compare_streams(expects, told)
        self._compare_past(expects, past)
        self._progress(self.checked.position, self.checked.position)
        for table in self._view.tables:
            for found in self._unheard_of(expects, table):
                self._surplus(found, f"{expects.prefix}{found[expects.key]}")

    def _compare_streams(self, expects: RowPerStream, told: dict[str, Row]) -> None:
        found = {str(row[expects.key]): row for row in self._rows(f"{expects.key} = ANY(%s)", (list(told),))}
        for key, row in told.items():
            stream = f"{expects.prefix}{key}"
            differing = differences(row, found.get(key))
            # A row that is not there lacks what its first entry gave it.
            columns = {expects.key} if differing is None else {d.column for d in differing}
            position, version = self._origin(expects, key, columns) if columns else (0, 0)
            self._compare(row, found.get(key), position, stream, version)

    def _compare_past(self, expects: RowPerStream, streams: dict[str, list[Entry]]) -> None:
        """Every stream's rows of the past, at every pair of moments at which they may change. Of each stream one difference is told."""
        kept = self._view.pasts.get(expects.table)
        if kept is None:
            return
        rows: dict[str, list[dict[str, Any]]] = {key: [] for key in streams}
        for row in self._rows(f"{expects.key} = ANY(%s)", (list(streams),), kept.table):
            rows[str(row[expects.key])].append(row)
        for key, entries in streams.items():
            self.checked.past += len(rows[key])
            stood = Stood(expects.prefix, key, entries, expects.begin, kept.tells)
            differing = next(filter(None, (self._differing(stood, rows[key], at) for at in stood.points())), None)
            if differing is not None:
                self.checked.note(differing)

    def _differing(self, stood: Stood, rows: list[dict[str, Any]], at: Moments) -> Difference | None:
        """What is wrong as of two moments, if anything is."""
        said, last = stood.at(at), stood.last(at)
        valid_at, known_at = at.valid_at or LATEST, at.known_at or LATEST
        found = [r for r in rows if r["valid_from"] <= valid_at < r["valid_to"] and r["known_from"] <= known_at < r["known_to"]]
        stream, columns = f"{stood.prefix}{stood.key}", tuple[ColumnDifference, ...]()
        if said is None or last is None:
            if not found:
                return None
            return Difference(self._view.name, found[0]["position"], stream, found[0]["version"], "surplus", at=at)
        what = "missing" if not found else "surplus"
        if len(found) == 1:
            (row,) = found
            by = stood.last(Moments(None if row["valid_from"] == LATEST else row["valid_from"], at.known_at))
            origin = {} if by is None else {"version": by.version, "position": by.position, "updated_at": by.recorded_at}
            columns = differences({**{c: v for c, v in said.items() if c not in ORIGIN}, **origin}, row) or ()
            what = "differs"
        if what == "differs" and not columns:
            return None
        return Difference(self._view.name, last.position, stream, last.version, what, columns, at=at)

    def _origin(self, expects: RowPerStream, key: str, columns: set[str]) -> tuple[int, int]:
        """Position and version of the first entry that gave one of the columns the value that it should have."""
        fold = expects.begin(key)
        made_by: dict[str, tuple[int, int]] = {}
        before: Row = {}
        for row in self._stream(f"{expects.prefix}{key}"):
            self._fold(fold, row)
            after = fold.row()
            made_by |= {c: (row.position, row.version) for c in columns if not before or after[c] != before[c]}
            before = after
        return min(made_by.values())

    def by_rows(self, expects: RowsPerStream) -> None:
        """Any number of rows for each stream of a kind, and no others."""
        told: dict[str, _ToldOf] = {}
        past: dict[str, list[Entry]] = {}
        done = 0
        for stream, rows in groupby(self._streams(expects.prefix), key=lambda row: row.stream):
            key = stream.removeprefix(expects.prefix)
            fold = expects.begin(key)
            entries = past.setdefault(key, [])
            for row in rows:
                entry = self._fold(fold, row)
                done += 1
                if self._view.pasts:
                    entries.append(entry)
            told[key] = _ToldOf(rows_by_key(expects, fold), row.position, row.version)
            if len(told) == ROWS_AT_ONCE or sum(map(len, past.values())) > PAGE:
                self._compare_rows(expects, told)
                self._compare_past_rows(expects, past)
                told, past = {}, {}
                self._progress(done, self.checked.position)
        self._compare_rows(expects, told)
        self._compare_past_rows(expects, past)
        self._progress(self.checked.position, self.checked.position)
        pasts = {kept.table: expects.tables[table] for table, kept in self._view.pasts.items()}
        for table, columns in {**expects.tables, **pasts}.items():
            for found in self._unheard_of(expects, table):
                name = f"{table} {found[next(iter(columns))]}"
                self.checked.note(Difference(self._view.name, 0, f"{expects.prefix}{found[expects.key]}", 0, "surplus", row=name))

    def _compare_rows(self, expects: RowsPerStream, told: dict[str, _ToldOf]) -> None:
        for table, columns in expects.tables.items():
            identity = next(iter(columns))
            found = {(str(row[expects.key]), row[identity]): row for row in self._rows(f"{expects.key} = ANY(%s)", (list(told),), table)}
            for key, one in told.items():
                for name, row in one.rows[table].items():
                    self._compare_row(expects, (key, table, name), row, found.pop((key, name), None))
            for key, name in found:
                one = told[key]
                where = f"{expects.prefix}{key}"
                self.checked.note(Difference(self._view.name, one.position, where, one.version, "surplus", row=f"{table} {name}"))

    def _compare_row(self, expects: RowsPerStream, of: tuple[str, str, object], expected: Row, found: Row | None) -> None:
        self.checked.rows += 1
        differing = differences(expected, found)
        if differing == ():
            return
        key, table, name = of
        stream = f"{expects.prefix}{key}"
        wanted = list(expected) if differing is None else [d.column for d in differing]
        fold = expects.begin(key)
        origin = (0, 0)
        before: list[object] | None = None
        for row in self._stream(stream):
            self._fold(fold, row)
            stands = rows_by_key(expects, fold)[table].get(name)
            after = None if stands is None else [stands[column] for column in wanted]
            if after != before:
                origin = (row.position, row.version)
            before = after
        what = "missing" if differing is None else "differs"
        self.checked.note(Difference(self._view.name, *origin[:1], stream, origin[1], what, differing or (), f"{table} {name}"))

    def _compare_past_rows(self, expects: RowsPerStream, streams: dict[str, list[Entry]]) -> None:
        """The same as `_compare_past` where a stream has several rows, in several tables."""
        rows: dict[str, list[tuple[str, dict[str, Any]]]] = {key: [] for key in streams}
        for table, kept in self._view.pasts.items():
            for row in self._rows(f"{expects.key} = ANY(%s)", (list(streams),), kept.table):
                rows[str(row[expects.key])].append((f"{table} {row[kept.key]}", row))
        if not self._view.pasts:
            return
        for key, entries in streams.items():
            self.checked.past += len(rows[key])
            stood = Stood(expects.prefix, key, entries, partial(Together, expects), every_entry)
            differing = next(filter(None, (self._differing_row(stood, rows[key], at) for at in stood.points())), None)
            if differing is not None:
                self.checked.note(differing)

    def _differing_row(self, stood: Stood, rows: list[tuple[str, dict[str, Any]]], at: Moments) -> Difference | None:
        """The first row that is wrong as of two moments, if any is."""
        said = stood.at(at) or {}
        valid_at, known_at = at.valid_at or LATEST, at.known_at or LATEST
        holding = [
            (name, r) for name, r in rows if r["valid_from"] <= valid_at < r["valid_to"] and r["known_from"] <= known_at < r["known_to"]
        ]
        found = dict(holding)
        last = stood.last(at) or stood.entries[0]
        told = partial(Difference, self._view.name, last.position, f"{stood.prefix}{stood.key}", last.version, at=at)
        if len(found) < len(holding) or found.keys() - said.keys():
            surplus = next((name for n, (name, _) in enumerate(holding) if name not in said or name in dict(holding[:n])), None)
            return told("surplus", row=surplus)
        for name, expected in said.items():
            columns = differences(cast("Row", expected), found.get(name))
            if columns != ():
                return told("missing" if columns is None else "differs", columns or (), row=name)
        return None

    def _unheard_of(self, expects: RowPerStream | RowsPerStream, table: str) -> list[dict[str, Any]]:
        """The rows of a table whose streams had no entry as far as their part has come."""
        begun, ahead = f"SELECT stream, position FROM {self._opened.names.ledger}.entries e WHERE e.version = 1", list[str]()
        if self._reached.least < self._reached.most:
            self._cursor.execute(f"{begun} AND position > %s AND position <= %s", (self._reached.least, self._reached.most))
            first = self._cursor.fetchall()
            ahead = [stream.removeprefix(expects.prefix) for stream, position in first if position <= self._reached.of(stream)]
        return self._rows(
            f"NOT EXISTS ({begun} AND e.stream = %s || t.{expects.key} AND e.position <= %s) AND t.{expects.key} <> ALL(%s) LIMIT %s",
            (expects.prefix, self._reached.least, ahead, MAX_DIFFERENCES),
            table,
        )

    def _streams(self, prefix: str) -> Iterator[StoredRow]:
        """The entries of all streams with a prefix as far as each stream's rows have come, stream by stream."""
        return self._entries("streams", "starts_with(stream, %s) AND position <= %s ORDER BY stream, version", prefix)

    def _stream(self, stream: str) -> Iterator[StoredRow]:
        """One stream's entries as far as its rows have come."""
        return self._entries("stream", "stream = %s AND position <= %s ORDER BY version", stream)

    def _entries(self, name: str, condition: str, of: str) -> Iterator[StoredRow]:
        self._cursor.execute(
            f"DECLARE {name} NO SCROLL CURSOR FOR SELECT {COLUMNS} FROM {self._opened.names.ledger}.entries WHERE {condition}",
            (of, self._reached.most),
        )
        rows: list[tuple[Any, ...]] = [()]
        while rows:
            self._cursor.execute(f"FETCH {PAGE} FROM {name}")
            rows = self._cursor.fetchall()
            yield from self._reached.seen(map(StoredRow._make, rows))
        self._cursor.execute(f"CLOSE {name}")

    def _fold(self, fold: Told | ToldRows, row: StoredRow) -> Entry:
        try:
            entry = self._opened.store.decoded(row)
            fold.fold(entry)
            return entry
        except Exception as error:
            raise ViewStopped(self._view.name, row.position, error) from error

    def _rows(self, condition: str, values: tuple[object, ...], table: str | None = None) -> list[dict[str, Any]]:
        place = self._view.placed(self._opened)[table or self._view.tables[0]]
        self._cursor.execute(f"SELECT * FROM {place} t WHERE {condition}", values)
        names = [column.name for column in self._cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in self._cursor.fetchall()]

    def _compare(self, expected: Row, found: Row | None, position: int, stream: str, version: int) -> None:
        self.checked.rows += 1
        differing = differences(expected, found)
        if differing is None:
            self.checked.note(Difference(self._view.name, position, stream, version, "missing"))
        elif differing:
            self.checked.note(Difference(self._view.name, position, stream, version, "differs", differing))

    def _surplus(self, row: dict[str, Any], stream: str) -> None:
        self.checked.note(Difference(self._view.name, row["position"], stream, row["version"], "surplus"))


def differences(expected: Row, found: Row | None) -> tuple[ColumnDifference, ...] | None:
    """The columns that differ; None where there is no row at all."""
    if found is None:
        return None
    return tuple(ColumnDifference(c, value, found.get(c)) for c, value in expected.items() if found.get(c) != value)
