"""`tally views diff`: as a table, as JSON and as a file."""

from __future__ import annotations

from pathlib import Path

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


def test_what_cannot_be_asked_is_said(tally: Tally) -> None:
    assert "Nothing moved." in tally("views", "diff", "products", "--from", "2030-01-01", "--until", "2030-01-02").stderr
    assert "--time known" in tally("views", "diff", "register", "--from", "2026-01-01", "--valid-at", "2026-01-01", exit_code=2).stderr
    assert (
        "--time valid"
        in tally("views", "diff", "register", "--from", "2026-01-01", "--time", "both", "--known-at", "2026-01-01", exit_code=2).stderr
    )
