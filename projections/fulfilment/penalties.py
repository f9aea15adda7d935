"""Penalties and credits 违约金与抵扣: what delays, service levels and shares came to under the terms, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from domain.contract.charges import ChargeKind
from domain.contract.vocabulary import Direction
from infra.opening import Opened
from projections.fulfilment.contract import ContractFilter, OfContract, typed
from projections.fulfilment.receivables import SORTED_LENGTH, exact
from projections.fulfilment.table import BETWEEN, FULFILMENT
from projections.grouped import Grouping, find
from projections.paging import Listed, Order, SortColumn, Where
from projections.past import Moments
from projections.rows import Rows, sorted_by

KEY: Final = SortColumn("row_key", "text")
SORTS: Final = {
    c.name: c
    for c in (
        SortColumn("number", "text"),
        SortColumn("counterparty", "text", length=SORTED_LENGTH),
        SortColumn("department", "text", nullable=True, length=SORTED_LENGTH),
        SortColumn("through", "date", nullable=True),
        SortColumn("currency", "text"),
        SortColumn("accrued_minor", "bigint"),
        SortColumn("standing_minor", "bigint"),
    )
}
GROUP_KEY: Final = SortColumn("group_key", "text")
GROUP_SORTS: Final = {
    c.name: c
    for c in (
        SortColumn("name", "text", nullable=True, length=SORTED_LENGTH),
        SortColumn("accrued_minor", "bigint"),
        SortColumn("standing_minor", "bigint"),
        SortColumn("open_minor", "bigint"),
    )
}


class Became(StrEnum):
    """What became of a charge: something of it stands and is not settled, it is settled, something of it was waived; or any of these."""

    OPEN = "open"
    SETTLED = "settled"
    WAIVED = "waived"
    ALL = "all"


class PenaltiesBy(StrEnum):
    """What the sums are of, each of one kind, direction and currency."""

    KIND = "kind"
    COUNTERPARTY = "counterparty"
    DEPARTMENT = "department"
    OWNER = "owner"
    CONTRACT = "contract"


_GROUPS: Final = {
    PenaltiesBy.KIND: "kind",
    PenaltiesBy.COUNTERPARTY: "counterparty",
    PenaltiesBy.DEPARTMENT: "department",
    PenaltiesBy.OWNER: "owner",
    PenaltiesBy.CONTRACT: "number || E'\\n' || contract_id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeFilter(ContractFilter):
    """Which charges; everything that is given must hold."""

    currency: str | None = None
    kind: tuple[ChargeKind, ...] = ()
    became: Became = Became.ALL

    @property
    def where(self) -> Where:
        """What must hold. Raises BadQuery."""
        where = self.under(currency=self.currency)
        if self.kind:
            where.add("kind = ANY(%s)", [kind.value for kind in self.kind])
        match self.became:
            case Became.OPEN:
                where.add("standing_minor <> settled_minor")
            case Became.SETTLED:
                where.add("standing_minor <> 0 AND standing_minor = settled_minor")
            case Became.WAIVED:
                where.add("waived_minor <> 0")
            case Became.ALL:
                pass
        return where


EVERY: Final = ChargeFilter()


@dataclass(frozen=True, slots=True)
class ChargeRow(OfContract):
    """What came of a term for a subject, in minor units: in all, what of it was waived, stands, and is settled with all else.

    `term_version` is the version of the entry that made the term as it was reckoned with, `version` that of the last reckoning.
    """

    kind: ChargeKind
    subject: str
    term_id: str
    term_version: int
    through: date | None
    currency: str
    accrued_minor: int
    waived_minor: int
    standing_minor: int
    settled_minor: int
    version: int

    def exact(self, minor: int) -> Decimal:
        """Minor units of its currency as a decimal."""
        return exact(minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeQuery:
    """Which charges, in which order."""

    which: ChargeFilter = EVERY
    sort: str = "number"
    descending: bool = False
    limit: int = 50
    cursor: str | None = None

    @property
    def moments(self) -> Moments:
        """As of when."""
        return self.which.moments

    @property
    def order(self) -> Order:
        """The order of rows. Raises BadQuery for a column that cannot be sorted by."""
        return Order(sorted_by(SORTS, self.sort, "penalties and credits"), KEY, self.descending, self.moments.label)

    @property
    def filters(self) -> Where:
        """What must hold, whatever page is asked for. Raises BadQuery."""
        return self.which.where


@dataclass(frozen=True, slots=True)
class ChargeSum:
    """What charges of a kind came to in a group, in minor units of one currency; `open_minor` stands and is not settled."""

    group_key: str
    name: str | None
    kind: ChargeKind
    direction: Direction
    currency: str
    contracts: int
    charges: int
    accrued_minor: int
    waived_minor: int
    standing_minor: int
    settled_minor: int
    open_minor: int

    def exact(self, minor: int) -> Decimal:
        """Minor units of its currency as a decimal."""
        return exact(minor, self.currency)

    def shown(self, by: PenaltiesBy) -> str | None:
        """What the line is called: several counterparties one after the other, a contract by its number."""
        if self.name is None or by is PenaltiesBy.CONTRACT:
            return self.name and self.name.rpartition(BETWEEN)[0]
        return "; ".join(self.name.split(BETWEEN))

    def contract_id(self, by: PenaltiesBy) -> str | None:
        """The contract that it is of, where it is of one."""
        return self.name.rpartition(BETWEEN)[2] if self.name is not None and by is PenaltiesBy.CONTRACT else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeSumQuery:
    """What charges come to, by what."""

    by: PenaltiesBy = PenaltiesBy.KIND
    which: ChargeFilter = EVERY
    sort: str = "name"
    descending: bool = False
    limit: int = 50
    cursor: str | None = None

    @property
    def moments(self) -> Moments:
        """As of when."""
        return self.which.moments

    @property
    def order(self) -> Order:
        """The order of sums. Raises BadQuery for a column that cannot be sorted by."""
        return Order(sorted_by(GROUP_SORTS, self.sort, "sums of penalties and credits"), GROUP_KEY, self.descending, self.moments.label)

    def grouping(self, table: str) -> Grouping:
        """The sums. Raises BadQuery."""
        where, name = self.which.where, _GROUPS[self.by]
        sums = ", ".join(f"sum({column}) AS {column}" for column in ("accrued_minor", "waived_minor", "standing_minor", "settled_minor"))
        sql = f"""
            SELECT json_build_array({name}, kind, direction, currency)::text AS group_key, {name} AS name, kind, direction, currency,
                   count(DISTINCT contract_id) AS contracts, count(*) AS charges, {sums},
                   sum(standing_minor - settled_minor) AS open_minor
            FROM {table} {where.sql} GROUP BY {name}, kind, direction, currency
        """
        return Grouping(sql, where.values, COLUMNS)


COLUMNS: Final = tuple(f.name for f in fields(ChargeSum))
SHOWN: Final = tuple(f.name for f in fields(ChargeRow))


class Penalties(Rows[ChargeRow]):
    """The penalties and credits of one ledger."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        super().__init__(opened, FULFILMENT, charge, SHOWN, "charges")

    def sums(self, query: ChargeSumQuery) -> Listed[ChargeSum]:
        """One page of what they come to. Raises BadQuery."""
        with self._asking() as cursor:
            return find(cursor, query.grouping(self._asked(query)), query, summed)


def charge(*row: object) -> ChargeRow:
    """A row of the table, typed."""
    return typed(ChargeRow, SHOWN, row, ChargeKind)


def summed(group_key: str, name: str | None, kind: str, direction: str, currency: str, *sums: object) -> ChargeSum:
    """A row of sums, typed; the database gives them as decimals."""
    return ChargeSum(group_key, name, ChargeKind(kind), Direction(direction), currency, *(int(str(one)) for one in sums))


def penalty_sums(opened: Opened, query: ChargeSumQuery) -> Listed[ChargeSum]:
    """One page of sums. Raises BadQuery, StoreUnavailable, ViewMissing."""
    return Penalties(opened).sums(query)
