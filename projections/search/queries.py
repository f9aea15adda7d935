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
from projections.paging import Listed, Order, SortColumn, Where, require_limit
from projections.register.table import REGISTER
from projections.search.passages import Passage
from projections.search.question import Question, by_index, question
from projections.search.snippets import Snippet, snippets
from projections.search.table import SEARCH
from projections.view import Cursor, ViewMissing

# What a place counts for: notes and tags, clauses and items, counterparties, number and title.
WEIGHTS: Final = "{0.02, 0.05, 0.4, 1.0}"
# Divided by the logarithm of the length, so that long texts do not come first for their length alone.
BY_LENGTH: Final = 1
ORDER: Final = Order(SortColumn("rank", "float8"), SortColumn("contract_id", "text"), descending=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A contract that was found, and where; the greater the rank, the better it fits."""

    contract_id: str
    number: str
    title: str
    status: Status
    value: Money | None
    rank: float
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
        (beyond,) = ORDER.stretches(Where([], []), query.cursor)
        with self._asking() as cursor:
            rows = self._ranked(cursor, asked, beyond, query.limit + 1)
            found = rows[: query.limit]
            registered = self._registered(cursor, [contract_id for contract_id, _, _ in found])
        # What the register has not taken in yet comes in a moment.
        hits = [hit(row, registered[row[0]], asked) for row in found if row[0] in registered]
        more = len(rows) > query.limit
        return Listed(tuple(hits), ORDER.cursor_of(found[-1][1], found[-1][0]) if more else None)

    def count(self, q: str) -> int:
        """How many contracts are found on all pages. Raises BadQuery."""
        where = question(q).condition("search")
        with self._asking() as cursor:
            cursor.execute(f"SELECT count(*) FROM {self._table} search {where.sql}", where.values)
            (counted,) = cursor.fetchone() or (0,)
        return int(counted)

    def _ranked(self, cursor: Cursor, asked: Question, beyond: Where, limit: int) -> list[tuple[Any, ...]]:
        where = asked.condition("search")
        # Without OFFSET the rank would be reckoned once for the condition and again for the order.
        cursor.execute(
            f"""SELECT contract_id, rank, passages FROM (
                    SELECT contract_id, ts_rank_cd('{WEIGHTS}', tokens, %s::tsquery, {BY_LENGTH})::float8 AS rank, passages
                    FROM {self._table} search {where.sql} OFFSET 0
                ) found {beyond.sql} {ORDER.sql} LIMIT %s""",
            [asked.ranked, *where.values, *beyond.values, limit],
        )
        return cursor.fetchall()

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
    contract_id, rank, passages = row
    _, number, title, status, minor, currency = registered
    return Hit(
        contract_id=contract_id,
        number=number,
        title=title,
        status=Status(status),
        value=None if minor is None or currency is None else Money(minor, currency),
        rank=rank,
        snippets=snippets((Passage(*passage) for passage in passages), asked),
    )
