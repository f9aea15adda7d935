"""`tally receivables`: what is owed to us and by us, and how old it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from api.receivable_answers import aged_line, receivable_line
from domain.contract.receivables import ClaimKind
from domain.contract.vocabulary import Direction
from infra import calendars
from infra.opening import Opened
from infra.render import to_json
from projections.fulfilment import AgeingLine, AgeingQuery, Receivable, ReceivableQuery, Receivables, cells
from projections.fulfilment.ageing import AgeingBy, ageing
from projections.fulfilment.contract import PRESENT
from projections.fulfilment.receivables import ClaimFilter, Standing
from projections.paging import rows
from projections.past import Moments
from scripts.cli import moments, spreadsheet, views
from scripts.cli.moments import KnownAt, ValidAt
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import ToFile
from scripts.cli.terminal import AsJson, Column, say, table, usage, write_json_list
from scripts.cli.wording import words

OnDay = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="As of this day, such as 2026-03-31; otherwise that of --valid-at, or today.")
]
InZone = Annotated[str, typer.Option("--zone", metavar="ZONE", help="Where a day begins, such as Asia/Shanghai.")]
ByDirection = Annotated[Direction | None, typer.Option(help="Owed to us, or by us.")]
ByCurrency = Annotated[str | None, typer.Option(help="In this currency, by its ISO 4217 code.")]
ByCounterparty = Annotated[str | None, typer.Option(help="Has this in a counterparty's name.")]
ByDepartment = Annotated[str | None, typer.Option(help="The department that answers for the contract.")]
ByOwner = Annotated[str | None, typer.Option(help="Who answers for the contract.")]
ByNumber = Annotated[str | None, typer.Option(help="What the contract's number begins with.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]
Every = Annotated[bool, typer.Option("--all", help="All of them.")]

_COLUMNS: Final = (
    Column("number", folds=True),
    Column("what", folds=True, least=10),
    Column("counterparty", shrinks=True, least=12),
    Column("direction", drop=3),
    Column("amount", right=True, drop=2),
    Column("paid", right=True, drop=1),
    Column("open", right=True),
    Column("currency"),
    Column("due"),
    Column("stands", folds=True, least=10),
    Column("department", drop=4),
)


def day_asked(on: str | None, zone: str, asked: Moments = PRESENT) -> date:
    """The day that is asked about: where none is said that of --valid-at, or today, in the zone. Refuses with ZoneNotKnown."""
    days = calendars.named(calendars.ROUND_THE_CLOCK, zone)
    return calendars.day_of(days, asked.valid_at or datetime.now(UTC)) if on is None else moments.day(on, "--on")


class Listing(NamedTuple):
    """How a list is wanted: at most so many lines, as a file, or as one JSON document."""

    limit: int | None
    to: Path | None
    as_json: bool


def receivables(
    *,
    direction: ByDirection = None,
    standing: Annotated[Standing, typer.Option(help="Open in any way, overdue, waiting for a day, closed, or all.")] = Standing.OPEN,
    kind: Annotated[list[ClaimKind] | None, typer.Option(help="What sort of claim; several may be given.")] = None,
    currency: ByCurrency = None,
    counterparty: ByCounterparty = None,
    department: ByDepartment = None,
    owner: ByOwner = None,
    number: ByNumber = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    on: OnDay = None,
    zone: InZone = "UTC",
    age: Annotated[bool, typer.Option("--ageing", help="Sums by how long they have been overdue, not the claims.")] = False,
    by: Annotated[AgeingBy, typer.Option(help="With --ageing: what the lines are of.")] = AgeingBy.COUNTERPARTY,
    buckets: Annotated[str, typer.Option(metavar="DAYS", help="With --ageing: the last days of the buckets.")] = "30,60,90,180",
    sort: Annotated[str | None, typer.Option(metavar="COLUMN", help="due, number, counterparty, amount, open, …")] = None,
    desc: Annotated[bool, typer.Option("--desc", help="The other way round.")] = False,
    limit: Limit = 50,
    every: Every = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List what is owed to us and by us, part by part; or its ageing.

    An instalment has a day only once what it waits for has come about. What
    is below zero takes from what is owed. Amounts are never added across
    currencies.

    Examples:
      tally receivables --direction receivable --standing overdue
      tally receivables --counterparty 星河 --on 2026-06-30 --json
      tally receivables --ageing --by department --direction receivable
      tally receivables --ageing --buckets 15,45,90 --to 账龄.xlsx
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
        kind=tuple(kind or ()),
    )
    day = day_asked(on, zone, which.moments)
    how = Listing(None if every else limit, to, as_json)
    column = {"amount": "amount_minor", "paid": "paid_minor", "open": "open_minor", "overdue": "overdue_minor"}.get(sort or "", sort)
    with the_ledger() as it:
        if age:
            aged = AgeingQuery(on=day, by=by, bounds=bounds(buckets), which=which, sort=column or "name", descending=desc)
            _tell_ageing(it, aged, how)
        else:
            _tell(it, ReceivableQuery(on=day, which=which, standing=standing, sort=column or "due", descending=desc), how)


def bounds(text: str) -> tuple[int, ...]:
    """The numbers of days. Stops for what are none."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdecimal() and len(part) <= 6 for part in parts):  # noqa: PLR2004 - more days than calendars have
        raise usage(f"--buckets is {text[:60]!r}; give numbers of days, as in 30,60,90,180.")
    return tuple(map(int, parts))


