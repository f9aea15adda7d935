"""Deliveries on the command line: as a table, as JSON and as files."""

from __future__ import annotations

from pathlib import Path

from tests.scripts.conftest import Tally


def test_deliveries_and_their_progress_are_told_and_written_to_files(tally: Tally, tmp_path: Path) -> None:
    found = tally.json("deliveries", "--on", "2026-11-27")
    assert found["count"] == len(found["deliveries"]) > 0
    assert "%" in tally("deliveries", "--number", "CG-2025").stdout.splitlines()[0]
    lines = tally.json("deliveries", "--progress", "--on", "2026-11-27")["lines"]
    assert sum(one["deliveries"] for one in lines) <= found["count"]
    assert "actual %" in tally("deliveries", "--progress", "--by", "department").stdout.splitlines()[0]
    sheet = tmp_path / "履约进度.csv"
    tally("deliveries", "--progress", "--to", sheet)
    assert sheet.read_text("utf-8-sig").splitlines()[0].endswith("plan_percent,percent,ahead")
    assert f"{found['count']} deliveries were written" in tally("deliveries", "--to", tmp_path / "交付.xlsx").stderr
    assert "no deliveries" in tally("deliveries", "--counterparty", "nobody").stderr
    assert "cannot be sorted by" in tally("deliveries", "--sort", "luck", exit_code=1).stderr
