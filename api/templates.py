"""Reading templates."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.answers import TemplateAnswer, TemplatePage
from api.current import current
from api.describe import READ, READ_ONE, described
from api.door import AtDoor, IfNoneMatch, May, TemplateId, only_known_parameters, rendered
from api.permissions import READERS
from api.scalars import MAX_POSITION
from domain.template import NoSuchTemplate, Template
from infra import templates
from infra.ledger import TEMPLATE

MAX_LISTED: Final = 500

Cursor = Annotated[int | None, Query(ge=1, le=MAX_POSITION, description="The `next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LISTED, description="How many templates at most.")]

routes = APIRouter(tags=["templates"])


def answer(template_id: str, template: Template) -> TemplateAnswer:
    """A template as the API shows it. Raises NoSuchTemplate."""
    if template.newest is None:
        raise NoSuchTemplate
    return TemplateAnswer(
        id=template_id,
        version=template.version,
        retired=template.retired,
        newest=template.newest,
        published=template.published,
    )


@routes.get(
    "/templates",
    operation_id="list_templates",
    summary="List the templates",
    description="In the order in which they were first drafted, those that are retired included.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(TemplatePage, "A page of templates.", refusals=READ, headers=("Ledger-Position",)),
)
def list_templates(at: AtDoor, *, cursor: Cursor = None, limit: Limit = 100) -> Response:
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    found = list(templates.drafted(at.ledger, after=cursor or 0, limit=limit + 1))
    page = tuple(answer(one.template_id, one.template) for one in found[:limit])
    return rendered(
        TemplatePage(templates=page, next_cursor=str(found[limit - 1].position) if len(found) > limit else None), headers=headers
    )


@routes.get(
    "/templates/{template_id}",
    operation_id="get_template",
    summary="Read a template",
    description="Reads the entries themselves, so that it shows every write at once.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(TemplateAnswer, "The template.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_template(at: AtDoor, template_id: TemplateId, if_none_match: IfNoneMatch = None) -> Response:
    return current(at, TEMPLATE, template_id, if_none_match, answer)
