"""A process that appends as fast as it can, and writes to a journal what it sent and what it was answered, until it is killed.

Only the killing of processes is to be survived, and so the journal need not be flushed: what was written is in the kernel.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path

from domain.contract.drafting import Note
from infra.append import NewEntry, Stamp
from infra.errors import StaleVersion, StoreUnavailable
from infra.ledger import CONTRACT, Asker, Envelope, Ledger
from infra.opening import connect
from infra.schema import Names
from infra.store import Store
from tests.infra.entries import entries, stamp
from tests.keys import MASTER

STORE_WRITERS = 5
CONTRACT_WRITERS = 3
CONTRACTS = ("campaign-0", "campaign-1")
SHARED = ("shared-0", "shared-1", "shared-2")


class Journal:
    """Lines that survive this process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, *words: object) -> None:
        """One write, so that a line is there whole or not at all."""
        os.write(self._file, ("\t".join(map(str, words)) + "\n").encode())

    def send(self, command_id: str, stream: str, size: int, append: Callable[[], int]) -> bool:
        """Sends until there is an answer. `append` answers with the first position; False for a command that was refused."""
        self.note("sent", command_id, stream, size)
        while True:
            try:
                position = append()
            except StoreUnavailable:
                time.sleep(0.01)
            except StaleVersion:
                self.note("refused", command_id)
                return False
            else:
                self.note("acknowledged", command_id, position)
                return True


def watched(journal: Journal, work: Callable[[], None]) -> None:
    """A writer that ends by itself has met what it should not."""
    try:
        work()
    except BaseException:
        journal.note("broken", traceback.format_exc().replace("\n", " | "))
        raise


def append(store: Store, one: Stamp, news: list[NewEntry]) -> int:
    """Through the store; the first position."""
    return store.append(one, news).first_position


def handle(ledger: Ledger, identity: str, command_id: str) -> int:
    """Through the domain; the position of the one fact."""
    envelope = Envelope(Asker("writer", "key-w", "api"), command_id)
    return ledger.handle(CONTRACT, identity, Note(text=command_id), envelope).position


def write_entries(store: Store, journal: Journal, chance: random.Random) -> None:
    """Commands of one to three entries, in a stream of one's own and in streams that others write to as well."""
    own, version = f"own-{uuid.uuid4().hex}", 0
    while True:
        one, size = stamp(), chance.randint(1, 3)
        stream, known = own, version
        if chance.random() < 0.3:
            stream = chance.choice(SHARED)
            try:
                rows = store.read_stream(stream, descending=True, limit=1)
            except StoreUnavailable:
                continue
            known = rows[0].version if rows else 0
        if journal.send(one.command_id, stream, size, partial(append, store, one, entries(stream, known, size))) and stream == own:
            version += size


def write_notes(ledger: Ledger, journal: Journal, chance: random.Random) -> None:
    """Notes on contracts that all write to."""
    while True:
        identity, command_id = chance.choice(CONTRACTS), uuid.uuid4().hex
        journal.send(command_id, CONTRACT.stream(identity), 1, partial(handle, ledger, identity, command_id))


def write(dsn: str, name: str, journal_path: str, seed: str) -> None:
    """Writes from several threads for as long as the parent lives."""
    ledger = connect(dsn, Names(name), as_role=True, master=MASTER).ledger
    journal = Journal(Path(journal_path))
    for n in range(STORE_WRITERS + CONTRACT_WRITERS):
        chance = random.Random(f"{seed}-{n}")
        work = partial(write_entries, ledger.store) if n < STORE_WRITERS else partial(write_notes, ledger)
        threading.Thread(target=watched, args=(journal, partial(work, journal, chance)), daemon=True).start()
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.1)


def main(dsn: str, name: str, journal_path: str) -> None:
    """Forks a writing process for each seed that it reads, so that no time goes into imports; kills it at the next line.

    Only its parent can kill it for sure: until it is waited for, its id is nobody else's.
    """
    for seed in sys.stdin:
        pid = os.fork()
        if not pid:
            try:
                write(dsn, name, journal_path, seed.strip())
            except BaseException:  # noqa: BLE001 - whatever it was, the test must see it
                Journal(Path(journal_path)).note("broken", traceback.format_exc().replace("\n", " | "))
            finally:
                os._exit(0)
        sys.stdin.readline()
        os.kill(pid, signal.SIGKILL)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
