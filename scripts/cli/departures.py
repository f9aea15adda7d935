"""`tally templates uses` and `tally deviations`: which contracts were drafted from which template, and where they depart from it."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from api.departure_answers import deviation_answer, use_answer
from domain.contract.vocabulary import DeviationStatus, Status
from infra.render import to_json
from projections.governance import DeviationLine, DeviationQuery, Deviations, TemplateUseLine, TemplateUseQuery, TemplateUses, cells
from projections.governance.about import ContractFilter
from projections.governance.departures import Editions
from scripts.cli import moments, spreadsheet
from scripts.cli.governance import ByCounterparty, ByDepartment, ByNumber, ByOwner, Every, Limit, Listing, Told, as_of, tell
from scripts.cli.moments import KnownAt, ValidAt, brief
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import ToFile
from scripts.cli.terminal import AsJson, Column
from scripts.cli.wording import words

ByTemplate = Annotated[str | None, typer.Option(metavar="ID", help="Of the template with exactly this id.")]
ByEdition = Annotated[int | None, typer.Option(min=1, help="Of this edition.")]
ByStatus = Annotated[list[Status] | None, typer.Option(help="Under contracts in this status; several may be given.")]
Ascending = Annotated[bool, typer.Option("--asc", help="The other way round.")]

_USES: Final = (
    Column("contract", folds=True),
    Column("status", drop=2),
    Column("template", folds=True),
    Column("edition", right=True),
    Column("published", right=True),
    Column("deviating", right=True),
    Column("waiting", right=True, drop=1),
    Column("drafted", drop=3),
    Column("by", drop=4),
)
_DEVIATIONS: Final = (
    Column("contract", folds=True),
    Column("template", folds=True, drop=3),
    Column("clause", folds=True),
    Column("deviation", folds=True, drop=2),
    Column("status"),
    Column("asked for"),
    Column("by"),
    Column("decided by"),
    Column("why", shrinks=True, least=10, drop=1),
)


def uses(
    *,
    template: ByTemplate = None,
    edition: ByEdition = None,
    status: ByStatus = None,
    deviates: Annotated[bool | None, typer.Option("--deviating/--verbatim", help="Where locked clauses read otherwise, or none.")] = None,
    outdated: Annotated[
        bool | None, typer.Option("--outdated/--newest", help="From another edition than the one published last, or from it.")
    ] = None,
    number: ByNumber = None,
    counterparty: ByCounterparty = None,
    department: ByDepartment = None,
    owner: ByOwner = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    sort: Annotated[str, typer.Option(metavar="COLUMN", help="drafted_at, template_id, edition, deviating, number, …")] = "drafted_at",
    asc: Ascending = False,
    limit: Limit = 50,
    every: Every = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List which contracts were drafted from which edition of which template.

    With the edition that is published by now, and how many of the clauses
    that the template locks read otherwise.

    Examples:
      tally templates uses --template purchase
      tally templates uses --outdated --status in_force
      tally templates uses --deviating --to 范本使用.xlsx
    """
    spreadsheet.require_kind(to)
    which = ContractFilter(
        number_prefix=number,
        counterparty=counterparty,
        department=department,
        owner=owner,
        moments=as_of(valid_at, known_at),
    )
    with the_ledger() as it:
        editions = Editions(it.ledger)
        query = TemplateUseQuery(
            which=which,
            status=tuple(status or ()),
            template=template,
            edition=edition,
            deviates=deviates,
            outdated=outdated,
            published=None if outdated is None else editions.all_published(),
            sort=sort,
            descending=not asc,
        )
        told = Told(
            "uses",
            "No contract was drafted from a template that is so.",
            lambda row: to_json(use_answer(row, editions)),
            cells.TEMPLATE_USES,
            lambda row: (cells.use_cells(row, editions),),
            _USES,
            lambda row: _use(row, editions),
        )
        tell(it, TemplateUses(it), query, told, Listing(None if every else limit, to, as_json))


def deviations(
    *,
    template: ByTemplate = None,
    edition: ByEdition = None,
    clause: Annotated[str | None, typer.Option(metavar="ID", help="From the clause with exactly this id.")] = None,
    status: Annotated[list[DeviationStatus] | None, typer.Option(help="What became of it; several may be given.")] = None,
    contract_status: ByStatus = None,
    person: Annotated[str | None, typer.Option(metavar="NAME", help="That this person asked for or decided on.")] = None,
    since: Annotated[str | None, typer.Option(metavar="T", help="Asked for at T or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="T", help="Asked for before T, or by the end of a day.")] = None,
    number: ByNumber = None,
    counterparty: ByCounterparty = None,
    department: ByDepartment = None,
    owner: ByOwner = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    sort: Annotated[str, typer.Option(metavar="COLUMN", help="requested_at, decided_at, clause_id, number, …")] = "requested_at",
    asc: Ascending = False,
    limit: Limit = 50,
    every: Every = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List where contracts depart from what their templates lock: who asked, who decided, and what became of it.

    With --json and --to also the wording with which the contract was drafted
    and the one that was asked for; `tally conformed REF` tells who wrote
    which word of what it says now.

    Examples:
      tally deviations --status requested --status approved
      tally deviations --template purchase --clause liability --json
      tally deviations --since 2026-01-01 --to 条款偏离.xlsx
    """
    spreadsheet.require_kind(to)
    query = DeviationQuery(
        which=ContractFilter(
            number_prefix=number,
            counterparty=counterparty,
            department=department,
            owner=owner,
            moments=as_of(valid_at, known_at),
        ),
        status=tuple(contract_status or ()),
        template=template,
        edition=edition,
        clause=clause,
        deviation_status=tuple(status or ()),
        person=person,
        since=None if since is None else moments.since(since, "--since"),
        until=None if until is None else moments.up_to(until, "--until"),
        sort=sort,
        descending=not asc,
    )
    told = Told(
        "deviations",
        "No deviation is so.",
        lambda row: to_json(deviation_answer(row)),
        cells.DEVIATIONS,
        lambda row: (cells.deviation_cells(row),),
        _DEVIATIONS,
        _deviation,
    )
    with the_ledger() as it:
        tell(it, Deviations(it), query, told, Listing(None if every else limit, to, as_json))


def _use(row: TemplateUseLine, editions: Editions) -> tuple[object, ...]:
    published = "retired" if editions[row.template_id].retired else editions.published(row.template_id)
    deviating = f"{row.deviating} of {row.locked}"
    return (
        *(row.number, words(row.status), row.template_id, row.edition, published),
        *(deviating, row.waiting, brief(row.drafted_at), row.drafted_by),
    )


def _deviation(row: DeviationLine) -> tuple[object, ...]:
    return (
        *(row.number, f"{row.template_id} {row.edition}", row.clause_id, row.deviation_id, words(row.deviation_status)),
        *(brief(row.requested_at), row.requested_by, row.decided_by, row.why),
    )
