"""Items out of the catalogue: they take a product's words and its price, and keep which product, at which version."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.contract.catalogued import AddItemFromProduct, ItemTookProduct, NoPriceForProduct, ProductNotInCatalogue
from domain.contract.content import RemoveLineItem, ReviseLineItem
from domain.contract.drafting import ValueChanged
from domain.contract.vocabulary import ItemProduct, LineItem
from domain.money import Money
from tests.domain.stocked import STOCKED
from tests.facts import DRAFTED, drafted
from tests.spec import given, told

ADD = AddItemFromProduct(item_id="9", product_id="desk", quantity=Decimal(3))
ITEM = LineItem(
    item_id="9",
    description="升降办公桌 / Desk, 160 × 80 cm",
    quantity=Decimal(3),
    unit="张",
    unit_price=Decimal(820),
    tax_percent=Decimal(13),
)
TAKEN = ItemProduct(
    product_id="desk", version=4, code="DESK-160", price_list="standard", priced_on=date(2026, 1, 5), listed_price=Decimal(820)
)
TOOK = ItemTookProduct(item=ITEM, product=TAKEN)


@pytest.mark.parametrize(
    ("command", "means"),
    [
        (ADD, TOOK),
        (replace(ADD, on=date(2026, 6, 30)), replace(TOOK, product=replace(TAKEN, priced_on=date(2026, 6, 30)))),
        (
            replace(ADD, price_list="framework", on=date(2027, 1, 1)),
            ItemTookProduct(
                item=replace(ITEM, unit_price=Decimal("779.5")),
                product=replace(TAKEN, price_list="framework", priced_on=date(2027, 1, 1), listed_price=Decimal("779.5")),
            ),
        ),
        (replace(ADD, unit_price=Decimal(800)), replace(TOOK, item=replace(ITEM, unit_price=Decimal(800)))),
        (
            replace(ADD, unit_price=Decimal(800), on=date(2025, 12, 31)),
            ItemTookProduct(
                item=replace(ITEM, unit_price=Decimal(800)), product=replace(TAKEN, priced_on=date(2025, 12, 31), listed_price=None)
            ),
        ),
    ],
)
def test_an_item_takes_the_words_of_the_product_and_its_price_unless_another_is_agreed(
    command: AddItemFromProduct, means: ItemTookProduct
) -> None:
    done = given(drafted).when(command, around=STOCKED).then(means).contract
    assert (done.items["9"], done.item_products["9"]) == (means.item, means.product)


def test_prices_of_another_currency_do_not_count() -> None:
    dollars = told(ValueChanged(value=Money.of("10.00", "USD")))
    given(drafted, dollars).when(ADD, around=STOCKED).then_refused(NoPriceForProduct)
    given(told(replace(DRAFTED, value=None))).when(ADD, around=STOCKED).then_refused(NoPriceForProduct)


def test_a_product_that_is_not_there_is_offered_no_more_than_one_that_was_withdrawn() -> None:
    given(drafted).when(replace(ADD, product_id="nothing"), around=STOCKED).then_refused(ProductNotInCatalogue, product_id="nothing")


def test_a_revised_item_keeps_its_product_and_a_removed_one_takes_it_along() -> None:
    revised = given(drafted, told(TOOK)).when(ReviseLineItem(item=replace(ITEM, quantity=Decimal(4)))).granted()
    assert revised.contract.item_products == {"9": TAKEN}
    assert revised.and_when(RemoveLineItem(item_id="9")).granted().contract.item_products == {}
