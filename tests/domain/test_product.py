"""A product: listed once, described and priced as often as needed, withdrawn and restored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.facts import Dated, Entry, Fact, Meta, Occasion
from domain.moments import HappensInTheFuture
from domain.product import (
    DescribeProduct,
    ListProduct,
    NoSuchProduct,
    PriceEndsBeforeItBegins,
    PriceProduct,
    Product,
    ProductAlreadyListed,
    ProductCommand,
    ProductCurrencyNotKnown,
    ProductDescribed,
    ProductFigureNotPossible,
    ProductIsWithdrawn,
    ProductListed,
    ProductNeedsText,
    ProductNotWithdrawn,
    ProductPrice,
    ProductPriced,
    ProductRestored,
    ProductUnchanged,
    ProductWithdrawn,
    RestoreProduct,
    WithdrawProduct,
    decide,
    evolve,
)
from domain.refusals import Refusal
from tests.spec import ALICE, START

AHEAD = Occasion(actor=ALICE, now=START, effective_at=START + timedelta(seconds=1))
LISTED = ProductListed(code="DESK-160", name="升降办公桌", specification="160 × 80 cm", unit="张", tax_percent=Decimal(13))
DESCRIBED = ProductDescribed(name="电动升降办公桌", unit="张", tax_percent=Decimal(13))
PRICE = ProductPrice(currency="CNY", unit_price=Decimal("820.00"), valid_from=date(2026, 1, 1), valid_until=date(2026, 6, 30))
LATER = replace(PRICE, unit_price=Decimal("860.00"), valid_from=date(2026, 6, 1), valid_until=None)
PRICED = ProductPriced(price=PRICE)
WITHDRAWN = ProductWithdrawn(why="停产")
LIST = ListProduct(code=LISTED.code, name=LISTED.name, specification=LISTED.specification, unit="张", tax_percent=Decimal(13))
DESCRIBE = DescribeProduct(name=DESCRIBED.name, unit="张", tax_percent=Decimal(13))


def after(*facts: Fact) -> Product:
    meta = Meta(actor=ALICE, credential="k", channel="api")
    return evolve(Product(), [Entry(n, "product-1", n, one, START, START, str(n), meta) for n, one in enumerate(facts, 1)])


def ask(product: Product, command: ProductCommand) -> list[Fact | Dated]:
    return list(decide(product, command, Occasion(actor=ALICE, now=START, effective_at=START)))


@pytest.mark.parametrize(
    ("product", "command", "means"),
    [
        (Product(), LIST, LISTED),
        (after(LISTED), DESCRIBE, DESCRIBED),
        (after(LISTED), PriceProduct(price=PRICE), PRICED),
        (after(LISTED, PRICED, ProductPriced(price=LATER)), PriceProduct(price=PRICE), PRICED),
        (after(LISTED), WithdrawProduct(why="停产"), WITHDRAWN),
        (after(LISTED, WITHDRAWN), RestoreProduct(why="复产"), ProductRestored(why="复产")),
    ],
)
def test_what_is_granted_is_one_fact(product: Product, command: ProductCommand, means: Fact) -> None:
    assert ask(product, command) == [means]


def test_a_description_leaves_the_code_and_what_is_left_out_is_gone() -> None:
    described = after(LISTED, DESCRIBED)
    assert (described.code, described.name, described.specification) == ("DESK-160", DESCRIBED.name, None)
    assert after(LISTED, WITHDRAWN).withdrawn
    assert not after(LISTED, WITHDRAWN, ProductRestored(why="x")).withdrawn


@pytest.mark.parametrize(
    ("day", "price"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), PRICE),
        (date(2026, 5, 31), PRICE),
        # Both hold; the one recorded last counts.
        (date(2026, 6, 1), LATER),
        (date(2030, 1, 1), LATER),
    ],
)
def test_the_price_of_a_day_is_the_last_one_recorded_that_holds_on_it(day: date, price: ProductPrice | None) -> None:
    product = after(LISTED, PRICED, ProductPriced(price=LATER))
    assert product.price_on(day, "CNY") == price
    assert product.price_on(day, "USD") is None
    assert product.price_on(day, "CNY", "export") is None


WRONG = ProductPrice(currency="cny", unit_price=Decimal(-1), valid_from=date(2026, 2, 1), valid_until=date(2026, 1, 1), price_list=" ")
FIGURE = replace(WRONG, price_list="x", currency="CNY")
MINUS = Decimal(-1)


@pytest.mark.parametrize(
    ("product", "command", "refusal", "details"),
    [
        # Each row has every fault that the rows below it have, as far as one command can, so that the first rule is seen to come first.
        (after(LISTED), ListProduct(code=" ", name=" ", tax_percent=MINUS), ProductAlreadyListed, {"code": "DESK-160"}),
        (Product(), DescribeProduct(name=" "), NoSuchProduct, {}),
        (Product(), RestoreProduct(why=" "), NoSuchProduct, {}),
        (after(LISTED), RestoreProduct(why=" "), ProductNotWithdrawn, {}),
        (after(LISTED, WITHDRAWN), DescribeProduct(name=" "), ProductIsWithdrawn, {}),
        (after(LISTED, WITHDRAWN), PriceProduct(price=WRONG), ProductIsWithdrawn, {}),
        (after(LISTED, WITHDRAWN), WithdrawProduct(why=" "), ProductIsWithdrawn, {}),
        (Product(), ListProduct(code=" ", name=" ", tax_percent=MINUS), ProductNeedsText, {"field": "code"}),
        (Product(), ListProduct(code="x", name="\u3000", tax_percent=MINUS), ProductNeedsText, {"field": "name"}),
        (Product(), ListProduct(code="x", name="x", tax_percent=MINUS), ProductFigureNotPossible, {"field": "tax rate", "given": MINUS}),
        (
            after(LISTED),
            DescribeProduct(name="x", tax_percent=Decimal("0.0000001")),
            ProductFigureNotPossible,
            {"field": "tax rate", "given": Decimal("0.0000001")},
        ),
        (after(LISTED, DESCRIBED), DESCRIBE, ProductUnchanged, {}),
        (after(LISTED), PriceProduct(price=WRONG), ProductNeedsText, {"field": "price list"}),
        (after(LISTED), PriceProduct(price=replace(WRONG, price_list="x")), ProductCurrencyNotKnown, {"currency": "cny"}),
        (after(LISTED), PriceProduct(price=FIGURE), ProductFigureNotPossible, {"field": "unit price", "given": MINUS}),
        (
            after(LISTED),
            PriceProduct(price=replace(FIGURE, unit_price=Decimal(1))),
            PriceEndsBeforeItBegins,
            {"valid_from": "2026-02-01", "valid_until": "2026-01-01"},
        ),
        (after(LISTED, PRICED), PriceProduct(price=PRICE), ProductUnchanged, {}),
        (after(LISTED), WithdrawProduct(why=" "), ProductNeedsText, {"field": "reason"}),
        (after(LISTED, WITHDRAWN), RestoreProduct(why=" "), ProductNeedsText, {"field": "reason"}),
    ],
)
def test_the_first_rule_that_says_no_is_named(
    product: Product, command: ProductCommand, refusal: type[Refusal], details: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        ask(product, command)
    assert (type(refused.value), refused.value.details) == (refusal, details)


def test_folding_leaves_earlier_states_alone() -> None:
    product = after(LISTED)
    evolve(product, [Entry(2, "product-1", 2, PRICED, START, START, "2", Meta(actor=ALICE, credential="k", channel="api"))])
    assert product == after(LISTED)


@pytest.mark.parametrize("command", [LIST, DESCRIBE, PriceProduct(price=PRICE), WithdrawProduct(why="")])
def test_nothing_about_a_product_is_dated_ahead_whatever_else_is_wrong(command: ProductCommand) -> None:
    product = Product() if isinstance(command, ListProduct) else after(LISTED)
    with pytest.raises(HappensInTheFuture):
        decide(product, command, AHEAD)


def test_that_a_product_is_withdrawn_is_said_before_that_it_is_dated_ahead() -> None:
    with pytest.raises(ProductIsWithdrawn):
        decide(after(LISTED, WITHDRAWN), PriceProduct(price=PRICE), AHEAD)
