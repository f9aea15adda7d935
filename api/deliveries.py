"""Deliveries over HTTP: what was to come, what came of it, and how far the whole is."""

from __future__ import annotations

from dataclasses import asdict, replace
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.delivery_answers import (
    DELIVERIES_EXAMPLE,
    PROGRESS_EXAMPLE,
    DeliveryPage,
    DeliveryProgressPage,
    delivery_line,
    progress_page,
)
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
from api.scalars import TEXT
from api.under import Under
from projections.fulfilment import FULFILMENT
from projections.fulfilment.deliveries import (
    GROUP_SORTS,
    SORTS,
    Deliveries,
    DeliveryFilter,
    DeliveryQuery,
    ProgressBy,
    ProgressQuery,
    Stage,
    deliveries_progress,
)

_NAMES: Final = {"percent_hundredth": "percent"}
_COLUMNS: Final = {name: column for column, name in _NAMES.items()}
DeliverySort = StrEnum("DeliverySort", {_NAMES.get(c, c): _NAMES.get(c, c) for c in SORTS})  # type: ignore[misc]
ProgressSort = StrEnum("ProgressSort", {_NAMES.get(c, c): _NAMES.get(c, c) for c in GROUP_SORTS})  # type: ignore[misc]
_BY_DUE: Final = DeliverySort("due")
_BY_NAME: Final = ProgressSort("name")

ByItem = Annotated[str | None, TEXT, Query(max_length=200, description="Of the item with exactly this id within its contract.")]
AtStage = Annotated[
    Stage,
    Query(
        description="What is outstanding, planned and not there yet; late, outstanding after its day; complete, all of it there; rejected, "
        "with something rejected; released, freed from by termination; unplanned, there without a plan; or all."
    ),
]
By = Annotated[ProgressBy, Query(description="What the lines are of. Each is of one direction.")]
Sort = Annotated[DeliverySort, Query(description="What to sort by.")]
SortLines = Annotated[ProgressSort, Query(description="What to sort by.")]

routes = APIRouter(tags=["money and performance"])


def which(
    under: Under,
    *,
    item: ByItem = None,
    due_from: DueFrom = None,
    due_to: DueTo = None,
) -> DeliveryFilter:
    """Which deliveries."""
    return DeliveryFilter(
        **asdict(under),
        item_id=item,
        due_from=due_from,
        due_to=due_to,
    )


Which = Annotated[DeliveryFilter, Depends(which)]


def asked(
    at: AtDoor,
    which: Which,
    *,
    on: OnDay = None,
    zone: InZone = "UTC",
    stage: AtStage = Stage.ALL,
    sort: Sort = _BY_DUE,
    order: InOrder = SortOrder.ASC,
) -> DeliveryQuery:
    """Which deliveries, in which order."""
    return DeliveryQuery(
        on=day_asked(at, on, zone, which.moments),
        which=which,
        stage=stage,
        sort=_COLUMNS.get(sort, sort),
        descending=order is SortOrder.DESC,
    )


def asked_progress(
    at: AtDoor,
    which: Which,
    *,
    on: OnDay = None,
    zone: InZone = "UTC",
    by: By = ProgressBy.CONTRACT,
    sort: SortLines = _BY_NAME,
    order: InOrder = SortOrder.ASC,
) -> ProgressQuery:
    """How far, by what."""
    return ProgressQuery(
        on=day_asked(at, on, zone, which.moments), by=by, which=which, sort=_COLUMNS.get(sort, sort), descending=order is SortOrder.DESC
    )


AskedDeliveries = Annotated[DeliveryQuery, Depends(asked)]
AskedProgress = Annotated[ProgressQuery, Depends(asked_progress)]


@routes.get(
    "/deliveries",
    operation_id="list_deliveries",
    summary="What was to be delivered and what came of it, plan by plan",
    description="A line for each planned delivery of contracts in force or ended, and for each that came without a plan: what was planned, "
    "what came and was not rejected, what of it was accepted, what was rejected, and how much of the plan that is in percent. A delivery "
    "that states no quantity brings all that was missing. Under payable contracts goods come to us, under receivable ones they go out. "
    "How late something is, is asked of the day `on`; days are those of UTC. `GET /contracts/{contract_id}/explain?of=delivery:…` says "
    f"why. {AS_OF}\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(
        described(DeliveryPage, "A page of deliveries.", refusals=ASKED, headers=("Ledger-Position",)), DELIVERIES_EXAMPLE
    ),
)
def list_deliveries(
    at: AtDoor, query: AskedDeliveries, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    position = read_lasting(at, FULFILMENT.name, min_position)
    listed = Deliveries(at.opened).find(replace(query, limit=limit, cursor=cursor))
    lines = tuple(delivery_line(row, query.on) for row in listed.rows)
    page = DeliveryPage(on=query.on, deliveries=lines, next_cursor=listed.next_cursor)
    return rendered(page, headers={"Ledger-Position": str(position)})


@routes.get(
    "/deliveries/progress",
    operation_id="measure_progress",
    summary="How far deliveries are, plan against actual",
    description="A line for each contract, counterparty, department or owner, and direction: how many deliveries are planned, how many are "
    "complete and late, which share of them was to be there by the day `on` (`plan_percent`), how much of all came (`percent`, the mean "
    "over the plans, since quantities of different units cannot be added), and the difference (`ahead`, below zero where it is behind). "
    f"Deliveries from which termination freed are left out. Percents are rounded down to hundredths. {AS_OF}\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(
        described(DeliveryProgressPage, "A page of lines.", refusals=ASKED, headers=("Ledger-Position",)), PROGRESS_EXAMPLE
    ),
)
def measure_progress(
    at: AtDoor, query: AskedProgress, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    position = read_lasting(at, FULFILMENT.name, min_position)
    listed = deliveries_progress(at.opened, replace(query, limit=limit, cursor=cursor))
    return rendered(progress_page(query, listed.rows, listed.next_cursor), headers={"Ledger-Position": str(position)})
