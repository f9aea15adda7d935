"""What a party folds into: its details, what was checked of it, the flags it is under, and its bank account."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from domain.facts import value
from domain.personal import ERASED


@value
class Identifier:
    """A registration number under a scheme, such as a unified social credit code under `CN-USCC`."""

    scheme: str
    id: str


class PartyCheck(StrEnum):
    """What of a party was compared with a source outside the ledger."""

    REGISTRATION = "registration"
    BANK_ACCOUNT = "bank_account"
    LICENCE = "licence"
    SANCTIONS = "sanctions"
    CREDIT = "credit"
    OWNERSHIP = "ownership"


class PartyFlag(StrEnum):
    """Why one has to look twice before dealing with a party."""

    RED_LIST = "red_list"
    DISHONEST_DEBTOR = "dishonest_debtor"
    SANCTIONED = "sanctioned"
    OVERDUE = "overdue"
    DISPUTED = "disputed"
    OTHER = "other"


class FlagSeverity(StrEnum):
    """Whether contracts with the party are stopped, or only marked."""

    BLOCKS = "blocks"
    WARNS = "warns"


@value
class Verification:
    """The latest finding of a check: against what, by whom, when, and the last day on which it counts where it does not count for good."""

    evidence: str
    document_sha256: str | None
    valid_until: date | None
    verified_by: str
    verified_at: datetime

    def counts_on(self, day: date) -> bool:
        """Whether it still counted on a day."""
        return self.valid_until is None or day <= self.valid_until


@value
class StandingFlag:
    """A flag that nobody lifted."""

    why: str
    severity: FlagSeverity
    flagged_by: str
    flagged_at: datetime

    def without_reason(self) -> StandingFlag:
        """The flag, of which nobody can read any more why it stands."""
        return replace(self, why=ERASED)


@value
class BankAccount:
    """An account that the party named, from which day on, and who recorded it."""

    bank: str
    account_number: str
    holder: str
    valid_from: date
    changed_by: str
    changed_at: datetime


SHOWN_OF_ACCOUNT = 4


def masked(account_number: str) -> str:
    """An account number for those who only need to recognise it: its last four characters, where more than as many again are hidden."""
    return f"…{account_number[-SHOWN_OF_ACCOUNT:]}" if len(account_number) > 2 * SHOWN_OF_ACCOUNT else "…"


@dataclass(slots=True)
class Party:
    """A party's state after its first `version` facts. `details_since` is when its details became these.

    `verifications` holds only what still is about the present details and the present account. `erased_at` is when its
    personal data was erased, if it was.
    """

    version: int = 0
    name: str = ""
    identifiers: tuple[Identifier, ...] = ()
    address: str | None = None
    country: str | None = None
    details_since: datetime | None = None
    verifications: dict[PartyCheck, Verification] = field(default_factory=dict)
    flags: dict[PartyFlag, StandingFlag] = field(default_factory=dict)
    bank_account: BankAccount | None = None
    former_accounts: tuple[BankAccount, ...] = ()
    erased_at: datetime | None = None

    @property
    def exists(self) -> bool:
        """Whether it was registered."""
        return self.version > 0

    @property
    def flagged(self) -> bool:
        """Whether it is under any flag."""
        return bool(self.flags)

    @property
    def blocked_by(self) -> tuple[PartyFlag, ...]:
        """The flags that stop contracts with it."""
        return tuple(name for name, flag in self.flags.items() if flag.severity is FlagSeverity.BLOCKS)

    def is_verified(self, check: PartyCheck, day: date) -> bool:
        """Whether a check of what it says now counts on a day."""
        found = self.verifications.get(check)
        return found is not None and found.counts_on(day)

    def copy(self) -> Party:
        """A state that may be folded further without touching this one."""
        return replace(self, verifications=dict(self.verifications), flags=dict(self.flags))
