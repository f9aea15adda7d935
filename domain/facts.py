"""What every fact is: a frozen value with a stable name and a schema version, known to a closed register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NamedTuple, TypeVar, dataclass_transform

from domain.surroundings import ALONE, Surroundings


class Fact:
    """Something that happened. `NAME` and `SCHEMA` are how it is stored, published and audited."""

    __slots__ = ()
    NAME: ClassVar[str]
    SCHEMA: ClassVar[int]


class Command:
    """Something that somebody wants. Its docstring is what the interfaces show."""

    __slots__ = ()


FACTS: dict[str, type[Fact]] = {}

F = TypeVar("F", bound=Fact)
V = TypeVar("V")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def fact(name: str, *, schema: int = 1) -> Callable[[type[F]], type[F]]:
    """Makes a class a fact under a name that is never reused, at a schema version that only grows."""

    def declare(cls: type[F]) -> type[F]:
        made: type[F] = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.NAME = name
        made.SCHEMA = schema
        if name in FACTS:
            message = f"two facts are called {name}"
            raise TypeError(message)
        FACTS[name] = made
        return made

    return declare


@dataclass_transform(frozen_default=True, kw_only_default=True)
def value(cls: type[V]) -> type[V]:
    """Makes a class a part of facts or a command: frozen, slotted, by keyword."""
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)


class Dated(NamedTuple):
    """A fact that happened at another moment than its command says."""

    fact: Fact
    effective_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Who commands, in which roles, for whom, when (aware, by the server's clock), when it took place, what is around, why, and how."""

    actor: str
    now: datetime
    effective_at: datetime
    on_behalf_of: str | None = None
    around: Surroundings = ALONE
    reason: str | None = None
    channel: str = "api"
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """The part of an entry's envelope that says who, by which door, and why."""

    actor: str
    credential: str
    channel: str
    on_behalf_of: str | None = None
    reason: str | None = None
    correlation_id: str | None = None
    causation: int | None = None


class Entry(NamedTuple):
    """One fact as the ledger keeps it: where it stands, what it says, when it happened and when it was learnt."""

    position: int
    stream: str
    version: int
    fact: Fact
    effective_at: datetime
    recorded_at: datetime
    command_id: str
    meta: Meta
