"""What people ask of the parties."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from infra.opening import Opened
from infra.render import Json, to_json
from projections.paging import Order, SortColumn, Where, containing, require_plain
from projections.parties.table import PARTIES
from projections.past import Moments
from projections.rows import Rows, sorted_by

# So that a cursor fits into an address, however long the names are.
SORTED_LENGTH: Final = 100
KEY: Final = SortColumn("party_id", "text")
SORTS: Final = {
    c.name: c
    for c in (
        KEY,
        SortColumn("name", "text", length=SORTED_LENGTH),
        SortColumn("country", "text", nullable=True, length=SORTED_LENGTH),
        SortColumn("verified_until", "date", nullable=True),
        SortColumn("updated_at", "timestamptz"),
    )
}


@dataclass(frozen=True, slots=True)
class ListedParty:
    """A party as the view has it: `checks` by their names, `flags` by theirs, `verified` of its registration."""

    party_id: str
    name: str
    identifiers: list[dict[str, Any]]
    address: str | None
    country: str | None
    checks: dict[str, Any]
    flags: dict[str, Any]
    flagged: bool
    blocked: bool
    verified: bool
    verified_until: date | None
    has_account: bool
    version: int
    position: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyQuery:
    """Which parties, in which order; everything that is given must hold. Whether one is verified is asked of the day `on`."""

    on: date
    name: str | None = None
    identifier: str | None = None
    country: str | None = None
    flagged: bool | None = None
    blocked: bool | None = None
    verified: bool | None = None
    sort: str = "name"
    descending: bool = False
    limit: int = 50
    cursor: str | None = None
    valid_at: datetime | None = None
    known_at: datetime | None = None

    @property
    def moments(self) -> Moments:
        """As of when."""
        return Moments(self.valid_at, self.known_at)

    @property
    def order(self) -> Order:
        """The order of rows. Raises BadQuery for a column that cannot be sorted by."""
        return Order(sorted_by(SORTS, self.sort, "parties"), KEY, self.descending, self.moments.label)

    @property
    def filters(self) -> Where:
        """What must hold, whatever page is asked for. Raises BadQuery."""
        require_plain(name=self.name, identifier=self.identifier, country=self.country)
        where = Where([], [])
        if self.name is not None:
            where.add("name ILIKE %s", containing(self.name))
        if self.identifier is not None:
            where.add("numbers ILIKE %s", containing(self.identifier))
        if self.country is not None:
            where.add("country = %s", self.country)
        for column, wanted in (("flagged", self.flagged), ("blocked", self.blocked)):
            if wanted is not None:
                where.add(column if wanted else f"NOT {column}")
        if self.verified is not None:
            counts = "(verified AND (verified_until IS NULL OR verified_until >= %s))"
            where.add(counts if self.verified else f"NOT {counts}", self.on)
        if self.moments.are_past:
            self.moments.add_to(where)
        return where


def counts_as_verified(party: ListedParty, on: date) -> bool:
    """Whether its registration was checked, and that counts on a day."""
    return party.verified and (party.verified_until is None or party.verified_until >= on)


def listed_json(party: ListedParty, on: date) -> dict[str, Json]:
    """A row as plain JSON: whether it is verified is asked of the day `on`."""
    left_out = ("party_id", "flagged", "verified_until")
    plain = {f.name: to_json(getattr(party, f.name)) for f in fields(party) if f.name not in left_out}
    return {"id": party.party_id, **plain, "verified": counts_as_verified(party, on)}


SHOWN: Final = tuple(f.name for f in fields(ListedParty))


class Parties(Rows[ListedParty]):
    """The parties of one ledger."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        super().__init__(opened, PARTIES, ListedParty, SHOWN)
