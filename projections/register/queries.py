"""What people ask of the register."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import partial
from typing import Any, Final

import psycopg2.errors

from domain.contract.assessed import RiskLevel
from domain.contract.particulars import normal
from domain.contract.vocabulary import Confidentiality, Counterparty, Direction, Kind, Status
from domain.money import Money
from infra.connections import execute_often
from infra.opening import Opened
from projections.columns import shown
from projections.paging import (
    BadQuery,
    Listed,
    Order,
    PageSql,
    SortColumn,
    Where,
    beginning,
    containing,
    fetch,
    require_limit,
    require_plain,
)
from projections.past import Moments, TableAsOf
from projections.past.asked import FEW, Frequent
from projections.register import past
from projections.register.columns import SORTED_LENGTH
from projections.register.fields import FieldWanted, told
from projections.register.table import REGISTER
from projections.search.question import VERY_MANY, by_index, question
from projections.search.table import SEARCH
from projections.view import Cursor, ViewMissing

KEY: Final = SortColumn("contract_id", "text")
SORTS: Final = {
    c.name: c
    for c in (
        KEY,
        SortColumn("number", "text"),
        SortColumn("title", "text", length=SORTED_LENGTH),
        SortColumn("kind", "text"),
        SortColumn("direction", "text"),
        SortColumn("status", "text"),
        SortColumn("our_entity", "text", length=SORTED_LENGTH),
        SortColumn("counterparty_names", "text", length=SORTED_LENGTH),
        SortColumn("currency", "text", nullable=True),
        SortColumn("value_minor", "bigint", nullable=True),
        SortColumn("paid_minor", "bigint"),
        SortColumn("period_start", "date", nullable=True),
        SortColumn("period_end", "date", nullable=True),
        SortColumn("owner", "text", nullable=True, length=SORTED_LENGTH),
        SortColumn("department", "text", nullable=True, length=SORTED_LENGTH),
        SortColumn("confidentiality", "text"),
        SortColumn("publisher", "text", nullable=True, length=SORTED_LENGTH),
        SortColumn("ocid", "text", nullable=True, length=SORTED_LENGTH),
        SortColumn("drafted_at", "timestamptz", nullable=True),
        SortColumn("submitted_at", "timestamptz", nullable=True),
        SortColumn("approved_at", "timestamptz", nullable=True),
        SortColumn("in_force_since", "timestamptz", nullable=True),
        SortColumn("ended_at", "timestamptz", nullable=True),
        SortColumn("corrections", "bigint"),
        SortColumn("version", "bigint"),
        SortColumn("position", "bigint"),
        SortColumn("updated_at", "timestamptz"),
    )
}
# What readers call columns that have another name here: those of the answer, and shorter ones that people type.
_CALLED: Final = {"contract_id": "id", "value_minor": "value", "paid_minor": "paid", "counterparty_names": "counterparty"}
_COLUMNS: Final = {name: column for column, name in _CALLED.items()} | {"start": "period_start", "end": "period_end"}


def column_called(name: str) -> str:
    """The column that readers mean; a name that they give to none is the column's own."""
    return _COLUMNS.get(name, name)


def name_of(column: str) -> str:
    """What readers call a column."""
    return _CALLED.get(column, column)


