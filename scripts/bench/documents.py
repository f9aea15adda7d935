"""Documents over HTTP: what a large one costs in memory and in seconds, up and down."""

from __future__ import annotations

import hashlib
import http.client
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from api.keys import issue
from api.serve import listen, server
from domain.access import Role
from infra.documents import Documents
from infra.ledger import Asker
from scripts.bench.arena import arena, opened_at
from scripts.bench.flat import FLAT_MEMORY, peak_mb
from scripts.bench.measure import Options, Report, options, say

SMALL: Final = 1_000_000
LARGE: Final = 100_000_000
PIECE: Final = 65_536


def pieces(size: int) -> Iterator[bytes]:
    """A PDF of that many bytes, as far as its beginning says, which no two runs share."""
    beginning = b"%PDF-1.7\n" + random.randbytes(32)
    yield beginning
    piece, left = random.randbytes(PIECE), size - len(beginning)
    while left > 0:
        yield piece[: min(PIECE, left)]
        left -= PIECE


@contextmanager
def serving(url: str, ledger: str, folder: Path) -> Iterator[tuple[http.client.HTTPConnection, str]]:
    """A server in this process, a connection to it, and a drafter's key."""
    it = opened_at(url, ledger, Documents(folder))
    key = issue(it, "bench", [Role.DRAFTER], Asker("bench", "bench", "cli"))
    listening = listen(port=0)
    running = server(it, None)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", listening.getsockname()[1], timeout=600)) as connection:
            yield connection, key
    finally:
        running.should_exit = True
        thread.join()


def up_and_down(url: str, joined: str, size: int) -> None:
    """Uploads a document of that many bytes and downloads it; the seconds of both go to a file. Ledger and folder are one text."""
    ledger, folder = joined.split(" ", 1)
    with serving(url, ledger, Path(folder)) as (connection, key):
        headers = {"Authorization": f"Bearer {key}"}
        began = time.perf_counter()
        said = {**headers, "Content-Type": "application/pdf", "Content-Length": str(size)}
        connection.request("POST", "/api/v1/documents", pieces(size), said)
        answer = connection.getresponse()
        answer.read()
        between = time.perf_counter()
        sha256 = (answer.headers["ETag"] or "").strip('"')
        connection.request("GET", f"/api/v1/documents/{sha256}", headers=headers)
        got, hashed = connection.getresponse(), hashlib.sha256()
        while piece := got.read(PIECE):
            hashed.update(piece)
        ended = time.perf_counter()
    if hashed.hexdigest() != sha256:
        message = f"{size:,} bytes came back as others"
        raise AssertionError(message)
    (Path(folder) / "seconds").write_text(f"{between - began} {ended - between}")


def measure(wanted: Options) -> Report:
    """A small document and a large one, each in a process of its own."""
    report = Report("documents", wanted)
    sizes = (SMALL, LARGE // 10 if wanted.quick else LARGE)
    peaks: list[float] = []
    with arena() as at, tempfile.TemporaryDirectory(prefix="tally-bench-") as folder:
        for size in sizes:
            say(f"a document of {size:,} bytes, up and down")
            with at.ours() as opened:
                peaks.append(peak_mb(up_and_down, at.url, f"{opened.names.ledger} {folder}", size))
            up_s, down_s = map(float, (Path(folder) / "seconds").read_text().split())
            report.figure(f"{size:,} bytes", MB=peaks[-1], up_s=up_s, down_s=down_s)
    report.ratio(f"memory: {sizes[1]:,} bytes / {sizes[0]:,}", [peaks[1]], [peaks[0]], at_most=FLAT_MEMORY)
    return report


def main(argv: list[str]) -> int:
    """Runs the benchmark."""
    return measure(options(argv, "Documents over HTTP.")).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
