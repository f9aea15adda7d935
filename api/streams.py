"""Files in bodies: taken and given piece by piece, within bounds of size and time, and never whole in memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

import anyio
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.door import BODY_WITHIN_S
from api.problems import BodyTooSlow, NotJsonType

# Who sends more slowly than this holds a place that others need.
MIN_BYTES_PER_S: Final = 16_384
BUFFER: Final = 2**20


def declared_type(request: Request) -> str | None:
    """The media type that the sender gives the body. Raises NotJsonType for a compressed one."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise NotJsonType("A compressed body is not taken.")
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() or None


def is_longer(request: Request, largest: int) -> bool:
    """Whether the body announces more bytes than that."""
    length = request.headers.get("content-length", "0")
    return len(length) > len(str(largest)) or (length.isdecimal() and int(length) > largest)


async def stream_body(request: Request, write: Callable[[bytes], object]) -> None:
    """Writes the body as it comes, a megabyte at a time, in a thread. Raises BodyTooSlow, and what `write` raises."""
    began, waiting, received = time.monotonic(), bytearray(), 0
    body = request.stream()
    while True:
        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                chunk = await anext(body, None)
        except TimeoutError as error:
            raise BodyTooSlow(f"Nothing came for {BODY_WITHIN_S:.0f} seconds.") from error
        if chunk is None:
            break
        waiting += chunk
        received += len(chunk)
        if time.monotonic() - began > BODY_WITHIN_S + received / MIN_BYTES_PER_S:
            raise BodyTooSlow(f"The body came at less than {MIN_BYTES_PER_S:,} bytes a second.")
        if len(waiting) >= BUFFER:
            await run_in_threadpool(write, bytes(waiting))
            waiting.clear()
    await run_in_threadpool(write, bytes(waiting))


class Streamed(StreamingResponse):
    """An answer in pieces, which lets go of what it came from whatever becomes of it."""

    def __init__(
        self, pieces: Iterable[bytes], close: Callable[[], None], headers: dict[str, str], media_type: str, status: int = 200
    ) -> None:
        """`close` is called once, in a thread, after the last piece or when nobody listens any more."""
        super().__init__(pieces, status, headers)
        # As it was stored: the framework would add a character set to texts, and nobody knows which they have.
        self.headers["Content-Type"] = media_type
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._close)
