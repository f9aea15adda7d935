"""Watches the log by the published rules, and raises an alert for each cause that they find: exactly one, whatever crashes or repeats."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast

import domain.alerting
import domain.contract
from domain.alert import AlertRaised, AlertRaisedAlready, RaiseAlert
from domain.alert.vocabulary import identity
from domain.alerting import CONTRACTS, AlertRules
from domain.alerting.found import Watched
from domain.alerting.watch import Watch
from domain.clock import DayBegan
from domain.contract.state import Contract
from domain.facts import Entry
from infra import calendars
from infra.errors import CommandIdReused, LedgerError, StaleVersion
from infra.followed import ConsumerBookmark
from infra.ledger import ALERT, ALERTING, CLOCK, CONTRACT, PARTY, VISITS, Asker, Envelope, Ledger
from infra.opening import Opened
from projections.alerts.simulation import earlier_visits
from projections.dues import DUES, Dues
from projections.dues.neighbours import Neighbours
from projections.log import Log, Page
from projections.runner import catch_up

NAME: Final = "alerts"
ASKER: Final = Asker("alert-rules", "alert-rules", "rules")
CACHED: Final = 4_096

_log = logging.getLogger(__name__)


class WatchStopped(LedgerError):
    """An entry cannot be watched; the rules stand before it until it can."""


@dataclass(slots=True)
class Watching:
    """What came of watching: entries looked at, alerts found, and those of them that were new."""

    entries: int = 0
    found: int = 0
    raised: int = 0


class Watcher:
    """The rules as they stood at each entry, and the contracts as they stood before it."""

    def __init__(self, opened: Opened, *, in_order: bool = True) -> None:
        """Begins at the first entry, with no rules. Unless `in_order`, entries may be left out, and come again."""
        self._opened = opened
        self._ledger: Ledger = opened.ledger
        self._book = AlertRules()
        self._watch = Watch(self._book)
        self._contracts: OrderedDict[str, Contract] = OrderedDict()
        self._around = Neighbours(opened, self._contracts if in_order else None)
        self._dues = Dues(opened)

    def begin_after(self, position: int) -> None:
        """Takes the rules as they stood after an entry. Raises StoreUnavailable."""
        self._contracts.clear()
        self._book = AlertRules()
        for entry in self._ledger.history(ALERTING, CONTRACTS):
            if entry.position <= position:
                domain.alerting.fold(self._book, entry)
        self._watch = Watch(self._book)

    def use(self, book: AlertRules) -> None:
        """Watches by other rules than those that are published."""
        self._book = book
        self._watch = Watch(book)

    def alerts(self, entry: Entry) -> Iterable[AlertRaised]:
        """What an entry raises; it is the one after that which was looked at before, or `begin_after` was told of its rules."""
        self._around.position = entry.position
        if entry.stream.startswith(CONTRACT.prefix):
            return self._of_contract(entry)
        if entry.stream.startswith(PARTY.prefix):
            return self._watch.on_party(entry, entry.stream.removeprefix(PARTY.prefix), self._around)
        if entry.stream.startswith(VISITS.prefix):
            return self._watch.on_visit(entry, lambda: earlier_visits(self._opened.store, entry), self._around)
        if entry.stream.startswith(ALERTING.prefix):
            domain.alerting.fold(self._book, entry)
            self._watch = Watch(self._book)
        if entry.stream.startswith(CLOCK.prefix):
            return self._of_day(entry)
        return ()

    def _of_contract(self, entry: Entry) -> list[AlertRaised]:
        contract = self._contracts.get(entry.stream)
        if contract is None or contract.version != entry.version - 1:
            if not self._watch.looks_at(entry.fact) and (entry.version > 1 or self._watch.is_idle):
                # Nobody needs the contract yet; it is read when somebody does.
                self._contracts.pop(entry.stream, None)
                return []
            contract = self._read(entry)
        self._contracts.move_to_end(entry.stream)
        found: list[AlertRaised] = []
        if self._watch.looks_at(entry.fact):
            watched = Watched(entry.stream.removeprefix(CONTRACT.prefix), contract)
            found = list(self._watch.on_entry(watched, entry, self._around))
        domain.contract.fold(contract, entry)
        if len(self._contracts) > CACHED:
            self._contracts.popitem(last=False)
        return found

    def _read(self, entry: Entry) -> Contract:
        read = self._opened.store.stream_entries(entry.stream, to=entry.version - 1) if entry.version > 1 else ()
        contract = self._contracts[entry.stream] = domain.contract.replay(read)
        return contract

    def _of_day(self, entry: Entry) -> Iterator[AlertRaised]:
        began = cast("DayBegan", entry.fact)
        if self._watch.farthest < 0:
            return
        calendar = calendars.named(began.calendar, began.zone)
        catch_up(self._opened, DUES)
        # Deadlines of working days may lie a little further than the days that they are counted by.
        for contract_id in self._dues.open_by(began.day + timedelta(days=self._watch.farthest + 1)):
            # As it stands now: what was done meanwhile is no longer late.
            watched = Watched(contract_id, self._ledger.load(CONTRACT, contract_id))
            yield from self._watch.on_day(watched, began.day, calendar, entry)


class Alerts:
    """The consumer: reads the log from its bookmark on, raises what the rules find, and moves the bookmark after that."""

    def __init__(self, opened: Opened) -> None:
        """Makes its bookmark unless it is there. Raises StoreUnavailable."""
        self._opened = opened
        self._bookmark = ConsumerBookmark(opened, NAME)
        self._log = Log(opened.store, kept=0)
        self._watcher = Watcher(opened)
        self.position = self._bookmark.position()
        self._watcher.begin_after(self.position)

    def begin_anew(self) -> None:
        """Looks at everything once more, from the first entry on; what was raised is not raised again."""
        self.position = 0
        self._watcher.begin_after(0)

    def advance(self, done: Watching | None = None) -> bool:
        """Looks at the next page. False: there was nothing to look at. Raises WatchStopped, StoreUnavailable."""
        page = self._log.page(self.position)
        if not page.entries:
            if page.stopped_by is not None:
                message = f"the alert rules stand before position {page.stopped_by.position}: {page.stopped_by.error}"
                raise WatchStopped(message) from page.stopped_by.error
            return False
        self._look(page, done or Watching())
        return True

    def _look(self, page: Page, done: Watching) -> None:
        try:
            for entry in page.entries:
                for alert in self._watcher.alerts(entry):
                    done.found += 1
                    done.raised += raise_once(self._opened, alert, entry)
                done.entries += 1
            self._bookmark.move(page.last)
        except BaseException:
            # What was folded of the page is folded again.
            self._watcher.begin_after(self.position)
            raise
        self.position = page.last


def raise_once(opened: Opened, alert: AlertRaised, entry: Entry) -> bool:
    """Raises an alert that was found at an entry; answers whether it was not there before. Raises StoreUnavailable."""
    alert_id = identity(alert.rule, alert.cause)
    if opened.ledger.load(ALERT, alert_id).exists:
        return False
    envelope = Envelope(ASKER, f"alert:{alert_id}", correlation_id=entry.meta.correlation_id)
    try:
        return not opened.ledger.handle(ALERT, alert_id, RaiseAlert(raised=alert), envelope).repeated
    except (AlertRaisedAlready, CommandIdReused, StaleVersion):
        # Another process found it at the same moment.
        return False


def run_once(opened: Opened) -> Watching:
    """Looks at everything that was recorded up to now. Raises WatchStopped, StoreUnavailable."""
    consumer, done, head = Alerts(opened), Watching(), opened.store.head()
    while consumer.position < head and consumer.advance(done):
        pass
    return done
