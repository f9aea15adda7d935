"""Every "no" over HTTP: one table from exception to status, and one answer for all, as RFC 9457 has it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import orjson
import psycopg2
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import ViewReadiness
from api.shapes import sentence
from api.strict_json import MAX_FLAWS, Flaw, Flawed, visible
from domain.access import NoSuchKey
from domain.alert import NoSuchAlert
from domain.contract.explain import NoSuchFigure
from domain.contract.rounds import NoSuchRound
from domain.contract.rules import NoSuchContract
from domain.delegation import NoSuchDelegation
from domain.party import NoSuchParty
from domain.policy import NoSuchPolicy
from domain.product import NoSuchProduct
from domain.refusals import Refusal
from domain.searches import NoSuchSearch
from domain.template import NoSuchTemplate
from infra.errors import (
    BadEntry,
    CommandIdReused,
    DocumentDamaged,
    DocumentMissing,
    DocumentNotTaken,
    DocumentsUnavailable,
    DocumentTooLarge,
    HashDiffers,
    KeysUnavailable,
    Overloaded,
    SealBroken,
    StaleVersion,
    StoreUnavailable,
    UnknownFact,
)
from infra.render import to_json
from infra.spreadsheet import TooManyRows
from projections.paging import BadQuery
from projections.view import ViewMissing

MEDIA_TYPE = "application/problem+json"

_logger = logging.getLogger(__name__)


class NotSignedIn(Exception):
    """Nobody knows who asks."""


class NotAllowed(Exception):
    """Whoever asks may not do this."""

    def __init__(self, roles: frozenset[str], needed: frozenset[str]) -> None:
        """Takes what the key has, and what would do."""
        self.details = {"roles": sorted(roles), "needed": sorted(needed)}
        super().__init__(f"This needs one of the roles {', '.join(sorted(needed))}; the key has {', '.join(sorted(roles))}.")


class NotThereThen(Exception):
    """The contract is there, but not at the moment or version asked about."""


class NoSuchCommand(Exception):
    """Nothing of a command is stored."""


class NoSuchPath(Exception):
    """There is nothing at this address."""


class WrongMethod(Exception):
    """There is something at this address, but not for this method."""


class NoSuchDocument(Exception):
    """The ledger keeps no such document."""


class RangeNotSatisfiable(Exception):
    """A range that begins beyond the end."""

    def __init__(self, size: int) -> None:
        """Takes how many bytes there are."""
        self.headers = {"Content-Range": f"bytes */{size}"}
        super().__init__(f"The document has {size:,} bytes; the range begins beyond them.")


class BodyTooLarge(Exception):
    """A body beyond what is read."""


class BodyTooSlow(Exception):
    """A body that did not arrive in time."""


class NotJsonType(Exception):
    """A body that is not called JSON."""


class ViewBehind(Exception):
    """A view has not come as far as the read asked for."""


class Contended(Exception):
    """Others kept writing to the same stream."""


class TooManyFollow(Exception):
    """As many follow the ledger as can."""


class NotReady(Exception):
    """A view does not take in entries."""

    def __init__(self, views: Sequence[ViewReadiness]) -> None:
        """Takes how all of them are doing."""
        self.details = {"views": to_json(views)}
        stopped = ", ".join(view.view for view in views if not view.running)
        super().__init__(f"These views do not follow the ledger: {stopped}. `tally doctor` says why.")


class Row(NamedTuple):
    """What an exception is over HTTP. `detail` replaces the exception's own words where those are not for the caller."""

    status: int
    title: str
    name: str | None = None
    detail: str | None = None
    retry_after_s: int | None = None


_DOWN = "The database cannot be reached. Whether a command took effect can be asked at /api/v1/commands/{Command-Id} later."
_FILE = "The document's file is missing or was changed on the server. Uploading the same bytes again restores it."
_NO_FILES = "The server cannot write or read the files of documents; its log says more."
_NO_KEYS = "Personal data can be neither sealed nor opened on this server now; its log says more."
_BROKEN = "Personal data was changed where it is stored, and is not shown; the server's log says where."
_NEWER = "The ledger holds facts of a newer version of this program; this server has to be updated first."

