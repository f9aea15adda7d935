"""What the agreed terms of a contract would come to on a day, and what its sides owe then. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BeforeValidator, WithJsonSchema
from starlette.responses import Response

from api.contracts import existing
from api.describe import ASK, described, with_example
from api.door import AtDoor, ContractId, May, only_known_parameters, rendered
from api.permissions import READERS
from api.scalars import DAY_PATTERN, TEXT, read_day
from api.wording import ID
from domain.contract.obligations import Owed, obligations
from domain.contract.quoting import About, Quote, quotes
from infra import calendars

AboutWhat = Annotated[
    About,
    Query(
        description="What is asked: what ending the contract would bring, damages for late deliveries, interest on late payments, renewal, "
        "what is held back, the payment plan, service credits, the pay for key figures, or volume discounts."
    ),
]
OnDay = Annotated[
    date | None,
    BeforeValidator(lambda value: None if value is None else read_day(value)),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DAY_PATTERN}),
    Query(description="As of this day; today in the zone where it is left out.", examples=["2026-03-31"]),
]
ByCalendar = Annotated[
    str, TEXT, Query(max_length=ID, description="The working calendar by which days are counted, such as CN, or 7×24.", examples=["CN"])
]
InZone = Annotated[
    str,
    TEXT,
    Query(max_length=ID, description="Where a day begins, as in the IANA database.", examples=["Asia/Shanghai"]),
]

routes = APIRouter(tags=["contracts"])


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteAnswer:
    """What the agreed terms of a contract would come to, and the version of the contract that was read."""

    id: str
    version: int
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationsAnswer:
    """What the sides of a contract owe as of a day, and the version of the contract that was read."""

    id: str
    version: int
    on: date
    calendar: str
    obligations: tuple[Owed, ...]


_FORMULA: Final = (
    "2026-12-31 − 30 days of notice = 2026-12-01; no notice by 2026-11-20: renews unless notice; "
    "the next period is 2027-01-01 to 2027-12-31, 12 months"
)
EXAMPLE: Final[dict[str, Any]] = {
    "id": "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
    "version": 9,
    "quotes": [
        {
            "about": "renewal",
            "subject": "2026-12-31",
            "on": "2026-11-20",
            "calendar": "7×24",
            "term_id": "renewal",
            "version": 3,
            "formula": _FORMULA,
            "result": {
                "outlook": "renews_unless_notice",
                "current_end": "2026-12-31",
                "notice_deadline": "2026-12-01",
                "days_left": 11,
                "next_start": "2027-01-01",
                "next_end": "2027-12-31",
                "formula": _FORMULA,
            },
            "rests_on_corrections": [],
        }
    ],
}
_ANSWERS: Final = with_example(
    described(QuoteAnswer, "One quote for each thing that it is about.", refusals=ASK, headers=("Ledger-Position",)), EXAMPLE
)
OWED_EXAMPLE: Final[dict[str, Any]] = {
    "id": "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
    "version": 9,
    "on": "2026-04-10",
    "calendar": "7×24",
    "obligations": [
        {
            "obligation": {"kind": "delivery", "obligation_id": "d1"},
            "description": "20 laptops",
            "ours": False,
            "due": "2026-03-31",
            "fulfilled": False,
            "amount": None,
            "waits_for": None,
            "days_overdue": 10,
        }
    ],
}
_OWED: Final = with_example(described(ObligationsAnswer, "What is owed, by day.", refusals=ASK, headers=("Ledger-Position",)), OWED_EXAMPLE)


@routes.get(
    "/contracts/{contract_id}/quote",
    operation_id="quote_contract",
    summary="Reckon what the agreed terms would come to on a day",
    description="One quote for each thing that the question is about, with the formula and its figures, and the term by its id and the "
    "version of the entry that made it, so that anyone can reckon it again. A contract without such a term, or without what the term "
    "reckons with, is answered with 409. Nothing is written.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=_ANSWERS,
)
def quote_contract(
    at: AtDoor,
    contract_id: ContractId,
    *,
    about: AboutWhat,
    on: OnDay = None,
    calendar: ByCalendar = calendars.ROUND_THE_CLOCK,
    zone: InZone = "UTC",
) -> Response:
    head = at.ledger.store.head()
    contract = existing(at, contract_id, None)
    days = calendars.named(calendar, zone)
    day = on or at.ledger.clock().astimezone(days.zone).date()
    found = quotes(contract, about, day, days)
    return rendered(QuoteAnswer(id=contract_id, version=contract.version, quotes=found), headers={"Ledger-Position": str(head)})


@routes.get(
    "/contracts/{contract_id}/obligations",
    operation_id="list_obligations",
    summary="What the sides owe each other by which day, and what is overdue",
    description="Deliveries, instalments, acceptance that was asked for, defects to fix and retentions to release, with their days and "
    "whether they were done by now, whatever day is asked about. Before a contract is in force nobody owes anything; termination ends "
    "what would have fallen due after it.\n\nRoles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=_OWED,
)
def list_obligations(
    at: AtDoor,
    contract_id: ContractId,
    *,
    on: OnDay = None,
    calendar: ByCalendar = calendars.ROUND_THE_CLOCK,
    zone: InZone = "UTC",
) -> Response:
    head = at.ledger.store.head()
    contract = existing(at, contract_id, None)
    days = calendars.named(calendar, zone)
    day = on or at.ledger.clock().astimezone(days.zone).date()
    found = obligations(contract, day, days)
    answer = ObligationsAnswer(id=contract_id, version=contract.version, on=day, calendar=days.name, obligations=found)
    return rendered(answer, headers={"Ledger-Position": str(head)})
