"""Standing delegations over HTTP: granted, read, decided under, and over once they are revoked."""

from __future__ import annotations

from typing import Any

from api.keys import issue
from domain.access import Role
from infra.opening import Opened
from tests.api.caller import Caller, House
from tests.api.conftest import ROOT
from tests.api.test_policies import step

ALWAYS = {"begins_at": "2000-01-01T00:00:00Z", "ends_at": "2999-01-01T00:00:00Z", "why": "出差"}
BY_FINANCE = {"route_id": "all", "otherwise": True, "steps": [step("财务", ("role", "finance")), step("总经理", ("principal", "bob"))]}


def granted(caller: Caller, to: str, **more: Any) -> str:  # noqa: ANN401 - JSON
    answer = caller.post("/delegations", {**ALWAYS, "to": to, **more})
    assert answer.status == 201, answer.content
    return str(answer.content["id"])


def test_a_delegate_decides_in_the_place_of_who_granted_it_until_it_is_revoked(house: House, opened: Opened) -> None:
    bob, carol, dave = (Caller(house["admin"].client, issue(opened, who, [Role.APPROVER], ROOT)) for who in "bob carol dave".split())
    policy = {"title": "审批制度", "currency": "CNY", "routes": [BY_FINANCE]}
    assert house["admin"].post("/policies/approval/publish", policy).status == 200
    by_role, by_name = granted(house["finance"], "carol", scope={"roles": ["finance"]}), granted(bob, "dave")
    small = granted(bob, "dave", scope={"at_most": {"amount": "100.00", "currency": "CNY"}})
    contract = house["drafter"].draft()
    house["drafter"].post(f"/contracts/{contract}/submit-for-approval")
    approve = f"/contracts/{contract}/approve"
    assert carol.post(approve, {"delegation_id": "nothing"}).status == 404
    assert dave.post(approve, {"delegation_id": by_role}).name == "DelegationToAnother"
    assert dave.post(approve, {"delegation_id": by_name}).name == "DelegatorNotAnApprover"
    assert carol.post(approve, {"delegation_id": by_role, "opinion": "同意"}).content["facts"] == ["contract.step_approved@3"]
    assert house["finance"].post(approve).name == "DecidedAlready"
    out_of_scope = dave.post(approve, {"delegation_id": small})
    assert (out_of_scope.name, out_of_scope.content["details"]["element"]) == ("DelegationDoesNotCover", "amount")
    assert dave.post(f"/delegations/{by_name}/revoke", {"why": "x"}).name == "NotTheDelegator"
    assert bob.post(f"/delegations/{by_name}/revoke", {"why": "提前返岗"}).content["facts"] == ["delegation.revoked@1"]
    assert dave.post(approve, {"delegation_id": by_name}).name == "DelegationIsRevoked"
    again = granted(bob, "dave")
    assert dave.post(approve, {"delegation_id": again}).status == 200
    decisions = house["reader"].get(f"/contracts/{contract}").content["approval"]["decisions"]
    assert [(d["by"], d["on_behalf_of"], d["delegation"]) for d in decisions] == [
        ("carol", "finance", {"delegation_id": by_role, "version": 1}),
        ("dave", "bob", {"delegation_id": again, "version": 1}),
    ]
    sheet = house["auditor"].get(f"/contracts/{contract}/approval-sheet?format=md").content.decode()
    assert f"dave（代bob，委托编号{again}）" in sheet


def test_nobody_decides_for_the_drafter_by_whatever_delegation(house: House, opened: Opened) -> None:
    both = Caller(house["admin"].client, issue(opened, "both", [Role.DRAFTER, Role.APPROVER], ROOT))
    delegation = granted(both, "approver")
    contract = both.draft()
    both.post(f"/contracts/{contract}/submit-for-approval")
    refused = house["approver"].post(f"/contracts/{contract}/approve", {"delegation_id": delegation})
    assert (refused.name, refused.content["details"]) == ("CreatorMayNotApprove", {"actor": "both"})


def test_delegations_are_listed_and_read(house: House) -> None:
    first, second = (granted(house["approver"], to, scope={"kinds": ["supplier"]}) for to in ("zhao.lei", "wang.min"))
    page = house["auditor"].get("/delegations?limit=1").content
    assert [one["id"] for one in page["delegations"]] == [first]
    rest = house["auditor"].get(f"/delegations?cursor={page['next_cursor']}").content
    assert ([one["to"] for one in rest["delegations"]], rest["next_cursor"]) == (["wang.min"], None)
    read = house["auditor"].get(f"/delegations/{second}")
    assert (read.content["delegator"], read.content["scope"]["kinds"], read.content["revoked"]) == ("approver", ["supplier"], False)
    assert house["auditor"].get(f"/delegations/{second}", If_None_Match=read.headers["ETag"]).status == 304
    assert house["auditor"].get("/delegations/nothing").name == "NoSuchDelegation"
    assert house["reader"].get("/delegations").status == 403
    assert house["approver"].post("/delegations", {**ALWAYS, "to": "approver"}).name == "DelegatesOwnDecisions"
    past = {**ALWAYS, "to": "x", "ends_at": "2001-01-01T00:00:00Z"}
    assert house["approver"].post("/delegations", past).name == "DelegationTimeNotPossible"
    assert "$.ends_at" in house["approver"].post("/delegations", {"to": "x", "why": "y"}).errors
