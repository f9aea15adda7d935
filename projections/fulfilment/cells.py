"""What is owed, delivered and accrued as rows of a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from infra.spreadsheet import Cell, Columns, yes_or_no
from projections.fulfilment.ageing import AgeingBy, AgeingLine, Bucket
from projections.fulfilment.deliveries import DeliveryRow, ProgressBy, ProgressLine, hundredths
from projections.fulfilment.exposure import ExposureLine
from projections.fulfilment.forecast import ForecastLine, ForecastQuery
from projections.fulfilment.obligations import ObligationRow
from projections.fulfilment.penalties import ChargeRow, ChargeSum, PenaltiesBy
from projections.fulfilment.receivables import Receivable

RECEIVABLES: Final[Columns] = {
    "number": str, "title": str, "direction": str, "counterparties": str, "kind": str, "subject": str, "description": str, "currency": str,
    "amount": Decimal, "invoiced": Decimal, "paid": Decimal, "settled": Decimal, "open": Decimal, "expected": Decimal, "due": date,
    "waits_for": str, "overdue_since": date, "days_overdue": int, "status": str, "owner": str, "department": str, "contract_id": str,
}  # fmt: skip


def receivable_cells(row: Receivable, on: date) -> tuple[Cell, ...]:
    """A claim's row, as it is told on a day."""
    amounts = map(row.exact, (row.amount_minor, row.invoiced_minor, row.paid_minor, row.settled_minor, row.open_minor, row.expected_minor))
    return (
        row.number, row.title, row.direction.value, "; ".join(row.counterparties), row.kind.value, row.subject, row.description,
        row.currency, *amounts, row.due, row.waits_for, row.overdue_since(on), row.days_overdue(on), row.status.value, row.owner,
        row.department, row.contract_id,
    )  # fmt: skip


def ageing_heads(by: AgeingBy, buckets: Sequence[Bucket]) -> Columns:
    """The columns of an ageing."""
    sums = dict.fromkeys(("open", "undated", "not_due", "overdue", *map(late_head, buckets)), Decimal)
    return {by.value: str, "direction": str, "currency": str, "contracts": int, **sums}


def late_head(bucket: Bucket) -> str:
    """What a bucket is called."""
    return f"over_{bucket.first - 1}" if bucket.last is None else f"{bucket.first}_to_{bucket.last}"


def ageing_cells(line: AgeingLine, by: AgeingBy) -> tuple[Cell, ...]:
    """A line's row."""
    sums = map(line.exact, (line.open_minor, line.undated_minor, line.not_due_minor, line.overdue_minor, *line.late_minor))
    return (line.shown(by), line.direction.value, line.currency, line.contracts, *sums)


FORECAST: Final[Columns] = {
    "period": str, "first": date, "last": date, "currency": str, "contracts": int, "claims": int, "inflow": Decimal, "outflow": Decimal,
    "net": Decimal, "cumulative": Decimal,
}  # fmt: skip


def forecast_cells(line: ForecastLine, query: ForecastQuery) -> tuple[Cell, ...]:
    """A line's row, as it is told on a day."""
    sums = map(line.exact, (line.inflow_minor, line.outflow_minor, line.net_minor, line.cumulative_minor))
    return (*line.covered(query.per, query.on), line.currency, line.contracts, line.claims, *sums)


DELIVERIES: Final[Columns] = {
    "number": str, "title": str, "direction": str, "counterparties": str, "delivery_id": str, "description": str, "item_id": str,
    "unit": str, "planned": str, "delivered": str, "accepted": str, "rejected": str, "percent": Decimal, "due": date, "came_on": date,
    "days_late": int, "stage": str, "status": str, "owner": str, "department": str, "contract_id": str,
}  # fmt: skip


def delivery_cells(row: DeliveryRow, on: date) -> tuple[Cell, ...]:
    """A delivery's row, as it is told on a day."""
    return (
        row.number, row.title, row.direction.value, "; ".join(row.counterparties), row.delivery_id, row.description, row.item_id, row.unit,
        row.planned, row.delivered, row.accepted, row.rejected, row.percent, row.due, row.came_on, row.days_late(on), row.stage(on).value,
        row.status.value, row.owner, row.department, row.contract_id,
    )  # fmt: skip


