"""Delegations are granted by whoever decides, to somebody else, for a time that is not over, and ended by them or an administrator."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.access import Role
from domain.contract.vocabulary import Kind
from domain.delegation import (
    EVERYTHING,
    CeilingNotPositive,
    DelegatesOwnDecisions,
    Delegation,
    DelegationCommand,
    DelegationExists,
    DelegationGranted,
    DelegationIsRevoked,
    DelegationNeedsText,
    DelegationRevoked,
    DelegationTimeNotPossible,
    GrantDelegation,
    NoSuchDelegation,
    NotTheDelegator,
    RevokeDelegation,
    Scope,
    decide,
    fold,
)
from domain.facts import Entry, Fact, Meta, Occasion
from domain.refusals import Refusal
from tests.facts import cny
from tests.spec import ALICE, BOB, START

NOW = Occasion(actor=ALICE, now=START, effective_at=START)
WEEK = timedelta(days=7)
GRANT = GrantDelegation(to=BOB, ends_at=START + WEEK, why="国庆休假", scope=Scope(kinds=(Kind.SUPPLIER,), at_most=cny("50000.00")))
REVOKE = RevokeDelegation(why="提前返岗")


def folded(*facts: Fact) -> Delegation:
    state = Delegation()
    for n, fact in enumerate(facts, 1):
        fold(state, Entry(n, "delegation-1", n, fact, START, START, f"c{n}", Meta(actor=ALICE, credential="k", channel="api")))
    return state


GRANTED = DelegationGranted(to=BOB, scope=GRANT.scope, begins_at=START, ends_at=START + WEEK, why="国庆休假")
IN_USE = folded(GRANTED)
REVOKED = folded(GRANTED, DelegationRevoked(why="提前返岗"))


def test_a_delegation_begins_now_where_nothing_else_is_said() -> None:
    assert decide(Delegation(), GRANT, NOW) == [GRANTED]
    later = replace(GRANT, begins_at=START + timedelta(days=1))
    assert decide(Delegation(), later, NOW) == [replace(GRANTED, begins_at=START + timedelta(days=1))]
    assert (IN_USE.delegator, IN_USE.to, IN_USE.scope, IN_USE.revoked) == (ALICE, BOB, GRANT.scope, False)


def test_it_is_ended_by_who_granted_it_or_by_an_administrator() -> None:
    assert decide(IN_USE, REVOKE, NOW) == [DelegationRevoked(why="提前返岗")]
    assert decide(IN_USE, REVOKE, replace(NOW, actor="carol", roles=frozenset({Role.ADMIN}))) == [DelegationRevoked(why="提前返岗")]
    assert REVOKED.revoked


@pytest.mark.parametrize(
    ("state", "command", "occasion", "refusal"),
    [
        (IN_USE, replace(GRANT, to=""), NOW, DelegationExists),
        (Delegation(), replace(GRANT, to=" ", why=""), NOW, DelegationNeedsText),
        (Delegation(), replace(GRANT, scope=Scope(departments=("",))), NOW, DelegationNeedsText),
        (Delegation(), replace(GRANT, scope=Scope(steps=("\u00a0",))), NOW, DelegationNeedsText),
        (Delegation(), replace(GRANT, to=ALICE, why=""), NOW, DelegationNeedsText),
        (Delegation(), replace(GRANT, to=ALICE, ends_at=START), NOW, DelegatesOwnDecisions),
        (Delegation(), replace(GRANT, ends_at=START, scope=Scope(at_most=cny("0.00"))), NOW, DelegationTimeNotPossible),
        (Delegation(), replace(GRANT, begins_at=START + WEEK), NOW, DelegationTimeNotPossible),
        (Delegation(), replace(GRANT, begins_at=START - WEEK, ends_at=START), NOW, DelegationTimeNotPossible),
        (Delegation(), replace(GRANT, scope=Scope(at_most=cny("0.00"))), NOW, CeilingNotPositive),
        (Delegation(), REVOKE, NOW, NoSuchDelegation),
        (REVOKED, REVOKE, replace(NOW, actor=BOB), NotTheDelegator),
        (IN_USE, REVOKE, replace(NOW, actor=BOB, roles=frozenset({Role.APPROVER})), NotTheDelegator),
        (REVOKED, RevokeDelegation(why=""), NOW, DelegationIsRevoked),
        (IN_USE, RevokeDelegation(why=" "), NOW, DelegationNeedsText),
    ],
)
def test_what_is_refused_in_the_order_of_the_rules(
    state: Delegation, command: DelegationCommand, occasion: Occasion, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal) as refused:
        decide(state, command, occasion)
    assert type(refused.value) is refusal
    assert str(refused.value) == refusal.template.format(**refused.value.details)


def test_the_scope_of_everything_is_empty() -> None:
    assert Scope() == EVERYTHING
    assert Delegation().copy() == Delegation()
