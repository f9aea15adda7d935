"""The register as rows of a spreadsheet."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from infra.spreadsheet import Cell
from projections.register.queries import RegisteredContract

HEADS: Final = (
    "number", "title", "status", "kind", "direction", "our_entity", "counterparties", "currency", "value", "paid", "start", "end",
    "owner", "department", "confidentiality", "drafted_at", "in_force_since", "ended_at", "tags", "risk", "corrections", "version", "id",
)  # fmt: skip


def cells(row: RegisteredContract) -> tuple[Cell, ...]:
    """A contract's row."""
    names = "; ".join(counterparty.name for counterparty in row.counterparties)
    amounts = [None if amount is None else Decimal(amount.amount) for amount in (row.value, row.paid)]
    return (
        row.number, row.title, row.status.value, row.kind.value, row.direction.value, row.our_entity, names, row.currency, *amounts,
        row.period_start, row.period_end, row.owner, row.department, row.confidentiality.value, row.drafted_at, row.in_force_since,
        row.ended_at, "; ".join(row.tags), None if row.risk is None else row.risk.value, row.corrections, row.version, row.contract_id,
    )  # fmt: skip
