"""What the API answers of penalties and credits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from api.under import LineOfContract, of_contract
from domain.contract.charges import ChargeKind
from domain.contract.vocabulary import Direction, Status
from infra.render import to_json
from projections.fulfilment.penalties import ChargeRow, ChargeSum, ChargeSumQuery, PenaltiesBy


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyLine(LineOfContract):
    """What came of a term for a subject, in one currency: in all, waived, standing, and settled with all else that was owed."""

    kind: ChargeKind
    subject: str
    term_id: str
    term_version: int
    through: date | None
    currency: str
    accrued: Decimal
    waived: Decimal
    standing: Decimal
    settled: Decimal
    open: Decimal
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltyPage:
    """A page of penalties and credits."""

    penalties: tuple[PenaltyLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltySum:
    """What penalties or credits of a kind came to in a group, in one currency."""

    name: str | None
    contract_id: str | None
    kind: ChargeKind
    direction: Direction
    currency: str
    contracts: int
    charges: int
    accrued: Decimal
    waived: Decimal
    standing: Decimal
    settled: Decimal
    open: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PenaltySumPage:
    """A page of what penalties and credits came to."""

    by: PenaltiesBy
    lines: tuple[PenaltySum, ...]
    next_cursor: str | None


def penalty_line(row: ChargeRow) -> PenaltyLine:
    """A charge as it is told."""
    return PenaltyLine(
        **of_contract(row),
        kind=row.kind,
        subject=row.subject,
        term_id=row.term_id,
        term_version=row.term_version,
        through=row.through,
        currency=row.currency,
        accrued=row.exact(row.accrued_minor),
        waived=row.exact(row.waived_minor),
        standing=row.exact(row.standing_minor),
        settled=row.exact(row.settled_minor),
        open=row.exact(row.standing_minor - row.settled_minor),
        version=row.version,
    )


def penalty_sum(line: ChargeSum, by: PenaltiesBy) -> PenaltySum:
    """A line of sums; of contracts the number is the name."""
    return PenaltySum(
        name=line.shown(by),
        contract_id=line.contract_id(by),
        kind=line.kind,
        direction=line.direction,
        currency=line.currency,
        contracts=line.contracts,
        charges=line.charges,
        accrued=line.exact(line.accrued_minor),
        waived=line.exact(line.waived_minor),
        standing=line.exact(line.standing_minor),
        settled=line.exact(line.settled_minor),
        open=line.exact(line.open_minor),
    )


def penalty_sums_page(query: ChargeSumQuery, lines: tuple[ChargeSum, ...], next_cursor: str | None) -> PenaltySumPage:
    """A page of sums."""
    return PenaltySumPage(by=query.by, lines=tuple(penalty_sum(line, query.by) for line in lines), next_cursor=next_cursor)


_ACCRUED: Final = PenaltyLine(
    contract_id="6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
    number="采-2026-001",
    title="办公设备采购合同 / Purchase of office equipment",
    status=Status.IN_FORCE,
    direction=Direction.PAYABLE,
    counterparties=("华东办公设备有限公司",),
    owner="li.wei",
    department="行政部",
    kind=ChargeKind.PENALTY,
    subject="d1",
    term_id="t1",
    term_version=9,
    through=date(2026, 4, 20),
    currency="CNY",
    accrued=Decimal("700.00"),
    waived=Decimal("200.00"),
    standing=Decimal("500.00"),
    settled=Decimal("0.00"),
    open=Decimal("500.00"),
    version=21,
)
_SUM: Final = PenaltySum(
    name="华东办公设备有限公司",
    contract_id=None,
    kind=ChargeKind.PENALTY,
    direction=Direction.PAYABLE,
    currency="CNY",
    contracts=1,
    charges=1,
    accrued=Decimal("700.00"),
    waived=Decimal("200.00"),
    standing=Decimal("500.00"),
    settled=Decimal("0.00"),
    open=Decimal("500.00"),
)
PENALTIES_EXAMPLE: Final[Any] = to_json(PenaltyPage(penalties=(_ACCRUED,), next_cursor=None))
PENALTY_SUMS_EXAMPLE: Final[Any] = to_json(PenaltySumPage(by=PenaltiesBy.COUNTERPARTY, lines=(_SUM,), next_cursor=None))
