"""`tally import contracts`: a file is taken, told of, and given back."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from api.bulk.pile import Pile
from infra.ledger import CONTRACT
from infra.opening import Opened
from tests.scripts.conftest import Tally

RENTED = ["K-1", "租赁", "other", "付款", "us", "10.00", "CNY"]


def written_csv(path: Path, *rows: list[str]) -> Path:
    """A CSV file as spreadsheets write them, with heads in Chinese."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["合同编号", "合同名称", "合同类型", "收付方向", "我方主体", "合同金额", "币种"], *rows])
    return path


def test_the_command_line_takes_a_csv_file_and_gives_it_back(tally: Tally, at_hand: Opened, tmp_path: Path) -> None:
    path = written_csv(tmp_path / "c.csv", RENTED, ["K-2", "x", "other", "payable", "us", "1.001", "CNY"])
    report = tmp_path / "flaws.jsonl"
    told: Any = tally.json("import", "contracts", path, "--report", report, exit_code=1)
    assert (told["new"], told["refused"]) == (1, 1)
    flaw = json.loads(report.read_text("utf-8"))
    assert (flaw["sheet"], flaw["row"], flaw["number"]) == ("contracts", 3, "K-2")
    assert (tmp_path / "c-errors.csv").read_text("utf-8-sig").splitlines()[2].count("K-2") == 1
    assert at_hand.ledger.load(CONTRACT, told["contracts"][0]["contract_id"]).title == "租赁"
    again: Any = tally.json("import", "contracts", written_csv(path, RENTED))
    assert (again["unchanged"], again["new"], again["copy"]) == (1, 0, None)


def test_the_command_line_writes_the_workbook_and_overwrites_nothing(tally: Tally, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    tally("import", "template", "-o", path)
    with Pile() as pile:
        assert len(pile.fill(path)) == 0
    assert "is there already" in tally("import", "template", "-o", path, exit_code=1).stderr
