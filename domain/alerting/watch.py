"""Evaluates rules: on a new entry, on what became of a party, on what is done at the door, and on a day. It reads, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import cast

from domain.alert import AlertRaised
from domain.alert.vocabulary import AlertFigures, AlertKind
from domain.alerting import AlertRules
from domain.alerting.found import Found, Neighbourhood, Watched, raised, raised_at_the_door
from domain.alerting.on_day import ON_DAY, today
from domain.alerting.on_entry import ON_ENTRY, OnEntry
from domain.alerting.on_visit import ON_VISIT, Before, OnVisit
from domain.alerting.rules import AlertRule
from domain.contract.vocabulary import Status
from domain.facts import Entry, Fact
from domain.money import MoneyError
from domain.party.account import BankAccountChanged
from domain.party.details import PartyDetailsChanged
from domain.party.flags import PartyFlagged
from domain.refusals import Refusal
from domain.terms.calendar import Calendar

SIGNED = (Status.IN_FORCE, Status.SUSPENDED)


class Watch:
    """The rules in use, by what they look at. Made once for an edition."""

    def __init__(self, book: AlertRules) -> None:
        """Sorts the rules."""
        self._book = book
        self._on_entry: dict[type[Fact], list[tuple[AlertRule, OnEntry]]] = {}
        self._on_day = [(rule, ON_DAY[rule.kind]) for rule in book.watching if rule.kind in ON_DAY]
        self._on_party: dict[type[Fact], list[AlertRule]] = {}
        self._on_visit: dict[type[Fact], list[tuple[AlertRule, OnVisit]]] = {}
        for rule in book.watching:
            facts, find = ON_ENTRY.get(rule.kind, ((), None))
            for kind in facts:
                self._on_entry.setdefault(kind, []).append((rule, cast("Callable[..., Iterator[Found]]", find)))
            if rule.kind in ON_VISIT:
                visits, look = ON_VISIT[rule.kind]
                for kind in visits:
                    self._on_visit.setdefault(kind, []).append((rule, look))
            if rule.kind is AlertKind.PARTY_FLAGGED:
                self._on_party.setdefault(PartyFlagged, []).append(rule)
            if rule.kind is AlertKind.PARTY_CHANGED:
                for change in (PartyDetailsChanged, BankAccountChanged):
                    self._on_party.setdefault(change, []).append(rule)

    @property
    def is_idle(self) -> bool:
        """Whether no rule looks at entries of contracts."""
        return not self._on_entry

    @property
    def looks_at_visits(self) -> bool:
        """Whether any rule looks at what is done at the door."""
        return bool(self._on_visit)

    @property
    def farthest(self) -> int:
        """How many days ahead a rule looks at most; -1 where no rule looks at days."""
        return max((rule.days or 0 for rule, _ in self._on_day), default=-1)

    def looks_at(self, fact: Fact) -> bool:
        """Whether any rule looks at such a fact of a contract."""
        return type(fact) in self._on_entry

    def looks_at_party(self, fact: Fact) -> bool:
        """Whether any rule looks at such a fact of a party."""
        return type(fact) in self._on_party

    def on_visit(self, entry: Entry, before: Before, around: Neighbourhood) -> Iterator[AlertRaised]:
        """What somebody did at the door raises; `before` reads what came before it with the same credential on that day."""
        for rule, find in self._on_visit.get(type(entry.fact), ()):
            for found in _found(lambda rule=rule, find=find: find(rule, entry, before, around)):  # type: ignore[misc]
                yield raised_at_the_door(self._book, rule, found, entry)

    def on_entry(self, watched: Watched, entry: Entry, around: Neighbourhood) -> Iterator[AlertRaised]:
        """What an entry of a contract, which stood so before it, raises."""
        for rule, find in self._on_entry.get(type(entry.fact), ()):
            if rule.counts_for(watched.contract):
                for found in _found(lambda rule=rule, find=find: find(rule, watched, entry, around)):  # type: ignore[misc]
                    yield raised(self._book, rule, watched, found, entry)

    def on_party(self, entry: Entry, party_id: str, around: Neighbourhood) -> Iterator[AlertRaised]:
        """What an entry of a party raises: an alert for each contract with it that was signed and has not ended."""
        rules = self._on_party.get(type(entry.fact), ())
        for dealing in around.dealings(party_id) if rules else ():
            watched = Watched(*dealing)
            for rule in rules:
                if watched.contract.status in SIGNED and rule.counts_for(watched.contract):
                    found = Found(party_id, AlertFigures(who=entry.meta.actor, what=_what(entry.fact)))
                    yield raised(self._book, rule, watched, found, entry)

    def on_day(self, watched: Watched, day: date, calendar: Calendar, by: Entry) -> Iterator[AlertRaised]:
        """What a day raises for a contract as it stands. Where the same is found on the next day, it is the same alert."""
        if not self._on_day:
            return
        now = today(watched.contract, day, calendar)
        for rule, find in self._on_day:
            if rule.counts_for(watched.contract):
                for found in _found(lambda rule=rule, find=find: find(rule, now)):  # type: ignore[misc]
                    yield raised(self._book, rule, watched, found, by)


def _found(find: Callable[[], Iterator[Found]]) -> list[Found]:
    """What a rule finds. What cannot be reckoned, such as a day beyond the calendar, is nothing that it could find."""
    try:
        return list(find())
    except (Refusal, MoneyError):
        return []


def _what(fact: Fact) -> str:
    match fact:
        case PartyFlagged(flag=flag):
            return flag.value
        case BankAccountChanged():
            return "bank_account"
        case _:
            return "details"
