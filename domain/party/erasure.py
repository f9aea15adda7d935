"""Erasure 删除: what is about a person is made unreadable for good, on request; that something was there, and who did what, stays."""

from __future__ import annotations

from domain.facts import Command, Entry, Fact, fact, value
from domain.party.rules import require_text
from domain.party.state import Party
from domain.personal import ERASED


@fact("party.personal_data_erased")
class PersonalDataErased(Fact):
    """From here on nobody can read the party's personal data, wherever it stands in the ledger; this fact repeats none of it."""

    ground: str
    request: str | None = None


@value
class EraseParty(Command):
    """Make a party's personal data unreadable, in all facts of it and of its contracts. This cannot be undone."""

    ground: str
    request: str | None = None


def decide(command: EraseParty) -> list[Fact]:
    """Refusals: PartyNeedsText."""
    require_text(ground=command.ground)
    if command.request is not None:
        require_text(request=command.request)
    return [PersonalDataErased(ground=command.ground, request=command.request)]


def evolve(party: Party, entry: Entry) -> None:
    """Folds a fact of this kind: what it leaves is the same whether the facts before it can still be read or not."""
    party.name = ERASED
    party.identifiers = ()
    party.address = None
    party.verifications = {}
    party.flags = {flag: held.without_reason() for flag, held in party.flags.items()}
    party.bank_account = None
    party.former_accounts = ()
    party.erased_at = entry.effective_at
