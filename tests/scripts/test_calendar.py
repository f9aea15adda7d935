"""`tally calendar`: what is owed under all contracts, by day."""

from __future__ import annotations

from pathlib import Path

from tests.scripts.conftest import Tally


def test_the_calendar_is_told_and_written_to_a_file(tally: Tally, tmp_path: Path) -> None:
    found = tally.json("calendar", "--standing", "all", "--all")["obligations"]
    days = [one["due"] for one in found if one["due"] is not None]
    assert days
    assert days == sorted(days)
    overdue = tally.json("calendar", "--standing", "overdue", "--on", "2026-11-27", "--number", "CG-2025-007")
    assert {one["number"] for one in overdue["obligations"]} == {"CG-2025-007"}
    assert all(one["days_overdue"] > 0 and not one["fulfilled"] for one in overdue["obligations"])
    assert "days overdue" in tally("calendar", "--standing", "overdue", "--on", "2026-11-27").stdout
    sheet = tmp_path / "履约日历.csv"
    tally("calendar", "--standing", "all", "--to", sheet)
    assert len(sheet.read_text("utf-8-sig").splitlines()) == len(found) + 1
    assert "Nothing is owed" in tally("calendar", "--counterparty", "nobody").stderr