def progress_heads(by: ProgressBy) -> Columns:
    """The columns of a progress."""
    counts = dict.fromkeys(("contracts", "deliveries", "complete", "late", "due", "undated"), int)
    return {by.value: str, "direction": str, **counts, **dict.fromkeys(("plan_percent", "percent", "ahead"), Decimal)}


def progress_cells(line: ProgressLine, by: ProgressBy) -> tuple[Cell, ...]:
    """A line's row."""
    percents = map(hundredths, (line.plan_hundredth, line.percent_hundredth, line.percent_hundredth - line.plan_hundredth))
    return (
        line.shown(by), line.direction.value, line.contracts, line.deliveries, line.complete, line.late, line.due, line.undated, *percents,
    )  # fmt: skip


EXPOSURE: Final[Columns] = {
    "counterparty": str, "party_id": str, "number": str, "contract_id": str, "currency": str, "contracts": int, "shared": int,
    "committed": Decimal, "receivable": Decimal, "receivable_overdue": Decimal, "payable": Decimal, "payable_overdue": Decimal,
    "net": Decimal,
}  # fmt: skip


def exposure_cells(line: ExposureLine) -> tuple[Cell, ...]:
    """A line's row."""
    owed = (line.receivable_minor, line.receivable_overdue_minor, line.payable_minor, line.payable_overdue_minor, line.net_minor)
    sums = map(line.exact, (line.committed_minor, *owed))
    return (line.name, line.party_id, line.number, line.contract_id, line.currency, line.contracts, line.shared, *sums)


PENALTIES: Final[Columns] = {
    "number": str, "title": str, "direction": str, "counterparties": str, "kind": str, "subject": str, "currency": str,
    "accrued": Decimal, "waived": Decimal, "standing": Decimal, "settled": Decimal, "open": Decimal, "through": date, "term_id": str,
    "term_version": int, "status": str, "owner": str, "department": str, "contract_id": str,
}  # fmt: skip


def penalty_cells(row: ChargeRow) -> tuple[Cell, ...]:
    """A charge's row."""
    minors = (row.accrued_minor, row.waived_minor, row.standing_minor, row.settled_minor, row.standing_minor - row.settled_minor)
    return (
        row.number, row.title, row.direction.value, "; ".join(row.counterparties), row.kind.value, row.subject, row.currency,
        *map(row.exact, minors), row.through, row.term_id, row.term_version, row.status.value, row.owner, row.department, row.contract_id,
    )  # fmt: skip


PENALTY_SUMS: Final[Columns] = {
    "name": str, "contract_id": str, "kind": str, "direction": str, "currency": str, "contracts": int, "charges": int, "accrued": Decimal,
    "waived": Decimal, "standing": Decimal, "settled": Decimal, "open": Decimal,
}  # fmt: skip


def penalty_sum_cells(line: ChargeSum, by: PenaltiesBy) -> tuple[Cell, ...]:
    """A line's row."""
    minors = (line.accrued_minor, line.waived_minor, line.standing_minor, line.settled_minor, line.open_minor)
    return (
        line.shown(by), line.contract_id(by), line.kind.value, line.direction.value, line.currency, line.contracts, line.charges,
        *map(line.exact, minors),
    )  # fmt: skip


OBLIGATIONS: Final[Columns] = {
    "due": date, "number": str, "title": str, "counterparties": str, "kind": str, "obligation_id": str, "description": str, "ours": str,
    "amount": Decimal, "currency": str, "waits_for": str, "fulfilled": str, "days_overdue": int, "status": str, "direction": str,
    "owner": str, "department": str, "contract_id": str,
}  # fmt: skip


def obligation_cells(row: ObligationRow, on: date) -> tuple[Cell, ...]:
    """An obligation's row, as it is told on a day."""
    return (
        row.due, row.number, row.title, "; ".join(row.counterparties), row.kind.value, row.obligation_id, row.description,
        yes_or_no(row.is_ours), row.amount, row.currency, row.waits_for, yes_or_no(row.is_fulfilled), row.days_overdue(on),
        row.status.value, row.direction.value, row.owner, row.department, row.contract_id,
    )  # fmt: skip
