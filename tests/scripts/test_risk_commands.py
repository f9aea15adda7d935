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
    assert [c["number"] for c in tally.json("contracts", "--risk", "medium")["contracts"]] == ["CG-2025-007"]
    shown = tally("show", "CG-2025-007").stdout
    assert "Risk: medium, 35 points (rules, edition 1)" in shown
    assert "Performance bond of 10 %" in shown
    assert tally.json("risk", "publish", "-", stdin=json.dumps(RULES))["version"] == 2
    assert tally.json("do", "CG-2025-002", "assess-risk", "--set", "assessment_id=a1")["facts"] == ["contract.risk_assessed@1"]
    assert [c["number"] for c in tally.json("contracts", "--risk", "high")["contracts"]] == ["CG-2025-002"]
    assert "contract.risk_assessed" in tally("history", "CG-2025-002").stdout
    assert tally.json("risk", "retire", "--why", "x")["version"] == 3
    assert "not in use" in tally("risk", "show").stdout
    assert "No risk rules are in use" in tally("do", "CG-2025-002", "assess-risk", "--set", "assessment_id=a2", exit_code=1).stderr


def test_a_file_may_hold_any_number_of_whole_numbers_and_says_where_one_is_none(tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    many = [{"rule_id": str(n), "title": "x", "points": n + 1, "kinds": ["other"]} for n in range(50)]
    file.write_text(json.dumps({**RULES, "rules": many}), "utf-8")
    assert [rule.points for rule in command_in(str(file), PublishRiskRules).rules] == list(range(1, 51))
    many[40]["points"] = "1.5"
    file.write_text(json.dumps({**RULES, "rules": many}), "utf-8")
    with pytest.raises(Stopped, match=re.escape("$.rules[40].points: A whole number is wanted.")):
        command_in(str(file), PublishRiskRules)
