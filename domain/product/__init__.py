"""A product 产品: something that is bought or sold again and again, in a stream of its own, with what it costs and from when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeAlias, assert_never, cast

from domain.contract.rules import is_plain
from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.moments import require_past
from domain.money import CURRENCIES
from domain.refusals import Refusal
from domain.text import is_blank

STANDARD = "standard"


@value
class ProductPrice:
    """A price before tax of one unit, on a list, between two days that both count; the last day may be open."""

    currency: str
    unit_price: Decimal
    valid_from: date
    valid_until: date | None = None
    price_list: str = STANDARD

    def counts_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@fact("product.listed")
class ProductListed(Fact):
    """The catalogue has one more product."""

    code: str
    name: str
    specification: str | None = None
    unit: str | None = None
    tax_percent: Decimal | None = None


@fact("product.described")
class ProductDescribed(Fact):
    """The product is described otherwise from now on; its code stays."""

    name: str
    specification: str | None = None
    unit: str | None = None
    tax_percent: Decimal | None = None


@fact("product.priced")
class ProductPriced(Fact):
    """The product has a price; where several hold on one day, the one recorded last counts."""

    price: ProductPrice


@fact("product.withdrawn")
class ProductWithdrawn(Fact):
    """The product is no longer offered."""

    why: str


@fact("product.restored")
class ProductRestored(Fact):
    """The product is offered again."""

    why: str


ProductFact: TypeAlias = ProductListed | ProductDescribed | ProductPriced | ProductWithdrawn | ProductRestored


@value
class ListProduct(Command):
    """Put a product into the catalogue."""

    code: str
    name: str
    specification: str | None = None
    unit: str | None = None
    tax_percent: Decimal | None = None


@value
class DescribeProduct(Command):
    """Describe a product otherwise; all of it is given."""

    name: str
    specification: str | None = None
    unit: str | None = None
    tax_percent: Decimal | None = None


@value
class PriceProduct(Command):
    """Give a product a price."""

    price: ProductPrice


@value
class WithdrawProduct(Command):
    """Take a product out of the catalogue."""

    why: str


@value
class RestoreProduct(Command):
    """Bring a withdrawn product back."""

    why: str


ProductCommand: TypeAlias = ListProduct | DescribeProduct | PriceProduct | WithdrawProduct | RestoreProduct


class NoSuchProduct(Refusal):
    """The first command of a product lists it."""

    template = "There is no such product."


class ProductAlreadyListed(Refusal):
    """A product is listed once."""

    template = "This product was already listed, as {code}."


class ProductIsWithdrawn(Refusal):
    """A withdrawn product is restored before anything else."""

    template = "The product is withdrawn; restore it first."


class ProductNotWithdrawn(Refusal):
    """Only what is withdrawn can be restored."""

    template = "The product is not withdrawn."


class ProductNeedsText(Refusal):
    """Codes, names, price lists and reasons are not blank."""

    template = "A product's {field} may not be blank."


class ProductFigureNotPossible(Refusal):
    """Prices and tax rates are plain decimals and not below zero."""

    template = "A product's {field} of {given} is not possible: it is not below zero, with at most six digits after the point."


class ProductCurrencyNotKnown(Refusal):
    """A price is in a currency of ISO 4217."""

    template = "{currency!r} is no ISO 4217 currency."


class PriceEndsBeforeItBegins(Refusal):
    """A price holds on one day at least."""

    template = "The price would end on {valid_until}, before it begins on {valid_from}."


class ProductUnchanged(Refusal):
    """A command that would change nothing leaves no trace."""

    template = "The product is already so."


@dataclass(slots=True)
class Product:
    """A product's state after its first `version` facts; `prices` in the order in which they were recorded."""

    version: int = 0
    code: str = ""
    name: str = ""
    specification: str | None = None
    unit: str | None = None
    tax_percent: Decimal | None = None
    prices: tuple[ProductPrice, ...] = ()
    withdrawn: bool = False

    @property
    def exists(self) -> bool:
        """Whether it was listed."""
        return self.version > 0

    def price_on(self, day: date, currency: str, price_list: str = STANDARD) -> ProductPrice | None:
        """The price that counts on a day, of those that hold the one recorded last; None where none does."""
        held = (p for p in self.prices if (p.currency, p.price_list) == (currency, price_list) and p.counts_on(day))
        return next(reversed([*held]), None)

    def copy(self) -> Product:
        """A state that may be folded further without touching this one."""
        return replace(self)


