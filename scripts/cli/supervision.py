"""What `tally up` looks after while it serves: the embedded database, and the other processes that answer requests."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

from infra import embedded
from infra.embedded import EmbeddedPostgres, EmbeddedPostgresError
from infra.settings import Settings

_LOOK_S: Final = 1.0
_RESTART_S: Final = 1.0
_END_S: Final = 30.0

_log = logging.getLogger(__name__)


@contextmanager
def embedded_kept_running(settings: Settings) -> Iterator[None]:
    """Starts the embedded server again within seconds if it was killed. A server of the user's is the user's to look after."""
    if settings.database_url is not None:
        yield
        return
    server = EmbeddedPostgres.acquire(settings.home)
    stopping = threading.Event()

    def look() -> None:
        while not stopping.wait(_LOOK_S):
            if embedded.postmaster_pid(settings.home) is not None:
                continue
            _log.warning("the embedded PostgreSQL has ended; it is started again")
            try:
                server.ensure_running()
            except EmbeddedPostgresError:
                _log.exception("the embedded PostgreSQL does not start")

    thread = threading.Thread(target=look, name="embedded-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()
        server.release()


@contextmanager
def more_workers(count: int, listening: socket.socket) -> Iterator[None]:
    """So many more processes that accept from the same socket; one that dies is replaced. They end with this one, however it ends."""
    with ExitStack() as held:
        for n in range(count):
            held.enter_context(_worker(n, listening))
        yield


@contextmanager
def _worker(number: int, listening: socket.socket) -> Iterator[None]:
    with kept_running(f"worker {number + 1}", "scripts.cli.worker", inherited=(listening.fileno(),)):
        yield


@contextmanager
def consumers_kept_running(*, watching: bool) -> Iterator[None]:
    """One process that runs the clock, the senders and, if `watching`, the alert rules. It ends with this one."""
    with kept_running("the process of the consumers", "scripts.cli.consuming", "everything" if watching else "unwatched"):
        yield


@contextmanager
def kept_running(
    called: str, module: str, *words: str, inherited: Sequence[int] = (), environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A process of its own for a module; another takes its place if it dies. It ends with this one, however it ends.

    It is given the inherited descriptors, then the pipe that closes with this process, then the words.
    """
    # It reads the other end of a pipe that nobody writes to: when it closes, its parent is gone.
    theirs, ours = os.pipe()
    descriptors = (*inherited, theirs)
    stopping = threading.Event()

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", module, *map(str, descriptors), *words]
        # In a session of its own: Ctrl-C is for this process, which decides when the others end.
        return subprocess.Popen(command, pass_fds=descriptors, start_new_session=True, env={**os.environ, **(environment or {})})

    def look(process: subprocess.Popen[bytes]) -> None:
        while True:
            ended = process.wait()
            if stopping.is_set():
                return
            _log.warning("%s ended with %s; another takes its place", called, ended)
            if stopping.wait(_RESTART_S):
                return
            process = start()

    thread = threading.Thread(target=look, args=(start(),), name=called.replace(" ", "-"), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        os.close(ours)
        thread.join(_END_S)
        os.close(theirs)
