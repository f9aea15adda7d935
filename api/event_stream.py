"""Changes as Server-Sent Events: what is recorded, told within moments for as long as somebody listens and may know it."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Annotated, Final, NamedTuple

import anyio.to_thread
import orjson
import psycopg2
from fastapi import APIRouter, Depends, Header, Request
from pydantic import BeforeValidator, WithJsonSchema
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api import keys
from api.administration import asking
from api.changes import ALL, SHOWN, After, AskedChanges, Followed, Sight, require_reached
from api.describe import ANSWERS, READ, described
from api.door import AtDoor, Door, May, only_known_parameters
from api.following import Follower
from api.keys import Presented
from api.permissions import READERS
from api.problems import NotSignedIn, TooManyFollow, ViewBehind, problem
from api.scalars import MAX_POSITION, no
from infra.errors import LedgerError, Overloaded, StoreUnavailable
from infra.render import to_json
from projections.feed import Piece
from projections.view import ViewMissing

HEARTBEAT_S: Final = 15.0
# How long after its key was revoked somebody may still listen, and how long what the bell missed may wait.
LOOK_S: Final = 1.0
# Writers who write one after the other are told of together, and a view is given this long to take in what was recorded.
GATHER_S: Final = 0.02
SEND_WITHIN_S: Final = 30.0
RETRY_MS: Final = 2_000
_PIECE: Final = 200
_AWAY: Final = (StoreUnavailable, Overloaded, ViewBehind, ViewMissing, psycopg2.OperationalError, psycopg2.InterfaceError)

_logger = logging.getLogger(__name__)


def read_event_id(value: object) -> object:
    """The position in a Last-Event-ID. Raises PydanticCustomError."""
    if value is None or isinstance(value, int):
        return value
    text = str(value)
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(MAX_POSITION)) or int(text) > MAX_POSITION:
        raise no("event_id", "Last-Event-ID takes the id of the last event that came: a position.")
    return int(text)


LastEventId = Annotated[
    int | None,
    BeforeValidator(read_event_id),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,18}$"}),
    Header(alias="Last-Event-ID", description="The id of the last event that came, in place of `after`.", examples=["4711"]),
]

routes = APIRouter(tags=["changes"])

_EXAMPLE: Final = (
    'retry: 2000\n\nid: 7\ndata: {"position":7,"stream":"contract-C-2026-7","id":"C-2026-7","version":2,"fact":"contract.noted@1",'
    '"effective_at":"2026-03-31T08:00:00Z","recorded_at":"2026-03-31T08:00:00.120000Z","command_id":"c-1","actor":"li.wei",'
    '"summary":"Noted: delivery on Tuesday","data":{"text":"delivery on Tuesday"}}\n\n: nothing new\nid: 9\n\n'
)
_ANSWERS: Final = described(None, "Events, until either side ends it.", refusals=READ)
_ANSWERS[ANSWERS]["200"]["content"] = {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}}


@routes.get(
    "/changes/stream",
    operation_id="stream_changes",
    summary="Be told what is recorded, as Server-Sent Events",
    description="Tells the changes after a position, as `GET /changes` does, and then each as it is recorded. `id` of an event is the "
    "position from which to go on: after a break send it as `Last-Event-ID`, and nothing is missed or repeated. Where nothing is to be "
    "told, a comment comes at least every 15 seconds, with an `id` of its own if it has moved past what was left out. The stream ends when "
    f"the key is revoked and when the server stops; at most 64 follow one process at once, others are told 503.\n\n{SHOWN}",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=_ANSWERS,
)
async def stream_changes(
    request: Request, at: AtDoor, what: AskedChanges, *, after: After = 0, last_event_id: LastEventId = None
) -> Response:
    begin, name = (after, "query.after") if last_event_id is None else (last_event_id, "header.last-event-id")
    telling = Telling(at, what, Sight.of(asking(request).roles))
    # What can be refused is refused before the answer begins.
    first = await run_in_threadpool(telling.first, begin, name)
    if telling.sight.histories:
        await run_in_threadpool(at.note_read, ALL)
    return EventStream(telling, keys.presented(request.headers.get("authorization")), first)


class Told(NamedTuple):
    """A piece as it goes over the wire and the position that it reaches.

    `more` may be had at once; or it is `behind`: more was recorded, and the view has yet to take it in.
    """

    events: bytes
    reached: int
    more: bool
    behind: bool


class Telling(NamedTuple):
    """What is told to one who follows."""

    at: Door
    what: Followed
    sight: Sight

    def first(self, after: int, name: str) -> Told:
        """The first piece. Raises Flawed, UnknownFact, ViewBehind, StoreUnavailable."""
        require_reached(self.at, after, name)
        return self.next(after)

    def next(self, after: int) -> Told:
        """What follows a position. Raises UnknownFact, ViewBehind, StoreUnavailable."""
        found, until = self.what.piece(self.at, after, _PIECE)
        behind = self.what.view is not None and until < self.at.ledger.store.head()
        return Told(self._events(found), found.reached, more=found.reached < until, behind=behind)

    def _events(self, found: Piece) -> bytes:
        return b"".join(b"id: %d\ndata: %b\n\n" % (e.position, orjson.dumps(to_json(self.sight.line(e)))) for e in found.entries)


class Wire:
    """One connection's way out, which has to take what it is given in time."""

    def __init__(self, send: Send) -> None:
        """Takes the way that the server gives."""
        self._send = send
        self._wrote_at = time.monotonic()

    @property
    def idle_s(self) -> float:
        """For how long nothing was written."""
        return time.monotonic() - self._wrote_at

    async def write(self, text: bytes, *, last: bool = False) -> None:
        """Writes a piece. Raises TimeoutError."""
        async with asyncio.timeout(SEND_WITHIN_S):
            await self._send({"type": "http.response.body", "body": text, "more_body": not last})
        self._wrote_at = time.monotonic()


