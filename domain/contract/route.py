"""A route of approval as a submission pins it: its steps, whom each one waits for, and what was decided so far."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from domain.access import Role
from domain.facts import value
from domain.money import Money


class ApproverKind(StrEnum):
    """Whether an approver is a named principal or whoever has a role."""

    PRINCIPAL = "principal"
    ROLE = "role"


class Quorum(StrEnum):
    """How many of a step's approvers have to agree."""

    ALL = "all"
    ANY = "any"


@value
class Approver:
    """Who may decide: a principal by name, or anybody with a role."""

    kind: ApproverKind
    name: str

    def admits(self, principal: str, roles: frozenset[str]) -> bool:
        """Whether somebody with these roles is meant."""
        return self.name == principal if self.kind is ApproverKind.PRINCIPAL else self.name in roles

    def __str__(self) -> str:
        """The name; a role is said to be one."""
        return self.name if self.kind is ApproverKind.PRINCIPAL else f"role {self.name}"


@value
class RouteStep:
    """One step: several approvers decide beside each other. Without approvers any approver may decide who had no hand in the draft."""

    title: str
    approvers: tuple[Approver, ...]
    quorum: Quorum = Quorum.ALL


@value
class ChosenRoute:
    """The steps that a submission has to go through, and whether one person may decide several of them."""

    route_id: str
    steps: tuple[RouteStep, ...]
    may_repeat: bool = False


@value
class PolicyEdition:
    """An edition of an approval policy."""

    policy_id: str
    edition: int


@value
class PartySeen:
    """A party on the other side as it was looked up: at which version, and whether it was flagged then."""

    party_id: str
    version: int
    flagged: bool


# Who decides a step that names nobody.
ANY_APPROVER = Approver(kind=ApproverKind.ROLE, name=Role.APPROVER)
# What is gone through where no policy is published.
ONE_STEP = ChosenRoute(route_id="one_step", steps=(RouteStep(title="审批 / Approval", approvers=(), quorum=Quorum.ANY),))


@value
class DelegationRef:
    """A standing delegation under which somebody decided, and the version of it that was looked up."""

    delegation_id: str
    version: int


@value
class Decision:
    """Somebody's agreement, in whose place it counts, for whom it was given where not for oneself, and under which delegation."""

    step: int
    seat: Approver | None
    by: str
    on_behalf_of: str | None = None
    delegation: DelegationRef | None = None


@value
class HandedOver:
    """A seat of a step that its holder left to somebody else."""

    step: int
    seat: Approver | None
    by: str
    to: str


@value
class Approval:
    """An approval under way or done: its route, the step that is waited for (from 1), and what was decided and handed over.

    `amount` is what the policy judged, in its currency; `since` is when this step was reached.
    """

    route: ChosenRoute
    policy: PolicyEdition | None = None
    step: int = 1
    decisions: tuple[Decision, ...] = ()
    handed_over: tuple[HandedOver, ...] = ()
    amount: Money | None = None
    since: datetime | None = None

    @property
    def awaited(self) -> RouteStep:
        """The step that is waited for."""
        return self.route.steps[self.step - 1]

    @property
    def seats(self) -> tuple[Approver | None, ...]:
        """The seats of this step; a single one without a name where anybody may decide."""
        return self.awaited.approvers or (None,)

    @property
    def vacant(self) -> tuple[Approver | None, ...]:
        """The seats of this step for which nobody agreed yet."""
        taken = [d.seat for d in self.decisions if d.step == self.step]
        return tuple(seat for seat in self.seats if seat not in taken)

    @property
    def deciders(self) -> frozenset[str]:
        """Everybody who decided, or for whom somebody did."""
        return frozenset(name for d in self.decisions for name in (d.by, d.on_behalf_of) if name is not None)

    @property
    def passed(self) -> bool:
        """Whether enough of this step's approvers agreed."""
        needed = 1 if self.awaited.quorum is Quorum.ANY else len(self.seats)
        return len(self.seats) - len(self.vacant) >= needed
