"""What people ask of duties in one hand: who, under which contracts, and by which entries."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from domain.contract.segregation import Separation
from domain.money import Money
from infra.opening import Opened
from projections.governance.about import BY_CONTRACT, EVERY, KEY, ContractFilter, OfContract, typed
from projections.governance.table import GOVERNANCE
from projections.paging import Order, SortColumn, Where, require_plain
from projections.past import Moments
from projections.rows import Rows, sorted_by

SORTS: Final = {
    c.name: c
    for c in (
        SortColumn("last_position", "bigint"),
        SortColumn("last_at", "timestamptz"),
        SortColumn("person", "text", length=100),
        SortColumn("separation", "text"),
        *BY_CONTRACT,
    )
}


@dataclass(frozen=True, slots=True)
class ConflictLine(OfContract):
    """Two duties of one person under one contract, with the acts that prove it in the order in which they were recorded."""

    value_minor: int | None
    currency: str | None
    separation: Separation
    person: str
    acts: list[dict[str, Any]]
    last_at: datetime
    last_position: int

    @property
    def value(self) -> Money | None:
        """The contract's value."""
        return None if self.value_minor is None or self.currency is None else Money(self.value_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictQuery:
    """Which conflicts, in which order. `since` is the moment of the last act, included; `until` is not."""

    which: ContractFilter = EVERY
    separation: tuple[Separation, ...] = ()
    person: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    sort: str = "last_position"
    descending: bool = True
    limit: int = 50
    cursor: str | None = None

    @property
    def moments(self) -> Moments:
        """As of when."""
        return self.which.moments

    @property
    def order(self) -> Order:
        """The order of rows. Raises BadQuery for a column that cannot be sorted by."""
        return Order(sorted_by(SORTS, self.sort, "conflicts"), KEY, self.descending, self.moments.label)

    @property
    def filters(self) -> Where:
        """What must hold, whatever page is asked for. Raises BadQuery."""
        require_plain(person=self.person)
        where = self.which.where
        if self.separation:
            where.add("separation = ANY(%s)", [one.value for one in self.separation])
        for condition, wanted in (("person = %s", self.person), ("last_at >= %s", self.since), ("last_at < %s", self.until)):
            if wanted is not None:
                where.add(condition, wanted)
        return where


SHOWN: Final = tuple(f.name for f in fields(ConflictLine))


class Conflicts(Rows[ConflictLine]):
    """The duties of one ledger's contracts that are in one hand."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        super().__init__(opened, GOVERNANCE, conflict_line, SHOWN, "conflicts")

    def count_acts(self, query: ConflictQuery) -> int:
        """How many acts prove the conflicts that the question finds. Raises BadQuery."""
        where = query.filters
        with self._asking() as cursor:
            cursor.execute(f"SELECT coalesce(sum(json_array_length(acts)), 0) FROM {self._asked(query)} {where.sql}", where.values)
            (counted,) = cursor.fetchone() or (0,)
        return int(counted)


def conflict_line(*row: object) -> ConflictLine:
    """A row of the table, typed."""
    return ConflictLine(**typed(SHOWN, row, {"separation": Separation}))  # type: ignore[arg-type]
