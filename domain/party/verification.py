"""What was checked of a party, against which evidence, and until when that counts."""

from __future__ import annotations

from datetime import date

from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.party.rules import require_text
from domain.party.state import Party, PartyCheck, Verification
from domain.refusals import Refusal


@fact("party.verified")
class PartyVerified(Fact):
    """Somebody compared the party with a source outside the ledger; `account_number` is the account where one was checked."""

    checks: tuple[PartyCheck, ...]
    evidence: str
    document_sha256: str | None = None
    valid_until: date | None = None
    account_number: str | None = None


@value
class VerifyParty(Command):
    """Record what of a party was checked, and against what. Who checked a bank account names it, and did not record it themselves."""

    checks: tuple[PartyCheck, ...]
    evidence: str
    document_sha256: str | None = None
    valid_until: date | None = None
    account_number: str | None = None


class NothingVerified(Refusal):
    """A verification names each thing that was checked, once."""

    template = "Name what was checked, each thing once."


class VerifiedForThePast(Refusal):
    """A verification counts on the day on which it is made."""

    template = "A verification of {verified_on} cannot have counted until {valid_until} only."


class AccountNotTheOne(Refusal):
    """Whoever verifies the bank account names the one that the party has now, and names none otherwise."""

    template = "The account {given!r} is not what is verified here; name the party's present account, and only where it was checked."


class OwnAccountChange(Refusal):
    """Four eyes: a bank account is verified by somebody else than who recorded it, or for whom it was recorded."""

    template = "{actor} recorded this bank account; somebody else has to verify it."


def decide(party: Party, command: VerifyParty, occasion: Occasion) -> list[Fact]:
    """Refusals: NothingVerified, PartyNeedsText, VerifiedForThePast, AccountNotTheOne, OwnAccountChange."""
    if not command.checks or len(set(command.checks)) < len(command.checks):
        raise NothingVerified
    require_text(evidence=command.evidence)
    verified_on = occasion.effective_at.date()
    if command.valid_until is not None and command.valid_until < verified_on:
        raise VerifiedForThePast(verified_on=verified_on.isoformat(), valid_until=command.valid_until.isoformat())
    require_account(party, command, occasion)
    return [
        PartyVerified(
            checks=command.checks,
            evidence=command.evidence,
            document_sha256=command.document_sha256,
            valid_until=command.valid_until,
            account_number=command.account_number,
        )
    ]


def require_account(party: Party, command: VerifyParty, occasion: Occasion) -> None:
    """Refusals: AccountNotTheOne, OwnAccountChange."""
    account = party.bank_account if PartyCheck.BANK_ACCOUNT in command.checks else None
    if command.account_number != (None if account is None else account.account_number) or (
        account is None and PartyCheck.BANK_ACCOUNT in command.checks
    ):
        raise AccountNotTheOne(given=command.account_number or "-")
    if account is not None and account.changed_by in (occasion.actor, occasion.on_behalf_of):
        raise OwnAccountChange(actor=account.changed_by)


def evolve(party: Party, entry: Entry, happened: PartyVerified) -> None:
    """Folds a fact of this kind."""
    found = Verification(
        evidence=happened.evidence,
        document_sha256=happened.document_sha256,
        valid_until=happened.valid_until,
        verified_by=entry.meta.actor,
        verified_at=entry.effective_at,
    )
    for check in happened.checks:
        party.verifications[check] = found
