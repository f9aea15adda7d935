"""What is owed, delivered and accrued as files, as Excel, CSV or Parquet."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.deliveries import AskedDeliveries, AskedProgress
from api.describe import READ
from api.door import AtDoor, May, only_known_parameters
from api.exports import FileKind, InFormat, answers, begun, file_of
from api.exposures import AskedExposure
from api.forecasts import AskedForecast
from api.freshness import MinPosition, read_fresh
from api.penalties import AskedPenalties, AskedPenaltySums
from api.permissions import READERS
from api.receivables import ASKED, AskedAgeing, AskedReceivables
from projections.fulfilment import FULFILMENT, Receivables
from projections.fulfilment import cells as told
from projections.fulfilment.ageing import ageing
from projections.fulfilment.deliveries import Deliveries, deliveries_progress
from projections.fulfilment.exposure import exposure
from projections.fulfilment.forecast import forecast
from projections.fulfilment.penalties import Penalties, penalty_sums
from projections.paging import rows

routes = APIRouter(tags=["money and performance"])


@routes.get(
    "/exports/receivables",
    operation_id="export_receivables",
    summary="What is owed as a file",
    description="All claims for which every given filter holds, as `GET /receivables` lists them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_receivables(
    at: AtDoor, query: AskedReceivables, *, kind_of_file: InFormat = FileKind.XLSX, min_position: MinPosition = None
) -> Response:
    position = read_fresh(at, FULFILMENT.name, min_position)
    found = begun(rows(Receivables(at.opened).find, query))
    at.note_export("receivables", kind_of_file, Receivables(at.opened).count(query))
    cells = (told.receivable_cells(row, query.on) for row in found)
    return file_of(f"应收应付 receivables {query.on}", kind_of_file, told.RECEIVABLES, cells, position)


@routes.get(
    "/exports/receivables/ageing",
    operation_id="export_ageing",
    summary="What is open by how long it has been overdue, as a file",
    description="All lines, as `GET /receivables/ageing` gives them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_ageing(at: AtDoor, query: AskedAgeing, *, kind_of_file: InFormat = FileKind.XLSX, min_position: MinPosition = None) -> Response:
    position = read_fresh(at, FULFILMENT.name, min_position)
    # One line for each group and currency: few enough to be counted first.
    found = list(rows(partial(ageing, at.opened), query))
    at.note_export("ageing", kind_of_file, len(found))
    cells = (told.ageing_cells(line, query.by) for line in found)
    return file_of(f"账龄 ageing {query.on}", kind_of_file, told.ageing_heads(query.by, query.buckets), cells, position)


@routes.get(
    "/exports/forecast",
    operation_id="export_forecast",
    summary="What will probably come in and go out, as a file",
    description="All lines, as `GET /forecast` gives them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_forecast(
    at: AtDoor, query: AskedForecast, *, kind_of_file: InFormat = FileKind.XLSX, min_position: MinPosition = None
) -> Response:
    position = read_fresh(at, FULFILMENT.name, min_position)
    # One line for each span and currency: few enough to be counted first.
    found = list(rows(partial(forecast, at.opened), query))
    at.note_export("forecast", kind_of_file, len(found))
    cells = (told.forecast_cells(line, query) for line in found)
    return file_of(f"资金预测 forecast {query.on}", kind_of_file, told.FORECAST, cells, position)


@routes.get(
    "/exports/deliveries",
    operation_id="export_deliveries",
    summary="What was to be delivered and what came of it, as a file",
    description="All deliveries for which every given filter holds, as `GET /deliveries` lists them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_deliveries(
    at: AtDoor, query: AskedDeliveries, *, kind_of_file: InFormat = FileKind.XLSX, min_position: MinPosition = None
) -> Response:
    position = read_fresh(at, FULFILMENT.name, min_position)
    found = begun(rows(Deliveries(at.opened).find, query))
    at.note_export("deliveries", kind_of_file, Deliveries(at.opened).count(query))
    cells = (told.delivery_cells(row, query.on) for row in found)
    return file_of(f"交付 deliveries {query.on}", kind_of_file, told.DELIVERIES, cells, position)


@routes.get(
    "/exports/deliveries/progress",
    operation_id="export_progress",
    summary="How far deliveries are, plan against actual, as a file",
    description="All lines, as `GET /deliveries/progress` gives them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_progress(
    at: AtDoor, query: AskedProgress, *, kind_of_file: InFormat = FileKind.XLSX, min_position: MinPosition = None
) -> Response:
    position = read_fresh(at, FULFILMENT.name, min_position)
    found = begun(rows(partial(deliveries_progress, at.opened), query))
    at.note_export("progress", kind_of_file, sum(1 for _ in rows(partial(deliveries_progress, at.opened), query)))
    cells = (told.progress_cells(line, query.by) for line in found)
    return file_of(f"履约进度 progress {query.on}", kind_of_file, told.progress_heads(query.by), cells, position)


@routes.get(
    "/exports/exposure",
    operation_id="export_exposure",
    summary="What stands with each counterparty, as a file",
    description="All lines, as `GET /exposure` gives them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_exposure(
    at: AtDoor, query: AskedExposure, *, kind_of_file: InFormat = FileKind.XLSX, min_position: MinPosition = None
) -> Response:
    position = read_fresh(at, FULFILMENT.name, min_position)
    found = begun(rows(partial(exposure, at.opened), query))
    at.note_export("exposure", kind_of_file, sum(1 for _ in rows(partial(exposure, at.opened), query)))
    return file_of(f"敞口 exposure {query.on}", kind_of_file, told.EXPOSURE, map(told.exposure_cells, found), position)


@routes.get(
    "/exports/penalties",
    operation_id="export_penalties",
    summary="Penalties and credits as a file",
    description="All for which every given filter holds, as `GET /penalties` lists them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(READ),
)
def export_penalties(
    at: AtDoor, query: AskedPenalties, *, kind_of_file: InFormat = FileKind.XLSX, min_position: MinPosition = None
) -> Response:
    position = read_fresh(at, FULFILMENT.name, min_position)
    found = begun(rows(Penalties(at.opened).find, query))
    at.note_export("penalties", kind_of_file, Penalties(at.opened).count(query))
    return file_of("违约金与抵扣 penalties", kind_of_file, told.PENALTIES, map(told.penalty_cells, found), position)


@routes.get(
    "/exports/penalties/sums",
    operation_id="export_penalty_sums",
    summary="What penalties and credits come to, as a file",
    description="All lines, as `GET /penalties/sums` gives them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(READ),
)
def export_penalty_sums(
    at: AtDoor, query: AskedPenaltySums, *, kind_of_file: InFormat = FileKind.XLSX, min_position: MinPosition = None
) -> Response:
    position = read_fresh(at, FULFILMENT.name, min_position)
    found = begun(rows(partial(penalty_sums, at.opened), query))
    at.note_export("penalty sums", kind_of_file, sum(1 for _ in rows(partial(penalty_sums, at.opened), query)))
    cells = (told.penalty_sum_cells(line, query.by) for line in found)
    return file_of("违约金与抵扣 penalty sums", kind_of_file, told.PENALTY_SUMS, cells, position)