TABLE: Final[Mapping[type[Exception], Row]] = {
    ClientDisconnect: Row(400, "The request ended early", detail="The request ended before all of its body came."),
    NotSignedIn: Row(401, "Not signed in"),
    NotAllowed: Row(403, "Not allowed"),
    NoSuchContract: Row(404, "No such contract"),
    NoSuchFigure: Row(404, "No such figure"),
    NoSuchRound: Row(404, "No such round"),
    NoSuchParty: Row(404, "No such party"),
    NoSuchTemplate: Row(404, "No such template"),
    NoSuchProduct: Row(404, "No such product"),
    NoSuchDelegation: Row(404, "No such delegation"),
    NoSuchSearch: Row(404, "No such saved search"),
    NoSuchAlert: Row(404, "No such alert"),
    NoSuchPolicy: Row(404, "No such policy"),
    NoSuchKey: Row(404, "No such key"),
    NoSuchCommand: Row(404, "Nothing stored"),
    NoSuchDocument: Row(404, "No such document"),
    NotThereThen: Row(404, "Not there then"),
    NoSuchPath: Row(404, "No such address"),
    WrongMethod: Row(405, "Not for this method"),
    BodyTooSlow: Row(408, "The body came too slowly"),
    Refusal: Row(409, "Refused by a rule"),
    StaleVersion: Row(412, "Somebody else wrote first"),
    BodyTooLarge: Row(413, "The body is too large"),
    NotJsonType: Row(415, "Not JSON"),
    DocumentTooLarge: Row(413, "The document is too large"),
    DocumentNotTaken: Row(415, "Not a document that is kept"),
    RangeNotSatisfiable: Row(416, "Beyond the end"),
    Flawed: Row(422, "The request cannot be taken as it is", name="Malformed"),
    RequestValidationError: Row(422, "The request cannot be taken as it is", name="Malformed"),
    CommandIdReused: Row(422, "This Idempotency-Key stands for another command"),
    HashDiffers: Row(422, "Other bytes than announced"),
    TooManyRows: Row(422, "More rows than an Excel workbook has room for"),
    BadQuery: Row(422, "The request cannot be taken as it is", name="Malformed"),
    BadEntry: Row(422, "Something in it cannot be kept", name="Malformed"),
    Contended: Row(503, "Too many writers at once", retry_after_s=1),
    TooManyFollow: Row(503, "Too many follow the ledger", retry_after_s=5),
    ViewBehind: Row(503, "The view is not there yet", retry_after_s=1),
    ViewMissing: Row(503, "The view is not there yet", retry_after_s=5),
    NotReady: Row(503, "Not ready", retry_after_s=2),
    Overloaded: Row(503, "Too much at once", detail="More wait than can be served; nothing of this was done.", retry_after_s=1),
    StoreUnavailable: Row(503, "The database is away", detail=_DOWN, retry_after_s=2),
    # What a connection says when it breaks where nobody wrapped it.
    psycopg2.OperationalError: Row(503, "The database is away", name="StoreUnavailable", detail=_DOWN, retry_after_s=2),
    psycopg2.InterfaceError: Row(503, "The database is away", name="StoreUnavailable", detail=_DOWN, retry_after_s=2),
    DocumentMissing: Row(503, "The document's file is not right", detail=_FILE, retry_after_s=600),
    DocumentDamaged: Row(503, "The document's file is not right", detail=_FILE, retry_after_s=600),
    DocumentsUnavailable: Row(503, "Documents cannot be kept now", detail=_NO_FILES, retry_after_s=60),
    KeysUnavailable: Row(503, "Personal data cannot be read here", detail=_NO_KEYS, retry_after_s=60),
    SealBroken: Row(503, "Personal data is not what was stored", detail=_BROKEN, retry_after_s=600),
    UnknownFact: Row(503, "This server is out of date", detail=_NEWER, retry_after_s=60),
}
DEFECT: Final = Row(500, "A defect of the server", name="Defect", detail="The server failed at this request; its log says more.")


def row_of(error: Exception) -> Row:
    """The table's row for an exception: that of the nearest class."""
    return next((TABLE[cls] for cls in type(error).__mro__ if cls in TABLE), DEFECT)


def name_of(error: Exception, row: Row) -> str:
    """The machine name: a refusal's own, otherwise the exception's class."""
    return row.name or (error.name if isinstance(error, Refusal) else type(error).__name__)


