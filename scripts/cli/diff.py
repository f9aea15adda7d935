"""`tally diff`: what differs between two states of a contract, and the entries that explain it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final, NamedTuple

import typer

from domain.contract import replay
from domain.contract.difference import Change, changes
from domain.contract.history import as_of
from domain.facts import Entry
from infra.ledger import CONTRACT
from infra.render import Json, change_json, entry_json, to_json
from scripts.cli import moments
from scripts.cli.history import recorded
from scripts.cli.moments import brief
from scripts.cli.refs import Ref, resolve
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, Column, out, table, usage, write_json
from scripts.cli.wording import shown

_VERSION: Final = re.compile(r"v?([1-9]\d{0,8})", re.ASCII)

POINT: Final = "a version (7 or v7), `now`, or a day or moment (2026-03-31, 2026-03-31T18:00:00+08:00)"


class Point(NamedTuple):
    """One side of the comparison; all None is everything that is known now."""

    version: int | None = None
    valid: datetime | None = None
    known: datetime | None = None

    def entries(self, history: list[Entry]) -> list[Entry]:
        """The entries that count at this point."""
        told = history if self.version is None else history[: self.version]
        return as_of(told, valid_at=self.valid, known_at=self.known)

    def as_json(self) -> dict[str, Json]:
        """For the document."""
        return {"version": self.version, "valid_at": to_json(self.valid), "known_at": to_json(self.known)}

    def __str__(self) -> str:
        """In words."""
        version = f"v{self.version}" if self.version else ""
        valid = f"as it stood at {brief(self.valid)}" if self.valid else ""
        known = f"as known at {brief(self.known)}" if self.known else ""
        return ", ".join(filter(None, (version, valid, known))) or "now"


def diff(
    ref: Ref,
    *,
    from_: Annotated[str, typer.Option("--from", metavar="POINT", help=f"The earlier side: {POINT}.")],
    to: Annotated[str, typer.Option("--to", metavar="POINT", help="The later side, said in the same way.")] = "now",
    known: Annotated[
        bool, typer.Option("--known/--valid", help="What a moment means: what the ledger knew then, or how the contract stood then.")
    ] = False,
    valid_at: Annotated[str | None, typer.Option(metavar="T", help="With --known: how it stood at T, on both sides.")] = None,
    known_at: Annotated[str | None, typer.Option(metavar="T", help="With --valid: as known at T, on both sides.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two states of a contract, and why.

    --from and --to are each a version, `now`, or a moment. A moment is by
    default a time in the world (--valid: how the contract stood then); with
    --known it is a time in the ledger (what was known then). The other of the
    two times can be fixed for both sides: the third example asks what was
    learnt since 5 April about the position on 31 March. The entries that
    count on one side only are listed below: they explain the difference.

    Examples:
      tally diff CG-2025-002 --from v5 --to v12
      tally diff CG-2025-002 --from 2025-06-30 --to 2025-09-30
      tally diff XS-2025-004 --known --from 2026-04-05 --valid-at 2026-03-31
    """
    if known and known_at is not None:
        raise usage("With --known the sides differ in what was known; --known-at has no place there. Use --valid-at to fix how it stood.")
    if not known and valid_at is not None:
        raise usage("With --valid the sides differ in how it stood; --valid-at has no place there. Use --known-at, or --known.")
    fixed_valid = None if valid_at is None else moments.up_to(valid_at, "--valid-at")
    fixed_known = None if known_at is None else moments.up_to(known_at, "--known-at")
    with the_ledger() as it:
        identity = resolve(it, ref)
        history = it.ledger.history(CONTRACT, identity)
    points = []
    for text, option in ((from_, "--from"), (to, "--to")):
        point = parse(text, option, known=known, latest=history[-1].version)
        points.append(Point(point.version, point.valid or fixed_valid, point.known or fixed_known))
    before, after = (point.entries(history) for point in points)
    found = changes(replay(before), replay(after))
    gone, come = only_in(before, after), only_in(after, before)
    if as_json:
        write_json({
            "id": identity,
            "from": points[0].as_json(),
            "to": points[1].as_json(),
            "changes": [change_json(change) for change in found],
            "only_from": [entry_json(entry) for entry in gone],
            "only_to": [entry_json(entry) for entry in come],
        })  # fmt: skip
        return
    _tell(points, found, gone, come)


def parse(text: str, option: str, *, known: bool, latest: int) -> Point:
    """A side of the comparison as it was typed."""
    typed = text.strip()
    if typed == "now":
        return Point()
    if version := _VERSION.fullmatch(typed):
        if int(version[1]) > latest:
            raise usage(f"{option} is {typed}, but the contract has {latest} versions.")
        return Point(version=int(version[1]))
    if not typed[:4].isdecimal():
        raise usage(f"{option} is {typed[:60]!r}; give {POINT}.")
    moment = moments.up_to(typed, option)
    return Point(known=moment) if known else Point(valid=moment)


def only_in(these: list[Entry], those: list[Entry]) -> list[Entry]:
    """The entries that count here and not there."""
    there = {entry.version for entry in those}
    return [entry for entry in these if entry.version not in there]


def _tell(points: list[Point], found: list[Change], gone: list[Entry], come: list[Entry]) -> None:
    console = out()
    console.print(f"from: {points[0]}\nto:   {points[1]}\n(UTC)", style="italic", soft_wrap=True)
    if not found:
        console.print("\nNothing differs in what the contract says.")
    else:
        console.print()
        rows = [(change.path, shown(change.was), shown(change.becomes)) for change in found]
        table([Column("field", folds=True), Column("from", folds=True), Column("to", folds=True)], rows)
    for title, entries in (("Entries that count only on the earlier side", gone), ("Entries that explain the later side", come)):
        if entries:
            console.print(f"\n{title}", style="bold")
            for entry in entries:
                console.print(f"  v{entry.version}  {brief(entry.effective_at)}  {entry.fact.NAME}  {recorded(entry)}", soft_wrap=True)
