"""The fields of the house on the command line: defined, filled in, shown under their labels, found, revised, retired."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.scripts.conftest import Tally


def test_a_field_is_defined_filled_in_shown_found_and_retired(tally: Tally, tmp_path: Path) -> None:
    made = ("fields", "define", "grade", "--type", "choice", "--choice", "A", "--choice", "B", "--label-en", "Grade", "--label-zh", "等级")
    assert tally.json(*made, "--kind", "supplier", "--command-id", "g1")["facts"] == ["fields.defined@1"]
    assert tally.json(*made, "--kind", "supplier", "--command-id", "g1")["repeated"] is True
    assert "There already is a field" in tally(*made, exit_code=1).stderr
    put = tally.json("do", "CG-2025-002", "set-custom-field", "--set", "key=grade", "--set", "value=B")
    assert put["facts"] == ["contract.custom_field_set@1"]
    shown = tally("show", "CG-2025-002").stdout
    assert ["grade", "等级", "Grade", "B", "1"] in [line.split() for line in shown.splitlines()]
    assert [c["number"] for c in tally.json("contracts", "--field", "grade=B")["contracts"]] == ["CG-2025-002"]
    assert tally.json("contracts", "--field", "grade=A")["count"] == 0
    to = tmp_path / "list.csv"
    tally("contracts", "--field", "grade=B", "--to", to)
    (row,) = csv.DictReader(to.read_text("utf-8-sig").splitlines())
    assert (row["number"], row["field.grade"], row["field.cost_centre"]) == ("CG-2025-002", "B", "")
    assert tally.json("fields", "revise", "grade", "--choice", "A", "--choice", "B", "--choice", "C", "--required")["version"] == 5
    one = next(f for f in tally.json("fields", "list")["fields"] if f["definition"]["key"] == "grade")
    assert (one["edition"], one["definition"]["choices"], one["definition"]["kinds"]) == (2, ["A", "B", "C"], ["supplier"])
    assert one["definition"]["required"] is True
    assert tally.json("fields", "revise", "grade", "--without", "kinds", "--optional")["version"] == 6
    assert tally.json("fields", "list")["fields"][-1]["definition"]["kinds"] == []
    assert tally.json("fields", "retire", "grade", "--why", "停用")["version"] == 7
    assert [c["number"] for c in tally.json("contracts", "--field", "grade=B")["contracts"]] == ["CG-2025-002"]
    assert tally.json("fields", "restore", "grade", "--why", "恢复")["version"] == 8


def test_amounts_are_found_from_and_to(tally: Tally) -> None:
    assert [c["number"] for c in tally.json("contracts", "--field", "bond=90000 CNY..100000 CNY")["contracts"]] == ["CG-2025-007"]
    assert tally.json("contracts", "--field", "bond=..90000 CNY")["count"] == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("contracts", "--field", "nothing=1"), "there is no field 'nothing'"),
        (("contracts", "--field", "bond=many"), "not of the type of the field 'bond', money"),
        (("fields", "revise", "nothing", "--required"), "There is no field 'nothing'"),
        (("fields", "define", "n", "--type", "number", "--min", "x", "--label-en", "N", "--label-zh", "数"), "--min x is not a number"),
    ],
)
def test_what_cannot_be_meant_is_said(tally: Tally, words: tuple[str, ...], says: str) -> None:
    result = tally(*words, exit_code=2 if words[1] == "define" else 1)
    assert says in " ".join(result.stderr.split())
