"""`tally statistics`: the register counted and summed, by what contracts have in common and over time."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final

import typer

from domain.contract.vocabulary import Direction, Kind, Status
from infra.render import to_json
from projections.register import RegisterQuery
from projections.register.statistics import MAX_GROUPS, DaysTaken, GroupedBy, Period, Statistics, StatisticsGroup
from scripts.cli import spreadsheet, views
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import ToFile
from scripts.cli.terminal import AsJson, Column, say, table, write_json

_COLUMNS: Final = (
    Column("group", shrinks=True, least=16),
    Column("contracts", right=True),
    Column("direction", drop=2),
    Column("currency"),
    Column("value", right=True),
    Column("paid", right=True),
    Column("no value", right=True, drop=3),
    Column("days to approval", right=True, drop=1),
    Column("days to force", right=True, drop=1),
    Column("days to end", right=True, drop=4),
)
_NOTHING: Final = "(not said)"
_SPANS: Final = [f"{figure}_days_to_{what}" for what in ("approval", "force", "end") for figure in ("mean", "median", "ninth_tenth")]
_HEADS: Final[spreadsheet.Columns] = {
    "group": str, "contracts": int, "without_value": int, "direction": str, "currency": str, "contracts_with_value": int, "value": Decimal,
    "paid": Decimal, **dict.fromkeys(_SPANS, Decimal),
}  # fmt: skip


def statistics(
    *,
    by: Annotated[GroupedBy, typer.Option(help="What to group contracts by.")] = GroupedBy.STATUS,
    period: Annotated[Period, typer.Option(help="Of what length, where --by is drafted, approved, in_force or ended.")] = Period.MONTH,
    status: Annotated[list[Status] | None, typer.Option(help="Where they stand; several may be given.")] = None,
    kind: Annotated[list[Kind] | None, typer.Option(help="What sort they are; several may be given.")] = None,
    direction: Annotated[Direction | None, typer.Option(help="Whether the money comes in or goes out.")] = None,
    counterparty: Annotated[str | None, typer.Option(help="Part of a counterparty's name.")] = None,
    department: Annotated[str | None, typer.Option(help="The department that answers for them.")] = None,
    owner: Annotated[str | None, typer.Option(help="Who answers for them.")] = None,
    currency: Annotated[str | None, typer.Option(help="Their ISO 4217 code.")] = None,
    search: Annotated[str | None, typer.Option("--search", metavar="WORDS", help="Words anywhere in them, as `tally search`.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_GROUPS, help="At most so many groups.")] = 50,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """Count and sum contracts: together, and by what they have in common.

    Amounts of two currencies are never added, nor what comes in to what goes
    out. A contract with several counterparties or tags counts under each, and
    once in the whole. Days are medians: from the last submission to the
    approval, from the draft to the coming into force, and from there to the end.

    Examples:
      tally statistics --by department
      tally statistics --by counterparty --direction payable --status in_force
      tally statistics --by drafted --period quarter --to 季度统计.xlsx
    """
    spreadsheet.require_kind(to)
    query = RegisterQuery(
        status=tuple(status or ()),
        kind=tuple(kind or ()),
        direction=direction,
        counterparty=counterparty,
        department=department,
        owner=owner,
        currency=None if currency is None else currency.upper(),
        search=search,
    )
    with the_ledger() as it:
        position = min(views.ready(it, view) for view in ("register", *(["search"] if search is not None else [])))
        told = Statistics(it).told(query, by, period, MAX_GROUPS if to is not None else limit)
    everything = (("all", told.total), *((group.key or _NOTHING, group) for group in told.groups))
    if as_json:
        write_json({"position": position, "by": by.value, "figures": to_json(told)})
    elif to is not None:
        spreadsheet.write_list(to, _HEADS, (line for name, group in everything for line in _cells(name, group)), "rows")
    else:
        table(_COLUMNS, [line for name, group in everything for line in _lines(name, group)])
        if told.count > len(told.groups):
            say(f"{len(told.groups):,} of {told.count:,} groups; --limit shows more of them.")


def _lines(name: str, group: StatisticsGroup) -> list[tuple[object, ...]]:
    """A line for each currency; what is of the whole group stands in the first."""
    sums = [(s.direction.value, s.currency, f"{s.value:,f}", f"{s.paid:,f}") for s in group.sums] or [("", "", "", "")]
    days = tuple(_days(took) for took in (group.to_approval, group.to_force, group.to_end))
    first, *others = sums
    return [(name, group.contracts, *first, group.without_value or "", *days), *(("", "", *one, "", "", "", "") for one in others)]


def _days(took: DaysTaken) -> object:
    return "" if took.median_days is None else f"{took.median_days:.1f}"


def _cells(name: str, group: StatisticsGroup) -> list[tuple[spreadsheet.Cell, ...]]:
    spans = (group.to_approval, group.to_force, group.to_end)
    days = [days for took in spans for days in (took.mean_days, took.median_days, took.ninth_tenth_days)]
    sums: list[tuple[spreadsheet.Cell, ...]] = [(s.direction.value, s.currency, s.contracts, s.value, s.paid) for s in group.sums]
    return [(name, group.contracts, group.without_value, *one, *days) for one in sums or [(None,) * 5]]
