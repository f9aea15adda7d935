"""The register counted and summed: how many contracts, of what value, how fast, by what they have in common and over time."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from domain.contract.vocabulary import Direction
from domain.money import exponent
from projections.grouped import Grouping
from projections.paging import Where
from projections.past import Moments
from projections.register.queries import Register, RegisterQuery

MAX_GROUPS: Final = 1_000


class GroupedBy(StrEnum):
    """What the contracts of a group have in common."""

    STATUS = "status"
    KIND = "kind"
    DIRECTION = "direction"
    COUNTERPARTY = "counterparty"
    DEPARTMENT = "department"
    OWNER = "owner"
    OUR_ENTITY = "our_entity"
    CONFIDENTIALITY = "confidentiality"
    RISK = "risk"
    TAG = "tag"
    PUBLISHER = "publisher"
    DRAFTED = "drafted"
    APPROVED = "approved"
    IN_FORCE = "in_force"
    ENDED = "ended"


class Period(StrEnum):
    """How long the stretches of time are, in UTC."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"


# Of a contract with several of these each counts once.
_SEVERAL: Final = {
    GroupedBy.COUNTERPARTY: "SELECT DISTINCT c ->> 'name' FROM json_array_elements(asked.counterparties) c",
    GroupedBy.TAG: "SELECT DISTINCT t FROM jsonb_array_elements_text(asked.tags) t",
}
_MOMENTS: Final = {
    GroupedBy.DRAFTED: "drafted_at",
    GroupedBy.APPROVED: "approved_at",
    GroupedBy.IN_FORCE: "in_force_since",
    GroupedBy.ENDED: "ended_at",
}
_FORMATS: Final = {Period.YEAR: "YYYY", Period.QUARTER: 'YYYY-"Q"Q', Period.MONTH: "YYYY-MM"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsSums:
    """What contracts of one direction and currency come to, exactly: `contracts` of them have a value."""

    direction: Direction
    currency: str
    contracts: int
    value: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysTaken:
    """How many days something took, of the `contracts` of which both ends are known: half and nine tenths took no longer."""

    contracts: int
    mean_days: Decimal | None
    median_days: Decimal | None
    ninth_tenth_days: Decimal | None
    longest_days: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsGroup:
    """The contracts that have `key` in common, which is None for those of which nothing is said.

    Amounts of two currencies are never added, nor what comes in to what goes out. `to_approval` is from the
    last submission to the approval, `to_force` from the draft to the coming into force, which is the last signature, `to_end` from
    there to the end.
    """

    key: str | None
    contracts: int
    without_value: int
    sums: tuple[StatisticsSums, ...]
    to_approval: DaysTaken
    to_force: DaysTaken
    to_end: DaysTaken


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractStatistics:
    """All contracts together, their groups, and how many groups there are. A contract may be in several groups, or in one of nothing."""

    total: StatisticsGroup
    groups: tuple[StatisticsGroup, ...]
    count: int


@dataclass(frozen=True, slots=True)
class StatisticsLine:
    """What the contracts of one direction and currency that have `key` in common come to, in minor units: such as can be added up.

    Of contracts without a currency nothing is known but how many they are. `value_minor` and `paid_minor` are of those that have a value,
    and None where none has.
    """

    group_key: str
    key: str | None
    direction: Direction
    currency: str | None
    contracts: int
    without_value: int
    value_minor: int | None
    paid_minor: int | None


COLUMNS: Final = tuple(f.name for f in fields(StatisticsLine))


class Statistics(Register):
    """The statistics of one ledger's register. Every question raises StoreUnavailable, and ViewMissing before the view was ever built."""

    def told(self, query: RegisterQuery, by: GroupedBy, period: Period = Period.MONTH, limit: int = 100) -> ContractStatistics:
        """The contracts that a query finds, on all of its pages, by what they have in common.

        Stretches of time come in their order, other groups by the number of contracts; `limit` is how many groups at most.
        Raises BadQuery.
        """
        where = self._filters(query)
        key, beside = _key(by, period)
        took = "extract(epoch FROM {} - {}) / 86400"
        statement = f"""
            WITH asked AS MATERIALIZED (SELECT *, {took.format("approved_at", "submitted_at")} AS to_approval,
                                               {took.format("in_force_since", "drafted_at")} AS to_force,
                                               {took.format("ended_at", "in_force_since")} AS to_end
                                        FROM {self._asked(query)} {where.sql}),
                 keyed AS (SELECT asked.*, {key} AS key FROM asked {beside})
            SELECT false, key, grouping(direction), direction, currency, {_FIGURES}
            FROM keyed GROUP BY GROUPING SETS ((key), (key, direction, currency))
            UNION ALL
            SELECT true, NULL, grouping(direction), direction, currency, {_FIGURES}
            FROM asked GROUP BY GROUPING SETS ((), (direction, currency))
        """
        with self._asking(query.search) as cursor:
            cursor.execute(statement, where.values)
            return _counted(cursor.fetchall(), limit, in_time=by in _MOMENTS)


_SPREAD: Final = (
    "count({0}), avg({0}), percentile_cont(0.5) WITHIN GROUP (ORDER BY {0}), percentile_cont(0.9) WITHIN GROUP (ORDER BY {0}), max({0})"
)
_SPREAD_WIDTH: Final = 5
_FIGURES: Final = (
    "count(*), count(value_minor), sum(value_minor), sum(paid_minor) FILTER (WHERE value_minor IS NOT NULL), "
    f"{_SPREAD.format('to_approval')}, {_SPREAD.format('to_force')}, {_SPREAD.format('to_end')}"
)


def _key(by: GroupedBy, period: Period) -> tuple[str, str]:
    """What contracts are grouped by, and what has to stand beside the register for it."""
    if by in _SEVERAL:
        return "several.key", f"LEFT JOIN LATERAL ({_SEVERAL[by]}) AS several(key) ON true"
    if by in _MOMENTS:
        return f"to_char(asked.{_MOMENTS[by]} AT TIME ZONE 'UTC', '{_FORMATS[period]}')", ""
    return f"asked.{by.value}", ""


def grouping(by: GroupedBy, at: Moments, table: str, *, apart: bool = False) -> Grouping:
    """What can be added up of the register as of two moments, by months where it is by time; told `apart` by a column of that name, too."""
    where = Where([], [])
    if at.are_past:
        at.add_to(where)
    (key, beside), also = _key(by, Period.MONTH), ", apart" if apart else ""
    sql = f"""
        SELECT json_build_array(key, direction, currency)::text AS group_key, key, direction, currency, count(*) AS contracts,
               count(*) - count(value_minor) AS without_value, sum(value_minor) AS value_minor,
               sum(paid_minor) FILTER (WHERE value_minor IS NOT NULL) AS paid_minor{also}
        FROM (SELECT asked.*, {key} AS key FROM (SELECT * FROM {table} {where.sql}) AS asked {beside}) AS keyed
        GROUP BY key, direction, currency{also}
    """
    return Grouping(sql, where.values, COLUMNS)


def line(*row: object) -> StatisticsLine:
    """A row of sums, typed; the database gives them as decimals."""
    group_key, key, direction, currency, contracts, without_value, *sums = row
    value, paid = (None if minor is None else int(str(minor)) for minor in sums)
    return StatisticsLine(
        str(group_key),
        None if key is None else str(key),
        Direction(str(direction)),
        None if currency is None else str(currency),
        int(str(contracts)),
        int(str(without_value)),
        value,
        paid,
    )


def _counted(rows: list[tuple[Any, ...]], limit: int, *, in_time: bool) -> ContractStatistics:
    found: dict[tuple[bool, str | None], StatisticsGroup] = {}
    sums: dict[tuple[bool, str | None], list[StatisticsSums]] = {}
    for is_total, key, is_whole, direction, currency, counted, valued, value, paid, *spread in rows:
        at = (is_total, key)
        if is_whole:
            found[at] = StatisticsGroup(
                key=key,
                contracts=counted,
                without_value=counted - valued,
                sums=(),
                to_approval=_took(spread[:_SPREAD_WIDTH]),
                to_force=_took(spread[_SPREAD_WIDTH : 2 * _SPREAD_WIDTH]),
                to_end=_took(spread[2 * _SPREAD_WIDTH :]),
            )
        elif valued:
            digits = -exponent(currency)
            sums.setdefault(at, []).append(
                StatisticsSums(
                    direction=Direction(direction),
                    currency=currency,
                    contracts=valued,
                    value=value.scaleb(digits),
                    paid=paid.scaleb(digits),
                )
            )
    told = [
        replace(group, sums=tuple(sorted(sums.get(at, []), key=lambda one: (one.direction, one.currency)))) for at, group in found.items()
    ]
    (total,) = (group for (is_total, _), group in zip(found, told, strict=True) if is_total)
    groups = [group for (is_total, _), group in zip(found, told, strict=True) if not is_total]
    groups.sort(key=lambda g: (g.key is None, g.key or "") if in_time else (-g.contracts, g.key is None, g.key or ""))
    return ContractStatistics(total=total, groups=tuple(groups[:limit]), count=len(groups))


def _by_currency(one: StatisticsSums) -> tuple[str, str]:
    return one.direction, one.currency


def _took(spread: list[Any]) -> DaysTaken:
    count, *days = spread
    mean, median, ninth, longest = (None if one is None else Decimal(f"{one:.2f}") for one in days)
    return DaysTaken(contracts=count, mean_days=mean, median_days=median, ninth_tenth_days=ninth, longest_days=longest)
