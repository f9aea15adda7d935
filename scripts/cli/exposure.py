"""`tally exposure`: what stands with each counterparty."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import Annotated, Final

import typer

from api.exposure_answers import exposed_line
from infra.opening import Opened
from infra.render import to_json
from projections.fulfilment import cells
from projections.fulfilment.exposure import SORTS, ExposureBy, ExposureFilter, ExposureLine, ExposureQuery
from projections.fulfilment.exposure import exposure as exposed
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

_SUMS: Final = (
    Column("currency"),
    Column("contracts", right=True, drop=1),
    Column("committed", right=True),
    Column("receivable", right=True),
    Column("of it overdue", right=True, drop=2),
    Column("payable", right=True),
    Column("of it overdue", right=True, drop=3),
    Column("net", right=True),
)


def exposure(
    *,
    by: Annotated[ExposureBy, typer.Option(help="Counterparties, or each of them under each contract.")] = ExposureBy.COUNTERPARTY,
    party: Annotated[str | None, typer.Option(metavar="ID", help="The party with exactly this id.")] = None,
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
    sort: Annotated[str, typer.Option(metavar="COLUMN", help="name, receivable, payable, net, committed, …")] = "name",
    desc: Annotated[bool, typer.Option("--desc", help="The other way round.")] = False,
    limit: Limit = 50,
    every: Every = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """Tell what each counterparty owes us and we owe it, and what is committed.

    Where a contract has several counterparties, each stands for the whole.
    Amounts are never added across currencies.

    Examples:
      tally exposure --sort receivable --desc
      tally exposure --counterparty 星河 --by contract
      tally exposure --on 2026-06-30 --to 敞口.xlsx
    """
    spreadsheet.require_kind(to)
    which = ExposureFilter(
        direction=direction,
        currency=None if currency is None else currency.upper(),
        counterparty=counterparty,
        party_id=party,
        department=department,
        owner=owner,
        number_prefix=number,
        moments=Moments(*moments.both(valid_at, known_at)),
    )
    column = {name.removesuffix("_minor"): name for name in SORTS}.get(sort, sort)
    query = ExposureQuery(on=day_asked(on, zone, which.moments), by=by, which=which, sort=column, descending=desc)
    with the_ledger() as it:
        _tell(it, query, Listing(None if every else limit, to, as_json))


def _tell(it: Opened, query: ExposureQuery, how: Listing) -> None:
    position = views.ready(it, "fulfilment")
    found = rows(partial(exposed, it), query, None if how.to is not None else how.limit)
    if how.as_json:
        around: dict[str, object] = {"on": query.on.isoformat(), "position": position, "by": query.by.value, **moments.told(*query.moments)}
        write_json_list("lines", (to_json(exposed_line(line)) for line in found), around)
    elif how.to is not None:
        spreadsheet.write_list(how.to, cells.EXPOSURE, map(cells.exposure_cells, found), "lines")
    elif lines := list(found if how.limit is None else islice(found, how.limit)):
        contract = (Column("contract", folds=True),) if query.by is ExposureBy.CONTRACT else ()
        table((Column("counterparty", shrinks=True), *contract, *_SUMS), (_row(line, query.by) for line in lines))
        if len(lines) == how.limit:
            say(f"These are the first {how.limit:,} lines; --all lists every one, --limit more of them.")
    else:
        say("Nothing stands with anybody that is so.")


def _row(line: ExposureLine, by: ExposureBy) -> tuple[object, ...]:
    owed = (line.receivable_minor, line.receivable_overdue_minor, line.payable_minor, line.payable_overdue_minor, line.net_minor)
    contract = (line.number,) if by is ExposureBy.CONTRACT else ()
    return line.name, *contract, line.currency, line.contracts, *(f"{line.exact(minor):,f}" for minor in (line.committed_minor, *owed))
