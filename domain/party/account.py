"""Where a party is paid: a changed account is unverified until somebody else verifies it, and earlier ones stay on record."""

from __future__ import annotations

from datetime import date

from domain.facts import Command, Entry, Fact, fact, value
from domain.party.rules import PartyUnchanged, require_text
from domain.party.state import BankAccount, Party, PartyCheck


@fact("party.bank_account_changed")
class BankAccountChanged(Fact):
    """The party is paid into another account from a day on."""

    bank: str
    account_number: str
    holder: str
    valid_from: date


@value
class ChangeBankAccount(Command):
    """Record the account into which a party is paid. It is unverified until somebody else verifies it."""

    bank: str
    account_number: str
    holder: str
    valid_from: date


def decide(party: Party, command: ChangeBankAccount) -> list[Fact]:
    """Refusals: PartyNeedsText, PartyUnchanged."""
    require_text(bank=command.bank, account_number=command.account_number, account_holder=command.holder)
    said = (command.bank, command.account_number, command.holder, command.valid_from)
    now = party.bank_account
    if now is not None and (now.bank, now.account_number, now.holder, now.valid_from) == said:
        raise PartyUnchanged
    return [
        BankAccountChanged(bank=command.bank, account_number=command.account_number, holder=command.holder, valid_from=command.valid_from)
    ]


def evolve(party: Party, entry: Entry, happened: BankAccountChanged) -> None:
    """Folds a fact of this kind."""
    if party.bank_account is not None:
        party.former_accounts = (*party.former_accounts, party.bank_account)
    party.bank_account = BankAccount(
        bank=happened.bank,
        account_number=happened.account_number,
        holder=happened.holder,
        valid_from=happened.valid_from,
        changed_by=entry.meta.actor,
        changed_at=entry.effective_at,
    )
    party.verifications.pop(PartyCheck.BANK_ACCOUNT, None)
