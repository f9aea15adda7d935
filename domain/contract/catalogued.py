"""Items out of the catalogue 产品目录: a line item that takes its words and its price from a product."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from domain.contract import rules
from domain.contract.content import require_item
from domain.contract.state import Contract
from domain.contract.vocabulary import ItemProduct, LineItem, Status
from domain.facts import Command, Fact, Occasion, fact, value
from domain.refusals import Refusal

if TYPE_CHECKING:
    from domain.product import Product


@fact("contract.item_took_product")
class ItemTookProduct(Fact):
    """The draft covers one more item, as the catalogue described and priced a product then; the item's price is the one that was agreed."""

    item: LineItem
    product: ItemProduct


CatalogueFact: TypeAlias = ItemTookProduct


@value
class AddItemFromProduct(Command):
    """Add a line item to the draft that takes its words, unit, tax rate and price from a product of the catalogue.

    The price is that of the list on the day: the standard list, and the day of the command, where nothing else is said. A stated
    `unit_price` is agreed instead of it.
    """

    item_id: str
    product_id: str
    quantity: Decimal
    unit_price: Decimal | None = None
    price_list: str | None = None
    on: date | None = None


CatalogueCommand: TypeAlias = AddItemFromProduct


class ProductNotInCatalogue(Refusal):
    """Items take products that are there, and not withdrawn."""

    template = "The catalogue offers no product {product_id!r}."


class NoPriceForProduct(Refusal):
    """An item takes the price that holds, or states its own."""

    template = "No price of the product {product_id!r} on {day} on the list {price_list!r} is in the contract's currency; state one."


def decide(contract: Contract, command: CatalogueCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage, ElementExists, ProductNotInCatalogue, QuantityNotPositive, NoPriceForProduct."""
    # Products are made of contracts' rules.
    from domain.product import STANDARD, Product  # noqa: PLC0415

    rules.require_stage(contract, Status.DRAFT)
    rules.require_new("item", command.item_id, contract.items)
    product = occasion.around.state(Product, command.product_id)
    if not product.exists or product.withdrawn:
        raise ProductNotInCatalogue(product_id=command.product_id)
    day, price_list = command.on or occasion.effective_at.date(), command.price_list or STANDARD
    held = None if contract.currency is None else product.price_on(day, contract.currency, price_list)
    listed = None if held is None else held.unit_price
    item = item_of(command, product, listed)
    require_item(item)
    if item.unit_price is None:
        raise NoPriceForProduct(product_id=command.product_id, day=day, price_list=price_list)
    taken = ItemProduct(
        product_id=command.product_id, version=product.version, code=product.code, price_list=price_list, priced_on=day, listed_price=listed
    )
    return [ItemTookProduct(item=item, product=taken)]


def item_of(command: AddItemFromProduct, product: Product, listed: Decimal | None) -> LineItem:
    """The item as the catalogue words it."""
    return LineItem(
        item_id=command.item_id,
        description=", ".join(filter(None, (product.name, product.specification))),
        quantity=command.quantity,
        unit=product.unit,
        unit_price=listed if command.unit_price is None else command.unit_price,
        tax_percent=product.tax_percent,
    )


def evolve(contract: Contract, happened: CatalogueFact) -> None:
    """Folds a fact of this stage."""
    contract.items[happened.item.item_id] = happened.item
    contract.item_products[happened.item.item_id] = happened.product
