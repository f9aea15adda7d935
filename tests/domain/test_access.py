"""Keys: issued once, revoked once, never given twice."""

from __future__ import annotations

import pytest

from domain.access import (
    AccessCommand,
    IssueKey,
    Key,
    KeyExists,
    KeyIssued,
    KeyNeedsRole,
    KeyRevoked,
    KeyRing,
    NoSuchKey,
    RevokeKey,
    Role,
    decide,
    evolve,
)
from domain.facts import Dated, Entry, Fact, Meta, Occasion
from domain.refusals import Refusal
from tests.spec import ALICE, START

HASH = "0f" * 32
ISSUED = KeyIssued(key_id="k1", principal="bob", roles=(Role.APPROVER, Role.READER, Role.READER), secret_sha256=HASH)
REVOKED = KeyRevoked(key_id="k1", why="离职 / Left")
META = Meta(actor=ALICE, credential="k", channel="api")


def after(*facts: Fact) -> KeyRing:
    return evolve(KeyRing(), [Entry(n, "access", n, fact, START, START, str(n), META) for n, fact in enumerate(facts, 1)])


def ask(ring: KeyRing, command: AccessCommand) -> list[Fact | Dated]:
    return list(decide(ring, command, Occasion(actor=ALICE, now=START, effective_at=START)))


def test_a_key_opens_from_its_issue_to_its_revocation() -> None:
    assert ask(KeyRing(), IssueKey(key_id="k1", principal="bob", roles=ISSUED.roles, secret_sha256=HASH)) == [ISSUED]
    held = after(ISSUED)
    assert held.exists
    assert held.keys == {"k1": Key(key_id="k1", principal="bob", roles=frozenset({Role.APPROVER, Role.READER}), secret_sha256=HASH)}
    assert ask(held, RevokeKey(key_id="k1", why="离职 / Left")) == [REVOKED]
    assert after(ISSUED, REVOKED) == KeyRing(version=2, keys={}, revoked=frozenset({"k1"}))


@pytest.mark.parametrize(
    ("ring", "command", "refusal"),
    [
        (after(ISSUED), IssueKey(key_id="k1", principal=" ", roles=(), secret_sha256=HASH), KeyExists),
        (after(ISSUED, REVOKED), IssueKey(key_id="k1", principal="bob", roles=(Role.READER,), secret_sha256=HASH), KeyExists),
        (KeyRing(), IssueKey(key_id="k1", principal="\u200b", roles=(Role.READER,), secret_sha256=HASH), KeyNeedsRole),
        (KeyRing(), IssueKey(key_id="k1", principal="bob", roles=(), secret_sha256=HASH), KeyNeedsRole),
        (KeyRing(), RevokeKey(key_id="k1", why="x"), NoSuchKey),
        (after(ISSUED, REVOKED), RevokeKey(key_id="k1", why="x"), NoSuchKey),
    ],
)
def test_the_first_rule_that_says_no_is_named(ring: KeyRing, command: AccessCommand, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        ask(ring, command)


def test_folding_leaves_earlier_states_alone() -> None:
    ring = after(ISSUED)
    evolve(ring, [Entry(2, "access", 2, REVOKED, START, START, "2", META)])
    assert ring == after(ISSUED)
