"""What is owed on the command line: claims and their ageing, as a table, as JSON and as a file."""

from __future__ import annotations

from pathlib import Path

from tests.scripts.conftest import Tally


def test_what_is_owed_is_listed_with_how_late_it_is(tally: Tally) -> None:
    text = tally("receivables", "--on", "2026-11-27", "--direction", "payable").stdout
    assert "545 days overdue" in text
    assert "28,394.00" in text
    found = tally.json("receivables", "--on", "2026-11-27", "--standing", "overdue")
    assert (found["on"], found["count"]) == ("2026-11-27", 3)
    assert [(one["number"], one["subject"], one["open"]) for one in found["receivables"]] == [
        ("CG-2025-002", "i2", "28394.00"),
        ("CG-2025-007", "i2", "263600.00"),
        ("XS-2025-009", "i2", "231000.00"),
    ]
    dearest = tally.json("receivables", "--sort", "open", "--desc", "--limit", "1")["receivables"]
    assert [one["open"] for one in dearest] == ["263600.00"]
    assert "1 of 10 claims" in tally("receivables", "--limit", "1").stderr
    assert "Nothing is owed" in tally("receivables", "--counterparty", "nobody").stderr


def test_ageing_is_told_by_what_was_asked_and_written_to_files(tally: Tally, tmp_path: Path) -> None:
    aged = tally.json("receivables", "--ageing", "--by", "currency", "--on", "2026-06-30", "--direction", "receivable", "--buckets", "60")
    assert [(one["name"], one["late"]) for one in aged["lines"]] == [("CNY", ["0.00", "231000.00"]), ("EUR", ["0.00", "0.00"])]
    table = tally("receivables", "--ageing", "--on", "2026-11-27").stdout
    assert "over 180" in table.splitlines()[0]
    sheet = tmp_path / "账龄.csv"
    tally("receivables", "--ageing", "--by", "department", "--to", sheet)
    assert sheet.read_text("utf-8-sig").splitlines()[0].startswith("department,direction,currency,contracts,open,undated,not_due,overdue")
    claims = tmp_path / "应收.xlsx"
    assert "10 claims were written" in tally("receivables", "--to", claims).stderr
    assert claims.stat().st_size > 0


def test_what_was_owed_is_told_as_of_another_moment(tally: Tally) -> None:
    then = tally.json("receivables", "--valid-at", "2025-06-30", "--standing", "overdue")
    assert (then["on"], then["as_of"]) == ("2025-06-30", {"valid_at": "2025-06-30T23:59:59.999999Z", "known_at": None})
    assert [(one["number"], one["days_overdue"]) for one in then["receivables"]] == [("CG-2025-002", 30)]
    for command in ("receivables", "forecast", "deliveries", "penalties", "exposure", "calendar"):
        asked = tally.json(command, "--known-at", "2020-01-01")
        (listed,) = (value for value in asked.values() if isinstance(value, list))
        assert (asked["as_of"]["known_at"], listed) == ("2020-01-01T23:59:59.999999Z", []), command
    for more in (("deliveries", "--progress"), ("penalties", "--sums"), ("receivables", "--ageing")):
        assert tally.json(*more, "--valid-at", "2020-01-01")["lines"] == []
    assert "time zone" in tally("forecast", "--valid-at", "2025-06-30T12:00", exit_code=2).stderr


def test_what_cannot_be_asked_is_said(tally: Tally) -> None:
    assert "30,60,90,180" in tally("receivables", "--ageing", "--buckets", "soon", exit_code=2).stderr
    assert "rising" in tally("receivables", "--ageing", "--buckets", "60,30", exit_code=1).stderr
    assert "cannot be sorted by" in tally("receivables", "--sort", "luck", exit_code=1).stderr
    assert "There is no zone" in tally("receivables", "--zone", "Mars", exit_code=1).stderr
