"""Receivers on loopback: a mail server and a web server that remember what they were sent, and answer as they are told to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Received(NamedTuple):
    """A request: where it was sent, with which headers, and its body."""

    path: str
    headers: dict[str, str]
    body: bytes


class Web:
    """What a web server was sent, and what it answers."""

    def __init__(self, url: str) -> None:
        """Answers 200 and that everything is well, as bots say it."""
        self.url = url
        self.received: list[Received] = []
        self.status = 200
        self.answer = b'{"errcode":0,"errmsg":"ok","code":0}'
        self.holding: threading.Event | None = None


@contextmanager
def web_server() -> Iterator[Web]:
    """A web server for the length of a `with`."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            web.received.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if web.holding is not None:
                web.holding.wait(30)
            self.send_response(web.status)
            self.send_header("Content-Length", str(len(web.answer)))
            self.end_headers()
            self.wfile.write(web.answer)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        web = Web(f"http://127.0.0.1:{server.server_address[1]}/hook")
        with _serving(server):
            yield web


class Post:
    """What a mail server was sent, and what it answers to a message."""

    def __init__(self) -> None:
        """Takes every message."""
        self.port = 0
        self.received: list[tuple[str, EmailMessage]] = []
        self.answer = b"250 OK"


@contextmanager
def mail_server() -> Iterator[Post]:
    """A mail server (RFC 5321, as much of it as is spoken here) for the length of a `with`."""

    class Speaking(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 test\r\n")
            to = ""
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb == b"RCPT":
                    to = line.partition(b":")[2].strip().strip(b"<>").decode()
                    self.wfile.write(b"550 unknown\r\n" if to.startswith("nobody@") else b"250 OK\r\n")
                elif verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    self._take(to)
                elif verb == b"QUIT":
                    self.wfile.write(b"221 bye\r\n")
                    return
                else:
                    self.wfile.write(b"250 OK\r\n")

        def _take(self, to: str) -> None:
            content = b""
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                content += line
            if post.answer.startswith(b"250"):
                made = message_from_bytes(content, policy=policy.default)
                post.received.append((to, made))
            self.wfile.write(post.answer + b"\r\n")

    post = Post()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Speaking) as server:
        server.daemon_threads = True
        post.port = server.server_address[1]
        with _serving(server):
            yield post


@contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
