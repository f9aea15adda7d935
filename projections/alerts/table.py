"""The table of alerts, and how pages of the log become its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeAlias, assert_never, cast

import domain.alert
from domain.alert import (
    Alert,
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
from domain.alert.vocabulary import AlertStatus
from domain.facts import Entry
from infra.ledger import ALERT
from infra.opening import Opened
from infra.render import to_json
from projections.columns import shown
from projections.rows import RowProjection, RowShape
from projections.view import Row, RowPerStream, Tables, View

Json: TypeAlias = dict[str, Any]

DDL = """
CREATE TABLE {alerts} (
    alert_id        text COLLATE "C" NOT NULL PRIMARY KEY,
    rule_id         text        NOT NULL,
    rule_edition    integer     NOT NULL,
    kind            text        NOT NULL,
    severity        text        NOT NULL,
    title           text        NOT NULL,
    contract_id     text        NOT NULL,
    contract_number text        NOT NULL,
    subject         text,
    entry           bigint,
    day             date,
    figures         json        NOT NULL,
    status          text        NOT NULL,
    told            text        NOT NULL,
    told_names      text[]      NOT NULL GENERATED ALWAYS AS (string_to_array(told, E'\\n')) STORED,
    raised_at       timestamptz,
    escalate_at     timestamptz,
    escalated       boolean     NOT NULL,
    snoozed_until   timestamptz,
    acknowledged_by text,
    resolved_by     text,
    -- By channel and recipient, as a path; `dead` where nobody tries any more.
    deliveries      json        NOT NULL,
    dead            boolean     NOT NULL,
    version         integer     NOT NULL,
    position        bigint      NOT NULL,
    updated_at      timestamptz
) WITH (fillfactor = 70)
"""
INDEXES = """
CREATE INDEX ON {alerts} (raised_at, alert_id);
CREATE INDEX ON {alerts} (status, raised_at, alert_id);
CREATE INDEX ON {alerts} (contract_id COLLATE "C", raised_at);
CREATE INDEX ON {alerts} (escalate_at) WHERE status = 'open' AND NOT escalated AND escalate_at IS NOT NULL;
CREATE INDEX ON {alerts} USING gin (told_names)
"""
COLUMNS: Final[Mapping[str, str]] = {
    "alert_id": "text",
    "rule_id": "text",
    "rule_edition": "integer",
    "kind": "text",
    "severity": "text",
    "title": "text",
    "contract_id": "text",
    "contract_number": "text",
    "subject": "text",
    "entry": "bigint",
    "day": "date",
    "figures": "json",
    "status": "text",
    "told": "text",
    "raised_at": "timestamptz",
    "escalate_at": "timestamptz",
    "escalated": "boolean",
    "snoozed_until": "timestamptz",
    "acknowledged_by": "text",
    "resolved_by": "text",
    "deliveries": "json",
    "dead": "boolean",
    "version": "integer",
    "position": "bigint",
    "updated_at": "timestamptz",
}


@dataclass(slots=True)
class AlertLine:
    """One alert's row; the fields are the table's columns, in its order."""

    alert_id: str
    rule_id: str = ""
    rule_edition: int = 0
    kind: str = ""
    severity: str = ""
    title: str = ""
    contract_id: str = ""
    contract_number: str = ""
    subject: str | None = None
    entry: int | None = None
    day: date | None = None
    figures: Json = field(default_factory=dict)
    status: str = AlertStatus.OPEN.value
    told: str = ""
    raised_at: datetime | None = None
    escalate_at: datetime | None = None
    escalated: bool = False
    snoozed_until: datetime | None = None
    acknowledged_by: str | None = None
    resolved_by: str | None = None
    deliveries: Json = field(default_factory=dict)
    dead: bool = False
    version: int = 0
    position: int = 0
    updated_at: datetime | None = None


def fold(line: AlertLine, entry: Entry) -> None:
    """Changes an alert's row by its next entry."""
    happened = cast("AlertFact", entry.fact)
    match happened:
        case AlertRaised():
            begin(line, entry, happened)
        case AlertDelivered() | AlertDeliveryFailed() | AlertRedeliveryRequested():
            deliver(line, entry, happened)
        case AlertAcknowledged():
            line.status, line.acknowledged_by = AlertStatus.ACKNOWLEDGED.value, entry.meta.actor
        case AlertEscalated(to=to):
            line.told = "\n".join(dict.fromkeys([*(line.told.split("\n") if line.told else []), *to]))
            line.escalated = True
        case AlertSnoozed(until=until):
            line.snoozed_until = until
        case AlertResolved():
            line.status, line.resolved_by = AlertStatus.RESOLVED.value, entry.meta.actor
        case unreachable:
            assert_never(unreachable)
    line.version = entry.version
    line.position = entry.position
    line.updated_at = entry.recorded_at


