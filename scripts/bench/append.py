"""Durable appends: our recorder, the reference library's own PostgreSQL module, and bare inserts by pgbench, the limit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg2
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import ApplicationRecorder, StoredEvent

from domain.contract.drafting import DraftContract, Note
from domain.contract.vocabulary import Direction, Kind
from infra.embedded_account import binaries
from infra.ledger import CONTRACT, Asker, Envelope, Ledger
from infra.recorder import LedgerApplicationRecorder
from scripts.bench.arena import Arena, arena, asking
from scripts.bench.measure import Options, Report, Run, Sample, Step, drive, options, rates, take_turns

TOPIC = "contract.noted@1"
STATE = b'{"text":"' + b"x" * 490 + b'"}'
STREAM_LENGTH = 20
CLIENT = Asker("bench", "bench", "api")
SCRIPT = "INSERT INTO bare (stream, version, topic, state) VALUES ('{stream}', 1, '{topic}', '{state}');\n"


def recording(recorder: ApplicationRecorder, size: int, identity: Callable[[], Any]) -> Callable[[int], Step]:
    """Steps that append `size` events to a stream of the thread's own, and begin another after 20."""

    def step_of(_: int) -> Step:
        stream, version = identity(), 0

        def step() -> int:
            nonlocal stream, version
            if version >= STREAM_LENGTH:
                stream, version = identity(), 0
            recorder.insert_events([StoredEvent(stream, version + n, TOPIC, STATE) for n in range(1, size + 1)])
            version += size
            return size

        return step

    return step_of


def commanding(ledger: Ledger) -> Callable[[int], Step]:
    """Steps that send a whole command: decide, encode, append."""
    draft = DraftContract(number="B-1", title="Bench", kind=Kind.OTHER, direction=Direction.PAYABLE, our_entity="Us")

    def step_of(_: int) -> Step:
        identity, version = "", STREAM_LENGTH

        def step() -> int:
            nonlocal identity, version
            if version >= STREAM_LENGTH:
                identity, version = uuid.uuid4().hex, 0
            command = Note(text="x" * 490) if version else draft
            version = ledger.handle(CONTRACT, identity, command, Envelope(CLIENT, uuid.uuid4().hex)).version
            return 1

        return step

    return step_of


class Contract(Aggregate):
    """The reference library's idea of the same: an aggregate that is told something and keeps it."""

    def __init__(self, *, number: str, title: str) -> None:
        """Drafts it."""
        self.number = number
        self.title = title
        self.last_note = ""

    @event("Noted")
    def note(self, text: str) -> None:
        """Takes a note."""
        self.last_note = text


class Contracts(Application[UUID]):
    """The library's way of a command; the aggregate stays at hand, so that nothing is read."""


def saving(app: Contracts) -> Callable[[int], Step]:
    """Steps that trigger an event on an aggregate and save it."""

    def step_of(_: int) -> Step:
        contract, version = Contract(number="", title=""), STREAM_LENGTH

        def step() -> int:
            nonlocal contract, version
            if version >= STREAM_LENGTH:
                contract, version = Contract(number="B-1", title="Bench"), 0
            else:
                contract.note("x" * 490)
            app.save(contract)
            version += 1
            return 1

        return step

    return step_of


