"""Publishes the ledger to Kafka, in order and each entry once, for those who read what is committed.

Each batch is one Kafka transaction together with its bookmark, under a transactional id that belongs to the ledger: a relay that
begins fences every earlier one, aborts what it left open, and reads from the brokers how far they have come. Whatever goes wrong,
it begins again in the same way.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event
from typing import Final, NamedTuple

from infra.errors import LedgerError
from infra.kafka.heard import because
from infra.kafka.lead import Lead, leading
from infra.kafka.session import Session, clear, session
from infra.kafka.settings import KafkaSettings
from infra.kafka.standing import RelayStopped, TopicsUnfit
from infra.kafka.states import StateKind
from infra.opening import Opened
from infra.published import RelaySays

POLL_S: Final = 0.25
FIRST_RETRY_S: Final = 0.1
LONGEST_RETRY_S: Final = 5.0
SAY_S: Final = 1.0
# How often a relay that has nothing to do looks whether what it published is still there; what is kept in memory goes more easily.
LOOK_S: Final = 30.0
LOOK_EMBEDDED_S: Final = 2.0
ATTEMPTS_ONCE: Final = 5

_log = logging.getLogger(__name__)


class Orders(NamedTuple):
    """What a relay is told: publish only `once` what there is, `start` at a position, fill the topics anew."""

    once: bool = False
    start: int | None = None
    rebuild: bool = False


class Relay:
    """The relay of one ledger. It stands by while another process leads."""

    def __init__(  # noqa: PLR0913 - each of the last three has its default
        self,
        opened: Opened,
        settings: KafkaSettings,
        states: Sequence[StateKind],
        orders: Orders = Orders(),  # noqa: B008 - it cannot change
        *,
        stopping: Event | None = None,
        said: Callable[[str], None] = _log.info,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """`states` are the sorts of streams whose present states are published beside the entries.

        `said` is told in sentences what goes on, and `failed`, if there is one, what goes wrong and is tried again. Setting `stopping`
        ends `run` after the batch under way.
        """
        self._opened = opened
        self._settings = settings
        self._states = states
        self._orders = orders
        self._stopping = stopping or Event()
        self._said = said
        self._failed = failed or said
        self._told: tuple[int | None, float] = (-1, 0.0)
        self.position: int | None = None
        self.published = 0

    def run(self) -> None:
        """Publishes until it is stopped, or once up to where the log ends.

        Raises RelayStopped where somebody has to look; with `once` also what goes wrong with brokers and store again and again.
        """
        failed, waiting = 0, False
        while not self._stopping.is_set():
            before = self.published
            try:
                with leading(self._opened) as lead:
                    if lead is not None:
                        self._lead(lead)
                        return
                failed, waiting = self._stand_by(waiting=waiting)
            except RelayStopped as error:
                failed += 1
                if not (self._settings.embedded and isinstance(error, TopicsUnfit)) or (self._orders.once and failed >= ATTEMPTS_ONCE):
                    raise
                # Nothing is lost with what was filled from here, and nobody else's is there.
                self._said(f"Filling the embedded broker anew: {error}.")
                self._orders = self._orders._replace(rebuild=True)
                self._stopping.wait(min(FIRST_RETRY_S * 2**failed, LONGEST_RETRY_S))
            # Whatever went wrong, the brokers know how far they have come.
            except Exception as error:
                failed = 1 if self.published > before else failed + 1
                if self._orders.once and failed >= ATTEMPTS_ONCE:
                    raise
                self._failed(f"Beginning anew after {type(error).__name__}: {because(error)}")
                self._stopping.wait(min(FIRST_RETRY_S * 2**failed, LONGEST_RETRY_S))

    def _stand_by(self, *, waiting: bool) -> tuple[int, bool]:
        if self._orders.once:
            message = "another relay publishes this ledger"
            raise RelayStopped(message)
        if not waiting:
            self._said("Another relay publishes this ledger; this one stands by.")
        self._stopping.wait(POLL_S)
        return 0, True

    def _lead(self, lead: Lead) -> None:
        says = RelaySays(self._opened, ",".join(self._settings.bootstrap), exactly_once=not self._settings.embedded)
        try:
            self._publish(lead, says)
        except RelayStopped as error:
            says.say(self.position, str(error))
            raise
        except Exception:
            # So that whoever asks learns of brokers that never answered.
            with suppress(LedgerError):
                says.say(self.position)
            raise

    def _publish(self, lead: Lead, says: RelaySays) -> None:
        store = self._opened.store
        if self._orders.rebuild:
            clear(store, self._settings)
            self._orders = self._orders._replace(rebuild=False)
        with session(store, self._settings, self._states, self._opened.again) as it:
            it.begin(self._orders.start)
            self._orders = self._orders._replace(start=None)
            self.position, self._told = it.position, (-1, 0.0)
            self._said(f"Publishing to {', '.join(self._settings.bootstrap)} from position {it.position + 1} on.")
            self._follow(it, lead, says)

    def _follow(self, it: Session, lead: Lead, says: RelaySays) -> None:
        look_s = LOOK_EMBEDDED_S if self._settings.embedded else LOOK_S
        looked = time.monotonic()
        while not self._stopping.is_set():
            before = it.position
            self.published += it.publish()
            self.position = it.position
            self._tell(says, now=it.position == before)
            if it.position == before:
                if self._orders.once:
                    return
                if time.monotonic() - looked > look_s:
                    it.require_topics()
                    looked = time.monotonic()
                lead.wait(POLL_S)

    def _tell(self, says: RelaySays, *, now: bool) -> None:
        """Says how far it has come, when it has nothing else to do or from time to time."""
        said, at = self._told
        moment = time.monotonic()
        if said != self.position and (now or moment - at > SAY_S):
            says.say(self.position)
            self._told = (self.position, moment)
