"""`tally views diff`: as a table, as JSON and as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scripts.conftest import Tally


def test_what_moved_in_the_register_is_shown_with_the_entries_beside_it(tally: Tally, tmp_path: Path) -> None:
    typed = ("views", "diff", "register", "--from", "2025-08-31", "--until", "2025-09-02")
    (row,) = (one for one in tally.json(*typed)["rows"] if one["name"] == "CG-2025-002")
    assert {"path": "value", "was": {"amount": "83420.00", "currency": "CNY"}, "becomes": {"amount": "93700.00", "currency": "CNY"}} in row[
        "changes"
    ]
    assert "contract.amendment_took_effect" in {entry["fact"] for entry in row["entries"]}
    text = tally(*typed).stdout
    assert "93,700.00 CNY" in text
    assert "contract.amendment_took_effect" in text
    sheet = tmp_path / "moves.csv"
    assert "were written" in tally(*typed, "--to", sheet).stderr
    assert "83420.00 CNY,93700.00 CNY" in sheet.read_text("utf-8-sig")


def test_what_moved_in_sums_names_the_entries_of_every_contract(tally: Tally, tmp_path: Path) -> None:
    typed = ("views", "diff", "exposure", "--from", "2025-08-31", "--until", "2025-09-30")
    found = tally.json(*typed)
    rows = {row["name"]: row for row in found["rows"]}
    assert (found["on"], found["count"]) == ("2025-09-30", len(rows))
    assert {(entry["stream"], entry["version"]) for entry in rows["Nordwind Maschinenbau GmbH EUR"]["entries"]} == {
        ("contract-demo-sales-2", 19),
        ("contract-demo-sales-2", 20),
    }
    text = tally(*typed).stdout
    assert "186,400.00 EUR" in text
    assert "demo-sales-2 v19 contract.payment_recorded" in text
    assert tally.json(*typed, "--on", "2025-08-01", "--zone", "Asia/Shanghai")["on"] == "2025-08-01"
    sheet = tmp_path / "moves.csv"
    assert "were written" in tally(*typed, "--to", sheet).stderr
    assert "demo-sales-2 v19 contract.payment_recorded chen.jing (to)" in sheet.read_text("utf-8-sig")


@pytest.mark.parametrize("view", ["forecast", "ageing", "progress"])
def test_every_sum_tells_what_moved(tally: Tally, view: str) -> None:
    rows = tally.json("views", "diff", view, "--from", "2024-12-31", "--until", "2025-09-30", "--all")["rows"]
    assert rows
    assert all(row["changes"] and row["entries"] for row in rows)
    assert {row["contract_id"] is None for row in rows} == {view != "progress"}


def test_what_moved_in_statistics_is_told_by_what_contracts_have_in_common(tally: Tally, tmp_path: Path) -> None:
    typed = ("views", "diff", "statistics", "--from", "2025-08-31", "--until", "2025-09-02")
    found = tally.json(*typed)
    assert "on" not in found
    row = next(row for row in found["rows"] if row["name"] == "in_force payable CNY")
    assert {"contract-demo-supplier-1"} <= {entry["stream"] for entry in row["entries"]}
    (value,) = (change for change in row["changes"] if change["path"] == "value")
    assert value["was"]["currency"] == value["becomes"]["currency"] == "CNY"
    departments = tally.json(*typed, "--by", "department")["rows"]
    assert {row["name"] for row in departments} & {"采购部 Procurement payable CNY"}
    assert "采购部 Procurement payable CNY" in tally(*typed, "--by", "department").stdout
    sheet = tmp_path / "moves.csv"
    assert "were written" in tally(*typed, "--by", "counterparty", "--to", sheet).stderr
    assert "星河办公设备有限公司 payable CNY,changed,value" in sheet.read_text("utf-8-sig")


def test_what_cannot_be_asked_is_said(tally: Tally) -> None:
    assert "Nothing moved." in tally("views", "diff", "products", "--from", "2030-01-01", "--until", "2030-01-02").stderr
    assert "--time known" in tally("views", "diff", "register", "--from", "2026-01-01", "--valid-at", "2026-01-01", exit_code=2).stderr
    assert (
        "--time valid"
        in tally("views", "diff", "register", "--from", "2026-01-01", "--time", "both", "--known-at", "2026-01-01", exit_code=2).stderr
    )
    for option, given in (("--on", "2026-01-01"), ("--zone", "UTC")):
        refused = tally("views", "diff", "register", "--from", "2026-01-01", option, given, exit_code=2).stderr
        assert f"{option} goes with sums: exposure" in refused
    refused = tally("views", "diff", "statistics", "--from", "2026-01-01", "--on", "2026-01-01", exit_code=2).stderr
    assert "--on goes with sums: exposure, forecast, ageing, progress." in refused
    for view in ("register", "exposure"):
        refused = tally("views", "diff", view, "--from", "2026-01-01", "--by", "status", exit_code=2).stderr
        assert "--by goes with statistics." in refused
