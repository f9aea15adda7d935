"""Alerts 预警: what a rule found, and what became of it; each in a stream of its own, whose id says the rule and the cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias, assert_never, cast

from domain.alert.vocabulary import AlertCause, AlertDelivery, AlertFigures, AlertKind, AlertRuleRef, AlertSeverity, AlertStatus
from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.moments import require_past
from domain.refusals import Refusal
from domain.text import is_blank


@fact("alert.raised", schema=2)
class AlertRaised(Fact):
    """A rule held. `tell` are those who are told, and `escalate_to` those who are told later where nobody acknowledges it by then."""

    rule: AlertRuleRef
    cause: AlertCause
    kind: AlertKind
    severity: AlertSeverity
    title: str
    contract_number: str
    figures: AlertFigures
    tell: tuple[str, ...] = ()
    escalate_at: datetime | None = None
    escalate_to: tuple[str, ...] = ()


@fact("alert.delivered")
class AlertDelivered(Fact):
    """The message reached a channel, which took it for somebody at this attempt."""

    channel: str
    recipient: str
    attempt: int


@fact("alert.delivery_failed")
class AlertDeliveryFailed(Fact):
    """The channel did not take the message at this attempt; without `retry_at` nobody tries again by themselves."""

    channel: str
    recipient: str
    attempt: int
    why: str
    retry_at: datetime | None = None


@fact("alert.redelivery_requested")
class AlertRedeliveryRequested(Fact):
    """What a channel did not take is tried again."""

    channel: str
    recipient: str


@fact("alert.acknowledged")
class AlertAcknowledged(Fact):
    """Somebody saw it, and sees to it."""

    note: str | None = None


@fact("alert.escalated")
class AlertEscalated(Fact):
    """Nobody acknowledged it in time, or somebody wants others to see it: these are told too."""

    to: tuple[str, ...]
    why: str | None = None


@fact("alert.snoozed")
class AlertSnoozed(Fact):
    """It rests until a moment."""

    until: datetime
    note: str | None = None


@fact("alert.resolved")
class AlertResolved(Fact):
    """What it is about was seen to."""

    how: str


AlertFact: TypeAlias = (
    AlertRaised
    | AlertDelivered
    | AlertDeliveryFailed
    | AlertRedeliveryRequested
    | AlertAcknowledged
    | AlertEscalated
    | AlertSnoozed
    | AlertResolved
)


@value
class RaiseAlert(Command):
    """Raise an alert: what a rule found, where. `raised` is kept as it is."""

    raised: AlertRaised


@value
class RecordAlertDelivered(Command):
    """Record that a channel took the message for somebody."""

    channel: str
    recipient: str


@value
class RecordAlertDeliveryFailed(Command):
    """Record that a channel did not take the message, why, and when it is tried again if it is."""

    channel: str
    recipient: str
    why: str
    retry_at: datetime | None = None


@value
class RedeliverAlert(Command):
    """Try again to deliver what a channel did not take."""

    channel: str
    recipient: str


@value
class AcknowledgeAlert(Command):
    """Say that you saw an alert, and see to it."""

    note: str | None = None


@value
class EscalateAlert(Command):
    """Have others told of an alert too."""

    to: tuple[str, ...]
    why: str | None = None


@value
class SnoozeAlert(Command):
    """Let an alert rest until a moment."""

    until: datetime
    note: str | None = None


@value
class ResolveAlert(Command):
    """Say how what an alert is about was seen to."""

    how: str


AlertCommand: TypeAlias = (
    RaiseAlert
    | RecordAlertDelivered
    | RecordAlertDeliveryFailed
    | RedeliverAlert
    | AcknowledgeAlert
    | EscalateAlert
    | SnoozeAlert
    | ResolveAlert
)


class NoSuchAlert(Refusal):
    """An alert begins by being raised."""

    template = "There is no such alert."


class AlertRaisedAlready(Refusal):
    """A rule raises one alert for one cause."""

    template = "The rule {rule_id!r} raised this alert already."


class AlertIsResolved(Refusal):
    """What was resolved rests."""

    template = "The alert was resolved."


class AlertIsAcknowledged(Refusal):
    """An alert is acknowledged once."""

    template = "{actor} acknowledged the alert already."


class AlertNeedsText(Refusal):
    """What is said of an alert is not blank."""

    template = "The {field} of an alert may not be blank."


class AlertSnoozedIntoThePast(Refusal):
    """An alert rests until a moment that is still to come."""

    template = "{until} has passed; an alert rests until a later moment."


class AlertDeliveredAlready(Refusal):
    """A message is delivered once to each person on each channel."""

    template = "The message reached {recipient!r} on {channel!r} already."


class NothingToRedeliver(Refusal):
    """Only what a channel did not take is tried again."""

    template = "No delivery to {recipient!r} on {channel!r} failed."


class EscalatesToNobody(Refusal):
    """An alert is escalated to somebody who is not told already."""

    template = "Everybody whom the alert would be escalated to is told of it already."


@dataclass(slots=True)
class Alert:
    """An alert after its first `version` facts. `deliveries` are by channel and recipient."""

    version: int = 0
    raised: AlertRaised | None = None
    raised_at: datetime | None = None
    status: AlertStatus = AlertStatus.OPEN
    snoozed_until: datetime | None = None
    acknowledged_by: str | None = None
    escalated_to: tuple[str, ...] = ()
    resolved_by: str | None = None
    resolved_how: str | None = None
    deliveries: dict[tuple[str, str], AlertDelivery] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        """Whether it was raised."""
        return self.version > 0

    @property
    def told(self) -> tuple[str, ...]:
        """Everybody who is told of it."""
        first = () if self.raised is None else self.raised.tell
        return tuple(dict.fromkeys((*first, *self.escalated_to)))

    def copy(self) -> Alert:
        """A state that may be folded further without touching this one."""
        return replace(self, deliveries=dict(self.deliveries))


def decide(alert: Alert, command: AlertCommand, occasion: Occasion) -> Sequence[Fact | Dated]:
    """HappensInTheFuture comes before the other refusals.

    Refusals: AlertRaisedAlready; of what was raised NoSuchAlert; of deliveries AlertDeliveredAlready, NothingToRedeliver, AlertNeedsText;
    otherwise AlertIsResolved, then AlertIsAcknowledged, EscalatesToNobody, AlertSnoozedIntoThePast or AlertNeedsText.
    """
    require_past(occasion)
    if isinstance(command, RaiseAlert):
        if alert.exists:
            raise AlertRaisedAlready(rule_id=command.raised.rule.rule_id)
        return [command.raised]
    if not alert.exists:
        raise NoSuchAlert
    match command:
        case RecordAlertDelivered() | RecordAlertDeliveryFailed() | RedeliverAlert():
            return [_delivery(alert, command)]
        case AcknowledgeAlert() | EscalateAlert() | SnoozeAlert() | ResolveAlert():
            if alert.status is AlertStatus.RESOLVED:
                raise AlertIsResolved
            return [_seen_to(alert, command, occasion)]
        case unreachable:
            assert_never(unreachable)


def _delivery(alert: Alert, command: RecordAlertDelivered | RecordAlertDeliveryFailed | RedeliverAlert) -> Fact:
    channel, recipient = command.channel, command.recipient
    _require_text(channel=channel, recipient=recipient)
    held = alert.deliveries.get((channel, recipient))
    if held is not None and held.delivered_at is not None:
        raise AlertDeliveredAlready(recipient=recipient, channel=channel)
    attempt = 1 if held is None else held.attempts + 1
    match command:
        case RecordAlertDelivered():
            return AlertDelivered(channel=channel, recipient=recipient, attempt=attempt)
        case RecordAlertDeliveryFailed(why=why, retry_at=retry_at):
            _require_text(reason=why)
            return AlertDeliveryFailed(channel=channel, recipient=recipient, attempt=attempt, why=why, retry_at=retry_at)
        case RedeliverAlert():
            if held is None or not held.is_dead:
                raise NothingToRedeliver(recipient=recipient, channel=channel)
            return AlertRedeliveryRequested(channel=channel, recipient=recipient)
        case unreachable:
            assert_never(unreachable)


def _seen_to(alert: Alert, command: AcknowledgeAlert | EscalateAlert | SnoozeAlert | ResolveAlert, occasion: Occasion) -> Fact:
    match command:
        case AcknowledgeAlert(note=note):
            if alert.acknowledged_by is not None:
                raise AlertIsAcknowledged(actor=alert.acknowledged_by)
            return AlertAcknowledged(note=note)
        case EscalateAlert(to=to, why=why):
            for name in to:
                _require_text(recipient=name)
            others = tuple(name for name in dict.fromkeys(to) if name not in alert.told)
            if not others:
                raise EscalatesToNobody
            return AlertEscalated(to=others, why=why)
        case SnoozeAlert(until=until, note=note):
            if until <= occasion.now:
                raise AlertSnoozedIntoThePast(until=until.isoformat())
            return AlertSnoozed(until=until, note=note)
        case ResolveAlert(how=how):
            _require_text(remedy=how)
            return AlertResolved(how=how)
        case unreachable:
            assert_never(unreachable)


def _require_text(**texts: str) -> None:
    for name, text in texts.items():
        if is_blank(text):
            raise AlertNeedsText(field=name)


def fold(alert: Alert, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("AlertFact", entry.fact)
    match happened:
        case AlertRaised():
            alert.raised = happened
            alert.raised_at = entry.recorded_at
        case AlertDelivered() | AlertDeliveryFailed() | AlertRedeliveryRequested():
            _fold_delivery(alert, entry, happened)
        case AlertAcknowledged():
            alert.status = AlertStatus.ACKNOWLEDGED
            alert.acknowledged_by = entry.meta.actor
        case AlertEscalated(to=to):
            alert.escalated_to = (*alert.escalated_to, *to)
        case AlertSnoozed(until=until):
            alert.snoozed_until = until
        case AlertResolved(how=how):
            alert.status = AlertStatus.RESOLVED
            alert.resolved_by = entry.meta.actor
            alert.resolved_how = how
        case unreachable:
            assert_never(unreachable)
    alert.version = entry.version


def _fold_delivery(alert: Alert, entry: Entry, happened: AlertDelivered | AlertDeliveryFailed | AlertRedeliveryRequested) -> None:
    key = (happened.channel, happened.recipient)
    match happened:
        case AlertDelivered(attempt=attempt):
            alert.deliveries[key] = AlertDelivery(channel=key[0], recipient=key[1], attempts=attempt, delivered_at=entry.recorded_at)
        case AlertDeliveryFailed(attempt=attempt, why=why, retry_at=retry_at):
            alert.deliveries[key] = AlertDelivery(channel=key[0], recipient=key[1], attempts=attempt, why=why, retry_at=retry_at)
        case AlertRedeliveryRequested():
            # Counted from the beginning, and due at once.
            alert.deliveries[key] = AlertDelivery(channel=key[0], recipient=key[1], attempts=0, retry_at=entry.recorded_at)
        case unreachable:
            assert_never(unreachable)
