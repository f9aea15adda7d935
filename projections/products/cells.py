"""The products as rows of a spreadsheet."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, cast

from infra.spreadsheet import Cell, Columns, yes_or_no
from projections.products.queries import ListedProduct

HEADS: Final[Columns] = {
    "code": str, "name": str, "specification": str, "unit": str, "tax_percent": Decimal, "prices": str, "withdrawn": str, "version": int,
    "id": str,
}  # fmt: skip


def cells(row: ListedProduct) -> tuple[Cell, ...]:
    """A product's row."""
    withdrawn = yes_or_no(row.withdrawn)
    tax = None if row.tax_percent is None else Decimal(row.tax_percent)
    return row.code, row.name, row.specification, row.unit, tax, prices_told(row), withdrawn, row.version, row.product_id


def prices_told(row: ListedProduct) -> str:
    """Its prices in the order in which they were recorded, each with its list and its days."""
    prices = cast("list[dict[str, Any]]", row.prices)
    return "; ".join(f"{p['currency']} {p['unit_price']} ({p['price_list']}, {p['valid_from']}/{p['valid_until'] or '..'})" for p in prices)
