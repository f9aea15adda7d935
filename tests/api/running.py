"""A real server over real sockets, in this process or in one of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.serve import listen, server
from infra.opening import Opened
from projections.runner import Projectors

PROGRAM = """
import json, signal, sys
from pathlib import Path
from api.keys import issue
from api.serve import listen, server
from domain.access import Role
from infra.ledger import Asker
from infra.opening import opened
from infra.settings import Settings
from projections.runner import Projectors

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with opened(Settings(home=Path(sys.argv[1]), database_url=None, ledger="ledger")) as it, Projectors(it) as projectors:
    keys = {role.value: issue(it, role.value, [role], Asker("root", "local", "cli")) for role in Role}
    listening = listen(port=0)
    print(json.dumps({"port": listening.getsockname()[1], "keys": keys}), flush=True)
    server(it, projectors).run(sockets=[listening])
"""


@contextmanager
def serving(opened: Opened, projectors: Projectors | None = None) -> Iterator[int]:
    """A server in a thread of this process; the value is its port."""
    listening = listen(port=0)
    port: int = listening.getsockname()[1]
    running = server(opened, projectors)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        # The socket listens already, so a first request just waits for the server to begin.
        yield port
    finally:
        running.should_exit = True
        thread.join()


@contextmanager
def process(home: Path) -> Iterator[tuple[subprocess.Popen[str], int, dict[str, str]]]:
    """A server in a process of its own, with its port and a key for each role."""
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(home)], stdout=subprocess.PIPE, text=True, env=environ) as started:
        try:
            assert started.stdout is not None
            said = json.loads(started.stdout.readline())
            yield started, said["port"], said["keys"]
        finally:
            started.terminate()
            started.wait(timeout=60)


def talk(port: int, *parts: bytes, timeout_s: float = 30) -> bytes:
    """Sends bytes as they are, and reads until the server closes or the answer to one request is complete."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            # The server has answered and closed already; what it said can still be read.
            connection.settimeout(timeout_s)
        while True:
            try:
                chunk = connection.recv(65_536)
            except ConnectionResetError:
                break
            received += chunk
            head, separator, body = received.partition(b"\r\n\r\n")
            lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if not chunk or (separator and lengths and len(body) >= int(lengths[0])):
                break
    return received
