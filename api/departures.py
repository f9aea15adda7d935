"""Templates in use and deviations from them, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.departure_answers import DEVIATIONS_EXAMPLE, USES_EXAMPLE, DeviationPage, TemplateUsePage, deviation_answer, use_answer
from api.describe import READ, described, with_example
from api.door import AtDoor, May, only_known_parameters, rendered
from api.freshness import MinPosition, read_fresh, read_lasting
from api.governance import InOrder, OfContracts
from api.moments import AS_OF
from api.permissions import HISTORY_READERS
from api.receivables import Cursor, Limit
from api.register import SortOrder
from api.scalars import MAX_VERSION, MOMENT_SCHEMA, MOMENT_TEXT, TEXT
from domain.contract.vocabulary import DeviationStatus, Status
from projections.governance import GOVERNANCE, DeviationQuery, Deviations, TemplateUseQuery, TemplateUses
from projections.governance.departures import DEVIATION_SORTS, USE_SORTS, Editions

UseSort = StrEnum("UseSort", {c: c for c in USE_SORTS})  # type: ignore[misc]
DeviationSort = StrEnum("DeviationSort", {c: c for c in DEVIATION_SORTS})  # type: ignore[misc]
_LATEST_USE: Final = UseSort("drafted_at")
_LATEST_DEVIATION: Final = DeviationSort("requested_at")

OfTemplate = Annotated[str | None, TEXT, Query(max_length=200, description="Of the template with exactly this id.")]
OfEdition = Annotated[int | None, Query(ge=1, le=MAX_VERSION, description="Of this edition.")]
InStatus = Annotated[
    list[Status] | None,
    Query(max_length=len(Status), description="Under contracts in one of these statuses; may be given several times."),
]
Deviates = Annotated[bool | None, Query(description="In which locked clauses read otherwise by now, or in which none does.")]
Outdated = Annotated[bool | None, Query(description="Drafted from another edition than the one published last, or from that one.")]
OfClause = Annotated[str | None, TEXT, Query(max_length=200, description="From the clause with exactly this id.")]
DeviationStatuses = Annotated[
    list[DeviationStatus] | None,
    Query(max_length=len(DeviationStatus), description="What became of it, one of these; may be given several times."),
]
AskedBy = Annotated[
    str | None, TEXT, Query(max_length=200, description="That exactly this person asked for, had asked for, or decided on.")
]
Since = Annotated[datetime | None, MOMENT_TEXT, MOMENT_SCHEMA, Query(description="Asked for at this moment or later.")]
Until = Annotated[datetime | None, MOMENT_TEXT, MOMENT_SCHEMA, Query(description="Asked for before this moment.")]
SortUses = Annotated[UseSort, Query(description="What to sort by.")]
SortDeviations = Annotated[DeviationSort, Query(description="What to sort by.")]

routes = APIRouter(tags=["governance"])


def asked_uses(
    at: AtDoor,
    which: OfContracts,
    *,
    status: InStatus = None,
    template: OfTemplate = None,
    edition: OfEdition = None,
    deviates: Deviates = None,
    outdated: Outdated = None,
    sort: SortUses = _LATEST_USE,
    order: InOrder = SortOrder.DESC,
) -> TemplateUseQuery:
    """Which contracts, in which order."""
    return TemplateUseQuery(
        which=which,
        status=tuple(status or ()),
        template=template,
        edition=edition,
        deviates=deviates,
        outdated=outdated,
        published=None if outdated is None else Editions(at.ledger).all_published(),
        sort=sort,
        descending=order is SortOrder.DESC,
    )


def asked_deviations(
    which: OfContracts,
    *,
    status: InStatus = None,
    template: OfTemplate = None,
    edition: OfEdition = None,
    clause: OfClause = None,
    deviation_status: DeviationStatuses = None,
    person: AskedBy = None,
    since: Since = None,
    until: Until = None,
    sort: SortDeviations = _LATEST_DEVIATION,
    order: InOrder = SortOrder.DESC,
) -> DeviationQuery:
    """Which deviations, in which order."""
    return DeviationQuery(
        which=which,
        status=tuple(status or ()),
        template=template,
        edition=edition,
        clause=clause,
        deviation_status=tuple(deviation_status or ()),
        person=person,
        since=since,
        until=until,
        sort=sort,
        descending=order is SortOrder.DESC,
    )


AskedUses = Annotated[TemplateUseQuery, Depends(asked_uses)]
AskedDeviations = Annotated[DeviationQuery, Depends(asked_deviations)]


@routes.get(
    "/template-uses",
    operation_id="list_template_uses",
    summary="Which contracts were drafted from which edition of which template",
    description="A line for each contract that was drafted from a template: when and by whom, from which edition, which edition is "
    "published by now, how many clauses the edition locks, and how many of these read otherwise by now. What became of the template is "
    f"asked of its own entries as they are. {AS_OF}\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(
        described(TemplateUsePage, "A page of contracts.", refusals=READ, headers=("Ledger-Position",)), USES_EXAMPLE
    ),
)
def list_template_uses(
    at: AtDoor, query: AskedUses, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    position, editions = read_lasting(at, GOVERNANCE.name, min_position), Editions(at.ledger)
    listed = TemplateUses(at.opened).find(replace(query, limit=limit, cursor=cursor))
    page = TemplateUsePage(uses=tuple(use_answer(row, editions) for row in listed.rows), next_cursor=listed.next_cursor)
    return rendered(page, headers={"Ledger-Position": str(position)})


@routes.get(
    "/deviations",
    operation_id="list_deviations",
    summary="Where contracts depart from what their templates lock",
    description="A line for each deviation from a locked clause: who asked for it, when and why, who decided on it, when the contract was "
    "worded so, by which entries, the wording with which the contract was drafted, and the one that was asked for (null: the clause is to "
    "be gone). Who wrote which word of what the contract says now, its conformed copy tells. "
    f"{AS_OF}\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(
        described(DeviationPage, "A page of deviations.", refusals=READ, headers=("Ledger-Position",)), DEVIATIONS_EXAMPLE
    ),
)
def list_deviations(
    at: AtDoor, query: AskedDeviations, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    at.note_read("deviations")
    position = read_fresh(at, GOVERNANCE.name, min_position)
    listed = Deviations(at.opened).find(replace(query, limit=limit, cursor=cursor))
    page = DeviationPage(deviations=tuple(map(deviation_answer, listed.rows)), next_cursor=listed.next_cursor)
    return rendered(page, headers={"Ledger-Position": str(position)})
