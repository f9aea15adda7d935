"""Reading the rules by which contracts' risk is assessed, and trying those that are not published yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.current import current
from api.describe import READ_ONE, described, request_body
from api.door import AtDoor, IfNoneMatch, May, RiskRulesId, only_known_parameters, rendered
from api.permissions import HISTORY_READERS, READERS, SIMULATORS
from api.policies import MAX_SIMULATED, TRIED, Kinds, Rates, rates_of, whole_body
from api.scalars import MAX_POSITION, MAX_VERSION
from api.shapes import parse, shape_of
from domain.contract.assessed import ReviewMonths, RiskLevel, RiskLevels
from domain.risk import PublishRiskRules, RiskRules
from domain.risk.editions import RiskEdition, editions
from domain.risk.rules import RiskRule
from domain.risk.simulation import RiskTotals, RiskVerdict
from infra.ledger import RISK
from infra.risk_simulation import RiskAmong, RiskSimulated, simulated

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


EditionCursor = Annotated[int | None, Query(ge=1, le=MAX_VERSION, description="The `next_cursor` of the page before.")]
EditionLimit = Annotated[int, Query(ge=1, le=100, description="How many editions at most.")]
Cursor = Annotated[int | None, Query(ge=1, le=MAX_POSITION, description="The `next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MAX_SIMULATED, description="At how many contracts to look at most; not all of them may count.")]
Ended = Annotated[bool, Query(description="Contracts that ended or were rejected too.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskEditionPage:
    """A page of the editions of the risk rules."""

    editions: tuple[RiskEdition, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskSimulationTotals:
    """What risk rules would change over the contracts of a page."""

    contracts: int
    same: int
    higher: int
    lower: int
    new: int
    no_rate: int
    levels: Mapping[RiskLevel, int]
    levels_before: Mapping[RiskLevel, int]
    rules: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskSimulationPage:
    """A page of contracts, and what risk rules would make of them."""

    contracts: tuple[RiskSimulated, ...]
    totals: RiskSimulationTotals
    next_cursor: str | None


@routes.get(
    "/risk-rules/{rules_id}/editions",
    operation_id="list_risk_editions",
    summary="List the editions of the risk rules",
    description="Every edition that was ever published, oldest first, with who published it and when; assessments name theirs.\n\n"
    "Roles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=described(RiskEditionPage, "A page of editions.", refusals=READ_ONE, headers=("Ledger-Position",)),
)
def list_risk_editions(at: AtDoor, rules_id: RiskRulesId, *, cursor: EditionCursor = None, limit: EditionLimit = 20) -> Response:
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    rest = editions(at.ledger.history(RISK, rules_id))[cursor or 0 :]
    more = str(rest[limit - 1].edition) if len(rest) > limit else None
    return rendered(RiskEditionPage(editions=rest[:limit], next_cursor=more), headers=headers)


@routes.post(
    "/risk-rules/{rules_id}/simulate",
    operation_id="simulate_risk_rules",
    summary="Try risk rules on the contracts as they stand",
    description="Takes what `publish` takes, writes nothing, and says of each contract which level its last assessment found, before "
    "anything was done about it, and which level these rules would find; an amount in another currency counts at a `rate`. Totals are "
    "those of the page.\n\nRoles: admin, auditor.",
    response_class=Response,
    dependencies=[Depends(May(SIMULATORS)), Depends(only_known_parameters)],
    openapi_extra=described(
        RiskSimulationPage,
        "A page of contracts.",
        refusals=TRIED,
        headers=("Ledger-Position",),
        body=request_body(shape_of(PublishRiskRules), PublishRiskRules),
    ),
)
def simulate_risk_rules(
    at: AtDoor,
    rules_id: RiskRulesId,  # noqa: ARG001 - checked by its type
    body: Annotated[bytes, Depends(whole_body)],
    *,
    cursor: Cursor = None,
    limit: Limit = 100,
    kind: Kinds = None,
    ended: Ended = False,
    rate: Rates = None,
) -> Response:
    headers = {"Ledger-Position": str(at.ledger.store.head())}
    rules: PublishRiskRules = parse(shape_of(PublishRiskRules), body).to_domain()
    among = RiskAmong(frozenset(kind or ()), ended, rates_of(rate or []))
    looked = list(simulated(at.ledger, rules, among, after=cursor or 0, limit=limit + 1))
    page = [one.found for one in islice(looked, limit) if one.found is not None]
    totals = RiskTotals()
    for one in page:
        totals.add(one.judged)
    more = str(looked[limit - 1].position) if len(looked) > limit else None
    return rendered(RiskSimulationPage(contracts=tuple(page), totals=totals_of(totals), next_cursor=more), headers=headers)


def totals_of(totals: RiskTotals) -> RiskSimulationTotals:
    """Totals as the API shows them."""
    counts: dict[str, Any] = {verdict.value: totals.by_verdict[verdict] for verdict in RiskVerdict}
    return RiskSimulationTotals(
        contracts=totals.contracts,
        **counts,
        levels={level: totals.by_level[level] for level in RiskLevel},
        levels_before={level: totals.by_level_before[level] for level in RiskLevel},
        rules=dict(totals.by_rule),
    )
