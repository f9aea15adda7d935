"""Why items out of the catalogue are refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from domain.contract.catalogued import AddItemFromProduct, NoPriceForProduct, ProductNotInCatalogue
from domain.contract.content import LineItemAdded
from domain.contract.rules import ElementExists, QuantityNotPositive
from domain.contract.vocabulary import LineItem
from tests.domain.precedence import Fault, Table
from tests.domain.stocked import STOCKED
from tests.domain.tables.drafting import NO_DRAFT
from tests.facts import drafted
from tests.spec import told

TABLES = (
    Table(
        command=AddItemFromProduct(item_id="9", product_id="desk", quantity=Decimal(3)),
        given=drafted,
        around=STOCKED,
        faults=(
            NO_DRAFT,
            Fault(refusal=ElementExists, also=told(LineItemAdded(item=LineItem(item_id="9", description="x")))),
            Fault(refusal=ProductNotInCatalogue, change={"product_id": "gone"}, details={"product_id": "gone"}, name="withdrawn"),
            Fault(refusal=QuantityNotPositive, change={"quantity": Decimal(0)}),
            Fault(
                refusal=NoPriceForProduct,
                change={"on": date(2026, 7, 1)},
                details={"product_id": "desk", "day": date(2026, 7, 1), "price_list": "standard"},
            ),
        ),
    ),
)
