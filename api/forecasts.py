"""The cash forecast over HTTP: what will probably come in and go out, month by month."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.describe import described, with_example
from api.door import AtDoor, May, only_known_parameters, rendered
from api.forecast_answers import FORECAST_EXAMPLE, ForecastPage, forecast_page
from api.freshness import MinPosition, read_lasting
from api.moments import AS_OF
from api.permissions import READERS
from api.quotes import InZone, OnDay
from api.receivables import ASKED, Cursor, InOrder, Limit, Which, day_asked
from api.register import SortOrder
from domain.contract.forecast import Per
from projections.fulfilment import FULFILMENT
from projections.fulfilment.forecast import SORTS, ForecastQuery, forecast

ForecastSort = StrEnum("ForecastSort", {name: name for name in SORTS})  # type: ignore[misc]
_BY_PERIOD = ForecastSort("period")

Spans = Annotated[Per, Query(description="How long the spans are; weeks are those of ISO 8601.")]
Sort = Annotated[ForecastSort, Query(description="What to sort by: the spans, or the currencies and in each the spans.")]

routes = APIRouter(tags=["money and performance"])


def asked(
    at: AtDoor,
    which: Which,
    *,
    on: OnDay = None,
    zone: InZone = "UTC",
    per: Spans = Per.MONTH,
    sort: Sort = _BY_PERIOD,
    order: InOrder = SortOrder.ASC,
) -> ForecastQuery:
    """What is expected, by what."""
    return ForecastQuery(on=day_asked(at, on, zone, which.moments), per=per, which=which, sort=sort, descending=order is SortOrder.DESC)


AskedForecast = Annotated[ForecastQuery, Depends(asked)]


@routes.get(
    "/forecast",
    operation_id="forecast_cash",
    summary="What will probably come in and go out",
    description="A line for each month (or week, or quarter) and currency in which something is due: what is expected to be paid to us and "
    "by us, the difference, and that with all spans before it. What is `overdue` on the day `on` comes first, what has no day yet "
    "(`undated`) last; the span of the day itself begins with it. What is expected of a claim is what is open of it after penalties, "
    "credits, unnamed payments and what is held back were set off; `GET /receivables` with the same filters and the days of a line lists "
    "the claims and what is `expected` of each, which come to it. Nothing is added across currencies, and no payment is taken for "
    f"later than it is due. {AS_OF}\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(described(ForecastPage, "A page of lines.", refusals=ASKED, headers=("Ledger-Position",)), FORECAST_EXAMPLE),
)
def forecast_cash(
    at: AtDoor, query: AskedForecast, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    position = read_lasting(at, FULFILMENT.name, min_position)
    listed = forecast(at.opened, replace(query, limit=limit, cursor=cursor))
    return rendered(forecast_page(query, listed.rows, listed.next_cursor), headers={"Ledger-Position": str(position)})
