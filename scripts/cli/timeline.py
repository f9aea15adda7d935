"""`tally timeline` and `tally access-log`: who did what across the ledger, and who came, read and was refused."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from scripts.cli import moments, spreadsheet, views
from scripts.cli.moments import brief
from scripts.cli.refs import resolve
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import ToFile
from scripts.cli.terminal import AsJson, Column, say, table, usage, write_json_list

if TYPE_CHECKING:
    from projections.timeline import Happening

ByActor = Annotated[str | None, typer.Option("--actor", metavar="WHO", help="What this person or program did.")]
OfContract = Annotated[str | None, typer.Option("--contract", metavar="REF", help="About this contract, by its number or id.")]
OfSubject = Annotated[str | None, typer.Option("--subject", metavar="STREAM", help="About this stream, such as party-4711.")]
Since = Annotated[str | None, typer.Option(metavar="WHEN", help="Recorded at this moment or later; a day begins at midnight UTC.")]
Until = Annotated[str | None, typer.Option(metavar="WHEN", help="Recorded before this moment.")]
Oldest = Annotated[bool, typer.Option("--oldest-first", help="From the beginning, not from the end.")]
AtMost = Annotated[int, typer.Option(min=1, help="At most so many.")]


def timeline(
    *,
    actor: ByActor = None,
    contract: OfContract = None,
    subject: OfSubject = None,
    since: Since = None,
    until: Until = None,
    oldest_first: Oldest = False,
    limit: AtMost = 50,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """Tell who did what, across contracts, parties and all else: writes, and the reads and refusals that the access log has.

    Examples:
      tally timeline --actor li.wei
      tally timeline --contract CG-2025-002 --since 2025-06-01
      tally timeline --actor li.wei --to 李伟.xlsx
    """
    _list((actor, contract, subject), (since, until), (oldest_first, limit, to, as_json), access=None)


def access_log(
    *,
    actor: ByActor = None,
    contract: OfContract = None,
    subject: OfSubject = None,
    since: Since = None,
    until: Until = None,
    oldest_first: Oldest = False,
    limit: AtMost = 50,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """Tell who came, read what is sensitive, took lists away, and was refused.

    Keys used and refused, what a role did not allow, and reads are told once an
    hour; lists taken away as files and refused commands each time. What is read
    by this command line is not: whoever types it can read the database.

    Examples:
      tally access-log
      tally access-log --actor li.wei --since 2026-01-01
      tally access-log --contract CG-2025-002
    """
    _list((actor, contract, subject), (since, until), (oldest_first, limit, to, as_json), access=True)


_COLUMNS: Final = (
    Column("position", right=True, drop=3),
    Column("recorded"),
    Column("who", shrinks=True),
    Column("credential", drop=2),
    Column("about", shrinks=True, drop=1, least=16),
    Column("what", folds=True, least=24),
)


def _list(
    about: tuple[str | None, str | None, str | None],
    between: tuple[str | None, str | None],
    how: tuple[bool, int, ToFile, bool],
    *,
    access: bool | None,
) -> None:
    from projections import paging
    from projections.timeline import Happening, Timeline, TimelineQuery

    (actor, contract, subject), (oldest_first, limit, to, as_json) = about, how
    if contract is not None and subject is not None:
        raise usage("Give --contract or --subject, not both.")
    spreadsheet.require_kind(to)
    since, until = (None if text is None else moments.since(text, name) for text, name in zip(between, ("--since", "--until"), strict=True))
    query = TimelineQuery(actor=actor, subject=subject, since=since, until=until, newest_first=not oldest_first, access=access)
    with the_ledger() as it:
        position = views.ready(it, "timeline")
        if contract is not None:
            query = replace(query, contract_id=resolve(it, contract))
        found = paging.rows(Timeline(it).find, query, None if to is not None else limit)
        if as_json:
            from infra.render import to_json

            write_json_list("entries", map(to_json, found), {"position": position})
        elif to is not None:
            types = {"position": int, "version": int, "effective_at": datetime, "recorded_at": datetime}
            heads: spreadsheet.Columns = {f.name: types.get(f.name, str) for f in fields(Happening)}
            spreadsheet.write_list(to, heads, ([getattr(row, head) for head in heads] for row in found), "entries")
        else:
            shown = [_row(row) for row in found]
            table(_COLUMNS, shown)
            if len(shown) == limit:
                say("There may be more; --limit shows more of them, --to FILE writes them all.")


def _row(row: Happening) -> tuple[object, ...]:
    return row.position, brief(row.recorded_at), row.actor, row.credential, row.subject, row.summary
