"""What people ask of receivables and payables: which are open, overdue or waiting, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from domain.contract.receivables import ClaimKind
from domain.money import exponent
from infra.opening import Opened
from projections.fulfilment.contract import ContractFilter, OfContract, typed
from projections.fulfilment.table import FULFILMENT
from projections.paging import Order, SortColumn, Where
from projections.past import Moments
from projections.rows import Rows, sorted_by

# So that a cursor fits into an address, however long the texts are.
SORTED_LENGTH: Final = 100
KEY: Final = SortColumn("row_key", "text")
SORTS: Final = {
    c.name: c
    for c in (
        SortColumn("due", "date", nullable=True),
        SortColumn("number", "text"),
        SortColumn("counterparty", "text", length=SORTED_LENGTH),
        SortColumn("department", "text", nullable=True, length=SORTED_LENGTH),
        SortColumn("owner", "text", nullable=True, length=SORTED_LENGTH),
        SortColumn("currency", "text"),
        SortColumn("amount_minor", "bigint"),
        SortColumn("paid_minor", "bigint"),
        SortColumn("open_minor", "bigint"),
    )
}


class Standing(StrEnum):
    """Where a claim stands: open in any way, open after its day, open without a day yet, nothing open of it; or any of these."""

    OPEN = "open"
    OVERDUE = "overdue"
    WAITING = "waiting"
    CLOSED = "closed"
    ALL = "all"


def exact(minor: int, currency: str) -> Decimal:
    """Minor units as a decimal with all digits of the currency; sums may go beyond what one amount can be."""
    return Decimal(minor).scaleb(-exponent(currency))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFilter(ContractFilter):
    """Which claims; everything that is given must hold."""

    currency: str | None = None
    kind: tuple[ClaimKind, ...] = ()
    due_from: date | None = None
    due_to: date | None = None

    @property
    def where(self) -> Where:
        """What must hold. Raises BadQuery."""
        where = self.under(currency=self.currency)
        if self.kind:
            where.add("kind = ANY(%s)", [kind.value for kind in self.kind])
        if self.due_from is not None:
            where.add("due >= %s", self.due_from)
        if self.due_to is not None:
            where.add("due <= %s", self.due_to)
        return where


EVERY: Final = ClaimFilter()


@dataclass(frozen=True, slots=True)
class Receivable(OfContract):
    """A claim under a contract, receivable or payable as its direction says; amounts in minor units."""

    kind: ClaimKind
    subject: str
    description: str
    currency: str
    amount_minor: int
    invoiced_minor: int
    paid_minor: int
    settled_minor: int
    open_minor: int
    expected_minor: int
    due: date | None
    waits_for: str | None

    def exact(self, minor: int) -> Decimal:
        """Minor units of its currency as a decimal."""
        return exact(minor, self.currency)

    def overdue_since(self, on: date) -> date | None:
        """The first day on which it was late, where it still is on a day."""
        if self.due is None or self.open_minor <= 0 or self.due >= on or self.due == date.max:
            return None
        return self.due + timedelta(days=1)

    def days_overdue(self, on: date) -> int:
        """How many days it is late on a day."""
        return 0 if self.due is None or self.open_minor <= 0 else max((on - self.due).days, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivableQuery:
    """Which claims, in which order. What is overdue is asked of the day `on`."""

    on: date
    which: ClaimFilter = EVERY
    standing: Standing = Standing.OPEN
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
        return Order(sorted_by(SORTS, self.sort, "receivables"), KEY, self.descending, self.moments.label)

    @property
    def filters(self) -> Where:
        """What must hold, whatever page is asked for. Raises BadQuery."""
        where = self.which.where
        match self.standing:
            case Standing.OPEN:
                where.add("open_minor <> 0")
            case Standing.OVERDUE:
                where.add("open_minor <> 0")
                where.add("open_minor > 0 AND due < %s", self.on)
            case Standing.WAITING:
                where.add("open_minor <> 0 AND due IS NULL")
            case Standing.CLOSED:
                where.add("open_minor = 0")
            case Standing.ALL:
                pass
        return where


SHOWN: Final = tuple(f.name for f in fields(Receivable))


class Receivables(Rows[Receivable]):
    """The receivables and payables of one ledger."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        super().__init__(opened, FULFILMENT, receivable, SHOWN, "receivables")


def receivable(*row: object) -> Receivable:
    """A row of the table, typed."""
    return typed(Receivable, SHOWN, row, ClaimKind)
