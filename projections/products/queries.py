"""What people ask of the products."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from infra.opening import Opened
from infra.render import Json, to_json
from projections.paging import Order, SortColumn, Where, containing, require_plain
from projections.past import Moments
from projections.products.table import PRODUCTS
from projections.rows import Rows, sorted_by

# So that a cursor fits into an address, however long the texts are.
SORTED_LENGTH: Final = 100
KEY: Final = SortColumn("product_id", "text")
SORTS: Final = {
    c.name: c
    for c in (
        KEY,
        SortColumn("code", "text", length=SORTED_LENGTH),
        SortColumn("name", "text", length=SORTED_LENGTH),
        SortColumn("updated_at", "timestamptz"),
    )
}


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A product as the view has it."""

    product_id: str
    code: str
    name: str
    specification: str | None
    unit: str | None
    tax_percent: str | None
    prices: list[Json]
    withdrawn: bool
    version: int
    position: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductQuery:
    """Which products, in which order; everything that is given must hold."""

    q: str | None = None
    withdrawn: bool | None = None
    sort: str = "code"
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
        return Order(sorted_by(SORTS, self.sort, "products"), KEY, self.descending, self.moments.label)

    @property
    def filters(self) -> Where:
        """What must hold, whatever page is asked for. Raises BadQuery."""
        require_plain(q=self.q)
        where = Where([], [])
        if self.q is not None:
            where.add("(code ILIKE %s OR name ILIKE %s OR specification ILIKE %s)", *[containing(self.q)] * 3)
        if self.withdrawn is not None:
            where.add("withdrawn" if self.withdrawn else "NOT withdrawn")
        if self.moments.are_past:
            self.moments.add_to(where)
        return where


def listed_json(product: ListedProduct) -> dict[str, Json]:
    """A row as plain JSON."""
    return {"id": product.product_id, **{f.name: to_json(getattr(product, f.name)) for f in fields(product) if f.name != "product_id"}}


SHOWN: Final = tuple(f.name for f in fields(ListedProduct))


class Products(Rows[ListedProduct]):
    """The products of one ledger."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        super().__init__(opened, PRODUCTS, ListedProduct, SHOWN)