def require_text(**texts: str) -> None:
    """Refuses with ProductNeedsText the first that is blank."""
    for field, text in texts.items():
        if is_blank(text):
            raise ProductNeedsText(field=field.replace("_", " "))


def require_figure(field: str, figure: Decimal | None) -> None:
    """Refuses with ProductFigureNotPossible."""
    if figure is not None and (not is_plain(figure) or figure < 0):
        raise ProductFigureNotPossible(field=field, given=figure)


def decide(product: Product, command: ProductCommand, occasion: Occasion) -> Sequence[Fact | Dated]:
    """Refusals: ProductAlreadyListed or NoSuchProduct, ProductNotWithdrawn or ProductIsWithdrawn, HappensInTheFuture, then what is
    wrong with the command.
    """
    if isinstance(command, ListProduct):
        if product.exists:
            raise ProductAlreadyListed(code=product.code)
    elif not product.exists:
        raise NoSuchProduct
    elif isinstance(command, RestoreProduct) and not product.withdrawn:
        raise ProductNotWithdrawn
    elif not isinstance(command, RestoreProduct) and product.withdrawn:
        raise ProductIsWithdrawn
    require_past(occasion)
    match command:
        case ListProduct() | DescribeProduct():
            return [described(product, command)]
        case PriceProduct(price=price):
            return [priced(product, price)]
        case WithdrawProduct(why=why):
            require_text(reason=why)
            return [ProductWithdrawn(why=why)]
        case RestoreProduct(why=why):
            require_text(reason=why)
            return [ProductRestored(why=why)]
        case unreachable:
            assert_never(unreachable)


def described(product: Product, command: ListProduct | DescribeProduct) -> ProductListed | ProductDescribed:
    """Refusals: ProductNeedsText, ProductFigureNotPossible, ProductUnchanged."""
    if isinstance(command, ListProduct):
        require_text(code=command.code)
    require_text(name=command.name)
    require_figure("tax rate", command.tax_percent)
    name, specification, unit, tax = command.name, command.specification, command.unit, command.tax_percent
    if isinstance(command, ListProduct):
        return ProductListed(code=command.code, name=name, specification=specification, unit=unit, tax_percent=tax)
    if (name, specification, unit, tax) == (product.name, product.specification, product.unit, product.tax_percent):
        raise ProductUnchanged
    return ProductDescribed(name=name, specification=specification, unit=unit, tax_percent=tax)


def priced(product: Product, price: ProductPrice) -> ProductPriced:
    """Refusals: ProductNeedsText, ProductCurrencyNotKnown, ProductFigureNotPossible, PriceEndsBeforeItBegins, ProductUnchanged."""
    require_text(price_list=price.price_list)
    if price.currency not in CURRENCIES:
        raise ProductCurrencyNotKnown(currency=price.currency)
    require_figure("unit price", price.unit_price)
    if price.valid_until is not None and price.valid_until < price.valid_from:
        raise PriceEndsBeforeItBegins(valid_from=price.valid_from.isoformat(), valid_until=price.valid_until.isoformat())
    if price in product.prices[-1:]:
        raise ProductUnchanged
    return ProductPriced(price=price)


def fold(product: Product, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("ProductFact", entry.fact)
    match happened:
        case ProductListed() | ProductDescribed():
            if isinstance(happened, ProductListed):
                product.code = happened.code
            product.name = happened.name
            product.specification = happened.specification
            product.unit = happened.unit
            product.tax_percent = happened.tax_percent
        case ProductPriced(price=price):
            product.prices = (*product.prices, price)
        case ProductWithdrawn():
            product.withdrawn = True
        case ProductRestored():
            product.withdrawn = False
        case unreachable:
            assert_never(unreachable)
    product.version = entry.version


def evolve(product: Product, entries: Iterable[Entry]) -> Product:
    """A new state: the given one with more entries folded in."""
    folded = product.copy()
    for entry in entries:
        fold(folded, entry)
    return folded
