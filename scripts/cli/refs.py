"""Finds the contract that a REF means: an id, a number, or the beginning of either that only one contract has."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from infra.ledger import CONTRACT, StreamKind
from infra.opening import Opened
from projections.register import Register
from scripts.cli import views
from scripts.cli.terminal import Stopped, one_line, safe, usage

Ref = Annotated[str, typer.Argument(metavar="REF", help="A contract's number, its id, or the beginning of either that no other has.")]

_SHOWN: Final = 10


def resolve(it: Opened, ref: str) -> str:
    """The contract's id. Stops where there is none, or several, which are then listed."""
    wanted = ref.strip()
    if not wanted or safe(wanted) != wanted:
        raise usage("The reference is empty, or holds control characters; give a contract's number, its id, or the beginning of either.")
    if it.ledger.load(CONTRACT, wanted).exists:
        # Of an id the store itself knows; no view is needed, and none can be wrong.
        return wanted
    views.ready(it, "register")
    found = Register(it).resolve(wanted, limit=_SHOWN + 1)
    if len(found) == 1:
        return found[0].contract_id
    if not found:
        raise Stopped(f"No contract has the number or id {wanted!r}, or one that begins so; `tally contracts` lists them.")
    shown = "\n".join(f"  {one_line(c.number)}  {one_line(c.title)}  ({one_line(c.contract_id)})" for c in found[:_SHOWN])
    more = "\n  …and more" if len(found) > _SHOWN else ""
    raise Stopped(f"{wanted!r} could be any of these; give more of it, or the id in brackets:\n{shown}{more}")


def with_id_from(it: Opened, kind: StreamKind[Any], beginning: str) -> list[str]:
    """Up to one more id than is shown, of those streams of a kind that have this beginning, in order."""
    escaped = beginning.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    with it.store.connections.use() as connection, connection.cursor() as cursor:
        cursor.execute(
            f"SELECT stream FROM {it.names.ledger}.entries WHERE stream LIKE %s AND version = 1 ORDER BY stream LIMIT %s",
            (kind.stream(escaped) + "%", _SHOWN + 1),
        )
        return [stream.removeprefix(kind.prefix) for (stream,) in cursor.fetchall()]
