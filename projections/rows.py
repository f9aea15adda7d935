"""One row for each stream of a kind, written as the log goes on and asked for in pages: what such views have in common."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final, Generic, Protocol, TypeVar, runtime_checkable

import psycopg2.errors

from domain.facts import Entry
from domain.party import PersonalDataErased
from infra import codec
from infra.errors import LedgerError
from infra.opening import Opened
from projections.columns import joined, shown, unnested
from projections.log import Page
from projections.paging import BadQuery, Listed, Order, PageSql, SortColumn, Where, fetch, require_limit
from projections.past import Moments, Past, PastShape, RowName, TableAsOf, Texts
from projections.past import Rows as PastRows
from projections.past.shape import ORIGIN
from projections.view import Cursor, KeptPast, Tables, View, ViewMissing

CACHED_ROWS: Final = 8_192


class OutOfStep(LedgerError):
    """A row is not where the bookmark says that it is: somebody changed or removed it."""


class Line(Protocol):
    """A row on its way; its fields are the table's columns, in their order."""

    version: int


L = TypeVar("L", bound=Line)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class RowShape(Generic[L]):
    """How streams with a prefix become rows: `columns` are names and SQL types, the first one the key, the rest of the stream's name.

    `made` takes the columns' values, as the database gives them; `made(key)` alone is the row of a stream that has not begun.
    """

    table: str
    prefix: str
    columns: Mapping[str, str]
    made: Callable[..., L]
    fold: Callable[[L, Entry], None]

    @property
    def key(self) -> str:
        """The column that holds the rest of the stream's name."""
        return next(iter(self.columns))

    def texts(self, line: L) -> tuple[str | None, ...]:
        """A row's values as SQL reads them."""
        return self.texts_of(line, self.columns)

    def texts_of(self, line: L, columns: Mapping[str, str]) -> tuple[str | None, ...]:
        """Some of a row's values as SQL reads them."""
        return tuple(text_of(getattr(line, name), kind) for name, kind in columns.items())

    def past(self) -> PastShape[L]:
        """The same rows as they were, in a table that is called after theirs."""
        kept = {name: kind for name, kind in self.columns.items() if name not in ORIGIN}
        table = f"{self.table}_past"

        def written(line: L) -> Texts:
            return tuple(None if text is None else shown(text) for text in self.texts_of(line, kept))

        def rows(line: L) -> PastRows:
            return {RowName(table, str(getattr(line, self.key))): written(line)}

        def again(values: tuple[object, ...]) -> Texts:
            return written(self.made(**dict(zip(kept, values, strict=True))))

        return PastShape(
            table=table,
            prefix=self.prefix,
            columns=kept,
            of=self.key,
            key=self.key,
            rows=rows,
            teller=lambda key: LineTeller(self, key, rows),
            again=again,
            tells=every_entry,
        )


class LineTeller(Generic[L]):
    """Entries on their way into one line, by the view's own fold."""

    def __init__(self, shape: RowShape[L], key: str, rows: Callable[[L], PastRows]) -> None:
        """Begins with a row of a stream that has not begun."""
        self._fold = shape.fold
        self._line = shape.made(key)
        self._rows = rows

    def take(self, entry: Entry) -> None:
        """Takes the next entry."""
        self._fold(self._line, entry)

    def rows(self) -> PastRows:
        """The one row by now."""
        return self._rows(self._line)


def every_entry(_: Entry) -> bool:
    """Any entry may change what a row shows."""
    return True


def text_of(value: object, sql_type: str) -> str | None:
    """A value as SQL reads it."""
    if value is None:
        return None
    if sql_type == "json":
        return codec.encode_any(value).decode()
    return value.isoformat() if isinstance(value, date) else str(value)


class RowProjection(Generic[L]):
    """Writes the rows. Remembers those that it wrote last, so that most pages read none."""

    def __init__(self, shape: RowShape[L], tables: Tables, past: Past[L] | None = None) -> None:
        """Writes to the given table, and to that of its past, where that is kept."""
        self._shape = shape
        self._past = past
        table, names = tables[shape.table], ", ".join(shape.columns)
        self._select = f"SELECT {names} FROM {table} WHERE {shape.key} = ANY(%s)"
        updates = ", ".join(f"{c} = excluded.{c}" for c in shape.columns if c != shape.key)
        self._upsert = (
            f"INSERT INTO {table} AS t ({names}) SELECT * FROM {unnested(shape.columns.values())} "
            f"ON CONFLICT ({shape.key}) DO UPDATE SET {updates}"
        )
        self._lines: OrderedDict[str, L] = OrderedDict()

    def forget(self) -> None:
        """Drops the remembered rows."""
        self._lines.clear()
        if self._past is not None:
            self._past.forget()

    def project(self, cursor: Cursor, page: Page) -> None:
        """Folds a page into the rows of its streams and writes each once."""
        prefix = self._shape.prefix
        about = [(e.stream.removeprefix(prefix), e) for e in page.entries if e.stream.startswith(prefix)]
        if not about:
            return
        self._load(cursor, about)
        if self._past is not None:
            self._past.begin(cursor, page.after, about)
        touched: dict[str, L] = {}
        for key, happened in about:
            line = touched[key] = self._lines[key]
            if happened.version != line.version + 1:
                message = f"the row of {happened.stream} is at version {line.version}, and version {happened.version} comes next"
                raise OutOfStep(message)
            self._shape.fold(line, happened)
            if self._past is not None:
                self._past.take(cursor, key, happened, line)
        columns = zip(*map(self._shape.texts, touched.values()), strict=True)
        cursor.execute(self._upsert, [joined(column) for column in columns])
        if self._past is not None:
            self._past.erase(cursor, dict.fromkeys(key for key, e in about if isinstance(e.fact, PersonalDataErased)), page.last)
            self._past.write(cursor)
        while len(self._lines) > CACHED_ROWS:
            self._lines.popitem(last=False)

    def _load(self, cursor: Cursor, about: list[tuple[str, Entry]]) -> None:
        missing: list[str] = []
        for key, happened in about:
            if key in self._lines:
                self._lines.move_to_end(key)
                continue
            self._lines[key] = self._shape.made(key)
            if happened.version > 1:
                missing.append(key)
        if missing:
            cursor.execute(self._select, (missing,))
            for row in cursor:
                self._lines[str(row[0])] = self._shape.made(*row)


