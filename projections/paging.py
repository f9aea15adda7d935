"""Pages of rows by keyset: a cursor names the last row seen, so that a page costs the same wherever it is."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

import msgspec
import psycopg2.extensions

from infra.connections import Values, execute_often

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MAX_LIMIT = 1_000
FOREIGN_CURSOR = "the cursor is not one that a list gave"
_WHOLE = re.compile(r"-?[0-9]{1,19}", re.ASCII)


class BadQuery(ValueError):
    """A list was asked for in a way that cannot be answered; the message says why."""


Q = TypeVar("Q", bound="DataclassInstance")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Listed(Generic[R]):
    """One page. `next_cursor` asks for the page after it; None where this is the last."""

    rows: tuple[R, ...]
    next_cursor: str | None


class Where(NamedTuple):
    """SQL conditions, all of which hold, and their values."""

    conditions: list[str]
    values: list[object]

    def add(self, condition: str, *values: object) -> None:
        """One more condition."""
        self.conditions.append(condition)
        self.values.extend(values)

    def also(self, condition: str, *values: object) -> Where:
        """These and one more."""
        return Where([*self.conditions, condition], [*self.values, *values])

    @property
    def sql(self) -> str:
        """The WHERE clause."""
        return "WHERE " + " AND ".join(self.conditions) if self.conditions else ""


@dataclass(frozen=True, slots=True)
class SortColumn:
    """A column that a list may be sorted by. `type` is the SQL type, text in the order of its code points.

    Of texts that may be long only `length` characters count.
    """

    name: str
    type: str
    nullable: bool = False
    length: int | None = None

    @property
    def sql(self) -> str:
        """The expression that is compared."""
        return f'{self.expression} COLLATE "C"' if self.type == "text" else self.expression

    @property
    def expression(self) -> str:
        """The same without its order. Where there is no value, there is none of it."""
        return self.name if self.length is None else f"left({self.name}, {self.length})"

    def text(self, value: object) -> str | None:
        """A value as a cursor keeps it."""
        if value is None or isinstance(value, str):
            return value and value[: self.length]
        return value.isoformat() if isinstance(value, date) else str(value)


@dataclass(frozen=True, slots=True)
class Order:
    """By one column, then by the key, which no two rows share; rows without a value come last either way.

    `as_of` tells lists of one moment from those of another: a cursor belongs to one of them.
    """

    column: SortColumn
    key: SortColumn
    descending: bool
    as_of: str = ""

    @property
    def sql(self) -> str:
        """The ORDER BY clause of a stretch."""
        way = "DESC" if self.descending else "ASC"
        by_column = "" if self.column.name == self.key.name else f"{self.column.sql} {way}, "
        return f"ORDER BY {by_column}{self.key.sql} {way}"

    def stretches(self, where: Where, cursor: str | None) -> Iterator[Where]:
        """What holds of the rows after the one that a cursor names (of all, without one), stretch by stretch.

        Rows with a value and rows without one are asked for apart: asked for together, no index would be of use.
        Raises BadQuery for a cursor that is not of this order.
        """
        seen = None if cursor is None else read_cursor(cursor, self)
        beyond = "<" if self.descending else ">"
        column, key = f"({self.column.sql}, {self.key.sql})", self.key.sql
        if self.column.name == self.key.name:
            yield where if seen is None else where.also(f"{key} {beyond} %s::{self.key.type}", seen.key)
            return
        if seen is None or seen.value is not None:
            stated = where.also(f"{self.column.expression} IS NOT NULL") if self.column.nullable else where
            values = f"(%s::{self.column.type}, %s::{self.key.type})"
            yield stated if seen is None else stated.also(f"{column} {beyond} {values}", seen.value, seen.key)
        if self.column.nullable:
            unstated = where.also(f"{self.column.expression} IS NULL")
            after_key = seen is not None and seen.value is None
            yield unstated.also(f"{key} {beyond} %s::{self.key.type}", seen and seen.key) if after_key else unstated

    def cursor_of(self, value: object, key: object) -> str:
        """The opaque text that names a row."""
        return (
            base64.urlsafe_b64encode(msgspec.json.encode([self.label, self.column.text(value), self.key.text(key)])).rstrip(b"=").decode()
        )

    @property
    def label(self) -> str:
        """What tells a cursor of this order from those of others."""
        return f"{'-' if self.descending else '+'}{self.column.name}{self.as_of}"


class Seen(NamedTuple):
    """The row that a cursor names: its value in the sorted column, and its key, fit to be cast to their types."""

    value: str | None
    key: str


def is_of(cursor: str, order: Order) -> bool:
    """Whether a cursor belongs to an order. Raises BadQuery for one that belongs to none."""
    return _opened(cursor)[0] == order.label


def _opened(cursor: str) -> tuple[str, str | None, str]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=tuple[str, str | None, str])
    except (binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise BadQuery(FOREIGN_CURSOR) from error


def read_cursor(cursor: str, order: Order) -> Seen:
    """The row that a cursor names. Raises BadQuery."""
    label, value, key = _opened(cursor)
    if label != order.label:
        message = f"the cursor is of a list sorted by {label}, not by {order.label}"
        raise BadQuery(message)
    if value is None and not order.column.nullable:
        raise BadQuery(FOREIGN_CURSOR)
    return Seen(None if value is None else fitting(value, order.column.type), fitting(key, order.key.type))


def fitting(text: str, sql_type: str) -> str:
    """A text that says a value of the SQL type, as PostgreSQL reads it. Raises BadQuery for one that does not."""
    try:
        match sql_type:
            case "bigint" if _WHOLE.fullmatch(text) and -(2**63) <= int(text) < 2**63:
                return text
            case "date":
                return date.fromisoformat(text).isoformat()
            case "timestamptz" if (moment := datetime.fromisoformat(text)).tzinfo is not None:
                return moment.isoformat()
            case "float8" if math.isfinite(number := float(text)):
                return repr(number)
            case "text" if "\x00" not in text:
                return text
            case _:
                raise BadQuery(FOREIGN_CURSOR)
    except ValueError as error:
        raise BadQuery(FOREIGN_CURSOR) from error


def require_plain(**texts: str | None) -> None:
    """Refuses with BadQuery texts that PostgreSQL could not even compare with."""
    for name, text in texts.items():
        if text is None:
            continue
        if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
            message = f"{name} holds a character that no text can hold"
            raise BadQuery(message)


def require_limit(limit: int) -> None:
    """Refuses with BadQuery a page of no rows, or of more than MAX_LIMIT."""
    if not 1 <= limit <= MAX_LIMIT:
        message = f"a page has 1 to {MAX_LIMIT} rows, not {limit}"
        raise BadQuery(message)


def named(where: Where, name: str, values: dict[str, object]) -> str:
    """The WHERE clause with its values under names that begin so, for statements that say it more than once; adds the values."""
    parts = where.sql.split("%s")
    names = [f"{name}{n}" for n in range(len(parts) - 1)]
    values |= zip(names, where.values, strict=True)
    return "".join(f"{part}%({one})s" for part, one in zip(parts, names, strict=False)) + parts[-1]


# The statement for up to so many rows of a stretch in order, and its values.
PageSql: TypeAlias = Callable[[Where, Order, int], tuple[str, Values]]


def fetch(cursor: psycopg2.extensions.cursor, select: str | PageSql, order: Order, stretches: Iterable[Where], limit: int) -> list[Any]:
    """Up to `limit` rows and, where there are more, one. `select` is what comes before WHERE, or says all of it."""
    rows: list[Any] = []
    for where in stretches:
        if isinstance(select, str):
            cursor.execute(f"{select} {where.sql} {order.sql} LIMIT %s", [*where.values, limit + 1 - len(rows)])
        else:
            # Always for as many, so that it is the same statement.
            execute_often(cursor, *select(where, order, limit + 1))
        rows += cursor.fetchall()
        if len(rows) > limit:
            break
    return rows[: limit + 1]


def rows(find: Callable[[Q], Listed[R]], query: Q, wanted: int | None = None) -> Iterator[R]:
    """As many rows as are wanted, or every one, from pages that fit into memory. `find` raises BadQuery."""
    cursor: str | None = None
    while wanted is None or wanted > 0:
        listed = find(replace(query, limit=MAX_LIMIT if wanted is None else min(wanted, MAX_LIMIT), cursor=cursor))
        yield from listed.rows
        cursor = listed.next_cursor
        if cursor is None:
            return
        wanted = None if wanted is None else wanted - len(listed.rows)


def containing(text: str) -> str:
    """A LIKE pattern for texts with this in them."""
    return f"%{escaped(text)}%"


def beginning(text: str) -> str:
    """A LIKE pattern for texts that begin so."""
    return f"{escaped(text)}%"


def escaped(text: str) -> str:
    """A text that LIKE takes for itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
