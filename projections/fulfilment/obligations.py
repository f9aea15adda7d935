"""Obligations 履约日历: what the sides of all contracts owe each other by which day, and what of it was not done."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from domain.contract.delays import ObligationKind
from infra.opening import Opened
from projections.fulfilment.contract import ContractFilter, OfContract, typed
from projections.fulfilment.receivables import SORTED_LENGTH, exact
from projections.fulfilment.table import FULFILMENT
from projections.paging import Order, SortColumn, Where
from projections.past import Moments
from projections.rows import Rows, sorted_by

KEY: Final = SortColumn("row_key", "text")
SORTS: Final = {
    c.name: c
    for c in (
        SortColumn("due", "date", nullable=True),
        SortColumn("number", "text"),
        SortColumn("counterparty", "text", length=SORTED_LENGTH),
        SortColumn("department", "text", nullable=True, length=SORTED_LENGTH),
        SortColumn("owner", "text", nullable=True, length=SORTED_LENGTH),
        SortColumn("kind", "text"),
    )
}


class Side(StrEnum):
    """Whose obligation it is."""

    OURS = "ours"
    THEIRS = "theirs"
    EITHER = "either"


class Stands(StrEnum):
    """Where it stands: not done; not done after its day; not done and without a day yet; done; or any of these."""

    OPEN = "open"
    OVERDUE = "overdue"
    WAITING = "waiting"
    FULFILLED = "fulfilled"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationFilter(ContractFilter):
    """Which obligations; everything that is given must hold."""

    kind: tuple[ObligationKind, ...] = ()
    side: Side = Side.EITHER
    due_from: date | None = None
    due_to: date | None = None

    @property
    def where(self) -> Where:
        """What must hold. Raises BadQuery."""
        where = self.under()
        if self.kind:
            where.add("kind = ANY(%s)", [kind.value for kind in self.kind])
        if self.side is not Side.EITHER:
            where.add("is_ours = %s", self.side is Side.OURS)
        if self.due_from is not None:
            where.add("due >= %s", self.due_from)
        if self.due_to is not None:
            where.add("due <= %s", self.due_to)
        return where


EVERY: Final = ObligationFilter()


@dataclass(frozen=True, slots=True)
class ObligationRow(OfContract):
    """What one side of a contract owes; money in minor units. Without `due` it has no day yet, and waits for something."""

    kind: ObligationKind
    obligation_id: str
    description: str
    is_ours: bool
    due: date | None
    waits_for: str | None
    is_fulfilled: bool
    currency: str | None
    amount_minor: int | None

    @property
    def amount(self) -> Decimal | None:
        """The money that is owed, where it is money."""
        return None if self.currency is None or self.amount_minor is None else exact(self.amount_minor, self.currency)

    def days_overdue(self, on: date) -> int:
        """How many days it is late on a day."""
        return 0 if self.due is None or self.is_fulfilled else max((on - self.due).days, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationQuery:
    """Which obligations, in which order. What is overdue is asked of the day `on`."""

    on: date
    which: ObligationFilter = EVERY
    stands: Stands = Stands.OPEN
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
        return Order(sorted_by(SORTS, self.sort, "obligations"), KEY, self.descending, self.moments.label)

    @property
    def filters(self) -> Where:
        """What must hold, whatever page is asked for. Raises BadQuery."""
        where = self.which.where
        if self.stands is Stands.FULFILLED:
            where.add("is_fulfilled")
        elif self.stands is not Stands.ALL:
            where.add("NOT is_fulfilled")
        if self.stands is Stands.OVERDUE:
            where.add("due < %s", self.on)
        elif self.stands is Stands.WAITING:
            where.add("due IS NULL")
        return where


SHOWN: Final = tuple(f.name for f in fields(ObligationRow))


class Obligations(Rows[ObligationRow]):
    """The obligations under all contracts of one ledger."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        super().__init__(opened, FULFILMENT, obligation, SHOWN, "obligations")


def obligation(*row: object) -> ObligationRow:
    """A row of the table, typed."""
    return typed(ObligationRow, SHOWN, row, ObligationKind)
