"""Exposure 敞口: what each counterparty owes us and we owe it on a day, and what is committed with it, never added across currencies."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from infra.opening import Opened
from projections.fulfilment.contract import ContractFilter
from projections.fulfilment.receivables import SORTED_LENGTH, Receivables, exact
from projections.fulfilment.table import FULFILMENT
from projections.grouped import Grouping, find
from projections.paging import Listed, Order, SortColumn, Where, containing, require_plain
from projections.past import Moments
from projections.rows import sorted_by, stood

KEY: Final = SortColumn("group_key", "text")
SORTS: Final = {
    c.name: c
    for c in (
        SortColumn("name", "text", length=SORTED_LENGTH),
        SortColumn("receivable_minor", "bigint"),
        SortColumn("receivable_overdue_minor", "bigint"),
        SortColumn("payable_minor", "bigint"),
        SortColumn("payable_overdue_minor", "bigint"),
        SortColumn("net_minor", "bigint"),
        SortColumn("committed_minor", "bigint"),
    )
}


class ExposureBy(StrEnum):
    """What the lines are of, each of one currency: counterparties, or each of them under each contract."""

    COUNTERPARTY = "counterparty"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureFilter(ContractFilter):
    """Which counterparties under which contracts; everything that is given must hold."""

    currency: str | None = None
    party_id: str | None = None

    @property
    def where(self) -> Where:
        """What must hold of a side. Raises BadQuery."""
        where = replace(self, counterparty=None).under(party_id=self.party_id)
        # Beside the contract's counterparties together, each row has the name of one.
        require_plain(counterparty=self.counterparty)
        if self.counterparty is not None:
            where.add("name ILIKE %s", containing(self.counterparty))
        return where


EVERY: Final = ExposureFilter()


@dataclass(frozen=True, slots=True)
class ExposureLine:
    """What a counterparty owes us and we owe it, in minor units of one currency; `net_minor` is the first less the second.

    `committed_minor` is the value of its contracts that are still to be performed, on either side. Of `contracts`, `shared` have other
    counterparties too: each stands for the whole, so that lines do not add up across counterparties.
    """

    group_key: str
    name: str
    party_id: str | None
    contract_id: str | None
    number: str | None
    currency: str
    contracts: int
    shared: int
    committed_minor: int
    receivable_minor: int
    receivable_overdue_minor: int
    payable_minor: int
    payable_overdue_minor: int
    net_minor: int

    def exact(self, minor: int) -> Decimal:
        """Minor units of its currency as a decimal."""
        return exact(minor, self.currency)


COLUMNS: Final = tuple(f.name for f in fields(ExposureLine))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureQuery:
    """What stands with counterparties on a day."""

    on: date
    by: ExposureBy = ExposureBy.COUNTERPARTY
    which: ExposureFilter = EVERY
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
        """The order of lines. Raises BadQuery for a column that cannot be sorted by."""
        return Order(sorted_by(SORTS, self.sort, "exposures"), KEY, self.descending, self.moments.label)

    def grouping(self, sides: str, receivables: str, *, apart: bool = False) -> Grouping:
        """The sums of claims and of what is committed; told `apart` by a column of that name of both tables, too. Raises BadQuery."""
        where, open_then = self.which.where, Where(["open_minor <> 0"], [])
        if self.moments.are_past:
            self.moments.add_to(open_then)
        contract = "contract_id, number" if self.by is ExposureBy.CONTRACT else "NULL::text AS contract_id, NULL::text AS number"
        group = "party_key, contract_id, number, currency" if self.by is ExposureBy.CONTRACT else "party_key, currency"
        key = "party_key, contract_id, currency" if self.by is ExposureBy.CONTRACT else "party_key, currency"
        of_currency = "" if self.which.currency is None else "WHERE currency = %s"
        also, same = (", apart", " AND r.apart = s.apart") if apart else ("", "")
        columns = f"s.party_key, s.name, s.party_id, s.contract_id, s.number, s.is_shared{also and ', s.apart'}"
        sql = f"""
            SELECT json_build_array({key})::text AS group_key, max(name COLLATE "C") AS name, max(party_id) AS party_id, {contract},
                   currency, count(DISTINCT contract_id) AS contracts, count(DISTINCT contract_id) FILTER (WHERE is_shared) AS shared,
                   sum(committed) AS committed_minor,
                   coalesce(sum(open) FILTER (WHERE direction = 'receivable'), 0) AS receivable_minor,
                   coalesce(sum(open) FILTER (WHERE direction = 'receivable' AND open > 0 AND due < %s), 0) AS receivable_overdue_minor,
                   coalesce(sum(open) FILTER (WHERE direction = 'payable'), 0) AS payable_minor,
                   coalesce(sum(open) FILTER (WHERE direction = 'payable' AND open > 0 AND due < %s), 0) AS payable_overdue_minor,
                   sum(CASE direction WHEN 'receivable' THEN open ELSE -open END) AS net_minor{also}
            FROM (
                WITH s AS (SELECT * FROM {sides} {where.sql})
                SELECT {columns}, s.direction, r.currency, r.open_minor AS open, r.due, 0 AS committed
                FROM s JOIN (SELECT * FROM {receivables} {open_then.sql}) r ON r.contract_id = s.contract_id{same}
                UNION ALL
                SELECT {columns}, s.direction, s.currency, 0, NULL, s.committed_minor FROM s WHERE s.committed_minor IS NOT NULL
            ) AS stands {of_currency} GROUP BY {group}{also}
        """
        currency = [] if self.which.currency is None else [self.which.currency]
        return Grouping(sql, [self.on, self.on, *where.values, *open_then.values, *currency], COLUMNS)


def line(*row: object) -> ExposureLine:
    """A row of sums, typed; the database gives them as decimals."""
    texts, sums = row[:6], row[6:]
    return ExposureLine(*texts, *(int(str(one)) for one in sums))  # type: ignore[arg-type]


class Exposures(Receivables):
    """What stands with the counterparties of one ledger."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        super().__init__(opened)
        self._sides = FULFILMENT.placed(opened)["sides"]
        self._kept_sides = FULFILMENT.pasts["sides"]

    def lines(self, query: ExposureQuery) -> Listed[ExposureLine]:
        """One page. Raises BadQuery."""
        then = stood(self._opened, FULFILMENT, self._kept_sides, query.moments)
        sides = self._sides if then is None else then.source
        with self._asking() as cursor:
            return find(cursor, query.grouping(sides, self._asked(query)), query, line)


def exposure(opened: Opened, query: ExposureQuery) -> Listed[ExposureLine]:
    """One page of lines. Raises BadQuery, StoreUnavailable, ViewMissing."""
    return Exposures(opened).lines(query)
