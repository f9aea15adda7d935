"""Any number of rows for each stream of a kind, in one table or in several: they are what its state tells, and change as a whole."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, TypeAlias

from domain.facts import Entry
from infra.opening import Opened
from projections.columns import joined, shown, unnested
from projections.erasure import retold
from projections.log import Page
from projections.past import Past, RowName, Texts
from projections.past import Rows as PastRows
from projections.past.shape import UNTOLD, Origin, PastTable, Shown, past_ddl, past_indexes
from projections.rows import OutOfStep, every_entry, text_of
from projections.view import Cursor, KeptPast, RowsPerStream, Tables, ToldRows

# Each is a folded contract: with 2,048 of them in each view that has several tables, a process with every view comes to 295 MB.
CACHED_STREAMS: Final = 1_536
STREAMS_AT_ONCE: Final = 100

# By table and by what tells them apart.
Standing: TypeAlias = Mapping[str, Mapping[object, tuple[object, ...]]]


@dataclass(slots=True)
class _Held:
    """A stream's state, and the rows that stand of it."""

    told: ToldRows
    version: int = 0
    rows: Standing = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sorted:
    """In which orders pages of a table's past are asked for, by their SQL; `only` says for which rows, where it is not for all."""

    by: tuple[str, ...]
    only: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastOfSeveral:
    """What the rows of a view with several tables were, each in a table that is called after theirs.

    Its rows do not say by which entry they began. Rows are kept in mind as the state tells them.
    """

    expects: RowsPerStream
    sorts: Mapping[str, Sorted]

    @property
    def prefix(self) -> str:
        """What the names of the streams begin with."""
        return self.expects.prefix

    @property
    def tables(self) -> tuple[PastTable, ...]:
        """The tables of the past."""
        return tuple(self._table(table) for table in self.sorts)

    def _table(self, table: str) -> PastTable:
        columns = self.expects.tables[table]
        kinds = tuple(columns.values())

        def texts(row: Shown) -> Texts:
            # Most are texts or nothing, and stand as they are.
            return tuple([
                value if value is None or type(value) is str else _past_text(value, kind)
                for value, kind in zip(row, kinds, strict=True)
            ])  # fmt: skip

        return PastTable(past_of(table), columns, self.expects.key, self._identity(table), tuple, texts, tells_origin=False)

    def _identity(self, table: str) -> str:
        return next(iter(self.expects.tables[table]))

    def rows(self, stands: Standing) -> PastRows:
        """What stands, table by table, under the names of the past."""
        return {
            RowName(past, str(name)): row
            for table, rows in stands.items()
            if rows and table in self.sorts
            for past in (past_of(table),)
            for name, row in rows.items()
        }

    def teller(self, key: str) -> _Teller:
        """Any entries of a stream on their way into its rows."""
        return _Teller(self, self.expects.begin(key))

    @staticmethod
    def tells(entry: Entry) -> bool:
        """Any entry may change what rows show."""
        return every_entry(entry)

    @staticmethod
    def origin(_: Entry) -> Origin:
        """Rows do not say by which entry they began."""
        return UNTOLD

    @property
    def names(self) -> tuple[str, ...]:
        """What the tables of the past are called."""
        return tuple(map(past_of, self.sorts))

    @property
    def kept(self) -> dict[str, KeptPast]:
        """Of which tables the past is kept."""
        return {table: KeptPast(past_of(table), every_entry, self._identity(table), one.by) for table, one in self.sorts.items()}

    @property
    def ddl(self) -> str:
        """The tables of the past, beside those of the present."""
        return ";".join(past_ddl(table, past_of(table), self._identity(table)) for table in self.sorts)

    @property
    def indexes(self) -> str:
        """Those of the tables of the past: in the orders of pages, and to find all of a stream."""
        return ";\n".join(
            f"{past_indexes(past_of(table), self._identity(table), one.by, only=one.only)};\n"
            f"CREATE INDEX ON {{{past_of(table)}}} ({self.expects.key})"
            for table, one in self.sorts.items()
        )


@dataclass(slots=True)
class _Teller:
    """A stream's entries on their way into rows of the past."""

    kept: PastOfSeveral
    told: ToldRows

    def take(self, entry: Entry) -> None:
        """Takes the next entry."""
        self.told.fold(entry)

    def rows(self) -> PastRows:
        """The rows by now."""
        return self.kept.rows(standing(self.kept.expects, self.told))


def past_of(table: str) -> str:
    """What the past of a table is called."""
    return f"{table}_past"


def _past_text(value: object, kind: str) -> str | None:
    # However a number was come by: the database gives it back with all of its digits.
    return format(value, "f") if isinstance(value, Decimal) else text_of(value, kind)


