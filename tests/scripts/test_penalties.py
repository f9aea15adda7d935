"""Penalties and credits on the command line: as a table, as JSON and as files."""

from __future__ import annotations

from pathlib import Path

from tests.scripts.conftest import Tally


def test_penalties_and_their_sums_are_told_and_written_to_files(tally: Tally, tmp_path: Path) -> None:
    found = tally.json("penalties", "--kind", "penalty")
    assert [(one["number"], one["subject"], one["accrued"], one["waived"]) for one in found["penalties"]] == [
        ("CG-2025-007", "d1", "948.00", "474.00")
    ]
    assert "474.00" in tally("penalties", "--number", "CG-2025-007").stdout
    (sums,) = tally.json("penalties", "--sums", "--kind", "penalty", "--by", "department")["lines"]
    assert (sums["accrued"], sums["standing"]) == ("948.00", "474.00")
    assert tally("penalties", "--sums").stdout.split()[0] == "kind"
    sheet = tmp_path / "违约金.csv"
    tally("penalties", "--sums", "--to", sheet)
    assert sheet.read_text("utf-8-sig").splitlines()[0].startswith("name,contract_id,kind,direction,currency")
    assert "were written" in tally("penalties", "--to", tmp_path / "明细.xlsx").stderr
    assert "Nothing accrued" in tally("penalties", "--counterparty", "nobody").stderr
    assert "cannot be sorted by" in tally("penalties", "--sort", "luck", exit_code=1).stderr
