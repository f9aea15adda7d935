"""Saved searches over HTTP: each person's own, kept under names, and those that others share."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.acting import WRITTEN, told
from api.answers import CommandAnswer
from api.describe import ASK, READ, WRITE, described
from api.door import AtDoor, Door, IfNoneMatch, May, Received, ReceivedNext, by_content, only_known_parameters
from api.permissions import READERS
from api.scalars import TEXT
from api.shapes import parse, shape_of
from domain.fields import CONTRACTS
from domain.searches import LONGEST_NAME, ContractSearch, RemoveSearch, SavedSearch, SaveSearch, SearchesCommand
from infra.ledger import FIELDS, SEARCHES, Envelope
from infra.render import to_json
from projections.register import RegisterQuery
from projections.register.saved import narrowed, require_answerable, saved_by, stream_of

SearchName = Annotated[str, TEXT, Path(min_length=1, max_length=LONGEST_NAME, description="What the search is called.")]
Of = Annotated[
    str | None,
    TEXT,
    Query(max_length=200, description="Whose searches: of others, those that they share. One's own where it is left out."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSearch:
    """A saved search and what it is called."""

    name: str
    search: ContractSearch
    shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchesAnswer:
    """The saved searches of a person, by name."""

    of: str
    version: int
    searches: tuple[NamedSearch, ...]


_SAVED: Final = shape_of(SavedSearch)
_EXAMPLE: Final = {"search": {"status": ["in_force"], "owner": "li.wei", "sort": "value", "descending": True}, "shared": True}
_BODY: Final = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"$ref": f"#/components/schemas/{_SAVED.__name__}"},
            "examples": {"shared": {"summary": "Contracts in force, the largest first", "value": _EXAMPLE}},
        }
    },
}

routes = APIRouter(tags=["searches"])


@routes.get(
    "/searches",
    operation_id="list_searches",
    summary="List the saved searches of a person",
    description="One's own, or those that somebody shares. `GET /contracts?saved=NAME` uses one's own, `saved=PERSON/NAME` one that is "
    "shared. The `version` is what `If-Match` takes.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(SearchesAnswer, "All of them.", refusals=READ, headers=("ETag", "Ledger-Position"), cached=True),
)
def list_searches(at: AtDoor, of: Of = None, if_none_match: IfNoneMatch = None) -> Response:
    me = at.principal.name
    person = of or me
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    held = saved_by(at.ledger, person)
    seen = held.seen_by(owner=person == me)
    named = tuple(NamedSearch(name=name, search=one.search, shared=one.shared) for name, one in seen.items())
    # One address shows everybody their own, so that a version alone would not tell two answers apart.
    return by_content(to_json(SearchesAnswer(of=person, version=held.version, searches=named)), if_none_match, headers)


@routes.put(
    "/searches/{name}",
    operation_id="save_search",
    summary="Save a search under a name",
    description="In place of the one that had the name before. A search that the register could not answer is refused.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(CommandAnswer, "It is kept.", refusals=WRITE, headers=WRITTEN, body=_BODY),
)
def save_search(at: AtDoor, name: SearchName, received: ReceivedNext) -> Response:
    saved: SavedSearch = parse(_SAVED, received.body).to_domain()
    query = narrowed(RegisterQuery(), saved.search, at.ledger.load(FIELDS, CONTRACTS), keeps_order=False)
    require_answerable(query)
    return _done(at, name, SaveSearch(name=name, saved=saved), received)


@routes.delete(
    "/searches/{name}",
    operation_id="remove_search",
    summary="Remove a saved search",
    description="The history of what was saved stays.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(CommandAnswer, "It is kept no longer.", refusals=ASK, headers=WRITTEN),
)
def remove_search(at: AtDoor, name: SearchName) -> Response:
    return _done(at, name, RemoveSearch(name=name), Received(at.principal, b"", str(uuid.uuid4()), None))


def _done(at: Door, name: str, command: SearchesCommand, received: Received) -> Response:
    envelope = Envelope(received.principal.asker, received.command_id, received.read_at, correlation_id=received.correlation_id)
    outcome = at.opened.witness.handle(SEARCHES, stream_of(received.principal.name), command, envelope)
    return told(name, received, outcome)
