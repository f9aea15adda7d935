"""The register as rows of a spreadsheet."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from domain.contract.vocabulary import FieldType
from domain.fields import FieldBook
from infra.spreadsheet import Cell
from projections.register.queries import RegisteredContract

HEADS: Final = (
    "number", "title", "status", "kind", "direction", "our_entity", "counterparties", "currency", "value", "paid", "start", "end",
    "owner", "department", "confidentiality", "drafted_at", "submitted_at", "approved_at", "in_force_since", "ended_at",
    "tags", "risk", "corrections", "version", "id",
)  # fmt: skip


def heads(book: FieldBook) -> tuple[str, ...]:
    """The columns, those of the fields that the house defined after the others, under names that no other column has."""
    return (*HEADS, *(f"field.{key}" for key in book.fields))


def cells(row: RegisteredContract, book: FieldBook) -> tuple[Cell, ...]:
    """A contract's row."""
    names = "; ".join(counterparty.name for counterparty in row.counterparties)
    amounts = [None if amount is None else Decimal(amount.amount) for amount in (row.value, row.paid)]
    return (
        row.number, row.title, row.status.value, row.kind.value, row.direction.value, row.our_entity, names, row.currency, *amounts,
        row.period_start, row.period_end, row.owner, row.department, row.confidentiality.value, row.drafted_at, row.submitted_at,
        row.approved_at, row.in_force_since, row.ended_at,
        "; ".join(row.tags), None if row.risk is None else row.risk.value, row.corrections, row.version, row.contract_id,
        *(field_cell(field.definition.type, row.custom_fields.get(key)) for key, field in book.fields.items()),
    )  # fmt: skip


def field_cell(kind: FieldType, held: str | None) -> Cell:
    """What a contract holds in a field, as numbers and days where it is of such a type."""
    if held is not None and kind is FieldType.NUMBER:
        return Decimal(held)
    if held is not None and kind is FieldType.DATE:
        return date.fromisoformat(held)
    return held
