"""`tally history`: who did what to a contract, when, and what it changed from what to what."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from domain.contract.difference import Explained, explained
from domain.facts import Entry
from infra.history_sheet import HEADS, SAID, cells
from infra.ledger import CONTRACT
from infra.render import explained_json
from scripts.cli import spreadsheet
from scripts.cli.moments import brief
from scripts.cli.refs import Ref, resolve
from scripts.cli.session import the_ledger
from scripts.cli.spreadsheet import ToFile
from scripts.cli.terminal import AsJson, out, safe, say, write_json_list
from scripts.cli.wording import shown

Last = Annotated[int | None, typer.Option("--last", metavar="N", min=1, help="Only the last N entries.")]


def history(ref: Ref, last: Last = None, to: ToFile = None, as_json: AsJson = False) -> None:
    """Tell who did what to a contract, when, and what it changed.

    One entry after the other, in the order in which the ledger learnt of
    them, each with its version, the time at which it took place, the time at
    which it was recorded, and every field that it changed.

    Examples:
      tally history CG-2025-002
      tally history XS-2025-004 --last 5
      tally history XS-2025-004 --json
      tally history XS-2025-004 --to history.xlsx
    """
    spreadsheet.require_kind(to)
    with the_ledger() as it:
        identity = resolve(it, ref)
        entries = it.ledger.history(CONTRACT, identity)
    skipped = 0 if last is None else max(0, len(entries) - last)
    told = (one for n, one in enumerate(explained(entries)) if n >= skipped)
    if as_json:
        write_json_list("entries", (explained_json(one) for one in told), {"id": identity, "version": entries[-1].version})
        return
    if to is not None:
        count = spreadsheet.write(to, HEADS, (row for one in told for row in cells(one)))
        say(f"{count:,} rows were written to {safe(str(to))}.")
        return
    console = out()
    console.print("Times are UTC. Each entry: version, when it took place, what; then when it was recorded, by whom.", style="italic")
    for one in told:
        tell(console, one)


def tell(console: Console, one: Explained) -> None:
    """Prints an entry and what it changed."""
    entry = one.entry
    console.print(f"\nv{entry.version}  {brief(entry.effective_at)}  {entry.fact.NAME}", style="bold", soft_wrap=True)
    console.print(f"    {recorded(entry)}", style="dim", soft_wrap=True)
    for name in SAID:
        if text := getattr(entry.fact, name, None):
            console.print(f"    {name}: {shown(text)}", soft_wrap=True)
    for change in one.changes:
        console.print(f"    {safe(change.path)}: {shown(change.was)} → {shown(change.becomes)}", soft_wrap=True)


def recorded(entry: Entry) -> str:
    """The envelope of an entry in one line: when it was recorded, by whom, how and why."""
    meta = entry.meta
    for_whom = f" for {meta.on_behalf_of}" if meta.on_behalf_of else ""
    why = f": {meta.reason}" if meta.reason else ""
    return safe(f"recorded {brief(entry.recorded_at)} by {meta.actor}{for_whom} ({meta.channel}, {meta.credential}){why}")
