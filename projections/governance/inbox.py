"""What people ask of decisions that wait: which are theirs to take, by name, by role, because they were left to them, or by delegation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any, Final, NamedTuple

from domain.access import KeyRing, Role
from domain.contract.awaited import DecisionMatter
from domain.contract.route import ApproverKind
from domain.delegation import Delegation
from domain.money import Money
from infra.ledger import ACCESS, DELEGATION
from infra.opening import Opened
from projections.governance.about import BY_CONTRACT, EVERY, KEY, ContractFilter, OfContract, typed
from projections.governance.table import BETWEEN, GOVERNANCE
from projections.paging import Order, SortColumn, Where, require_plain
from projections.past import Moments
from projections.rows import Rows, sorted_by

SORTS: Final = {c.name: c for c in (SortColumn("since", "timestamptz", nullable=True), *BY_CONTRACT)}


class Reach(StrEnum):
    """By what somebody may decide."""

    NAME = "name"
    ROLE = "role"
    LEFT = "left"
    DELEGATION = "delegation"


class Way(NamedTuple):
    """One way in which a decision is somebody's; under which delegation and on whose behalf, where it is by one."""

    reach: Reach
    delegation_id: str | None = None
    on_behalf_of: str | None = None


class Lent(NamedTuple):
    """A delegation that counts, and the roles of whoever granted it."""

    delegation_id: str
    delegation: Delegation
    roles: frozenset[str]


class Decider(NamedTuple):
    """Somebody with their roles, and the delegations to them that count."""

    name: str
    roles: frozenset[str]
    lent: tuple[Lent, ...]


@dataclass(frozen=True, slots=True)
class AwaitedDecision(OfContract):
    """A seat that waits for a decision; amounts in minor units."""

    matter: DecisionMatter
    subject: str
    seat_kind: ApproverKind
    seat_name: str
    since: datetime | None
    submitted_by: str
    barred: str
    decided: str
    left_to: str
    amount_minor: int | None
    currency: str | None
    value_minor: int | None
    value_currency: str | None
    step: int
    steps: int
    step_title: str | None
    route_id: str | None
    policy_id: str | None
    policy_edition: int | None

    @property
    def amount(self) -> Money | None:
        """What the policy judged, otherwise the contract's value."""
        return _money(self.amount_minor, self.currency)

    @property
    def value(self) -> Money | None:
        """The contract's value."""
        return _money(self.value_minor, self.value_currency)

    def admits(self, name: str, roles: Iterable[str]) -> bool:
        """Whether the seat is somebody's, by name or by one of their roles."""
        return self.seat_name == name if self.seat_kind is ApproverKind.PRINCIPAL else self.seat_name in roles

    def closed_to(self, name: str) -> bool:
        """Whether somebody may not decide whatever they are: they had a hand in it, or decided already."""
        return name in (*self.barred.split(BETWEEN), *self.decided.split(BETWEEN))

    def ways(self, decider: Decider) -> tuple[Way, ...]:
        """In which ways it is somebody's to decide; none where it is not."""
        return () if self.closed_to(decider.name) else tuple(self._ways(decider))

    def _ways(self, decider: Decider) -> Iterator[Way]:
        if self.admits(decider.name, decider.roles):
            yield Way(Reach.NAME if self.seat_kind is ApproverKind.PRINCIPAL else Reach.ROLE)
        if decider.name in self.left_to.split(BETWEEN):
            yield Way(Reach.LEFT)
        for lent in decider.lent:
            delegator = lent.delegation.delegator
            if self.covered(lent) and self.admits(delegator, lent.roles) and not self.closed_to(delegator):
                yield Way(Reach.DELEGATION, lent.delegation_id, delegator)

    def covered(self, lent: Lent) -> bool:
        """Whether a delegation is for such contracts, steps, roles and amounts."""
        scope = lent.delegation.scope
        in_role = self.seat_kind is ApproverKind.ROLE and self.seat_name in scope.roles
        comparable = [a.minor for a in (self.amount, self.value) if a and scope.at_most and a.currency == scope.at_most.currency]
        return (
            self.matter is DecisionMatter.CONTRACT
            and (not scope.kinds or self.kind in scope.kinds)
            and (not scope.departments or self.department in scope.departments)
            and (not scope.steps or self.step_title in scope.steps)
            and (not scope.roles or in_role)
            and (scope.at_most is None or (bool(comparable) and max(comparable) <= scope.at_most.minor))
        )


