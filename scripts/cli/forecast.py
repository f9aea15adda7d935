"""`tally forecast`: what will probably come in and go out, month by month."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import Annotated, Final

import typer

from api.forecast_answers import expected_line
from domain.contract.forecast import Per
from infra.opening import Opened
from infra.render import to_json
from projections.fulfilment import cells
from projections.fulfilment.forecast import ForecastLine, ForecastQuery, forecast
from projections.fulfilment.receivables import ClaimFilter
from projections.paging import rows
from projections.past import Moments
from scripts.cli import moments, spreadsheet, views
from scripts.cli.moments import KnownAt, ValidAt
from scripts.cli.receivables import (
    ByCounterparty,
    ByCurrency,
    ByDepartment,
    ByDirection,
    ByNumber,
    ByOwner,
    Every,
    InZone,
    Limit,
    Listing,
    OnDay,
    day_asked,
)
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import ToFile
from scripts.cli.terminal import AsJson, Column, say, table, write_json_list

_COLUMNS: Final = (
    Column("period"),
    Column("currency"),
    Column("contracts", right=True, drop=1),
    Column("in", right=True),
    Column("out", right=True),
    Column("net", right=True),
    Column("cumulative", right=True),
)


def forecast_cash(
    *,
    per: Annotated[Per, typer.Option(help="How long the spans are.")] = Per.MONTH,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Only what is due by this day.")] = None,
    direction: ByDirection = None,
    currency: ByCurrency = None,
    counterparty: ByCounterparty = None,
    department: ByDepartment = None,
    owner: ByOwner = None,
    number: ByNumber = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    on: OnDay = None,
    zone: InZone = "UTC",
    sort: Annotated[str, typer.Option(metavar="COLUMN", help="period or currency.")] = "period",
    desc: Annotated[bool, typer.Option("--desc", help="The other way round.")] = False,
    limit: Limit = 50,
    every: Every = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """Tell what will probably come in and go out, month by month.

    Penalties, credits, unnamed payments and what is held back are set off
    against what is owed first. What is overdue comes before all months, what
    has no day yet after them. Amounts are never added across currencies.

    Examples:
      tally forecast
      tally forecast --per quarter --direction payable --until 2027-06-30
      tally forecast --department 采购部 --on 2026-06-30 --json
      tally forecast --per week --to 资金预测.xlsx
    """
    spreadsheet.require_kind(to)
    which = ClaimFilter(
        direction=direction,
        currency=None if currency is None else currency.upper(),
        counterparty=counterparty,
        department=department,
        owner=owner,
        number_prefix=number,
        moments=Moments(*moments.both(valid_at, known_at)),
        due_to=None if until is None else moments.day(until, "--until"),
    )
    query = ForecastQuery(on=day_asked(on, zone, which.moments), per=per, which=which, sort=sort, descending=desc)
    with the_ledger() as it:
        _tell(it, query, Listing(None if every else limit, to, as_json))


def _tell(it: Opened, query: ForecastQuery, how: Listing) -> None:
    position = views.ready(it, "fulfilment")
    found = rows(partial(forecast, it), query, None if how.to is not None else how.limit)
    if how.as_json:
        around: dict[str, object] = {
            "on": query.on.isoformat(),
            "position": position,
            "per": query.per.value,
            **moments.told(*query.moments),
        }
        write_json_list("lines", (to_json(expected_line(line, query)) for line in found), around)
    elif how.to is not None:
        spreadsheet.write_list(how.to, cells.FORECAST, (cells.forecast_cells(line, query) for line in found), "lines")
    elif lines := list(found if how.limit is None else islice(found, how.limit)):
        table(_COLUMNS, (_row(line, query) for line in lines))
        if len(lines) == how.limit:
            say(f"These are the first {how.limit:,} lines; --all lists every one, --limit more of them.")
    else:
        say("Nothing is expected that is so.")


def _row(line: ForecastLine, query: ForecastQuery) -> tuple[object, ...]:
    sums = (line.inflow_minor, line.outflow_minor, line.net_minor, line.cumulative_minor)
    return line.covered(query.per, query.on).name, line.currency, line.contracts, *(f"{line.exact(minor):,f}" for minor in sums)