def details_of(error: Exception) -> dict[str, Any]:  # noqa: PLR0911 - one line a kind
    """The values that the sentence names, as JSON."""
    match error:
        case Flawed(flaws=flaws):
            return {"errors": [flaw._asdict() for flaw in flaws]}
        case RequestValidationError():
            return {"errors": [flaw._asdict() for flaw in _flaws(error)]}
        case Refusal(details=details):
            return {key: to_json(value) for key, value in details.items()}
        case StaleVersion(expected=expected, current=current):
            return {"expected": expected, "current": current}
        case CommandIdReused(command_id=command_id):
            return {"command_id": command_id}
        case BadQuery():
            return {"errors": [{"path": "query", "reason": f"{error}."}]}
        case NotAllowed(details=details) | NotReady(details=details):
            return dict(details)
        case _:
            return {}


def detail_of(error: Exception, row: Row) -> str:
    """A sentence for people."""
    match error:
        case Flawed(flaws=[Flaw(path=path, reason=reason), *_]):
            return f"{path}: {reason}"
        case RequestValidationError():
            return detail_of(Flawed(_flaws(error)), row)
        case StaleVersion(expected=expected, current=current):
            return f"The command was made for version {expected}; by now it is {current}. Read it again and decide anew."
        case CommandIdReused(command_id=command_id):
            return f"The Idempotency-Key {command_id!r} was used for another command; a new command needs a new one."
        case _:
            return row.detail or str(error) or row.title


def _flaws(error: RequestValidationError | ValidationError) -> list[Flaw]:
    found = error.errors()[:MAX_FLAWS]
    return [Flaw(".".join(visible(str(part)) for part in one["loc"]), sentence(one["type"], one["msg"])) for one in found]


def problem(error: Exception, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to an exception."""
    row = row_of(error)
    name = name_of(error, row)
    content = {
        "type": f"urn:tallystick:problem:{name}",
        "title": row.title,
        "status": row.status,
        "detail": detail_of(error, row),
        "name": name,
        "details": details_of(error),
    }
    more = dict(headers or {})
    if row.retry_after_s is not None:
        more["Retry-After"] = str(row.retry_after_s)
    if row.status == HTTPStatus.UNAUTHORIZED:
        more["WWW-Authenticate"] = 'Bearer realm="tallystick"'
    return Response(orjson.dumps(content), row.status, more, MEDIA_TYPE)


async def answer(request: Request, error: Exception) -> Response:
    """Answers a request with a problem; a command that has an id by then hears it."""
    if row_of(error).status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _logger.warning("%s %s: %s: %s", request.method, request.url.path, type(error).__name__, error)
    command_id = getattr(request.state, "command_id", None)
    headers = dict(error.headers) if isinstance(error, RangeNotSatisfiable) else {}
    return problem(error, headers | ({"Command-Id": command_id} if command_id else {}))


def allowed(request: Request) -> list[str]:
    """Every method that an address has; the router itself stops looking at the first endpoint that has it."""
    paths = request.app.openapi()["paths"].items()
    here = [methods for path, methods in paths if compile_path(path)[0].fullmatch(request.url.path)]
    return sorted({method.upper() for methods in here for method in methods})


async def answer_starlette(request: Request, error: Exception) -> Response:
    """Answers what the router itself refuses."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        methods = ", ".join(allowed(request))
        return problem(WrongMethod(f"{request.method} is not possible here, but {methods} is."), {"Allow": methods})
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem(NoSuchPath("There is nothing at this address; /api/v1/openapi.json lists what there is."))
    return problem(Flawed([Flaw("request", str(error.detail))]))


class LastResort:
    """Turns what nobody expected into an answer that tells the caller nothing and the log everything."""

    def __init__(self, app: ASGIApp) -> None:
        """Wraps an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection."""
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if scope["type"] != "http" or begun:
                raise
            _logger.exception("%s %s failed", scope["method"], scope["path"])
            await problem(error)(scope, receive, send)


def install(app: FastAPI) -> None:
    """Makes an application answer by this table."""
    for kind in TABLE:
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(HTTPException, answer_starlette)
    app.add_middleware(LastResort)
