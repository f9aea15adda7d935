"""What a rule finds, and what it may look at beside the contract itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from domain.alert import AlertRaised
from domain.alert.vocabulary import AlertCause, AlertFigures
from domain.alerting import AlertRules
from domain.alerting.rules import AlertRule
from domain.contract.state import Contract
from domain.facts import Entry
from domain.surroundings import Surroundings

NO_FIGURES = AlertFigures()


class Found(NamedTuple):
    """A cause: what of the contract it is about, the day by which that was to be, and what the message says."""

    subject: str | None = None
    figures: AlertFigures = NO_FIGURES
    day: date | None = None


class Dealing(NamedTuple):
    """A contract with a party."""

    contract_id: str
    contract: Contract


class Neighbourhood(Surroundings, Protocol):
    """Other streams, and the contracts that there are with a party."""

    def dealings(self, party_id: str, since: date | None = None) -> Iterable[Dealing]:
        """The contracts with a party on the other side; with `since` those handed in for approval on that day, in UTC, or later."""
        ...


class Watched(NamedTuple):
    """The contract that rules look at: as it stood before the entry, or as it stands on the day."""

    contract_id: str
    contract: Contract


def raised(book: AlertRules, rule: AlertRule, watched: Watched, found: Found, by: Entry) -> AlertRaised:
    """The alert that a rule raises for what it found. `by` is the entry that it found it by, which tells causes apart where no day does."""
    contract = watched.contract
    told = (*([contract.owner] if contract.owner else []), *rule.tell)
    return _alert(book, rule, _About(watched.contract_id, contract.number, tuple(dict.fromkeys(told))), found, by)


def raised_at_the_door(book: AlertRules, rule: AlertRule, found: Found, by: Entry) -> AlertRaised:
    """The alert that a rule raises for what somebody did at the ledger's door: it is about no contract, and told to those of the rule."""
    return _alert(book, rule, _About(by.stream, "", rule.tell), found, by)


class _About(NamedTuple):
    """What an alert is about, the number of a contract, and who is told."""

    identity: str
    number: str
    told: tuple[str, ...]


def _alert(book: AlertRules, rule: AlertRule, about: _About, found: Found, by: Entry) -> AlertRaised:
    cause = AlertCause(about=about.identity, subject=found.subject, entry=by.position if found.day is None else None, day=found.day)
    after = rule.escalate_after_hours
    return AlertRaised(
        rule=book.ref(rule),
        cause=cause,
        kind=rule.kind,
        severity=rule.severity,
        title=rule.title,
        contract_number=about.number,
        figures=found.figures,
        tell=about.told,
        escalate_at=None if after is None else by.recorded_at + timedelta(hours=after),
        escalate_to=rule.escalate_to,
    )
