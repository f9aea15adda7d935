"""What is owed, delivered and accrued as files, as Excel, CSV or Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Generic, NamedTuple, Protocol, TypeVar

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.deliveries import AskedDeliveries, AskedProgress
from api.describe import READ
from api.door import AtDoor, Door, May, only_known_parameters
from api.exports import FileKind, InFormat, answers, begun, file_of
from api.exposures import AskedExposure
from api.forecasts import AskedForecast
from api.freshness import MinPosition, read_fresh
from api.obligations import AskedObligations
from api.penalties import AskedPenalties, AskedPenaltySums
from api.permissions import READERS
from api.receivables import ASKED, AskedAgeing, AskedReceivables
from infra.opening import Opened
from infra.spreadsheet import Cell, Heads
from projections.fulfilment import FULFILMENT, AgeingLine, Receivable, Receivables
from projections.fulfilment import cells as told
from projections.fulfilment.ageing import ageing
from projections.fulfilment.deliveries import Deliveries, DeliveryRow, ProgressLine, deliveries_progress
from projections.fulfilment.exposure import exposure
from projections.fulfilment.forecast import ForecastLine, forecast
from projections.fulfilment.obligations import ObligationRow, Obligations
from projections.fulfilment.penalties import ChargeSum, Penalties, penalty_sums
from projections.paging import Listed, Q, rows
from projections.rows import Question, Rows

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    class Asked(Question, DataclassInstance, Protocol):
        """A question that is asked page by page."""


routes = APIRouter(tags=["money and performance"])

T = TypeVar("T")


class Sheet(NamedTuple, Generic[T]):
    """A list as a file: what the access log calls it, its name in Chinese, its columns, and a row of them."""

    name: str
    called: str
    heads: Heads
    cells: Callable[[T], Sequence[Cell]]
    on: date | None = None

    @property
    def title(self) -> str:
        """What the file is called."""
        return f"{self.called} {self.name}" if self.on is None else f"{self.called} {self.name} {self.on}"


class Leaving(NamedTuple):
    """What leaves the house as a file of a kind, from a view that came as far as `position`; it is noted in the access log first."""

    at: Door
    kind: FileKind
    position: int

    def each(self, sheet: Sheet[T], view_of: Callable[[Opened], Rows[T]], query: Asked) -> Response:
        """Row by row, however many there are."""
        view = view_of(self.at.opened)
        found = begun(rows(view.find, query))
        self.at.note_export(sheet.name, self.kind, view.count(query))
        return self._file(sheet, found)

    def sums(self, sheet: Sheet[T], find: Callable[[Opened, Q], Listed[T]], query: Q) -> Response:
        """Sums: a line for each group, few enough to be counted first."""
        found = list(rows(partial(find, self.at.opened), query))
        self.at.note_export(sheet.name, self.kind, len(found))
        return self._file(sheet, found)

    def _file(self, sheet: Sheet[T], found: Iterable[T]) -> Response:
        return file_of(sheet.title, self.kind, sheet.heads, map(sheet.cells, found), self.position)


def leaving(at: AtDoor, *, kind_of_file: InFormat = FileKind.XLSX, min_position: MinPosition = None) -> Leaving:
    """As which kind of file."""
    return Leaving(at, kind_of_file, read_fresh(at, FULFILMENT.name, min_position))


AsFile = Annotated[Leaving, Depends(leaving)]


@routes.get(
    "/exports/receivables",
    operation_id="export_receivables",
    summary="What is owed as a file",
    description="All claims for which every given filter holds, as `GET /receivables` lists them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_receivables(file: AsFile, query: AskedReceivables) -> Response:
    sheet = Sheet[Receivable]("receivables", "应收应付", told.RECEIVABLES, lambda row: told.receivable_cells(row, query.on), query.on)
    return file.each(sheet, Receivables, query)


@routes.get(
    "/exports/receivables/ageing",
    operation_id="export_ageing",
    summary="What is open by how long it has been overdue, as a file",
    description="All lines, as `GET /receivables/ageing` gives them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_ageing(file: AsFile, query: AskedAgeing) -> Response:
    sheet = Sheet[AgeingLine](
        "ageing", "账龄", told.ageing_heads(query.by, query.buckets), lambda line: told.ageing_cells(line, query.by), query.on
    )
    return file.sums(sheet, ageing, query)


@routes.get(
    "/exports/forecast",
    operation_id="export_forecast",
    summary="What will probably come in and go out, as a file",
    description="All lines, as `GET /forecast` gives them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_forecast(file: AsFile, query: AskedForecast) -> Response:
    sheet = Sheet[ForecastLine]("forecast", "资金预测", told.FORECAST, lambda line: told.forecast_cells(line, query), query.on)
    return file.sums(sheet, forecast, query)


@routes.get(
    "/exports/deliveries",
    operation_id="export_deliveries",
    summary="What was to be delivered and what came of it, as a file",
    description="All deliveries for which every given filter holds, as `GET /deliveries` lists them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_deliveries(file: AsFile, query: AskedDeliveries) -> Response:
    sheet = Sheet[DeliveryRow]("deliveries", "交付", told.DELIVERIES, lambda row: told.delivery_cells(row, query.on), query.on)
    return file.each(sheet, Deliveries, query)


@routes.get(
    "/exports/deliveries/progress",
    operation_id="export_progress",
    summary="How far deliveries are, plan against actual, as a file",
    description="All lines, as `GET /deliveries/progress` gives them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_progress(file: AsFile, query: AskedProgress) -> Response:
    sheet = Sheet[ProgressLine](
        "progress", "履约进度", told.progress_heads(query.by), lambda line: told.progress_cells(line, query.by), query.on
    )
    return file.sums(sheet, deliveries_progress, query)


@routes.get(
    "/exports/exposure",
    operation_id="export_exposure",
    summary="What stands with each counterparty, as a file",
    description="All lines, as `GET /exposure` gives them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_exposure(file: AsFile, query: AskedExposure) -> Response:
    sheet = Sheet("exposure", "敞口", told.EXPOSURE, told.exposure_cells, query.on)
    return file.sums(sheet, exposure, query)


@routes.get(
    "/exports/penalties",
    operation_id="export_penalties",
    summary="Penalties and credits as a file",
    description="All for which every given filter holds, as `GET /penalties` lists them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(READ),
)
def export_penalties(file: AsFile, query: AskedPenalties) -> Response:
    sheet = Sheet("penalties", "违约金与抵扣", told.PENALTIES, told.penalty_cells)
    return file.each(sheet, Penalties, query)


@routes.get(
    "/exports/penalties/sums",
    operation_id="export_penalty_sums",
    summary="What penalties and credits come to, as a file",
    description="All lines, as `GET /penalties/sums` gives them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(READ),
)
def export_penalty_sums(file: AsFile, query: AskedPenaltySums) -> Response:
    sheet = Sheet[ChargeSum]("penalty sums", "违约金与抵扣", told.PENALTY_SUMS, lambda line: told.penalty_sum_cells(line, query.by))
    return file.sums(sheet, penalty_sums, query)


@routes.get(
    "/exports/obligations",
    operation_id="export_calendar",
    summary="What the sides of all contracts owe each other, as a file",
    description="All obligations for which every given filter holds, as `GET /obligations` lists them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_calendar(file: AsFile, query: AskedObligations) -> Response:
    sheet = Sheet[ObligationRow]("obligations", "履约日历", told.OBLIGATIONS, lambda row: told.obligation_cells(row, query.on), query.on)
    return file.each(sheet, Obligations, query)
