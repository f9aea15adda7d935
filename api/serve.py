"""Serves the application over HTTP until it is told to stop."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Final

import orjson
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.app import create_app
from api.following import Following
from api.problems import MEDIA_TYPE
from infra.opening import Opened
from projections.runner import Projectors

DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8787
MAX_HEAD: Final = 65_536
HEAD_WITHIN_S: Final = 15.0
DRAIN_WITHIN_S: Final = 20


class AddressTaken(OSError):
    """Nobody can listen at this address; the message says why, and what to do."""


class BoundedHead(HttpToolsProtocol):
    """Reads request lines and headers of at most 64 KiB, within 15 seconds: the parser itself has no limit."""

    _in_head = False
    _head_size = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins to wait for a first request."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no more."""
        self._stop_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """What follows is the body, which the application bounds."""
        super().on_headers_complete()
        self._in_head = False
        self._head_size = 0
        self._stop_timer()

    def data_received(self, data: bytes) -> None:
        """Counts what comes before a head is complete."""
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._head_size += len(data)
        if self._head_size > MAX_HEAD:
            self.send_400_response(f"The request line and headers are larger than {MAX_HEAD:,} bytes.")
        elif self._head_timer is None:
            self._expect_head()

    def _expect_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_WITHIN_S, self._too_slow)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuses what is no HTTP, in the words that everything else is refused in."""
        problem = {
            "type": "urn:tallystick:problem:BadRequest",
            "title": "Not a request",
            "status": 400,
            "detail": msg,
            "name": "BadRequest",
            "details": {},
        }
        body = orjson.dumps(problem)
        head = f"HTTP/1.1 400 Bad Request\r\ncontent-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()


def listen(host: str = DEFAULT_HOST, port: int = DEFAULT_PORT) -> socket.socket:
    """A socket that listens, so that an address that is taken is known before anything else is started. Port 0 takes any.

    Raises AddressTaken.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(2_048)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        message = f"{host}:{port} cannot be listened at: {error.strerror or error}. Choose another port, or stop what listens there."
        raise AddressTaken(message) from error
    return listening


class Server(uvicorn.Server):
    """Lets those go who follow the ledger before it waits for the requests under way: they would never come to an end."""

    def __init__(self, config: uvicorn.Config, following: Following) -> None:
        """Takes those who follow the application's ledger."""
        super().__init__(config)
        self._following = following

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends, once."""
        self._following.end()
        await super().shutdown(sockets)


def server(opened: Opened, projectors: Projectors | None) -> uvicorn.Server:
    """A server that is not running yet; `run(sockets=[...])` serves until `should_exit`, SIGTERM or SIGINT."""
    settings: dict[str, Any] = {
        "http": BoundedHead,
        "ws": "none",
        "lifespan": "on",
        # Whoever runs it decides where logs go, and each request is in the log of the proxy in front, if anywhere.
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_keep_alive": 15,
        "timeout_graceful_shutdown": DRAIN_WITHIN_S,
    }
    app = create_app(opened, projectors)
    return Server(uvicorn.Config(app, **settings), app.state.door.following)


def run(opened: Opened, projectors: Projectors | None, host: str = DEFAULT_HOST, port: int = DEFAULT_PORT) -> None:
    """Serves until SIGTERM or SIGINT; requests under way are answered first, for up to 20 seconds. Raises AddressTaken."""
    server(opened, projectors).run(sockets=[listen(host, port)])
