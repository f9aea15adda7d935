"""Products that decisions find around them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar, cast

from domain.product import Product, ProductPrice
from domain.surroundings import Alone

S = TypeVar("S")

PRICE = ProductPrice(currency="CNY", unit_price=Decimal(820), valid_from=date(2026, 1, 1), valid_until=date(2026, 6, 30))
DESK = Product(
    version=4,
    code="DESK-160",
    name="升降办公桌 / Desk",
    specification="160 × 80 cm",
    unit="张",
    tax_percent=Decimal(13),
    prices=(PRICE, ProductPrice(currency="CNY", unit_price=Decimal("779.5"), valid_from=date(2026, 1, 1), price_list="framework")),
)


class Stocked(Alone):
    """Nothing around but products."""

    def __init__(self, **products: Product) -> None:
        """Takes the products by id."""
        self._products = products

    def state(self, blank: Callable[[], S], identity: str) -> S:
        """A product by its id; a blank state of anything else."""
        return cast("S", self._products[identity]) if blank is Product and identity in self._products else blank()


STOCKED = Stocked(desk=DESK, gone=Product(version=2, code="OLD", name="x", withdrawn=True))
