"""The register as rows of a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from domain.contract.vocabulary import FieldType
from domain.fields import FieldBook
from infra.spreadsheet import Cell, Columns
from projections.register.queries import RegisteredContract

HEADS: Final[Columns] = {
    "number": str, "title": str, "status": str, "kind": str, "direction": str, "our_entity": str, "counterparties": str, "currency": str,
    "value": Decimal, "paid": Decimal, "start": date, "end": date, "owner": str, "department": str, "confidentiality": str,
    "drafted_at": datetime, "submitted_at": datetime, "approved_at": datetime, "in_force_since": datetime, "ended_at": datetime,
    "tags": str, "risk": str, "corrections": int, "version": int, "id": str,
}  # fmt: skip
_TYPES: Final[Mapping[FieldType, type[Decimal | date]]] = {FieldType.NUMBER: Decimal, FieldType.DATE: date}


def heads(book: FieldBook) -> Columns:
    """The columns, those of the fields that the house defined after the others, under names that no other column has."""
    return {**HEADS, **{f"field.{key}": _TYPES.get(field.definition.type, str) for key, field in book.fields.items()}}


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
