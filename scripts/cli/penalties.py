"""`tally penalties`: what delays, service levels and shares came to under the terms."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Annotated, Final

import typer

from api.penalty_answers import penalty_line, penalty_sum
from domain.contract.charges import ChargeKind
from infra.opening import Opened
from infra.render import to_json
from projections.fulfilment import cells
from projections.fulfilment.penalties import (
    GROUP_SORTS,
    SORTS,
    Became,
    ChargeFilter,
    ChargeQuery,
    ChargeRow,
    ChargeSum,
    ChargeSumQuery,
    Penalties,
    PenaltiesBy,
    penalty_sums,
)
from projections.paging import rows
from projections.past import Moments
from scripts.cli import moments, spreadsheet, views
from scripts.cli.moments import KnownAt, ValidAt
from scripts.cli.receivables import ByCounterparty, ByCurrency, ByDepartment, ByDirection, ByNumber, ByOwner, Every, Limit, Listing
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import ToFile
from scripts.cli.terminal import AsJson, Column, say, table, write_json_list
from scripts.cli.wording import words

_SUMS: Final = (
    Column("accrued", right=True),
    Column("waived", right=True, drop=1),
    Column("standing", right=True),
    Column("settled", right=True, drop=2),
    Column("open", right=True),
    Column("currency"),
)
_COLUMNS: Final = (
    Column("number", folds=True),
    Column("what", folds=True, least=10),
    Column("counterparty", shrinks=True, least=12),
    Column("direction", drop=3),
    *_SUMS,
    Column("through", drop=4),
    Column("term", folds=True, least=10),
)
_NAMES: Final = {column.removesuffix("_minor"): column for column in (*SORTS, *GROUP_SORTS)}


def penalties(
    *,
    kind: Annotated[list[ChargeKind] | None, typer.Option(help="What sort; several may be given.")] = None,
    became: Annotated[Became, typer.Option(help="Open, settled, with something waived, or all.")] = Became.ALL,
    direction: ByDirection = None,
    currency: ByCurrency = None,
    counterparty: ByCounterparty = None,
    department: ByDepartment = None,
    owner: ByOwner = None,
    number: ByNumber = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    sums: Annotated[bool, typer.Option("--sums", help="What they come to, not each.")] = False,
    by: Annotated[PenaltiesBy, typer.Option(help="With --sums: what the lines are of.")] = PenaltiesBy.KIND,
    sort: Annotated[str | None, typer.Option(metavar="COLUMN", help="number, counterparty, accrued, standing, through, …")] = None,
    desc: Annotated[bool, typer.Option("--desc", help="The other way round.")] = False,
    limit: Limit = 50,
    every: Every = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List penalties, interest, credits and shares, and what became of them.

    Penalties and service credits take from what is owed, the others add to
    it. Amounts are never added across currencies.

    Examples:
      tally penalties --kind penalty --became open
      tally penalties --counterparty 星河 --json
      tally penalties --sums --by counterparty
      tally penalties --sums --by department --to 违约金.xlsx
    """
    spreadsheet.require_kind(to)
    which = ChargeFilter(
        direction=direction,
        currency=None if currency is None else currency.upper(),
        counterparty=counterparty,
        department=department,
        owner=owner,
        number_prefix=number,
        moments=Moments(*moments.both(valid_at, known_at)),
        kind=tuple(kind or ()),
        became=became,
    )
    how = Listing(None if every else limit, to, as_json)
    column = _NAMES.get(sort or "", sort)
    with the_ledger() as it:
        if sums:
            _tell_sums(it, ChargeSumQuery(by=by, which=which, sort=column or "name", descending=desc), how)
        else:
            _tell(it, ChargeQuery(which=which, sort=column or "number", descending=desc), how)


def _tell(it: Opened, query: ChargeQuery, how: Listing) -> None:
    position = views.ready(it, "fulfilment")
    view = Penalties(it)
    counted = view.count(query)
    found = rows(view.find, query, None if how.to is not None else how.limit)
    if how.as_json:
        write_json_list(
            "penalties",
            (to_json(penalty_line(row)) for row in found),
            {"position": position, "count": counted, **moments.told(*query.moments)},
        )
    elif how.to is not None:
        spreadsheet.write_list(how.to, cells.PENALTIES, map(cells.penalty_cells, found), "penalties and credits")
    elif not counted:
        say("Nothing accrued or was granted that is so.")
    else:
        table(_COLUMNS, map(_row, found))
        if how.limit is not None and counted > how.limit:
            say(f"{how.limit:,} of {counted:,}; --all lists every one, --limit more of them.")


def _row(row: ChargeRow) -> tuple[object, ...]:
    what, term = f"{words(row.kind)} {row.subject}", f"{row.term_id} v{row.term_version}"
    amounts = (row.accrued_minor, row.waived_minor, row.standing_minor, row.settled_minor, row.standing_minor - row.settled_minor)
    told = (f"{row.exact(minor):,f}" for minor in amounts)
    return row.number, what, "; ".join(row.counterparties), row.direction, *told, row.currency, row.through, term


def _tell_sums(it: Opened, query: ChargeSumQuery, how: Listing) -> None:
    position = views.ready(it, "fulfilment")
    found = rows(partial(penalty_sums, it), query, None if how.to is not None else how.limit)
    if how.as_json:
        write_json_list(
            "lines",
            (to_json(penalty_sum(line, query.by)) for line in found),
            {"position": position, "by": query.by.value, **moments.told(*query.moments)},
        )
    elif how.to is not None:
        spreadsheet.write_list(how.to, cells.PENALTY_SUMS, (cells.penalty_sum_cells(line, query.by) for line in found), "lines")
    else:
        _show(found, query, how.limit)


def _show(found: Iterator[ChargeSum], query: ChargeSumQuery, limit: int | None) -> None:
    lines = list(found if limit is None else islice(found, limit))
    if not lines:
        say("Nothing accrued or was granted that is so.")
        return
    first = () if query.by is PenaltiesBy.KIND else (Column(query.by.value, shrinks=True),)
    table((*first, Column("kind"), Column("direction", drop=3), *_SUMS), (_line(line, query.by) for line in lines))
    if len(lines) == limit:
        say(f"These are the first {limit:,} lines; --all lists every one, --limit more of them.")


def _line(line: ChargeSum, by: PenaltiesBy) -> tuple[object, ...]:
    amounts = (line.accrued_minor, line.waived_minor, line.standing_minor, line.settled_minor, line.open_minor)
    name = () if by is PenaltiesBy.KIND else (line.shown(by),)
    return *name, words(line.kind), line.direction, *(f"{line.exact(minor):,f}" for minor in amounts), line.currency
