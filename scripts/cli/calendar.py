"""`tally calendar`: what the sides of all contracts owe each other, by day."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import typer

from api.obligations import calendar_line
from domain.contract.delays import ObligationKind
from infra.opening import Opened
from infra.render import to_json
from projections.fulfilment import cells
from projections.fulfilment.obligations import ObligationFilter, ObligationQuery, ObligationRow, Obligations, Side, Stands
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
    Column("due"),
    Column("number", folds=True),
    Column("what", folds=True, least=10),
    Column("whose"),
    Column("counterparty", shrinks=True, least=12),
    Column("description", folds=True, least=12, drop=2),
    Column("amount", right=True, drop=1),
    Column("stands", folds=True, least=10),
    Column("department", drop=3),
)


def calendar(
    *,
    standing: Annotated[Stands, typer.Option(help="Open in any way, overdue, waiting for a day, fulfilled, or all.")] = Stands.OPEN,
    side: Annotated[Side, typer.Option(help="Whose obligations.")] = Side.EITHER,
    kind: Annotated[list[ObligationKind] | None, typer.Option(help="What sort; several may be given.")] = None,
    direction: ByDirection = None,
    counterparty: ByCounterparty = None,
    department: ByDepartment = None,
    owner: ByOwner = None,
    number: ByNumber = None,
    due_from: Annotated[str | None, typer.Option("--from", metavar="DATE", help="Due on this day or later.")] = None,
    due_to: Annotated[str | None, typer.Option("--to-day", metavar="DATE", help="Due on this day or earlier.")] = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    on: OnDay = None,
    zone: InZone = "UTC",
    sort: Annotated[str, typer.Option(metavar="COLUMN", help="due, number, counterparty, department, owner or kind.")] = "due",
    desc: Annotated[bool, typer.Option("--desc", help="The other way round.")] = False,
    limit: Limit = 50,
    every: Every = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List what the sides of all contracts owe each other, by day.

    Deliveries, instalments, acceptances, repairs and releases of contracts
    in force or ended. `tally obligations REF` reckons one contract by its
    own calendar.

    Examples:
      tally calendar --from 2026-03-01 --to-day 2026-03-31
      tally calendar --standing overdue --side theirs --on 2026-06-30
      tally calendar --department 行政部 --to 履约日历.xlsx
    """
    spreadsheet.require_kind(to)
    which = ObligationFilter(
        direction=direction,
        counterparty=counterparty,
        department=department,
        owner=owner,
        number_prefix=number,
        moments=Moments(*moments.both(valid_at, known_at)),
        kind=tuple(kind or ()),
        side=side,
        due_from=None if due_from is None else moments.day(due_from, "--from"),
        due_to=None if due_to is None else moments.day(due_to, "--to-day"),
    )
    query = ObligationQuery(on=day_asked(on, zone, which.moments), which=which, stands=standing, sort=sort, descending=desc)
    with the_ledger() as it:
        _tell(it, query, Listing(None if every else limit, to, as_json))


def _tell(it: Opened, query: ObligationQuery, how: Listing) -> None:
    position = views.ready(it, "fulfilment")
    view = Obligations(it)
    counted = view.count(query)
    found = rows(view.find, query, None if how.to is not None else how.limit)
    if how.as_json:
        around: dict[str, object] = {"on": query.on.isoformat(), "position": position, "count": counted, **moments.told(*query.moments)}
        write_json_list("obligations", (to_json(calendar_line(row, query.on)) for row in found), around)
    elif how.to is not None:
        spreadsheet.write_list(how.to, cells.OBLIGATIONS, (cells.obligation_cells(row, query.on) for row in found), "obligations")
    elif not counted:
        say("Nothing is owed that is so.")
    else:
        table(_COLUMNS, (_row(row, query.on) for row in found))
        if how.limit is not None and counted > how.limit:
            say(f"{how.limit:,} of {counted:,} obligations; --all lists every one, --limit more of them.")


def _row(row: ObligationRow, on: date) -> tuple[object, ...]:
    late = row.days_overdue(on)
    stands = (
        "fulfilled" if row.is_fulfilled else f"{late} days overdue" if late else f"waits for {row.waits_for}" if row.waits_for else "open"
    )
    amount = None if row.amount is None else f"{row.amount:,f} {row.currency}"
    what, whose = f"{words(row.kind)} {row.obligation_id}", "ours" if row.is_ours else "theirs"
    return row.due, row.number, what, whose, "; ".join(row.counterparties), row.description, amount, stands, row.department
