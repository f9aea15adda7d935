"""The products 产品: one row for each, as the catalogue has it."""

from __future__ import annotations

from projections.products.queries import ListedProduct, ProductQuery, Products
from projections.products.table import PRODUCTS

__all__ = ["PRODUCTS", "ListedProduct", "ProductQuery", "Products"]