def _money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else Money(minor, currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxQuery:
    """Which decisions, in which order: those of somebody, or all."""

    decider: Decider | None = None
    which: ContractFilter = EVERY
    matter: tuple[DecisionMatter, ...] = ()
    since_before: datetime | None = None
    sort: str = "since"
    descending: bool = False
    limit: int = 50
    cursor: str | None = None

    @property
    def moments(self) -> Moments:
        """As of when."""
        return self.which.moments

    @property
    def order(self) -> Order:
        """The order of rows. Raises BadQuery for a column that cannot be sorted by."""
        return Order(sorted_by(SORTS, self.sort, "decisions"), KEY, self.descending, self.moments.label)

    @property
    def filters(self) -> Where:
        """What must hold, whatever page is asked for. Raises BadQuery."""
        where = self.which.where
        if self.matter:
            where.add("matter = ANY(%s)", [matter.value for matter in self.matter])
        if self.since_before is not None:
            where.add("since < %s", self.since_before)
        if self.decider is not None:
            _add_decider(where, self.decider)
        return where


_ADMITS: Final = "(seat_kind = 'principal' AND seat_name = %s OR seat_kind = 'role' AND seat_name = ANY(%s))"
_OPEN_TO: Final = "NOT barred_names @> ARRAY[%s] AND NOT decided_names @> ARRAY[%s]"


def _add_decider(where: Where, decider: Decider) -> None:
    """Adds what must hold of the decisions that are somebody's."""
    require_plain(who=decider.name)
    where.add(_OPEN_TO, decider.name, decider.name)
    ways, values = [_ADMITS, "left_to_names @> ARRAY[%s]"], list[object]()
    values += [decider.name, sorted(decider.roles), decider.name]
    for lent in decider.lent:
        scope, delegator = lent.delegation.scope, lent.delegation.delegator
        covers = Where(["matter = 'contract'"], [])
        covers.add(_ADMITS, delegator, sorted(lent.roles))
        covers.add(_OPEN_TO, delegator, delegator)
        for column, allowed in (("kind", scope.kinds), ("department", scope.departments), ("step_title", scope.steps)):
            if allowed:
                covers.add(f"{column} = ANY(%s)", list(map(str, allowed)))
        if scope.roles:
            covers.add("seat_kind = 'role' AND seat_name = ANY(%s)", list(map(str, scope.roles)))
        if scope.at_most is not None:
            comparable = "CASE WHEN currency = %s THEN amount_minor END, CASE WHEN value_currency = %s THEN value_minor END"
            at_most = scope.at_most
            covers.add(f"coalesce(greatest({comparable}) <= %s, false)", at_most.currency, at_most.currency, at_most.minor)
        ways.append(f"({' AND '.join(covers.conditions)})")
        values += covers.values
    where.add(f"({' OR '.join(ways)})", *values)


SHOWN: Final = tuple(f.name for f in fields(AwaitedDecision))


class Inbox(Rows[AwaitedDecision]):
    """The decisions of one ledger that wait."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        super().__init__(opened, GOVERNANCE, awaited_decision, SHOWN, "decisions")


_WORDS: Final[Mapping[str, Any]] = {"matter": DecisionMatter, "seat_kind": ApproverKind}


def awaited_decision(*row: object) -> AwaitedDecision:
    """A row of the table, typed."""
    return AwaitedDecision(**typed(SHOWN, row, _WORDS))  # type: ignore[arg-type]


def decider(opened: Opened, name: str, now: datetime, roles: frozenset[str] | None = None) -> Decider:
    """Somebody as a decider: with the roles given, otherwise with those of their keys; and with the delegations that count now.

    Who only reads decides nothing.
    """
    ring = opened.ledger.load(ACCESS, "")
    mine = roles_of(ring, name) if roles is None else roles
    return Decider(name, mine - {Role.READER}, tuple(_lent(opened, ring, name, now)))


def roles_of(ring: KeyRing, name: str) -> frozenset[str]:
    """The roles of somebody's keys in use."""
    return frozenset[str]().union(*(key.roles for key in ring.keys.values() if key.principal == name))


def _lent(opened: Opened, ring: KeyRing, name: str, now: datetime) -> Iterator[Lent]:
    told = opened.store.by_stream(DELEGATION.prefix, to=opened.store.head())
    for stream, entries in groupby(told, key=lambda entry: entry.stream):
        one = DELEGATION.evolve(Delegation(), entries)
        if one.to != name or one.revoked or one.begins_at is None or one.ends_at is None or not one.begins_at <= now < one.ends_at:
            continue
        yield Lent(stream.removeprefix(DELEGATION.prefix), one, roles_of(ring, one.delegator))
