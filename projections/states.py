"""The states that compacted topics hold: a contract as the register has it, and a party without what can be erased of it.

Folded beside the relay and not read from the views, which may be behind it or ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, cast

from domain import contract
from domain.contract.assessed import RiskLevel
from domain.contract.correction import FactCorrected
from domain.contract.vocabulary import Confidentiality, Counterparty, Direction, Kind, Period, Status
from domain.facts import Entry
from domain.money import Money
from domain.party import PersonalDataErased
from domain.party.state import FlagSeverity, PartyCheck, PartyFlag
from infra.kafka.records import STATES
from infra.kafka.states import History, StateKind
from infra.ledger import CONTRACT, PARTY
from infra.render import Json, to_json
from infra.sealing import without_parties
from projections.parties.table import PartyLine
from projections.parties.table import fold as fold_party
from projections.register.fields import told
from projections.register.folding import concerns_payments
from projections.register.folding import fold as fold_contract
from projections.register.line import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractState:
    """A contract as it stands after its last entry. `paid` is what the payments that stand come to, in the contract's currency.

    `version` is that of the contract's stream, `position` that of its last entry in the log, recorded at `updated_at`; `corrections`
    counts the entries that corrected others.
    """

    id: str
    number: str
    title: str
    kind: Kind
    direction: Direction
    status: Status
    our_entity: str
    counterparties: tuple[Counterparty, ...]
    value: Money | None
    paid: Money | None
    period: Period
    owner: str | None
    department: str | None
    confidentiality: Confidentiality
    publisher: str | None
    ocid: str | None
    drafted_at: datetime | None
    # Optional, since earlier records have neither.
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    in_force_since: datetime | None
    ended_at: datetime | None
    tags: tuple[str, ...]
    risk: RiskLevel | None
    custom_fields: dict[str, str]
    corrections: int
    version: int
    position: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckState:
    """What came of a check, and the last day on which that counts, where it does not count for good."""

    valid_until: date | None
    verified_by: str
    verified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyState:
    """A party as it stands after its last entry, without what can be erased of it: ask the ledger for its name."""

    id: str
    country: str | None
    checks: Mapping[PartyCheck, CheckState]
    flags: Mapping[PartyFlag, FlagSeverity]
    blocked: bool
    has_account: bool
    version: int
    position: int
    updated_at: datetime


class StandingContract:
    """A contract's line of the register on its way."""

    def __init__(self, contract_id: str) -> None:
        """Begins with nothing."""
        self._line = Line(contract_id)
        self._corrected = False

    @property
    def version(self) -> int:
        """How many entries it has taken."""
        return self._line.version

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        fold_contract(self._line, entry)
        self._corrected |= isinstance(entry.fact, FactCorrected) and concerns_payments(entry.fact)

    def content(self, history: History) -> Json:
        """The state as it leaves the ledger."""
        if self._corrected:
            self._line.settle(contract.replay(history()))
            self._corrected = False
        return cast("Json", without_parties(to_json(contract_state(self._line))))


def contract_state(line: Line) -> ContractState:
    """A line of the register, typed."""
    currency = line.currency
    return ContractState(
        id=line.contract_id,
        number=line.number,
        title=line.title,
        kind=Kind(line.kind),
        direction=Direction(line.direction),
        status=Status(line.status),
        our_entity=line.our_entity,
        counterparties=line.counterparties,
        value=None if line.value_minor is None or currency is None else Money(line.value_minor, currency),
        paid=None if currency is None else Money(line.paid_minor, currency),
        period=Period(start=line.period_start, end=line.period_end),
        owner=line.owner,
        department=line.department,
        confidentiality=Confidentiality(line.confidentiality),
        publisher=line.publisher,
        ocid=line.ocid,
        drafted_at=line.drafted_at,
        submitted_at=line.submitted_at,
        approved_at=line.approved_at,
        in_force_since=line.in_force_since,
        ended_at=line.ended_at,
        tags=line.tags,
        risk=None if line.risk is None else RiskLevel(line.risk),
        custom_fields={key: told(held) for key, held in line.custom_fields.items()},
        corrections=line.corrections,
        version=line.version,
        position=line.position,
        updated_at=cast("datetime", line.updated_at),
    )


class StandingParty:
    """A party's row on its way; nothing is left of one that was erased."""

    def __init__(self, party_id: str) -> None:
        """Begins with nothing."""
        self._line = PartyLine(party_id)
        self._erased = False

    @property
    def version(self) -> int:
        """How many entries it has taken."""
        return self._line.version

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        fold_party(self._line, entry)
        self._erased |= isinstance(entry.fact, PersonalDataErased)

    def content(self, _: History) -> Json:
        """The state as it leaves the ledger."""
        it = self._line
        if self._erased:
            return None
        return {
            "id": it.party_id,
            "country": it.country,
            "checks": it.checks,
            "flags": {flag: held["severity"] for flag, held in it.flags.items()},
            "blocked": it.blocked,
            "has_account": it.has_account,
            "version": it.version,
            "position": it.position,
            "updated_at": to_json(it.updated_at),
        }


CONTRACT_STATE: Final = StateKind(CONTRACT.prefix, STATES[CONTRACT.prefix], "contract.state", 1, StandingContract)
PARTY_STATE: Final = StateKind(PARTY.prefix, STATES[PARTY.prefix], "party.state", 1, StandingParty)
ALL_STATES: Final = (CONTRACT_STATE, PARTY_STATE)
