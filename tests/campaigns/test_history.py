"""Clients append and read at once, while connections break and servers die; one order of all entries explains all that they saw."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from infra.opening import Opened
from tests.campaigns.history import Append, History, LogRead, Operation, Seen, StreamRead
from tests.infra.entries import ask, door, signed_in, whole
from tests.infra.servers import Server, own_ledger, own_server

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
# Made once for all tests here.
pytestmark = pytest.mark.xdist_group("history")

ROUNDS, OPERATIONS, PROCESSES = (50, 20_000, 2) if LARGE else (1, 8_000, 2)
ROOT = Path(__file__).parents[2]

Recorded = tuple[list[Operation], list[Seen]]


def disturb(server: Server, opened: Opened, done: threading.Event) -> None:
    """Ends connections, holds an append open and takes it back, and now and then kills the server."""
    app = opened.names.app
    terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s ORDER BY random() LIMIT 1"
    n = 0
    while not done.wait(0.1):
        n += 1
        if n % 40 == 20:
            server.stop_at_once(random.choice([signal.SIGKILL, signal.SIGQUIT]))
            server.start()
        elif n % 3:
            ask(server.url, terminate, (app,))
        else:
            with signed_in(server.url, app) as cursor:
                cursor.execute("BEGIN")
                cursor.execute(*door(opened.names.ledger, r_streams="taken back", c_ids="taken back"))
                done.wait(0.05)
                cursor.execute("ROLLBACK")


def record(server: Server, directory: Path, seed: int) -> Recorded:
    """What the clients of some processes did and saw, and the log in the end."""
    with own_ledger(server.url) as opened:
        paths = [directory / f"{seed}-{n}" for n in range(PROCESSES)]
        arguments = [sys.executable, "-m", "tests.campaigns.clients", server.url, opened.names.ledger]
        clients = [
            subprocess.Popen([*arguments, str(path), path.name, str(OPERATIONS // PROCESSES)], cwd=ROOT, stderr=subprocess.PIPE, text=True)
            for path in paths
        ]
        done = threading.Event()
        disturber = threading.Thread(target=disturb, args=(server, opened, done))
        disturber.start()
        try:
            complaints = [client.communicate()[1] for client in clients]
        finally:
            done.set()
            disturber.join()
        assert [client.returncode for client in clients] == [0] * PROCESSES, complaints
        log = [Seen(row.position, row.stream, row.version, row.command_id) for row in whole(opened.store)]
    decoder = msgspec.msgpack.Decoder(list[Operation])
    operations = [one for path in paths for one in decoder.decode(path.read_bytes())]
    for path in paths:
        path.unlink()
    return operations, log


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A history of many operations, the last of several that are without anomalies."""
    operations: list[Operation] = []
    log: list[Seen] = []
    total = unknown = stored = 0
    with own_server() as server:
        for n in range(ROUNDS):
            operations, log = record(server, tmp_path_factory.mktemp("history"), n)
            anomalies = list(History(operations, log).anomalies())
            assert anomalies == [], f"round {n}"
            total += len(operations)
            left = {one.command_id for one in operations if isinstance(one, Append) and one.position is None and one.conflict is None}
            unknown += len(left)
            stored += len(left & {entry.command_id for entry in log})
    print(f"{total} operations, {unknown} outcomes unknown, of which {stored} are stored")  # noqa: T201 - what a campaign reached is its report
    return operations, log


@pytest.mark.campaign
@pytest.mark.slow
def test_one_order_of_all_entries_explains_all_that_clients_saw(recorded: Recorded) -> None:
    operations, log = recorded
    appends = [one for one in operations if isinstance(one, Append)]
    # The history is worth its name: all that can happen did.
    assert len(operations) > 0.9 * OPERATIONS
    assert sum(one.position is not None for one in appends) > 0.5 * len(appends)
    assert any(one.conflict for one in appends)
    assert any(len(one.runs) > 1 and one.position for one in appends)
    assert any(isinstance(one, LogRead) and len(one.rows) == one.limit for one in operations)
    assert any(isinstance(one, StreamRead) and one.rows for one in operations)
    assert all(one.command_id != "taken back" for one in log)


def an_append(recorded: Recorded, fits: Callable[[Append], object] = bool) -> Append:
    """One that was acknowledged, from the middle of the log."""
    operations, log = recorded
    middle = len(log) // 2
    found = (one for one in operations if isinstance(one, Append) and one.position is not None and one.position > middle)
    return next(one for one in found if fits(one))


def numbered(log: list[Seen]) -> list[Seen]:
    """The same entries at the positions and versions that follow from their order."""
    versions: dict[str, int] = {}
    entries = []
    for n, entry in enumerate(log, 1):
        versions[entry.stream] = versions.get(entry.stream, 0) + 1
        entries.append(Seen(n, entry.stream, versions[entry.stream], entry.command_id))
    return entries


def changed(recorded: Recorded, one: Operation, **fields: object) -> Recorded:
    """The history with one operation told otherwise."""
    operations, log = recorded
    return [msgspec.structs.replace(o, **fields) if o is one else o for o in operations], log


