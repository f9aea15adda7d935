"""Sums over groups of rows, asked for in pages like any other list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from projections.paging import Listed, Order, Where, fetch, require_limit
from projections.view import Cursor

R = TypeVar("R")


class Grouping(NamedTuple):
    """A SELECT with groups, its values, and the names that its columns have."""

    sql: str
    values: Sequence[object]
    columns: Sequence[str]


class Paged(Protocol):
    """Which page of the groups, in which order."""

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
        """The order of groups. Raises BadQuery."""
        ...


def find(cursor: Cursor, grouping: Grouping, asked: Paged, made: Callable[..., R]) -> Listed[R]:
    """One page of groups; `made` takes the values of the columns, and has them under their names. Raises BadQuery."""
    require_limit(asked.limit)
    order = asked.order
    stretches = list(order.stretches(Where([], []), asked.cursor))
    # The values of the inner question come before those of the page, and are said in its text.
    inner = cursor.mogrify(grouping.sql, list(grouping.values)).decode().replace("%", "%%")
    rows = fetch(cursor, f"SELECT {', '.join(grouping.columns)} FROM ({inner}) AS g", order, stretches, asked.limit)
    found = tuple(made(*row) for row in rows[: asked.limit])
    if len(rows) <= asked.limit:
        return Listed(found, None)
    return Listed(found, order.cursor_of(getattr(found[-1], order.column.name), getattr(found[-1], order.key.name)))
