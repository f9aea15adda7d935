"""`tally party`: with whom contracts are made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from domain.party import PartyRegistered
from infra.ledger import PARTY
from infra.opening import Opened
from infra.render import entry_json, to_json
from scripts.cli.history import recorded
from scripts.cli.moments import brief
from scripts.cli.refs import with_id_from
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, Column, Stopped, out, safe, table, write_json, write_json_list
from scripts.cli.wording import shown

app = typer.Typer(help="With whom contracts are made.", no_args_is_help=True)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    as_json: AsJson = False,
) -> None:
    """List parties in the order in which they were registered.

    Examples:
      tally party list
      tally party list --all --json
    """
    with the_ledger() as it:
        found = registered(it, None if every else limit)
        if as_json:
            write_json_list("parties", ({"id": identity, **_party(it, identity)} for identity in found), {})
            return
        rows = [(identity, *_row(it, identity)) for identity in found]
    table([Column("id"), Column("name", shrinks=True), Column("country"), Column("identifiers")], rows)


def registered(it: Opened, limit: int | None) -> Iterator[str]:
    """The ids of parties, in memory for one page."""
    for row in it.store.rows_saying(PartyRegistered, limit=limit):
        yield row.stream.removeprefix(PARTY.prefix)


def _party(it: Opened, identity: str) -> dict[str, object]:
    party = it.ledger.load(PARTY, identity)
    names = ("version", "name", "identifiers", "address", "country")
    return {name: to_json(getattr(party, name)) for name in names}


def _row(it: Opened, identity: str) -> tuple[object, ...]:
    party = it.ledger.load(PARTY, identity)
    return party.name, party.country, ", ".join(f"{i.scheme} {i.id}" for i in party.identifiers)


@app.command()
def show(
    ref: Annotated[str, typer.Argument(metavar="ID", help="The party's id, or the beginning of it that no other has.")],
    as_json: AsJson = False,
) -> None:
    """Show a party, and how it came to be known so.

    Examples:
      tally party show demo-huadong
      tally party show demo-hua --json
    """
    with the_ledger() as it:
        identity = _resolve(it, ref)
        entries = it.ledger.history(PARTY, identity)
        content = _party(it, identity)
    if as_json:
        write_json({"id": identity, **content, "entries": [entry_json(entry) for entry in entries]})
        return
    console = out()
    for name, value in {"id": identity, **content}.items():
        if value not in (None, "", []):
            console.print(f"  {name:<11}  {shown(value)}", soft_wrap=True)
    for entry in entries:
        console.print(f"\nv{entry.version}  {brief(entry.effective_at)}  {safe(entry.fact.NAME)}  {recorded(entry)}", soft_wrap=True)


def _resolve(it: Opened, ref: str) -> str:
    wanted = ref.strip()
    if it.ledger.load(PARTY, wanted).exists:
        return wanted
    found = with_id_from(it, PARTY, wanted) if wanted else []
    if len(found) == 1:
        return found[0]
    if not found:
        raise Stopped(f"No party has the id {wanted!r}, or one that begins so; `tally party list` lists them.")
    raise Stopped(f"{wanted!r} could be any of these: {', '.join(found)}.")
