"""The way of an import's commands: to the ledger, or in a dry run only as far as deciding."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, NamedTuple, Protocol

from domain.facts import Command, Dated, Entry, Meta
from infra import codec
from infra.errors import CommandIdReused
from infra.ledger import Asker, Envelope, Ledger, S, StreamKind


class Subject(NamedTuple, Generic[S]):
    """The stream that a command is for, and its state."""

    kind: StreamKind[S]
    identity: str
    state: S


class Letter(NamedTuple):
    """A command on its way: its id, the reason that its entries bear, and when it took place, if not now."""

    command: Command
    command_id: str
    reason: str
    effective_at: datetime | None = None


class Sent(NamedTuple, Generic[S]):
    """What came of a command: the names of new facts, the state where it is at hand, and what a dry run would have appended."""

    facts: Sequence[str] = ()
    state: S | None = None
    entries: Sequence[Entry] = ()


class Sending(Protocol):
    """A way for commands. Raises what Ledger.handle does."""

    def __call__(self, subject: Subject[S], letter: Letter) -> Sent[S]:
        """Sends a command; one that was sent before, under the same id, has no new facts."""
        ...


class ToLedger:
    """Sends commands to the ledger."""

    def __init__(self, ledger: Ledger, asker: Asker) -> None:
        """Takes who sends."""
        self._ledger = ledger
        self._asker = asker

    def __call__(self, subject: Subject[S], letter: Letter) -> Sent[S]:
        """Sends a command."""
        envelope = Envelope(self._asker, letter.command_id, effective_at=letter.effective_at, reason=letter.reason)
        try:
            outcome = self._ledger.handle(subject.kind, subject.identity, letter.command, envelope)
        except CommandIdReused:
            # The id stands for the same release with the same content: another import, from another file, was first.
            return Sent()
        return Sent(() if outcome.repeated else outcome.facts)


class DryRun:
    """Decides commands on the states that it is given, and the ledger never hears of it."""

    def __init__(self, ledger: Ledger, asker: Asker, now: datetime) -> None:
        """`now` is the moment of the import."""
        self._ledger = ledger
        self._asker = asker
        self._now = now

    def __call__(self, subject: Subject[S], letter: Letter) -> Sent[S]:
        """Decides a command."""
        kind, identity, state = subject
        envelope = Envelope(self._asker, letter.command_id, effective_at=letter.effective_at, reason=letter.reason)
        occasion = self._ledger.occasion(envelope, self._now)
        decided = kind.decide(state, letter.command, occasion)
        if self._ledger.store.command(letter.command_id) is not None:
            return Sent(state=state)
        meta = Meta(actor=self._asker.actor, credential=self._asker.credential, channel=self._asker.channel, reason=letter.reason)
        entries = [
            Entry(0, kind.stream(identity), state.version + n, dated.fact, dated.effective_at, self._now, letter.command_id, meta)
            for n, dated in enumerate((d if isinstance(d, Dated) else Dated(d, occasion.effective_at) for d in decided), 1)
        ]
        return Sent([codec.topic(e.fact) for e in entries], kind.evolve(state, entries), entries)
