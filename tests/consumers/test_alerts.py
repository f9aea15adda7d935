"""The rules are watched by as they stood at each entry, and each cause raises one alert, whatever crashes, repeats or races."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from consumers import alerts
from consumers.alerts import Alerts, Watching, WatchStopped, run_once
from consumers.clock import Clock, house
from domain.access.visits import ListExported
from domain.alert import AlertRaised
from domain.alert.vocabulary import AlertCause, AlertKind, AlertRuleRef, identity
from domain.alerting import CONTRACTS, PublishAlertRules, RetireAlertRules
from domain.contract.approval import SubmittedForApproval
from domain.contract.delivery import DeliveryRejected
from domain.contract.payment import PaymentRecorded
from domain.party import RegisterParty
from domain.party.flags import FlagParty
from domain.party.state import FlagSeverity, PartyFlag
from infra.alert_text import heading, sentence
from infra.append import NewEntry, Stamp
from infra.ledger import ALERT, ALERTING, PARTY, Envelope
from infra.opening import Opened
from infra.witness import Witness
from projections.alerts import ALERTS
from projections.alerts.simulation import Stretch, simulated
from projections.check import check
from projections.runner import catch_up
from tests import facts
from tests.conftest import Clock as Hand
from tests.consumers.recording import ADMIN, goes_on, publish, raised, told_of
from tests.domain.watching import rule
from tests.facts import cny
from tests.spec import told

K = AlertKind
DUPLICATE = rule(K.PAYMENT_DUPLICATE, days=30)
REJECTED = rule(K.DELIVERY_REJECTED)
TWICE = replace(facts.FIRST_PAYMENT, payment_id="p8")


def test_an_entry_raises_an_alert_once_however_often_the_log_is_read(opened: Opened) -> None:
    publish(opened, DUPLICATE, REJECTED)
    told_of(opened, "c1", facts.half_paid + told(TWICE, replace(TWICE, payment_id="p9")))
    told_of(opened, "c2", facts.delivery_rejected)
    position = opened.store.head()
    assert run_once(opened) == Watching(entries=position, found=3, raised=3)
    found = raised(opened)
    assert [(a.kind, a.cause.about, a.cause.subject) for a in found] == [
        (K.PAYMENT_DUPLICATE, "c1", "p8"),
        (K.PAYMENT_DUPLICATE, "c1", "p9"),
        (K.DELIVERY_REJECTED, "c2", "d1"),
    ]
    # What it raised is in the log, too, and raises nothing.
    assert run_once(opened) == Watching(entries=3)
    with opened.views.use() as connection, connection.cursor() as cursor:
        cursor.execute(f"UPDATE {opened.names.views}.consumers SET position = 0")
    assert run_once(opened) == Watching(entries=position + 3, found=3)
    assert raised(opened) == found
    catch_up(opened, ALERTS)
    assert [c.first for c in check(opened, (ALERTS,))] == [None]


def test_rules_count_from_their_publication_on_until_they_are_retired(opened: Opened) -> None:
    told_of(opened, "c1", facts.delivery_rejected)
    publish(opened, REJECTED)
    told_of(opened, "c2", facts.delivery_rejected)
    publish(opened, replace(REJECTED, title="second"), edition=2)
    told_of(opened, "c3", facts.delivery_rejected)
    publish(opened, replace(REJECTED, title="second"), DUPLICATE, edition=3)
    told_of(opened, "c4", facts.delivery_rejected)
    opened.ledger.handle(ALERTING, CONTRACTS, RetireAlertRules(why="x"), Envelope(ADMIN, "retire"))
    told_of(opened, "c5", facts.delivery_rejected)
    run_once(opened)
    assert [(a.cause.about, a.rule.edition) for a in raised(opened)] == [("c2", 1), ("c3", 2), ("c4", 2)]


def test_a_watcher_that_stops_anywhere_goes_on_with_the_rules_of_that_place(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(opened, REJECTED)
    told_of(opened, "c1", facts.shipped)
    run_once(opened)
    goes_on(opened, "c1", facts.shipped, DeliveryRejected(delivery_id="d1", why="x"))
    publish(opened, DUPLICATE, edition=2)
    # The contract is read anew, as it stood then.
    assert run_once(opened).raised == 1
    told_of(opened, "c2", facts.delivery_rejected)
    assert run_once(opened).raised == 0


@pytest.mark.parametrize("point", ["after an alert", "before the bookmark"])
def test_a_watcher_that_is_killed_between_an_alert_and_its_bookmark_raises_no_second(opened: Opened, postgres: str, point: str) -> None:
    publish(opened, REJECTED, DUPLICATE)
    for n in range(3):
        told_of(opened, f"c{n}", facts.delivery_rejected)
    killed = subprocess.run([sys.executable, "-m", "tests.consumers.dying", postgres, opened.names.ledger, point], check=False)
    assert killed.returncode == -signal.SIGKILL
    survived = len(raised(opened))
    assert survived == (1 if point == "after an alert" else 3)
    done = run_once(opened)
    assert (done.found, done.raised) == (3, 3 - survived)
    assert [a.cause.about for a in raised(opened)] == ["c0", "c1", "c2"]


def test_what_is_done_at_the_door_is_watched_as_it_is_noted_and_can_be_simulated(opened: Opened, clock: Hand) -> None:
    rules = (rule(K.BULK_EXPORT, rows=100, tell=("carol",)), rule(K.ODD_HOURS, hours="22:00-07:00", zone="Asia/Shanghai"))
    publish(opened, *rules)
    clock.now = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
    taken = ListExported(operation="list_contracts", subject="register", format="csv", filters=(), rows=60)
    witness = Witness(opened.ledger)
    witness.record(ADMIN, taken)
    assert run_once(opened).raised == 0
    # Half past ten in Shanghai.
    clock.now = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
    witness.record(ADMIN, taken)
    witness.record(ADMIN, taken)
    assert run_once(opened).raised == 2
    assert [(a.kind, a.cause.subject, a.cause.day, a.tell, a.figures.rows) for a in raised(opened)] == [
        (K.BULK_EXPORT, ADMIN.credential, None, ("carol",), 120),
        (K.ODD_HOURS, ADMIN.credential, date(2026, 3, 2), (), None),
    ]
    assert heading(raised(opened)[0], "zh-CN") == "【警告】大量导出：admin"
    assert sentence(raised(opened)[1], "en") == "admin came on 2026-03-02 at 22:30, when nobody is expected."
    tried = PublishAlertRules(title="x", currency="CNY", rules=rules)
    # By when it was recorded, which is by the server's clock.
    stretch = Stretch(date(2026, 1, 1), date(2099, 1, 1), house("7×24", "UTC"))
    assert [(one.raised.kind, one.known) for looked in simulated(opened, tried, stretch) for one in looked.found] == [
        (K.BULK_EXPORT, True),
        (K.ODD_HOURS, True),
    ]


def test_several_watchers_at_once_raise_each_alert_once(opened: Opened) -> None:
    publish(opened, REJECTED, DUPLICATE)
    for n in range(20):
        told_of(opened, f"c{n}", facts.delivery_rejected)
    threads = [threading.Thread(target=run_once, args=(opened,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.cause.about for a in raised(opened)) == sorted(f"c{n}" for n in range(20))


def test_a_day_raises_what_is_late_once_for_as_long_as_it_is_late(opened: Opened, clock: Hand) -> None:
    publish(opened, rule(K.PAYMENT_OVERDUE, days=3), rule(K.PAYMENT_DUE, days=10))
    told_of(opened, "c1", facts.in_force)
    told_of(opened, "paid", facts.fully_paid)
    for day in (date(2026, 2, 4), date(2026, 2, 5), date(2026, 2, 17), date(2026, 2, 18), date(2026, 2, 20), date(2026, 3, 1)):
        clock.now = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        tick_and_watch(opened)
    assert [(a.kind, a.cause.about, a.cause.subject, a.cause.day, a.figures.days) for a in raised(opened)] == [
        (K.PAYMENT_DUE, "c1", "i1", date(2026, 2, 15), 10),
        (K.PAYMENT_OVERDUE, "c1", "i1", date(2026, 2, 15), 3),
    ]


def tick_and_watch(opened: Opened) -> Watching:
    """What one look at the clock and the log raises."""
    Clock(opened, house("7×24", "UTC")).tick()
    return run_once(opened)


def test_contracts_split_below_a_threshold_are_found_as_they_stood_at_the_last_of_them(opened: Opened) -> None:
    publish(opened, rule(K.CONTRACTS_SPLIT, days=30, amount=cny("150000.00")))
    told_of(opened, "c1", facts.submitted)
    told_of(opened, "c2", facts.drafted)
    goes_on(opened, "c2", facts.drafted, SubmittedForApproval())
    told_of(opened, "c3", facts.drafted)
    run_once(opened)
    # At the first there was no other, whatever came later.
    assert [(a.cause.about, a.cause.subject) for a in raised(opened)] == [("c2", "huadong")]


def test_a_party_that_is_flagged_is_told_of_for_every_contract_that_was_signed_by_then(opened: Opened) -> None:
    publish(opened, rule(K.PARTY_FLAGGED))
    opened.ledger.handle(PARTY, "huadong", RegisterParty(name="华东"), Envelope(ADMIN, "party"))
    told_of(opened, "c1", facts.in_force)
    told_of(opened, "c2", facts.drafted)
    flag = FlagParty(flag=PartyFlag.DISPUTED, why="x", severity=FlagSeverity.WARNS)
    opened.ledger.handle(PARTY, "huadong", flag, Envelope(ADMIN, "flag"))
    told_of(opened, "c3", facts.in_force)
    run_once(opened)
    assert [(a.cause.about, a.cause.subject, a.figures.what) for a in raised(opened)] == [("c1", "huadong", "disputed")]


def test_an_entry_that_nobody_can_read_stops_the_rules_before_it_and_says_so(opened: Opened) -> None:
    publish(opened, REJECTED)
    told_of(opened, "c1", facts.delivery_rejected)
    at = datetime(2026, 3, 1, tzinfo=UTC)
    new = NewEntry("contract-c9", 1, "contract.dreamt_of@1", at, "{}")
    opened.store.append(Stamp("poison", "00" * 32, '{"actor":"x","credential":"x","channel":"x"}'), [new])
    stopped_at = opened.store.head()
    told_of(opened, "c2", facts.delivery_rejected)
    consumer = Alerts(opened)
    assert consumer.advance()
    with pytest.raises(WatchStopped, match=str(stopped_at)):
        consumer.advance()
    assert consumer.position == stopped_at - 1
    assert len(list(opened.store.rows_saying(AlertRaised))) == 1


def test_the_id_of_the_stream_is_that_of_the_rule_and_the_cause(opened: Opened) -> None:
    publish(opened, REJECTED)
    told_of(opened, "c1", facts.delivery_rejected)
    position = opened.store.head()
    run_once(opened)
    alert_id = identity(AlertRuleRef(rule_id="delivery_rejected", edition=1), AlertCause(about="c1", subject="d1", entry=position))
    assert opened.ledger.load(ALERT, alert_id).exists
    assert alerts.ASKER.channel == "rules"


def test_a_failure_under_way_leaves_nothing_half_folded(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(opened, DUPLICATE)
    told_of(opened, "c1", facts.half_paid + told(PaymentRecorded(payment_id="p5", amount=cny("1.00")), TWICE))
    consumer = Alerts(opened)
    with monkeypatch.context() as broken:
        broken.setattr(alerts, "raise_once", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            consumer.advance()
    assert consumer.advance()
    assert len(raised(opened)) == 1
