"""Reading the fields that the house defined."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.current import current
from api.describe import READ_ONE, described
from api.door import AtDoor, FieldsId, IfNoneMatch, May, only_known_parameters
from api.permissions import READERS
from domain.fields import Field, FieldBook
from infra.ledger import FIELDS

routes = APIRouter(tags=["fields"])


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsAnswer:
    """The fields as they are defined now, retired ones too."""

    id: str
    version: int
    fields: tuple[Field, ...]


def answer(fields_id: str, book: FieldBook) -> FieldsAnswer:
    """The fields as the API shows them; none where none was ever defined."""
    return FieldsAnswer(id=fields_id, version=book.version, fields=tuple(book.fields.values()))


@routes.get(
    "/fields/{fields_id}",
    operation_id="get_fields",
    summary="Read the fields",
    description="Every field with its present definition, in the order in which they were defined, from the entries themselves."
    "\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(FieldsAnswer, "The fields.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_fields(at: AtDoor, fields_id: FieldsId, if_none_match: IfNoneMatch = None) -> Response:
    return current(at, FIELDS, fields_id, if_none_match, answer)
