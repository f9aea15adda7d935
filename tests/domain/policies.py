"""Policies that decisions find around them, and a history on one of their routes. Bob and Carol decide first, then a finance role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar, cast

from domain.access import Key, KeyRing, Role
from domain.contract.approval import StepApproved, SubmittedForApproval
from domain.contract.route import Approver, ApproverKind, PolicyEdition, Quorum, RouteStep
from domain.contract.vocabulary import Kind
from domain.delegation import EVERYTHING, Delegation, Scope
from domain.party import Party
from domain.policy import Policy
from domain.policy.routes import Route
from domain.surroundings import Alone
from tests.facts import cny, drafted
from tests.spec import ALICE, BOB, CAROL, told

S = TypeVar("S")


def person(name: str) -> Approver:
    """A named approver."""
    return Approver(kind=ApproverKind.PRINCIPAL, name=name)


FINANCE = Approver(kind=ApproverKind.ROLE, name=Role.FINANCE)
HEADS = RouteStep(title="部门 / Heads", approvers=(person(BOB), person(CAROL)), quorum=Quorum.ALL)
MONEY = RouteStep(title="财务 / Finance", approvers=(FINANCE, person(ALICE)), quorum=Quorum.ANY)
LARGE = Route(route_id="large", steps=(HEADS, MONEY), kinds=(Kind.SUPPLIER,), at_least=cny("50000.00"))
OTHERWISE = Route(route_id="rest", steps=(RouteStep(title="主管 / Head", approvers=(person(BOB),)),), otherwise=True)


def policy(*routes: Route, currency: str = "CNY") -> Policy:
    """A policy in use at its second edition."""
    return Policy(version=2, edition=2, title="审批制度 / Approvals", currency=currency, routes=routes, in_use=True)


class Ruled(Alone):
    """Nothing around but a policy."""

    def __init__(self, policy: Policy, **parties: Party) -> None:
        """Takes the policy that is in use, and parties by id."""
        self._policy = policy
        self._parties = parties

    def state(self, blank: Callable[[], S], identity: str) -> S:
        """The policy of approval, a party; a blank state of anything else."""
        if blank is Party and identity in self._parties:
            return cast("S", self._parties[identity])
        return cast("S", self._policy) if blank is Policy and identity == "approval" else blank()


def delegation(
    delegator: str, to: str, scope: Scope = EVERYTHING, *, begins: int = 2025, ends: int = 2027, revoked: bool = False
) -> Delegation:
    """A delegation over some years."""
    begins_at, ends_at = datetime(begins, 1, 1, tzinfo=UTC), datetime(ends, 1, 1, tzinfo=UTC)
    return Delegation(version=1, delegator=delegator, to=to, scope=scope, begins_at=begins_at, ends_at=ends_at, why="出差", revoked=revoked)


class Delegated(Alone):
    """Nothing around but delegations, and keys that give some people the role of finance."""

    def __init__(self, delegations: Mapping[str, Delegation], *finance: str) -> None:
        """Takes the delegations by id."""
        self._delegations = delegations
        keys = {who: Key(key_id=who, principal=who, roles=frozenset({Role.FINANCE}), secret_sha256="") for who in finance}
        self._ring = KeyRing(version=len(keys), keys=keys)

    def state(self, blank: Callable[[], S], identity: str) -> S:
        """The keys, a delegation by its id; a blank state of anything else."""
        if blank is KeyRing:
            return cast("S", self._ring)
        return cast("S", self._delegations[identity]) if blank is Delegation and identity in self._delegations else blank()


RULED = Ruled(policy(LARGE, OTHERWISE))
EDITION = PolicyEdition(policy_id="approval", edition=2)
SUBMITTED = SubmittedForApproval(route=LARGE.chosen, policy=EDITION, amount=cny("83420.00"))
routed = drafted + told(SUBMITTED)
heads_agreed = routed + told(StepApproved(step=1, seat=person(BOB)), by=BOB) + told(StepApproved(step=1, seat=person(CAROL)), by=CAROL)
