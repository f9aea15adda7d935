"""Runs alert rules that are not published yet over the history that a ledger keeps, contract by contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, NamedTuple

import domain.alerting
import domain.contract
from domain.access.visits import ListExported, SensitiveRead, SignedIn
from domain.alert import AlertRaised
from domain.alert.vocabulary import identity
from domain.alerting import CONTRACTS, AlertRules, AlertRulesPublished, PublishAlertRules
from domain.alerting.found import Watched
from domain.alerting.rules import require_sound
from domain.alerting.watch import Watch
from domain.contract.agenda import House, open_since
from domain.contract.drafting import ContractDrafted
from domain.contract.state import Contract
from domain.facts import Entry, Meta
from domain.party.account import BankAccountChanged
from domain.party.details import PartyDetailsChanged
from domain.party.flags import PartyFlagged
from domain.terms.calendar import local_day
from infra.ledger import ALERT, ALERTING, CONTRACT, PARTY
from infra.opening import Opened
from infra.store import Store
from projections.dues.neighbours import Neighbours

DAY: Final = timedelta(days=1)


class Stretch(NamedTuple):
    """From one day to another, both included, by when things were recorded, and where the house is."""

    first: date
    last: date
    house: House


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedAlert:
    """An alert that rules would have raised, on which day, and whether there is such an alert already."""

    alert_id: str
    on: date
    raised: AlertRaised
    known: bool


@dataclass(slots=True)
class SimulatedTotals:
    """How many alerts each rule would have raised."""

    alerts: int = 0
    known: int = 0
    by_rule: dict[str, int] = field(default_factory=dict)

    def add(self, one: SimulatedAlert) -> None:
        """Counts one more."""
        self.alerts += 1
        self.known += one.known
        rule_id = one.raised.rule.rule_id
        self.by_rule[rule_id] = self.by_rule.get(rule_id, 0) + 1


class AlertsLooked(NamedTuple):
    """How far the log was looked through, and the alerts found for the contract, party or visit there."""

    position: int
    found: tuple[SimulatedAlert, ...]


def simulated(
    opened: Opened, rules: PublishAlertRules, stretch: Stretch, *, after: int = 0, limit: int | None = None
) -> Iterator[AlertsLooked]:
    """Looks at up to `limit` contracts drafted after a position, and without a limit at the parties and at the door too.

    Refusals: AlertRulesNotSound, AlertRulesNeedText, those of the calendar.
    """
    require_sound(rules.currency, rules.rules)
    run = Simulation(opened, book_of(opened, rules), stretch)
    for row in opened.store.rows_saying(ContractDrafted, after=after, limit=limit):
        yield AlertsLooked(row.position, tuple(run.of_contract(row.stream.removeprefix(CONTRACT.prefix))))
    if limit is None:
        for fact in (PartyFlagged, PartyDetailsChanged, BankAccountChanged):
            for row in opened.store.rows_saying(fact):
                yield AlertsLooked(row.position, tuple(run.of_party(opened.store.decoded(row))))
        for visit in (SignedIn, SensitiveRead, ListExported) if run.looks_at_visits else ():
            for row in opened.store.rows_saying(visit):
                yield AlertsLooked(row.position, tuple(run.of_visit(opened.store.decoded(row))))


def earlier_visits(store: Store, entry: Entry) -> Iterable[Entry]:
    """What was noted before with the same credential on the same day."""
    return store.stream_entries(entry.stream, to=entry.version - 1) if entry.version > 1 else ()


def book_of(opened: Opened, rules: PublishAlertRules) -> AlertRules:
    """The rules as they would be the next edition."""
    book = opened.ledger.load(ALERTING, CONTRACTS).copy()
    now = opened.ledger.clock()
    next_edition = AlertRulesPublished(edition=book.edition + 1, title=rules.title, currency=rules.currency, rules=rules.rules)
    meta = Meta(actor="simulation", credential="", channel="simulation")
    domain.alerting.fold(book, Entry(0, ALERTING.stream(CONTRACTS), book.version + 1, next_edition, now, now, "", meta))
    return book


class Simulation:
    """One run of rules over a stretch of days."""

    def __init__(self, opened: Opened, book: AlertRules, stretch: Stretch) -> None:
        """Reads nothing yet."""
        self._opened = opened
        self._watch = Watch(book)
        self._stretch = stretch
        self._around = Neighbours(opened)
        self._seen: set[str] = set()

    def of_contract(self, contract_id: str) -> Iterator[SimulatedAlert]:
        """What the rules find in a contract: in each entry of the stretch, and on each day of it as the contract stood by then."""
        contract, last = Contract(), None
        day = self._stretch.first
        for entry in self._opened.store.stream_entries(CONTRACT.stream(contract_id)):
            recorded_on = self._day_of(entry)
            if last is not None:
                yield from self._days(contract_id, contract, last, (day, min(recorded_on - DAY, self._stretch.last)))
            day = max(day, recorded_on)
            if self._stretch.first <= recorded_on <= self._stretch.last and self._watch.looks_at(entry.fact):
                self._around.position = entry.position
                yield from self._new(recorded_on, self._watch.on_entry(Watched(contract_id, contract), entry, self._around))
            domain.contract.fold(contract, entry)
            last = entry
        if last is not None:
            yield from self._days(contract_id, contract, last, (day, self._stretch.last))

    def of_party(self, entry: Entry) -> Iterator[SimulatedAlert]:
        """What the rules find in an entry of a party."""
        on = self._day_of(entry)
        if self._stretch.first <= on <= self._stretch.last:
            self._around.position = entry.position
            yield from self._new(on, self._watch.on_party(entry, entry.stream.removeprefix(PARTY.prefix), self._around))

    @property
    def looks_at_visits(self) -> bool:
        """Whether any rule looks at what is done at the door."""
        return self._watch.looks_at_visits

    def of_visit(self, entry: Entry) -> Iterator[SimulatedAlert]:
        """What the rules find in what somebody did at the door."""
        on = self._day_of(entry)
        if self._stretch.first <= on <= self._stretch.last:
            store = self._opened.store
            yield from self._new(on, self._watch.on_visit(entry, lambda: earlier_visits(store, entry), self._around))

    def _day_of(self, entry: Entry) -> date:
        return local_day(self._stretch.house.counted, entry.recorded_at)

    def _days(self, contract_id: str, contract: Contract, last: Entry, between: tuple[date, date]) -> Iterator[SimulatedAlert]:
        day, until = between
        opened = open_since(contract)
        if opened is None or self._watch.farthest < 0:
            return
        # Before that, no rule finds anything.
        day = max(day, opened - (self._watch.farthest + 1) * DAY)
        while day <= until:
            yield from self._new(day, self._watch.on_day(Watched(contract_id, contract), day, self._stretch.house.counted, last))
            day += DAY

    def _new(self, on: date, found: Iterator[AlertRaised]) -> Iterator[SimulatedAlert]:
        for alert in found:
            alert_id = identity(alert.rule, alert.cause)
            if alert_id not in self._seen:
                self._seen.add(alert_id)
                known = self._opened.ledger.load(ALERT, alert_id).exists
                yield SimulatedAlert(alert_id=alert_id, on=on, raised=alert, known=known)
