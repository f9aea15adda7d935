"""A process of clients that append and read at random, and write down what they did and saw."""

from __future__ import annotations

import random
import sys
import threading
import time
import uuid
from pathlib import Path

import msgspec

from infra.errors import StaleVersion, StoreUnavailable
from infra.opening import connect
from infra.schema import Names
from infra.store import Row, Store
from tests.campaigns.history import Append, LogRead, Operation, Run, Seen, StreamRead
from tests.infra.entries import entries, stamp
from tests.keys import MASTER

THREADS = 6
SHARED = ("shared-0", "shared-1", "shared-2", "shared-3")
PAGE = 100


def seen(rows: list[Row]) -> list[Seen]:
    return [Seen(row.position, row.stream, row.version, row.command_id) for row in rows]


class Client:
    """One thread."""

    def __init__(self, store: Store, chance: random.Random) -> None:
        self.store = store
        self.chance = chance
        self.own = f"own-{uuid.uuid4().hex}"
        self.versions = {self.own: 0} | dict.fromkeys(SHARED, 0)
        self.position = 0
        self.operations: list[Operation] = []

    def work(self, number: int) -> None:
        """Does that many operations; one that the server did not answer counts as well."""
        for _ in range(number):
            what = self.chance.random()
            try:
                if what < 0.5:
                    self.append()
                elif what < 0.65:
                    self.read_on()
                elif what < 0.75:
                    self.read_end()
                else:
                    self.read_stream(self.chance.choice(list(self.versions)))
            except StoreUnavailable:
                time.sleep(0.05)

    def append(self) -> None:
        """To streams as they were when they were last seen; an unknown outcome is left unknown, or sent again."""
        streams = [self.own] if self.chance.random() < 0.6 else self.chance.sample(SHARED, self.chance.choice([1, 1, 2]))
        runs = [Run(stream, self.versions[stream], self.chance.randint(1, 3)) for stream in streams]
        one = stamp()
        news = [entry for run in runs for entry in entries(*run)]
        done = Append(one.command_id, runs, time.monotonic_ns(), 2**63 - 1)
        self.operations.append(done)
        for _ in range(self.chance.choice([1, 10])):
            try:
                done.position = self.store.append(one, news).first_position
            except StaleVersion as error:
                done.conflict = (error.stream, error.current)
                self.versions[error.stream] = error.current
            except StoreUnavailable:
                time.sleep(0.05)
                continue
            break
        else:
            # Own versions are no more what they seem.
            self.own = f"own-{uuid.uuid4().hex}"
            self.versions[self.own] = 0
            return
        done.returned = time.monotonic_ns()
        if done.position is not None:
            self.versions.update({run.stream: run.expected + run.size for run in runs})

    def read_on(self) -> None:
        """As a follower does."""
        self.read_log(self.position, self.chance.choice([7, PAGE]))
        read = self.operations[-1]
        if isinstance(read, LogRead) and read.rows:
            self.position = read.rows[-1].position

    def read_end(self) -> None:
        """The end of the log, at one look, so that it is known how far it went."""
        self.read_log(max(self.store.head() - self.chance.randint(0, 20), 0), 10_000)

    def read_log(self, after: int, limit: int) -> None:
        invoked = time.monotonic_ns()
        rows = seen(self.store.read_log(after=after, limit=limit))
        self.operations.append(LogRead(after, limit, rows, invoked, time.monotonic_ns()))

    def read_stream(self, stream: str) -> None:
        after = max(self.versions[stream] - self.chance.randint(0, 5), 0)
        invoked = time.monotonic_ns()
        rows = seen(self.store.read_stream(stream, after=after))
        self.operations.append(StreamRead(stream, after, rows, invoked, time.monotonic_ns()))
        self.versions[stream] = rows[-1].version if rows else self.versions[stream]


def main(dsn: str, name: str, path: str, seed: str, operations: str) -> None:
    """Runs the clients, and keeps what they wrote down; a client that fails ends it all."""
    store = connect(dsn, Names(name), as_role=True, master=MASTER).store
    clients = [Client(store, random.Random(f"{seed}-{n}")) for n in range(THREADS)]
    failed: list[BaseException] = []
    threading.excepthook = lambda failure: failed.append(failure.exc_value or SystemExit())
    threads = [threading.Thread(target=client.work, args=(int(operations) // THREADS,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    Path(path).write_bytes(msgspec.msgpack.encode([one for client in clients for one in client.operations]))


if __name__ == "__main__":
    main(*sys.argv[1:])
