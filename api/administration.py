"""Keys over HTTP: issued, listed and revoked by administrators."""

from __future__ import annotations

import time
from typing import Annotated, Final, cast

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AfterValidator, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api import keys
from api.answers import CommandAnswer, IssuedKey, KeyAnswer, KeyPage
from api.describe import BEGIN, READ, READ_ONE, described
from api.door import AtDoor, May, door, only_known_parameters, read_body, rendered
from api.keys import Principal
from api.permissions import ADMINS, KEY_READERS
from api.scalars import MAX_VERSION, Id, require_id
from api.shapes import Shape, parse
from api.wording import ID, wording
from domain.access import KeyIssued, Role
from infra.ledger import ACCESS
from infra.store import entry

MAX_KEYS: Final = 500


class NewKey(Shape):
    """A key to be issued."""

    principal: Id = Field(description=wording("", "principal").says, examples=["li.wei"])
    roles: Annotated[tuple[Annotated[Role, Field(strict=False)], ...], Field(strict=False, min_length=1, max_length=len(Role))] = Field(
        description=wording("", "roles").says, examples=[["drafter"]]
    )


_BODY: Final = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/NewKey"},
            "examples": {"drafter": {"summary": "A key for a drafter", "value": {"principal": "li.wei", "roles": ["drafter"]}}},
        }
    },
}
KeyId = Annotated[str, AfterValidator(require_id), Path(min_length=1, max_length=ID, description=wording("", "key_id").says)]
Why = Annotated[str, AfterValidator(require_id), Query(min_length=1, max_length=ID, description="Why it is revoked.")]
KeyCursor = Annotated[int | None, Query(ge=1, le=MAX_VERSION, description="The `next_cursor` of the page before.")]
KeyLimit = Annotated[int, Query(ge=1, le=MAX_KEYS, description="How many keys at most.")]

routes = APIRouter(tags=["keys"])


@routes.post(
    "/keys",
    operation_id="issue_key",
    summary="Issue an API key",
    description="The answer is the only place where the key is ever shown; the ledger keeps a hash. This cannot be repeated safely: if the "
    "answer is lost, revoke the key that `GET /keys` then shows, and issue another.\n\nRoles: admin.",
    status_code=201,
    response_class=Response,
    dependencies=[Depends(May(ADMINS)), Depends(only_known_parameters)],
    openapi_extra=described(
        IssuedKey, "The key, shown this once.", status=201, refusals=BEGIN, headers=("Location", "Ledger-Position"), body=_BODY
    ),
)
async def issue_key(request: Request) -> Response:
    body = await read_body(request)
    return await run_in_threadpool(_issue, request, body)


def _issue(request: Request, body: bytes) -> Response:
    wanted = cast("NewKey", parse(NewKey, body))
    opened = door(request).opened
    key = keys.issue(opened, wanted.principal, wanted.roles, asking(request).asker)
    key_id = key.split("_")[1]
    roles = tuple(role for role in Role if role in wanted.roles)
    answer = IssuedKey(key_id=key_id, key=key, principal=wanted.principal, roles=roles)
    headers = {"Location": f"/api/v1/keys/{key_id}", "Ledger-Position": str(opened.store.head()), "Cache-Control": "no-store"}
    return rendered(answer, status=201, headers=headers)


@routes.get(
    "/keys",
    operation_id="list_keys",
    summary="List the API keys",
    description="Every key that was ever issued, in the order of issue, without what it opens with.\n\nRoles: admin, auditor.",
    response_class=Response,
    dependencies=[Depends(May(KEY_READERS)), Depends(only_known_parameters)],
    openapi_extra=described(KeyPage, "A page of keys.", refusals=READ, headers=("Ledger-Position",)),
)
def list_keys(at: AtDoor, *, cursor: KeyCursor = None, limit: KeyLimit = 100) -> Response:
    at.note_read(ACCESS.stream(keys.RING))
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    ring = at.ledger.load(ACCESS, keys.RING)
    rows = at.ledger.store.read_stream(ACCESS.stream(keys.RING), after=cursor or 0, to=ring.version, limit=limit)
    listed = tuple(
        KeyAnswer(
            key_id=one.fact.key_id,
            principal=one.fact.principal,
            roles=one.fact.roles,
            issued_at=one.recorded_at,
            issued_by=one.meta.actor,
            in_use=one.fact.key_id in ring.keys,
        )
        for one in map(entry, rows)
        if isinstance(one.fact, KeyIssued)
    )
    more = bool(rows) and rows[-1].version < ring.version
    return rendered(KeyPage(keys=listed, next_cursor=str(rows[-1].version) if more else None), headers=headers)


@routes.delete(
    "/keys/{key_id}",
    operation_id="revoke_key",
    summary="Revoke an API key",
    description="It stops working here with this answer, and in other processes within a second. A key that was revoked stays in the list."
    "\n\nRoles: admin.",
    response_class=Response,
    dependencies=[Depends(May(ADMINS)), Depends(only_known_parameters)],
    openapi_extra=described(CommandAnswer, "The key opens nothing any more.", refusals=READ_ONE, headers=("Ledger-Position", "Command-Id")),
)
def revoke_key(request: Request, at: AtDoor, key_id: KeyId, why: Why = "revoked through the API") -> Response:
    outcome, command_id = keys.revoke(at.opened, key_id, why, asking(request).asker)
    at.keys.read(time.monotonic())
    answer = CommandAnswer(
        id=key_id,
        command_id=command_id,
        version=outcome.version,
        position=outcome.position,
        recorded_at=outcome.recorded_at,
        facts=outcome.facts,
        repeated=outcome.repeated,
    )
    return rendered(answer, headers={"Command-Id": command_id, "Ledger-Position": str(outcome.position)})


def asking(request: Request) -> Principal:
    """Who was let in."""
    principal: Principal = request.state.principal
    return principal
