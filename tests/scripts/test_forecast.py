"""The cash forecast on the command line: as a table, as JSON and as a file."""

from __future__ import annotations

from pathlib import Path

from tests.scripts.conftest import Tally


def test_what_is_expected_is_told_month_by_month(tally: Tally, tmp_path: Path) -> None:
    found = tally.json("forecast", "--on", "2026-11-27", "--direction", "receivable")
    assert (found["on"], found["per"]) == ("2026-11-27", "month")
    assert [(one["period"], one["currency"], one["inflow"]) for one in found["lines"]] == [
        ("overdue", "CNY", "231000.00"),
        ("2026-12", "EUR", "65240.00"),
    ]
    assert "65,240.00" in tally("forecast", "--on", "2026-11-27", "--until", "2026-12-31").stdout
    sheet = tmp_path / "资金预测.csv"
    tally("forecast", "--per", "quarter", "--to", sheet)
    assert sheet.read_text("utf-8-sig").splitlines()[0] == "period,first,last,currency,contracts,claims,inflow,outflow,net,cumulative"
    assert "Nothing is expected" in tally("forecast", "--counterparty", "nobody").stderr
    assert "cannot be sorted by" in tally("forecast", "--sort", "luck", exit_code=1).stderr
