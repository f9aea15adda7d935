"""What the sides of all contracts owe each other by which day, over HTTP: the calendar of obligations."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.describe import described, with_example
from api.door import AtDoor, May, only_known_parameters, rendered
from api.freshness import MinPosition, read_lasting
from api.moments import AS_OF
from api.permissions import READERS
from api.quotes import InZone, OnDay
from api.receivables import (
    ASKED,
    Cursor,
    DueFrom,
    DueTo,
    InOrder,
    Limit,
    day_asked,
)
from api.register import SortOrder
from api.under import LineOfContract, Under, of_contract
from domain.contract.delays import ObligationKind
from domain.contract.vocabulary import Direction, Status
from infra.render import to_json
from projections.fulfilment import FULFILMENT
from projections.fulfilment.obligations import SORTS, ObligationFilter, ObligationQuery, ObligationRow, Obligations, Side, Stands

ObligationSort = StrEnum("ObligationSort", {c: c for c in SORTS})  # type: ignore[misc]
_BY_DUE: Final = ObligationSort("due")

Kinds = Annotated[
    list[ObligationKind] | None,
    Query(max_length=len(ObligationKind), description="One of these kinds of obligations; may be given several times."),
]
OfSide = Annotated[Side, Query(description="Whose obligations: ours, theirs, or either.")]
Standing = Annotated[
    Stands, Query(description="What is open; overdue, open after its day; waiting, open without a day yet; fulfilled; or all.")
]
Sort = Annotated[ObligationSort, Query(description="What to sort by.")]

routes = APIRouter(tags=["money and performance"])


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarLine(LineOfContract):
    """What one side of a contract owes, whether it was done, and how late it is on the day that was asked about."""

    kind: ObligationKind
    obligation_id: str
    description: str
    ours: bool
    due: date | None
    waits_for: str | None
    fulfilled: bool
    days_overdue: int
    currency: str | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPage:
    """A page of obligations, and the day that was asked about."""

    on: date
    obligations: tuple[CalendarLine, ...]
    next_cursor: str | None


def calendar_line(row: ObligationRow, on: date) -> CalendarLine:
    """An obligation as it is told on a day."""
    return CalendarLine(
        **of_contract(row),
        kind=row.kind,
        obligation_id=row.obligation_id,
        description=row.description,
        ours=row.is_ours,
        due=row.due,
        waits_for=row.waits_for,
        fulfilled=row.is_fulfilled,
        days_overdue=row.days_overdue(on),
        currency=row.currency,
        amount=row.amount,
    )


EXAMPLE: Final[Any] = to_json(
    CalendarPage(
        on=date(2026, 4, 10),
        obligations=(
            CalendarLine(
                contract_id="6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
                number="采-2026-001",
                title="办公设备采购合同 / Purchase of office equipment",
                status=Status.IN_FORCE,
                direction=Direction.PAYABLE,
                counterparties=("华东办公设备有限公司",),
                owner="li.wei",
                department="行政部",
                kind=ObligationKind.DELIVERY,
                obligation_id="d1",
                description="首批设备 / First shipment",
                ours=False,
                due=date(2026, 3, 31),
                waits_for=None,
                fulfilled=False,
                days_overdue=10,
                currency=None,
                amount=None,
            ),
        ),
        next_cursor=None,
    )
)


def which(
    under: Under,
    *,
    kind: Kinds = None,
    side: OfSide = Side.EITHER,
    due_from: DueFrom = None,
    due_to: DueTo = None,
) -> ObligationFilter:
    """Which obligations."""
    return ObligationFilter(
        **asdict(under),
        kind=tuple(kind or ()),
        side=side,
        due_from=due_from,
        due_to=due_to,
    )


Which = Annotated[ObligationFilter, Depends(which)]


def asked(
    at: AtDoor,
    which: Which,
    *,
    on: OnDay = None,
    zone: InZone = "UTC",
    standing: Standing = Stands.OPEN,
    sort: Sort = _BY_DUE,
    order: InOrder = SortOrder.ASC,
) -> ObligationQuery:
    """Which obligations, in which order."""
    return ObligationQuery(
        on=day_asked(at, on, zone, which.moments), which=which, stands=standing, sort=sort, descending=order is SortOrder.DESC
    )


AskedObligations = Annotated[ObligationQuery, Depends(asked)]


@routes.get(
    "/obligations",
    operation_id="list_calendar",
    summary="What the sides of all contracts owe each other, by day",
    description="A line for each delivery, instalment, acceptance, repair and release that a contract in force or ended asks for, ours and "
    "theirs, by the day on which it is due. What is overdue is asked of the day `on`; days are those of UTC, working days Monday to "
    f"Friday: `GET /contracts/{{contract_id}}/obligations` reckons one contract by its own calendar and zone. {AS_OF}\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(described(CalendarPage, "A page of obligations.", refusals=ASKED, headers=("Ledger-Position",)), EXAMPLE),
)
def list_calendar(
    at: AtDoor, query: AskedObligations, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    position = read_lasting(at, FULFILMENT.name, min_position)
    listed = Obligations(at.opened).find(replace(query, limit=limit, cursor=cursor))
    lines = tuple(calendar_line(row, query.on) for row in listed.rows)
    page = CalendarPage(on=query.on, obligations=lines, next_cursor=listed.next_cursor)
    return rendered(page, headers={"Ledger-Position": str(position)})
