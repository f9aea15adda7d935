"""The register over HTTP: contracts filtered, sorted and paged, as fresh as the caller needs them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.answers import RegisterLine, RegisterPage
from api.describe import READ, described
from api.door import AtDoor, Door, May, only_known_parameters, rendered
from api.freshness import MinPosition, read_lasting
from api.moments import LISTED_AS_OF, KnownAt, ValidAt
from api.permissions import READERS
from api.scalars import CURRENCY, DECIMAL_SCHEMA, DECIMAL_TEXT, TEXT
from api.strict_json import Flaw, Flawed
from domain.contract.assessed import RiskLevel
from domain.contract.vocabulary import Confidentiality, Direction, Kind, Period, Status
from domain.fields import CONTRACTS
from domain.money import CURRENCIES, Money, MoneyError
from infra.ledger import FIELDS
from projections.register import REGISTER, Register, RegisteredContract, RegisterQuery
from projections.register.fields import FieldWanted, wanted
from projections.register.queries import SORT_NAMES, column_called
from projections.register.saved import narrowed, search_called
from projections.search import SEARCH
from projections.search.question import MAX_LENGTH

MAX_LINES: Final = 500

SortBy = StrEnum("SortBy", {name: name for name in SORT_NAMES})  # type: ignore[misc]


class SortOrder(StrEnum):
    """Smallest first, or greatest first; contracts without a value come last either way."""

    ASC = "asc"
    DESC = "desc"


Statuses = Annotated[list[Status] | None, Query(max_length=len(Status), description="One of these statuses; may be given several times.")]
Kinds = Annotated[list[Kind] | None, Query(max_length=len(Kind), description="One of these kinds; may be given several times.")]
Levels = Annotated[
    list[Confidentiality] | None, Query(max_length=len(Confidentiality), description="One of these levels; may be given several times.")
]
ByDirection = Annotated[Direction | None, Query(description="Whether the value comes in or goes out.")]
ByCounterparty = Annotated[str | None, TEXT, Query(max_length=200, description="Found inside a counterparty's name, in any case.")]
ByNumber = Annotated[str | None, TEXT, Query(max_length=200, description="What the number begins with.")]
ByOwner = Annotated[str | None, TEXT, Query(max_length=200, description="Exactly this owner.")]
ByDepartment = Annotated[str | None, TEXT, Query(max_length=200, description="Exactly this department.")]
ByTag = Annotated[str | None, TEXT, Query(max_length=200, description="Has this tag, in any width and case.")]
ByRisk = Annotated[
    list[RiskLevel] | None,
    Query(max_length=len(RiskLevel), description="Assessed as one of these levels; may be given several times."),
]
ByField = Annotated[
    list[str] | None,
    Query(
        max_length=20,
        description="Holds this in a field that the house defined: `cost_centre:CC-1042`; from and to for numbers, dates and amounts: "
        "`score:10..20`, `handed_over:2026-01-01..`, `bond:..50000.00 CNY`. Several may be given, and all must hold.",
    ),
]
ByText = Annotated[
    str | None, TEXT, Query(max_length=200, description="Found in the number, the title or a counterparty's name, in any case.")
]
ByWords = Annotated[
    str | None,
    TEXT,
    Query(
        max_length=MAX_LENGTH,
        description="Words to be found anywhere in the contract, as in `GET /search`; the order stays that of `sort`.",
    ),
]
ByCurrency = Annotated[
    str | None, CURRENCY, Query(max_length=3, description="Exactly this ISO 4217 currency.", json_schema_extra={"enum": sorted(CURRENCIES)})
]
MinValue = Annotated[
    Decimal | None,
    DECIMAL_TEXT,
    DECIMAL_SCHEMA,
    Query(description="A value of at least this; needs `currency`, as amounts of two do not compare."),
]
MaxValue = Annotated[Decimal | None, DECIMAL_TEXT, DECIMAL_SCHEMA, Query(description="A value of at most this; needs `currency`.")]
BySaved = Annotated[
    str | None,
    TEXT,
    Query(
        max_length=310,
        description="A saved search of one's own by its name, or PERSON/NAME for one that somebody shares: it says what the other "
        "parameters leave open.",
    ),
]
Sort = Annotated[SortBy | None, Query(description="What to sort by; the number where neither this nor a saved search says it.")]
InOrder = Annotated[SortOrder, Query(description="Which way, where `sort` is given.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LINES, description="How many contracts at most.")]
Cursor = Annotated[
    str | None,
    TEXT,
    Query(max_length=4_000, description="The `next_cursor` of the page before. It belongs to the same sort and order; keep the filters."),
]

routes = APIRouter(tags=["contracts"])


def asked(
    at: AtDoor,
    *,
    status: Statuses = None,
    kind: Kinds = None,
    confidentiality: Levels = None,
    direction: ByDirection = None,
    counterparty: ByCounterparty = None,
    number: ByNumber = None,
    owner: ByOwner = None,
    department: ByDepartment = None,
    tag: ByTag = None,
    risk: ByRisk = None,
    field: ByField = None,
    q: ByText = None,
    search: ByWords = None,
    currency: ByCurrency = None,
    min_value: MinValue = None,
    max_value: MaxValue = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    saved: BySaved = None,
    sort: Sort = None,
    order: InOrder = SortOrder.ASC,
) -> RegisterQuery:
    """Which contracts, in which order."""
    kept = None if saved is None else search_called(at.ledger, at.principal.name, saved)
    counts_in = currency or (None if kept is None else kept.counts_in)
    query = RegisterQuery(
        status=tuple(status or ()),
        kind=tuple(kind or ()),
        confidentiality=tuple(confidentiality or ()),
        direction=direction,
        counterparty=counterparty,
        number_prefix=number,
        owner=owner,
        department=department,
        tag=tag,
        risk=tuple(risk or ()),
        fields=_fields(at, field or []),
        q=q,
        search=search,
        currency=currency,
        min_value_minor=minor("min_value", min_value, counts_in),
        max_value_minor=minor("max_value", max_value, counts_in),
        valid_at=valid_at,
        known_at=known_at,
        sort=column_called(sort or "number"),
        descending=order is SortOrder.DESC,
    )
    return query if kept is None else narrowed(query, kept, at.ledger.load(FIELDS, CONTRACTS), keeps_order=sort is not None)


Asked = Annotated[RegisterQuery, Depends(asked)]


@routes.get(
    "/contracts",
    operation_id="list_contracts",
    summary="The register of contracts",
    description="Every filter that is given must hold. The register is a view and follows the ledger within moments: to see your own "
    "write, give the position of its answer as `min_position`. Changes between pages may move contracts. "
    f"{LISTED_AS_OF} `search` looks in contracts as they are now, and goes with neither.\n\n"
    "Roles: all.",
    response_class=Response,
    dependencies=[Depends(May(READERS)), Depends(only_known_parameters)],
    openapi_extra=described(RegisterPage, "A page of contracts.", refusals=READ, headers=("Ledger-Position",)),
)
def list_contracts(at: AtDoor, query: Asked, *, limit: Limit = 50, cursor: Cursor = None, min_position: MinPosition = None) -> Response:
    position = reached_by(at, query, min_position)
    listed = Register(at.opened).find(replace(query, limit=limit, cursor=cursor))
    page = RegisterPage(contracts=tuple(map(line, listed.rows)), next_cursor=listed.next_cursor)
    return rendered(page, headers={"Ledger-Position": str(position)})


def reached_by(at: Door, query: RegisterQuery, min_position: int | None) -> int:
    """How far the views have come that a question needs, `min_position` at least. Raises ViewBehind and Flawed."""
    views = (REGISTER,) if query.search is None else (REGISTER, SEARCH)
    return min(read_lasting(at, view.name, min_position) for view in views)


def _fields(at: Door, asked: list[str]) -> tuple[FieldWanted, ...]:
    if not asked:
        return ()
    book = at.ledger.load(FIELDS, CONTRACTS)
    return tuple(wanted(book, one, ":") for one in asked)


def minor(name: str, amount: Decimal | None, currency: str | None) -> int | None:
    """An amount in the smallest unit of its currency. Raises Flawed where that is not said, or has fewer digits."""
    if amount is None:
        return None
    if currency is None:
        raise Flawed([Flaw(f"query.{name}", "An amount needs its `currency`.")])
    try:
        return Money.of(format(amount, "f"), currency).minor
    except MoneyError as error:
        raise Flawed([Flaw(f"query.{name}", f"{error}.")]) from error


def line(contract: RegisteredContract) -> RegisterLine:
    """A line of the register as the API shows it."""
    return RegisterLine(
        id=contract.contract_id,
        number=contract.number,
        title=contract.title,
        kind=contract.kind,
        direction=contract.direction,
        status=contract.status,
        our_entity=contract.our_entity,
        counterparties=contract.counterparties,
        value=contract.value,
        paid=contract.paid,
        period=Period(start=contract.period_start, end=contract.period_end),
        owner=contract.owner,
        department=contract.department,
        confidentiality=contract.confidentiality,
        publisher=contract.publisher,
        ocid=contract.ocid,
        drafted_at=contract.drafted_at,
        submitted_at=contract.submitted_at,
        approved_at=contract.approved_at,
        in_force_since=contract.in_force_since,
        ended_at=contract.ended_at,
        tags=contract.tags,
        risk=contract.risk,
        custom_fields=contract.custom_fields,
        corrections=contract.corrections,
        version=contract.version,
        position=contract.position,
        updated_at=contract.updated_at,
    )
