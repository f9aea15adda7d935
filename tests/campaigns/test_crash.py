"""Processes and servers are killed at any moment; what was acknowledged is there, and nothing is there that nobody sent."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from infra.ledger import CONTRACT, Envelope
from infra.opening import Opened
from infra.store import Row, Store
from tests.campaigns.writing import CONTRACTS, Journal
from tests.infra.entries import entries, stamp
from tests.infra.servers import Server, own_ledger, own_server
from tests.infra.test_ledger import ALICE, DRAFT
from tests.infra.waiting import until

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
CYCLES = 1_000 if LARGE else 50
ROOT = Path(__file__).parents[2]


@dataclass
class Model:
    """What the journal says, held against the log."""

    journal: Path
    read_to: int = 0
    sent: dict[str, tuple[str, int]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    acknowledged: dict[str, int] = field(default_factory=dict)
    position: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    stored: dict[str, tuple[int, int]] = field(default_factory=dict)

    def read_journal(self) -> None:
        """Takes in the lines that are new; one that is being written waits."""
        with self.journal.open("rb") as lines:
            lines.seek(self.read_to)
            said = lines.read()
        whole = said[: said.rfind(b"\n") + 1]
        self.read_to += len(whole)
        for line in whole.decode().splitlines():
            what, command_id, *rest = line.split("\t")
            match what:
                case "sent":
                    self.sent[command_id] = (rest[0], int(rest[1]))
                case "acknowledged":
                    assert self.acknowledged.setdefault(command_id, int(rest[0])) == int(rest[0])
                case "refused":
                    self.refused.add(command_id)
                case _:
                    pytest.fail(line)

    def has_more_than(self, acknowledged: int) -> bool:
        """Whether more commands than these are acknowledged by now."""
        self.read_journal()
        return len(self.acknowledged) > acknowledged

    def read_log(self, store: Store) -> None:
        """Takes in the entries that are new: positions and versions go on where they were, and a command is all in one place."""
        while rows := store.read_log(after=self.position):
            for row in rows:
                self._take(row)

    def _take(self, row: Row) -> None:
        assert row.position == self.position + 1
        assert row.version == self.versions.get(row.stream, 0) + 1
        first, size = self.stored.get(row.command_id, (row.position, 0))
        assert row.position == first + size, f"{row.command_id} is stored twice"
        self.position, self.versions[row.stream], self.stored[row.command_id] = row.position, row.version, (first, size + 1)

    def check(self, store: Store) -> None:
        """The log is read before the journal, in which each command is noted before it is sent."""
        self.read_log(store)
        self.read_journal()
        for command_id, (first, size) in self.stored.items():
            assert command_id in self.sent, f"{command_id} at {first} was never sent"
            assert self.sent[command_id][1] == size, f"{command_id} is not stored whole"
            assert command_id not in self.refused, f"{command_id} was refused and is stored"
        # What was acknowledged while the log was being read is looked for the next time.
        for command_id, first in self.acknowledged.items():
            if first <= self.position:
                assert self.stored.get(command_id, (0, 0))[0] == first, f"{command_id} was acknowledged at {first}"


class Writers:
    """The process that writes, started anew when it was killed."""

    def __init__(self, opened: Opened, journal: Path) -> None:
        arguments = [sys.executable, "-m", "tests.campaigns.writing", opened.admin_dsn, opened.names.ledger, str(journal)]
        self._parent = subprocess.Popen(arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._writes = False

    def start(self, seed: int) -> None:
        """Unless it runs."""
        if not self._writes:
            self._writes = True
            self._tell(str(seed))

    def kill(self) -> None:
        """With SIGKILL, if it runs; it must not have ended before."""
        if self._writes:
            self._writes = False
            self._tell("kill")
            assert self._parent.stdout is not None
            assert int(self._parent.stdout.readline()) == -signal.SIGKILL

    def _tell(self, line: str) -> None:
        assert self._parent.stdin is not None
        self._parent.stdin.write(f"{line}\n")
        self._parent.stdin.flush()

    def end(self) -> None:
        """For good."""
        try:
            self.kill()
        finally:
            self._parent.communicate()


@contextmanager
def writers(opened: Opened, journal: Path) -> Iterator[Writers]:
    it = Writers(opened, journal)
    try:
        yield it
    finally:
        it.end()


def crash(kind: str, server: Server, writing: Writers) -> None:
    """Kills what the kind says, and recovers the server."""
    if "writers" in kind:
        writing.kill()
    if "server" in kind:
        server.stop_at_once(signal.SIGQUIT if kind.endswith("children") else signal.SIGKILL)
        server.start()


KINDS = ["server", "server with its children", "writers", "server and writers", "writers and server with its children"]


@pytest.mark.campaign
@pytest.mark.slow
def test_what_was_acknowledged_survives_and_nothing_is_invented(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with own_server() as server, own_ledger(server.url) as opened, writers(opened, journal) as writing:
        noted = Journal(journal)
        for identity in CONTRACTS:
            noted.note("sent", identity, CONTRACT.stream(identity), 1)
            opened.ledger.handle(CONTRACT, identity, DRAFT, Envelope(ALICE, identity))
        model = Model(journal)
        for cycle in range(CYCLES):
            writing.start(cycle)
            until(partial(model.has_more_than, len(model.acknowledged)), 60)
            # Any moment will do, and no two cycles should have the same.
            time.sleep(random.uniform(0, 0.15))
            crash(random.choice(KINDS), server, writing)
            model.check(opened.store)
        writing.kill()
        model.check(opened.store)
        unknown = model.sent.keys() - model.acknowledged.keys() - model.refused
        stored = len(unknown & model.stored.keys())
        reached = f"{CYCLES} crashes: {len(model.acknowledged)} acknowledged, {len(unknown)} unknown, of which {stored} are stored"
        print(reached)  # noqa: T201 - what a campaign reached is its report
        assert all(first <= model.position for first in model.acknowledged.values())
        assert len(model.acknowledged) > CYCLES


def test_the_model_notices_what_is_lost_invented_doubled_or_torn(opened: Opened, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    one, two = stamp("one"), stamp("two")
    for command_id, position in (("one", 1), ("two", 3)):
        journal.note("sent", command_id, "s", 2)
        journal.note("acknowledged", command_id, position)
    opened.store.append(one, entries("s", 0, 2))
    opened.store.append(two, entries("s", 2, 2))
    Model(tmp_path / "journal").check(opened.store)

    def held_against(*lines: str) -> Model:
        path = tmp_path / "other"
        path.write_text("".join(f"{line}\n" for line in lines))
        return Model(path)

    sent = ("sent\tone\ts\t2", "sent\ttwo\ts\t2")
    for complaint, lines in {
        "never sent": sent[:1],
        "not stored whole": ("sent\tone\ts\t3", sent[1]),
        "was acknowledged at 2": (*sent, "acknowledged\ttwo\t2"),
        "three was acknowledged": (*sent, "sent\tthree\ts\t1", "acknowledged\tthree\t4"),
        "refused and is stored": (*sent, "refused\ttwo"),
    }.items():
        with pytest.raises(AssertionError, match=complaint):
            held_against(*lines).check(opened.store)
    doubled = Model(tmp_path / "journal", stored={"two": (1, 1)})
    with pytest.raises(AssertionError, match="stored twice"):
        doubled.check(opened.store)
    for gap in ({"position": 1}, {"versions": {"s": 1}}):
        with pytest.raises(AssertionError):
            Model(tmp_path / "journal", **gap).check(opened.store)