class Question(Protocol):
    """Which rows, in which order."""

    @property
    def sort(self) -> str:
        """The column to sort by."""
        ...

    @property
    def limit(self) -> int:
        """How many at most."""
        ...

    @property
    def cursor(self) -> str | None:
        """The `next_cursor` of the page before."""
        ...

    @property
    def order(self) -> Order:
        """The order of rows. Raises BadQuery."""
        ...

    @property
    def filters(self) -> Where:
        """What must hold. Raises BadQuery."""
        ...


@runtime_checkable
class AsOf(Protocol):
    """What may also be asked for in the past."""

    @property
    def moments(self) -> Moments:
        """As of when."""
        ...


class Rows(Generic[R]):
    """The rows of a view. Every question raises StoreUnavailable, and ViewMissing before the view was ever built."""

    def __init__(self, opened: Opened, view: View, row: Callable[..., R], shown: tuple[str, ...], table: str | None = None) -> None:
        """Reads as the ledger's application role; `row` takes the values of the columns that are `shown`.

        A view with several tables says which.
        """
        self._opened = opened
        self._connections = opened.store.connections
        self._view = view
        self._kept = view.pasts.get(table or view.tables[0])
        self._table = view.placed(opened)[table or view.tables[0]]
        self._row = row
        self._shown = ", ".join(shown)

    def find(self, question: Question) -> Listed[R]:
        """One page. Raises BadQuery."""
        require_limit(question.limit)
        order = question.order
        stretches = list(order.stretches(question.filters, question.cursor))
        with self._asking() as cursor:
            rows = fetch(cursor, self._page(cursor, question), order, stretches, question.limit)
        found = tuple(self._row(*row) for row in rows[: question.limit])
        if len(rows) <= question.limit:
            return Listed(found, None)
        return Listed(found, order.cursor_of(getattr(found[-1], order.column.name), getattr(found[-1], order.key.name)))

    def count(self, question: Question) -> int:
        """How many rows the question finds on all of its pages. Raises BadQuery."""
        where = question.filters
        with self._asking() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self._asked(question)} {where.sql}", where.values)
            (counted,) = cursor.fetchone() or (0,)
        return int(counted)

    def _asked(self, question: object) -> str:
        stood = self._stood(question)
        return self._table if stood is None else stood.source

    def _page(self, cursor: Cursor, question: Question) -> str | PageSql:
        stood = self._stood(question)
        return f"SELECT {self._shown} FROM {self._table}" if stood is None else partial(stood.looked_up(cursor).page, self._shown)

    def _stood(self, question: object) -> TableAsOf | None:
        if not isinstance(question, AsOf):
            return None
        return stood(self._opened, self._view, self._kept, question.moments)

    @contextmanager
    def _asking(self) -> Iterator[Cursor]:
        with self._connections.use() as connection, connection.cursor() as cursor:
            try:
                yield cursor
            except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn) as error:
                name = self._view.name
                message = f"the view {name} has not been built for this version yet; start `tally up`, or run `tally rebuild {name}`"
                raise ViewMissing(message) from error


def stood(opened: Opened, view: View, kept: KeptPast | None, moments: Moments) -> TableAsOf | None:
    """A table of a view as it was at two moments; None for the present, or where no past is kept."""
    if kept is None or not moments.are_past:
        return None
    return TableAsOf(view.placed(opened)[kept.table], kept.key, kept.sorted_by, moments)


def sorted_by(sorts: Mapping[str, SortColumn], wanted: str, things: str) -> SortColumn:
    """The column of that name. Raises BadQuery for one that cannot be sorted by."""
    if wanted not in sorts:
        message = f"{things} cannot be sorted by {wanted!r}; possible are {', '.join(sorts)}"
        raise BadQuery(message)
    return sorts[wanted]
