"""Reading the rules by which contracts are watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.current import current
from api.describe import READ_ONE, described, request_body
from api.door import AlertRulesId, AtDoor, IfNoneMatch, May, only_known_parameters, rendered
from api.permissions import HISTORY_READERS, READERS, SIMULATORS
from api.policies import MAX_SIMULATED, TRIED, whole_body
from api.quotes import ByCalendar, InZone
from api.risk_rules import Cursor, EditionCursor, EditionLimit
from api.scalars import Day
from api.shapes import parse, shape_of
from api.strict_json import Flaw, Flawed
from domain.alerting import AlertRules, AlertRulesEdition, PublishAlertRules, editions
from domain.alerting.rules import AlertRule
from domain.contract.agenda import House
from infra import calendars
from infra.ledger import ALERTING
from projections.alerts.simulation import SimulatedAlert, SimulatedTotals, Stretch, simulated

routes = APIRouter(tags=["alert rules"])


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRulesAnswer:
    """The last edition of the rules; edition 0 where none was ever published."""

    id: str
    version: int
    edition: int
    title: str
    currency: str | None
    rules: tuple[AlertRule, ...]
    in_use: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRulesEditionPage:
    """A page of the editions of the alert rules."""

    editions: tuple[AlertRulesEdition, ...]
    next_cursor: str | None


def answer(rules_id: str, book: AlertRules) -> AlertRulesAnswer:
    """The rules as the API shows them; none where none was ever published."""
    return AlertRulesAnswer(
        id=rules_id,
        version=book.version,
        edition=book.edition,
        title=book.title,
        currency=book.currency or None,
        rules=book.rules,
        in_use=book.in_use,
    )


@routes.get(
    "/alert-rules/{rules_id}",
    operation_id="get_alert_rules",
    summary="Read the alert rules",
    description="Their last edition, from the entries themselves, so that it shows every write at once.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(AlertRulesAnswer, "The rules.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_alert_rules(at: AtDoor, rules_id: AlertRulesId, if_none_match: IfNoneMatch = None) -> Response:
    return current(at, ALERTING, rules_id, if_none_match, answer)


@routes.get(
    "/alert-rules/{rules_id}/editions",
    operation_id="list_alert_editions",
    summary="List the editions of the alert rules",
    description="Every edition that was ever published, oldest first, with who published it and when; alerts name theirs.\n\n"
    "Roles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=described(AlertRulesEditionPage, "A page of editions.", refusals=READ_ONE, headers=("Ledger-Position",)),
)
def list_alert_editions(at: AtDoor, rules_id: AlertRulesId, *, cursor: EditionCursor = None, limit: EditionLimit = 20) -> Response:
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    rest = editions(at.ledger.history(ALERTING, rules_id))[cursor or 0 :]
    more = str(rest[limit - 1].edition) if len(rest) > limit else None
    return rendered(AlertRulesEditionPage(editions=rest[:limit], next_cursor=more), headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSimulationTotals:
    """How many alerts rules would have raised for the contracts of a page, how many of them there are already, and how many by rule."""

    alerts: int
    known: int
    rules: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSimulationPage:
    """What alert rules would have raised for a page of contracts."""

    alerts: tuple[SimulatedAlert, ...]
    totals: AlertSimulationTotals
    next_cursor: str | None


MAX_DAYS: Final = 400
Since = Annotated[Day, Query(alias="from", description="The first day, by when things were recorded.", examples=["2026-01-01"])]
Until = Annotated[Day | None, Query(alias="to", description="The last day; today where it is left out.", examples=["2026-03-31"])]
AtMost = Annotated[int, Query(ge=1, le=MAX_SIMULATED, description="At how many contracts to look at most.")]


@routes.post(
    "/alert-rules/{rules_id}/simulate",
    operation_id="simulate_alert_rules",
    summary="Try alert rules on recorded history",
    description="Takes what `publish` takes, writes nothing, and says which alerts these rules would have raised in a stretch of up to "
    f"{MAX_DAYS} days: in each entry, and on each day, of each contract as it was known then. What rules of parties and of the ledger's "
    "door find is left out; `tally rules simulate` shows that too. Totals are those of the page.\n\nRoles: admin, auditor.",
    response_class=Response,
    dependencies=[Depends(May(SIMULATORS)), Depends(only_known_parameters)],
    openapi_extra=described(
        AlertSimulationPage,
        "A page of alerts.",
        refusals=TRIED,
        headers=("Ledger-Position",),
        body=request_body(shape_of(PublishAlertRules), PublishAlertRules),
    ),
)
def simulate_alert_rules(
    at: AtDoor,
    rules_id: AlertRulesId,  # noqa: ARG001 - checked by its type
    body: Annotated[bytes, Depends(whole_body)],
    *,
    since: Since,
    until: Until = None,
    cursor: Cursor = None,
    limit: AtMost = 50,
    calendar: ByCalendar = calendars.ROUND_THE_CLOCK,
    zone: InZone = "UTC",
) -> Response:
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    rules: PublishAlertRules = parse(shape_of(PublishAlertRules), body).to_domain()
    house = House(calendar, zone, calendars.named(calendar, zone))
    last: date = until or at.ledger.clock().astimezone(house.counted.zone).date()
    if not timedelta() <= last - since < timedelta(days=MAX_DAYS):
        raise Flawed([Flaw("query.from", f"From the first day to the last are at most {MAX_DAYS} days, and not less than one.")])
    looked = list(simulated(at.opened, rules, Stretch(since, last, house), after=cursor or 0, limit=limit + 1))
    found = tuple(one for page in islice(looked, limit) for one in page.found)
    totals = SimulatedTotals()
    for one in found:
        totals.add(one)
    counted = AlertSimulationTotals(alerts=totals.alerts, known=totals.known, rules=totals.by_rule)
    more = str(looked[limit - 1].position) if len(looked) > limit else None
    return rendered(AlertSimulationPage(alerts=found, totals=counted, next_cursor=more), headers=headers)
