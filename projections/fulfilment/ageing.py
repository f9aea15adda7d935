"""Ageing 账龄: what is open by how long it has been overdue on a day, never added across currencies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final

from domain.contract.vocabulary import Direction
from infra.opening import Opened
from projections.fulfilment.receivables import EVERY, SORTED_LENGTH, ClaimFilter, Receivables, exact
from projections.fulfilment.table import BETWEEN
from projections.grouped import Grouping, find
from projections.paging import BadQuery, Listed, Order, SortColumn
from projections.past import Moments
from projections.rows import sorted_by

DEFAULT_BOUNDS: Final = (30, 60, 90, 180)
MAX_BOUNDS: Final = 12
MAX_DAYS: Final = 36_500
KEY: Final = SortColumn("group_key", "text")
SORTS: Final = {
    c.name: c
    for c in (
        SortColumn("name", "text", nullable=True, length=SORTED_LENGTH),
        SortColumn("open_minor", "bigint"),
        SortColumn("overdue_minor", "bigint"),
    )
}


class AgeingBy(StrEnum):
    """What the lines are of, each of one direction and currency."""

    COUNTERPARTY = "counterparty"
    DEPARTMENT = "department"
    OWNER = "owner"
    CONTRACT = "contract"
    CURRENCY = "currency"


_GROUPS: Final = {
    AgeingBy.COUNTERPARTY: "counterparty",
    AgeingBy.DEPARTMENT: "department",
    AgeingBy.OWNER: "owner",
    AgeingBy.CONTRACT: "number || E'\\n' || contract_id",
    AgeingBy.CURRENCY: "currency",
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """What has been open for so many days after its day, both included; without `last` for any longer."""

    first: int
    last: int | None


@dataclass(frozen=True, slots=True)
class AgeingLine:
    """What is open of a group, in minor units of one currency: without a day, not due yet, and by bucket how long overdue.

    The three come to `open_minor`; what takes from a claim has no day. `name` is null for claims that name nobody of the kind.
    """

    group_key: str
    name: str | None
    direction: Direction
    currency: str
    contracts: int
    open_minor: int
    undated_minor: int
    not_due_minor: int
    overdue_minor: int
    late_minor: tuple[int, ...]

    def exact(self, minor: int) -> Decimal:
        """Minor units of its currency as a decimal."""
        return exact(minor, self.currency)

    def shown(self, by: AgeingBy) -> str | None:
        """What the line is called: several counterparties one after the other, a contract by its number."""
        if self.name is None or by is AgeingBy.CONTRACT:
            return self.name and self.name.rpartition(BETWEEN)[0]
        return "; ".join(self.name.split(BETWEEN))

    def contract_id(self, by: AgeingBy) -> str | None:
        """The contract that it is of, where it is of one."""
        return self.name.rpartition(BETWEEN)[2] if self.name is not None and by is AgeingBy.CONTRACT else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingQuery:
    """How old what is open is on a day, by what, in buckets that end after so many days."""

    on: date
    by: AgeingBy = AgeingBy.COUNTERPARTY
    bounds: tuple[int, ...] = DEFAULT_BOUNDS
    which: ClaimFilter = EVERY
    sort: str = "name"
    descending: bool = False
    limit: int = 50
    cursor: str | None = None

    @property
    def moments(self) -> Moments:
        """As of when."""
        return self.which.moments

    @property
    def order(self) -> Order:
        """The order of lines. Raises BadQuery for a column that cannot be sorted by."""
        return Order(sorted_by(SORTS, self.sort, "lines of an ageing"), KEY, self.descending, self.moments.label)

    @property
    def buckets(self) -> tuple[Bucket, ...]:
        """The buckets, the youngest first. Raises BadQuery for bounds that do not rise."""
        wanted = self.bounds
        rising = all(before < after for before, after in pairwise((0, *wanted)))
        if not 1 <= len(wanted) <= MAX_BOUNDS or not rising or wanted[-1] > MAX_DAYS:
            message = f"buckets end after 1 to {MAX_BOUNDS} rising numbers of days up to {MAX_DAYS}, such as 30,60,90,180"
            raise BadQuery(message)
        firsts = (1, *(bound + 1 for bound in wanted))
        return tuple(Bucket(first, last) for first, last in zip(firsts, (*wanted, None), strict=True))

    def grouping(self, table: str, *, apart: bool = False) -> Grouping:
        """The sums; told `apart` by a column of that name, too. Raises BadQuery."""
        also = ", apart" if apart else ""
        where = self.which.where.also("open_minor <> 0")
        name = _GROUPS[self.by]
        late = list(self._late())
        sums = "".join(f", coalesce(sum(open_minor) FILTER (WHERE {condition}), 0) AS late_{n}" for n, (condition, _) in enumerate(late))
        sql = f"""
            SELECT json_build_array({name}, direction, currency)::text AS group_key, {name} AS name, direction, currency,
                   count(DISTINCT contract_id) AS contracts, sum(open_minor) AS open_minor,
                   coalesce(sum(open_minor) FILTER (WHERE due IS NULL), 0) AS undated_minor,
                   coalesce(sum(open_minor) FILTER (WHERE due >= %s), 0) AS not_due_minor,
                   coalesce(sum(open_minor) FILTER (WHERE due < %s), 0) AS overdue_minor{sums}{also}
            FROM {table} {where.sql} GROUP BY {name}, direction, currency{also}
        """
        values = [self.on, self.on, *(value for _, values in late for value in values), *where.values]
        return Grouping(sql, values, (*COLUMNS, *(f"late_{n}" for n in range(len(late)))))

    def _late(self) -> Iterator[tuple[str, list[object]]]:
        for bucket in self.buckets:
            newest = day_before(self.on, bucket.first)
            if bucket.last is None:
                yield "due <= %s", [newest]
            else:
                yield "due <= %s AND due >= %s", [newest, day_before(self.on, bucket.last)]


COLUMNS: Final = (
    "group_key",
    "name",
    "direction",
    "currency",
    "contracts",
    "open_minor",
    "undated_minor",
    "not_due_minor",
    "overdue_minor",
)


def day_before(day: date, days: int) -> date:
    """The day so many days earlier, or the first that there is."""
    return date.fromordinal(max(day.toordinal() - days, 1))


def line(*row: object) -> AgeingLine:
    """A row of sums, typed; the database gives them as decimals."""
    group_key, name, direction, currency, contracts, *sums = row
    open_minor, undated, not_due, overdue, *late = (int(str(minor)) for minor in sums)
    return AgeingLine(
        str(group_key),
        None if name is None else str(name),
        Direction(str(direction)),
        str(currency),
        int(str(contracts)),
        open_minor,
        undated,
        not_due,
        overdue,
        tuple(late),
    )


class Ageing(Receivables):
    """How old the open claims of one ledger are."""

    def lines(self, query: AgeingQuery) -> Listed[AgeingLine]:
        """One page. Raises BadQuery."""
        with self._asking() as cursor:
            return find(cursor, query.grouping(self._asked(query)), query, line)


def ageing(opened: Opened, query: AgeingQuery) -> Listed[AgeingLine]:
    """One page of lines. Raises BadQuery, StoreUnavailable, ViewMissing."""
    return Ageing(opened).lines(query)