def begin(line: AlertLine, entry: Entry, raised: AlertRaised) -> None:
    """Takes what was raised."""
    line.rule_id, line.rule_edition = raised.rule.rule_id, raised.rule.edition
    line.kind, line.severity, line.title = raised.kind.value, raised.severity.value, raised.title
    line.contract_id, line.contract_number = raised.cause.about, raised.contract_number
    line.subject, line.entry, line.day = raised.cause.subject, raised.cause.entry, raised.cause.day
    line.figures = cast("Json", to_json(raised.figures))
    line.told = "\n".join(raised.tell)
    line.raised_at, line.escalate_at = entry.recorded_at, raised.escalate_at


def deliver(line: AlertLine, entry: Entry, happened: AlertDelivered | AlertDeliveryFailed | AlertRedeliveryRequested) -> None:
    """Takes how far a message came."""
    state: Json
    match happened:
        case AlertDelivered(attempt=attempt):
            state = {"attempts": attempt, "delivered_at": to_json(entry.recorded_at), "why": None, "retry_at": None}
        case AlertDeliveryFailed(attempt=attempt, why=why, retry_at=retry_at):
            state = {"attempts": attempt, "delivered_at": None, "why": why, "retry_at": to_json(retry_at)}
        case AlertRedeliveryRequested():
            state = {"attempts": 0, "delivered_at": None, "why": None, "retry_at": to_json(entry.recorded_at)}
        case unreachable:
            assert_never(unreachable)
    line.deliveries = {**line.deliveries, f"{happened.channel}/{happened.recipient}": state}
    line.dead = any(d["attempts"] and not d["delivered_at"] and not d["retry_at"] for d in line.deliveries.values())


class AlertTold:
    """What an alert's stream says should stand in its row, folded by the domain and not by the projection."""

    def __init__(self, alert_id: str) -> None:
        """Begins with nothing."""
        self._alert_id = alert_id
        self._alert = Alert()
        self._last: Entry | None = None

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        domain.alert.fold(self._alert, entry)
        self._last = entry

    def row(self) -> Row:
        """The row that should stand by now."""
        it, raised = self._alert, self._alert.raised
        if raised is None:
            return {"alert_id": shown(self._alert_id)}
        deliveries = {
            f"{d.channel}/{d.recipient}": {
                "attempts": d.attempts,
                "delivered_at": to_json(d.delivered_at),
                "why": d.why,
                "retry_at": to_json(d.retry_at),
            }
            for d in it.deliveries.values()
        }
        columns: Row = {
            "alert_id": self._alert_id,
            "rule_id": raised.rule.rule_id,
            "rule_edition": raised.rule.edition,
            "kind": raised.kind.value,
            "severity": raised.severity.value,
            "title": raised.title,
            "contract_id": raised.cause.about,
            "contract_number": raised.contract_number,
            "subject": raised.cause.subject,
            "entry": raised.cause.entry,
            "day": raised.cause.day,
            "figures": to_json(raised.figures),
            "status": it.status.value,
            "told": "\n".join(it.told),
            "raised_at": it.raised_at,
            "escalate_at": raised.escalate_at,
            "escalated": bool(it.escalated_to),
            "snoozed_until": it.snoozed_until,
            "acknowledged_by": it.acknowledged_by,
            "resolved_by": it.resolved_by,
            "deliveries": deliveries,
            "dead": any(d.is_dead for d in it.deliveries.values()),
            "version": it.version,
            "position": None if self._last is None else self._last.position,
            "updated_at": None if self._last is None else self._last.recorded_at,
        }
        return {c: shown(v) if isinstance(v, str) else v for c, v in columns.items()}


SHAPE: Final = RowShape(table="alerts", prefix=ALERT.prefix, columns=COLUMNS, made=AlertLine, fold=fold)


def projection(_: Opened, tables: Tables) -> RowProjection[AlertLine]:
    """Writes the alerts."""
    return RowProjection(SHAPE, tables)


ALERTS = View(
    name="alerts",
    version=2,
    tables=("alerts",),
    ddl=DDL,
    indexes=INDEXES,
    projection=projection,
    expects=RowPerStream(table="alerts", key="alert_id", prefix=ALERT.prefix, begin=AlertTold),
)
