"""Access: who may do what, as facts like all else. One stream holds the keys of a ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, assert_never, cast

from domain.access.visits import VisitFact
from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal
from domain.text import is_blank

STREAM = "access"


class Role(StrEnum):
    """What a principal may do."""

    READER = "reader"
    DRAFTER = "drafter"
    APPROVER = "approver"
    FINANCE = "finance"
    AUDITOR = "auditor"
    ADMIN = "admin"


@fact("access.key_issued")
class KeyIssued(Fact):
    """A principal got a key; the ledger keeps only its SHA-256."""

    key_id: str
    principal: str
    roles: tuple[Role, ...]
    secret_sha256: str


@fact("access.key_revoked")
class KeyRevoked(Fact):
    """A key no longer opens anything."""

    key_id: str
    why: str


KeyFact: TypeAlias = KeyIssued | KeyRevoked
AccessFact: TypeAlias = KeyFact | VisitFact


@value
class IssueKey(Command):
    """Issue an API key to a principal."""

    key_id: str
    principal: str
    roles: tuple[Role, ...]
    secret_sha256: str


@value
class RevokeKey(Command):
    """Revoke an API key."""

    key_id: str
    why: str


AccessCommand: TypeAlias = IssueKey | RevokeKey


class KeyExists(Refusal):
    """Key ids are used once."""

    template = "There already is a key {key_id!r}."


class NoSuchKey(Refusal):
    """Only a key that opens something can be revoked."""

    template = "There is no key {key_id!r} in use."


class KeyNeedsRole(Refusal):
    """A key belongs to a named principal with at least one role."""

    template = "A key needs a principal and at least one role."


@value
class Key:
    """A key in use."""

    key_id: str
    principal: str
    roles: frozenset[Role]
    secret_sha256: str


@dataclass(slots=True)
class KeyRing:
    """The keys in use after the first `version` facts of the stream."""

    version: int = 0
    keys: dict[str, Key] = field(default_factory=dict)
    revoked: frozenset[str] = frozenset()

    @property
    def exists(self) -> bool:
        """Whether any key was ever issued."""
        return self.version > 0

    def copy(self) -> KeyRing:
        """A state that may be folded further without touching this one."""
        return KeyRing(version=self.version, keys=dict(self.keys), revoked=self.revoked)


def decide(ring: KeyRing, command: AccessCommand, occasion: Occasion) -> Sequence[Fact | Dated]:  # noqa: ARG001 - one shape for all streams
    """Refusals: KeyExists, KeyNeedsRole; NoSuchKey."""
    match command:
        case IssueKey(key_id=key_id, principal=principal, roles=roles, secret_sha256=secret):
            if key_id in ring.keys or key_id in ring.revoked:
                raise KeyExists(key_id=key_id)
            if is_blank(principal) or not roles:
                raise KeyNeedsRole
            return [KeyIssued(key_id=key_id, principal=principal, roles=roles, secret_sha256=secret)]
        case RevokeKey(key_id=key_id, why=why):
            if key_id not in ring.keys:
                raise NoSuchKey(key_id=key_id)
            return [KeyRevoked(key_id=key_id, why=why)]
        case unreachable:
            assert_never(unreachable)


def fold(ring: KeyRing, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("KeyFact", entry.fact)
    match happened:
        case KeyIssued(key_id=key_id, principal=principal, roles=roles, secret_sha256=secret):
            ring.keys[key_id] = Key(key_id=key_id, principal=principal, roles=frozenset(roles), secret_sha256=secret)
        case KeyRevoked(key_id=key_id):
            ring.keys.pop(key_id, None)
            ring.revoked |= {key_id}
        case unreachable:
            assert_never(unreachable)
    ring.version = entry.version


def evolve(ring: KeyRing, entries: Iterable[Entry]) -> KeyRing:
    """A new state: the given one with more entries folded in."""
    folded = ring.copy()
    for entry in entries:
        fold(folded, entry)
    return folded
