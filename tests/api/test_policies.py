"""A policy over HTTP: published, read, and walked along by a contract whose step is decided side by side and left to somebody else."""

from __future__ import annotations

from typing import Any

from api.keys import issue
from domain.access import Role
from infra.opening import Opened
from tests.api.caller import Caller, House
from tests.api.conftest import ROOT

DRAFT = {
    "number": "采-1",
    "title": "办公设备",
    "kind": "supplier",
    "direction": "payable",
    "our_entity": "塔利科技",
    "counterparties": [{"counterparty_id": "c1", "name": "华东", "role": "supplier"}],
    "value": {"amount": "60000.00", "currency": "CNY"},
}


def step(title: str, *approvers: tuple[str, str]) -> dict[str, Any]:
    return {"title": title, "approvers": [{"kind": kind, "name": name} for kind, name in approvers], "quorum": "all"}


POLICY = {
    "title": "审批制度",
    "currency": "CNY",
    "routes": [
        {
            "route_id": "large",
            "at_least": {"amount": "50000.00", "currency": "CNY"},
            "steps": [step("部门", ("principal", "bob"), ("principal", "carol")), step("总经理", ("role", "approver"))],
        },
        {"route_id": "rest", "otherwise": True, "steps": [step("主管", ("principal", "bob"))]},
    ],
}


# Says what a purchase has to say.
TOPICS = ("specification", "delivery", "quality", "duties")
PURCHASE = {**DRAFT, "kind": "supplier", "clauses": [{"clause_id": topic, "heading": topic, "text": "x"} for topic in TOPICS]}


def test_a_contract_goes_the_whole_route_of_the_policy_that_was_published(house: House, opened: Opened) -> None:
    bob, carol, dave, erin = (
        Caller(house["admin"].client, issue(opened, who, [Role.APPROVER], ROOT)) for who in "bob carol dave erin".split()
    )
    assert house["reader"].get("/policies/approval").name == "NoSuchPolicy"
    assert house["auditor"].get("/policies/approval/editions").name == "NoSuchPolicy"
    assert house["admin"].post("/policies/another/publish", POLICY).status == 422
    gap = {**POLICY, "routes": POLICY["routes"][:1]}
    assert house["admin"].post("/policies/approval/publish", gap).name == "RoutesLeaveGap"
    assert house["admin"].post("/policies/approval/publish", POLICY).content["facts"] == ["policy.approval_published@2"]
    read = house["reader"].get("/policies/approval")
    assert (read.content["edition"], read.content["in_use"], len(read.content["routes"])) == (1, True, 2)
    assert house["reader"].get("/policies/approval", If_None_Match=read.headers["ETag"]).status == 304

    contract = house["drafter"].post("/contracts", PURCHASE).headers["Location"].removeprefix("/api/v1")
    house["drafter"].post(f"{contract}/submit-for-approval", {})
    state = house["reader"].get(contract).content["approval"]
    assert (state["route"]["route_id"], state["policy"], state["step"]) == ("large", {"policy_id": "approval", "edition": 1}, 1)
    assert dave.post(f"{contract}/approve", {}).name == "NotAnApprover"
    assert carol.post(f"{contract}/approve", {"opinion": "同意"}).content["facts"] == ["contract.step_approved@3"]
    assert bob.post(f"{contract}/delegate-step", {"to": "drafter", "why": "出差"}).name == "CreatorMayNotApprove"
    assert bob.post(f"{contract}/delegate-step", {"to": "dave", "why": "出差"}).status == 200
    assert dave.post(f"{contract}/approve", {}).status == 200
    for done in (carol, bob, dave):
        assert done.post(f"{contract}/approve", {}).name == "DecidedAlready"
    assert erin.post(f"{contract}/approve", {}).content["facts"] == ["contract.step_approved@3", "contract.approval_completed@1"]
    decisions = house["reader"].get(contract).content["approval"]["decisions"]
    assert [(d["step"], d["by"], d["on_behalf_of"]) for d in decisions] == [(1, "carol", None), (1, "dave", "bob"), (2, "erin", None)]

    editions = house["auditor"].get("/policies/approval/editions").content
    assert [(one["edition"], one["published_by"], one["in_use"]) for one in editions["editions"]] == [(1, "admin", True)]
    house["admin"].post("/policies/approval/publish", {**POLICY, "title": "新制度"})
    page = house["auditor"].get("/policies/approval/editions?limit=1").content
    assert ([one["title"] for one in page["editions"]], page["next_cursor"]) == (["审批制度"], "1")
    rest = house["auditor"].get("/policies/approval/editions?cursor=1").content
    assert [(one["title"], one["in_use"]) for one in rest["editions"]] == [("新制度", True)]
    assert house["admin"].post("/policies/approval/retire", {"why": "改版"}).status == 200
    assert not any(one["in_use"] for one in house["auditor"].get("/policies/approval/editions").content["editions"])
    assert house["reader"].get("/policies/approval").content["in_use"] is False


