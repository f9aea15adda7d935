"""Alert rules put to histories: what they find, entry by entry, and on a day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final, TypeVar, cast

from domain.alert import AlertRaised
from domain.alert.vocabulary import AlertKind
from domain.alerting import AlertRules
from domain.alerting.found import Dealing, Watched
from domain.alerting.rules import AlertRule
from domain.alerting.watch import Watch
from domain.contract import fold, replay
from domain.contract.state import Contract
from domain.facts import Entry
from domain.surroundings import Alone
from domain.terms.calendar import Calendar, EveryDay
from tests.spec import History, recorded

S = TypeVar("S")
ID: Final = "1"


class Around(Alone):
    """Some streams by their blank state and id, and the contracts with a party."""

    def __init__(self, states: Mapping[tuple[type, str], Any] | None = None, dealings: Iterable[Dealing] = ()) -> None:
        """Whatever is not given is blank."""
        self._states = states or {}
        self._dealings = tuple(dealings)

    def state(self, blank: Callable[[], S], identity: str) -> S:
        """A stream's state."""
        return cast("S", self._states.get((cast("type", blank), identity)) or blank())

    def dealings(self, party_id: str, since: date | None = None) -> tuple[Dealing, ...]:
        """The contracts in which the party stands on the other side."""
        return tuple(d for d in self._dealings if any(c.party_id == party_id for c in d.contract.counterparties.values()))


NOTHING_AROUND: Final = Around()


def rule(kind: AlertKind, **more: Any) -> AlertRule:  # noqa: ANN401 - any field of a rule
    """A rule of a kind."""
    return AlertRule(rule_id=kind.value, title=kind.value, kind=kind, **more)


def book(*rules: AlertRule) -> AlertRules:
    """The rules, in use since the third edition."""
    return AlertRules(version=3, edition=3, currency="CNY", rules=rules, in_use=True, since={r.rule_id: 3 for r in rules})


def in_entries(history: History, *rules: AlertRule, around: Around = NOTHING_AROUND) -> list[AlertRaised]:
    """What rules raise while a contract's history is recorded."""
    return in_these(recorded(history), *rules, around=around)


def in_these(entries: Iterable[Entry], *rules: AlertRule, around: Around = NOTHING_AROUND) -> list[AlertRaised]:
    """What rules raise while entries are recorded."""
    watch, contract = Watch(book(*rules)), Contract()
    found: list[AlertRaised] = []
    for entry in entries:
        found += watch.on_entry(Watched(ID, contract), entry, around)
        fold(contract, entry)
    return found


def on(day: date, history: History, *rules: AlertRule, calendar: Calendar | None = None) -> list[AlertRaised]:
    """What rules raise on a day for a contract with a history."""
    entries = recorded(history)
    watched = Watched(ID, replay(entries))
    return list(Watch(book(*rules)).on_day(watched, day, calendar or EveryDay(), entries[-1]))
