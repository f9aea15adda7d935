"""Products over HTTP: listed, described, priced, withdrawn and restored; the list is a view that follows."""

from __future__ import annotations

from infra.opening import Opened
from projections.check import check_view
from projections.products import PRODUCTS
from projections.rebuild import rebuild
from tests.api.caller import House

DESK = {"code": "DESK-160", "name": "升降办公桌", "specification": "160 × 80 cm", "unit": "张", "tax_percent": "13"}
PRICE = {"currency": "CNY", "unit_price": "820.00", "valid_from": "2026-01-01", "valid_until": None, "price_list": "standard"}


def test_a_product_is_read_as_it_stands_and_as_it_came_about(house: House) -> None:
    begun = house["drafter"].post("/products", DESK)
    assert (begun.status, begun.content["facts"]) == (201, ["product.listed@1"])
    there = f"/products/{begun.content['id']}"
    assert begun.headers["Location"] == f"/api/v1{there}"
    assert house["finance"].post(f"{there}/price", {"price": PRICE}).status == 200
    assert house["drafter"].post(f"{there}/withdraw", {"why": "停产"}).status == 200
    assert house["drafter"].post(f"{there}/describe", {"name": "x"}).name == "ProductIsWithdrawn"
    shown = house["reader"].get(there)
    assert shown.content == {"id": begun.content["id"], "version": 3, **DESK, "prices": [PRICE], "withdrawn": True}
    assert house["reader"].get(there, If_None_Match=shown.headers["ETag"]).status == 304
    told = house["auditor"].get(f"{there}/history").content["entries"]
    assert [(one["fact"], one["actor"]) for one in told] == [
        ("product.listed@1", "drafter"),
        ("product.priced@1", "finance"),
        ("product.withdrawn@1", "drafter"),
    ]
    assert house["drafter"].post(f"{there}/restore", {"why": "复产"}).status == 200
    assert house["reader"].get("/products/nowhere").name == "NoSuchProduct"
    assert house["auditor"].get("/products/nowhere/history").status == 404


def test_an_item_of_a_draft_takes_its_words_and_price_out_of_the_catalogue(house: House) -> None:
    drafter = house["drafter"]
    product = drafter.post("/products", DESK).content["id"]
    drafter.post(f"/products/{product}/price", {"price": PRICE})
    there = f"/contracts/{drafter.draft()}"
    asked = {"item_id": "9", "product_id": product, "quantity": "3", "on": PRICE["valid_from"]}
    assert drafter.post(f"{there}/add-item-from-product", asked).content["facts"] == ["contract.item_took_product@1"]
    shown = drafter.get(there).content
    assert shown["items"]["9"]["unit_price"] == PRICE["unit_price"]
    assert (shown["item_products"]["9"]["code"], shown["item_products"]["9"]["version"]) == (DESK["code"], 2)
    drafter.post(f"/products/{product}/withdraw", {"why": "停产"})
    refused = drafter.post(f"{there}/add-item-from-product", {**asked, "item_id": "10"})
    assert (refused.status, refused.name) == (409, "ProductNotInCatalogue")


def test_products_are_listed_by_code_and_found_by_text(house: House, opened: Opened) -> None:
    drafter, reader = house["drafter"], house["reader"]
    wanted = (("B", "椅子"), ("A", "办公桌"), ("C", "桌子"))
    made = [drafter.post("/products", {"code": code, "name": name}).content for code, name in wanted]
    drafter.post(f"/products/{made[0]['id']}/price", {"price": PRICE})
    last = drafter.post(f"/products/{made[2]['id']}/withdraw", {"why": "停产"}).content["position"]
    first = reader.get(f"/products?limit=2&min_position={last}").content
    rest = reader.get(f"/products?limit=2&cursor={first['next_cursor']}").content
    assert [one["code"] for one in first["products"] + rest["products"]] == ["A", "B", "C"]
    assert first["products"][1]["prices"] == [PRICE]
    assert [one["code"] for one in reader.get("/products?q=桌&withdrawn=false").content["products"]] == ["A"]
    assert [one["code"] for one in reader.get("/products?withdrawn=true").content["products"]] == ["C"]
    assert reader.get("/products?sort=prices").status == 422
    assert check_view(opened, PRODUCTS).first is None
    rebuild(opened, PRODUCTS)
    assert check_view(opened, PRODUCTS).rows == 3
