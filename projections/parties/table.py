"""The table of parties, and how pages of the log become its rows. It holds no account numbers: nobody looks for a party by one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeAlias, assert_never, cast

import domain.party
from domain.facts import Entry
from domain.party import (
    BankAccountChanged,
    Party,
    PartyDetailsChanged,
    PartyFact,
    PartyFlagged,
    PartyRegistered,
    PartyUnflagged,
    PartyVerified,
    PersonalDataErased,
)
from domain.party.state import FlagSeverity, PartyCheck
from domain.personal import ERASED
from infra import codec
from infra.ledger import PARTY
from infra.opening import Opened
from infra.render import to_json
from projections.columns import shown
from projections.past import Past
from projections.past.shape import past_ddl, past_indexes
from projections.rows import RowProjection, RowShape
from projections.view import KeptPast, Row, RowPerStream, Tables, View

Json: TypeAlias = dict[str, Any]

DDL = """
CREATE TABLE {parties} (
    party_id       text COLLATE "C" NOT NULL PRIMARY KEY,
    name           text        NOT NULL,
    identifiers    json        NOT NULL,
    numbers        text        NOT NULL,
    address        text,
    country        text,
    checks         json        NOT NULL,
    flags          json        NOT NULL,
    flagged        boolean     NOT NULL,
    blocked        boolean     NOT NULL,
    -- Of the registration: whether it was checked, and the last day on which that counts, where it does not count for good.
    verified       boolean     NOT NULL,
    verified_until date,
    has_account    boolean     NOT NULL,
    version        integer     NOT NULL,
    position       bigint      NOT NULL,
    updated_at     timestamptz NOT NULL
) WITH (fillfactor = 80)
"""
INDEXES = """
CREATE INDEX ON {parties} (left(name, 100) COLLATE "C", party_id);
CREATE INDEX ON {parties} (party_id) WHERE flagged
"""
COLUMNS: Final[Mapping[str, str]] = {
    "party_id": "text",
    "name": "text",
    "identifiers": "json",
    "numbers": "text",
    "address": "text",
    "country": "text",
    "checks": "json",
    "flags": "json",
    "flagged": "boolean",
    "blocked": "boolean",
    "verified": "boolean",
    "verified_until": "date",
    "has_account": "boolean",
    "version": "integer",
    "position": "bigint",
    "updated_at": "timestamptz",
}


@dataclass(slots=True)
class PartyLine:
    """One party's row; the fields are the table's columns, in its order."""

    party_id: str
    name: str = ""
    identifiers: list[Json] = field(default_factory=list)
    numbers: str = ""
    address: str | None = None
    country: str | None = None
    checks: Json = field(default_factory=dict)
    flags: Json = field(default_factory=dict)
    flagged: bool = False
    blocked: bool = False
    verified: bool = False
    verified_until: date | None = None
    has_account: bool = False
    version: int = 0
    position: int = 0
    updated_at: datetime | None = None


def fold(line: PartyLine, entry: Entry) -> None:
    """Changes a party's row by its next entry."""
    happened = cast("PartyFact", entry.fact)
    match happened:
        case PartyRegistered() | PartyDetailsChanged():
            describe(line, happened)
        case PartyVerified(checks=checks, valid_until=until):
            found = {"valid_until": to_json(until), "verified_by": entry.meta.actor, "verified_at": to_json(entry.effective_at)}
            line.checks |= {check.value: found for check in checks}
            if PartyCheck.REGISTRATION in checks:
                line.verified, line.verified_until = True, until
        case PartyFlagged(flag=flag, why=why, severity=severity):
            line.flags |= {flag.value: {"severity": severity.value, "why": why}}
        case PartyUnflagged(flag=flag):
            line.flags.pop(flag.value, None)
        case BankAccountChanged():
            line.has_account = True
            line.checks.pop(PartyCheck.BANK_ACCOUNT.value, None)
        case PersonalDataErased():
            erase(line)
        case unreachable:
            assert_never(unreachable)
    line.flagged = bool(line.flags)
    line.blocked = any(flag["severity"] == FlagSeverity.BLOCKS.value for flag in line.flags.values())
    line.version = entry.version
    line.position = entry.position
    line.updated_at = entry.recorded_at


