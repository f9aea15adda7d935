"""Approval policies: editions of a set of routes, one of which each submission takes. An edition is checked, and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never, cast

from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.moments import require_past
from domain.policy.routes import PolicyNeedsText, Route, require_sound
from domain.refusals import Refusal
from domain.text import is_blank

APPROVAL = "approval"


@fact("policy.approval_published", schema=2)
class ApprovalPolicyPublished(Fact):
    """An edition of the approval policy; what is submitted from then on takes one of its routes. Bands of amounts are in `currency`."""

    edition: int
    title: str
    currency: str
    routes: tuple[Route, ...]


@fact("policy.retired")
class PolicyRetired(Fact):
    """The policy no longer decides anything."""

    edition: int
    why: str


PolicyFact: TypeAlias = ApprovalPolicyPublished | PolicyRetired


@value
class PublishPolicy(Command):
    """Publish the next edition of an approval policy."""

    title: str
    currency: str
    routes: tuple[Route, ...]


@value
class RetirePolicy(Command):
    """Retire an approval policy."""

    why: str


PolicyCommand: TypeAlias = PublishPolicy | RetirePolicy


class NoSuchPolicy(Refusal):
    """A policy begins with its first edition."""

    template = "No such policy was ever published."


class PolicyNotInUse(Refusal):
    """Only a policy that decides can be retired."""

    template = "No such policy is in use."


class NothingInPolicyChanges(Refusal):
    """An edition that says what the one before said leaves no trace."""

    template = "Edition {edition} already says so; nothing changes."


@dataclass(slots=True)
class Policy:
    """A policy after its first `version` facts; `edition` counts what was published."""

    version: int = 0
    edition: int = 0
    title: str = ""
    currency: str = ""
    routes: tuple[Route, ...] = ()
    in_use: bool = False

    @property
    def exists(self) -> bool:
        """Whether an edition was ever published."""
        return self.version > 0

    def copy(self) -> Policy:
        """A state that may be folded further without touching this one."""
        return replace(self)


def decide(policy: Policy, command: PolicyCommand, occasion: Occasion) -> Sequence[Fact | Dated]:
    """HappensInTheFuture comes before the other refusals.

    Refusals: PolicyNeedsText, what `require_sound` refuses, NothingInPolicyChanges; PolicyNotInUse, PolicyNeedsText.
    """
    require_past(occasion)
    match command:
        case PublishPolicy(title=title, currency=currency, routes=routes):
            if is_blank(title):
                raise PolicyNeedsText(field="title")
            require_sound(currency, routes)
            if policy.in_use and (policy.title, policy.currency, policy.routes) == (title, currency, routes):
                raise NothingInPolicyChanges(edition=policy.edition)
            return [ApprovalPolicyPublished(edition=policy.edition + 1, title=title, currency=currency, routes=routes)]
        case RetirePolicy(why=why):
            if not policy.in_use:
                raise PolicyNotInUse
            if is_blank(why):
                raise PolicyNeedsText(field="reason")
            return [PolicyRetired(edition=policy.edition, why=why)]
        case unreachable:
            assert_never(unreachable)


def fold(policy: Policy, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("PolicyFact", entry.fact)
    match happened:
        case ApprovalPolicyPublished():
            policy.edition = happened.edition
            policy.title = happened.title
            policy.currency = happened.currency
            policy.routes = happened.routes
            policy.in_use = True
        case PolicyRetired():
            policy.in_use = False
        case unreachable:
            assert_never(unreachable)
    policy.version = entry.version
