"""What the API answers of exposures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from infra.render import to_json
from projections.fulfilment.exposure import ExposureBy, ExposureLine, ExposureQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposedLine:
    """What a counterparty owes us and we owe it on a day, and what is committed with it, in one currency."""

    name: str
    party_id: str | None
    contract_id: str | None
    number: str | None
    currency: str
    contracts: int
    shared: int
    committed: Decimal
    receivable: Decimal
    receivable_overdue: Decimal
    payable: Decimal
    payable_overdue: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposurePage:
    """A page of exposures, and the day that was asked about."""

    on: date
    by: ExposureBy
    lines: tuple[ExposedLine, ...]
    next_cursor: str | None


def exposed_line(line: ExposureLine) -> ExposedLine:
    """A line as it is told."""
    return ExposedLine(
        name=line.name,
        party_id=line.party_id,
        contract_id=line.contract_id,
        number=line.number,
        currency=line.currency,
        contracts=line.contracts,
        shared=line.shared,
        committed=line.exact(line.committed_minor),
        receivable=line.exact(line.receivable_minor),
        receivable_overdue=line.exact(line.receivable_overdue_minor),
        payable=line.exact(line.payable_minor),
        payable_overdue=line.exact(line.payable_overdue_minor),
        net=line.exact(line.net_minor),
    )


def exposure_page(query: ExposureQuery, lines: tuple[ExposureLine, ...], next_cursor: str | None) -> ExposurePage:
    """A page of exposures."""
    return ExposurePage(on=query.on, by=query.by, lines=tuple(map(exposed_line, lines)), next_cursor=next_cursor)


_EXPOSED: Final = ExposedLine(
    name="瑞康医疗器械股份有限公司",
    party_id="ruikang",
    contract_id=None,
    number=None,
    currency="CNY",
    contracts=2,
    shared=0,
    committed=Decimal("770000.00"),
    receivable=Decimal("231000.00"),
    receivable_overdue=Decimal("231000.00"),
    payable=Decimal("41710.00"),
    payable_overdue=Decimal("0.00"),
    net=Decimal("189290.00"),
)
EXPOSURE_EXAMPLE: Final[Any] = to_json(ExposurePage(on=date(2026, 6, 30), by=ExposureBy.COUNTERPARTY, lines=(_EXPOSED,), next_cursor=None))