def _tell(it: Opened, query: ReceivableQuery, how: Listing) -> None:
    position = views.ready(it, "fulfilment")
    view = Receivables(it)
    counted = view.count(query)
    found = rows(view.find, query, None if how.to is not None else how.limit)
    if how.as_json:
        around: dict[str, object] = {"on": query.on.isoformat(), "position": position, "count": counted, **moments.told(*query.moments)}
        write_json_list("receivables", (to_json(receivable_line(row, query.on)) for row in found), around)
    elif how.to is not None:
        spreadsheet.write_list(how.to, cells.RECEIVABLES, (cells.receivable_cells(row, query.on) for row in found), "claims")
    elif not counted:
        say("Nothing is owed that is so.")
    else:
        table(_COLUMNS, (_row(row, query.on) for row in found))
        if how.limit is not None and counted > how.limit:
            say(f"{how.limit:,} of {counted:,} claims; --all lists every one, --limit more of them.")


def _row(row: Receivable, on: date) -> tuple[object, ...]:
    late = row.days_overdue(on)
    stands = f"{late} days overdue" if late else f"waits for {row.waits_for}" if row.waits_for else "open" if row.open_minor else "closed"
    amounts = (f"{row.exact(minor):,f}" for minor in (row.amount_minor, row.paid_minor, row.open_minor))
    what = f"{words(row.kind)} {row.subject}".strip()
    return row.number, what, "; ".join(row.counterparties), row.direction, *amounts, row.currency, row.due, stands, row.department


def _tell_ageing(it: Opened, query: AgeingQuery, how: Listing) -> None:
    heads = cells.ageing_heads(query.by, query.buckets)
    position = views.ready(it, "fulfilment")
    found = rows(partial(ageing, it), query, None if how.to is not None else how.limit)
    if how.as_json:
        around: dict[str, object] = {
            "on": query.on.isoformat(),
            "position": position,
            "by": query.by.value,
            "buckets": to_json(query.buckets),
            **moments.told(*query.moments),
        }
        write_json_list("lines", (to_json(aged_line(line, query.by)) for line in found), around)
    elif how.to is not None:
        spreadsheet.write_list(how.to, heads, (cells.ageing_cells(line, query.by) for line in found), "lines")
    else:
        _show(found, query, heads, how.limit)


def _show(found: Iterator[AgeingLine], query: AgeingQuery, heads: spreadsheet.Columns, limit: int | None) -> None:
    lines = list(found if limit is None else islice(found, limit))
    if not lines:
        say("Nothing is open that is so.")
        return
    first, *rest = (words(head) for head in heads)
    columns = (Column(first, shrinks=True), Column(rest[0], drop=1), Column(rest[1]), *(Column(head, right=True) for head in rest[2:]))
    table(columns, (_aged(line, query.by) for line in lines))
    if len(lines) == limit:
        say(f"These are the first {limit:,} lines; --all lists every one, --limit more of them.")


def _aged(line: AgeingLine, by: AgeingBy) -> tuple[object, ...]:
    sums = (line.open_minor, line.undated_minor, line.not_due_minor, line.overdue_minor, *line.late_minor)
    return line.shown(by), line.direction, line.currency, line.contracts, *(f"{line.exact(minor):,f}" for minor in sums)
