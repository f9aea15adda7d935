"""Reading alerts: what rules found, who was told, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.current import current
from api.describe import READ_ONE, described
from api.door import AlertId, AtDoor, IfNoneMatch, May, only_known_parameters
from api.permissions import HISTORY_READERS
from domain.alert import Alert, NoSuchAlert
from domain.alert.vocabulary import AlertCause, AlertDelivery, AlertFigures, AlertKind, AlertRuleRef, AlertSeverity, AlertStatus
from infra.ledger import ALERT

routes = APIRouter(tags=["alerts"])


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAnswer:
    """An alert as it stands."""

    id: str
    version: int
    rule: AlertRuleRef
    cause: AlertCause
    kind: AlertKind
    severity: AlertSeverity
    title: str
    contract_number: str
    figures: AlertFigures
    status: AlertStatus
    raised_at: datetime
    told: tuple[str, ...]
    escalate_at: datetime | None
    snoozed_until: datetime | None
    acknowledged_by: str | None
    resolved_by: str | None
    resolved_how: str | None
    deliveries: tuple[AlertDelivery, ...]


def answer(alert_id: str, alert: Alert) -> AlertAnswer:
    """An alert as the API shows it. Refuses with NoSuchAlert."""
    if alert.raised is None or alert.raised_at is None:
        raise NoSuchAlert
    return AlertAnswer(
        id=alert_id,
        version=alert.version,
        rule=alert.raised.rule,
        cause=alert.raised.cause,
        kind=alert.raised.kind,
        severity=alert.raised.severity,
        title=alert.raised.title,
        contract_number=alert.raised.contract_number,
        figures=alert.raised.figures,
        status=alert.status,
        raised_at=alert.raised_at,
        told=alert.told,
        escalate_at=alert.raised.escalate_at,
        snoozed_until=alert.snoozed_until,
        acknowledged_by=alert.acknowledged_by,
        resolved_by=alert.resolved_by,
        resolved_how=alert.resolved_how,
        deliveries=tuple(alert.deliveries.values()),
    )


@routes.get(
    "/alerts/{alert_id}",
    operation_id="get_alert",
    summary="Read an alert",
    description="As it stands, from its entries themselves, so that it shows every write at once.\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=described(AlertAnswer, "The alert.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_alert(at: AtDoor, alert_id: AlertId, if_none_match: IfNoneMatch = None) -> Response:
    return current(at, ALERT, alert_id, if_none_match, answer)
