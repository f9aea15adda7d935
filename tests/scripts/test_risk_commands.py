"""Risk on the command line: rules are shown and published, contracts assessed and found by their level."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from domain.risk import PublishRiskRules
from scripts.cli.located import command_in
from scripts.cli.terminal import Stopped
from tests.scripts.conftest import Tally

RULES = {
    "title": "新规则",
    "currency": "CNY",
    "levels": {"medium": 1, "high": 2},
    "rules": [{"rule_id": "any", "title": "采购 / Purchases", "points": 2, "kinds": ["supplier"]}],
}


def test_risk_rules_are_shown_replaced_and_assessed_by(tally: Tally) -> None:
    assert "over 731 days" in tally("risk", "show").stdout
    assert "No risk rules" not in tally("risk", "list").stderr
    assert [c["number"] for c in tally.json("contracts", "--risk", "medium")["contracts"]] == ["CG-2025-007"]
    shown = tally("show", "CG-2025-007").stdout
    assert "Risk: medium, 35 points (rules, edition 1)" in shown
    assert "Performance bond of 10 %" in shown
    assert tally.json("risk", "publish", "-", stdin=json.dumps(RULES))["version"] == 2
    assert tally.json("do", "CG-2025-002", "assess-risk", "--set", "assessment_id=a1")["facts"] == ["contract.risk_assessed@1"]
    assert [c["number"] for c in tally.json("contracts", "--risk", "high")["contracts"]] == ["CG-2025-002"]
    assert "contract.risk_assessed" in tally("history", "CG-2025-002").stdout
    assert [(e["edition"], e["in_use"]) for e in tally.json("risk", "list")["editions"]] == [(1, False), (2, True)]
    assert "over 731 days" in tally("risk", "show", "--edition", 1).stdout
    assert "采购 / Purchases" in tally("risk", "show", "--edition", 2).stdout
    assert "there is no edition 3" in tally("risk", "show", "--edition", 3, exit_code=1).stderr
    assert tally.json("risk", "retire", "--why", "x")["version"] == 3
    assert {e["in_use"] for e in tally.json("risk", "list")["editions"]} == {False}
    assert "not in use" in tally("risk", "show").stdout
    assert "No risk rules are in use" in tally("do", "CG-2025-002", "assess-risk", "--set", "assessment_id=a2", exit_code=1).stderr


def test_rules_are_tried_on_the_contracts_that_there_are_before_they_are_published(tally: Tally, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    rules = [{"rule_id": "dear", "title": "x", "points": 2, "value_at_least": {"amount": "100000.00", "currency": "CNY"}}, *RULES["rules"]]
    file.write_text(json.dumps({**RULES, "levels": {"medium": 2, "high": 4}, "rules": rules}), "utf-8")
    head = tally.json("parties", "list")["position"]
    tried = tally.json("risk", "simulate", file, "--ended", "--rate", "EUR=8", "--rate", "USD=7", "--rate", "GBP=9")
    assert tally.json("parties", "list")["position"] == head
    assert tried["totals"]["contracts"] == len(tried["contracts"]) == tally.json("contracts", "--all")["count"]
    of = {one["number"]: one["judged"] for one in tried["contracts"]}
    dear = of["CG-2025-007"]
    assert (dear["was"], dear["was_points"], dear["level"], dear["points"], dear["verdict"]) == ("high", 65, "high", 4, "same")
    assert [factor["rule_id"] for factor in dear["factors"]] == ["dear", "any"]
    assert {one["verdict"] for number, one in of.items() if number != "CG-2025-002"} == {"same", "new"}
    few = tally.json("risk", "simulate", file, "--kind", "supplier", "--changed")
    assert {one["kind"] for one in few["contracts"]} == {"supplier"}
    assert "same" not in {one["judged"]["verdict"] for one in few["contracts"]}
    assert not {"completed", "terminated", "expired", "rejected"} & {one["status"] for one in few["contracts"]}
    text = tally("risk", "simulate", file).stdout
    assert re.search(r"[0-9]+ contracts: 1 the same, 0 higher, [01] lower, [0-9]+ never assessed, [1-9][0-9]* without a rate", text)
    book = tmp_path / "tried.csv"
    assert "contracts were written to" in tally("risk", "simulate", file, "--to", book).stderr
    assert "CG-2025-007" in book.read_text("utf-8-sig")


def test_a_file_may_hold_any_number_of_whole_numbers_and_says_where_one_is_none(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    many = [{"rule_id": str(n), "title": "x", "points": n + 1, "kinds": ["other"]} for n in range(50)]
    file.write_text(json.dumps({**RULES, "rules": many}), "utf-8")
    assert [rule.points for rule in command_in(str(file), PublishRiskRules).rules] == list(range(1, 51))
    many[40]["points"] = "1.5"
    file.write_text(json.dumps({**RULES, "rules": many}), "utf-8")
    with pytest.raises(Stopped, match=re.escape("$.rules[40].points: A whole number is wanted.")):
        command_in(str(file), PublishRiskRules)
