"""Deciding a step under a delegation that its holder granted ahead: whether it counts for this contract, this step and this moment."""

from __future__ import annotations

from collections.abc import Collection

from domain.access import KeyRing
from domain.contract.route import ANY_APPROVER, Approval, Approver, ApproverKind, DelegationRef
from domain.contract.state import Contract
from domain.facts import Occasion
from domain.money import Money
from domain.refusals import Refusal


class DelegationToAnother(Refusal):
    """A delegation is used by whom it names."""

    template = "The delegation {delegation_id!r} is to {to}; {actor} cannot decide under it."


class DelegationNotBegun(Refusal):
    """A delegation counts from the moment on that it names."""

    template = "The delegation {delegation_id!r} begins at {begins_at}."


class DelegationOver(Refusal):
    """A delegation counts until before the moment that it names."""

    template = "The delegation {delegation_id!r} ended at {ends_at}."


class DelegationPassedOn(Refusal):
    """What was left to somebody for this contract is not delegated further."""

    template = "{delegator} decides this step only because it was left to them; {actor} cannot decide it for them."


class DelegatorNotAnApprover(Refusal):
    """A delegate decides what the delegator could decide, and nothing else."""

    template = "Step {step} waits for {approvers}; {delegator}, who granted the delegation, is none of them."


class DelegationDoesNotCover(Refusal):
    """A delegate decides within the scope of the delegation; an amount that cannot be compared with its ceiling is not within."""

    template = "The delegation {delegation_id!r} does not cover this contract: its {element} is out of scope."


def seat_under(
    contract: Contract, approval: Approval, delegation_id: str, occasion: Occasion
) -> tuple[Approver | None, str, DelegationRef]:
    """The seat that somebody takes under a delegation, whose it is, and the delegation as it was looked up.

    It has to count now, whenever the decision is said to have been made. Refusals: NoSuchDelegation, DelegationToAnother,
    DelegationIsRevoked, DelegationNotBegun, DelegationOver, DelegationPassedOn, DelegatorNotAnApprover, DelegationDoesNotCover.
    """
    # Delegations are made of contracts' words.
    from domain.delegation import Delegation, DelegationIsRevoked, NoSuchDelegation  # noqa: PLC0415

    delegation = occasion.around.state(Delegation, delegation_id)
    if not delegation.exists or delegation.begins_at is None or delegation.ends_at is None:
        raise NoSuchDelegation
    if delegation.to != occasion.actor:
        raise DelegationToAnother(delegation_id=delegation_id, to=delegation.to, actor=occasion.actor)
    if delegation.revoked:
        raise DelegationIsRevoked
    if occasion.now < delegation.begins_at:
        raise DelegationNotBegun(delegation_id=delegation_id, begins_at=delegation.begins_at.isoformat())
    if occasion.now >= delegation.ends_at:
        raise DelegationOver(delegation_id=delegation_id, ends_at=delegation.ends_at.isoformat())
    scope, delegator = delegation.scope, delegation.delegator
    seats = _held(approval, delegator, occasion)
    covered = [seat for seat in seats if not scope.roles or _in_role(seat, scope.roles)]
    for element, within in (
        ("kind", not scope.kinds or contract.kind in scope.kinds),
        ("department", not scope.departments or contract.department in scope.departments),
        ("step", not scope.steps or approval.awaited.title in scope.steps),
        ("role", bool(covered)),
        ("amount", scope.at_most is None or _within(scope.at_most, contract.value, approval.amount)),
    ):
        if not within:
            raise DelegationDoesNotCover(delegation_id=delegation_id, element=element)
    return covered[0], delegator, DelegationRef(delegation_id=delegation_id, version=delegation.version)


def _held(approval: Approval, delegator: str, occasion: Occasion) -> list[Approver | None]:
    """The vacant seats of a delegator, by name or by a role that one of their keys has.

    Refusals: DelegationPassedOn, DelegatorNotAnApprover.
    """
    ring = occasion.around.state(KeyRing, "")
    roles = frozenset[str]().union(*(key.roles for key in ring.keys.values() if key.principal == delegator))
    held = [seat for seat in approval.vacant if (seat or ANY_APPROVER).admits(delegator, roles)]
    if held:
        return sorted(held, key=lambda seat: seat is None or seat.name != delegator)
    if any((left.step, left.to) == (approval.step, delegator) for left in approval.handed_over):
        raise DelegationPassedOn(delegator=delegator, actor=occasion.actor)
    approvers = ", ".join(str(seat or ANY_APPROVER) for seat in approval.vacant)
    raise DelegatorNotAnApprover(step=approval.step, approvers=approvers, delegator=delegator)


def _in_role(seat: Approver | None, roles: Collection[str]) -> bool:
    decides = seat or ANY_APPROVER
    return decides.kind is ApproverKind.ROLE and decides.name in roles


def _within(ceiling: Money, *amounts: Money | None) -> bool:
    comparable = [amount.minor for amount in amounts if amount is not None and amount.currency == ceiling.currency]
    return bool(comparable) and max(comparable) <= ceiling.minor
