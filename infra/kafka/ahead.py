"""A process that renders what is published next while this one sends: in one process, threads of Python only take turns."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final

from infra.errors import LedgerError
from infra.kafka.rendering import BATCH, Batch, Rendering
from infra.kafka.standing import RelayStopped
from infra.kafka.states import StateKind
from infra.opening import Reopening

ANSWER_S: Final = 60.0
END_S: Final = 5.0
_READY: Final = "ready"


class AheadGone(Exception):
    """The process that renders is gone, silent, or could not go on; whoever asked can render by itself."""


class Ahead:
    """Batches from a process of their own, which goes no further ahead than one of them and what the pipe holds."""

    def __init__(self, again: Reopening, prefix: str, states: Sequence[StateKind], size: int = BATCH) -> None:
        """Starts it; it has to load the program first."""
        start = get_context("spawn")
        self._pipe, there = start.Pipe()
        self._process = start.Process(target=_render, args=(there, again, prefix, list(states), size), daemon=True)
        # Whoever interrupts this process at a terminal interrupts that one too, which ends with its pipe and has nothing to say.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        there.close()
        self._begun = False

    def has_begun(self, position: int) -> bool:
        """Whether batches come from it from now on; the first one is that after this position. Raises AheadGone."""
        try:
            if not self._begun and self._pipe.poll():
                self._heard()
                self._pipe.send(position)
                self._begun = True
        except OSError as error:
            raise AheadGone from error
        return self._begun

    def after(self, position: int) -> Batch | None:
        """The batch after the one before; None at the end of the log, where it ends. Raises RelayStopped, AheadGone."""
        heard = self._heard()
        if isinstance(heard, RelayStopped):
            raise heard
        if heard is not None and (not isinstance(heard, Batch) or heard.position <= position):
            message = f"what comes after position {position} was expected"
            raise AheadGone(message)
        return heard

    def _heard(self) -> object:
        try:
            if self._pipe.poll(ANSWER_S):
                heard: object = self._pipe.recv()
                return heard
        except (EOFError, OSError) as error:
            raise AheadGone from error
        raise AheadGone

    def close(self) -> None:
        """Ends it, wherever it is."""
        self._pipe.close()
        self._process.terminate()
        self._process.join(END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _render(pipe: Connection, again: Reopening, prefix: str, states: Sequence[StateKind], size: int) -> None:
    """What the process does. It ends with the pipe, and so with the process at the pipe's other end."""
    with suppress(EOFError, OSError, LedgerError), again.reading() as store:
        pipe.send(_READY)
        position = pipe.recv()
        rendering = Rendering(store, prefix, states, size)
        try:
            while (batch := rendering.after(position)) is not None:
                pipe.send(batch)
                position = batch.position
            pipe.send(None)
        except RelayStopped as error:
            pipe.send(error)
