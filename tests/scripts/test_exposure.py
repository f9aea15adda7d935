"""Exposure on the command line: as a table, as JSON and as a file."""

from __future__ import annotations

from pathlib import Path

from tests.scripts.conftest import Tally


def test_what_stands_with_whom_is_told_and_written_to_a_file(tally: Tally, tmp_path: Path) -> None:
    (dearest,) = tally.json("exposure", "--sort", "receivable", "--desc", "--limit", "1", "--on", "2026-11-27")["lines"]
    assert (dearest["currency"], dearest["receivable"], dearest["receivable_overdue"]) == ("CNY", "231000.00", "231000.00")
    assert "231,000.00" in tally("exposure", "--direction", "receivable").stdout
    assert tally("exposure", "--by", "contract").stdout.split()[:2] == ["counterparty", "contract"]
    sheet = tmp_path / "敞口.csv"
    tally("exposure", "--to", sheet)
    assert sheet.read_text("utf-8-sig").splitlines()[0].startswith("counterparty,party_id,number,contract_id,currency,contracts,shared")
    assert "Nothing stands" in tally("exposure", "--counterparty", "nobody").stderr
    assert "cannot be sorted by" in tally("exposure", "--sort", "luck", exit_code=1).stderr