def test_whoever_has_the_role_that_a_step_names_decides_it(house: House) -> None:
    by_finance = {"route_id": "all", "otherwise": True, "steps": [step("财务", ("role", "finance")), step("审计", ("role", "auditor"))]}
    contract = house["drafter"].draft()
    house["drafter"].post(f"/contracts/{contract}/submit-for-approval")
    unnamed = house["finance"].post(f"/contracts/{contract}/approve")
    assert (unnamed.name, unnamed.content["details"]["approvers"]) == ("NotAnApprover", "role approver")
    assert house["drafter"].post(f"/contracts/{contract}/withdraw-submission", {"why": "x"}).status == 200
    assert house["admin"].post("/policies/approval/publish", {**POLICY, "routes": [by_finance]}).status == 200
    house["drafter"].post(f"/contracts/{contract}/submit-for-approval")
    assert house["reader"].post(f"/contracts/{contract}/approve").name == "NotAllowed"
    for who in ("approver", "auditor", "admin"):
        assert house[who].post(f"/contracts/{contract}/approve").name == "NotAnApprover"
    assert house["finance"].post(f"/contracts/{contract}/approve").content["facts"] == ["contract.step_approved@3"]
    assert house["finance"].post(f"/contracts/{contract}/approve").name == "DecidedAlready"
    assert house["auditor"].post(f"/contracts/{contract}/approve", {"opinion": "同意"}).status == 200
    assert house["reader"].get(f"/contracts/{contract}").content["status"] == "approved"


def test_a_policy_is_tried_on_what_was_submitted_before_it_is_published(house: House) -> None:
    small, large = (house["drafter"].draft(value={"amount": amount, "currency": "CNY"}) for amount in ("400.00", "60000.00"))
    for contract in (small, large):
        house["drafter"].post(f"/contracts/{contract}/submit-for-approval")
    # What changes after it was submitted is not what was judged.
    house["drafter"].post(f"/contracts/{small}/withdraw-submission", {"why": "x"})
    house["drafter"].post(f"/contracts/{small}/change-value", {"value": {"amount": "90000.00", "currency": "CNY"}})
    first = house["admin"].post("/policies/approval/simulate?limit=1", POLICY).content
    assert [one["contract_id"] for one in first["submissions"]] == [small]
    judged = first["submissions"][0]["judged"]
    assert (judged["verdict"], judged["becomes"]["route_id"], judged["gained"]) == ("changed", "rest", ["bob"])
    rest = house["auditor"].post(f"/policies/approval/simulate?cursor={first['next_cursor']}", POLICY).content
    assert (rest["submissions"][0]["judged"]["becomes"]["route_id"], rest["next_cursor"]) == ("large", None)
    assert rest["totals"]["gained"] == {"bob": 1, "carol": 1, "role approver": 1}
    gap = house["admin"].post("/policies/approval/simulate", {**POLICY, "routes": POLICY["routes"][:1]}).content
    assert (gap["totals"]["no_route"], gap["totals"]["changed"]) == (1, 1)
    assert house["admin"].post("/policies/approval/simulate?kind=sales", POLICY).content["totals"]["submissions"] == 0
    assert house["admin"].post("/policies/approval/simulate?until=2020-01-01T00:00:00Z", POLICY).content["submissions"] == []
    assert house["admin"].post("/policies/approval/simulate?rate=EUR:7.80&rate=USD:7.10", POLICY).status == 200
    for rate in ("EUR", "EUR:0", "EUR:-1", "EURO:7", "EUR:1e9", "EUR:7,8"):
        assert "query.rate" in house["admin"].post(f"/policies/approval/simulate?rate={rate}", POLICY).errors
    assert house["admin"].post("/policies/approval/simulate", {**POLICY, "routes": []}).name == "PolicyNotSound"
    assert "$.title" in house["admin"].post("/policies/approval/simulate", {"currency": "CNY", "routes": []}).errors
    assert house["admin"].post("/policies/approval/simulate?limit=9999", POLICY).status == 422
    assert house["admin"].get("/policies/approval").name == "NoSuchPolicy"


def test_a_flagged_counterparty_takes_its_own_route_and_the_past_is_judged_as_it_was_known_then(house: House) -> None:
    party = house["drafter"].post("/parties", {"name": "华东办公"}).content["id"]
    others = [{"counterparty_id": "c1", "name": "华东办公", "role": "supplier", "party_id": party}]
    before, after = (house["drafter"].draft(counterparties=others) for _ in range(2))
    house["drafter"].post(f"/contracts/{before}/submit-for-approval")
    flag = {"flag": "overdue", "why": "逾期未付", "severity": "warns"}
    flagged = next(a for a in (house[who].post(f"/parties/{party}/flag", flag) for who in house.keys) if a.status != 403)
    assert flagged.content["facts"] == ["party.flagged@1"]
    house["drafter"].post(f"/contracts/{after}/submit-for-approval")
    strict = {"route_id": "strict", "counterparty_flagged": True, "steps": [step("法务", ("principal", "bob"))]}
    policy = {**POLICY, "routes": [strict, {"route_id": "rest", "otherwise": True, "steps": [step("主管", ("principal", "carol"))]}]}
    tried = house["admin"].post("/policies/approval/simulate", policy).content["submissions"]
    assert {one["contract_id"]: one["judged"]["becomes"]["route_id"] for one in tried} == {before: "rest", after: "strict"}
    assert house["admin"].post("/policies/approval/publish", policy).content["facts"] == ["policy.approval_published@2"]
    contract = house["drafter"].draft(counterparties=others)
    house["drafter"].post(f"/contracts/{contract}/submit-for-approval")
    assert house["reader"].get(f"/contracts/{contract}").content["approval"]["route"]["route_id"] == "strict"
    said = house["auditor"].get(f"/contracts/{contract}/history").content["entries"][-1]["data"]["parties"]
    assert said == [{"party_id": party, "version": 2, "flagged": True}]
