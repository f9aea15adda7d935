"""The clock: turns the passing of days into facts, each exactly once, in order, and caught up with after however long a stop."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Final, NamedTuple

from domain.clock import HOUSE, BeginDay
from domain.contract.agenda import Chore, House, chores
from domain.contract.closing import ExpireContract
from domain.contract.continuation import RenewContract
from domain.refusals import Refusal
from domain.terms.calendar import local_day
from infra import calendars
from infra.errors import CommandIdReused, StaleVersion
from infra.ledger import CLOCK, CONTRACT, Asker, Envelope
from infra.opening import Opened
from projections.dues import DUES, Dues
from projections.runner import catch_up

ASKER: Final = Asker("clock", "clock", "clock")
TOGETHER: Final = 1_000
DAY: Final = timedelta(days=1)

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Ticked:
    """What a tick recorded: days that began, and facts of contracts. `refused` is what a rule of the domain says no to."""

    days: int = 0
    facts: int = 0
    refused: int = 0


class Due(NamedTuple):
    """A chore of a contract."""

    contract_id: str
    chore: Chore


def house(calendar: str, zone: str) -> House:
    """The house of a calendar and zone. Refusals: CalendarNotKnown, ZoneNotKnown."""
    return House(calendar, zone, calendars.named(calendar, zone))


class Clock:
    """Ticks: every process may run one, as each fact is asked for under an id that follows from it."""

    def __init__(self, opened: Opened, where: House) -> None:
        """Reads nothing yet."""
        self._ledger = opened.ledger
        self._opened = opened
        self._dues = Dues(opened)
        self._house = where
        # What was refused is asked for again by the next process, and by this one once the contract has changed.
        self._refused: dict[tuple[str, str], int] = {}

    def tick(self, until: date | None = None) -> Ticked:
        """Records what came true up to now, or up to the end of an earlier day. Raises StoreUnavailable, ViewStopped, OtherVersion."""
        now = self._ledger.clock()
        today = local_day(self._house.counted, now)
        last = today if until is None else min(until, today)
        done = Ticked()
        catch_up(self._opened, DUES)
        for day in self._days(last):
            if self._begin(day):
                done.days += 1
            self._record(day, now, done)
        return done

    def _days(self, last: date) -> Iterator[date]:
        """The days that did not begin, or the last one once more: what came true on it may have become known since."""
        began = self._ledger.load(CLOCK, HOUSE).day
        day = last if began is None else min(began + DAY, last)
        while day <= last:
            yield day
            day += DAY

    def _begin(self, day: date) -> bool:
        began = self._ledger.load(CLOCK, HOUSE).day
        if began is not None and day <= began:
            return False
        command = BeginDay(day=day, calendar=self._house.calendar, zone=self._house.zone)
        try:
            return not self._ledger.handle(CLOCK, HOUSE, command, Envelope(ASKER, f"clock:{day}")).repeated
        except (Refusal, CommandIdReused, StaleVersion):
            # Another process began it.
            return False

    def _record(self, day: date, now: datetime, done: Ticked) -> None:
        waiting = iter(self._dues.with_chores(day))
        while some := list(islice(waiting, TOGETHER)):
            found = [Due(contract_id, chore) for contract_id in some for chore in self._chores(contract_id, day)]
            # In the order in which they came true, whichever contract they are of.
            for due in sorted(found, key=lambda one: (one.chore.day, one.contract_id)):
                self._ask(due, now, done)

    def _chores(self, contract_id: str, day: date) -> tuple[Chore, ...]:
        contract = self._ledger.load(CONTRACT, contract_id)
        found = chores(contract, day, self._house)
        return tuple(chore for chore in found if self._refused.get((contract_id, chore.name)) != contract.version)

    def _ask(self, due: Due, now: datetime, done: Ticked) -> None:
        moment = self.moment(due.chore)
        if moment > now:
            return
        digest = hashlib.sha256(f"{due.contract_id}\n{due.chore.name}".encode()).hexdigest()[:40]
        envelope = Envelope(ASKER, f"clock:{digest}", effective_at=moment)
        try:
            outcome = self._ledger.handle(CONTRACT, due.contract_id, due.chore.command, envelope)
        except (Refusal, CommandIdReused, StaleVersion) as no:
            self._refused[due.contract_id, due.chore.name] = self._ledger.load(CONTRACT, due.contract_id).version
            done.refused += 1
            _log.info("contract %s, %s: %s", due.contract_id, due.chore.name, no)
        else:
            done.facts += 0 if outcome.repeated else len(outcome.facts)

    def moment(self, chore: Chore) -> datetime:
        """When a chore came true: as its day began where the house is; what is judged by days of UTC, not before they began there too."""
        began = datetime.combine(chore.day, time.min, self._house.counted.zone).astimezone(UTC)
        if isinstance(chore.command, ExpireContract | RenewContract):
            return max(began, datetime.combine(chore.day, time.min, UTC))
        return began
