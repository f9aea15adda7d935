"""`tally contracts`: the register, filtered and sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import typer

from domain.contract.assessed import RiskLevel
from domain.contract.vocabulary import Direction, Kind, Status
from domain.fields import CONTRACTS
from domain.money import Money
from domain.searches import SavedSearch, SaveSearch
from infra.ledger import FIELDS, SEARCHES, Envelope
from infra.opening import Opened
from infra.render import Json, to_json
from projections.paging import MAX_LIMIT
from projections.register import Register, RegisteredContract, RegisterQuery
from projections.register.cells import cells, heads
from projections.register.fields import wanted
from projections.register.queries import column_called
from projections.register.saved import as_search, narrowed, require_answerable, search_called, stream_of
from scripts.cli import moments, spreadsheet, views
from scripts.cli.moments import KnownAt, ValidAt
from scripts.cli.session import asker, new_command_id, the_ledger
from scripts.cli.spreadsheet import Cell, ToFile
from scripts.cli.terminal import AsJson, Column, safe, say, table, usage, write_json_list
from scripts.cli.wording import money, words

_COLUMNS: Final = (
    Column("number", folds=True),
    Column("title", shrinks=True, least=24),
    Column("status"),
    Column("kind", drop=3),
    Column("counterparty", shrinks=True, least=16),
    Column("value", right=True),
    Column("paid", right=True, drop=1),
    Column("ends", drop=2),
    Column("owner", drop=4),
    Column("id", drop=5),
)


SortedBy = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="number, title, status, value, paid, start, end, drafted_at, updated_at, …")
]
ByField = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY=VALUE", help="What it holds in one of the house's fields, or KEY=FROM..TO; several may be given."),
]
Chosen = Annotated[
    str | None,
    typer.Option("--columns", metavar="A,B,…", help="Only these columns, by the names that --to gives them; with --json these fields."),
]


def contracts(
    *,
    status: Annotated[list[Status] | None, typer.Option(help="Where it stands; several may be given.")] = None,
    kind: Annotated[list[Kind] | None, typer.Option(help="What sort it is; several may be given.")] = None,
    direction: Annotated[Direction | None, typer.Option(help="Whether the money comes in or goes out.")] = None,
    counterparty: Annotated[str | None, typer.Option(help="Part of a counterparty's name.")] = None,
    number: Annotated[str | None, typer.Option(help="The beginning of its number.")] = None,
    q: Annotated[str | None, typer.Option("--q", help="Part of number, title or counterparty.")] = None,
    search: Annotated[str | None, typer.Option("--search", metavar="WORDS", help="Words anywhere in it, as `tally search`.")] = None,
    min_value: Annotated[str | None, typer.Option(metavar="AMOUNT", help="At least this value; needs --currency.")] = None,
    max_value: Annotated[str | None, typer.Option(metavar="AMOUNT", help="At most this value; needs --currency.")] = None,
    currency: Annotated[str | None, typer.Option(help="Its ISO 4217 code.")] = None,
    owner: Annotated[str | None, typer.Option(help="Who answers for it.")] = None,
    department: Annotated[str | None, typer.Option(help="The department that answers for it.")] = None,
    tag: Annotated[str | None, typer.Option(help="A tag that it has.")] = None,
    risk: Annotated[list[RiskLevel] | None, typer.Option(help="As what its risk was assessed; several may be given.")] = None,
    field: ByField = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    saved: Annotated[str | None, typer.Option(metavar="NAME", help="A saved search, or PERSON/NAME, for what is not given here.")] = None,
    save: Annotated[str | None, typer.Option(metavar="NAME", help="Save what is asked for here under a name.")] = None,
    share: Annotated[bool, typer.Option("--share", help="With --save: others may use it.")] = False,
    sort: SortedBy = None,
    desc: Annotated[bool, typer.Option("--desc", help="The other way round.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    columns: Chosen = None,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List contracts as they stand now, or as they stood: the register.

    Everything that is given has to hold. --valid-at and --known-at ask as
    `tally show` does. Without a `tally up` that keeps the register up to
    date, it is brought up to date first.

    Examples:
      tally contracts --status in_force --counterparty 星河 --sort value --desc
      tally contracts --search "预付款 laptop" --status in_force
      tally contracts --field cost_centre=CC-1042
      tally contracts --columns number,counterparties,value,currency --to 台账.xlsx
      tally contracts --status in_force --sort value --desc --save 大额合同
      tally contracts --saved 大额合同 --currency CNY --json
    """
    spreadsheet.require_kind(to)
    asked = Asked(field or [], saved, save, sort is not None, share).fitting(valid_at, known_at)
    code = None if currency is None else currency.upper()
    valid, known = moments.both(valid_at, known_at)
    query = RegisterQuery(
        status=tuple(status or ()),
        kind=tuple(kind or ()),
        direction=direction,
        counterparty=counterparty,
        number_prefix=number,
        q=q,
        search=search,
        min_value_minor=_minor("--min-value", min_value, code),
        max_value_minor=_minor("--max-value", max_value, code),
        currency=code,
        owner=owner,
        department=department,
        tag=tag,
        risk=tuple(risk or ()),
        valid_at=valid,
        known_at=known,
        sort=column_called(sort or "number"),
        descending=desc,
    )
    with the_ledger() as it:
        _answer(it, _kept(it, query, asked), Listing(None if every else limit, to, as_json, columns))


