"""A history as rows of a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import orjson

from domain.contract.difference import Explained
from infra.render import to_json
from infra.spreadsheet import Cell, Columns

# What facts say that changes no field of the contract.
SAID: Final = ("opinion", "why", "note", "reference", "waybill")

HEADS: Final[Columns] = {
    "version": int, "effective_at": datetime, "recorded_at": datetime, "fact": str, "actor": str, "on_behalf_of": str, "channel": str,
    "credential": str, "reason": str, "says": str, "field": str, "was": str, "becomes": str, "position": int,
}  # fmt: skip


def cells(one: Explained) -> Iterator[tuple[Cell, ...]]:
    """A row for each field that an entry changed, and one for an entry that changed none."""
    entry, meta = one.entry, one.entry.meta
    says = "; ".join(str(text) for name in SAID if (text := getattr(entry.fact, name, None)))
    head = (
        entry.version, entry.effective_at, entry.recorded_at, entry.fact.NAME, meta.actor, meta.on_behalf_of, meta.channel, meta.credential,
        meta.reason, says,
    )  # fmt: skip
    if not one.changes:
        yield (*head, None, None, None, entry.position)
    for change in one.changes:
        yield (*head, change.path, plain(change.was), plain(change.becomes), entry.position)


def plain(value: object) -> str | None:
    """Any value that a contract's field may hold, in one cell: amounts as `83420.00 CNY`, what has parts as JSON."""
    match to_json(value):
        case None:
            return None
        case str(text):
            return text
        case {"amount": str(amount), "currency": str(currency)}:
            return f"{amount} {currency}"
        case other:
            return orjson.dumps(other).decode()
