"""A party 合同主体: somebody with whom contracts are made, in a stream of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias, assert_never, cast

from domain.facts import Dated, Entry, Fact, Occasion
from domain.moments import require_past
from domain.party import account, details, erasure, flags, verification
from domain.party.account import BankAccountChanged, ChangeBankAccount
from domain.party.details import (
    ChangePartyDetails,
    DetailsCommand,
    DetailsFact,
    PartyAlreadyRegistered,
    PartyDetailsChanged,
    PartyNeedsName,
    PartyRegistered,
    RegisterParty,
)
from domain.party.erasure import EraseParty, PersonalDataErased
from domain.party.flags import FlagCommand, FlagFact, FlagParty, PartyFlagged, PartyUnflagged, UnflagParty
from domain.party.rules import NoSuchParty, PartyErased, PartyNeedsText, PartyUnchanged
from domain.party.state import Identifier, Party
from domain.party.verification import PartyVerified, VerifyParty

__all__ = [
    "BankAccountChanged",
    "ChangeBankAccount",
    "ChangePartyDetails",
    "EraseParty",
    "FlagParty",
    "Identifier",
    "NoSuchParty",
    "Party",
    "PartyAlreadyRegistered",
    "PartyCommand",
    "PartyDetailsChanged",
    "PartyErased",
    "PartyFact",
    "PartyFlagged",
    "PartyNeedsName",
    "PartyNeedsText",
    "PartyRegistered",
    "PartyUnchanged",
    "PartyUnflagged",
    "PartyVerified",
    "PersonalDataErased",
    "RegisterParty",
    "UnflagParty",
    "VerifyParty",
    "decide",
    "evolve",
    "fold",
]

PartyFact: TypeAlias = (
    PartyRegistered | PartyDetailsChanged | PartyVerified | PartyFlagged | PartyUnflagged | BankAccountChanged | PersonalDataErased
)
PartyCommand: TypeAlias = RegisterParty | ChangePartyDetails | VerifyParty | FlagParty | UnflagParty | ChangeBankAccount | EraseParty


def decide(party: Party, command: PartyCommand, occasion: Occasion) -> Sequence[Fact | Dated]:
    """Refusals: PartyAlreadyRegistered or NoSuchParty, PartyErased, HappensInTheFuture, then what is wrong with the command itself."""
    if isinstance(command, RegisterParty) and party.exists:
        raise PartyAlreadyRegistered(name=party.name)
    if not isinstance(command, RegisterParty) and not party.exists:
        raise NoSuchParty
    if party.erased_at is not None:
        raise PartyErased
    require_past(occasion)
    if isinstance(command, DetailsCommand):
        return details.decide(party, command)
    if isinstance(command, VerifyParty):
        return verification.decide(party, command, occasion)
    if isinstance(command, FlagCommand):
        return flags.decide(party, command)
    if isinstance(command, ChangeBankAccount):
        return account.decide(party, command)
    if isinstance(command, EraseParty):
        return erasure.decide(command)
    assert_never(command)


def fold(party: Party, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("PartyFact", entry.fact)
    if isinstance(happened, DetailsFact):
        details.evolve(party, entry, happened)
    elif isinstance(happened, PartyVerified):
        verification.evolve(party, entry, happened)
    elif isinstance(happened, FlagFact):
        flags.evolve(party, entry, happened)
    elif isinstance(happened, BankAccountChanged):
        account.evolve(party, entry, happened)
    elif isinstance(happened, PersonalDataErased):
        erasure.evolve(party, entry)
    else:
        assert_never(happened)
    party.version = entry.version


def evolve(party: Party, entries: Iterable[Entry]) -> Party:
    """A new state: the given one with more entries folded in."""
    folded = party.copy()
    for entry in entries:
        fold(folded, entry)
    return folded
