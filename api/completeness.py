"""Reading what a contract has to say before it can be handed in, and what of it is missing."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.contracts import existing
from api.current import current
from api.describe import READ_ONE, described
from api.door import AtDoor, ContractId, IfNoneMatch, May, only_known_parameters
from api.permissions import READERS
from domain.contract.completeness import Met, checked, missing
from domain.contract.rules import NoSuchContract
from domain.contract.state import Contract
from domain.contract.vocabulary import Kind
from infra.ledger import CONTRACT

routes = APIRouter(tags=["contracts"])


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletenessAnswer:
    """What a contract has to say before it is handed in, and what of it is missing."""

    id: str
    version: int
    kind: Kind
    missing: tuple[str, ...]
    requirements: tuple[Met, ...]


def answer(contract_id: str, contract: Contract) -> CompletenessAnswer:
    """What contracts of this kind have to say, and whether this one does. Raises NoSuchContract."""
    if not contract.exists:
        raise NoSuchContract
    return CompletenessAnswer(
        id=contract_id, version=contract.version, kind=contract.kind, missing=missing(contract), requirements=checked(contract)
    )


@routes.get(
    "/contracts/{contract_id}/completeness",
    operation_id="get_completeness",
    summary="Read what a contract still has to say",
    description="What contracts of its kind have to say before they are handed in for approval. Each requirement is met by any one of the "
    "parts, by a clause on one of the topics, or by a term of one of the types; what is `missing` is what `submit-for-approval` would "
    "refuse for.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(CompletenessAnswer, "What it has to say.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_completeness(at: AtDoor, contract_id: ContractId, if_none_match: IfNoneMatch = None) -> Response:
    existing(at, contract_id, None)
    return current(at, CONTRACT, contract_id, if_none_match, answer)
