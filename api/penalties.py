"""Penalties and credits over HTTP: what they came to, and what became of it."""

from __future__ import annotations

from dataclasses import asdict, replace
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.describe import READ, described, with_example
from api.door import AtDoor, May, only_known_parameters, rendered
from api.freshness import MinPosition, read_lasting
from api.moments import AS_OF
from api.penalty_answers import (
    PENALTIES_EXAMPLE,
    PENALTY_SUMS_EXAMPLE,
    PenaltyPage,
    PenaltySumPage,
    penalty_line,
    penalty_sums_page,
)
from api.permissions import READERS
from api.receivables import Cursor, InOrder, Limit
from api.register import ByCurrency, SortOrder
from api.under import Under
from domain.contract.charges import ChargeKind
from projections.fulfilment import FULFILMENT
from projections.fulfilment.penalties import (
    GROUP_SORTS,
    SORTS,
    Became,
    ChargeFilter,
    ChargeQuery,
    ChargeSumQuery,
    Penalties,
    PenaltiesBy,
    penalty_sums,
)

_COLUMNS: Final = {column.removesuffix("_minor"): column for column in (*SORTS, *GROUP_SORTS)}
PenaltySort = StrEnum("PenaltySort", {c.removesuffix("_minor"): c.removesuffix("_minor") for c in SORTS})  # type: ignore[misc]
PenaltySumSort = StrEnum("PenaltySumSort", {c.removesuffix("_minor"): c.removesuffix("_minor") for c in GROUP_SORTS})  # type: ignore[misc]
_BY_NUMBER: Final = PenaltySort("number")
_BY_NAME: Final = PenaltySumSort("name")

Kinds = Annotated[
    list[ChargeKind] | None,
    Query(max_length=len(ChargeKind), description="One of these kinds; may be given several times."),
]
OfBecame = Annotated[
    Became,
    Query(
        description="What became of it: open, something of it stands and is not settled; settled, with all else that was owed; waived, "
        "something of it was; or all."
    ),
]
By = Annotated[PenaltiesBy, Query(description="What the lines are of. Each is of one kind, direction and currency.")]
Sort = Annotated[PenaltySort, Query(description="What to sort by.")]
SortSums = Annotated[PenaltySumSort, Query(description="What to sort by.")]

routes = APIRouter(tags=["money and performance"])


def which(
    under: Under,
    *,
    currency: ByCurrency = None,
    kind: Kinds = None,
    became: OfBecame = Became.ALL,
) -> ChargeFilter:
    """Which penalties and credits."""
    return ChargeFilter(
        **asdict(under),
        currency=currency,
        kind=tuple(kind or ()),
        became=became,
    )


Which = Annotated[ChargeFilter, Depends(which)]


def asked(which: Which, *, sort: Sort = _BY_NUMBER, order: InOrder = SortOrder.ASC) -> ChargeQuery:
    """Which penalties and credits, in which order."""
    return ChargeQuery(which=which, sort=_COLUMNS[sort], descending=order is SortOrder.DESC)


def asked_sums(which: Which, *, by: By = PenaltiesBy.KIND, sort: SortSums = _BY_NAME, order: InOrder = SortOrder.ASC) -> ChargeSumQuery:
    """What they come to, by what."""
    return ChargeSumQuery(by=by, which=which, sort=_COLUMNS[sort], descending=order is SortOrder.DESC)


AskedPenalties = Annotated[ChargeQuery, Depends(asked)]
AskedPenaltySums = Annotated[ChargeSumQuery, Depends(asked_sums)]


@routes.get(
    "/penalties",
    operation_id="list_penalties",
    summary="What delays, service levels and shares came to under the terms",
    description="A line for each penalty for a late delivery, interest on a late payment, each credit for a missed service level, each "
    "share of a profit and each pay for a key figure: what accrued in all, what of it was waived, stands, and is settled together with all "
    "else that was owed under the contract, with the term and the version of the entry that made it. Penalties and credits take from what "
    f"is owed, the others add to it. `GET /contracts/{{contract_id}}/explain?figure=standing&of=penalty:…` says why. "
    f"{AS_OF}\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(
        described(PenaltyPage, "A page of penalties and credits.", refusals=READ, headers=("Ledger-Position",)), PENALTIES_EXAMPLE
    ),
)
def list_penalties(
    at: AtDoor, query: AskedPenalties, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    position = read_lasting(at, FULFILMENT.name, min_position)
    listed = Penalties(at.opened).find(replace(query, limit=limit, cursor=cursor))
    page = PenaltyPage(penalties=tuple(map(penalty_line, listed.rows)), next_cursor=listed.next_cursor)
    return rendered(page, headers={"Ledger-Position": str(position)})


@routes.get(
    "/penalties/sums",
    operation_id="sum_penalties",
    summary="What penalties and credits come to",
    description="A line for each kind (or counterparty, department, owner or contract, and kind), direction and currency: the sums of what "
    f"accrued, was waived, stands and is settled. Nothing is added across currencies. {AS_OF}\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=with_example(
        described(PenaltySumPage, "A page of sums.", refusals=READ, headers=("Ledger-Position",)), PENALTY_SUMS_EXAMPLE
    ),
)
def sum_penalties(
    at: AtDoor, query: AskedPenaltySums, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None
) -> Response:
    position = read_lasting(at, FULFILMENT.name, min_position)
    listed = penalty_sums(at.opened, replace(query, limit=limit, cursor=cursor))
    return rendered(penalty_sums_page(query, listed.rows, listed.next_cursor), headers={"Ledger-Position": str(position)})
