"""Sees who comes to the ledger, what they read and take away, and what they were refused, and writes it down before they are answered."""

from __future__ import annotations

import threading
import uuid
from typing import Final

from domain.access.visits import AlreadyNoted, CommandRefused, RecordVisit, VisitFact, hour_of
from domain.facts import Command
from domain.refusals import Refusal
from infra.errors import Overloaded, StaleVersion
from infra.ledger import VISITS, Asker, Envelope, Ledger, Outcome, S, StreamKind

# Beyond so many different things within an hour the ledger is asked again whether one was noted.
_REMEMBERED: Final = 65_536
_TURNS: Final = 16


class Witness:
    """The witness of one process. What it cannot write down is not answered."""

    def __init__(self, ledger: Ledger) -> None:
        """Remembers nothing yet."""
        self._ledger = ledger
        self._lock = threading.Lock()
        self._hour = ""
        self._noted: set[tuple[str, VisitFact]] = set()
        # Visits with one credential go into one stream: taking turns here costs less than conflicts there.
        self._turns = tuple(threading.Lock() for _ in range(_TURNS))

    def handle(self, kind: StreamKind[S], identity: str, command: Command, envelope: Envelope) -> Outcome:
        """As Ledger.handle, for commands of people: what a rule refuses is written down before the refusal is raised."""
        try:
            return self._ledger.handle(kind, identity, command, envelope)
        except Refusal as refusal:
            stream = kind.stream(identity)
            what = CommandRefused(
                stream=stream,
                command=type(command).__name__,
                refusal=refusal.name,
                refused_command_id=envelope.command_id,
                input_hash=self._ledger.input_hash(stream, command, envelope),
            )
            self.record(envelope.asker, what)
            raise

    def has_noted(self, asker: Asker, what: VisitFact) -> bool:
        """Whether this process has noted it for this hour. Never waits."""
        return self._hour == hour_of(self._ledger.clock()) and (asker.credential, what) in self._noted

    def note(self, asker: Asker, what: VisitFact) -> None:
        """Writes down what is said once an hour. Raises StoreUnavailable, Overloaded."""
        hour = hour_of(self._ledger.clock())
        with self._turn(asker):
            # Of many who come at once the first writes it down for all.
            if self.has_noted(asker, what):
                return
            self._write(asker, what)
        with self._lock:
            if self._hour != hour or len(self._noted) >= _REMEMBERED:
                self._noted = set()
                self._hour = hour
            self._noted.add((asker.credential, what))

    def record(self, asker: Asker, what: VisitFact) -> None:
        """Writes down what is said each time. Raises StoreUnavailable, Overloaded."""
        with self._turn(asker):
            self._write(asker, what)

    def _turn(self, asker: Asker) -> threading.Lock:
        return self._turns[hash(asker.credential) % _TURNS]

    def _write(self, asker: Asker, what: VisitFact) -> None:
        identity = f"{self._ledger.clock():%Y-%m-%d}-{asker.credential}"
        envelope = Envelope(asker, f"visit-{uuid.uuid4()}")
        try:
            self._ledger.handle(VISITS, identity, RecordVisit(what=what), envelope)
        except AlreadyNoted:
            # Another process was first.
            return
        except StaleVersion as error:
            message = "too many visits with one credential at once"
            raise Overloaded(message) from error
