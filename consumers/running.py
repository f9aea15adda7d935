"""Runs the clock, the alert rules and the senders, each in a thread of its own: what stops one leaves the others alone."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, Self

from consumers.alerts import Alerts
from consumers.clock import Clock
from consumers.senders.channels import read
from consumers.senders.outbox import Outbox, alone
from domain.contract.agenda import House
from infra.errors import LedgerError
from infra.news import news
from infra.opening import Opened

TICK_S: Final = 10.0
FIRST_RETRY_S: Final = 0.5
LONGEST_RETRY_S: Final = 30.0

_log = logging.getLogger(__name__)


class Consumers:
    """What reacts to the log and to the days. Several processes may run it: everything is asked for under an id of its own."""

    def __init__(self, opened: Opened, where: House, channels: Path, *, watching: bool = True) -> None:
        """Nothing happens before the `with`. `channels` is the file of the channels, which need not exist.

        Not `watching`: others watch the log by the rules.
        """
        self._opened = opened
        self._house = where
        self._channels = channels
        self._stopping = threading.Event()
        runs = {"clock": self._tick, "senders": self._deliver} | ({"alerts": self._watch} if watching else {})
        self._threads = [
            threading.Thread(target=keep_trying, args=(name, run, self._stopping), name=f"consume-{name}", daemon=True)
            for name, run in runs.items()
        ]

    def __enter__(self) -> Self:
        """Starts."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        """Stops after what is under way, and waits for that."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _tick(self) -> None:
        clock = Clock(self._opened, self._house)
        while not self._stopping.is_set():
            clock.tick()
            self._stopping.wait(TICK_S)

    def _watch(self) -> None:
        watching = Alerts(self._opened)
        with closing(news(self._opened)) as heard:
            # A notification is a hint; the log is looked at from time to time without one, too.
            for _ in heard:
                while not self._stopping.is_set() and watching.advance():
                    pass
                if self._stopping.is_set():
                    return

    def _deliver(self) -> None:
        alone(self._opened, self._send, lambda: self._stopping.wait(TICK_S))

    def _send(self) -> None:
        outbox, seen = Outbox(self._opened, read(self._channels)), changed(self._channels)
        with closing(news(self._opened)) as heard:
            for _ in heard:
                if self._stopping.is_set() or changed(self._channels) != seen:
                    # Begun anew, with the channels that there are now.
                    return
                outbox.follow()
                outbox.escalate()
                outbox.send()


def changed(path: Path) -> float:
    """When a file was last changed; zero where there is none."""
    return path.stat().st_mtime if path.exists() else 0.0


def keep_trying(name: str, run: Callable[[], object], stopping: threading.Event, why: Callable[[Exception], str] = str) -> None:
    """Whatever goes wrong is said, once for as long as it is the same, and tried again, later each time unless it went well for a while."""
    retry_s = FIRST_RETRY_S
    said = ""
    while not stopping.is_set():
        begun = time.monotonic()
        try:
            run()
        except Exception as error:  # noqa: BLE001 - the others go on, and so does this one in a while
            if time.monotonic() - begun > LONGEST_RETRY_S:
                retry_s, said = FIRST_RETRY_S, ""
            reason = why(error)
            if reason != said:
                # What the ledger itself refuses is said by its sentence; of anything else it takes the lines to know where it comes from.
                _log.warning("%s: tried again until it works: %s", name, reason, exc_info=not isinstance(error, LedgerError))
            said = reason
            stopping.wait(retry_s)
            retry_s = min(2 * retry_s, LONGEST_RETRY_S)