SORT_NAMES: Final = tuple(map(name_of, SORTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredContract:
    """A contract as the register has it. Amounts are in minor units of `currency`, times aware.

    `version` is that of the contract's stream, `position` that of its last
    entry in the log, recorded at `updated_at`; `corrections` counts the entries that corrected others.
    """

    contract_id: str
    number: str
    title: str
    kind: Kind
    direction: Direction
    status: Status
    our_entity: str
    counterparties: tuple[Counterparty, ...]
    currency: str | None
    value_minor: int | None
    paid_minor: int
    period_start: date | None
    period_end: date | None
    owner: str | None
    department: str | None
    confidentiality: Confidentiality
    publisher: str | None
    ocid: str | None
    drafted_at: datetime | None
    submitted_at: datetime | None
    approved_at: datetime | None
    in_force_since: datetime | None
    ended_at: datetime | None
    tags: tuple[str, ...]
    risk: RiskLevel | None
    custom_fields: dict[str, str]
    corrections: int
    version: int
    position: int
    updated_at: datetime

    @property
    def value(self) -> Money | None:
        """The total value, where one is stated."""
        return None if self.value_minor is None or self.currency is None else Money(self.value_minor, self.currency)

    @property
    def counterparty_names(self) -> str:
        """The names of the other side, a line each, as the register is searched and sorted by them."""
        return shown("\n".join(c.name for c in self.counterparties))

    @property
    def paid(self) -> Money | None:
        """What the payments that stand come to; None before any currency is known."""
        return None if self.currency is None else Money(self.paid_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterQuery:
    """Which contracts, in which order. Everything that is given must hold; of several statuses, kinds or levels, one.

    `counterparty` and `q` are looked for inside names, and inside number, title and names, in upper or lower case; `search` are
    words to be found anywhere in the contract, as `projections.search` reads them.
    The value's bounds are in minor units and included; a contract without a stated value is in no range. `valid_at` and `known_at`
    ask how the register stood then; words cannot be searched for in the past.
    """

    status: tuple[Status, ...] = ()
    kind: tuple[Kind, ...] = ()
    direction: Direction | None = None
    counterparty: str | None = None
    number_prefix: str | None = None
    q: str | None = None
    search: str | None = None
    min_value_minor: int | None = None
    max_value_minor: int | None = None
    currency: str | None = None
    owner: str | None = None
    department: str | None = None
    tag: str | None = None
    confidentiality: tuple[Confidentiality, ...] = ()
    risk: tuple[RiskLevel, ...] = ()
    fields: tuple[FieldWanted, ...] = ()
    sort: str = "number"
    descending: bool = False
    limit: int = 50
    cursor: str | None = None
    valid_at: datetime | None = None
    known_at: datetime | None = None

    @property
    def moments(self) -> Moments:
        """As of when."""
        return Moments(self.valid_at, self.known_at)

    @property
    def order(self) -> Order:
        """The order of rows. Raises BadQuery for a column that cannot be sorted by."""
        if self.sort not in SORTS:
            message = f"contracts cannot be sorted by {self.sort!r}; possible are {', '.join(SORTS)}"
            raise BadQuery(message)
        return Order(SORTS[self.sort], KEY, self.descending, self.moments.label)

    def add_status_to(self, where: Where) -> None:
        """Adds what must hold of the status."""
        if self.status:
            where.add('status COLLATE "C" = ANY(%s)', [status.value for status in self.status])

    @property
    def filters(self) -> Where:
        """What must hold of rows of the register, whatever page is asked for. Raises BadQuery."""
        require_plain(
            counterparty=self.counterparty,
            number=self.number_prefix,
            q=self.q,
            currency=self.currency,
            owner=self.owner,
            department=self.department,
            tag=self.tag,
        )
        where = Where([], [])
        self.add_status_to(where)
        for column, allowed in (("kind", self.kind), ("confidentiality", self.confidentiality), ("risk", self.risk)):
            if allowed:
                where.add(f'{column} COLLATE "C" = ANY(%s)', [a.value for a in allowed])
        for column, wanted in (
            ("direction", self.direction),
            ("currency", self.currency),
            ("owner", self.owner),
            ("department", self.department),
        ):
            if wanted is not None:
                where.add(f"{column} = %s", str(wanted))
                if (beginning_of := SORTS[column]).length is not None:
                    # By what lists are sorted by, so that one index serves both.
                    where.add(f"{beginning_of.sql} = %s", str(wanted)[: beginning_of.length])
        if self.tag is not None:
            where.add("tags @> %s::jsonb", json.dumps([normal(self.tag)], ensure_ascii=False))
        for one in self.fields:
            one.add_to(where)
        if self.counterparty is not None:
            where.add("counterparty_names ILIKE %s", containing(self.counterparty))
        if self.number_prefix is not None:
            where.add('number COLLATE "C" LIKE %s', beginning(self.number_prefix))
        if self.q is not None:
            where.add("(number ILIKE %s OR title ILIKE %s OR counterparty_names ILIKE %s)", *[containing(self.q)] * 3)
        if self.min_value_minor is not None:
            where.add("value_minor >= %s", self.min_value_minor)
        if self.max_value_minor is not None:
            where.add("value_minor <= %s", self.max_value_minor)
        if self.moments.are_past:
            if self.search is not None:
                message = "words are searched for in contracts as they are now: leave out either the search or valid_at and known_at"
                raise BadQuery(message)
            self.moments.add_to(where)
        return where


SHOWN: Final = tuple(f.name for f in fields(RegisteredContract))
SELECTED: Final = ", ".join(SHOWN)


class Register:
    """The register of one ledger. Every question raises StoreUnavailable, and ViewMissing before the view was ever built."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        self._connections = opened.store.connections
        self._tables = REGISTER.placed(opened)
        self._table = self._tables["register"]
        self._search = SEARCH.placed(opened)["search"]

    def find(self, query: RegisterQuery) -> Listed[RegisteredContract]:
        """One page. Raises BadQuery."""
        require_limit(query.limit)
        order = query.order
        stretches = list(order.stretches(self._filters(query), query.cursor))
        with self._asking(query.search) as cursor:
            if query.search is not None and (each := self._searched(cursor, query, query.search)) is not None:
                stretches = list(order.stretches(each, query.cursor))
            rows = self._soon(cursor, query) or fetch(cursor, self._page(cursor, query), order, stretches, query.limit)
        found = tuple(map(registered, rows[: query.limit]))
        return Listed(found, order.cursor_of(getattr(found[-1], query.sort), found[-1].contract_id) if len(rows) > query.limit else None)

    def count(self, query: RegisterQuery) -> int:
        """How many contracts the query finds on all of its pages. Raises BadQuery."""
        where = self._filters(query)
        with self._asking(query.search) as cursor:
            cursor.execute(f"SELECT count(*) FROM {self._asked(query)} {where.sql}", where.values)
            (counted,) = cursor.fetchone() or (0,)
        return int(counted)

    def get(self, contract_id: str) -> RegisteredContract | None:
        """One contract by its id."""
        require_plain(id=contract_id)
        found = self._where("contract_id = %s", (contract_id,), 1)
        return found[0] if found else None

    def resolve(self, ref: str, *, limit: int = 10) -> list[RegisteredContract]:
        """The contracts that a person may mean, up to `limit`: those with exactly this id or number, or else those that begin so.

        One is the answer; none or several are for the person to say more.
        """
        require_plain(reference=ref)
        if not ref:
            return []
        exact = self._where('contract_id = %s OR number COLLATE "C" = %s', (ref, ref), limit)
        if exact:
            return exact
        pattern = beginning(ref)
        by_number = self._where('number COLLATE "C" LIKE %s', (pattern,), limit)
        by_id = self._where("contract_id LIKE %s", (pattern,), limit)
        return list({c.contract_id: c for c in (*by_number, *by_id)}.values())[:limit]

    def numbered(self, numbers: Sequence[str]) -> dict[str, str]:
        """The ids of contracts that have exactly these numbers, by number; of several, the first by id."""
        require_plain(**{str(n): number for n, number in enumerate(numbers)})
        with self._asking() as cursor:
            cursor.execute(
                f'SELECT number, min(contract_id COLLATE "C") FROM {self._table} WHERE number COLLATE "C" = ANY(%s) GROUP BY number',
                (list(numbers),),
            )
            return dict(cursor.fetchall())

    def _asked(self, query: RegisterQuery) -> str:
        return self._stood(query).source if query.moments.are_past else self._table

    def _soon(self, cursor: Cursor, query: RegisterQuery) -> list[tuple[Any, ...]]:
        """The rows of a page as of a moment where most contracts have the status; none where it takes more to find them."""
        if not (query.moments.are_past and query.status and query.limit < FEW and query.order.column.sql in past.SORTED):
            return []
        where = next(query.order.stretches(replace(query, status=()).filters, query.cursor))
        frequent = Frequent("status", Where([], []))
        query.add_status_to(frequent.where)
        stood = self._stood(query).looked_up(cursor)
        execute_often(cursor, *stood.soon(frequent, SELECTED, where, query.order, query.limit + 1))
        rows = cursor.fetchall()
        return rows if len(rows) > query.limit else []

    def _page(self, cursor: Cursor, query: RegisterQuery) -> str | PageSql:
        if not query.moments.are_past:
            return f"SELECT {SELECTED} FROM {self._table}"
        stood = self._stood(query).looked_up(cursor)
        if query.status:
            # A status may be that of most contracts or of next to none, of which the planner knows nothing for a moment of the past.
            narrow = Where([], [])
            query.add_status_to(narrow)
            query.moments.add_to(narrow)
            statement, values = stood.narrowed(narrow)
            execute_often(cursor, f"SELECT count(*) FROM ({statement}) few", values)
            (counted,) = cursor.fetchone() or (0,)
            if counted <= FEW:
                return partial(stood.page_of_few, narrow, SELECTED)
        return partial(stood.page, SELECTED)

    def _stood(self, query: RegisterQuery) -> TableAsOf:
        return TableAsOf(self._tables[past.SHAPE.table], past.SHAPE.key, past.SORTED, query.moments)

    def _filters(self, query: RegisterQuery) -> Where:
        where = query.filters
        if query.search is not None:
            words = question(query.search).condition("words")
            # Looked up once, before anything else: row by row, the words of every other contract would be read.
            found = f"WITH found AS MATERIALIZED (SELECT words.contract_id FROM {self._search} words {words.sql}) SELECT * FROM found"
            where.add(f"contract_id IN ({found})", *words.values)
        return where

    def _searched(self, cursor: Cursor, query: RegisterQuery, search: str) -> Where | None:
        """The filters of a page where very many contracts hold the words: those on the way to the page are read, and not all of them."""
        words = question(search).condition("words")
        few = f"SELECT FROM {self._search} words {words.sql} LIMIT %s"
        cursor.execute(f"SELECT count(*) FROM ({few}) found", [*words.values, VERY_MANY + 1])
        (counted,) = cursor.fetchone() or (0,)
        if counted <= VERY_MANY:
            return None
        of_row = f"SELECT {' AND '.join(words.conditions)} FROM {self._search} words WHERE words.contract_id = {self._table}.contract_id"
        return query.filters.also(f"({of_row})", *words.values)

    def _where(self, condition: str, values: tuple[object, ...], limit: int) -> list[RegisteredContract]:
        with self._asking() as cursor:
            cursor.execute(
                f'SELECT {SELECTED} FROM {self._table} WHERE {condition} ORDER BY number COLLATE "C", contract_id LIMIT %s',
                (*values, limit),
            )
            return list(map(registered, cursor.fetchall()))

    @contextmanager
    def _asking(self, search: str | None = None) -> Iterator[Cursor]:
        with self._connections.use() as connection, connection.cursor() as cursor:
            try:
                with nullcontext() if search is None else by_index(cursor):
                    yield cursor
            except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn) as error:
                missing, name = ("the register has", "register") if search is None else ("the register or the view search has", "--all")
                message = f"{missing} not been built for this version yet; start `tally up`, or run `tally rebuild {name}`"
                raise ViewMissing(message) from error


def registered(row: tuple[Any, ...]) -> RegisteredContract:
    """A row of the table, typed."""
    columns = dict(zip(SHOWN, row, strict=True))
    return RegisteredContract(
        **columns
        | {
            "kind": Kind(columns["kind"]),
            "direction": Direction(columns["direction"]),
            "status": Status(columns["status"]),
            "confidentiality": Confidentiality(columns["confidentiality"]),
            "counterparties": tuple(Counterparty(**c) for c in columns["counterparties"]),
            "tags": tuple(columns["tags"]),
            "risk": None if columns["risk"] is None else RiskLevel(columns["risk"]),
            "custom_fields": {key: told(held) for key, held in columns["custom_fields"].items()},
        }
    )
