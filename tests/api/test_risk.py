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


def test_rules_are_tried_before_they_are_published_and_editions_are_told_after(house: House) -> None:
    assert house["drafter"].get("/risk-rules/contracts/editions").content == {"editions": [], "next_cursor": None}
    contracts = [house["drafter"].draft() for _ in range(3)]
    head = house["auditor"].get("/risk-rules/contracts").headers["Ledger-Position"]
    tried = house["auditor"].post("/risk-rules/contracts/simulate?limit=2", RULES)
    assert tried.status == 200
    assert [(one["contract_id"], one["judged"]["level"], one["judged"]["was"]) for one in tried.content["contracts"]] == [
        (contract, "high", None) for contract in contracts[:2]
    ]
    assert tried.content["totals"]["levels"] == {"low": 0, "medium": 0, "high": 2}
    assert tried.content["totals"]["rules"] == {"lone": 2, "no_cap": 2}
    rest = house["auditor"].post(f"/risk-rules/contracts/simulate?limit=2&cursor={tried.content['next_cursor']}", RULES).content
    assert ([one["contract_id"] for one in rest["contracts"]], rest["next_cursor"]) == (contracts[2:], None)
    unsound = {**RULES, "levels": {"medium": 60, "high": 30}}
    assert house["auditor"].post("/risk-rules/contracts/simulate", unsound).name == "RiskRulesNotSound"
    assert house["auditor"].get("/risk-rules/contracts").headers["Ledger-Position"] == head
    for title in ("2026", "2027"):
        assert house["admin"].post("/risk-rules/contracts/publish", {**RULES, "title": title}).status == 200
    first = house["drafter"].get("/risk-rules/contracts/editions?limit=1").content
    assert [(e["edition"], e["title"], e["in_use"], e["published_by"]) for e in first["editions"]] == [(1, "2026", False, "admin")]
    second = house["drafter"].get(f"/risk-rules/contracts/editions?cursor={first['next_cursor']}").content
    assert ([(e["edition"], e["in_use"]) for e in second["editions"]], second["next_cursor"]) == ([(2, True)], None)
