"""What all answers say that are read from the ledger: the chosen fields, an ETag of that, 304 to who holds it, and how far behind it is."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.door import unchanged
from api.kept import Kept, Told
from api.sparse import Chosen

_JSON = "application/json"


class Conditional:
    """Looks at what is read as JSON and has no ETag of its own; everything else passes as it is."""

    def __init__(self, app: ASGIApp, kept: Kept) -> None:
        """Stands around an application. What it answered lately and may answer again is in `kept`."""
        self._app = app
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        told = await self._kept.find(scope)
        if told is not None:
            await again(told, Headers(scope=scope).get("if-none-match"), send)
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
                    tag = tagged_with(begin, message)
                    self._kept.put(scope, {**begin, "headers": [*begin["headers"]]}, message, tag)
                    message = conditioned(begin, message, tag, Headers(scope=scope).get("if-none-match"))
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


def tagged_with(begin: Message, body: Message) -> str:
    """Puts the ETag into the head; answers it."""
    tag = hashlib.sha256(body["body"]).hexdigest()[:32]
    MutableHeaders(raw=begin["headers"])["ETag"] = f'"{tag}"'
    return tag


def conditioned(begin: Message, body: Message, tag: str, if_none_match: str | None) -> Message:
    """Where the caller holds the ETag, makes the head that of a 304 and answers an empty body."""
    if not unchanged(if_none_match, tag):
        return body
    headers = MutableHeaders(raw=begin["headers"])
    begin["status"] = HTTPStatus.NOT_MODIFIED
    del headers["content-length"], headers["content-type"]
    return {**body, "body": b""}


async def again(told: Told, if_none_match: str | None, send: Send) -> None:
    """Sends what was told before."""
    begin = {**told.begin, "headers": [*told.begin["headers"]]}
    body = conditioned(begin, told.body, told.tag, if_none_match)
    await send(begin)
    await send(body)
