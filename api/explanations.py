"""Why a contract's figures are what they are: which entries made them so, and by how much each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.contracts import entries_as_of
from api.describe import ASK, described, with_example
from api.door import AtDoor, ContractId, IfNoneMatch, May, by_content, only_known_parameters
from api.moments import KnownAt, ValidAt
from api.permissions import HISTORY_READERS, READERS
from api.quotes import InZone, OnDay
from api.receivables import day_asked
from api.scalars import TEXT
from api.wording import ID
from domain.contract import replay
from domain.contract.explain import Contribution, Explanation, ListedFigure, Sum, explain, listed
from domain.contract.figures import Figure, Unit
from infra.render import to_json

WhichFigure = Annotated[str, TEXT, Query(max_length=ID, description="The figure, such as `paid` or `open`.", examples=["paid"])]
OfPart = Annotated[
    str | None,
    TEXT,
    Query(
        max_length=2 * ID,
        description="The part of the contract that it is of, such as `instalment:i2` or `delivery:d1`; left out, the whole contract.",
    ),
]

routes = APIRouter(tags=["money and performance"])


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresAnswer:
    """The figures of a contract that can be asked why, and what they come to on a day."""

    id: str
    version: int
    on: date
    figures: tuple[ListedFigure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationAnswer:
    """Why a figure of a contract is what it is on a day."""

    id: str
    version: int
    explanation: Explanation


_PAID: Final = (Sum(amount=Decimal("41710.00"), currency="CNY"),)
_WHEN: Final = datetime(2026, 2, 14, 8, tzinfo=UTC)
_STANDING: Final = "accrued − waived"
EXAMPLE: Final[Any] = to_json(
    ExplanationAnswer(
        id="6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
        version=19,
        explanation=Explanation(
            figure="paid",
            of=None,
            on=date(2026, 6, 30),
            unit=Unit.MONEY,
            formula="payments in the contract's currency as recorded and corrected − those reversed − what was refunded",
            amounts=_PAID,
            word=None,
            sum_of=(),
            contributions=(
                Contribution(
                    position=212,
                    version=19,
                    fact="contract.payment_recorded",
                    actor="carol",
                    on_behalf_of=None,
                    effective_at=_WHEN,
                    recorded_at=_WHEN,
                    reason=None,
                    amount=Decimal("41710.00"),
                    currency="CNY",
                    was=None,
                    becomes=None,
                    formula=None,
                    term_id=None,
                    term_version=None,
                    corrects=None,
                    corrected_by=(),
                ),
            ),
            terms=(),
            corrections=(),
        ),
    )
)
FIGURES_EXAMPLE: Final[Any] = to_json(
    FiguresAnswer(
        id="6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
        version=19,
        on=date(2026, 6, 30),
        figures=(ListedFigure(figure="standing", of="penalty:d1", unit=Unit.MONEY, formula=_STANDING, amounts=_PAID, word=None),),
    )
)


def _described(answer: type, says: str, example: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any shape
    return with_example(described(answer, says, refusals=ASK, headers=("ETag", "Ledger-Position"), cached=True), example)


@routes.get(
    "/contracts/{contract_id}/figures",
    operation_id="list_figures",
    summary="Which figures of a contract can be asked why",
    description="Those of the whole contract, and of each claim, charge and delivery under it, with what each means and comes to on the "
    "day `on`. `valid_at` and `known_at` ask as they do of the contract.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=_described(FiguresAnswer, "The figures.", FIGURES_EXAMPLE),
)
def list_figures(
    at: AtDoor,
    contract_id: ContractId,
    *,
    on: OnDay = None,
    zone: InZone = "UTC",
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    headers, entries = entries_as_of(at, contract_id, valid_at, known_at)
    day, contract = day_asked(at, on, zone), replay(entries)
    answer = FiguresAnswer(id=contract_id, version=contract.version, on=day, figures=tuple(listed(contract, day)))
    return by_content(to_json(answer), if_none_match, headers)


@routes.get(
    "/contracts/{contract_id}/explain",
    operation_id="explain_figure",
    summary="Why a figure is what it is",
    description="The entries that made it so, with who wrote them, both their times, the reason, and what each added or took: "
    "contributions add up to the figure exactly. With the formula in words, the figures that it is the sum of, the terms it rests on by "
    "the version of the entry that made them, and the corrections in it. `GET /contracts/{contract_id}/figures` lists the figures. "
    "`valid_at` and `known_at` ask as they do of the contract.\n\nRoles: all but reader.",
    response_class=Response,
    dependencies=[Depends(May(HISTORY_READERS)), Depends(only_known_parameters)],
    openapi_extra=_described(ExplanationAnswer, "Why.", EXAMPLE),
)
def explain_figure(
    at: AtDoor,
    contract_id: ContractId,
    *,
    figure: WhichFigure,
    of: OfPart = None,
    on: OnDay = None,
    zone: InZone = "UTC",
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    headers, entries = entries_as_of(at, contract_id, valid_at, known_at)
    explanation = explain(entries, Figure(figure, of), day_asked(at, on, zone))
    answer = ExplanationAnswer(id=contract_id, version=entries[-1].version, explanation=explanation)
    return by_content(to_json(answer), if_none_match, headers)
