"""Risk over HTTP: an admin publishes rules, a drafter has a contract assessed, and the register finds it by its level."""

from __future__ import annotations

from tests.api.caller import House

RULES = {
    "title": "2026",
    "currency": "CNY",
    "levels": {"medium": 30, "high": 60},
    "rules": [
        {"rule_id": "lone", "title": "未用范本", "points": 40, "without_template": True},
        {"rule_id": "no_cap", "title": "未约定责任上限", "points": 25, "lacks_term": "liability_cap"},
    ],
}


def test_rules_are_published_a_contract_is_assessed_found_by_its_level_and_mitigated(house: House) -> None:
    assert house["reader"].get("/risk-rules/contracts").content["edition"] == 0
    assert house["drafter"].post("/risk-rules/contracts/publish", RULES).status == 403
    there = f"/contracts/{house['drafter'].draft()}"
    assert house["drafter"].post(f"{there}/assess-risk", {"assessment_id": "a1"}).name == "NoRiskRules"
    assert house["admin"].post("/risk-rules/contracts/publish", RULES).content["facts"] == ["risk.rules_published@1"]
    assert house["reader"].get("/risk-rules/contracts").content["rules"][1]["lacks_term"] == "liability_cap"
    made = house["drafter"].post(f"{there}/assess-risk", {"assessment_id": "a1"})
    assert made.content["facts"] == ["contract.risk_assessed@1"]
    found = house["reader"].get(f"/contracts?risk=high&min_position={made.content['position']}").content["contracts"]
    assert [c["risk"] for c in found] == ["high"]
    done = house["drafter"].post(f"{there}/mitigate-risk", {"rule_id": "no_cap", "how": "补充条款 / Agreed since"})
    assert house["reader"].get(f"/contracts?risk=high&min_position={done.content['position']}").content["contracts"] == []
    shown = house["reader"].get(there).content["assessments"]["a1"]
    assert (shown["points"], shown["level"], [m["rule_id"] for m in shown["mitigations"]]) == (40, "medium", ["no_cap"])
    assert house["admin"].post("/risk-rules/contracts/retire", {"why": "停用"}).status == 200
    assert house["drafter"].post(f"{there}/assess-risk", {"assessment_id": "a2"}).name == "NoRiskRules"
