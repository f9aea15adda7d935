"""A party: somebody with whom contracts are made, in a stream of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, assert_never, cast

from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal
from domain.text import is_blank


@value
class Identifier:
    """A registration number under a scheme, such as a unified social credit code under `CN-USCC`."""

    scheme: str
    id: str


@fact("party.registered")
class PartyRegistered(Fact):
    """The ledger learnt of a party."""

    name: str
    identifiers: tuple[Identifier, ...] = ()
    address: str | None = None
    country: str | None = None


@fact("party.details_changed")
class PartyDetailsChanged(Fact):
    """A party's details are now these."""

    name: str
    identifiers: tuple[Identifier, ...] = ()
    address: str | None = None
    country: str | None = None


PartyFact: TypeAlias = PartyRegistered | PartyDetailsChanged


@value
class RegisterParty(Command):
    """Register a party."""

    name: str
    identifiers: tuple[Identifier, ...] = ()
    address: str | None = None
    country: str | None = None


@value
class ChangePartyDetails(Command):
    """Change a party's details; all of them are given."""

    name: str
    identifiers: tuple[Identifier, ...] = ()
    address: str | None = None
    country: str | None = None


PartyCommand: TypeAlias = RegisterParty | ChangePartyDetails


class NoSuchParty(Refusal):
    """The first command of a party registers it."""

    template = "There is no such party."


class PartyAlreadyRegistered(Refusal):
    """A party is registered once."""

    template = "This party was already registered, as {name}."


class PartyNeedsName(Refusal):
    """A party has a name."""

    template = "A party's name may not be blank."


class PartyUnchanged(Refusal):
    """A command that would change nothing leaves no trace."""

    template = "The party's details are already these."


@dataclass(slots=True)
class Party:
    """A party's state after its first `version` facts. `details_since` is when its details became these."""

    version: int = 0
    name: str = ""
    identifiers: tuple[Identifier, ...] = ()
    address: str | None = None
    country: str | None = None
    details_since: datetime | None = None

    @property
    def exists(self) -> bool:
        """Whether it was registered."""
        return self.version > 0

    def copy(self) -> Party:
        """A state that may be folded further without touching this one."""
        return replace(self)


def decide(party: Party, command: PartyCommand, occasion: Occasion) -> Sequence[Fact | Dated]:  # noqa: ARG001 - one shape for all streams
    """Refusals: PartyAlreadyRegistered or NoSuchParty, PartyNeedsName, PartyUnchanged."""
    if isinstance(command, RegisterParty) and party.exists:
        raise PartyAlreadyRegistered(name=party.name)
    if isinstance(command, ChangePartyDetails) and not party.exists:
        raise NoSuchParty
    if is_blank(command.name):
        raise PartyNeedsName
    match command:
        case RegisterParty(name=name, identifiers=identifiers, address=address, country=country):
            return [PartyRegistered(name=name, identifiers=identifiers, address=address, country=country)]
        case ChangePartyDetails(name=name, identifiers=identifiers, address=address, country=country):
            if (name, identifiers, address, country) == (party.name, party.identifiers, party.address, party.country):
                raise PartyUnchanged
            return [PartyDetailsChanged(name=name, identifiers=identifiers, address=address, country=country)]
        case unreachable:
            assert_never(unreachable)


def fold(party: Party, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("PartyFact", entry.fact)
    match happened:
        case PartyRegistered() | PartyDetailsChanged():
            party.name = happened.name
            party.identifiers = happened.identifiers
            party.address = happened.address
            party.country = happened.country
            party.details_since = entry.effective_at
        case unreachable:
            assert_never(unreachable)
    party.version = entry.version


def evolve(party: Party, entries: Iterable[Entry]) -> Party:
    """A new state: the given one with more entries folded in."""
    folded = party.copy()
    for entry in entries:
        fold(folded, entry)
    return folded
