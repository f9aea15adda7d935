"""Deliveries 履约进度: what was to come and what came of it, plan by plan, and how far the whole is on a day."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from domain.contract.progress import days_late
from domain.contract.vocabulary import Direction
from infra.opening import Opened
from projections.fulfilment.contract import ContractFilter, OfContract, typed
from projections.fulfilment.receivables import SORTED_LENGTH
from projections.fulfilment.table import BETWEEN, FULFILMENT
from projections.grouped import Grouping, find
from projections.paging import Listed, Order, SortColumn, Where
from projections.past import Moments
from projections.rows import Rows, sorted_by

KEY: Final = SortColumn("row_key", "text")
SORTS: Final = {
    c.name: c
    for c in (
        SortColumn("due", "date", nullable=True),
        SortColumn("came_on", "date", nullable=True),
        SortColumn("number", "text"),
        SortColumn("counterparty", "text", length=SORTED_LENGTH),
        SortColumn("department", "text", nullable=True, length=SORTED_LENGTH),
        SortColumn("percent_hundredth", "bigint"),
    )
}
GROUP_KEY: Final = SortColumn("group_key", "text")
GROUP_SORTS: Final = {
    c.name: c
    for c in (
        SortColumn("name", "text", nullable=True, length=SORTED_LENGTH),
        SortColumn("late", "bigint"),
        SortColumn("percent_hundredth", "bigint"),
    )
}
_MISSING: Final = "is_planned AND came_on IS NULL AND NOT is_released"


class Stage(StrEnum):
    """Where a delivery stands: still to come in any way, late of these, all of it there, with something rejected, freed from by
    termination, there without a plan; or any of these.
    """

    OUTSTANDING = "outstanding"
    LATE = "late"
    COMPLETE = "complete"
    REJECTED = "rejected"
    RELEASED = "released"
    UNPLANNED = "unplanned"
    ALL = "all"


class ProgressBy(StrEnum):
    """What the lines are of, each of one direction."""

    CONTRACT = "contract"
    COUNTERPARTY = "counterparty"
    DEPARTMENT = "department"
    OWNER = "owner"


_GROUPS: Final = {
    ProgressBy.CONTRACT: "number || E'\\n' || contract_id",
    ProgressBy.COUNTERPARTY: "counterparty",
    ProgressBy.DEPARTMENT: "department",
    ProgressBy.OWNER: "owner",
}


def hundredths(number: int) -> Decimal:
    """So many hundredths."""
    return Decimal(number).scaleb(-2)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter(ContractFilter):
    """Which deliveries; everything that is given must hold."""

    item_id: str | None = None
    due_from: date | None = None
    due_to: date | None = None

    @property
    def where(self) -> Where:
        """What must hold. Raises BadQuery."""
        where = self.under(item_id=self.item_id)
        if self.due_from is not None:
            where.add("due >= %s", self.due_from)
        if self.due_to is not None:
            where.add("due <= %s", self.due_to)
        return where


EVERY: Final = DeliveryFilter()


@dataclass(frozen=True, slots=True)
class DeliveryRow(OfContract):
    """A planned delivery and what came of it, in its unit, or what came without a plan; it comes to us under payable contracts."""

    delivery_id: str
    description: str
    item_id: str | None
    unit: str | None
    is_planned: bool
    planned: Decimal | None
    delivered: Decimal
    accepted: Decimal
    rejected: Decimal
    percent_hundredth: int
    due: date | None
    came_on: date | None
    is_released: bool

    @property
    def percent(self) -> Decimal | None:
        """How much of the plan came, in percent; None without a plan."""
        return hundredths(self.percent_hundredth) if self.is_planned else None

    def days_late(self, on: date) -> int:
        """How many days after its day it came; where it has not come, how late it is on a day."""
        return days_late(self.due, self.came_on, on, released=self.is_released) if self.is_planned else 0

    def stage(self, on: date) -> Stage:
        """Where it stands on a day."""
        if not self.is_planned:
            return Stage.UNPLANNED
        if self.came_on is not None:
            return Stage.COMPLETE
        if self.is_released:
            return Stage.RELEASED
        return Stage.LATE if self.days_late(on) else Stage.OUTSTANDING


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQuery:
    """Which deliveries, in which order. What is late is asked of the day `on`."""

    on: date
    which: DeliveryFilter = EVERY
    stage: Stage = Stage.ALL
    sort: str = "due"
    descending: bool = False
    limit: int = 50
    cursor: str | None = None

    @property
    def moments(self) -> Moments:
        """As of when."""
        return self.which.moments

    @property
    def order(self) -> Order:
        """The order of rows. Raises BadQuery for a column that cannot be sorted by."""
        return Order(sorted_by(SORTS, self.sort, "deliveries"), KEY, self.descending, self.moments.label)

    @property
    def filters(self) -> Where:
        """What must hold, whatever page is asked for. Raises BadQuery."""
        where = self.which.where
        match self.stage:
            case Stage.OUTSTANDING:
                where.add(_MISSING)
            case Stage.LATE:
                where.add(_MISSING)
                where.add("due < %s", self.on)
            case Stage.COMPLETE:
                where.add("is_planned AND came_on IS NOT NULL")
            case Stage.REJECTED:
                where.add("rejected > 0")
            case Stage.RELEASED:
                where.add("is_released")
            case Stage.UNPLANNED:
                where.add("NOT is_planned")
            case Stage.ALL:
                pass
        return where


@dataclass(frozen=True, slots=True)
class ProgressLine:
    """How far the planned deliveries of a group are on a day, leaving out those from which termination freed.

    `due` were to be there by the day, which is `plan_hundredth` of a hundredth of a percent of all; `percent_hundredth` is the mean of
    how much of each came.
    """

    group_key: str
    name: str | None
    direction: Direction
    contracts: int
    deliveries: int
    complete: int
    late: int
    due: int
    undated: int
    plan_hundredth: int
    percent_hundredth: int

    def shown(self, by: ProgressBy) -> str | None:
        """What the line is called: several counterparties one after the other, a contract by its number."""
        if self.name is None or by is ProgressBy.CONTRACT:
            return self.name and self.name.rpartition(BETWEEN)[0]
        return "; ".join(self.name.split(BETWEEN))

    def contract_id(self, by: ProgressBy) -> str | None:
        """The contract that it is of, where it is of one."""
        return self.name.rpartition(BETWEEN)[2] if self.name is not None and by is ProgressBy.CONTRACT else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressQuery:
    """How far deliveries are on a day, by what."""

    on: date
    by: ProgressBy = ProgressBy.CONTRACT
    which: DeliveryFilter = EVERY
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
        return Order(sorted_by(GROUP_SORTS, self.sort, "lines of a progress"), GROUP_KEY, self.descending, self.moments.label)

    def grouping(self, table: str, *, apart: bool = False) -> Grouping:
        """The counts and means, rounded down to hundredths of a percent; told `apart` by a column of that name, too. Raises BadQuery."""
        also = ", apart" if apart else ""
        where = self.which.where.also("is_planned AND NOT is_released")
        name = _GROUPS[self.by]
        sql = f"""
            SELECT json_build_array({name}, direction)::text AS group_key, {name} AS name, direction,
                   count(DISTINCT contract_id) AS contracts, count(*) AS deliveries,
                   count(*) FILTER (WHERE came_on IS NOT NULL) AS complete,
                   count(*) FILTER (WHERE came_on IS NULL AND due < %s) AS late,
                   count(*) FILTER (WHERE due <= %s) AS due, count(*) FILTER (WHERE due IS NULL) AS undated,
                   count(*) FILTER (WHERE due <= %s) * 10000 / count(*) AS plan_hundredth,
                   div(sum(percent_hundredth), count(*))::bigint AS percent_hundredth{also}
            FROM {table} {where.sql} GROUP BY {name}, direction{also}
        """
        return Grouping(sql, [self.on, self.on, self.on, *where.values], COLUMNS)


COLUMNS: Final = tuple(f.name for f in fields(ProgressLine))
SHOWN: Final = tuple(f.name for f in fields(DeliveryRow))


class Deliveries(Rows[DeliveryRow]):
    """The deliveries of one ledger."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        super().__init__(opened, FULFILMENT, delivery, SHOWN, "deliveries")

    def lines(self, query: ProgressQuery) -> Listed[ProgressLine]:
        """One page of how far they are. Raises BadQuery."""
        with self._asking() as cursor:
            return find(cursor, query.grouping(self._asked(query)), query, line)


def delivery(*row: object) -> DeliveryRow:
    """A row of the table, typed."""
    return typed(DeliveryRow, SHOWN, row)


def line(group_key: str, name: str | None, direction: str, *counts: int) -> ProgressLine:
    """A row of counts, typed."""
    return ProgressLine(group_key, name, Direction(direction), *counts)


def deliveries_progress(opened: Opened, query: ProgressQuery) -> Listed[ProgressLine]:
    """One page of lines. Raises BadQuery, StoreUnavailable, ViewMissing."""
    return Deliveries(opened).lines(query)
