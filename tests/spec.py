"""Given a history, when somebody commands, then these facts or this refusal: how the contract's rules are told in tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self, TypeAlias

import pytest

from domain import contract as contracts
from domain.contract import ContractCommand
from domain.contract.state import Contract
from domain.facts import Dated, Entry, Fact, Meta, Occasion
from domain.refusals import Refusal
from domain.surroundings import ALONE, Surroundings

ALICE, BOB, CAROL, DAVE = "alice", "bob", "carol", "dave"

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
STEP = timedelta(hours=1)
STREAM = "contract-1"


class Told(NamedTuple):
    """A fact of the past, by whom it was recorded, and its two times: recorded an hour after the one before, happened when recorded."""

    fact: Fact
    by: str = ALICE
    effective_at: datetime | None = None
    recorded_at: datetime | None = None


Past: TypeAlias = Fact | Dated | Told
History: TypeAlias = tuple[Told, ...]


def told(*past: Past, by: str = ALICE) -> History:
    """Facts as a history, each recorded by the same person unless it says otherwise."""
    return tuple(
        one if isinstance(one, Told) else Told(one.fact, by, one.effective_at) if isinstance(one, Dated) else Told(one, by) for one in past
    )


def recorded(*past: Past | History, after: Sequence[Entry] = ()) -> list[Entry]:
    """Facts and histories as the entries of one stream."""
    entries = list(after)
    for part in past:
        for one in told(part) if isinstance(part, Fact | Dated | Told) else part:
            recorded_at = one.recorded_at or (entries[-1].recorded_at + STEP if entries else START)
            version = len(entries) + 1
            meta = Meta(actor=one.by, credential=f"key-{one.by}", channel="api")
            entries.append(
                Entry(version, STREAM, version, one.fact, one.effective_at or recorded_at, recorded_at, f"command-{version}", meta)
            )
    return entries


class When:
    """A command that was decided: what came of it, and the history with it."""

    def __init__(self, before: Given, command: ContractCommand, occasion: Occasion) -> None:
        """Decides at once."""
        self.occasion = occasion
        self.refusal: Refusal | None = None
        self.decided: list[Dated] = []
        self.entries = before.entries
        try:
            decided = contracts.decide(before.contract, command, occasion)
        except Refusal as refusal:
            self.refusal = refusal
        else:
            self.decided = [d if isinstance(d, Dated) else Dated(d, occasion.effective_at) for d in decided]
            self.entries = recorded(
                *(Told(d.fact, occasion.actor, d.effective_at, occasion.now) for d in self.decided), after=before.entries
            )

    @property
    def contract(self) -> Contract:
        """The contract afterwards."""
        return contracts.replay(self.entries)

    def granted(self) -> Self:
        """Whatever facts, but no refusal."""
        if self.refusal is not None:
            raise AssertionError(f"refused: {self.refusal.name}: {self.refusal}") from self.refusal
        return self

    def then(self, *expected: Fact | Dated) -> Self:
        """Exactly these facts, at the command's moment where they are not dated."""
        self.granted()
        assert self.decided == [e if isinstance(e, Dated) else Dated(e, self.occasion.effective_at) for e in expected]
        return self

    def then_refused(self, wanted: type[Refusal], **details: object) -> Self:
        """Exactly this refusal, with exactly these details where any are given, and a sentence that they fill."""
        if self.refusal is None:
            pytest.fail(f"expected {wanted.__name__}, but decided {[d.fact for d in self.decided]}")
        assert type(self.refusal) is wanted, f"expected {wanted.__name__}, but refused: {self.refusal.name}: {self.refusal}"
        if details:
            assert self.refusal.details == details
        assert str(self.refusal) == wanted.template.format(**self.refusal.details)
        return self

    def then_contract(self, **fields: object) -> Self:
        """The contract afterwards has these fields."""
        contract = self.contract
        assert {name: getattr(contract, name) for name in fields} == fields
        return self

    def and_when(
        self, command: ContractCommand, *, by: str = ALICE, at: datetime | None = None, effective_at: datetime | None = None
    ) -> When:
        """A further command, after this one."""
        return Given(self.entries).when(command, by=by, at=at, effective_at=effective_at)


class Given:
    """A contract with a history."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Takes the stream's entries from the first on."""
        self.entries = list(entries)
        self.contract = contracts.replay(self.entries)

    @property
    def now(self) -> datetime:
        """An hour after the last entry was recorded."""
        return self.entries[-1].recorded_at + STEP if self.entries else START

    def when(
        self,
        command: ContractCommand,
        *,
        by: str = ALICE,
        at: datetime | None = None,
        effective_at: datetime | None = None,
        on_behalf_of: str | None = None,
        around: Surroundings = ALONE,
        roles: Iterable[str] = (),
    ) -> When:
        """Decides a command by somebody `at` a moment (an hour after the last entry by default), which took place at `effective_at`."""
        now = at or self.now
        occasion = Occasion(
            actor=by, now=now, effective_at=effective_at or now, on_behalf_of=on_behalf_of, around=around, roles=frozenset(roles)
        )
        return When(self, command, occasion)


def given(*past: Past | History) -> Given:
    """A contract with these facts in its past; with none, one that nobody drafted."""
    return Given(recorded(*past))
