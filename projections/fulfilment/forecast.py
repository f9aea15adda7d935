"""Cash forecast 资金预测: what will probably come in and go out, span by span, never added across currencies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from domain.contract.forecast import Per, span
from infra.opening import Opened
from projections.fulfilment.receivables import EVERY, ClaimFilter, Receivables, exact
from projections.grouped import Grouping, find
from projections.paging import Listed, Order, SortColumn
from projections.past import Moments
from projections.rows import sorted_by

KEY: Final = SortColumn("group_key", "text")
SORTS: Final = {"period": SortColumn("place", "bigint"), "currency": SortColumn("currency", "text")}
COLUMNS: Final = (
    "group_key",
    "place",
    "currency",
    "contracts",
    "claims",
    "inflow_minor",
    "outflow_minor",
    "net_minor",
    "cumulative_minor",
)
# Places in the order of spans: the ordinal of a span's first day, so that what is overdue comes before all days and what has none after.
OVERDUE: Final = 0
UNDATED: Final = 9_999_999


class Covered(NamedTuple):
    """What a line is of: a span by its name, of which the days from `first` to `last` count; what is overdue; or what has no day."""

    name: str
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class ForecastLine:
    """What will probably be paid to us and by us in a span, in minor units of one currency.

    `net_minor` is what comes in less what goes out, `cumulative_minor` that with all spans before it; what is overdue comes first.
    """

    group_key: str
    place: int
    currency: str
    contracts: int
    claims: int
    inflow_minor: int
    outflow_minor: int
    net_minor: int
    cumulative_minor: int

    def covered(self, per: Per, on: date) -> Covered:
        """What it is of, asked on a day: the span of that day begins with it."""
        if self.place == OVERDUE:
            return Covered("overdue", None, date.fromordinal(max(on.toordinal() - 1, 1)))
        if self.place == UNDATED:
            return Covered("undated", None, None)
        name, first, last = span(per, date.fromordinal(self.place))
        return Covered(name, max(first, on), last)

    def exact(self, minor: int) -> Decimal:
        """Minor units of its currency as a decimal."""
        return exact(minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastQuery:
    """What is expected on a day, by spans, of which claims."""

    on: date
    per: Per = Per.MONTH
    which: ClaimFilter = EVERY
    sort: str = "period"
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
        return Order(sorted_by(SORTS, self.sort, "lines of a forecast"), KEY, self.descending, self.moments.label)

    def grouping(self, table: str, *, apart: bool = False) -> Grouping:
        """The sums; told `apart` by a column of that name, too. Raises BadQuery."""
        also = ", apart" if apart else ""
        where = self.which.where.also("expected_minor <> 0")
        first = f"date_trunc('{self.per.value}', due::timestamp)::date"
        sql = f"""
            SELECT lpad(place::text, 7, '0') || ' ' || currency AS group_key, place, currency, contracts, claims, inflow_minor,
                   outflow_minor, inflow_minor - outflow_minor AS net_minor,
                   sum(inflow_minor - outflow_minor) OVER (PARTITION BY currency{also} ORDER BY place) AS cumulative_minor{also}
            FROM (
                SELECT CASE WHEN due IS NULL THEN {UNDATED} WHEN due < %s THEN {OVERDUE} ELSE {first} - date '0001-01-01' + 1 END AS place,
                       currency, count(DISTINCT contract_id) AS contracts, count(*) AS claims,
                       coalesce(sum(expected_minor) FILTER (WHERE direction = 'receivable'), 0) AS inflow_minor,
                       coalesce(sum(expected_minor) FILTER (WHERE direction = 'payable'), 0) AS outflow_minor{also}
                FROM {table} {where.sql} GROUP BY place, currency{also}
            ) AS spans
        """
        return Grouping(sql, [self.on, *where.values], COLUMNS)


def line(group_key: str, place: int, currency: str, *sums: object) -> ForecastLine:
    """A row of sums, typed; the database gives them as decimals."""
    return ForecastLine(group_key, place, currency, *(int(str(one)) for one in sums))


class Forecast(Receivables):
    """What is expected of the claims of one ledger."""

    def lines(self, query: ForecastQuery) -> Listed[ForecastLine]:
        """One page. Raises BadQuery."""
        with self._asking() as cursor:
            return find(cursor, query.grouping(self._asked(query)), query, line)


def forecast(opened: Opened, query: ForecastQuery) -> Listed[ForecastLine]:
    """One page of lines. Raises BadQuery, StoreUnavailable, ViewMissing."""
    return Forecast(opened).lines(query)
