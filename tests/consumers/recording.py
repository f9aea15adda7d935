"""Ledgers with histories in them, and what consumers made of them."""

from __future__ import annotations

from collections.abc import Iterable

from domain.alert import AlertRaised
from domain.alerting import CONTRACTS, PublishAlertRules
from domain.alerting.rules import AlertRule
from domain.facts import Entry, Fact
from infra.ledger import ALERT, ALERTING, Asker, Envelope
from infra.opening import Opened
from projections.log import Log
from tests.projections.histories import put
from tests.spec import History, recorded

ADMIN = Asker("admin", "key-admin", "api")


def told_of(opened: Opened, identity: str, history: History) -> None:
    """Puts a contract's history into the ledger, recorded now."""
    put(opened, [entry._replace(stream=f"contract-{identity}") for entry in recorded(history)])


def goes_on(opened: Opened, identity: str, before: History, *more: Fact) -> None:
    """Puts further facts of a contract into the ledger."""
    entries = recorded(before, *more)[len(before) :]
    put(opened, [entry._replace(stream=f"contract-{identity}") for entry in entries])


def publish(opened: Opened, *rules: AlertRule, edition: int = 1) -> None:
    """Publishes rules."""
    command = PublishAlertRules(title=str(edition), currency="CNY", rules=rules)
    opened.ledger.handle(ALERTING, CONTRACTS, command, Envelope(ADMIN, f"publish-{edition}"))


def entries(opened: Opened, after: int = 0) -> list[Entry]:
    """The whole log after a position."""
    found: list[Entry] = []
    while page := Log(opened.store, kept=0).page(after).entries:
        found += page
        after = page[-1].position
    return found


def of(entries: Iterable[Entry], *names: str) -> list[Entry]:
    """The entries of facts whose names begin so."""
    return [entry for entry in entries if entry.fact.NAME.startswith(names)]


def raised(opened: Opened) -> list[AlertRaised]:
    """Every alert that was ever raised, in order; a stream begins with one and holds no second."""
    found = [entry for entry in entries(opened) if isinstance(entry.fact, AlertRaised)]
    assert all(entry.version == 1 and entry.stream.startswith(ALERT.prefix) for entry in found)
    assert len({entry.stream for entry in found}) == len(found)
    return [entry.fact for entry in found if isinstance(entry.fact, AlertRaised)]
