"""Flags 红名单: why one has to look twice before dealing with a party, and whether that stops contracts with it."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from domain.facts import Command, Entry, Fact, fact, value
from domain.party.rules import PartyUnchanged, require_text
from domain.party.state import FlagSeverity, Party, PartyFlag, StandingFlag
from domain.refusals import Refusal


@fact("party.flagged")
class PartyFlagged(Fact):
    """The party is under a flag, with this severity from now on."""

    flag: PartyFlag
    why: str
    severity: FlagSeverity


@fact("party.unflagged")
class PartyUnflagged(Fact):
    """A flag was lifted."""

    flag: PartyFlag
    why: str


FlagFact: TypeAlias = PartyFlagged | PartyUnflagged


@value
class FlagParty(Command):
    """Put a party under a flag, or give one that it is under another reason. A flag that blocks is not weakened so."""

    flag: PartyFlag
    why: str
    severity: FlagSeverity


@value
class UnflagParty(Command):
    """Lift a flag from a party."""

    flag: PartyFlag
    why: str


FlagCommand: TypeAlias = FlagParty | UnflagParty


class FlagNotThere(Refusal):
    """Only a flag that the party is under is lifted."""

    template = "The party is not under the flag {flag}."


class FlagIsWeakened(Refusal):
    """A flag that blocks is lifted by those who may lift flags before it is put again as one that only warns."""

    template = "The flag {flag} blocks; it has to be lifted before it can only warn."


def decide(party: Party, command: FlagCommand) -> list[Fact]:
    """Refusals: PartyNeedsText, PartyUnchanged, FlagIsWeakened; FlagNotThere, PartyNeedsText."""
    standing = party.flags.get(command.flag)
    match command:
        case FlagParty(flag=flag, why=why, severity=severity):
            require_text(reason=why)
            if standing is not None and (standing.why, standing.severity) == (why, severity):
                raise PartyUnchanged
            if standing is not None and standing.severity is FlagSeverity.BLOCKS and severity is FlagSeverity.WARNS:
                raise FlagIsWeakened(flag=flag.value)
            return [PartyFlagged(flag=flag, why=why, severity=severity)]
        case UnflagParty(flag=flag, why=why):
            if standing is None:
                raise FlagNotThere(flag=flag.value)
            require_text(reason=why)
            return [PartyUnflagged(flag=flag, why=why)]
        case unreachable:
            assert_never(unreachable)


def evolve(party: Party, entry: Entry, happened: FlagFact) -> None:
    """Folds a fact of this kind."""
    match happened:
        case PartyFlagged(flag=flag, why=why, severity=severity):
            party.flags[flag] = StandingFlag(why=why, severity=severity, flagged_by=entry.meta.actor, flagged_at=entry.effective_at)
        case PartyUnflagged(flag=flag):
            party.flags.pop(flag, None)
        case unreachable:
            assert_never(unreachable)
