"""Products on the command line: added, priced, listed, shown and told."""

from __future__ import annotations

import json
from pathlib import Path

from tests.scripts.conftest import Tally

PRICE = json.dumps({"currency": "CNY", "unit_price": "320.50", "valid_from": "2026-01-01"})


def test_a_product_is_added_priced_listed_and_told(tally: Tally, tmp_path: Path) -> None:
    file = tmp_path / "product.json"
    file.write_text(json.dumps({"code": "T-1", "name": "硒鼓", "unit": "支", "tax_percent": "13"}), "utf-8")
    tally("products", "add", "--file", file, "--id", "toner-a4")
    tally("products", "do", "toner", "price-product", "--set", f"price={PRICE}")
    listed = tally.json("products", "list", "--text", "硒", "--offered")
    assert [(one["id"], one["prices"][0]["unit_price"]) for one in listed["products"]] == [("toner-a4", "320.50")]
    assert tally.json("products", "list", "--text", "T-1", "--withdrawn")["products"] == []
    sheet = tmp_path / "products.csv"
    tally("products", "list", "--text", "T-1", "--to", sheet)
    assert "CNY 320.50 (standard, 2026-01-01/..)" in sheet.read_text("utf-8-sig").splitlines()[1]
    tally("products", "do", "toner-a4", "withdraw-product", "--set", "why=停产")
    assert tally.json("products", "show", "toner")["withdrawn"] is True
    told = tally.json("products", "history", "toner-a4")["entries"]
    assert [one["fact"] for one in told] == ["product.listed@1", "product.priced@1", "product.withdrawn@1"]
    assert "`tally products list`" in tally("products", "show", "nothing", exit_code=1).stderr
