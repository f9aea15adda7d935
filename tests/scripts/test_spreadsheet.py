"""Lists leave as files that a spreadsheet opens, complete, exact, and with nothing in them that it would run."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pyarrow import parquet

import infra.spreadsheet
from scripts.cli import spreadsheet
from scripts.cli.terminal import Stopped
from tests.scripts.conftest import Tally

COLUMNS: spreadsheet.Columns = {"a": str, "b": int, "c": Decimal, "d": date, "e": datetime, "f": str, "g": str}
MOMENT = datetime(2026, 3, 31, 8, 0, tzinfo=UTC)
ROW: tuple[spreadsheet.Cell, ...] = ("采购", 7, Decimal("83420.00"), date(2026, 3, 31), MOMENT, None, "=1+1")


def test_a_workbook_keeps_numbers_and_days_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    assert spreadsheet.write(path, COLUMNS, [ROW]) == 1
    page = load_workbook(path).worksheets[0]
    assert [cell.value for cell in page[1]] == list("abcdefg")
    held = list(page[2])
    assert [cell.value for cell in held[:3]] == ["采购", 7, 83420]
    assert held[2].number_format == "#,##0.00"
    assert held[3].value == datetime(2026, 3, 31)  # noqa: DTZ001 - a spreadsheet knows no zones
    assert [cell.value for cell in held[4:]] == ["2026-03-31 08:00:00Z", None, "'=1+1"]
    assert held[6].data_type == "s"


def test_a_number_that_a_double_would_bend_is_kept_as_text(tmp_path: Path) -> None:
    path = tmp_path / "exact.xlsx"
    spreadsheet.write(path, {"a": Decimal}, [(Decimal("9007199254740.93"),), (Decimal("90071992547409.93"),)])
    page = load_workbook(path).worksheets[0]
    assert [page["A2"].value, page["A3"].value] == [9007199254740.93, "90071992547409.93"]


@pytest.mark.parametrize("text", ["=A1", "+1", "-1", "@x", "\tx"])
def test_a_csv_file_holds_no_formulas(text: str, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    spreadsheet.write(path, {"a": str, "b": Decimal}, [(text, Decimal("-5.00"))])
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [["a", "b"], [f"'{text}", "-5.00"]]


def test_more_rows_than_excel_has_room_for_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(infra.spreadsheet, "_MOST_ROWS", 3)
    with pytest.raises(Stopped, match="room for 2 rows"):
        spreadsheet.write(tmp_path / "long.xlsx", {"a": int}, [(n,) for n in range(3)])


def test_the_register_leaves_whole(tally: Tally, tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    tally("contracts", "--limit", 1, "--to", path)
    page = load_workbook(path).worksheets[0]
    listed = tally.json("contracts", "--all")["contracts"]
    heads = [cell.value for cell in page[1]]
    rows = [dict(zip(heads, (cell.value for cell in row), strict=True)) for row in page.iter_rows(min_row=2)]
    assert [row["number"] for row in rows] == [one["number"] for one in listed]
    assert [row["value"] for row in rows] == [None if one["value"] is None else float(one["value"]["amount"]) for one in listed]


def test_a_history_leaves_with_a_row_for_each_change(tally: Tally, tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    tally("history", "CG-2025-002", "--to", path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    entries = tally.json("history", "CG-2025-002")["entries"]
    assert len(rows) == sum(max(1, len(entry["changes"])) for entry in entries)
    assert {row["version"] for row in rows} == {str(entry["version"]) for entry in entries}


TEMPLATE = {
    "name": "采购合同范本",
    "kind": "supplier",
    "clauses": [{"clause_id": "1", "heading": "标的", "text": "货物。", "binding": "locked"}],
}


@pytest.mark.parametrize(
    ("command", "noun", "key"),
    [
        ("templates", "templates", "id"),
        ("documents", "documents", "sha256"),
        ("key", "keys", "key_id"),
        ("delegations", "delegations", "id"),
    ],
)
def test_other_lists_leave_whole_too(tally: Tally, tmp_path: Path, command: str, noun: str, key: str) -> None:
    attached = tmp_path / "note.txt"
    attached.write_text(f"for {command}", "utf-8")
    tally("key", "issue", "li.wei", "--role", "drafter")
    tally("templates", "draft", "--file", "-", stdin=json.dumps(TEMPLATE))
    tally("delegations", "grant", "bob", "--until", "2999-10-07", "--why", "国庆休假")
    tally("attach", "CG-2025-002", attached)
    path = tmp_path / "list.csv"
    tally(command, "list", "--to", path)
    listed = tally.json(command, "list", *([] if command == "key" else ["--all"]))[noun]
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert [row[key] for row in csv.DictReader(file)] == [one[key] for one in listed]
    assert listed


def test_a_file_that_is_there_or_of_another_kind_is_left_alone(tally: Tally, tmp_path: Path) -> None:
    path = tmp_path / "there.csv"
    path.write_text("mine", "utf-8")
    assert "is not overwritten" in tally("contracts", "--to", path, exit_code=1).stderr
    assert "ends in .xlsx, .csv or .parquet" in tally("contracts", "--to", tmp_path / "list.ods", exit_code=2).stderr
    assert path.read_text("utf-8") == "mine"


LISTS = [
    ("contracts",),
    ("history", "CG-2025-002"),
    ("journal", "XS-2025-004"),
    ("parties", "list"),
    ("products", "list"),
    ("receivables",),
    ("receivables", "--ageing"),
    ("forecast",),
    ("statistics",),
    ("timeline",),
    ("approvals",),
    ("renewals",),
    ("segregation",),
]


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_lists_leave_as_parquet_with_the_same_rows_as_in_csv(tally: Tally, tmp_path: Path, command: tuple[str, ...]) -> None:
    typed, plain = tmp_path / "list.parquet", tmp_path / "list.csv"
    tally(*command, "--to", typed)
    tally(*command, "--to", plain)
    table = parquet.read_table(typed)
    with plain.open(encoding="utf-8-sig", newline="") as file:
        heads, *rows = csv.reader(file)
    assert table.column_names == heads
    assert table.num_rows == len(rows) > 0
    decimals = [field.name for field in table.schema if str(field.type).startswith("decimal")]
    for name in decimals:
        written = [row[heads.index(name)] for row in rows]
        assert table[name].to_pylist() == [Decimal(text) if text else None for text in written]