class Asked(NamedTuple):
    """What else is asked for: fields of the house, a saved search to use, a name to save under; whether an order was given."""

    fields: Sequence[str]
    saved: str | None
    save: str | None
    ordered: bool
    shared: bool

    def fitting(self, *moments: str | None) -> Asked:
        """The same, unless options do not go together, which is refused."""
        if self.save is None and self.shared:
            raise usage("--share goes with --save NAME.")
        if self.save is not None and any(moments):
            raise usage("A saved search is of no moment; --save goes without --valid-at and --known-at.")
        return self


def _kept(it: Opened, query: RegisterQuery, asked: Asked) -> RegisterQuery:
    """The question together with the saved search, itself saved if that is wanted."""
    book = it.ledger.load(FIELDS, CONTRACTS)
    query = replace(query, fields=tuple(wanted(book, one, "=") for one in asked.fields))
    stated = tuple(one.replace("=", ":", 1) for one in asked.fields)
    if asked.saved is not None:
        search = search_called(it.ledger, asker().actor, asked.saved)
        query = narrowed(query, search, book, keeps_order=asked.ordered)
        stated = stated or search.fields
    if asked.save is not None:
        require_answerable(query)
        command = SaveSearch(name=asked.save, saved=SavedSearch(search=as_search(query, stated), shared=asked.shared))
        it.witness.handle(SEARCHES, stream_of(asker().actor), command, Envelope(asker(), new_command_id()))
        say(f"Saved as {safe(asked.save)}.")
    return query


class Listing(NamedTuple):
    """How the list is wanted: at most so many lines, as a file, or as one JSON document."""

    limit: int | None
    to: Path | None
    as_json: bool
    columns: str | None = None

    def chosen(self, possible: Sequence[str]) -> list[str]:
        """The names that are wanted of those that there are: all, where none are said."""
        if self.columns is None:
            return list(possible)
        wanted = list(dict.fromkeys(name.strip() for name in self.columns.split(",")))
        for name in wanted:
            if name not in possible:
                raise usage(f"There is no column {name!r}; there are {', '.join(possible)}.")
        return wanted


def _answer(it: Opened, query: RegisterQuery, how: Listing) -> None:
    position = min(views.ready(it, view) for view in ("register", *(["search"] if query.search is not None else [])))
    book = it.ledger.load(FIELDS, CONTRACTS)
    register = Register(it)
    counted = register.count(query)
    limit = counted if how.limit is None else how.limit
    pages = _pages(register, query, counted if how.to is not None else min(limit, counted))
    if how.as_json:
        fields_shown = how.chosen(_JSON_FIELDS)
        around: dict[str, object] = {"position": position, "count": counted, **moments.told(*query.moments)}
        told = (contract_json(row) for page in pages for row in page)
        write_json_list("contracts", ({name: one[name] for name in fields_shown} for one in told), around)
        return
    named = heads(book)
    columns = how.chosen(list(named))

    def chosen_of(row: RegisteredContract) -> list[Cell]:
        held = dict(zip(named, cells(row, book), strict=True))
        return [held[name] for name in columns]

    if how.to is not None:
        heads_shown = {name: named[name] for name in columns}
        count = spreadsheet.write(how.to, heads_shown, (chosen_of(row) for page in pages for row in page))
        say(f"{count:,} contracts were written to {safe(str(how.to))}.")
    elif how.columns is not None:
        shown = [Column(name, right=named[name] in (int, Decimal), folds=named[name] is str) for name in columns]
        _show(shown, chosen_of, pages, counted, limit)
    else:
        _show(_COLUMNS, _row, pages, counted, limit)


def _show(
    columns: Sequence[Column],
    told: Callable[[RegisteredContract], Sequence[object]],
    pages: Iterator[tuple[RegisteredContract, ...]],
    counted: int,
    limit: int,
) -> None:
    for page in pages:
        table(columns, [told(row) for row in page])
    if counted > limit:
        say(f"{limit:,} of {counted:,} contracts; --all lists every one, --limit more of them.")
    elif not counted:
        say("No contract is so. `tally up --demo` writes some to look at, `tally import ocds` brings published ones in.")


def _minor(option: str, amount: str | None, currency: str | None) -> int | None:
    if amount is None:
        return None
    if currency is None:
        raise usage(f"{option} {amount} needs --currency: an amount alone does not say of what.")
    return Money.of(amount, currency).minor


def _pages(register: Register, query: RegisterQuery, wanted: int) -> Iterator[tuple[RegisteredContract, ...]]:
    """As many rows as are wanted, in pages that fit into memory."""
    cursor: str | None = None
    while wanted > 0:
        listed = register.find(replace(query, limit=min(wanted, MAX_LIMIT), cursor=cursor))
        yield listed.rows
        wanted -= len(listed.rows)
        cursor = listed.next_cursor
        if cursor is None:
            return


_PLAIN: Final = tuple(f.name for f in fields(RegisteredContract) if f.name not in ("contract_id", "value_minor", "paid_minor"))
_JSON_FIELDS: Final = ("id", *_PLAIN, "value", "paid")


def contract_json(row: RegisteredContract) -> dict[str, Json]:
    """A row of the register: amounts as money, the rest as it stands."""
    plain = {name: to_json(getattr(row, name)) for name in _PLAIN}
    return {"id": row.contract_id, **plain, "value": to_json(row.value), "paid": to_json(row.paid)}


def _row(row: RegisteredContract) -> tuple[object, ...]:
    names = "; ".join(counterparty.name for counterparty in row.counterparties)
    return (
        row.number,
        row.title,
        words(row.status.value),
        row.kind.value,
        names,
        money(row.value),
        money(row.paid),
        row.period_end,
        row.owner,
        row.contract_id,
    )
