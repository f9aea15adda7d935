"""Relays in processes of their own: `python -m tests.kafka.relaying DSN LEDGER BROKER` forks one for each line that says so.

Forked, because a relay that is to be killed within a second should not spend that second on imports.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kafka import KafkaProducer

from infra.kafka.relay import Relay
from infra.kafka.settings import KafkaSettings
from infra.opening import connect
from infra.schema import Names
from projections.states import ALL_STATES
from tests.kafka.reading import Topics
from tests.keys import MASTER

ROOT = Path(__file__).parents[2]
# What the relay asks of the client, in its order, and whether it dies with that done.
STEPS = {
    "before it fences": ("init_transactions", False),
    "fenced": ("init_transactions", True),
    "begun": ("begin_transaction", True),
    "one record sent": ("send", True),
    "all records there": ("flush", True),
    "before the commit": ("commit_transaction", False),
    "committed": ("commit_transaction", True),
}


class Relays:
    """The relays of a test's ledger."""

    def __init__(self, topics: Topics, module: str = "tests.kafka.relaying", inside: Sequence[str] = ()) -> None:
        bootstrap = ",".join(topics.settings.bootstrap)
        where = (topics.opened.admin_dsn, topics.opened.names.ledger, bootstrap, str(topics.settings.partitions))
        command = [*inside, sys.executable, "-m", module, *where]
        self._parent = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self, step: str = "") -> None:
        """One more; it kills itself at a step, if one is named."""
        assert self._ask(f"start {step}") > 0

    def wait(self) -> int:
        """For all of them to kill themselves; answers how many did."""
        return self._ask("wait")

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
def relays(topics: Topics, module: str = "tests.kafka.relaying", inside: Sequence[str] = ()) -> Iterator[Relays]:
    """None to begin with; none is left. Another module of the same form runs other things than relays, `inside` is what runs it."""
    it = Relays(topics, module, inside)
    try:
        yield it
    finally:
        it.end()


def die_at(step: str) -> None:
    """From now on the client kills this process where it comes to a step."""
    name, done = STEPS[step]
    original = getattr(KafkaProducer, name)

    def dying(*given: Any, **named: Any) -> None:  # noqa: ANN401 - whatever it stands for was given
        if done:
            original(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(KafkaProducer, name, dying)


def publish(dsn: str, name: str, brokers: str, partitions: str) -> None:
    """A relay like any other, until it is killed."""
    opened = connect(dsn, Names(name), as_role=True, master=MASTER)
    Relay(opened, KafkaSettings(tuple(brokers.split(",")), partitions=int(partitions)), ALL_STATES).run()


def main(where: list[str], run: Callable[[str, str, str, str], None] = publish) -> None:
    """Answers `start` with the child's id, and `kill` and `wait` with how many were killed."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    running: list[int] = []
    for line in sys.stdin:
        asked, _, step = line.strip().partition(" ")
        if asked == "start":
            child = os.fork()
            if child == 0:
                if step:
                    die_at(step)
                run(where[0], where[1], where[2], where[3])
                os._exit(0)
            running.append(child)
            answer = child
        else:
            for pid in running if asked == "kill" else ():
                os.kill(pid, signal.SIGKILL)
            ended = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in running]
            answer = len(ended) if all(status == -signal.SIGKILL for status in ended) else -1
            running.clear()
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
