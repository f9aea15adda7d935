"""Who a party is: registered once, changed as a whole."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from domain.facts import Command, Entry, Fact, fact, value
from domain.party.rules import PartyUnchanged
from domain.party.state import Identifier, Party, PartyCheck
from domain.refusals import Refusal
from domain.text import is_blank


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


DetailsFact: TypeAlias = PartyRegistered | PartyDetailsChanged


@value
class RegisterParty(Command):
    """Register a party."""

    name: str
    identifiers: tuple[Identifier, ...] = ()
    address: str | None = None
    country: str | None = None


@value
class ChangePartyDetails(Command):
    """Change a party's details; all of them are given. What was verified of another name or number does not count any more."""

    name: str
    identifiers: tuple[Identifier, ...] = ()
    address: str | None = None
    country: str | None = None


DetailsCommand: TypeAlias = RegisterParty | ChangePartyDetails


class PartyAlreadyRegistered(Refusal):
    """A party is registered once."""

    template = "This party was already registered, as {name}."


class PartyNeedsName(Refusal):
    """A party has a name."""

    template = "A party's name may not be blank."


def decide(party: Party, command: DetailsCommand) -> list[Fact]:
    """Refusals: PartyNeedsName, PartyUnchanged."""
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


def evolve(party: Party, entry: Entry, happened: DetailsFact) -> None:
    """Folds a fact of this kind."""
    if (party.name, party.identifiers) != (happened.name, happened.identifiers):
        # The bank account is somebody's by its holder, whom its own verification was about.
        party.verifications = {check: held for check, held in party.verifications.items() if check is PartyCheck.BANK_ACCOUNT}
    party.name = happened.name
    party.identifiers = happened.identifiers
    party.address = happened.address
    party.country = happened.country
    party.details_since = entry.effective_at
