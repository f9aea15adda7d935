"""Alerts, the rules that raise them, and the days that begin, in one line."""

from __future__ import annotations

from typing import assert_never

from domain.alert import (
    AlertAcknowledged,
    AlertDelivered,
    AlertDeliveryFailed,
    AlertEscalated,
    AlertFact,
    AlertRaised,
    AlertRedeliveryRequested,
    AlertResolved,
    AlertSnoozed,
)
from domain.alerting import AlertRulesFact, AlertRulesPublished, AlertRulesRetired
from domain.clock import ClockFact, DayBegan
from projections.timeline.summary.phrases import because, in_words, short


def of_alerts(happened: AlertFact | AlertRulesFact | ClockFact) -> str:
    """Alerts and what became of them, their rules, and days."""
    match happened:
        case AlertRaised(kind=kind, severity=severity, contract_number=number, rule=rule):
            return f"Alert raised, {severity.value}: {in_words(kind)}, {short(number)} (rule {short(rule.rule_id)})"
        case AlertDelivered(channel=channel, recipient=recipient):
            return f"Alert delivered to {short(recipient)} on {short(channel)}"
        case AlertDeliveryFailed(channel=channel, recipient=recipient, attempt=attempt, why=why):
            return f"Attempt {attempt} to deliver the alert to {short(recipient)} on {short(channel)} failed{because(why)}"
        case AlertRedeliveryRequested(channel=channel, recipient=recipient):
            return f"Alert to be delivered to {short(recipient)} on {short(channel)} once more"
        case AlertAcknowledged(note=note):
            return f"Alert acknowledged{because(note)}"
        case AlertEscalated(to=to, why=why):
            return f"Alert escalated to {short(', '.join(to))}{because(why)}"
        case AlertSnoozed(until=until, note=note):
            return f"Alert snoozed until {until.isoformat()}{because(note)}"
        case AlertResolved(how=how):
            return f"Alert resolved{because(how)}"
        case AlertRulesPublished(edition=edition, title=title, rules=rules):
            return f"Alert rules published, edition {edition} with {len(rules)} rules: {short(title)}"
        case AlertRulesRetired(why=why):
            return f"Alert rules retired{because(why)}"
        case DayBegan(day=day, zone=zone):
            return f"{day.isoformat()} began in {short(zone)}"
        case unreachable:
            assert_never(unreachable)
