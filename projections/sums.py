"""The sums over rows whose past is kept, so that what moved in them can be told: what they add up, and what people read of a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

from domain.contract.forecast import Per
from projections.fulfilment import ageing, deliveries, exposure, forecast
from projections.fulfilment.ageing import AgeingBy, AgeingQuery
from projections.fulfilment.cells import late_head
from projections.fulfilment.deliveries import DeliveryFilter, ProgressBy, ProgressQuery, hundredths
from projections.fulfilment.exposure import ExposureFilter, ExposureQuery
from projections.fulfilment.forecast import ForecastQuery
from projections.fulfilment.receivables import ClaimFilter
from projections.fulfilment.table import FULFILMENT
from projections.fulfilment.table import PAST as FULFILMENT_PAST
from projections.grouped import Grouping
from projections.moved import DEFAULT_GROUPED_BY, DifferenceQuery
from projections.moving import LISTS, PastView, money, plain_text
from projections.past import Moments
from projections.past.shape import Kept
from projections.register import REGISTER, statistics
from projections.register import past as register_past
from projections.register.statistics import GroupedBy
from projections.view import View


class Read(NamedTuple):
    """A line as people read it; `contract_id` where it is of one contract."""

    name: str
    contract_id: str | None
    shown: dict[str, object]


class Summing(Protocol):
    """Reads some tables, as of two moments and seen from a day, as sums; told `apart` by a column of that name in each, too."""

    def __call__(self, on: date, at: Moments, *tables: str, apart: bool) -> Grouping:
        """The SELECT."""
        ...


@dataclass(frozen=True, slots=True)
class Sum:
    """Lines, each the sum of what contracts add to it: of which `tables` of a view whose past is kept, and which `columns` they have.

    The first column tells lines apart. `names` are columns in which one contract has the word for all, `untold` what follows from
    other lines. `read` says of the columns and the day what people read.
    """

    view: View
    past: Kept[Any]
    tables: tuple[str, ...]
    columns: tuple[str, ...]
    grouping: Summing
    read: Callable[[tuple[Any, ...], date], Read]
    names: frozenset[str] = frozenset()
    untold: frozenset[str] = frozenset()
    is_seen_from_a_day: bool = True

    @property
    def kept(self) -> tuple[str, ...]:
        """The tables of the past of its tables, in their order."""
        return tuple(self.view.pasts[table].table for table in self.tables)

    @property
    def added(self) -> tuple[str, ...]:
        """The columns in which a line differs as soon as what a contract adds to it does."""
        return tuple(column for column in self.columns[1:] if column not in {*self.names, *self.untold})


def _exposure(on: date, at: Moments, *tables: str, apart: bool) -> Grouping:
    sides, receivables = tables
    return ExposureQuery(on=on, which=ExposureFilter(moments=at)).grouping(sides, receivables, apart=apart)


def _exposed(row: tuple[Any, ...], _: date) -> Read:
    it = exposure.line(*row)
    minors = ("committed", "receivable", "receivable_overdue", "payable", "payable_overdue", "net")
    amounts = {name: money(getattr(it, f"{name}_minor"), it.currency) for name in minors}
    plain = {name: getattr(it, name) for name in ("name", "party_id", "currency", "contracts", "shared")}
    return Read(f"{it.name} {it.currency}", None, {**plain, **amounts})


def _forecast(on: date, at: Moments, *tables: str, apart: bool) -> Grouping:
    (receivables,) = tables
    return ForecastQuery(on=on, which=ClaimFilter(moments=at)).grouping(receivables, apart=apart)


def _expected(row: tuple[Any, ...], on: date) -> Read:
    it = forecast.line(*row)
    covered = it.covered(Per.MONTH, on)
    amounts = {name: money(getattr(it, f"{name}_minor"), it.currency) for name in ("inflow", "outflow", "net")}
    plain = {"period": covered.name, "first": covered.first, "last": covered.last}
    plain |= {name: getattr(it, name) for name in ("currency", "contracts", "claims")}
    return Read(f"{covered.name} {it.currency}", None, {**plain, **amounts})


_AGES: Final = AgeingQuery(on=date.max)


def _ageing(on: date, at: Moments, *tables: str, apart: bool) -> Grouping:
    (receivables,) = tables
    return AgeingQuery(on=on, which=ClaimFilter(moments=at)).grouping(receivables, apart=apart)


def _aged(row: tuple[Any, ...], _: date) -> Read:
    it = ageing.line(*row)
    called = it.shown(AgeingBy.COUNTERPARTY) or ""
    minors = ("open", "undated", "not_due", "overdue")
    amounts = {name: money(getattr(it, f"{name}_minor"), it.currency) for name in minors}
    amounts |= {f"late_{late_head(one)}": money(minor, it.currency) for one, minor in zip(_AGES.buckets, it.late_minor, strict=True)}
    plain = {"counterparty": called, "direction": it.direction, "currency": it.currency, "contracts": it.contracts}
    return Read(f"{called} {it.direction.value} {it.currency}".lstrip(), None, {**plain, **amounts})


def _progress(on: date, at: Moments, *tables: str, apart: bool) -> Grouping:
    (planned,) = tables
    return ProgressQuery(on=on, which=DeliveryFilter(moments=at)).grouping(planned, apart=apart)


def _progressed(row: tuple[Any, ...], _: date) -> Read:
    it = deliveries.line(*row)
    plain = {name: getattr(it, name) for name in ("direction", "contracts", "deliveries", "complete", "late", "due", "undated")}
    percents = {
        "plan_percent": it.plan_hundredth,
        "percent": it.percent_hundredth,
        "ahead": it.percent_hundredth - it.plan_hundredth,
    }
    told = {name: plain_text(hundredths(minor)) for name, minor in percents.items()}
    return Read(it.shown(ProgressBy.CONTRACT) or "", it.contract_id(ProgressBy.CONTRACT), {**plain, **told})


# Neither means nor medians of days: they are no sums of what contracts add.
def _statistics(by: GroupedBy, _: date, at: Moments, *tables: str, apart: bool) -> Grouping:
    (register,) = tables
    return statistics.grouping(by, at, register, apart=apart)


def _counted(row: tuple[Any, ...], _: date) -> Read:
    it = statistics.line(*row)
    amounts = {"value": money(it.value_minor, it.currency), "paid": money(it.paid_minor, it.currency)}
    plain = {name: getattr(it, name) for name in ("key", "direction", "currency", "contracts", "without_value")}
    return Read(" ".join(filter(None, (it.key, it.direction.value, it.currency))), None, {**plain, **amounts})


_of_fulfilment = partial(Sum, FULFILMENT, FULFILMENT_PAST)


def _of_register(by: GroupedBy) -> Sum:
    return Sum(
        REGISTER, register_past.SHAPE, ("register",), statistics.COLUMNS, partial(_statistics, by), _counted, is_seen_from_a_day=False
    )


_STATISTICS: Final = {by: _of_register(by) for by in GroupedBy}
# Each as it is where nothing more is said of it.
SUMS: Final[Mapping[PastView, Sum]] = {
    PastView.EXPOSURE: _of_fulfilment(("sides", "receivables"), exposure.COLUMNS, _exposure, _exposed, names=frozenset({"name"})),
    PastView.FORECAST: _of_fulfilment(("receivables",), forecast.COLUMNS, _forecast, _expected, untold=frozenset({"cumulative_minor"})),
    PastView.AGEING: _of_fulfilment(("receivables",), tuple(_AGES.grouping("").columns), _ageing, _aged),
    PastView.PROGRESS: _of_fulfilment(("deliveries",), deliveries.COLUMNS, _progress, _progressed),
    PastView.STATISTICS: _STATISTICS[DEFAULT_GROUPED_BY],
}
SEEN_FROM_A_DAY: Final = tuple(view for view, summed in SUMS.items() if summed.is_seen_from_a_day)


def sum_of(query: DifferenceQuery) -> Sum:
    """What is summed. Raises KeyError for a list, and BadQuery where it is said what groups have in common of a view without groups."""
    return SUMS[query.view] if query.grouped_by is None else _STATISTICS[query.grouped_by]


def view_of(view: PastView) -> View:
    """The view whose tables answer."""
    return SUMS[view].view if view in SUMS else LISTS[view].view
