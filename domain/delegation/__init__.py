"""Delegations 委托授权: an approver lets somebody else decide in their place, within bounds and for a time; each in a stream of its own.

Only what somebody may decide themselves can be delegated: what was left or delegated to them goes no further.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, assert_never, cast

from domain.access import Role
from domain.contract.vocabulary import Kind
from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.moments import require_past
from domain.money import Money
from domain.refusals import Refusal
from domain.text import is_blank


@value
class Scope:
    """What may be decided: what is left empty or open does not matter.

    `roles` are those in which the delegator decides, `steps` titles of steps; a contract of `at_most` is still within.
    """

    kinds: tuple[Kind, ...] = ()
    departments: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    steps: tuple[str, ...] = ()
    at_most: Money | None = None


EVERYTHING = Scope()


@fact("delegation.granted")
class DelegationGranted(Fact):
    """Who recorded it lets somebody else decide in their place, from one moment until before another."""

    to: str
    scope: Scope
    begins_at: datetime
    ends_at: datetime
    why: str


@fact("delegation.revoked")
class DelegationRevoked(Fact):
    """The delegation ended early; what was decided under it stands."""

    why: str


DelegationFact: TypeAlias = DelegationGranted | DelegationRevoked


@value
class GrantDelegation(Command):
    """Let somebody else decide in your place, within a scope and for a time."""

    to: str
    ends_at: datetime
    why: str
    scope: Scope = EVERYTHING
    begins_at: datetime | None = None


@value
class RevokeDelegation(Command):
    """End a delegation early."""

    why: str


DelegationCommand: TypeAlias = GrantDelegation | RevokeDelegation


class NoSuchDelegation(Refusal):
    """A delegation begins by being granted."""

    template = "There is no such delegation."


class DelegationExists(Refusal):
    """A delegation is granted once; other bounds are another delegation."""

    template = "This delegation was granted already; grant another instead."


class DelegationNeedsText(Refusal):
    """Who decides, which departments and steps, and why, are not blank."""

    template = "The {field} may not be blank."


class DelegatesOwnDecisions(Refusal):
    """A delegation is to somebody else."""

    template = "{actor} cannot delegate to themselves."


class DelegationTimeNotPossible(Refusal):
    """A delegation ends after it begins, and after now."""

    template = "A delegation from {begins_at} until {ends_at} is not possible: it ends after it begins, and not in the past."


class CeilingNotPositive(Refusal):
    """The amount up to which somebody decides is above zero."""

    template = "The amount {amount} is not above zero."


class NotTheDelegator(Refusal):
    """A delegation is ended by who granted it, or by an administrator."""

    template = "{delegator} granted this delegation; {actor} cannot revoke it."


class DelegationIsRevoked(Refusal):
    """What was revoked neither counts nor is revoked again."""

    template = "This delegation was revoked."


@dataclass(slots=True)
class Delegation:
    """A delegation after its first `version` facts."""

    version: int = 0
    delegator: str = ""
    to: str = ""
    scope: Scope = EVERYTHING
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    why: str = ""
    revoked: bool = False

    @property
    def exists(self) -> bool:
        """Whether it was granted."""
        return self.version > 0

    def copy(self) -> Delegation:
        """A state that may be folded further without touching this one."""
        return replace(self)


def decide(delegation: Delegation, command: DelegationCommand, occasion: Occasion) -> Sequence[Fact | Dated]:
    """HappensInTheFuture comes before the other refusals.

    Refusals: DelegationExists, DelegationNeedsText, DelegatesOwnDecisions, DelegationTimeNotPossible, CeilingNotPositive; for revoking
    NoSuchDelegation, NotTheDelegator, DelegationIsRevoked, DelegationNeedsText.
    """
    require_past(occasion)
    match command:
        case GrantDelegation():
            return [_grant(delegation, command, occasion)]
        case RevokeDelegation(why=why):
            if not delegation.exists:
                raise NoSuchDelegation
            if occasion.actor != delegation.delegator and Role.ADMIN not in occasion.roles:
                raise NotTheDelegator(delegator=delegation.delegator, actor=occasion.actor)
            if delegation.revoked:
                raise DelegationIsRevoked
            _require_text("reason", why)
            return [DelegationRevoked(why=why)]
        case unreachable:
            assert_never(unreachable)


def _grant(delegation: Delegation, command: GrantDelegation, occasion: Occasion) -> DelegationGranted:
    if delegation.exists:
        raise DelegationExists
    _require_text("delegate", command.to)
    for department in command.scope.departments:
        _require_text("department", department)
    for step in command.scope.steps:
        _require_text("step", step)
    _require_text("reason", command.why)
    if command.to == occasion.actor:
        raise DelegatesOwnDecisions(actor=occasion.actor)
    begins_at = command.begins_at or occasion.now
    if command.ends_at <= max(begins_at, occasion.now):
        raise DelegationTimeNotPossible(begins_at=begins_at.isoformat(), ends_at=command.ends_at.isoformat())
    ceiling = command.scope.at_most
    if ceiling is not None and ceiling.minor <= 0:
        raise CeilingNotPositive(amount=ceiling)
    return DelegationGranted(to=command.to, scope=command.scope, begins_at=begins_at, ends_at=command.ends_at, why=command.why)


def _require_text(field: str, text: str) -> None:
    if is_blank(text):
        raise DelegationNeedsText(field=field)


def fold(delegation: Delegation, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("DelegationFact", entry.fact)
    match happened:
        case DelegationGranted():
            delegation.delegator = entry.meta.actor
            delegation.to = happened.to
            delegation.scope = happened.scope
            delegation.begins_at = happened.begins_at
            delegation.ends_at = happened.ends_at
            delegation.why = happened.why
        case DelegationRevoked():
            delegation.revoked = True
        case unreachable:
            assert_never(unreachable)
    delegation.version = entry.version
