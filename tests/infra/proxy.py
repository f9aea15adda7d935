"""A proxy between client and server that cuts a connection at a named point of an append."""

from __future__ import annotations

import contextlib
import selectors
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

Point = Literal["before the statement arrives", "within the statement", "after it arrived", "before the reply", "within the reply"]


class Proxy:
    """Passes everything on, until it is told to cut the connections of the next appends."""

    def __init__(self, url: str, directory: Path) -> None:
        query = parse_qs(urlsplit(url).query)
        self._server = str(Path(query["host"][0]) / f".s.PGSQL.{query['port'][0]}")
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(directory / ".s.PGSQL.5432"))
        self._door.listen()
        self._pending: list[Point] = []
        self.url = f"postgresql://postgres@/postgres?host={directory}&port=5432"
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, *points: Point) -> None:
        """Cuts the connection of the next append at the first point, of the one after that at the second, and so on."""
        self._pending = list(points)

    def close(self) -> None:
        """Takes no more connections."""
        self._door.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._door.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, selectors.DefaultSelector() as either, contextlib.suppress(OSError):
            server.connect(self._server)
            either.register(client, selectors.EVENT_READ, server)
            either.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in either.select():
                    said = key.fileobj.recv(1 << 20)  # type: ignore[union-attr]
                    if not said:
                        return
                    if key.fileobj is client and b".append(" in said and self._pending:
                        self.cuts += 1
                        self._end(self._pending.pop(0), said, client, server)
                        return
                    key.data.sendall(said)

    @staticmethod
    def _end(point: Point, said: bytes, client: socket.socket, server: socket.socket) -> None:
        match point:
            case "before the statement arrives":
                pass
            case "within the statement":
                server.sendall(said[: len(said) // 2])
            case "after it arrived":
                server.sendall(said)
            case "before the reply":
                server.sendall(said)
                server.recv(1 << 20)
            case "within the reply":
                server.sendall(said)
                client.sendall(server.recv(1 << 20)[:-20])


@contextmanager
def proxied(url: str) -> Iterator[Proxy]:
    """A proxy in front of a server on a local socket."""
    with tempfile.TemporaryDirectory(prefix="tally-") as directory:
        proxy = Proxy(url, Path(directory))
        try:
            yield proxy
        finally:
            proxy.close()
