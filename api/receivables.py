"""Receivables and payables over HTTP: what is owed, what is overdue, and how old it is."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BeforeValidator, WithJsonSchema
from starlette.responses import Response

from api.describe import described, with_example
from api.door import AtDoor, Door, May, only_known_parameters, rendered
from api.freshness import MinPosition, read_lasting
from api.moments import AS_OF
from api.permissions import READERS
from api.quotes import InZone, OnDay
from api.receivable_answers import (
    AGEING_EXAMPLE,
    RECEIVABLES_EXAMPLE,
    AgeingPage,
    ReceivablePage,
    ageing_page,
    receivable_line,
)
from api.register import ByCurrency, SortOrder
from api.scalars import DAY_PATTERN, TEXT, read_day
from api.strict_json import Flaw, Flawed
from api.under import Under
from domain.contract.receivables import ClaimKind
from infra import calendars
from projections.fulfilment import FULFILMENT, AgeingQuery, ReceivableQuery, Receivables
from projections.fulfilment.ageing import SORTS as AGEING_SORTS
from projections.fulfilment.ageing import AgeingBy, ageing
from projections.fulfilment.contract import PRESENT
from projections.fulfilment.receivables import SORTS, ClaimFilter, Standing
from projections.past import Moments

MAX_LINES: Final = 500
# A zone may not be known, which is a refusal of the domain.
ASKED: Final = (401, 403, 409, 422, 503)

_DAY: Final = BeforeValidator(lambda value: None if value is None else read_day(value))
_DAY_SCHEMA: Final = WithJsonSchema({"type": "string", "format": "date", "pattern": DAY_PATTERN})
_NAMES: Final = {"amount_minor": "amount", "paid_minor": "paid", "open_minor": "open", "overdue_minor": "overdue"}
_COLUMNS: Final = {name: column for column, name in _NAMES.items()}
ReceivableSort = StrEnum("ReceivableSort", {_NAMES.get(c, c): _NAMES.get(c, c) for c in SORTS})  # type: ignore[misc]
AgeingSort = StrEnum("AgeingSort", {_NAMES.get(c, c): _NAMES.get(c, c) for c in AGEING_SORTS})  # type: ignore[misc]
_BY_DUE: Final = ReceivableSort("due")
_BY_NAME: Final = AgeingSort("name")

Kinds = Annotated[
    list[ClaimKind] | None,
    Query(max_length=len(ClaimKind), description="One of these kinds of claims; may be given several times."),
]
DueFrom = Annotated[date | None, _DAY, _DAY_SCHEMA, Query(description="Due on this day or later.")]
DueTo = Annotated[date | None, _DAY, _DAY_SCHEMA, Query(description="Due on this day or earlier.")]
Stands = Annotated[
    Standing,
    Query(
        description="What is open in any way; overdue, open after its day; waiting, open without a day yet; closed, with nothing open of "
        "it; or all."
    ),
]
By = Annotated[AgeingBy, Query(description="What the lines are of. Each is of one direction and one currency.")]
Buckets = Annotated[
    str,
    TEXT,
    Query(max_length=100, description="The last days of the buckets; the one after them is open.", examples=["30,60,90,180"]),
]
Sort = Annotated[ReceivableSort, Query(description="What to sort by.")]
SortLines = Annotated[AgeingSort, Query(description="What to sort by.")]
InOrder = Annotated[SortOrder, Query(description="Which way; what has none comes last either way.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LINES, description="How many lines at most.")]
Cursor = Annotated[
    str | None,
    TEXT,
    Query(max_length=4_000, description="The `next_cursor` of the page before. It belongs to the same sort and order; keep the filters."),
]

routes = APIRouter(tags=["money and performance"])


def day_asked(at: Door, on: date | None, zone: str, moments: Moments = PRESENT) -> date:
    """The day that is asked about: where none is said that of `valid_at`, or today, in the zone. Refuses with ZoneNotKnown."""
    days = calendars.named(calendars.ROUND_THE_CLOCK, zone)
    return on or calendars.day_of(days, moments.valid_at or at.ledger.clock())


def which(
    under: Under,
    *,
    currency: ByCurrency = None,
    kind: Kinds = None,
    due_from: DueFrom = None,
    due_to: DueTo = None,
) -> ClaimFilter:
    """Which claims."""
    return ClaimFilter(
        **asdict(under),
        currency=currency,
        kind=tuple(kind or ()),
        due_from=due_from,
        due_to=due_to,
    )


Which = Annotated[ClaimFilter, Depends(which)]


def asked(
    at: AtDoor,
    which: Which,
    *,
    on: OnDay = None,
    zone: InZone = "UTC",
    standing: Stands = Standing.OPEN,
    sort: Sort = _BY_DUE,
    order: InOrder = SortOrder.ASC,
) -> ReceivableQuery:
    """Which claims, in which order."""
    return ReceivableQuery(
        on=day_asked(at, on, zone, which.moments),
        which=which,
        standing=standing,
        sort=_COLUMNS.get(sort, sort),
        descending=order is SortOrder.DESC,
    )


def asked_ageing(
    at: AtDoor,
    which: Which,
    *,
    on: OnDay = None,
    zone: InZone = "UTC",
    by: By = AgeingBy.COUNTERPARTY,
    buckets: Buckets = "30,60,90,180",
    sort: SortLines = _BY_NAME,
    order: InOrder = SortOrder.ASC,
) -> AgeingQuery:
    """How old, by what."""
    return AgeingQuery(
        on=day_asked(at, on, zone, which.moments),
        by=by,
        bounds=bounds(buckets),
        which=which,
        sort=_COLUMNS.get(sort, sort),
        descending=order is SortOrder.DESC,
    )


AskedReceivables = Annotated[ReceivableQuery, Depends(asked)]
AskedAgeing = Annotated[AgeingQuery, Depends(asked_ageing)]


def bounds(text: str) -> tuple[int, ...]:
    """The numbers of days. Raises Flawed."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdecimal() and len(part) <= 6 for part in parts):  # noqa: PLR2004 - more days than calendars have
        raise Flawed([Flaw("query.buckets", "Give numbers of days, as in 30,60,90,180.")])
    return tuple(map(int, parts))


