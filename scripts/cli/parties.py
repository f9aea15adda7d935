"""`tally parties`: with whom contracts are made, what was checked of them, and the flags they are under."""

from __future__ import annotations

from typing import Annotated, Final, get_args

import typer

from domain.facts import Command
from domain.party import EraseParty, PartyCommand, RegisterParty
from infra.ledger import CONTRACT, PARTY
from projections import paging
from projections.parties import ListedParty, Parties, PartyQuery
from projections.parties.cells import HEADS, cells
from projections.parties.queries import counts_as_verified, listed_json
from scripts.cli import moments, spreadsheet, streams, views
from scripts.cli.moments import KnownAt, ValidAt
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import ToFile
from scripts.cli.terminal import AsJson, Column, safe, say, table, write_json_list
from scripts.cli.typed import Beside, command_called, content_of, read_shape, typed
from scripts.cli.write import CommandId, IfVersion, On, Reason, new_identity, send

app = typer.Typer(help="With whom contracts are made, what was checked of them, and the flags they are under.", no_args_is_help=True)

COMMANDS: Final[dict[str, type[Command]]] = {cls.__name__: cls for cls in get_args(PartyCommand) if cls not in (RegisterParty, EraseParty)}

PartyRef = Annotated[str, typer.Argument(metavar="ID", help="The party's id, or the beginning of it that no other has.")]


