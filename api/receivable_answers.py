"""What the API answers of receivables and payables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from api.under import LineOfContract, of_contract
from domain.contract.receivables import ClaimKind
from domain.contract.vocabulary import Direction, Status
from infra.render import to_json
from projections.fulfilment.ageing import AgeingBy, AgeingLine, AgeingQuery, Bucket
from projections.fulfilment.receivables import Receivable


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivableLine(LineOfContract):
    """A part of what is owed under a contract; its amounts are of one currency."""

    kind: ClaimKind
    subject: str
    description: str
    currency: str
    amount: Decimal
    invoiced: Decimal
    paid: Decimal
    settled: Decimal
    open: Decimal
    expected: Decimal
    due: date | None
    waits_for: str | None
    overdue_since: date | None
    days_overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivablePage:
    """A page of what is owed, and the day that was asked about."""

    on: date
    receivables: tuple[ReceivableLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgedLine:
    """What is open of a group in one direction and currency: without a day, not due yet, and how long overdue, bucket by bucket."""

    name: str | None
    contract_id: str | None
    direction: Direction
    currency: str
    contracts: int
    open: Decimal
    undated: Decimal
    not_due: Decimal
    overdue: Decimal
    late: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeingPage:
    """A page of what is open by how long it has been overdue on a day."""

    on: date
    by: AgeingBy
    buckets: tuple[Bucket, ...]
    lines: tuple[AgedLine, ...]
    next_cursor: str | None


def receivable_line(row: Receivable, on: date) -> ReceivableLine:
    """A claim as it is told on a day."""
    return ReceivableLine(
        **of_contract(row),
        kind=row.kind,
        subject=row.subject,
        description=row.description,
        currency=row.currency,
        amount=row.exact(row.amount_minor),
        invoiced=row.exact(row.invoiced_minor),
        paid=row.exact(row.paid_minor),
        settled=row.exact(row.settled_minor),
        open=row.exact(row.open_minor),
        expected=row.exact(row.expected_minor),
        due=row.due,
        waits_for=row.waits_for,
        overdue_since=row.overdue_since(on),
        days_overdue=row.days_overdue(on),
    )


def aged_line(line: AgeingLine, by: AgeingBy) -> AgedLine:
    """A line of an ageing; of contracts the number is the name."""
    return AgedLine(
        name=line.shown(by),
        contract_id=line.contract_id(by),
        direction=line.direction,
        currency=line.currency,
        contracts=line.contracts,
        open=line.exact(line.open_minor),
        undated=line.exact(line.undated_minor),
        not_due=line.exact(line.not_due_minor),
        overdue=line.exact(line.overdue_minor),
        late=tuple(map(line.exact, line.late_minor)),
    )


def ageing_page(query: AgeingQuery, lines: tuple[AgeingLine, ...], next_cursor: str | None) -> AgeingPage:
    """A page of an ageing."""
    told = tuple(aged_line(line, query.by) for line in lines)
    return AgeingPage(on=query.on, by=query.by, buckets=query.buckets, lines=told, next_cursor=next_cursor)


_OWED: Final = ReceivableLine(
    contract_id="6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
    number="采-2026-001",
    title="办公设备采购合同 / Purchase of office equipment",
    status=Status.IN_FORCE,
    direction=Direction.PAYABLE,
    counterparties=("华东办公设备有限公司",),
    owner="li.wei",
    department="行政部",
    kind=ClaimKind.INSTALMENT,
    subject="i2",
    description="验收款 / On acceptance",
    currency="CNY",
    amount=Decimal("41710.00"),
    invoiced=Decimal("41710.00"),
    paid=Decimal("0.00"),
    settled=Decimal("0.00"),
    open=Decimal("41710.00"),
    expected=Decimal("41710.00"),
    due=date(2026, 5, 15),
    waits_for=None,
    overdue_since=date(2026, 5, 16),
    days_overdue=46,
)
_AGED: Final = AgedLine(
    name="华东办公设备有限公司",
    contract_id=None,
    direction=Direction.PAYABLE,
    currency="CNY",
    contracts=1,
    open=Decimal("41710.00"),
    undated=Decimal("0.00"),
    not_due=Decimal("0.00"),
    overdue=Decimal("41710.00"),
    late=tuple(map(Decimal, ("0.00", "41710.00", "0.00", "0.00", "0.00"))),
)
RECEIVABLES_EXAMPLE: Final[Any] = to_json(ReceivablePage(on=date(2026, 6, 30), receivables=(_OWED,), next_cursor=None))
AGEING_EXAMPLE: Final[Any] = to_json(
    AgeingPage(
        on=date(2026, 6, 30),
        by=AgeingBy.COUNTERPARTY,
        buckets=AgeingQuery(on=date(2026, 6, 30)).buckets,
        lines=(_AGED,),
        next_cursor=None,
    )
)
