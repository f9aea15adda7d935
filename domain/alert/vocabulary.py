"""What an alert is made of: what is watched for, how bad it is, which rule found it where, and the figures of its message."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from domain.facts import value
from domain.money import Money

_NAMESPACE: Final = uuid.UUID("0f6ad2f4-1d0c-5b8e-9a51-6e1b5f7d2c38")


class AlertKind(StrEnum):
    """What is watched for."""

    PAYMENT_DUE = "payment_due"
    PAYMENT_OVERDUE = "payment_overdue"
    PAYMENT_SHORT = "payment_short"
    PAYMENT_BEFORE_TRIGGER = "payment_before_trigger"
    PAYMENT_DUPLICATE = "payment_duplicate"
    PAYMENT_ABOVE_VALUE = "payment_above_value"
    ACCOUNT_CHANGED = "account_changed"
    DELIVERY_DUE = "delivery_due"
    DELIVERY_LATE = "delivery_late"
    DELIVERY_REJECTED = "delivery_rejected"
    ACCEPTANCE_CLOSING = "acceptance_closing"
    DEFECT_OVERDUE = "defect_overdue"
    RETENTION_DUE = "retention_due"
    APPROVAL_STUCK = "approval_stuck"
    SIGNATURE_LATE = "signature_late"
    CONTRACT_EXPIRING = "contract_expiring"
    RENEWAL_NOTICE = "renewal_notice"
    ORIGINAL_MISSING = "original_missing"
    TERM_CHANGED = "term_changed"
    VALUE_RAISED = "value_raised"
    SELF_APPROVED = "self_approved"
    DELEGATION_EXPIRED = "delegation_expired"
    CONTRACTS_SPLIT = "contracts_split"
    PARTY_CHANGED = "party_changed"
    PARTY_FLAGGED = "party_flagged"
    RISK_ABOVE = "risk_above"
    REVIEW_OVERDUE = "review_overdue"
    BACKDATED = "backdated"
    RECONCILIATION_BROKEN = "reconciliation_broken"
    BREACH_DECLARED = "breach_declared"
    DISPUTE_OPENED = "dispute_opened"
    BULK_EXPORT = "bulk_export"
    ODD_HOURS = "odd_hours"


class AlertSeverity(StrEnum):
    """How bad it is."""

    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


class AlertStatus(StrEnum):
    """Whether somebody has to look at it."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@value
class AlertRuleRef:
    """A rule, and the edition in which it came to read as it does: one that a later edition repeats is still the same."""

    rule_id: str
    edition: int


@value
class AlertCause:
    """What made a rule hold: an entry, by its position, or a day by which something of a contract or a party, the subject, was to be.

    `about` is the contract that it is about, by its id; for what was done at the ledger's door it is the stream that says so.
    """

    about: str
    subject: str | None = None
    entry: int | None = None
    day: date | None = None


@value
class AlertFigures:
    """What the message says beside names: amounts, a day, how many days or rows, a share in percent, who, and what else."""

    amount: Money | None = None
    limit: Money | None = None
    day: date | None = None
    days: int | None = None
    percent: int | None = None
    points: int | None = None
    who: str | None = None
    what: str | None = None
    rows: int | None = None


@value
class AlertDelivery:
    """How far the message has come on one channel, to one person: `retry_at` is when it is tried again, None where it is not."""

    channel: str
    recipient: str
    attempts: int
    delivered_at: datetime | None = None
    why: str | None = None
    retry_at: datetime | None = None

    @property
    def is_dead(self) -> bool:
        """Whether nobody tries any more."""
        return self.delivered_at is None and self.retry_at is None and self.attempts > 0


def identity(rule: AlertRuleRef, cause: AlertCause) -> str:
    """The alert's id: the same rule and cause are the same alert, whoever finds it and however often."""
    parts = (rule.rule_id, rule.edition, cause.about, cause.subject, cause.entry, cause.day)
    return str(uuid.uuid5(_NAMESPACE, "\n".join("" if part is None else repr(str(part)) for part in parts)))
