"""The parties as rows of a spreadsheet."""

from __future__ import annotations

from datetime import date
from typing import Final

from infra.spreadsheet import Cell, Columns
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
        row.name, numbers, row.country, row.address, _said(counts_as_verified(row, on)), row.verified_until, "; ".join(row.checks), flags,
        _said(row.blocked), _said(row.has_account), row.version, row.party_id,
    )  # fmt: skip


def _said(yes: bool) -> str:  # noqa: FBT001 - the value itself
    return "yes" if yes else "no"
