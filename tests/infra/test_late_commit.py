"""Whoever commits late, nobody sees an entry before the one that stands before it, and no position is burned."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import psycopg2
import pytest

from infra.append import Appended
from infra.opening import Opened
from infra.recorder import LedgerApplicationRecorder
from tests.infra.entries import ask, door, entries, entry, stamp, together, whole
from tests.infra.waiting import until

ROOT = Path(__file__).parents[2]

# Sixteen threads, each with commands of one to four entries in streams of its own and in streams that all write to.
WRITER = """
import random, sys, threading
from infra.errors import StaleVersion
from infra.opening import connect
from infra.schema import Names
from tests.infra.entries import entries, stamp
from tests.keys import MASTER

name, dsn, ledger, commands = sys.argv[1:]
store = connect(dsn, Names(ledger), as_role=True, master=MASTER).store
written = []

def write(thread):
    chance = random.Random(f"{name}-{thread}")
    own = 0
    for _ in range(int(commands)):
        size = chance.randint(1, 4)
        if chance.random() < 0.7:
            store.append(stamp(), entries(f"own-{name}-{thread}", own, size))
            own += size
            written.append(size)
            continue
        shared = f"shared-{chance.randint(1, 3)}"
        while True:
            rows = store.read_stream(shared, descending=True, limit=1)
            try:
                store.append(stamp(), entries(shared, rows[0].version if rows else 0, size))
            except StaleVersion:
                continue
            written.append(size)
            break

threads = [threading.Thread(target=write, args=(n,)) for n in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sum(written))
"""


class Holder:
    """A writer that has appended and does not commit."""

    def __init__(self, opened: Opened, dsn: str) -> None:
        self.dsn = dsn
        self.connection = psycopg2.connect(dsn, user=opened.names.app)
        with self.connection.cursor() as cursor:
            cursor.execute(*door(opened.names.ledger, r_streams="held", c_ids="held"))
            self.answer = cursor.fetchone()

    def commit(self) -> None:
        self.connection.commit()
        self.connection.close()

    def give_up(self) -> None:
        self.connection.rollback()
        self.connection.close()

    def die(self) -> None:
        ask(self.dsn, "SELECT pg_terminate_backend(%s)", (self.connection.info.backend_pid,))
        self.connection.close()


@pytest.mark.parametrize(("end", "kept"), [(Holder.commit, 1), (Holder.give_up, 0), (Holder.die, 0)])
def test_while_one_append_is_open_no_reader_sees_past_it(opened: Opened, postgres: str, end: Callable[[Holder], None], kept: int) -> None:
    store = opened.store
    store.append(stamp(), entries("before", 0, 3))
    followed: list[int] = []
    acknowledged: list[Appended] = []
    with LedgerApplicationRecorder(store).subscribe() as following:
        follower = threading.Thread(target=lambda: followed.extend(one.id for one in islice(following, 3 + kept + 20)))
        follower.start()
        holder = Holder(opened, postgres)
        assert holder.answer is not None
        assert holder.answer[2] == 4
        writers = [threading.Thread(target=lambda n=n: acknowledged.append(store.append(stamp(), [entry(f"s{n}")]))) for n in range(20)]
        for writer in writers:
            writer.start()
        until(lambda: len(store._appender._waiting) >= 16)
        until(lambda: len(followed) == 3)
        for _ in range(50):
            assert [row.position for row in store.read_log()] == [1, 2, 3]
        assert acknowledged == []
        end(holder)
        for writer in writers:
            writer.join()
        follower.join(30)
    rows = whole(store)
    assert len(rows) == 3 + kept + 20
    assert followed == list(range(1, len(rows) + 1))
    assert sorted(one.first_position for one in acknowledged) == list(range(4 + kept, len(rows) + 1))
    assert ("held" in {row.stream for row in rows}) == bool(kept)


def test_many_writers_in_two_processes_leave_no_gap_that_any_follower_sees(opened: Opened, postgres: str) -> None:
    store = opened.store
    ends: list[int] = []
    totals: list[int] = []

    def poll() -> None:
        """Reads on from where it is; what it gets begins right there and has no gap."""
        position, last = 0, ""
        while last != "last":
            rows = store.read_log(after=position, limit=50)
            assert [row.position for row in rows] == list(range(position + 1, position + 1 + len(rows)))
            position += len(rows)
            last = rows[-1].stream if rows else last
        ends.append(position)

    def subscribe() -> None:
        with LedgerApplicationRecorder(store).subscribe() as following:
            for position, one in enumerate(following, 1):
                assert one.id == position
                if one.originator_id == "last":
                    ends.append(position)
                    break

    def write() -> None:
        arguments = [sys.executable, "-c", WRITER]
        processes = [
            subprocess.Popen([*arguments, name, postgres, opened.names.ledger, "25"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
            for name in ("one", "two")
        ]
        sizes = [int(process.communicate(timeout=120)[0]) for process in processes]
        store.append(stamp(), [entry("last")])
        totals.append(sum(sizes) + 1)

    assert together(write, poll, poll, subscribe) == []
    assert totals == [len(whole(store))]
    assert ends == totals * 3
