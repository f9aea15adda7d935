"""What the company buys again and again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from domain.product import DescribeProduct, ListProduct, PriceProduct, ProductPrice
from scripts.demo.telling import WANG, Step, Story, at


def stories() -> Iterator[Story]:
    """Two products."""
    yield Story("demo-camera", [*camera()])
    yield Story("demo-desk", [*desk()])


def price(amount: str, first: str, last: str | None = None) -> PriceProduct:
    """A price on the standard list."""
    end = None if last is None else date.fromisoformat(last)
    return PriceProduct(
        price=ProductPrice(currency="CNY", unit_price=Decimal(amount), valid_from=date.fromisoformat(first), valid_until=end)
    )


def camera() -> Iterator[Step]:
    """Became cheaper in the middle of the year."""
    yield Step(at("2026-01-06"), WANG, ListProduct(code="CAM-4K", name="4K 会议摄像头", unit="台", tax_percent=Decimal(13)))
    yield Step(at("2026-01-06", 3), WANG, price("3980", "2026-01-01", "2026-06-30"))
    yield Step(at("2026-07-01"), WANG, price("3580", "2026-07-01"))


def desk() -> Iterator[Step]:
    """Was described anew."""
    yield Step(at("2026-01-07"), WANG, ListProduct(code="DESK-160", name="升降办公桌", unit="张", tax_percent=Decimal(13)))
    yield Step(at("2026-01-07", 3), WANG, price("1820", "2026-01-01"))
    yield Step(
        at("2026-02-02"),
        WANG,
        DescribeProduct(name="升降办公桌", specification="160 × 80 cm", unit="张", tax_percent=Decimal(13)),
    )