def truncated(recorded: Recorded) -> Recorded:
    operations, log = recorded
    last = max(one.position or 0 for one in operations if isinstance(one, Append))
    return operations, log[: last - 1]


def lost(recorded: Recorded) -> Recorded:
    operations, log = recorded
    gone = an_append(recorded).command_id
    return operations, numbered([entry for entry in log if entry.command_id != gone])


def doubled(recorded: Recorded) -> Recorded:
    operations, log = recorded
    again = an_append(recorded).command_id
    return operations, numbered([*log, *(entry for entry in log if entry.command_id == again)])


def invented(recorded: Recorded) -> Recorded:
    operations, log = recorded
    return operations, [*log, Seen(len(log) + 1, "nobody's", 1, "nobody's")]


def reordered(recorded: Recorded) -> Recorded:
    operations, log = recorded
    at = next(
        n for n in range(len(log) // 2, len(log)) if log[n].stream != log[n + 1].stream and log[n].command_id != log[n + 1].command_id
    )
    return operations, numbered([*log[:at], log[at + 1], log[at], *log[at + 2 :]])


def torn(recorded: Recorded) -> Recorded:
    operations, log = recorded
    one = an_append(recorded, lambda one: one.size > 1)
    return operations, numbered([entry for entry in log if entry.position != (one.position or 0) + 1])


def answered_with_a_stale_position(recorded: Recorded) -> Recorded:
    one = an_append(recorded)
    return changed(recorded, one, position=(one.position or 0) - 1)


def sent_after_what_stands_behind_it(recorded: Recorded) -> Recorded:
    one = an_append(recorded)
    last = max(o.returned for o in recorded[0] if isinstance(o, Append) and o.position is not None)
    return changed(recorded, one, invoked=last + 1, returned=last + 2)


def refused_and_stored(recorded: Recorded) -> Recorded:
    one = an_append(recorded)
    return changed(recorded, one, position=None, conflict=(one.runs[0].stream, one.runs[0].expected + 1))


def refused_for_no_reason(recorded: Recorded) -> Recorded:
    refused = next(one for one in recorded[0] if isinstance(one, Append) and one.conflict)
    stream, _ = refused.conflict or ("", 0)
    expected = next(run.expected for run in refused.runs if run.stream == stream)
    return changed(recorded, refused, conflict=(stream, expected))


def a_log_read(recorded: Recorded, at_least: int) -> LogRead:
    """One that reached the end of the log, of several entries."""
    reads = (o for o in recorded[0] if isinstance(o, LogRead) and at_least <= len(o.rows) < o.limit)
    return max(reads, key=lambda one: one.invoked)


def skipped(recorded: Recorded) -> Recorded:
    read = a_log_read(recorded, 3)
    return changed(recorded, read, rows=[read.rows[0], *read.rows[2:]])


def read_stale(recorded: Recorded) -> Recorded:
    read = a_log_read(recorded, 1)
    last = max(o.returned for o in recorded[0] if isinstance(o, Append) and o.position is not None)
    return changed(recorded, read, rows=read.rows[:-1], invoked=last + 1, returned=last + 2)


def a_stream_read_stale(recorded: Recorded) -> Recorded:
    read = next(o for o in reversed(recorded[0]) if isinstance(o, StreamRead) and o.rows)
    last = max(o.returned for o in recorded[0] if isinstance(o, Append) and o.position is not None)
    return changed(recorded, read, rows=read.rows[:-1], invoked=last + 1, returned=last + 2)


def read_otherwise(recorded: Recorded) -> Recorded:
    read = a_log_read(recorded, 1)
    return changed(recorded, read, rows=[*read.rows[:-1], read.rows[-1]._replace(command_id="another")])


def read_from_the_future(recorded: Recorded) -> Recorded:
    read = a_log_read(recorded, 1)
    return changed(recorded, read, invoked=0, returned=1)


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        (truncated, r"was acknowledged at \d+ and is at None"),
        (lost, r"was acknowledged at \d+ and is at None"),
        (doubled, r"is there twice"),
        (invented, r"nobody's was never sent"),
        (reordered, r"was acknowledged at (\d+) and is at (?!\1)\d+"),
        (torn, r"is not there as it was sent"),
        (answered_with_a_stale_position, r"was acknowledged at (\d+) and is at (?!\1)\d+"),
        (sent_after_what_stands_behind_it, r"before what was acknowledged earlier"),
        (refused_and_stored, r"was refused and is at \d+"),
        (refused_for_no_reason, r"was refused because .* was at \d+, which it was not"),
        (skipped, r"which is no piece of the log"),
        (read_stale, r"a read after \d+ ended at \d+, behind what was known before"),
        (a_stream_read_stale, r"a read of \S+ ended at \d+, behind what was known before"),
        (read_otherwise, r"which is no piece of the log"),
        (read_from_the_future, r"before it was sent"),
    ],
)
@pytest.mark.slow
def test_a_fault_in_the_history_is_noticed(recorded: Recorded, fault: Callable[[Recorded], Recorded], complaint: str) -> None:
    assert any(re.search(complaint, anomaly) for anomaly in History(*fault(recorded)).anomalies())
