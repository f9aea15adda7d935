"""Exposure over HTTP: what stands with each counterparty."""

from __future__ import annotations

from dataclasses import asdict, replace
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.describe import described, with_example
from api.door import AtDoor, May, only_known_parameters, rendered
from api.exposure_answers import EXPOSURE_EXAMPLE, ExposurePage, exposure_page
from api.freshness import MinPosition, read_lasting
from api.moments import AS_OF
from api.permissions import READERS
from api.quotes import InZone, OnDay
from api.receivables import (
    ASKED,
    Cursor,
    InOrder,
    Limit,
    day_asked,
)
from api.register import ByCurrency, SortOrder
from api.scalars import TEXT
from api.under import Under
from projections.fulfilment import FULFILMENT
from projections.fulfilment.exposure import SORTS, ExposureBy, ExposureFilter, ExposureQuery, exposure

_COLUMNS: Final = {column.removesuffix("_minor"): column for column in SORTS}
ExposureSort = StrEnum("ExposureSort", {name: name for name in _COLUMNS})  # type: ignore[misc]
_BY_NAME: Final = ExposureSort("name")

ByParty = Annotated[str | None, TEXT, Query(max_length=200, description="The party with exactly this id.")]
By = Annotated[ExposureBy, Query(description="Lines of counterparties, or of each under each of its contracts; each is of one currency.")]
Sort = Annotated[ExposureSort, Query(description="What to sort by.")]

routes = APIRouter(tags=["money and performance"])


def which(
    under: Under,
    *,
    currency: ByCurrency = None,
    party: ByParty = None,
) -> ExposureFilter:
    """Which counterparties under which contracts."""
    return ExposureFilter(
        **asdict(under),
        currency=currency,
        party_id=party,
    )


Which = Annotated[ExposureFilter, Depends(which)]


def asked(
    at: AtDoor,
    which: Which,
    *,
    on: OnDay = None,
    zone: InZone = "UTC",
    by: By = ExposureBy.COUNTERPARTY,
    sort: Sort = _BY_NAME,
    order: InOrder = SortOrder.ASC,
) -> ExposureQuery:
    """What stands with whom."""
    day = day_asked(at, on, zone, which.moments)
    return ExposureQuery(on=day, by=by, which=which, sort=_COLUMNS[sort], descending=order is SortOrder.DESC)


AskedExposure = Annotated[ExposureQuery, Depends(asked)]


@routes.get(
    "/exposure",
    operation_id="list_exposure",
    summary="What stands with each counterparty",
    description="A line for each counterparty and currency, or with `by=contract` for each of its contracts: what it owes us and what we "
    "owe it, open in all and after its day on the day `on`, the difference, and the value of the contracts that are still to be performed. "
    "Contracts that name the same party are together whatever name they give; those that name none, by the name. Where a contract has "
    "several counterparties, each stands for the whole (`shared` counts such contracts), so lines do not add up across counterparties. "
    f"Of a line by contract, the figures `open`, `overdue` and `value` of the contract say why. {AS_OF}\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(described(ExposurePage, "A page of lines.", refusals=ASKED, headers=("Ledger-Position",)), EXPOSURE_EXAMPLE),
)
def list_exposure(
    at: AtDoor, query: AskedExposure, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    position = read_lasting(at, FULFILMENT.name, min_position)
    listed = exposure(at.opened, replace(query, limit=limit, cursor=cursor))
    return rendered(exposure_page(query, listed.rows, listed.next_cursor), headers={"Ledger-Position": str(position)})
