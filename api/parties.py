"""Reading parties."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.answers import PartyAnswer
from api.current import current
from api.describe import READ_ONE, described
from api.door import AtDoor, IfNoneMatch, May, PartyId, only_known_parameters
from api.permissions import READERS
from domain.party import NoSuchParty, Party
from infra.ledger import PARTY

routes = APIRouter(tags=["parties"])


def answer(party_id: str, party: Party) -> PartyAnswer:
    """A party as the API shows it. Raises NoSuchParty."""
    if not party.exists:
        raise NoSuchParty
    return PartyAnswer(
        id=party_id,
        version=party.version,
        name=party.name,
        identifiers=party.identifiers,
        address=party.address,
        country=party.country,
    )


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
    return current(at, PARTY, party_id, if_none_match, answer)
