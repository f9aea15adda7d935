"""The register counted and summed over HTTP: by what contracts have in common, and over time."""

from __future__ import annotations

from inspect import signature
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api import register
from api.describe import READ, described
from api.door import AtDoor, May, only_known_parameters, rendered
from api.freshness import MinPosition
from api.permissions import READERS
from infra.render import to_json
from projections.register import RegisterQuery
from projections.register.statistics import MAX_GROUPS, ContractStatistics, GroupedBy, Period, Statistics

By = Annotated[
    GroupedBy,
    Query(
        description="What to group contracts by; `drafted`, `approved`, `in_force` and `ended`: when they were, in stretches of `period`."
    ),
]
InPeriods = Annotated[Period, Query(description="How long the stretches of time are, in UTC.")]
Limit = Annotated[int, Query(ge=1, le=MAX_GROUPS, description="How many groups at most; `count` says how many there are.")]
_UNSORTED: Final = {"sort", "order"}

routes = APIRouter(tags=["contracts"])


def chosen(**given: Any) -> RegisterQuery:  # noqa: ANN401 - what the signature below names
    """Which contracts: by every filter that the register has."""
    return register.asked(**given)


# FastAPI reads from the signature what an endpoint takes.
_of_register: Final = signature(register.asked, eval_str=True)
chosen.__signature__ = _of_register.replace(  # type: ignore[attr-defined]
    parameters=[one for name, one in _of_register.parameters.items() if name not in _UNSORTED]
)
Chosen = Annotated[RegisterQuery, Depends(chosen)]


@routes.get(
    "/statistics/contracts",
    operation_id="count_contracts",
    summary="Contracts counted and summed by what they have in common",
    description="How many, of what value, how much of it is paid, and how many days they took to be approved, to come into force and to "
    "end: together and in groups. Takes the filters of `GET /contracts`. Amounts of two currencies are never added, nor what comes in to "
    "what goes out. A contract with several counterparties or tags counts under each, and once in the whole; where nothing is said, "
    "`key` is null. Groups of time come in order, others the largest first.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(ContractStatistics, "The figures.", refusals=READ, headers=("Ledger-Position",)),
)
def count_contracts(
    at: AtDoor, query: Chosen, *, by: By, period: InPeriods = Period.MONTH, limit: Limit = 100, min_position: MinPosition = None
) -> Response:
    position = register.reached_by(at, query, min_position)
    counted = Statistics(at.opened).told(query, by, period, limit)
    return rendered(to_json(counted), headers={"Ledger-Position": str(position)})