@app.command("list")
def list_(
    *,
    name: Annotated[str | None, typer.Option(help="Part of its name.")] = None,
    identifier: Annotated[str | None, typer.Option(help="Part of a registration number.")] = None,
    country: Annotated[str | None, typer.Option(help="Its country, as it was registered.")] = None,
    flagged: Annotated[bool | None, typer.Option("--flagged/--not-flagged", help="Whether it is under any flag.")] = None,
    blocked: Annotated[bool | None, typer.Option("--blocked/--not-blocked", help="Whether a flag stops contracts with it.")] = None,
    verified: Annotated[bool | None, typer.Option("--verified/--not-verified", help="Whether its registration was checked.")] = None,
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    sort: Annotated[str, typer.Option(metavar="COLUMN", help="name, country, verified_until, updated_at or party_id.")] = "name",
    desc: Annotated[bool, typer.Option("--desc", help="The other way round.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    to: ToFile = None,
    as_json: AsJson = False,
) -> None:
    """List parties as they stand now, or as they stood. Everything that is given has to hold.

    Examples:
      tally parties list
      tally parties list --flagged --json
      tally parties list --not-verified --to 未核验主体.xlsx
      tally parties list --valid-at 2025-12-31
    """
    spreadsheet.require_kind(to)
    valid, known = moments.both(valid_at, known_at)
    with the_ledger() as it:
        today = (valid or it.ledger.clock()).date()
        query = PartyQuery(
            on=today,
            name=name,
            identifier=identifier,
            country=country,
            flagged=flagged,
            blocked=blocked,
            verified=verified,
            valid_at=valid,
            known_at=known,
            sort=sort,
            descending=desc,
        )
        position = views.ready(it, "parties")
        parties = Parties(it)
        counted = parties.count(query)
        rows = paging.rows(parties.find, query, counted if every or to is not None else min(limit, counted))
        if as_json:
            write_json_list(
                "parties", (listed_json(row, today) for row in rows), {"position": position, "count": counted, **moments.told(valid, known)}
            )
        elif to is not None:
            say(f"{spreadsheet.write(to, HEADS, (cells(row, today) for row in rows)):,} parties were written to {safe(str(to))}.")
        else:
            table(_COLUMNS, [(*_row(row), "yes" if counts_as_verified(row, today) else "no", row.party_id) for row in rows])
            if counted > limit and not every:
                say(f"{limit:,} of {counted:,} parties; --all lists every one, --limit more of them.")


_COLUMNS: Final = (
    Column("name", shrinks=True, least=16),
    Column("identifiers", drop=2),
    Column("country", drop=1),
    Column("flags", folds=True),
    Column("verified"),
    Column("id", drop=3),
)


def _row(row: ListedParty) -> tuple[object, ...]:
    numbers = ", ".join(f"{one['scheme']} {one['id']}" for one in row.identifiers)
    flags = ", ".join(f"{name.replace('_', ' ')} ({flag['severity']})" for name, flag in row.flags.items())
    return row.name, numbers, row.country, flags


_SHOWN: Final = (
    "version",
    "name",
    "identifiers",
    "address",
    "country",
    "verifications",
    "flags",
    "blocked_by",
    "bank_account",
    "former_accounts",
    "erased_at",
)


@app.command()
def show(ref: PartyRef, as_json: AsJson = False) -> None:
    """Show a party, and how it came to be known so.

    Examples:
      tally parties show demo-huadong
      tally parties show demo-hua --json
    """
    with the_ledger() as it:
        streams.show(it, PARTY, ref, _SHOWN, as_json=as_json)


@app.command()
def history(ref: PartyRef, as_json: AsJson = False) -> None:
    """Tell who changed, checked and flagged a party, when, why, and what that changed.

    Examples:
      tally parties history demo-xinghe
      tally parties history demo-xinghe --json
    """
    with the_ledger() as it:
        streams.tell_history(it, PARTY, ref, as_json=as_json)


@app.command()
def register(
    file: Annotated[str, typer.Option("--file", "-f", metavar="FILE", help="The party as JSON; - reads stdin.")],
    *,
    identity: Annotated[str | None, typer.Option("--id", help="The party's id; made up if not given.")] = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Register a party from a JSON file: name, identifiers, address, country, as over HTTP.

    Examples:
      tally parties register --file party.json --id huadong
    """
    command, beside = read_shape(RegisterParty, content_of(file), Beside(command_id=command_id))
    with the_ledger() as it:
        send(it, identity or new_identity(command_id), command, beside, as_json=as_json, kind=PARTY)


@app.command()
def erase(
    ref: PartyRef,
    *,
    ground: Annotated[str, typer.Option(help="Why it has to be erased; this stays, so it names nobody.")],
    request: Annotated[str | None, typer.Option(help="Where the request is filed.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Make what is personal of a party unreadable, in every fact of it and of its contracts, for good.

    Its key is destroyed: no copy of the entries can be read any more,
    whoever keeps it. What was done, by whom and when, stays and is still
    proven. Backups of the keys have to be thrown away by themselves.

    Example:
      tally parties erase zhao-min --ground "PIPL 47" --request DSR-2026-014
    """
    with the_ledger() as it:
        party_id = streams.resolved(it, PARTY, ref)
        party = it.ledger.load(PARTY, party_id)
        held = [row.stream for row in it.store.sealed_for(party_id, to=it.store.head())]
        named = sum(stream.startswith(CONTRACT.prefix) for stream in held)
        if not yes and party.erased_at is None:
            say(f"{len(held):,} entries hold personal data of {safe(party.name)}, {named:,} of them in contracts. This cannot be undone.")
            if not typer.confirm("Erase it?", err=True):
                say("Nothing was erased.")
                raise typer.Exit(1)
        send(it, party_id, EraseParty(ground=ground, request=request), Beside(command_id=command_id), as_json=as_json, kind=PARTY)
        if plain := it.store.count_plain(PARTY.stream(party_id)):
            say(f"{plain:,} entries of it were stored before this program sealed any, and can still be read.")


@app.command()
def do(
    ref: PartyRef,
    name: Annotated[str, typer.Argument(metavar="COMMAND", help=f"One of {', '.join(COMMANDS)}; dashes and case do not matter.")],
    *,
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="The command's fields as a JSON object; - reads stdin.")
    ] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="One field; { or [ begins JSON.")] = None,
    on: On = None,
    reason: Reason = None,
    if_version: IfVersion = None,
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Give a party a command: change its details or account, verify it, flag it, lift a flag.

    Examples:
      tally parties do demo-xinghe flag-party --set flag=overdue --set severity=warns --set why="两期货款逾期"
      tally parties do demo-xinghe verify-party --set checks='["registration"]' --set evidence="公示系统"
    """
    command, beside = typed(command_called(name, COMMANDS), file, settings, Beside(on, reason, if_version, command_id))
    with the_ledger() as it:
        send(it, streams.resolved(it, PARTY, ref), command, beside, as_json=as_json, kind=PARTY)
