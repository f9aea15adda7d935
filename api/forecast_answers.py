"""What the API answers of cash forecasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from domain.contract.forecast import Per
from infra.render import to_json
from projections.fulfilment.forecast import ForecastLine, ForecastQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedLine:
    """What will probably be paid in a span and a currency: to us, by us, the difference, and that with all spans before it."""

    period: str
    first: date | None
    last: date | None
    currency: str
    contracts: int
    claims: int
    inflow: Decimal
    outflow: Decimal
    net: Decimal
    cumulative: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastPage:
    """A page of what is expected, and the day that was asked about."""

    on: date
    per: Per
    lines: tuple[ExpectedLine, ...]
    next_cursor: str | None


def expected_line(line: ForecastLine, query: ForecastQuery) -> ExpectedLine:
    """A line as it is told on a day."""
    covered = line.covered(query.per, query.on)
    return ExpectedLine(
        period=covered.name,
        first=covered.first,
        last=covered.last,
        currency=line.currency,
        contracts=line.contracts,
        claims=line.claims,
        inflow=line.exact(line.inflow_minor),
        outflow=line.exact(line.outflow_minor),
        net=line.exact(line.net_minor),
        cumulative=line.exact(line.cumulative_minor),
    )


def forecast_page(query: ForecastQuery, lines: tuple[ForecastLine, ...], next_cursor: str | None) -> ForecastPage:
    """A page of a forecast."""
    return ForecastPage(on=query.on, per=query.per, lines=tuple(expected_line(one, query) for one in lines), next_cursor=next_cursor)


_EXPECTED: Final = ExpectedLine(
    period="2026-07",
    first=date(2026, 7, 1),
    last=date(2026, 7, 31),
    currency="CNY",
    contracts=2,
    claims=3,
    inflow=Decimal("231000.00"),
    outflow=Decimal("41710.00"),
    net=Decimal("189290.00"),
    cumulative=Decimal("147580.00"),
)
FORECAST_EXAMPLE: Final[Any] = to_json(ForecastPage(on=date(2026, 6, 30), per=Per.MONTH, lines=(_EXPECTED,), next_cursor=None))
