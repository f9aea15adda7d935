"""The table of products, and how pages of the log become its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, assert_never, cast

import domain.product
from domain.facts import Entry
from domain.product import Product, ProductDescribed, ProductFact, ProductListed, ProductPriced, ProductRestored, ProductWithdrawn
from infra.ledger import PRODUCT
from infra.opening import Opened
from infra.render import Json, to_json
from projections.columns import shown
from projections.past import Past
from projections.past.shape import past_ddl, past_indexes
from projections.rows import RowProjection, RowShape
from projections.view import KeptPast, Row, RowPerStream, Tables, View

DDL = """
CREATE TABLE {products} (
    product_id    text COLLATE "C" NOT NULL PRIMARY KEY,
    code          text        NOT NULL,
    name          text        NOT NULL,
    specification text,
    unit          text,
    tax_percent   text,
    prices        json        NOT NULL,
    withdrawn     boolean     NOT NULL,
    version       integer     NOT NULL,
    position      bigint      NOT NULL,
    updated_at    timestamptz NOT NULL
) WITH (fillfactor = 80)
"""
INDEXES = """
CREATE INDEX ON {products} (left(code, 100) COLLATE "C", product_id)
"""
COLUMNS: Final[Mapping[str, str]] = {
    "product_id": "text",
    "code": "text",
    "name": "text",
    "specification": "text",
    "unit": "text",
    "tax_percent": "text",
    "prices": "json",
    "withdrawn": "boolean",
    "version": "integer",
    "position": "bigint",
    "updated_at": "timestamptz",
}


@dataclass(slots=True)
class ProductLine:
    """One product's row; the fields are the table's columns, in its order."""

    product_id: str
    code: str = ""
    name: str = ""
    specification: str | None = None
    unit: str | None = None
    tax_percent: str | None = None
    prices: list[Json] = field(default_factory=list)
    withdrawn: bool = False
    version: int = 0
    position: int = 0
    updated_at: datetime | None = None


def fold(line: ProductLine, entry: Entry) -> None:
    """Changes a product's row by its next entry."""
    happened = cast("ProductFact", entry.fact)
    match happened:
        case ProductListed() | ProductDescribed():
            if isinstance(happened, ProductListed):
                line.code = happened.code
            line.name = happened.name
            line.specification = happened.specification
            line.unit = happened.unit
            line.tax_percent = None if happened.tax_percent is None else format(happened.tax_percent, "f")
        case ProductPriced(price=price):
            line.prices.append(to_json(price))
        case ProductWithdrawn() | ProductRestored():
            line.withdrawn = isinstance(happened, ProductWithdrawn)
        case unreachable:
            assert_never(unreachable)
    line.version = entry.version
    line.position = entry.position
    line.updated_at = entry.recorded_at


class ProductTold:
    """What a product's stream says should stand in its row, folded by the domain and not by the projection."""

    def __init__(self, product_id: str) -> None:
        """Begins with nothing."""
        self._product_id = product_id
        self._product = Product()
        self._last: Entry | None = None

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        domain.product.fold(self._product, entry)
        self._last = entry

    def row(self) -> Row:
        """The row that should stand by now."""
        it = self._product
        columns: Row = {
            "product_id": self._product_id,
            "code": it.code,
            "name": it.name,
            "specification": it.specification,
            "unit": it.unit,
            "tax_percent": to_json(it.tax_percent),
            "prices": to_json(it.prices),
            "withdrawn": it.withdrawn,
            "version": it.version,
            "position": None if self._last is None else self._last.position,
            "updated_at": None if self._last is None else self._last.recorded_at,
        }
        return {c: shown(v) if isinstance(v, str) else v for c, v in columns.items()}


SHAPE: Final = RowShape(table="products", prefix=PRODUCT.prefix, columns=COLUMNS, made=ProductLine, fold=fold)
PAST: Final = SHAPE.past()
# In what orders pages of the past are asked for.
SORTED: Final = ('left(code, 100) COLLATE "C"',)


def projection(opened: Opened, tables: Tables) -> RowProjection[ProductLine]:
    """Writes the products."""
    return RowProjection(SHAPE, tables, Past(opened, PAST, tables))


PRODUCTS = View(
    name="products",
    version=4,
    tables=("products", PAST.table),
    ddl=f"{DDL};{past_ddl(SHAPE.table, PAST.table, SHAPE.key)}",
    indexes=f"{INDEXES};{past_indexes(PAST.table, SHAPE.key, SORTED)}",
    projection=projection,
    expects=RowPerStream(table="products", key="product_id", prefix=PRODUCT.prefix, begin=ProductTold),
    pasts={SHAPE.table: KeptPast(PAST.table, PAST.tells, PAST.key, SORTED)},
)
