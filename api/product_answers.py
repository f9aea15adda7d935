"""What the API answers about products."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.product import ProductPrice


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductAnswer:
    """A product as it stands, with all of its prices."""

    id: str
    version: int
    code: str
    name: str
    specification: str | None
    unit: str | None
    tax_percent: Decimal | None
    prices: tuple[ProductPrice, ...]
    withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductLine:
    """A product as the list of products shows it."""

    id: str
    code: str
    name: str
    specification: str | None
    unit: str | None
    tax_percent: Decimal | None
    prices: tuple[ProductPrice, ...]
    withdrawn: bool
    version: int
    position: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPage:
    """A page of products."""

    products: tuple[ProductLine, ...]
    next_cursor: str | None
