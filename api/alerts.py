"""Reading alerts: what rules found, who was told, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.current import current
from api.describe import READ, READ_ONE, described
from api.door import AlertId, AtDoor, IfNoneMatch, May, only_known_parameters, rendered
from api.freshness import MinPosition, read_fresh
from api.permissions import HISTORY_READERS
from api.register import SortOrder
from api.scalars import TEXT
from domain.alert import Alert, NoSuchAlert
from domain.alert.vocabulary import AlertCause, AlertDelivery, AlertFigures, AlertKind, AlertRuleRef, AlertSeverity, AlertStatus
from infra.alert_text import sentence, told
from infra.ledger import ALERT
from infra.render import Json, to_json
from infra.translations import ENGLISH
from projections.alerts import ALERTS, AlertQuery, Alerts, ListedAlert
from projections.alerts.queries import SORTS

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
    messages: AlertMessages


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMessages:
    """What an alert says, in each language."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """An alert as the list of alerts shows it."""

    id: str
    rule_id: str
    rule_edition: int
    kind: AlertKind
    severity: AlertSeverity
    title: str
    contract_id: str
    contract_number: str
    subject: str | None
    entry: int | None
    day: date | None
    figures: AlertFigures
    messages: AlertMessages
    status: AlertStatus
    told: tuple[str, ...]
    raised_at: datetime
    escalate_at: datetime | None
    escalated: bool
    snoozed_until: datetime | None
    acknowledged_by: str | None
    resolved_by: str | None
    deliveries: tuple[AlertDelivery, ...]
    dead: bool
    version: int
    position: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPage:
    """A page of alerts."""

    alerts: tuple[AlertLine, ...]
    next_cursor: str | None


MAX_LISTED: Final = 500
AlertSort = StrEnum("AlertSort", {name: name for name in ("id", *(column for column in SORTS if column != "alert_id"))})  # type: ignore[misc]
_COLUMNS: Final = {"id": "alert_id"}
_BY_TIME: Final = AlertSort("raised_at")

Statuses = Annotated[list[AlertStatus] | None, Query(max_length=3, description="One of these states; may be given several times.")]
Severities = Annotated[list[AlertSeverity] | None, Query(max_length=3, description="One of these; may be given several times.")]
AlertKinds = Annotated[list[AlertKind] | None, Query(max_length=len(AlertKind), description="One of these; may be given several times.")]
OfContract = Annotated[str | None, TEXT, Query(max_length=200, description="About this contract, by its id.")]
OfRule = Annotated[str | None, TEXT, Query(max_length=200, description="Raised by this rule, by its id.")]
ToldTo = Annotated[str | None, TEXT, Query(max_length=200, description="Of which this person is told.")]
Dead = Annotated[bool | None, Query(description="Whether a message did not reach somebody, and nobody tries again.")]
Awake = Annotated[bool, Query(description="Leave out those that rest.")]
Sort = Annotated[AlertSort, Query(description="What to sort by.")]
InOrder = Annotated[SortOrder, Query(description="Which way.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LISTED, description="How many alerts at most.")]
Cursor = Annotated[
    str | None,
    TEXT,
    Query(max_length=4_000, description="The `next_cursor` of the page before. It belongs to the same sort and order; keep the filters."),
]


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
        messages=AlertMessages(en=sentence(alert.raised, ENGLISH), zh=sentence(alert.raised, "zh-CN")),
    )


def listed_json(row: ListedAlert) -> dict[str, Json]:
    """A row as the list shows it."""
    line: dict[str, Any] = {f.name: to_json(getattr(row, f.name)) for f in fields(row) if f.name != "alert_id"}
    line["told"] = row.told.split("\n") if row.told else []
    line["deliveries"] = [
        {"channel": channel, "recipient": recipient, **state}
        for (channel, _, recipient), state in ((key.partition("/"), state) for key, state in row.deliveries.items())
        if isinstance(state, dict)
    ]
    said = {name: told(AlertKind(row.kind), row.contract_number, row.subject, row.figures, tag) for name, tag in _LANGUAGES.items()}
    return {"id": row.alert_id, **line, "messages": said}


_LANGUAGES: Final = {"en": ENGLISH, "zh": "zh-CN"}


async def asked(
    status: Statuses = None,
    *,
    severity: Severities = None,
    kind: AlertKinds = None,
    contract_id: OfContract = None,
    rule_id: OfRule = None,
    told_to: ToldTo = None,
    dead: Dead = None,
    sort: Sort = _BY_TIME,
    order: InOrder = SortOrder.DESC,
) -> AlertQuery:
    """Which alerts, in which order."""
    return AlertQuery(
        status=status or (),
        severity=severity or (),
        kind=kind or (),
        contract_id=contract_id,
        rule_id=rule_id,
        told=told_to,
        dead=dead,
        sort=_COLUMNS.get(sort, sort),
        descending=order is SortOrder.DESC,
    )


AskedAlerts = Annotated[AlertQuery, Depends(asked)]


@routes.get(
    "/alerts",
    operation_id="list_alerts",
    summary="List the alerts",
    description="The newest first. Every filter that is given must hold. The list is a view and follows the ledger within moments: to see "
    "your own write, give the position of its answer as `min_position`.\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=described(AlertPage, "A page of alerts.", refusals=READ, headers=("Ledger-Position",)),
)
def list_alerts(
    at: AtDoor,
    query: AskedAlerts,
    *,
    awake: Awake = False,
    limit: Limit = 50,
    cursor: Cursor = None,
    min_position: MinPosition = None,
) -> Response:
    position = read_fresh(at, ALERTS.name, min_position)
    awake_at = at.ledger.clock() if awake else None
    listed = Alerts(at.opened).find(replace(query, limit=limit, cursor=cursor, awake_at=awake_at))
    page = {"alerts": [listed_json(row) for row in listed.rows], "next_cursor": listed.next_cursor}
    return rendered(page, headers={"Ledger-Position": str(position)})


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
