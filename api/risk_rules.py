"""Reading the rules by which contracts' risk is assessed."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.current import current
from api.describe import READ_ONE, described
from api.door import AtDoor, IfNoneMatch, May, RiskRulesId, only_known_parameters
from api.permissions import READERS
from domain.contract.assessed import ReviewMonths, RiskLevels
from domain.risk import RiskRules
from domain.risk.rules import RiskRule
from infra.ledger import RISK

routes = APIRouter(tags=["risk rules"])


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRulesAnswer:
    """The last edition of the rules; edition 0 where none was ever published."""

    id: str
    version: int
    edition: int
    title: str
    currency: str | None
    levels: RiskLevels | None
    rules: tuple[RiskRule, ...]
    review_after: ReviewMonths | None
    in_use: bool


def answer(rules_id: str, book: RiskRules) -> RiskRulesAnswer:
    """The rules as the API shows them; none where none was ever published."""
    return RiskRulesAnswer(
        id=rules_id,
        version=book.version,
        edition=book.edition,
        title=book.title,
        currency=book.currency or None,
        levels=book.levels,
        rules=book.rules,
        review_after=book.review_after,
        in_use=book.in_use,
    )


@routes.get(
    "/risk-rules/{rules_id}",
    operation_id="get_risk_rules",
    summary="Read the risk rules",
    description="Their last edition, from the entries themselves, so that it shows every write at once.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(RiskRulesAnswer, "The rules.", refusals=READ_ONE, headers=("ETag", "Ledger-Position"), cached=True),
)
def get_risk_rules(at: AtDoor, rules_id: RiskRulesId, if_none_match: IfNoneMatch = None) -> Response:
    return current(at, RISK, rules_id, if_none_match, answer)
