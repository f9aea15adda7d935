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


def test_a_contract_goes_the_whole_route_of_the_policy_that_was_published(house: House, opened: Opened) -> None:
    bob, carol, dave, erin = (
        Caller(house["admin"].client, issue(opened, who, [Role.APPROVER], ROOT)) for who in "bob carol dave erin".split()
    )
    assert house["reader"].get("/policies/approval").name == "NoSuchPolicy"
    assert house["admin"].post("/policies/another/publish", POLICY).status == 422
    gap = {**POLICY, "routes": POLICY["routes"][:1]}
    assert house["admin"].post("/policies/approval/publish", gap).name == "RoutesLeaveGap"
    assert house["admin"].post("/policies/approval/publish", POLICY).content["facts"] == ["policy.approval_published@1"]
    read = house["reader"].get("/policies/approval")
    assert (read.content["edition"], read.content["in_use"], len(read.content["routes"])) == (1, True, 2)
    assert house["reader"].get("/policies/approval", If_None_Match=read.headers["ETag"]).status == 304

    contract = house["drafter"].post("/contracts", DRAFT).headers["Location"].removeprefix("/api/v1")
    house["drafter"].post(f"{contract}/submit-for-approval", {})
    state = house["reader"].get(contract).content["approval"]
    assert (state["route"]["route_id"], state["policy"], state["step"]) == ("large", {"policy_id": "approval", "edition": 1}, 1)
    assert dave.post(f"{contract}/approve", {}).name == "NotAnApprover"
    assert carol.post(f"{contract}/approve", {"opinion": "同意"}).content["facts"] == ["contract.step_approved@2"]
    assert bob.post(f"{contract}/delegate-step", {"to": "drafter", "why": "出差"}).name == "CreatorMayNotApprove"
    assert bob.post(f"{contract}/delegate-step", {"to": "dave", "why": "出差"}).status == 200
    assert dave.post(f"{contract}/approve", {}).status == 200
    for done in (carol, bob, dave):
        assert done.post(f"{contract}/approve", {}).name == "DecidedAlready"
    assert erin.post(f"{contract}/approve", {}).content["facts"] == ["contract.step_approved@2", "contract.approval_completed@1"]
    decisions = house["reader"].get(contract).content["approval"]["decisions"]
    assert [(d["step"], d["by"], d["on_behalf_of"]) for d in decisions] == [(1, "carol", None), (1, "dave", "bob"), (2, "erin", None)]

    assert house["admin"].post("/policies/approval/retire", {"why": "改版"}).status == 200
    assert house["reader"].get("/policies/approval").content["in_use"] is False