class Pgbench:
    """Bare one-row inserts without order, checks or Python: what the server can do at best."""

    def __init__(self, url: str, folder: Path) -> None:
        """Makes the table."""
        self._url = url
        self._script = folder / "insert.sql"
        self._script.write_text(SCRIPT.format(stream=uuid.uuid4(), topic=TOPIC, state=STATE.decode()), "utf-8")
        with closing(psycopg2.connect(url)) as admin, admin, admin.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE bare (id bigserial PRIMARY KEY, stream uuid NOT NULL, version integer NOT NULL, topic text, state text)"
            )

    def run(self, clients: int, mode: str) -> Run:
        """One turn with so many clients, on as many threads as there are cores. `simple` is pgbench's default."""

        def turn(seconds: float) -> Sample:
            whole_s = max(1, round(seconds))
            said = subprocess.run(
                [
                    str(binaries() / "pgbench"),
                    *("-n", "-M", mode, "-f", str(self._script), "-T", str(whole_s)),
                    *("-c", str(clients), "-j", str(min(clients, os.cpu_count() or 1)), self._url),
                ],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            rate = re.search(r"tps = ([0-9.]+)", said)
            latency = re.search(r"latency average = ([0-9.]+) ms", said)
            assert rate is not None and latency is not None, said  # noqa: PT018, S101 - pgbench always says both
            return Sample(float(rate.group(1)), float(latency.group(1)))

        return turn


def application(at: Arena, library: Any, threads: int) -> Contracts:  # noqa: ANN401 - the library's recorder
    """An application on the recorder's schema, in tables of its own."""
    return Contracts(env=at.library_environment(library.datastore.schema, threads))


def contest(report: Report, at: Arena, bare: Pgbench, threads: int, size: int) -> None:
    """One number of threads, one size of command."""
    what = f"{threads} thread{'s' * (threads > 1)}" + f", {size} entries a command" * (size > 1)
    with at.ours() as opened, at.library(threads) as library, closing(application(at, library, threads)) as app:
        ours = recording(LedgerApplicationRecorder(opened.store), size, lambda: str(uuid.uuid4()))
        theirs = recording(library, size, uuid.uuid4)
        contestants: dict[str, Run] = {
            "ours": lambda seconds: drive(threads, seconds, ours),
            "library": lambda seconds: drive(threads, seconds, theirs),
        }
        if threads == 1:
            contestants["SELECT 1"] = lambda seconds: drive(threads, seconds, asking(opened.store))
        if size == 1:
            contestants["pgbench"] = bare.run(threads, "simple")
            contestants["pgbench, prepared"] = bare.run(threads, "prepared")
            commands, saves = commanding(opened.ledger), saving(app)
            contestants["commands"] = lambda seconds: drive(threads, seconds, commands)
            contestants["library's saves"] = lambda seconds: drive(threads, seconds, saves)
        judge(report, what, take_turns(what, contestants, report.wanted), threads, size)


def judge(report: Report, what: str, samples: dict[str, list[Sample]], threads: int, size: int) -> None:
    """Compares, with the targets."""
    ours, library = samples["ours"], samples["library"]
    report.add(what, samples)
    target = {(1, 1): 2.3, (8, 1): 5.0, (32, 1): 9.0, (8, 10): 4.0}[threads, size]
    report.ratio(f"{what}: ours / library", rates(ours), rates(library), at_least=target)
    if (threads, size) == (8, 1):
        report.ratio(f"{what}: our p99 / library's p50", [s.p99_ms for s in ours], [s.p50_ms for s in library], at_most=1.0)
    if size == 1:
        least = 0.55 if threads > 1 else None
        report.ratio(f"{what}: ours / pgbench", rates(ours), rates(samples["pgbench"]), at_least=least)
        report.ratio(f"{what}: ours / pgbench with prepared statements", rates(ours), rates(samples["pgbench, prepared"]))
        report.ratio(f"{what}: our commands / library's saves", rates(samples["commands"]), rates(samples["library's saves"]))


CASES: Final = ((1, 1), (8, 1), (32, 1), (8, 10))


def measure(wanted: Options) -> Report:
    """All cases on one server; a quick run takes only the two in which everything is done once."""
    report = Report("append", wanted)
    cases = ((1, 1), (8, 10)) if wanted.quick else CASES
    with arena() as at, tempfile.TemporaryDirectory() as folder:
        bare = Pgbench(at.url, Path(folder))
        for threads, size in cases:
            contest(report, at, bare, threads, size)
    return report


def main(argv: list[str]) -> int:
    """Runs the benchmark."""
    return measure(options(argv, "Durable appends per second.")).finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
