"""What waits, what ends or renews, duties in one hand, templates in use and deviations as files, as Excel, CSV or Parquet."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.departures import AskedDeviations, AskedUses
from api.describe import READ
from api.door import AtDoor, May, only_known_parameters
from api.exports import FileKind, InFormat, answers, begun, file_of
from api.freshness import MinPosition, read_fresh
from api.fulfilment_exports import Leaving, Sheet
from api.governance import AskedConflicts, AskedDecisions, AskedRenewals
from api.permissions import HISTORY_READERS, READERS
from api.receivables import ASKED
from projections.governance import (
    GOVERNANCE,
    AwaitedDecision,
    Conflicts,
    DeviationLine,
    Deviations,
    Inbox,
    RenewalLine,
    Renewals,
    TemplateUseLine,
    TemplateUses,
)
from projections.governance import cells as told
from projections.governance.departures import Editions
from projections.paging import rows

routes = APIRouter(tags=["governance"])


def leaving(at: AtDoor, *, kind_of_file: InFormat = FileKind.XLSX, min_position: MinPosition = None) -> Leaving:
    """As which kind of file."""
    return Leaving(at, kind_of_file, read_fresh(at, GOVERNANCE.name, min_position))


AsFile = Annotated[Leaving, Depends(leaving)]


@routes.get(
    "/exports/approvals",
    operation_id="export_awaited_decisions",
    summary="What waits for whose decision as a file",
    description="All decisions for which every given filter holds, as `GET /approvals` lists them page by page: one's own, or with "
    "`whose=all` and `who` those of others, for auditors and administrators.\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(READ),
)
def export_awaited_decisions(wanted: AskedDecisions, file: AsFile) -> Response:
    sheet = Sheet[AwaitedDecision]("approvals", "待审批", told.DECISIONS, lambda row: told.decision_cells(row, wanted.now))
    return file.each(sheet, Inbox, wanted.query)


@routes.get(
    "/exports/renewals",
    operation_id="export_renewals",
    summary="Which contracts end or renew as a file",
    description="All contracts for which every given filter holds, as `GET /renewals` lists them page by page.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(ASKED),
)
def export_renewals(file: AsFile, due: AskedRenewals) -> Response:
    sheet = Sheet[RenewalLine]("renewals", "到期与续约", told.RENEWALS, lambda row: told.renewal_cells(row, due.on), due.on)
    return file.each(sheet, Renewals, due.query)


@routes.get(
    "/exports/segregation",
    operation_id="export_duty_conflicts",
    summary="Duties in one hand as a file",
    description="A row for each act that proves a conflict, of all for which every given filter holds, as `GET /segregation` lists them "
    "page by page.\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(READ),
)
def export_duty_conflicts(file: AsFile, query: AskedConflicts) -> Response:
    view = Conflicts(file.at.opened)
    acts = begun(cells for row in rows(view.find, query) for cells in told.conflict_cells(row))
    file.at.note_export("segregation", file.kind, view.count_acts(query))
    return file_of("职责分离 segregation", file.kind, told.CONFLICTS, acts, file.position)


@routes.get(
    "/exports/template-uses",
    operation_id="export_template_uses",
    summary="Which contracts were drafted from which template as a file",
    description="All contracts for which every given filter holds, as `GET /template-uses` lists them page by page."
    "\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(READ),
)
def export_template_uses(file: AsFile, query: AskedUses) -> Response:
    editions = Editions(file.at.ledger)
    sheet = Sheet[TemplateUseLine]("template uses", "范本使用", told.TEMPLATE_USES, lambda row: told.use_cells(row, editions))
    return file.each(sheet, TemplateUses, query)


@routes.get(
    "/exports/deviations",
    operation_id="export_deviations",
    summary="Deviations from what templates lock as a file",
    description="All deviations for which every given filter holds, as `GET /deviations` lists them page by page."
    "\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=answers(READ),
)
def export_deviations(file: AsFile, query: AskedDeviations) -> Response:
    sheet = Sheet[DeviationLine]("deviations", "条款偏离", told.DEVIATIONS, told.deviation_cells)
    return file.each(sheet, Deviations, query)
