"""`tally statistics`: what the demonstration's contracts come to."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.scripts.conftest import Tally


def test_the_demonstration_is_counted_by_status_and_by_quarter(tally: Tally) -> None:
    listed = tally.json("contracts", "--all")["contracts"]
    figures = tally.json("statistics", "--by", "status")["figures"]
    assert {group["key"]: group["contracts"] for group in figures["groups"]} == {
        status: sum(one["status"] == status for one in listed) for status in {one["status"] for one in listed}
    }
    assert figures["total"]["contracts"] == len(listed)
    shown = tally("statistics", "--by", "in_force", "--period", "quarter").stdout.splitlines()
    assert shown[0].split()[:2] == ["group", "contracts"]
    assert shown[1].split()[:2] == ["all", str(len(listed))]
    assert any("-Q" in line for line in shown)
    assert "(not said)" in shown[-1] or any("(not said)" in line for line in shown)
    limited = tally("statistics", "--by", "counterparty", "--limit", 1)
    assert "groups; --limit shows more of them." in limited.stderr


def test_a_file_has_a_row_for_each_currency_of_a_group(tally: Tally, tmp_path: Path) -> None:
    file = tmp_path / "statistics.csv"
    tally("statistics", "--by", "kind", "--to", file)
    figures = tally.json("statistics", "--by", "kind")["figures"]
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    told = [
        ("all" if group is figures["total"] else group["key"], one)
        for group in (figures["total"], *figures["groups"])
        for one in group["sums"]
    ]
    assert [(row["group"], row["currency"], row["value"]) for row in rows if row["currency"]] == [
        (name, one["currency"], one["value"]) for name, one in told
    ]
