"""The database goes away in the middle of a request: 503, nothing acknowledged is lost, and every outcome can be asked for after."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from api.serve import AddressTaken, listen
from infra.embedded import EmbeddedPostgres, postmaster_pid
from tests.api.caller import DRAFT
from tests.api.running import process

WRITERS = 4


@pytest.fixture
def home() -> Iterator[Path]:
    """A home whose server this process keeps and may kill."""
    made = Path(tempfile.mkdtemp(prefix="tally-outage-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


class Writer(threading.Thread):
    """Drafts contracts until it is told to stop, and notes what it was told of each."""

    def __init__(self, base: str, key: str, stop: threading.Event, broken: threading.Event) -> None:
        super().__init__()
        self.base, self.key, self.stop, self.broken = base, key, stop, broken
        self.told: dict[str, int] = {}

    def run(self) -> None:
        with httpx.Client(base_url=self.base, headers={"Authorization": f"Bearer {self.key}"}, timeout=60) as client:
            while not self.stop.is_set():
                command = str(uuid.uuid4())
                answer = client.post("/contracts", json=DRAFT, headers={"Idempotency-Key": command})
                self.told[command] = answer.status_code
                if answer.status_code == 503:
                    assert answer.json()["name"] in {"StoreUnavailable", "Overloaded"}
                    assert answer.headers["Retry-After"]
                    self.broken.set()
                    self.stop.wait(0.2)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT], ids=["killed", "immediate stop"])
def test_when_postgresql_dies_under_writers_each_outcome_is_known_after(home: Path, how: signal.Signals) -> None:
    kept = EmbeddedPostgres.acquire(home)
    with process(home) as (_, port, keys):
        base = f"http://127.0.0.1:{port}/api/v1"
        stop, broken = threading.Event(), threading.Event()
        writers = [Writer(base, keys["drafter"], stop, broken) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        while sum(len(writer.told) for writer in writers) < 50:
            time.sleep(0.01)
        pid = postmaster_pid(home)
        assert pid is not None
        dying = psutil.Process(pid)
        os.kill(pid, how)
        assert broken.wait(timeout=60)
        dying.wait(timeout=60)
        assert httpx.get(f"{base}/health", timeout=60).status_code == 200
        assert httpx.get(f"{base}/ready", timeout=60).status_code == 503
        kept.ensure_running()
        headers = {"Authorization": f"Bearer {keys['drafter']}"}
        deadline = time.monotonic() + 60
        while httpx.post(f"{base}/contracts", json=DRAFT, headers=headers, timeout=60).status_code != 201:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        stop.set()
        for writer in writers:
            writer.join(timeout=60)
        told = {command: status for writer in writers for command, status in writer.told.items()}
        assert set(told.values()) == {201, 503}
        with httpx.Client(base_url=base, headers=headers, timeout=60) as client:
            for command, status in told.items():
                stored = client.get(f"/commands/{command}").status_code
                assert stored in ({200} if status == 201 else {200, 404}), (command, status)
                again = client.post("/contracts", json=DRAFT, headers={"Idempotency-Key": command})
                assert again.status_code == 201
                assert again.json()["repeated"] is (stored == 200)
    kept.release()


def test_a_server_that_is_told_to_stop_answers_what_it_has_begun(home: Path) -> None:
    with process(home) as (running, port, keys):
        base = f"http://127.0.0.1:{port}/api/v1"
        stop, broken = threading.Event(), threading.Event()
        writer = Quiet(base, keys["drafter"], stop, broken)
        writer.start()
        while len(writer.told) < 20:
            time.sleep(0.01)
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=60) == 0
        writer.join(timeout=60)
    assert set(writer.told.values()) == {201}
    with process(home) as (_, port, keys):
        for command in writer.told:
            found = httpx.get(f"http://127.0.0.1:{port}/api/v1/commands/{command}", headers={"Authorization": f"Bearer {keys['reader']}"})
            assert found.status_code == 200


class Quiet(Writer):
    """Stops when nobody answers any more."""

    def run(self) -> None:
        with suppress(httpx.TransportError):
            super().run()


def test_an_address_that_is_taken_is_said_so() -> None:
    with listen(port=0) as first, pytest.raises(AddressTaken, match="Choose another port"):
        listen(port=first.getsockname()[1])


def test_it_listens_on_this_machine_only_unless_told_otherwise() -> None:
    with listen(port=0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"
