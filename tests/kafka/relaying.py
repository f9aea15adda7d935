"""Relays in processes of their own: `python -m tests.kafka.relaying DSN LEDGER BROKER` forks one for each line that says so.

Forked, because a relay that is to be killed within a second should not spend that second on imports.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.kafka.relay import Relay
from infra.kafka.settings import KafkaSettings
from infra.opening import connect
from infra.schema import Names
from projections.states import ALL_STATES
from tests.kafka.reading import Topics
from tests.keys import MASTER

ROOT = Path(__file__).parents[2]


class Relays:
    """The relays of a test's ledger."""

    def __init__(self, topics: Topics) -> None:
        where = (topics.opened.admin_dsn, topics.opened.names.ledger, topics.settings.bootstrap[0], str(topics.settings.partitions))
        command = [sys.executable, "-m", "tests.kafka.relaying", *where]
        self._parent = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self) -> None:
        """One more."""
        assert self._ask("start") > 0

    def kill(self) -> int:
        """All of them, with SIGKILL; answers how many there were. None of them may have ended before."""
        return self._ask("kill")

    def _ask(self, line: str) -> int:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(f"{line}\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())

    def end(self) -> None:
        """For good."""
        self._parent.communicate("kill\n")


@contextmanager
def relays(topics: Topics) -> Iterator[Relays]:
    """None to begin with; none is left."""
    it = Relays(topics)
    try:
        yield it
    finally:
        it.end()


def publish(dsn: str, name: str, broker: str, partitions: str) -> None:
    """A relay like any other, until it is killed."""
    opened = connect(dsn, Names(name), as_role=True, master=MASTER)
    Relay(opened, KafkaSettings((broker,), partitions=int(partitions)), ALL_STATES).run()


def main(where: list[str]) -> None:
    """Answers `start` with the child's id, and `kill` with how many it killed."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    running: list[int] = []
    for line in sys.stdin:
        if line.strip() == "start":
            child = os.fork()
            if child == 0:
                publish(*where)
                os._exit(0)
            running.append(child)
            answer = child
        else:
            for pid in running:
                os.kill(pid, signal.SIGKILL)
            ended = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in running]
            answer = len(ended) if all(status == -signal.SIGKILL for status in ended) else -1
            running.clear()
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
