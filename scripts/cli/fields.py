"""`tally fields`: what the house wants to know of its contracts beside what every contract says."""

from __future__ import annotations

import typer

from domain.fields import CONTRACTS
from infra.ledger import FIELDS
from infra.render import to_json
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, Column, say, table, write_json

app = typer.Typer(help="The fields that the house defined for its contracts.", no_args_is_help=True)


@app.callback()
def fields() -> None:
    """The fields that the house defined for its contracts."""


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the fields, retired ones too.

    Examples:
      tally fields list
      tally fields list --json
    """
    with the_ledger() as it:
        known = tuple(it.ledger.load(FIELDS, CONTRACTS).fields.values())
    if as_json:
        write_json({"fields": to_json(known)})
        return
    rows = [
        (
            one.definition.key,
            one.definition.label_en,
            one.definition.label_zh,
            one.definition.type.value,
            ", ".join(one.definition.kinds),
            "required" if one.definition.required else "",
            one.edition,
            "retired" if one.retired else "",
        )
        for one in known
    ]
    columns = [Column("key"), Column("English", shrinks=True), Column("Chinese", shrinks=True), Column("type"), Column("kinds")]
    table([*columns, Column(""), Column("edition", right=True), Column("")], rows)
    if not known:
        say("No field was ever defined.")