class EventStream(Response):
    """An answer that goes on until somebody ends it."""

    def __init__(self, telling: Telling, key: Presented, first: Told) -> None:
        """Takes what is told, to whom, and how it begins."""
        # Proxies must neither keep it nor wait until there is enough of it.
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}, media_type="text/event-stream")
        del self.headers["content-length"]
        self._telling = telling
        self._key = key
        self._first = first
        self._following = telling.at.following

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection."""
        try:
            follower = self._following.enter()
        except TooManyFollow as error:
            await problem(error)(scope, receive, send)
            return
        watching = asyncio.create_task(_until_gone(receive, follower))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            wire = Wire(send)
            await self._tell(wire, follower)
            await wire.write(f": {follower.over}\n\n".encode(), last=True)
        except TimeoutError:
            _logger.warning("Somebody who follows the ledger took nothing for %.0f seconds, and is let go", SEND_WITHIN_S)
        finally:
            self._following.leave(follower)
            watching.cancel()

    async def _tell(self, wire: Wire, follower: Follower) -> None:
        """Tells until it is over."""
        await wire.write(b"retry: %d\n\n" % RETRY_MS)
        told: Told | None = self._first
        shown, reached, pause_s = -1, self._first.reached, LOOK_S
        while follower.over is None:
            if told is not None:
                # A view is looked at again soon, and less and less soon if it does not move.
                moved, reached = told.reached > reached, told.reached
                pause_s = LOOK_S if not told.behind else GATHER_S if moved else min(2 * pause_s, LOOK_S)
                if told.events:
                    await wire.write(told.events)
                    shown = reached
            if wire.idle_s >= HEARTBEAT_S:
                await wire.write(b": nothing new\n%b\n" % (b"" if shown == reached else b"id: %d\n" % reached))
                shown = reached
            if told is None or not told.more:
                await _pause(follower, pause_s)
            told = await self._next(follower, reached)

    async def _next(self, follower: Follower, reached: int) -> Told | None:
        """What follows a position, if the key still opens it; None while the database or the view is away, and when it is over."""
        follower.bell.clear()
        known, readers = self._telling.at.keys, self._following.readers
        try:
            ring = known.remembered(self._key.key_id)
            if ring is None:
                ring = await anyio.to_thread.run_sync(known.read, time.monotonic(), limiter=readers)
            keys.sign_in(ring, self._key)
            return None if follower.over else await anyio.to_thread.run_sync(self._telling.next, reached, limiter=readers)
        except NotSignedIn:
            follower.let_go("the key opens nothing any more")
        except _AWAY:
            await asyncio.sleep(GATHER_S)
        except LedgerError as error:
            # Whoever comes again is told the reason as any other request would be.
            _logger.warning("Telling the ledger's changes ends at position %s: %s", reached, error)
            follower.let_go("what follows cannot be told")
        return None


async def _pause(follower: Follower, longest_s: float) -> None:
    """Until there may be something new."""
    if follower.over is not None:
        return
    try:
        async with asyncio.timeout(longest_s):
            await follower.bell.wait()
    except TimeoutError:
        return
    await asyncio.sleep(GATHER_S)


async def _until_gone(receive: Receive, follower: Follower) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    follower.let_go("gone")