class RowsProjection:
    """Writes the rows that a page changed, and removes those that it took away, in one round trip.

    Remembers the state of the streams that it saw last; that of any other is told by its entries once more.
    """

    def __init__(self, opened: Opened, tables: Tables, expects: RowsPerStream, past: PastOfSeveral | None = None) -> None:
        """Writes to the given tables, and to those of their past, where that is kept."""
        self._opened = opened
        self._expects = expects
        self._past = None if past is None else Past(opened, past, tables, cached=CACHED_STREAMS)
        self._writes = {table: _Writes(tables[table], columns) for table, columns in expects.tables.items()}
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def forget(self) -> None:
        """Drops the remembered states."""
        self._held.clear()
        if self._past is not None:
            self._past.forget()

    def project(self, cursor: Cursor, page: Page) -> None:
        """Folds a page into the states of its streams, and writes what that made of their rows."""
        prefix = self._expects.prefix
        about: dict[str, list[Entry]] = {}
        for happened in page.entries:
            if happened.stream.startswith(prefix):
                about.setdefault(happened.stream.removeprefix(prefix), []).append(happened)
        changes = {table: _Changes() for table in self._writes}
        self._load([key for key, entries in about.items() if key not in self._held and entries[0].version > 1], page.after)
        if self._past is not None:
            self._past.begin(cursor, page.after, ((key, entries[0]) for key, entries in about.items()))
        for key, entries in about.items():
            self._take_in(cursor, key, entries, changes)
        self._retell(cursor, page, changes)
        statement, values = "", list[object]()
        for table, changed in changes.items():
            statement += self._writes[table].statement(changed, values)
        if statement:
            cursor.execute(statement, values)
        if self._past is not None:
            self._past.write(cursor)
        while len(self._held) > CACHED_STREAMS:
            self._held.popitem(last=False)

    def _take_in(self, cursor: Cursor, key: str, entries: Sequence[Entry], changes: Mapping[str, _Changes]) -> None:
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = _Held(self._expects.begin(key))
        self._held.move_to_end(key)
        stands = held.rows
        for happened in entries:
            if happened.version != held.version + 1:
                message = f"{happened.stream} was read up to version {held.version}, and version {happened.version} comes next"
                raise OutOfStep(message)
            held.told.fold(happened)
            held.version = happened.version
            if self._past is not None:
                stands = standing(self._expects, held.told)
                self._past.take(cursor, key, happened, stands)
        if self._past is None:
            stands = standing(self._expects, held.told)
        for table, changed in changes.items():
            changed.note(held.rows.get(table, _NO_ROWS), stands.get(table, _NO_ROWS))
        held.rows = stands

    def _load(self, keys: Sequence[str], to: int) -> None:
        """Tells the streams once more up to a position, with memory for some of them at a time."""
        for n in range(0, len(keys), STREAMS_AT_ONCE):
            some = keys[n : n + STREAMS_AT_ONCE]
            for key in some:
                self._held[key] = _Held(self._expects.begin(key))
            for happened in self._entries(some, to):
                held = self._held[happened.stream.removeprefix(self._expects.prefix)]
                held.told.fold(happened)
                held.version = happened.version
            for key in some:
                held = self._held[key]
                held.rows = standing(self._expects, held.told)

    def _entries(self, keys: Iterable[str], to: int) -> Iterator[Entry]:
        store = self._opened.store
        rows = store.read_streams([f"{self._expects.prefix}{key}" for key in keys], to)
        store.read_keys(rows)
        return map(store.decoded, rows)

    def _retell(self, cursor: Cursor, page: Page, changes: Mapping[str, _Changes]) -> None:
        """Writes the rows of streams that named a party which was erased anew, whatever stands of them."""
        prefix = self._expects.prefix
        told = dict.fromkeys(one.stream.removeprefix(prefix) for one in retold(self._opened, page) if one.stream.startswith(prefix))
        for key in told:
            self._held.pop(key, None)
        self._load(list(told), page.last)
        for key in told:
            for table, rows in self._held[key].rows.items():
                changes[table].note({}, rows)
        if self._past is not None:
            self._past.retell(cursor, told, page.last)


def standing(expects: RowsPerStream, told: ToldRows) -> Standing:
    """The rows of a state, by what tells them apart."""
    rows = told.rows()
    # Most entries come before there is anything.
    return {} if not rows else {table: {row[0]: row for row in rows.get(table, ())} for table in expects.tables}


_NO_ROWS: Final[Mapping[object, tuple[object, ...]]] = {}


@dataclass(slots=True)
class _Changes:
    """What a page makes of a table."""

    written: dict[object, tuple[object, ...]] = field(default_factory=dict)
    gone: dict[object, None] = field(default_factory=dict)

    def note(self, before: Mapping[object, tuple[object, ...]], after: Mapping[object, tuple[object, ...]]) -> None:
        """Takes in what a stream's rows were and are."""
        for name, row in after.items():
            if before.get(name) != row:
                self.written[name] = row
                self.gone.pop(name, None)
        for name in before:
            if name not in after:
                self.gone[name] = None
                self.written.pop(name, None)


class _Writes:
    """The statements of a table."""

    def __init__(self, table: str, columns: Mapping[str, str]) -> None:
        """Takes its qualified name."""
        self._types = tuple(columns.values())
        names, identity = ", ".join(columns), next(iter(columns))
        updates = ", ".join(f"{c} = excluded.{c}" for c in columns if c != identity)
        self._delete = f"DELETE FROM {table} WHERE {identity} = ANY(%s);"
        self._upsert = (
            f"INSERT INTO {table} ({names}) SELECT * FROM {unnested(self._types)} ON CONFLICT ({identity}) DO UPDATE SET {updates};"
        )

    def statement(self, changes: _Changes, values: list[object]) -> str:
        """What makes the changes; adds its values to the others."""
        said = ""
        if changes.gone:
            said += self._delete
            values.append([shown(str(name)) for name in changes.gone])
        if changes.written:
            said += self._upsert
            for kind, column in zip(self._types, zip(*changes.written.values(), strict=True), strict=True):
                values.append(joined([text_of(held, kind) for held in column]))
        return said
