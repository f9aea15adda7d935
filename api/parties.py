"""Reading parties."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.answers import PartyAnswer
from api.contracts import not_modified
from api.describe import READ_ONE, described
from api.door import AtDoor, IfNoneMatch, May, PartyId, only_known_parameters, rendered, unchanged
from api.permissions import READERS
from domain.party import NoSuchParty
from infra.ledger import PARTY

routes = APIRouter(tags=["parties"])


@routes.get(
    "/parties/{party_id}",
    operation_id="get_party",
    summary="Read a party",
    description="Reads the entries themselves, so that it shows every write at once.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(PartyAnswer, "The party.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_party(at: AtDoor, party_id: PartyId, if_none_match: IfNoneMatch = None) -> Response:
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    party = at.ledger.load(PARTY, party_id)
    if not party.exists:
        raise NoSuchParty
    if unchanged(if_none_match, party.version):
        return not_modified(party.version, headers)
    answer = PartyAnswer(
        id=party_id,
        version=party.version,
        name=party.name,
        identifiers=party.identifiers,
        address=party.address,
        country=party.country,
    )
    return rendered(answer, version=party.version, headers=headers)
