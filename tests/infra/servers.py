"""A PostgreSQL of a test's own, to be killed."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.embedded import EmbeddedPostgres, postmaster_pid
from infra.opening import Opened, closing_all, connect
from infra.schema import install
from tests.infra.waiting import until
from tests.keys import MASTER


class Server:
    """An embedded server in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.embedded = EmbeddedPostgres.acquire(home)

    @property
    def url(self) -> str:
        """The superuser's."""
        return self.embedded.url

    def stop_at_once(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Kills the postmaster; with SIGQUIT it takes its children along at once, as an immediate shutdown does."""
        pid = postmaster_pid(self.home)
        assert pid is not None
        os.kill(pid, how)
        until(lambda: postmaster_pid(self.home) is None)

    def start(self) -> None:
        """Recovers it."""
        self.embedded.ensure_running()


@contextmanager
def own_server() -> Iterator[Server]:
    """A server that is gone afterwards, with its home."""
    home = Path(tempfile.mkdtemp(prefix="tally-own-"))
    try:
        server = Server(home)
        try:
            yield server
        finally:
            server.embedded.release()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def own_ledger(url: str) -> Iterator[Opened]:
    """A new ledger on a server, left there."""
    with closing_all(connect(url, install(url, f"t{uuid.uuid4().hex[:12]}"), as_role=True, master=MASTER)) as opened:
        yield opened