@routes.get(
    "/receivables",
    operation_id="list_receivables",
    summary="What is owed to us and by us, part by part",
    description="A line for each instalment, for what no instalment covers, for what is held back, and for interest, shares, penalties and "
    "credits, of contracts in force or ended; `direction` tells receivables from payables. An instalment has a day only once what it waits "
    "for has come about; days are those of UTC, working days Monday to Friday. A payment counts for the instalments that it names, and "
    "invoices fill the instalments in their order. The open lines of a contract come to its value less what was paid, and to what was "
    "added to that and taken from it since. What is overdue is asked of the day `on`. The view follows the ledger within moments: "
    f"`min_position` waits for your own write. {AS_OF}\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(
        described(ReceivablePage, "A page of claims.", refusals=ASKED, headers=("Ledger-Position",)), RECEIVABLES_EXAMPLE
    ),
)
def list_receivables(
    at: AtDoor, query: AskedReceivables, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    position = read_lasting(at, FULFILMENT.name, min_position)
    listed = Receivables(at.opened).find(replace(query, limit=limit, cursor=cursor))
    lines = tuple(receivable_line(row, query.on) for row in listed.rows)
    page = ReceivablePage(on=query.on, receivables=lines, next_cursor=listed.next_cursor)
    return rendered(page, headers={"Ledger-Position": str(position)})


@routes.get(
    "/receivables/ageing",
    operation_id="age_receivables",
    summary="What is open by how long it has been overdue",
    description="A line for each counterparty, department, owner or contract, direction and currency: what is open in all, what of it has "
    "no day yet, is not due yet, and has been overdue for so many days. Nothing is added across currencies, and what takes from a claim, "
    "such as a penalty or a payment that names no instalment, counts below zero and without a day. A contract with several counterparties "
    f"is under all of their names together, so that lines add up. {AS_OF}\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(described(AgeingPage, "A page of lines.", refusals=ASKED, headers=("Ledger-Position",)), AGEING_EXAMPLE),
)
def age_receivables(
    at: AtDoor, query: AskedAgeing, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    position = read_lasting(at, FULFILMENT.name, min_position)
    listed = ageing(at.opened, replace(query, limit=limit, cursor=cursor))
    return rendered(ageing_page(query, listed.rows, listed.next_cursor), headers={"Ledger-Position": str(position)})
