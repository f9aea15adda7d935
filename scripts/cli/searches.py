"""`tally searches`: which contracts somebody looks at again and again. `tally contracts --save NAME` keeps one, `--saved NAME` uses it."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated

import typer

from domain.money import Money
from domain.searches import ContractSearch, RemoveSearch
from infra.ledger import SEARCHES
from infra.render import to_json
from projections.register.saved import saved_by, stream_of
from scripts.cli.session import asker, the_ledger
from scripts.cli.terminal import AsJson, Column, say, table, write_json
from scripts.cli.typed import Beside
from scripts.cli.wording import money
from scripts.cli.write import CommandId, send

app = typer.Typer(no_args_is_help=True, help="Saved searches: which contracts you look at again and again.")


@app.command("list")
def list_searches(
    of: Annotated[str | None, typer.Option("--of", metavar="PERSON", help="Those that somebody else shares.")] = None,
    as_json: AsJson = False,
) -> None:
    """List your saved searches, or those that somebody shares.

    Examples:
      tally searches list
      tally searches list --of li.wei --json
    """
    me = asker().actor
    person = of or me
    with the_ledger() as it:
        held = saved_by(it.ledger, person)
    seen = held.seen_by(owner=person == me)
    if as_json:
        write_json(
            {"of": person, "searches": [{"name": name, "search": to_json(one.search), "shared": one.shared} for name, one in seen.items()]}
        )
        return
    if not seen:
        say("None are saved: `tally contracts --status in_force --save NAME` saves one.")
        return
    rows = [(name, _said(one.search), "shared" if one.shared else "") for name, one in seen.items()]
    table([Column("name"), Column("contracts", folds=True), Column("")], rows)


def _said(search: ContractSearch) -> str:
    """What a search asks for, one thing after the other."""
    held = {f.name: getattr(search, f.name) for f in fields(search)}
    return ", ".join(f"{name} {_value(value)}" for name, value in held.items() if value not in (None, (), False))


def _value(value: object) -> str:
    match value:
        case tuple():
            return " or ".join(map(str, value))
        case Money():
            return money(value)
        case True:
            return "yes"
        case _:
            return str(value)


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the search is called.")],
    command_id: CommandId = None,
    as_json: AsJson = False,
) -> None:
    """Remove one of your saved searches.

    Example:
      tally searches remove 大额合同
    """
    with the_ledger() as it:
        send(it, stream_of(asker().actor), RemoveSearch(name=name), Beside(command_id=command_id), as_json=as_json, kind=SEARCHES)
