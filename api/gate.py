"""The limit on how many requests are inside at once; those beyond it are told to come back, before anything of theirs is read."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem
from infra.errors import Overloaded

# Each working request holds one database connection at a time, and the ledger has a few more connections than this.
THREADS = 40
MAX_INSIDE = 256


class Gate:
    """Counts requests; whether the process is alive can always be asked."""

    def __init__(self, app: ASGIApp, *, max_inside: int = MAX_INSIDE, always: str = "/api/v1/health") -> None:
        """Lets `max_inside` requests in at once, working and waiting together; `always` is a path that is never refused."""
        self._app = app
        self._max_inside = max_inside
        self._always = always
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection."""
        if scope["type"] != "http" or scope["path"] == self._always:
            await self._app(scope, receive, send)
            return
        if self._inside >= self._max_inside:
            await problem(Overloaded())(scope, receive, send)
            return
        self._inside += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1
