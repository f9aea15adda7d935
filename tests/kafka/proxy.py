"""A door before a broker, which can be shut, or let answers get lost on the way."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Door:
    """Passes bytes on to a port, from a port of its own."""

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open = True
        self._losing = 0
        self._inside: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.lost = self.refused = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def shut(self) -> None:
        """Nobody gets through any more; who is inside is thrown out."""
        self._open = False
        with self._lock:
            for one in self._inside:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def reopen(self) -> None:
        """As before."""
        self._open = True

    def lose(self, answers: int) -> None:
        """Of the next so many answers the broker's side is heard, and the client's is not: its connection breaks."""
        self._losing = answers

    def end(self) -> None:
        """For good."""
        self.shut()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if not self._open:
                self.refused += 1
                return
            with socket.create_connection(("127.0.0.1", self._behind)) as broker:
                with self._lock:
                    self._inside |= {client, broker}
                try:
                    back = threading.Thread(target=self._pass, args=(broker, client), kwargs={"answers": True}, daemon=True)
                    back.start()
                    self._pass(client, broker, answers=False)
                    back.join()
                finally:
                    with self._lock:
                        self._inside -= {client, broker}

    def _pass(self, source: socket.socket, target: socket.socket, *, answers: bool) -> None:
        with suppress(OSError):
            while (some := source.recv(65_536)) and self._open:
                if answers and self._losing > 0:
                    self._losing -= 1
                    self.lost += 1
                    break
                target.sendall(some)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def door(behind: int) -> Iterator[Door]:
    """Open to begin with; gone afterwards."""
    it = Door(behind)
    try:
        yield it
    finally:
        it.end()