def describe(line: PartyLine, happened: PartyRegistered | PartyDetailsChanged) -> None:
    """Takes the details; what was checked of another name or number does not count for these."""
    identifiers = cast("list[Json]", to_json(happened.identifiers))
    if (line.name, line.identifiers) != (happened.name, identifiers):
        line.checks = {check: found for check, found in line.checks.items() if check == PartyCheck.BANK_ACCOUNT.value}
        line.verified, line.verified_until = False, None
    line.name = happened.name
    line.identifiers = identifiers
    line.numbers = "\n".join(one.id for one in happened.identifiers)
    line.address = happened.address
    line.country = happened.country


def erase(line: PartyLine) -> None:
    """Leaves what is not about the person: which flags it is under, and its country."""
    line.name = ERASED
    line.identifiers = []
    line.numbers = ""
    line.address = None
    line.checks = {}
    line.verified, line.verified_until = False, None
    line.flags = {name: {**flag, "why": ERASED} for name, flag in line.flags.items()}
    line.has_account = False


class PartyTold:
    """What a party's stream says should stand in its row, folded by the domain and not by the projection."""

    def __init__(self, party_id: str) -> None:
        """Begins with nothing."""
        self._party_id = party_id
        self._party = Party()
        self._last: Entry | None = None

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        domain.party.fold(self._party, entry)
        self._last = entry

    def row(self) -> Row:
        """The row that should stand by now."""
        it = self._party
        registration = it.verifications.get(PartyCheck.REGISTRATION)
        checks = {
            check.value: {"valid_until": to_json(v.valid_until), "verified_by": v.verified_by, "verified_at": to_json(v.verified_at)}
            for check, v in it.verifications.items()
        }
        columns: Row = {
            "party_id": self._party_id,
            "name": it.name,
            "identifiers": json.loads(codec.encode_any(it.identifiers)),
            "numbers": "\n".join(one.id for one in it.identifiers),
            "address": it.address,
            "country": it.country,
            "checks": checks,
            "flags": {flag.value: {"severity": held.severity.value, "why": held.why} for flag, held in it.flags.items()},
            "flagged": it.flagged,
            "blocked": bool(it.blocked_by),
            "verified": registration is not None,
            "verified_until": None if registration is None else registration.valid_until,
            "has_account": it.bank_account is not None,
            "version": it.version,
            "position": None if self._last is None else self._last.position,
            "updated_at": None if self._last is None else self._last.recorded_at,
        }
        return {c: shown(v) if isinstance(v, str) else v for c, v in columns.items()}


SHAPE: Final = RowShape(table="parties", prefix=PARTY.prefix, columns=COLUMNS, made=PartyLine, fold=fold)
PAST: Final = SHAPE.past()
# In what orders pages of the past are asked for.
SORTED: Final = ('left(name, 100) COLLATE "C"',)


def projection(opened: Opened, tables: Tables) -> RowProjection[PartyLine]:
    """Writes the parties."""
    return RowProjection(SHAPE, tables, Past(opened, PAST, tables))


PARTIES = View(
    name="parties",
    version=4,
    tables=("parties", PAST.table),
    ddl=f"{DDL};{past_ddl(SHAPE.table, PAST.table, SHAPE.key)}",
    indexes=f"{INDEXES};{past_indexes(PAST.table, SHAPE.key, SORTED)}",
    projection=projection,
    expects=RowPerStream(table="parties", key="party_id", prefix=PARTY.prefix, begin=PartyTold),
    pasts={SHAPE.table: KeptPast(PAST.table, PAST.tells, PAST.key, SORTED)},
)
