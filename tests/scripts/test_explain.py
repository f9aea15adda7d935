"""`tally explain`: why a figure is what it is, on the command line."""

from __future__ import annotations

from decimal import Decimal

from tests.scripts.conftest import Tally


def test_figures_are_listed_and_explained_by_entries_that_add_up(tally: Tally) -> None:
    listed = tally.json("explain", "CG-2025-007", "--on", "2026-11-27")["figures"]
    assert {("open", None), ("standing", "penalty:d1"), ("delivered", "delivery:d1")} <= {(one["figure"], one["of"]) for one in listed}
    found = tally.json("explain", "CG-2025-007", "open", "--on", "2026-11-27")["explanation"]
    assert found["amounts"] == [{"amount": "270322.28", "currency": "CNY"}]
    assert sum(Decimal(one["amount"]) for one in found["contributions"]) == Decimal("270322.28")
    text = tally("explain", "CG-2025-007", "open", "--on", "2026-11-27").stdout
    assert text.startswith("open = 270,322.28 CNY on 2026-11-27")
    assert "+ open of instalment:i2 (263,600.00 CNY)" in text
    penalty = tally("explain", "CG-2025-007", "standing", "--of", "penalty:d1")
    assert "474.00 CNY" in penalty.stdout
    assert "It rests on the term" in penalty.stderr
    assert "→ in_force" in tally("explain", "CG-2025-007", "status").stdout


def test_what_cannot_be_explained_is_said(tally: Tally) -> None:
    assert "NoSuchFigure" in tally("explain", "CG-2025-007", "luck", exit_code=1).stderr
    assert "was not there then" in tally("explain", "CG-2025-007", "paid", "--known-at", "2001-01-01", exit_code=1).stderr
