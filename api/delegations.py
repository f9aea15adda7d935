"""Reading delegations."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.approval_answers import DelegationAnswer, DelegationPage
from api.current import current
from api.describe import READ, READ_ONE, described
from api.door import AtDoor, DelegationId, IfNoneMatch, May, only_known_parameters, rendered
from api.permissions import HISTORY_READERS
from api.scalars import MAX_POSITION
from domain.delegation import Delegation, NoSuchDelegation
from infra.delegations import granted
from infra.ledger import DELEGATION

MAX_LISTED: Final = 500

Cursor = Annotated[int | None, Query(ge=1, le=MAX_POSITION, description="The `next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LISTED, description="How many delegations at most.")]

routes = APIRouter(tags=["delegations"])


def answer(delegation_id: str, delegation: Delegation) -> DelegationAnswer:
    """A delegation as the API shows it. Raises NoSuchDelegation."""
    if delegation.begins_at is None or delegation.ends_at is None:
        raise NoSuchDelegation
    return DelegationAnswer(
        id=delegation_id,
        version=delegation.version,
        delegator=delegation.delegator,
        to=delegation.to,
        scope=delegation.scope,
        begins_at=delegation.begins_at,
        ends_at=delegation.ends_at,
        why=delegation.why,
        revoked=delegation.revoked,
    )


@routes.get(
    "/delegations",
    operation_id="list_delegations",
    summary="List the delegations",
    description="In the order in which they were granted, those that are over or revoked included.\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=described(DelegationPage, "A page of delegations.", refusals=READ, headers=("Ledger-Position",)),
)
def list_delegations(at: AtDoor, *, cursor: Cursor = None, limit: Limit = 100) -> Response:
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    found = list(granted(at.ledger, after=cursor or 0, limit=limit + 1))
    page = tuple(answer(one.delegation_id, one.delegation) for one in found[:limit])
    return rendered(
        DelegationPage(delegations=page, next_cursor=str(found[limit - 1].position) if len(found) > limit else None), headers=headers
    )


@routes.get(
    "/delegations/{delegation_id}",
    operation_id="get_delegation",
    summary="Read a delegation",
    description="Reads the entries themselves, so that it shows every write at once.\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=described(DelegationAnswer, "The delegation.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_delegation(at: AtDoor, delegation_id: DelegationId, if_none_match: IfNoneMatch = None) -> Response:
    return current(at, DELEGATION, delegation_id, if_none_match, answer)
