"""Reading the rules by which contracts are watched."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.current import current
from api.describe import READ_ONE, described
from api.door import AlertRulesId, AtDoor, IfNoneMatch, May, only_known_parameters, rendered
from api.permissions import HISTORY_READERS, READERS
from api.risk_rules import EditionCursor, EditionLimit
from domain.alerting import AlertRules, AlertRulesEdition, editions
from domain.alerting.rules import AlertRule
from infra.ledger import ALERTING

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
