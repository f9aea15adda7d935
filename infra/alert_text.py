"""What an alert says, in the reader's language: a sentence for each kind, filled with the figures of the alert."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from domain.alert import AlertRaised
from domain.alert.vocabulary import AlertKind
from infra.render import Json, to_json
from infra.translations import ENGLISH, catalogue, label

CONTEXT: Final = "alert_message"
# What an alert does not say.
NOTHING: Final = "–"

SENTENCES: Final[Mapping[AlertKind, str]] = {
    AlertKind.PAYMENT_DUE: "{contract}: instalment {subject} of {amount} falls due on {day}, in {days} days.",
    AlertKind.PAYMENT_OVERDUE: "{contract}: instalment {subject} of {amount} was due on {day}, {days} days ago.",
    AlertKind.PAYMENT_SHORT: "{contract}: payment {subject} leaves {amount} of {limit} of instalment {what} still to come.",
    AlertKind.PAYMENT_BEFORE_TRIGGER: "{contract}: payment {subject} counts for instalment {what} before what that waits for.",
    AlertKind.PAYMENT_DUPLICATE: "{contract}: payment {subject} of {amount} is like payment {what} of {day}.",
    AlertKind.PAYMENT_ABOVE_VALUE: "{contract}: with payment {subject}, {amount} more was paid than the value of {limit}.",
    AlertKind.ACCOUNT_CHANGED: "{contract}: payment {subject} of {amount} went to party {what}, whose account {who} changed on {day}.",
    AlertKind.DELIVERY_DUE: "{contract}: delivery {subject} is due on {day}, in {days} days.",
    AlertKind.DELIVERY_LATE: "{contract}: delivery {subject} was due on {day}, {days} days ago.",
    AlertKind.DELIVERY_REJECTED: "{contract}: delivery {subject} was rejected.",
    AlertKind.ACCEPTANCE_CLOSING: "{contract}: delivery {subject} is to be judged by {day}, in {days} days.",
    AlertKind.DEFECT_OVERDUE: "{contract}: defect {subject} was to be fixed by {day}, {days} days ago.",
    AlertKind.RETENTION_DUE: "{contract}: retention {subject} of {amount} may be released on {day}, in {days} days.",
    AlertKind.APPROVAL_STUCK: "{contract}: step {subject}, {what}, has waited for {days} days.",
    AlertKind.SIGNATURE_LATE: "{contract}: the signature of {subject} was asked for by {day}, {days} days ago.",
    AlertKind.CONTRACT_EXPIRING: "{contract} ends on {day}, in {days} days.",
    AlertKind.RENEWAL_NOTICE: "{contract}: notice of renewal is possible until {day}, for {days} more days.",
    AlertKind.ORIGINAL_MISSING: "{contract} has been in force for {days} days, and no original was deposited.",
    AlertKind.TERM_CHANGED: "{contract}: amendment {subject} changed {what} after signing.",
    AlertKind.VALUE_RAISED: "{contract}: amendment {subject} raised the value of {limit} by {amount}, {percent} %.",
    AlertKind.SELF_APPROVED: "{contract}: {who} approved step {subject} of a contract of their own.",
    AlertKind.DELEGATION_EXPIRED: "{contract}: {who} approved under delegation {subject}, which did not count then.",
    AlertKind.CONTRACTS_SPLIT: "{contract}: with {what}, contracts with party {subject} come to {amount}, above {limit}.",
    AlertKind.PARTY_CHANGED: "{contract}: {who} changed the {what} of party {subject} after signing.",
    AlertKind.PARTY_FLAGGED: "{contract}: {who} flagged party {subject} after signing ({what}).",
    AlertKind.RISK_ABOVE: "{contract}: assessment {subject} came to {points} points, {what}.",
    AlertKind.REVIEW_OVERDUE: "{contract}: review {subject} by {who} was due on {day}, {days} days ago.",
    AlertKind.BACKDATED: "{contract}: {who} recorded what happened on {day} {days} days later.",
    AlertKind.RECONCILIATION_BROKEN: "{contract}: the bank does not say what payment {subject} says.",
    AlertKind.BREACH_DECLARED: "{contract}: {who} declared breach {subject}.",
    AlertKind.DISPUTE_OPENED: "{contract}: dispute {subject} was opened.",
    AlertKind.BULK_EXPORT: "{who} took {rows} rows away in one day, the last of {what}.",
    AlertKind.ODD_HOURS: "{who} came on {day} at {what}, when nobody is expected.",
}


def sentence(raised: AlertRaised, language: str) -> str:
    """What an alert says."""
    figures = cast("Mapping[str, Json]", to_json(raised.figures))
    return told(raised.kind, raised.contract_number, raised.cause.subject, figures, language)


def told(kind: AlertKind, number: str, subject: str | None, figures: Mapping[str, Json], language: str) -> str:
    """The same, from an alert's figures as plain JSON."""
    text = SENTENCES[kind]
    template = catalogue(language).get((CONTEXT, text), text)
    return template.format(contract=number, subject=subject or NOTHING, **{name: _shown(value) for name, value in figures.items()})


def heading(raised: AlertRaised, language: str) -> str:
    """What an alert is about, in a few words."""
    severity = label("alert_severity", raised.severity.value, language)
    kind = label("alert_kind", raised.kind.value, language)
    # What was done at the door is about no contract.
    about = raised.contract_number or raised.figures.who or NOTHING
    return f"[{severity}] {kind}: {about}" if language == ENGLISH else f"【{severity}】{kind}：{about}"


def _shown(value: Json) -> str:
    if value is None:
        return NOTHING
    return f"{value['amount']} {value['currency']}" if isinstance(value, dict) else str(value)
