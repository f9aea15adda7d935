"""An alert is raised once for a rule and a cause, told to people on channels, and seen to; days begin each once and in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest

from domain.alert import (
    AcknowledgeAlert,
    Alert,
    AlertAcknowledged,
    AlertCommand,
    AlertDelivered,
    AlertDeliveredAlready,
    AlertDeliveryFailed,
    AlertEscalated,
    AlertIsAcknowledged,
    AlertIsResolved,
    AlertNeedsText,
    AlertRaised,
    AlertRaisedAlready,
    AlertRedeliveryRequested,
    AlertResolved,
    AlertSnoozed,
    AlertSnoozedIntoThePast,
    EscalateAlert,
    EscalatesToNobody,
    NoSuchAlert,
    NothingToRedeliver,
    RaiseAlert,
    RecordAlertDelivered,
    RecordAlertDeliveryFailed,
    RedeliverAlert,
    ResolveAlert,
    SnoozeAlert,
    decide,
    fold,
)
from domain.alert.vocabulary import AlertCause, AlertFigures, AlertKind, AlertRuleRef, AlertSeverity, AlertStatus, identity
from domain.clock import BeginDay, Clock, DayBegan, DayBeganAlready, DayLeftOut, DayNotCome
from domain.clock import decide as begins
from domain.clock import fold as begun
from domain.facts import Entry, Fact, Meta, Occasion
from domain.moments import HappensInTheFuture
from domain.refusals import Refusal
from domain.surroundings import Alone
from domain.terms.calendar import Calendar
from infra import calendars
from tests.spec import ALICE, BOB, CAROL, START

NOW: Final = Occasion(actor=BOB, now=START, effective_at=START)
RULE: Final = AlertRuleRef(rule_id="overdue", edition=1)
CAUSE: Final = AlertCause(about="c1", subject="i2", day=date(2026, 3, 31))
RAISED: Final = AlertRaised(
    rule=RULE,
    cause=CAUSE,
    kind=AlertKind.PAYMENT_OVERDUE,
    severity=AlertSeverity.CRITICAL,
    title="付款逾期",
    contract_number="CG-2026-004",
    figures=AlertFigures(days=3),
    tell=(ALICE,),
)
FAILED: Final = AlertDeliveryFailed(channel="mail", recipient=ALICE, attempt=1, why="HTTP 503", retry_at=START + timedelta(minutes=1))
DEAD: Final = AlertDeliveryFailed(channel="mail", recipient=ALICE, attempt=2, why="HTTP 503")
DELIVERED: Final = AlertDelivered(channel="mail", recipient=ALICE, attempt=1)
DAY: Final = timedelta(days=1)


def after(*facts: Fact) -> Alert:
    state = Alert()
    for n, one in enumerate(facts, 1):
        fold(state, Entry(n, "alert-1", n, one, START, START, f"c{n}", Meta(actor=BOB, credential="k", channel="api")))
    return state


@pytest.mark.parametrize(
    ("past", "command", "expected"),
    [
        ((), RaiseAlert(raised=RAISED), RAISED),
        ((RAISED,), RecordAlertDelivered(channel="mail", recipient=ALICE), DELIVERED),
        ((RAISED, FAILED), RecordAlertDelivered(channel="mail", recipient=ALICE), replace(DELIVERED, attempt=2)),
        ((RAISED, FAILED), RecordAlertDeliveryFailed(channel="mail", recipient=ALICE, why="HTTP 503"), DEAD),
        (
            (RAISED, FAILED, DEAD),
            RedeliverAlert(channel="mail", recipient=ALICE),
            AlertRedeliveryRequested(channel="mail", recipient=ALICE),
        ),
        ((RAISED,), AcknowledgeAlert(note="x"), AlertAcknowledged(note="x")),
        ((RAISED,), EscalateAlert(to=(ALICE, CAROL, CAROL), why="x"), AlertEscalated(to=(CAROL,), why="x")),
        ((RAISED,), SnoozeAlert(until=START + DAY), AlertSnoozed(until=START + DAY)),
        ((RAISED, AlertAcknowledged()), ResolveAlert(how="paid"), AlertResolved(how="paid")),
        # A message is still delivered after somebody else saw to what it is about.
        ((RAISED, AlertResolved(how="paid")), RecordAlertDelivered(channel="mail", recipient=ALICE), DELIVERED),
    ],
)
def test_an_alert_is_raised_delivered_and_seen_to(past: tuple[Fact, ...], command: AlertCommand, expected: Fact) -> None:
    assert decide(after(*past), command, NOW) == [expected]


@pytest.mark.parametrize(
    ("past", "command", "refusal"),
    [
        ((RAISED,), RaiseAlert(raised=RAISED), AlertRaisedAlready),
        ((), AcknowledgeAlert(), NoSuchAlert),
        ((), RecordAlertDelivered(channel="mail", recipient=ALICE), NoSuchAlert),
        ((RAISED, DELIVERED), RecordAlertDelivered(channel="mail", recipient=ALICE), AlertDeliveredAlready),
        ((RAISED, DELIVERED), RedeliverAlert(channel="mail", recipient=ALICE), AlertDeliveredAlready),
        ((RAISED,), RecordAlertDelivered(channel=" ", recipient=ALICE), AlertNeedsText),
        ((RAISED,), RecordAlertDeliveryFailed(channel="mail", recipient=ALICE, why=""), AlertNeedsText),
        ((RAISED,), RedeliverAlert(channel="mail", recipient=ALICE), NothingToRedeliver),
        ((RAISED, FAILED), RedeliverAlert(channel="mail", recipient=ALICE), NothingToRedeliver),
        ((RAISED, AlertAcknowledged()), AcknowledgeAlert(), AlertIsAcknowledged),
        ((RAISED,), EscalateAlert(to=(ALICE,)), EscalatesToNobody),
        ((RAISED,), EscalateAlert(to=(" ",)), AlertNeedsText),
        ((RAISED,), SnoozeAlert(until=START), AlertSnoozedIntoThePast),
        ((RAISED,), ResolveAlert(how=" "), AlertNeedsText),
        *(
            ((RAISED, AlertResolved(how="paid")), command, AlertIsResolved)
            for command in (AcknowledgeAlert(), EscalateAlert(to=(CAROL,)), SnoozeAlert(until=START + DAY), ResolveAlert(how="x"))
        ),
    ],
)
def test_what_makes_no_sense_of_an_alert_is_refused(past: tuple[Fact, ...], command: AlertCommand, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal) as caught:
        decide(after(*past), command, NOW)
    assert str(caught.value)


def test_nothing_of_an_alert_happens_in_the_future() -> None:
    with pytest.raises(HappensInTheFuture):
        decide(after(RAISED), AcknowledgeAlert(), replace(NOW, effective_at=START + DAY))


def test_an_alert_says_who_was_told_and_what_became_of_it() -> None:
    it = after(RAISED, FAILED, AlertEscalated(to=(CAROL,)), AlertSnoozed(until=START + DAY), AlertAcknowledged(), AlertResolved(how="paid"))
    assert it.told == (ALICE, CAROL)
    assert (it.status, it.acknowledged_by, it.resolved_by, it.resolved_how) == (AlertStatus.RESOLVED, BOB, BOB, "paid")
    assert (it.snoozed_until, it.raised_at, it.version) == (START + DAY, START, 6)
    held = it.deliveries["mail", ALICE]
    assert (held.attempts, held.why, held.retry_at, held.is_dead) == (1, "HTTP 503", START + timedelta(minutes=1), False)
    assert after(RAISED, FAILED, DEAD).deliveries["mail", ALICE].is_dead
    again = after(RAISED, FAILED, DEAD, AlertRedeliveryRequested(channel="mail", recipient=ALICE)).deliveries["mail", ALICE]
    assert (again.attempts, again.retry_at, again.is_dead) == (0, START, False)


def test_a_state_that_was_copied_is_not_changed_by_what_follows() -> None:
    first = after(RAISED)
    fold(first.copy(), Entry(2, "alert-1", 2, DELIVERED, START, START, "c", Meta(actor=BOB, credential="k", channel="api")))
    assert first.deliveries == {}


def test_the_id_of_an_alert_follows_from_the_rule_its_edition_and_the_cause_and_from_nothing_else() -> None:
    assert identity(RULE, CAUSE) == identity(replace(RULE), replace(CAUSE)) == "0c57c89e-6cb9-51f8-ba10-b61748784ce6"
    others = [
        identity(replace(RULE, edition=2), CAUSE),
        identity(replace(RULE, rule_id="overdue\n1"), CAUSE),
        *(identity(RULE, replace(CAUSE, **change)) for change in ({"about": "c2"}, {"subject": None}, {"day": date(2026, 4, 1)})),
        identity(RULE, replace(CAUSE, subject="None")),
        identity(RULE, replace(CAUSE, entry=7)),
    ]
    assert len({identity(RULE, CAUSE), *others}) == len(others) + 1


class WithCalendars(Alone):
    def calendar(self, code: str, zone: str) -> Calendar:
        return calendars.named(code, zone)


SHANGHAI: Final = {"calendar": "CN", "zone": "Asia/Shanghai"}


def at(moment: datetime) -> Occasion:
    return Occasion(actor="clock", now=moment, effective_at=moment, around=WithCalendars())


def clock(*days: date) -> Clock:
    state = Clock()
    for n, day in enumerate(days, 1):
        fact = DayBegan(day=day, **SHANGHAI)
        begun(state, Entry(n, "clock-house", n, fact, START, START, f"c{n}", Meta(actor="clock", credential="k", channel="clock")))
    return state


def test_a_day_begins_where_the_house_is() -> None:
    command = BeginDay(day=date(2026, 3, 2), **SHANGHAI)
    midnight = datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert begins(clock(date(2026, 3, 1)), command, at(midnight)) == [DayBegan(day=date(2026, 3, 2), **SHANGHAI)]
    with pytest.raises(DayNotCome):
        begins(clock(date(2026, 3, 1)), command, at(midnight - timedelta(microseconds=1)))


def test_days_begin_once_and_none_is_left_out() -> None:
    now = at(datetime(2026, 3, 9, 12, tzinfo=UTC))
    last = clock(date(2026, 3, 1), date(2026, 3, 2))
    for day, refusal in ((2, DayBeganAlready), (1, DayBeganAlready), (4, DayLeftOut)):
        with pytest.raises(refusal):
            begins(last, BeginDay(day=date(2026, 3, day), **SHANGHAI), now)
    # The first day is any that has come.
    assert len(begins(Clock(), BeginDay(day=date(2026, 3, 4), **SHANGHAI), now)) == 1
    assert (last.day, last.version, last.copy().exists, Clock().exists) == (date(2026, 3, 2), 2, True, False)
