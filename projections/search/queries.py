"""What people look for in contracts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg2.errors

from domain.contract.vocabulary import Status
from domain.money import Money
from infra.opening import Opened
from projections.paging import Listed, Order, SortColumn, Where, is_of, read_cursor, require_limit
from projections.register.table import REGISTER
from projections.search.passages import Passage
from projections.search.question import VERY_MANY, Question, by_index, question
from projections.search.snippets import Snippet, snippets
from projections.search.table import SEARCH
from projections.view import Cursor, ViewMissing

# What a place counts for: notes and tags, clauses and items, counterparties, number and title.
WEIGHTS: Final = "{0.02, 0.05, 0.4, 1.0}"
# Divided by the logarithm of the length, so that long texts do not come first for their length alone.
BY_LENGTH: Final = 1
# Of more contracts only the heads count for the order, since to read every text of theirs would take long; of very many not even all
# heads are read, and those come first whose heads hold the words.
MANY: Final = 500
KEY: Final = SortColumn("contract_id", "text")
BY_TEXT: Final = Order(SortColumn("rank", "float8"), KEY, descending=True)
BY_HEAD: Final = Order(SortColumn("head_rank", "float8"), KEY, descending=True)
BY_PLACE: Final = Order(SortColumn("in_head", "bigint"), KEY, descending=True)
RANKS: Final = {
    BY_TEXT: f"ts_rank_cd('{WEIGHTS}', tokens, %s::tsquery, {BY_LENGTH})",
    BY_HEAD: f"ts_rank('{WEIGHTS}', head, %s::tsquery, {BY_LENGTH})",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A contract that was found, and where."""

    contract_id: str
    number: str
    title: str
    status: Status
    value: Money | None
    snippets: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """What is looked for. All words have to be found; "words in quotation marks" as they follow each other, and no -word."""

    q: str
    limit: int = 20
    cursor: str | None = None


class Search:
    """The words of one ledger's contracts. Every question raises StoreUnavailable, and ViewMissing before the view was ever built."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        self._connections = opened.store.connections
        self._table = SEARCH.placed(opened)["search"]
        self._register = REGISTER.placed(opened)["register"]

    def find(self, query: SearchQuery) -> Listed[Hit]:
        """One page, the best first, of equal ones the greater id. Raises BadQuery."""
        require_limit(query.limit)
        asked = question(query.q)
        with self._asking() as cursor:
            order = self._order(cursor, asked, query.cursor)
            rows = self._placed(cursor, asked, query) if order == BY_PLACE else self._ranked(cursor, asked, order, query)
            found = rows[: query.limit]
            registered = self._registered(cursor, [contract_id for contract_id, _, _ in found])
        # What the register has not taken in yet comes in a moment.
        hits = [hit(row, registered[row[0]], asked) for row in found if row[0] in registered]
        more = len(rows) > query.limit
        return Listed(tuple(hits), order.cursor_of(found[-1][1], found[-1][0]) if more else None)

    def count(self, q: str) -> int:
        """How many contracts are found on all pages. Raises BadQuery."""
        where = question(q).condition("search")
        with self._asking() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self._table} search {where.sql}", where.values)
            (counted,) = cursor.fetchone() or (0,)
        return int(counted)

    def _order(self, cursor: Cursor, asked: Question, seen: str | None) -> Order:
        """That of the page before, or the one for so many contracts."""
        if seen is not None:
            return next((order for order in (*RANKS, BY_PLACE) if is_of(seen, order)), BY_TEXT)
        where = asked.condition("search")
        cursor.execute(
            f"SELECT count(*) FROM (SELECT FROM {self._table} search {where.sql} LIMIT %s) found", [*where.values, VERY_MANY + 1]
        )
        (counted,) = cursor.fetchone() or (0,)
        return BY_PLACE if counted > VERY_MANY else BY_HEAD if counted > MANY else BY_TEXT

    def _ranked(self, cursor: Cursor, asked: Question, order: Order, query: SearchQuery) -> list[tuple[Any, ...]]:
        where = asked.condition("search")
        (beyond,) = order.stretches(Where([], []), query.cursor)
        # Without OFFSET the rank would be reckoned once for the condition and again for the order.
        cursor.execute(
            f"""SELECT contract_id, {order.column.name}, passages FROM (
                    SELECT contract_id, ({RANKS[order]})::float8 AS {order.column.name}, passages
                    FROM {self._table} search {where.sql} OFFSET 0
                ) found {beyond.sql} {order.sql} LIMIT %s""",
            [asked.ranked, *where.values, *beyond.values, query.limit + 1],
        )
        return cursor.fetchall()

    def _placed(self, cursor: Cursor, asked: Question, query: SearchQuery) -> list[tuple[Any, ...]]:
        """Those whose heads hold the words, and then the others, each by their ids. Ends where the page is full."""
        seen = None if query.cursor is None else read_cursor(query.cursor, BY_PLACE)
        rows: list[tuple[Any, ...]] = []
        for in_head, where in asked.by_place("search"):
            if seen is not None and int(seen.value or 0) < in_head:
                continue
            after = where if seen is None or int(seen.value or 0) > in_head else where.also("contract_id < %s", seen.key)
            if not in_head:
                # There are so many that the next ones are soon met by going through the ids.
                cursor.execute("SET LOCAL enable_bitmapscan TO off")
            cursor.execute(
                f"SELECT contract_id, {in_head}, passages FROM {self._table} search {after.sql} ORDER BY contract_id DESC LIMIT %s",
                [*after.values, query.limit + 1 - len(rows)],
            )
            rows += cursor.fetchall()
            if len(rows) > query.limit:
                break
        return rows

    def _registered(self, cursor: Cursor, ids: list[str]) -> dict[str, tuple[Any, ...]]:
        cursor.execute(
            f"SELECT contract_id, number, title, status, value_minor, currency FROM {self._register} WHERE contract_id = ANY(%s)", (ids,)
        )
        return {row[0]: row for row in cursor}

    @contextmanager
    def _asking(self) -> Iterator[Cursor]:
        with self._connections.use() as connection, connection.cursor() as cursor:
            try:
                with by_index(cursor):
                    yield cursor
            except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn) as error:
                message = "the view search has not been built for this version yet; start `tally up`, or run `tally rebuild search`"
                raise ViewMissing(message) from error


def hit(row: tuple[Any, ...], registered: tuple[Any, ...], asked: Question) -> Hit:
    """A row of the table with what the register says of the contract."""
    contract_id, _, passages = row
    _, number, title, status, minor, currency = registered
    return Hit(
        contract_id=contract_id,
        number=number,
        title=title,
        status=Status(status),
        value=None if minor is None or currency is None else Money(minor, currency),
        snippets=snippets((Passage(*passage) for passage in passages), asked),
    )
