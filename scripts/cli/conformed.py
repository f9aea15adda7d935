"""`tally conformed`: a contract's text as it reads, and the entry behind every word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.text import Text

from domain.contract.conformed import ConformedCopy, Maker, Span
from domain.contract.conformed import conformed as conformed_copy
from domain.contract.history import as_of
from infra.ledger import CONTRACT
from infra.render import to_json
from scripts.cli import moments
from scripts.cli.moments import KnownAt, ValidAt, brief
from scripts.cli.refs import Ref, resolve
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, Column, Stopped, out, safe, table, write_json

_ENTRIES: Final = (
    Column("entry"),
    Column("position", drop=3),
    Column("fact", folds=True, least=14),
    Column("by", drop=2),
    Column("effective"),
    Column("recorded", drop=1),
    Column("under", folds=True, least=10),
    Column("reason", folds=True, least=16),
)


def conformed(ref: Ref, *, valid_at: ValidAt = None, known_at: KnownAt = None, as_json: AsJson = False) -> None:
    """Show a contract's text as it reads, and the entry behind every word (合并文本).

    Each mark such as [v12] names the entry that put the words before it
    there; what a rewording left as it was stays with the entry that wrote
    it. Clauses that are gone come last.

    Examples:
      tally conformed CG-2025-002
      tally conformed CG-2025-002 --valid-at 2025-06-30
      tally conformed CG-2025-002 --json
    """
    valid, known = moments.both(valid_at, known_at)
    with the_ledger() as it:
        identity = resolve(it, ref)
        entries = as_of(it.ledger.history(CONTRACT, identity), valid_at=valid, known_at=known)
    if not entries:
        raise Stopped("The contract was not there then, as far as was known at that time.")
    found = conformed_copy(entries)
    if as_json:
        write_json({"id": identity, "version": entries[-1].version, "copy": to_json(found)})
    else:
        _tell(found)


def _tell(found: ConformedCopy) -> None:
    console = out()
    if not found.clauses and not found.struck:
        console.print("The contract has no clauses.")
        return
    for clause in found.clauses:
        console.print(_marked(clause.heading, "bold"), soft_wrap=True)
        console.print(_marked(clause.text, ""), soft_wrap=True)
        console.print()
    for gone in found.struck:
        console.print(Text(safe(gone.heading), "bold strike") + Text(f" [gone by v{gone.version}]", "dim"), soft_wrap=True)
        console.print(Text(safe(gone.text), "strike"), soft_wrap=True)
        console.print()
    table(_ENTRIES, map(_row, found.entries))


def _marked(spans: Iterable[Span], style: str) -> Text:
    told = Text()
    for span in spans:
        told.append(safe(span.text), style)
        told.append(f"[v{span.version}]", "dim")
    return told


def _row(one: Maker) -> tuple[object, ...]:
    under = [] if one.amendment_id is None else [f"amendment {one.amendment_id}"]
    under += [f"deviation {deviation}" for deviation in one.deviations]
    return (
        f"v{one.version}",
        one.position,
        one.fact.removeprefix("contract."),
        one.actor,
        brief(one.effective_at),
        brief(one.recorded_at),
        ", ".join(under),
        one.reason or "",
    )
