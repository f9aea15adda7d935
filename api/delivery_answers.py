"""What the API answers of deliveries and their progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from api.under import LineOfContract, of_contract
from domain.contract.vocabulary import Direction, Status
from infra.render import to_json
from projections.fulfilment.deliveries import DeliveryRow, ProgressBy, ProgressLine, ProgressQuery, Stage, hundredths


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine(LineOfContract):
    """A planned delivery and what came of it by a day, or what came without a plan; quantities are in its unit."""

    delivery_id: str
    description: str
    item_id: str | None
    unit: str | None
    planned: Decimal | None
    delivered: Decimal
    accepted: Decimal
    rejected: Decimal
    percent: Decimal | None
    due: date | None
    came_on: date | None
    days_late: int
    stage: Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    """A page of deliveries, and the day that was asked about."""

    on: date
    deliveries: tuple[DeliveryLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryProgressLine:
    """How far the planned deliveries of a group are on a day: how many there are, how many came, and plan against actual in percent."""

    name: str | None
    contract_id: str | None
    direction: Direction
    contracts: int
    deliveries: int
    complete: int
    late: int
    due: int
    undated: int
    plan_percent: Decimal
    percent: Decimal
    ahead: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryProgressPage:
    """A page of progress, and the day that was asked about."""

    on: date
    by: ProgressBy
    lines: tuple[DeliveryProgressLine, ...]
    next_cursor: str | None


def delivery_line(row: DeliveryRow, on: date) -> DeliveryLine:
    """A delivery as it is told on a day."""
    return DeliveryLine(
        **of_contract(row),
        delivery_id=row.delivery_id,
        description=row.description,
        item_id=row.item_id,
        unit=row.unit,
        planned=row.planned,
        delivered=row.delivered,
        accepted=row.accepted,
        rejected=row.rejected,
        percent=row.percent,
        due=row.due,
        came_on=row.came_on,
        days_late=row.days_late(on),
        stage=row.stage(on),
    )


def progress_line(line: ProgressLine, by: ProgressBy) -> DeliveryProgressLine:
    """A line of a progress; of contracts the number is the name."""
    return DeliveryProgressLine(
        name=line.shown(by),
        contract_id=line.contract_id(by),
        direction=line.direction,
        contracts=line.contracts,
        deliveries=line.deliveries,
        complete=line.complete,
        late=line.late,
        due=line.due,
        undated=line.undated,
        plan_percent=hundredths(line.plan_hundredth),
        percent=hundredths(line.percent_hundredth),
        ahead=hundredths(line.percent_hundredth - line.plan_hundredth),
    )


def progress_page(query: ProgressQuery, lines: tuple[ProgressLine, ...], next_cursor: str | None) -> DeliveryProgressPage:
    """A page of progress."""
    told = tuple(progress_line(line, query.by) for line in lines)
    return DeliveryProgressPage(on=query.on, by=query.by, lines=told, next_cursor=next_cursor)


_COMING: Final = DeliveryLine(
    contract_id="6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
    number="采-2026-001",
    title="办公设备采购合同 / Purchase of office equipment",
    status=Status.IN_FORCE,
    direction=Direction.PAYABLE,
    counterparties=("华东办公设备有限公司",),
    owner="li.wei",
    department="行政部",
    delivery_id="d1",
    description="首批设备 / First shipment",
    item_id="l1",
    unit="台",
    planned=Decimal(20),
    delivered=Decimal(15),
    accepted=Decimal(15),
    rejected=Decimal(5),
    percent=Decimal("75.00"),
    due=date(2026, 6, 20),
    came_on=None,
    days_late=10,
    stage=Stage.LATE,
)
_FAR: Final = DeliveryProgressLine(
    name="采-2026-001",
    contract_id="6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
    direction=Direction.PAYABLE,
    contracts=1,
    deliveries=2,
    complete=0,
    late=1,
    due=1,
    undated=0,
    plan_percent=Decimal("50.00"),
    percent=Decimal("37.50"),
    ahead=Decimal("-12.50"),
)
_ON: Final = date(2026, 6, 30)
DELIVERIES_EXAMPLE: Final[Any] = to_json(DeliveryPage(on=_ON, deliveries=(_COMING,), next_cursor=None))
PROGRESS_EXAMPLE: Final[Any] = to_json(DeliveryProgressPage(on=_ON, by=ProgressBy.CONTRACT, lines=(_FAR,), next_cursor=None))
