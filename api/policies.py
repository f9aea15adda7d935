"""Reading policies, and trying those that are not published yet on the submissions of the past."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import PolicyAnswer
from api.approval_answers import PolicyEditionPage, SimulationPage, SimulationTotals
from api.current import current
from api.describe import READ_ONE, described, request_body
from api.door import AtDoor, IfNoneMatch, May, PolicyId, only_known_parameters, read_body, rendered
from api.permissions import HISTORY_READERS, READERS, SIMULATORS
from api.scalars import MAX_POSITION, MAX_VERSION, MOMENT_SCHEMA, MOMENT_TEXT
from api.shapes import parse, shape_of
from api.strict_json import Flaw, Flawed
from domain.contract.vocabulary import Kind
from domain.policy import NoSuchPolicy, Policy, PublishPolicy
from domain.policy.editions import editions
from domain.policy.simulation import Totals, Verdict
from infra.ledger import POLICY
from infra.simulation import Among, rate_in, simulated

MAX_SIMULATED: Final = 500

Cursor = Annotated[int | None, Query(ge=1, le=MAX_POSITION, description="The `next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MAX_SIMULATED, description="At how many submissions to look at most; not all of them may count.")]
EditionCursor = Annotated[int | None, Query(ge=1, le=MAX_VERSION, description="The `next_cursor` of the page before.")]
EditionLimit = Annotated[int, Query(ge=1, le=100, description="How many editions at most.")]
Since = Annotated[datetime | None, MOMENT_TEXT, MOMENT_SCHEMA, Query(description="Submissions recorded at this moment or later.")]
Until = Annotated[datetime | None, MOMENT_TEXT, MOMENT_SCHEMA, Query(description="Submissions recorded at this moment or earlier.")]
Rates = Annotated[
    list[str] | None,
    Query(
        max_length=50,
        description="What one unit of a currency counts for where nothing else says it: `EUR:7.80`; several may be given.",
    ),
]
Kinds = Annotated[list[Kind] | None, Query(max_length=len(Kind), description="One of these kinds; may be given several times.")]

routes = APIRouter(tags=["policies"])


def answer(policy_id: str, policy: Policy) -> PolicyAnswer:
    """A policy as the API shows it. Raises NoSuchPolicy."""
    if not policy.exists:
        raise NoSuchPolicy
    return PolicyAnswer(
        id=policy_id,
        version=policy.version,
        edition=policy.edition,
        title=policy.title,
        currency=policy.currency,
        routes=policy.routes,
        in_use=policy.in_use,
    )


@routes.get(
    "/policies/{policy_id}",
    operation_id="get_policy",
    summary="Read a policy",
    description="Its latest edition, from the entries themselves, so that it shows every write at once.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(PolicyAnswer, "The policy.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_policy(at: AtDoor, policy_id: PolicyId, if_none_match: IfNoneMatch = None) -> Response:
    return current(at, POLICY, policy_id, if_none_match, answer)


@routes.get(
    "/policies/{policy_id}/editions",
    operation_id="list_policy_editions",
    summary="List the editions of a policy",
    description="Every edition that was ever published, oldest first, with who published it and when; submissions name theirs.\n\n"
    "Roles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=described(PolicyEditionPage, "A page of editions.", refusals=READ_ONE, headers=("Ledger-Position",)),
)
def list_policy_editions(at: AtDoor, policy_id: PolicyId, *, cursor: EditionCursor = None, limit: EditionLimit = 20) -> Response:
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    published = editions(at.ledger.history(POLICY, policy_id))
    if not published:
        raise NoSuchPolicy
    rest = published[cursor or 0 :]
    more = str(rest[limit - 1].edition) if len(rest) > limit else None
    return rendered(PolicyEditionPage(editions=rest[:limit], next_cursor=more), headers=headers)


async def whole_body(request: Request) -> bytes:
    """What was sent, as far as it is read."""
    return await read_body(request)


TRIED: Final = (401, 403, 408, 409, 413, 415, 422, 503)


@routes.post(
    "/policies/{policy_id}/simulate",
    operation_id="simulate_policy",
    summary="Try a policy on the submissions of the past",
    description="Takes what `publish` takes, writes nothing, and says of each submission which route it took and which it would take. Each "
    "contract is judged as it was known when it was submitted; an amount in another currency counts as it was converted then, or at a "
    "`rate`. A contract without a route is shown rather than refused. Totals are those of the page.\n\nRoles: admin, auditor.",
    response_class=Response,
    dependencies=[Depends(May(SIMULATORS)), Depends(only_known_parameters)],
    openapi_extra=described(
        SimulationPage,
        "A page of submissions.",
        refusals=TRIED,
        headers=("Ledger-Position",),
        body=request_body(shape_of(PublishPolicy), PublishPolicy),
    ),
)
def simulate_policy(
    at: AtDoor,
    policy_id: PolicyId,  # noqa: ARG001 - checked by its type
    body: Annotated[bytes, Depends(whole_body)],
    *,
    cursor: Cursor = None,
    limit: Limit = 100,
    since: Since = None,
    until: Until = None,
    kind: Kinds = None,
    rate: Rates = None,
) -> Response:
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    policy: PublishPolicy = parse(shape_of(PublishPolicy), body).to_domain()
    among = Among(since, until, frozenset(kind or ()), rates_of(rate or []))
    looked = list(simulated(at.ledger, policy, among, after=cursor or 0, limit=limit + 1))
    page = [one.found for one in islice(looked, limit) if one.found is not None]
    totals = Totals()
    for one in page:
        totals.add(one.judged)
    more = str(looked[limit - 1].position) if len(looked) > limit else None
    return rendered(SimulationPage(submissions=tuple(page), totals=totals_of(totals), next_cursor=more), headers=headers)


def rates_of(given: list[str]) -> dict[str, Decimal]:
    """What `rate` says. Raises Flawed."""
    try:
        return dict(rate_in(one, ":") for one in given)
    except ValueError as error:
        raise Flawed([Flaw("query.rate", str(error))]) from error


def totals_of(totals: Totals) -> SimulationTotals:
    """Totals as the API shows them."""
    counts: dict[str, Any] = {verdict.value: totals.by_verdict[verdict] for verdict in Verdict}
    return SimulationTotals(
        submissions=totals.submissions,
        **counts,
        steps_differ=totals.steps_differ,
        approvers_differ=totals.approvers_differ,
        gained=dict(totals.gained),
        lost=dict(totals.lost),
    )
