"""Tables of refusals: which rule says no when several would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import combinations
from typing import TypeVar

from domain.contract import ContractCommand
from domain.contract.rules import BackdatedNeedsReason
from domain.facts import Command
from domain.moments import HappensInTheFuture
from domain.refusals import Refusal
from domain.surroundings import ALONE, Surroundings
from tests.spec import ALICE, History, When, given

C = TypeVar("C", bound=Command)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong: facts that are also in the past, other fields of the command, somebody else, or another moment.

    A field is named by its path, such as `item.quantity`, so that two faults within one part can be had together.
    """

    refusal: type[Refusal]
    also: History = ()
    change: Mapping[str, object] = field(default_factory=dict)
    by: str | None = None
    later: timedelta | None = None
    details: Mapping[str, object] | None = None
    name: str = ""

    def __str__(self) -> str:
        """For a test's name."""
        return self.refusal.__name__ + (f" ({self.name})" if self.name else "")

    def goes_with(self, other: Fault) -> bool:
        """Whether both can be wrong at once."""
        mine, others = set(self.change), set(other.change)
        nested = any(a.startswith(f"{b}.") or b.startswith(f"{a}.") for a in mine for b in others)
        return not (mine & others or nested or (self.by and other.by) or (self.later and other.later))


LONG_AGO = Fault(refusal=BackdatedNeedsReason, later=-timedelta(days=30, seconds=1))
FUTURE = Fault(refusal=HappensInTheFuture, later=timedelta(seconds=1))


@dataclass(frozen=True, kw_only=True)
class Table:
    """A sound command on a history, and the faults for which it is refused, the first rule first."""

    command: ContractCommand
    given: History
    faults: tuple[Fault, ...]
    by: str = ALICE
    roles: tuple[str, ...] = ()
    around: Surroundings = ALONE
    name: str = ""

    def __str__(self) -> str:
        """For a test's name."""
        return type(self.command).__name__ + (f" ({self.name})" if self.name else "")

    def decide(self, *faults: Fault) -> When:
        """The command with these faults."""
        command, past, by, later = self.command, self.given, self.by, timedelta()
        # What the first fault needs in the past comes last, so that nothing undoes it.
        for fault in reversed(faults):
            past += fault.also
            by = fault.by or by
            later += fault.later or timedelta()
            for path, becomes in fault.change.items():
                command = changed(command, path, becomes)
        before = given(past)
        return before.when(command, by=by, effective_at=before.now + later, around=self.around, roles=self.roles)

    def pairs(self) -> Iterator[tuple[Fault, Fault]]:
        """Every two faults that can be had together, the one whose rule is asked first in front."""
        for first, second in combinations((FUTURE, *self.faults), 2):
            if first.goes_with(second):
                yield first, second


def changed(part: C, path: str, becomes: object) -> C:
    """A copy with one field, or one field of a field, replaced."""
    name, _, rest = path.partition(".")
    return replace(part, **{name: changed(getattr(part, name), rest, becomes) if rest else becomes})  # type: ignore[type-var]
