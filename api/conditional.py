"""What all answers say that are read from the ledger: the chosen fields, an ETag of that, 304 to who holds it, and how far behind it is."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.door import unchanged
from api.sparse import Chosen

_JSON = "application/json"


class Conditional:
    """Looks at what is read as JSON and has no ETag of its own; everything else passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        """Stands around an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        held: Message | None = None

        async def tagged(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                behind = scope.get("state", {}).get("entries_behind")
                if behind is not None:
                    MutableHeaders(raw=message["headers"])["Ledger-Behind"] = str(behind)
                if takes_tag(message):
                    held = message
                    return
            elif held is not None:
                begin, held = held, None
                # What is rendered whole comes in one piece; what comes in more was not written for this.
                if not message.get("more_body", False):
                    chosen: Chosen | None = scope.get("state", {}).get("chosen")
                    message = message if chosen is None else thinned(begin, message, chosen)
                    message = conditioned(begin, message, Headers(scope=scope).get("if-none-match"))
                await send(begin)
            await send(message)

        await self._app(scope, receive, tagged)


def takes_tag(begin: Message) -> bool:
    """Whether an answer is one that the ledger's entries alone determine, and has no ETag yet."""
    headers = Headers(raw=begin["headers"])
    return (
        begin["status"] == HTTPStatus.OK and headers.get("content-type") == _JSON and "ledger-position" in headers and "etag" not in headers
    )


def thinned(begin: Message, body: Message, chosen: Chosen) -> Message:
    """Leaves out of each line what was not asked for."""
    kept = chosen.of(body["body"])
    MutableHeaders(raw=begin["headers"])["content-length"] = str(len(kept))
    return {**body, "body": kept}


def conditioned(begin: Message, body: Message, if_none_match: str | None) -> Message:
    """Puts the ETag into the head; where the caller holds it, makes that a 304 and answers an empty body."""
    tag = hashlib.sha256(body["body"]).hexdigest()[:32]
    headers = MutableHeaders(raw=begin["headers"])
    headers["ETag"] = f'"{tag}"'
    if not unchanged(if_none_match, tag):
        return body
    begin["status"] = HTTPStatus.NOT_MODIFIED
    del headers["content-length"], headers["content-type"]
    return {**body, "body": b""}
