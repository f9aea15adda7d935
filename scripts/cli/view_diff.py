"""`tally views`: what moved in a view between two moments."""

from __future__ import annotations

from datetime import date
from itertools import zip_longest
from typing import Annotated, Final

import typer

from api import view_differences
from infra.render import to_json
from projections.differences import Differences
from projections.moved import DifferenceQuery, MovedHow, MovedIn, MovedRow, between
from projections.moving import PastView
from projections.paging import rows
from projections.past import Moments
from projections.register.statistics import GroupedBy
from projections.sums import SEEN_FROM_A_DAY, view_of
from scripts.cli import moments, spreadsheet, views
from scripts.cli.moments import brief
from scripts.cli.receivables import day_asked
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import ToFile
from scripts.cli.terminal import AsJson, Column, say, table, usage, write_json_list
from scripts.cli.wording import shown

app = typer.Typer(help="Views as they moved.", no_args_is_help=True)

_COLUMNS: Final = (
    Column("row", folds=True),
    Column("column", folds=True),
    Column("from", folds=True),
    Column("to", folds=True),
    Column("moved by", folds=True, drop=1),
)


@app.callback()
def group() -> None:
    """Views as they moved."""


@app.command()
def diff(
    view: Annotated[PastView, typer.Argument(help="Which list, or which sums.")],
    *,
    from_: Annotated[str, typer.Option("--from", metavar="T", help=f"The earlier side: {moments.HELP}.")],
    until: Annotated[str | None, typer.Option("--until", metavar="T", help="The later side; without it, as it is by now.")] = None,
    time: Annotated[
        MovedIn,
        typer.Option(help="What a moment means: how it stood then, what was known then, or both, as two reports would say."),
    ] = MovedIn.VALID,
    valid_at: Annotated[str | None, typer.Option(metavar="T", help="With --time known: how it stood at T, on both sides.")] = None,
    known_at: Annotated[str | None, typer.Option(metavar="T", help="With --time valid: as known at T, on both sides.")] = None,
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="DATE", help="Of sums: the day from which both sides are seen; that of the later side, or today."),
    ] = None,
    zone: Annotated[str | None, typer.Option("--zone", metavar="ZONE", help="Of sums: where a day begins, such as Asia/Shanghai.")] = None,
    by: Annotated[GroupedBy | None, typer.Option(help="Of statistics: what to group contracts by; their status without it.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 50,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """Show which rows of a view moved between two moments, from what to what, and by which entries.

    Sums (exposure, forecast, ageing, progress) are seen from one day on both
    sides, so that only entries move a figure and not the calendar. Statistics,
    the contracts counted and summed by what they have in common, need no day;
    how many days they took is not told of them, since that is no sum.

    Examples:
      tally views diff register --from 2026-03-31 --until 2026-06-30
      tally views diff register --time known --from 2026-04-05 --valid-at 2026-03-31
      tally views diff receivables --from 2026-03-31 --until 2026-06-30 --time both
      tally views diff exposure --time known --from 2026-04-05 --on 2026-03-31
      tally views diff statistics --by department --from 2026-03-31 --until 2026-06-30
      tally views diff parties --from 2026-01-01 --to 变动.xlsx
    """
    spreadsheet.require_kind(to)
    if valid_at is not None and time is not MovedIn.KNOWN:
        raise usage("--valid-at goes with --time known, where both sides share it.")
    if known_at is not None and time is not MovedIn.VALID:
        raise usage("--known-at goes with --time valid, where both sides share it.")
    fixed_valid, fixed_known = moments.both(valid_at, known_at)
    later = None if until is None else moments.up_to(until, "--until")
    before, after = between(time, moments.up_to(from_, "--from"), later, valid_at=fixed_valid, known_at=fixed_known)
    query = DifferenceQuery(view=view, before=before, after=after, on=_seen_on(view, on, zone, after), by=_in_common(view, by))
    with the_ledger() as it:
        position = views.ready(it, view_of(view).name)
        counted = Differences(it).count(query)
        found = rows(Differences(it).find, query, None if every or to is not None else limit)
        if as_json:
            write_json_list(
                "rows", (to_json(view_differences.line(row)) for row in found), {**_told_on(query), "position": position, "count": counted}
            )
        elif to is not None:
            spreadsheet.write_list(to, view_differences.HEADS, (cell for row in found for cell in view_differences.cells(row)), "changes")
        elif not counted:
            say("Nothing moved.")
        else:
            table(_COLUMNS, (line for row in found for line in _lines(row)))
            if not every and counted > limit:
                say(f"{limit:,} of {counted:,} rows; --all lists every one, --limit more of them.")


def _seen_on(view: PastView, on: str | None, zone: str | None, later: Moments) -> date | None:
    """The day from which sums are seen. Stops where one is said of what is seen from none; refuses with ZoneNotKnown."""
    if view in SEEN_FROM_A_DAY:
        return day_asked(on, zone or "UTC", later)
    for option, given in (("--on", on), ("--zone", zone)):
        if given is not None:
            raise usage(f"{option} goes with sums: {', '.join(SEEN_FROM_A_DAY)}.")
    return None


def _in_common(view: PastView, by: GroupedBy | None) -> GroupedBy | None:
    """What groups have in common. Stops where it is said of a view without groups."""
    if by is not None and view is not PastView.STATISTICS:
        raise usage(f"--by goes with {PastView.STATISTICS}.")
    return by


def _told_on(query: DifferenceQuery) -> dict[str, object]:
    return {} if query.on is None else {"on": query.on.isoformat()}


def _lines(row: MovedRow) -> list[tuple[object, ...]]:
    """A line for each column, with the entries beside them; what the row is called stands in the first."""
    changes = [(change.path, shown(change.was), shown(change.becomes)) for change in row.changes]
    movers = [*(f"{row.cited(m)} {brief(m.entry.effective_at)} {m.entry.meta.actor}" for m in row.movers), *view_differences.left_out(row)]
    called = [row.name if row.how is MovedHow.CHANGED else f"{row.name} {row.how.value}"]
    beside = zip_longest(called, changes, movers)
    return [(name, *(change or (None, None, None)), mover) for name, change, mover in beside]
