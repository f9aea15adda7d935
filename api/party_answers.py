"""What the API answers about parties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.party import Identifier
from domain.party.state import BankAccount, FlagSeverity, PartyCheck, PartyFlag, StandingFlag, Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyAnswer:
    """A party as it stands: what was checked of it, the flags it is under, and where it is paid."""

    id: str
    version: int
    name: str
    identifiers: tuple[Identifier, ...]
    address: str | None
    country: str | None
    verifications: Mapping[PartyCheck, Verification]
    flags: Mapping[PartyFlag, StandingFlag]
    blocked: bool
    bank_account: BankAccount | None
    former_accounts: tuple[BankAccount, ...]
    erased_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyCheckLine:
    """What came of a check, without its evidence."""

    valid_until: date | None
    verified_by: str
    verified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFlagLine:
    """A flag that stands, and why."""

    severity: FlagSeverity
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyLine:
    """A party as the list of parties shows it."""

    id: str
    name: str
    identifiers: tuple[Identifier, ...]
    address: str | None
    country: str | None
    checks: Mapping[PartyCheck, PartyCheckLine]
    flags: Mapping[PartyFlag, PartyFlagLine]
    blocked: bool
    verified: bool
    has_account: bool
    version: int
    position: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyPage:
    """A page of parties."""

    parties: tuple[PartyLine, ...]
    next_cursor: str | None
