"""The parties as rows of a spreadsheet."""

from __future__ import annotations

from datetime import date
from typing import Final

from infra.spreadsheet import Cell, Columns, yes_or_no
from projections.parties.queries import ListedParty, counts_as_verified

HEADS: Final[Columns] = {
    "name": str, "identifiers": str, "country": str, "address": str, "verified": str, "verified_until": date, "checks": str, "flags": str,
    "blocked": str, "has_account": str, "version": int, "id": str,
}  # fmt: skip


def cells(row: ListedParty, on: date) -> tuple[Cell, ...]:
    """A party's row: whether it is verified is asked of the day `on`."""
    numbers = "; ".join(f"{one['scheme']} {one['id']}" for one in row.identifiers)
    flags = "; ".join(f"{name}: {flag['why']}" for name, flag in row.flags.items())
    return (
        row.name, numbers, row.country, row.address, yes_or_no(counts_as_verified(row, on)), row.verified_until, "; ".join(row.checks),
        flags, yes_or_no(row.blocked), yes_or_no(row.has_account), row.version, row.party_id,
    )  # fmt: skip
