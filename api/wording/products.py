"""What the fields of commands and answers about products mean."""

from __future__ import annotations

from typing import Final

from api.wording.base import ID, TEXT, Wording

_PRICE: Final = {
    "currency": "CNY",
    "unit_price": "820.00",
    "valid_from": "2026-01-01",
    "valid_until": "2026-12-31",
    "price_list": "standard",
}

_ID: Final = Wording("The product's id.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a", ID)

FIELDS: Final[dict[str, Wording]] = {
    "item_products": Wording("The products that items took out of the catalogue, by the items' ids.", {}),
    "code": Wording("The code by which people order it; it stays.", "DESK-160", ID),
    "price_list": Wording("The list that the price is on.", "standard", ID),
    "prices": Wording("The prices, in the order in which they were recorded; of those that hold on a day the last one counts.", []),
    "products": Wording("The products of this page.", []),
    "specification": Wording("Size, model, quality.", "160 × 80 cm"),
    "withdrawn": Wording("Whether it is no longer offered.", False),
}

WITHIN: Final[dict[tuple[str, str], Wording]] = {
    **{(owner, "name"): Wording("What it is called.", "升降办公桌") for owner in ("ListProduct", "DescribeProduct", "ProductAnswer")},
    ("PriceProduct", "price"): Wording("A price before tax of one unit, and from when until when it holds.", _PRICE),
    **{
        (owner, "product_id"): Wording("The product's id.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a", ID)
        for owner in ("AddItemFromProduct", "ItemProduct")
    },
    ("AddItemFromProduct", "quantity"): Wording("How many units.", "12"),
    ("AddItemFromProduct", "unit_price"): Wording("What is agreed instead of the list's price.", None),
    ("AddItemFromProduct", "price_list"): Wording("The list whose price is taken; the standard one where it is left out.", None),
    ("AddItemFromProduct", "on"): Wording("The day whose price is taken; that of the command where it is left out.", None),
    ("ItemProduct", "version"): Wording("The version of the product that was looked up.", 2),
    ("ItemProduct", "priced_on"): Wording("The day whose price was taken.", "2026-03-31"),
    ("ItemProduct", "listed_price"): Wording("The list's price then; null where there was none.", "820.00"),
    ("ProductPrice", "currency"): Wording("The ISO 4217 code of its currency.", "CNY"),
    ("ProductPrice", "valid_from"): Wording("The first day on which it holds.", "2026-01-01"),
    ("ProductPrice", "valid_until"): Wording("The last day on which it holds; open where it is left out.", "2026-12-31"),
    ("ProductAnswer", "id"): Wording("The product's id.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"),
    ("ProductAnswer", "version"): Wording("How many entries the state rests on: its ETag.", 2),
    ("ProductLine", "id"): Wording("The product's id.", "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a"),
    ("ProductLine", "name"): Wording("What it is called.", "升降办公桌"),
    ("ProductLine", "version"): Wording("The version of the product that the line shows.", 2),
    ("ProductLine", "position"): Wording("The position of the product's last entry.", 1042),
    ("WithdrawProduct", "why"): Wording("Why it is no longer offered.", "停产", TEXT),
    ("RestoreProduct", "why"): Wording("Why it is offered again.", "恢复生产", TEXT),
}
