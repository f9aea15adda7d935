"""Delegations from the command line: granted, listed, revoked."""

from __future__ import annotations

from tests.scripts.conftest import Tally


def test_a_delegation_is_granted_listed_and_revoked(empty_tally: Tally) -> None:
    grant = ("delegations", "grant", "bob", "--until", "2999-10-07", "--why", "国庆休假")
    bounds = ("--kind", "supplier", "--department", "采购部", "--role", "finance", "--step", "财务", "--at-most", "50000.00 CNY")
    done = empty_tally.json(*grant, *bounds, "--from", "2999-10-01")
    assert done["facts"] == ["delegation.granted@1"]
    assert empty_tally.json(*grant)["id"] != done["id"]
    listed = empty_tally.json("delegations", "list")["delegations"]
    assert listed[0]["id"] == done["id"]
    assert (listed[0]["ends_at"], listed[0]["scope"]["at_most"]) == (
        "2999-10-07T23:59:59.999999Z",
        {"amount": "50000.00", "currency": "CNY"},
    )
    first, second = empty_tally("delegations", "list").stdout.splitlines()[1:]
    assert "supplier, 采购部, role finance, 财务, up to 50,000.00 CNY" in first
    assert "to come" in first
    assert "everything" in second
    assert "in use" in second
    assert empty_tally.json("delegations", "revoke", done["id"], "--why", "取消出差")["facts"] == ["delegation.revoked@1"]
    assert "revoked" in empty_tally("delegations", "list").stdout
    assert "DelegationIsRevoked" in empty_tally("delegations", "revoke", done["id"], "--why", "x", exit_code=1).stderr
    assert "an amount and its currency" in empty_tally(*grant, "--at-most", "5", exit_code=2).stderr
    assert (
        "DelegationTimeNotPossible" in empty_tally("delegations", "grant", "bob", "--until", "2001-01-01", "--why", "x", exit_code=1).stderr
    )
