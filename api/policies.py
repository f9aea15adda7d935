"""Reading policies."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.answers import PolicyAnswer
from api.current import current
from api.describe import READ_ONE, described
from api.door import AtDoor, IfNoneMatch, May, PolicyId, only_known_parameters
from api.permissions import READERS
from domain.policy import NoSuchPolicy, Policy
from infra.ledger import POLICY

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
