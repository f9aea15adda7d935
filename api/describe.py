"""What an operation's description says beyond its parameters: its body, its answers, and every refusal it may give."""

from __future__ import annotations

from typing import Any, Final

from api.answers import Schema, name_of
from api.problems import MEDIA_TYPE, TABLE
from api.shapes import Shape, example
from domain.facts import Command

# Under this name an operation carries its answers until `api.document` puts them in place of the framework's own.
ANSWERS: Final = "x-answers"

STATUSES: Final = tuple(sorted({row.status for row in TABLE.values() if row.status not in (400, 405)}))
TITLES: Final = {
    401: "Not signed in: no key, an unknown one, or a revoked one.",
    403: "The key's roles do not allow this.",
    404: "There is no such thing, or it was not there at that moment.",
    408: "The body did not come in time.",
    409: "A rule of the domain says no; `name` says which.",
    412: "Somebody else wrote first: the version in If-Match is not the latest.",
    413: "The body is larger than 1,000,000 bytes, or than what the server takes as a document.",
    415: "The body is not application/json, or a document's bytes are not what they are called.",
    416: "The range lies beyond the end; Content-Range says where that is.",
    422: "The request cannot be taken as it is; `details.errors` says what and where. Or the Idempotency-Key stands for other content.",
    503: "Too much at once, the database is away, or a view is behind. Nothing is lost: try again after Retry-After seconds.",
}
HEADERS: Final[dict[str, Schema]] = {
    "Command-Id": {"description": "The command's id: its Idempotency-Key, or one that the server made.", "schema": {"type": "string"}},
    "ETag": {"description": "The version, in quotes; send it back as If-Match or If-None-Match.", "schema": {"type": "string"}},
    "Ledger-Behind": {
        "description": "How many entries of the ledger the view that was read did not know yet; absent where entries themselves are read.",
        "schema": {"type": "integer"},
    },
    "Ledger-Position": {"description": "Everything up to this position of the ledger is in the answer.", "schema": {"type": "integer"}},
    "Location": {"description": "Where the new thing is.", "schema": {"type": "string"}},
    "Rendered-By": {"description": "The programs that wrote the document, with their versions.", "schema": {"type": "string"}},
    "Rendered-Version": {"description": "The version of the contract that the document shows.", "schema": {"type": "integer"}},
    "Retry-After": {"description": "After how many seconds to try again.", "schema": {"type": "integer"}},
    "WWW-Authenticate": {"description": "How to sign in.", "schema": {"type": "string"}},
}

READ: Final = (401, 403, 422, 503)
READ_ONE: Final = (401, 403, 404, 422, 503)
ASK: Final = (401, 403, 404, 409, 422, 503)
WRITE: Final = (401, 403, 404, 408, 409, 412, 413, 415, 422, 503)
UPLOAD: Final = (401, 403, 408, 413, 415, 422, 503)
DOWNLOAD: Final = (401, 403, 404, 416, 422, 503)
BEGIN: Final = (401, 403, 408, 409, 413, 415, 422, 503)


def described(
    answer: type | None,
    says: str,
    *,
    refusals: tuple[int, ...],
    status: int = 200,
    headers: tuple[str, ...] = (),
    body: Schema | None = None,
    cached: bool = False,
) -> dict[str, Any]:
    """The `openapi_extra` of an operation. `cached`: it also answers 304."""
    success: dict[str, Any] = {"description": says}
    if answer is not None:
        success["content"] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name_of(answer)}"}}}
    if headers:
        success["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    answers: dict[str, Any] = {str(status): success}
    if cached:
        answers["304"] = {"description": "What the caller holds is still right.", "headers": success.get("headers", {})}
    for refusal in refusals:
        answers[str(refusal)] = {"$ref": f"#/components/responses/{refusal}"}
    return {ANSWERS: answers} | ({} if body is None else {"requestBody": body})


def with_example(answers: dict[str, Any], instance: object) -> dict[str, Any]:
    """The description of an operation with an example of what it answers."""
    answers[ANSWERS]["200"]["content"]["application/json"]["example"] = instance
    return answers


def request_body(shape: type[Shape], command: type[Command]) -> Schema:
    """The body of a command: with nothing but its fields, and with what may go beside them."""
    plain = example(command)
    beside = {**plain, "effective_at": "2026-03-31T16:00:00+08:00", "reason": "Agreed in the meeting of 30 March."}
    content = {
        "schema": {"$ref": f"#/components/schemas/{shape.__name__}"},
        "examples": {
            "plain": {"summary": "The command alone", "value": plain},
            "dated": {"summary": "With the moment at which it took place, and why", "value": beside},
        },
    }
    return {"required": True, "content": {"application/json": content}}


def refusal_responses() -> dict[str, Schema]:
    """The shared answers for each status of the problem table."""
    made: dict[str, Schema] = {}
    for status in STATUSES:
        response: Schema = {"description": TITLES[status], "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
        headers = {401: ("WWW-Authenticate",), 503: ("Retry-After", "Command-Id")}.get(status, ())
        if headers:
            response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
        made[str(status)] = response
    return made
