"""One more process that answers requests for a `tally up`: `python -m scripts.cli.worker SOCKET PIPE`, both inherited descriptors."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import time

from api import serve
from infra.opening import Opened
from projections.known import ALL_VIEWS
from projections.projector import OUTAGES
from projections.runner import Projectors, ViewHealth
from projections.view import read_bookmarks
from scripts.cli.session import the_ledger

# A view that another process keeps up to date, and that has not moved for so long although there is something to take in, stands.
STANDS_S = 5.0


class FollowedElsewhere(Projectors):
    """Views that another process keeps up to date: they are waited for, and judged by how their bookmarks move."""

    def __init__(self, opened: Opened) -> None:
        """Is never started."""
        super().__init__(opened)
        self._here = opened
        self._seen: dict[str, tuple[int, float]] = {}

    def health(self) -> dict[str, ViewHealth]:
        """How each view does, as far as its bookmark tells."""
        try:
            bookmarks, head = read_bookmarks(self._here), self._here.store.head()
        except OUTAGES as error:
            return {view.name: ViewHealth(0, None, running=True, error=f"the database does not answer: {error}") for view in ALL_VIEWS}
        # One that nobody has begun yet stands before the first entry.
        reached = {view.name: bookmarks[view.name].position if view.name in bookmarks else 0 for view in ALL_VIEWS}
        return {name: self._health(name, position, head) for name, position in reached.items()}

    def _health(self, name: str, position: int, head: int) -> ViewHealth:
        now = time.monotonic()
        before, since = self._seen.get(name, (-1, now))
        if position != before or position >= head:
            since = now
        self._seen[name] = (position, since)
        stands = now - since > STANDS_S
        return ViewHealth(position, max(head - position, 0), running=not stands, error="it does not move" if stands else None)


def main() -> None:
    """Serves until the pipe closes, which it does when the process at its other end is gone."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    listening, pipe = socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])
    with the_ledger() as it:
        server = serve.server(it, FollowedElsewhere(it))

        def end_with_parent() -> None:
            os.read(pipe, 1)
            server.should_exit = True

        threading.Thread(target=end_with_parent, daemon=True).start()
        server.run(sockets=[listening])


if __name__ == "__main__":
    main()
