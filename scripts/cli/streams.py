"""What the command lines of parties, products and templates share: which stream is meant, and how one is shown and told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.difference import explained
from infra.ledger import StreamKind
from infra.opening import Opened
from infra.render import Json, entry_json, explained_json, to_json
from scripts.cli.history import recorded, tell
from scripts.cli.moments import brief
from scripts.cli.refs import with_id_from
from scripts.cli.terminal import Stopped, out, safe, write_json, write_json_list
from scripts.cli.wording import shown


def resolved(it: Opened, kind: StreamKind[Any], ref: str) -> str:
    """The id that is meant by it, or by its beginning. Raises Stopped where none or several are."""
    wanted = ref.strip()
    if it.ledger.load(kind, wanted).exists:
        return wanted
    found = with_id_from(it, kind, wanted) if wanted else []
    if len(found) == 1:
        return found[0]
    if not found:
        noun = kind.prefix.rstrip("-")
        listing = {"party": "parties"}.get(noun, f"{noun}s")
        raise Stopped(f"No {noun} has the id {wanted!r}, or one that begins so; `tally {listing} list` lists them.")
    raise Stopped(f"{wanted!r} could be any of these: {', '.join(found)}.")


def show(it: Opened, kind: StreamKind[Any], ref: str, names: Sequence[str], *, as_json: bool) -> None:
    """Shows these fields of a stream's state, and the entries that made it."""
    identity = resolved(it, kind, ref)
    state = it.ledger.load(kind, identity)
    content: dict[str, Json] = {"id": identity, **{name: to_json(getattr(state, name)) for name in names}}
    entries = it.ledger.history(kind, identity)
    if as_json:
        write_json({**content, "entries": [entry_json(entry) for entry in entries]})
        return
    console = out()
    for name, held in content.items():
        if held not in (None, "", [], {}):
            console.print(f"  {name:<15}  {shown(held)}", soft_wrap=True)
    for entry in entries:
        console.print(f"\nv{entry.version}  {brief(entry.effective_at)}  {safe(entry.fact.NAME)}  {recorded(entry)}", soft_wrap=True)


def tell_history(it: Opened, kind: StreamKind[Any], ref: str, *, as_json: bool) -> None:
    """Tells what each entry of a stream changed, by whom, when and why."""
    identity = resolved(it, kind, ref)
    told = list(explained(it.ledger.history(kind, identity), kind.blank, kind.fold))
    if as_json:
        write_json_list("entries", map(explained_json, told), {"id": identity, "version": len(told)})
        return
    console = out()
    for one in told:
        tell(console, one)
