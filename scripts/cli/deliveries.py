"""`tally deliveries`: what was to be delivered, what came of it, and how far the whole is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import partial
from itertools import islice
from typing import Annotated, Final

import typer

from api.delivery_answers import delivery_line, progress_line
from infra.opening import Opened
from infra.render import to_json
from projections.fulfilment import cells
from projections.fulfilment.deliveries import (
    Deliveries,
    DeliveryFilter,
    DeliveryQuery,
    DeliveryRow,
    ProgressBy,
    ProgressLine,
    ProgressQuery,
    Stage,
    deliveries_progress,
    hundredths,
)
from projections.paging import rows
from projections.past import Moments
from scripts.cli import moments, spreadsheet, views
from scripts.cli.moments import KnownAt, ValidAt
from scripts.cli.receivables import (
    ByCounterparty,
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
from scripts.cli.wording import words

_COLUMNS: Final = (
    Column("number", folds=True),
    Column("delivery"),
    Column("what", folds=True, least=10),
    Column("counterparty", shrinks=True, least=12),
    Column("direction", drop=3),
    Column("planned", right=True),
    Column("delivered", right=True),
    Column("accepted", right=True, drop=2),
    Column("rejected", right=True, drop=1),
    Column("unit", drop=4),
    Column("%", right=True),
    Column("due"),
    Column("stands", folds=True, least=10),
)
_LINES: Final = (
    Column("direction", drop=1),
    Column("deliveries", right=True),
    Column("complete", right=True),
    Column("late", right=True),
    Column("plan %", right=True),
    Column("actual %", right=True),
    Column("ahead", right=True),
)


def deliveries(
    *,
    direction: ByDirection = None,
    stage: Annotated[
        Stage, typer.Option(help="Outstanding, late, complete, with something rejected, released, unplanned, or all.")
    ] = Stage.ALL,
    counterparty: ByCounterparty = None,
    department: ByDepartment = None,
    owner: ByOwner = None,
    number: ByNumber = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    on: OnDay = None,
    zone: InZone = "UTC",
    progress: Annotated[bool, typer.Option("--progress", help="How far the whole is, plan against actual, not the deliveries.")] = False,
    by: Annotated[ProgressBy, typer.Option(help="With --progress: what the lines are of.")] = ProgressBy.CONTRACT,
    sort: Annotated[str | None, typer.Option(metavar="COLUMN", help="due, came_on, number, counterparty, department, percent, …")] = None,
    desc: Annotated[bool, typer.Option("--desc", help="The other way round.")] = False,
    limit: Limit = 50,
    every: Every = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List what was to be delivered and what came of it; or how far it is.

    Goods come to us under payable contracts, and go out under receivable
    ones. With --progress each plan counts for one, since quantities of
    different units cannot be added.

    Examples:
      tally deliveries --stage late --direction payable
      tally deliveries --number CG-2025 --on 2026-06-30 --json
      tally deliveries --progress --by department
      tally deliveries --progress --sort percent --to 履约进度.xlsx
    """
    spreadsheet.require_kind(to)
    which = DeliveryFilter(
        direction=direction,
        counterparty=counterparty,
        department=department,
        owner=owner,
        number_prefix=number,
        moments=Moments(*moments.both(valid_at, known_at)),
    )
    day = day_asked(on, zone, which.moments)
    how = Listing(None if every else limit, to, as_json)
    column = "percent_hundredth" if sort == "percent" else sort
    with the_ledger() as it:
        if progress:
            _tell_progress(it, ProgressQuery(on=day, by=by, which=which, sort=column or "name", descending=desc), how)
        else:
            _tell(it, DeliveryQuery(on=day, which=which, stage=stage, sort=column or "due", descending=desc), how)


def _tell(it: Opened, query: DeliveryQuery, how: Listing) -> None:
    position = views.ready(it, "fulfilment")
    view = Deliveries(it)
    counted = view.count(query)
    found = rows(view.find, query, None if how.to is not None else how.limit)
    if how.as_json:
        around: dict[str, object] = {"on": query.on.isoformat(), "position": position, "count": counted, **moments.told(*query.moments)}
        write_json_list("deliveries", (to_json(delivery_line(row, query.on)) for row in found), around)
    elif how.to is not None:
        spreadsheet.write_list(how.to, cells.DELIVERIES, (cells.delivery_cells(row, query.on) for row in found), "deliveries")
    elif not counted:
        say("There are no deliveries that are so.")
    else:
        table(_COLUMNS, (_row(row, query.on) for row in found))
        if how.limit is not None and counted > how.limit:
            say(f"{how.limit:,} of {counted:,} deliveries; --all lists every one, --limit more of them.")


def _row(row: DeliveryRow, on: date) -> tuple[object, ...]:
    late = row.days_late(on)
    stands = words(row.stage(on)) + (f", {late} days late" if late else "")
    quantities = (None if quantity is None else f"{quantity:f}" for quantity in (row.planned, row.delivered, row.accepted, row.rejected))
    counterparty = "; ".join(row.counterparties)
    return (
        row.number, row.delivery_id, row.description, counterparty, row.direction, *quantities, row.unit, row.percent, row.due, stands,
    )  # fmt: skip


def _tell_progress(it: Opened, query: ProgressQuery, how: Listing) -> None:
    position = views.ready(it, "fulfilment")
    found = rows(partial(deliveries_progress, it), query, None if how.to is not None else how.limit)
    if how.as_json:
        around: dict[str, object] = {"on": query.on.isoformat(), "position": position, "by": query.by.value, **moments.told(*query.moments)}
        write_json_list("lines", (to_json(progress_line(line, query.by)) for line in found), around)
    elif how.to is not None:
        spreadsheet.write_list(how.to, cells.progress_heads(query.by), (cells.progress_cells(line, query.by) for line in found), "lines")
    else:
        _show(found, query, how.limit)


def _show(found: Iterator[ProgressLine], query: ProgressQuery, limit: int | None) -> None:
    lines = list(found if limit is None else islice(found, limit))
    if not lines:
        say("Nothing was planned that is so.")
        return
    table((Column(query.by.value, shrinks=True), *_LINES), (_line(line, query.by) for line in lines))
    if len(lines) == limit:
        say(f"These are the first {limit:,} lines; --all lists every one, --limit more of them.")


def _line(line: ProgressLine, by: ProgressBy) -> tuple[object, ...]:
    percents = map(hundredths, (line.plan_hundredth, line.percent_hundredth, line.percent_hundredth - line.plan_hundredth))
    return line.shown(by), line.direction, line.deliveries, line.complete, line.late, *percents
