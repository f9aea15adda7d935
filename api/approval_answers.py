"""What the API answers about approvals, delegations, and the editions of policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.contract.rounds import Round
from domain.delegation import Scope
from domain.policy.editions import PublishedEdition
from infra.simulation import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEditionPage:
    """A page of the editions of a policy."""

    editions: tuple[PublishedEdition, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRounds:
    """The rounds of approval of a contract: each submission with everything that was decided on it."""

    id: str
    version: int
    rounds: tuple[Round, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationAnswer:
    """A delegation as it stands. Whether it counts is a matter of the moment too."""

    id: str
    version: int
    delegator: str
    to: str
    scope: Scope
    begins_at: datetime
    ends_at: datetime
    why: str
    revoked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationPage:
    """A page of delegations."""

    delegations: tuple[DelegationAnswer, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationTotals:
    """What a policy would change over the submissions of a page."""

    submissions: int
    same: int
    changed: int
    no_route: int
    no_rate: int
    barred: int
    steps_differ: int
    approvers_differ: int
    gained: Mapping[str, int]
    lost: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationPage:
    """A page of submissions of the past, and what a policy would make of them."""

    submissions: tuple[Submission, ...]
    totals: SimulationTotals
    next_cursor: str | None
