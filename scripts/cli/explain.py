"""`tally explain`: why a figure of a contract is what it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Final

import typer

from domain.contract import replay
from domain.contract.explain import Contribution, Explanation, ListedFigure, Sum, Summand, listed
from domain.contract.explain import explain as explained
from domain.contract.figures import Figure
from domain.contract.history import as_of
from infra.ledger import CONTRACT
from infra.render import to_json
from scripts.cli import moments
from scripts.cli.moments import KnownAt, ValidAt, brief
from scripts.cli.receivables import InZone, OnDay, day_asked
from scripts.cli.refs import Ref, resolve
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, Column, Stopped, out, safe, say, table, write_json
from scripts.cli.wording import NOTHING, words

_FIGURES: Final = (
    Column("figure"),
    Column("of", folds=True, least=10),
    Column("comes to", right=True),
    Column("meaning", folds=True, least=24),
)
_COLUMNS: Final = (
    Column("version"),
    Column("position", drop=3),
    Column("fact", folds=True, least=14),
    Column("by", drop=2),
    Column("effective", drop=1),
    Column("recorded"),
    Column("adds", right=True),
    Column("reason", folds=True, least=16),
)


def explain(
    ref: Ref,
    figure: Annotated[
        str | None, typer.Argument(metavar="FIGURE", help="The figure, such as paid, open, overdue or status; left out, all are listed.")
    ] = None,
    *,
    of: Annotated[
        str | None, typer.Option("--of", metavar="PART", help="A part of the contract, such as instalment:i2, penalty:d1 or delivery:d1.")
    ] = None,
    on: OnDay = None,
    zone: InZone = "UTC",
    valid_at: ValidAt = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Say why a figure is what it is: the entries that made it so.

    What the entries added and took adds up to the figure exactly. Without a
    FIGURE, those that can be asked about are listed.

    Examples:
      tally explain CG-2025-002
      tally explain CG-2025-002 paid
      tally explain CG-2025-002 overdue --on 2026-06-30
      tally explain CG-2025-007 standing --of penalty:d1 --known-at 2026-03-31
    """
    valid = None if valid_at is None else moments.up_to(valid_at, "--valid-at")
    known = None if known_at is None else moments.up_to(known_at, "--known-at")
    day = day_asked(on, zone)
    with the_ledger() as it:
        identity = resolve(it, ref)
        entries = as_of(it.ledger.history(CONTRACT, identity), valid_at=valid, known_at=known)
    if not entries:
        raise Stopped("The contract was not there then, as far as was known at that time.")
    around = {"id": identity, "version": entries[-1].version}
    if figure is None:
        found = tuple(one for one in listed(replay(entries), day) if of is None or one.of == of)
        if as_json:
            write_json({**around, "on": day.isoformat(), "figures": to_json(found)})
        else:
            _list(found)
        return
    explanation = explained(entries, Figure(figure, of), day)
    if as_json:
        write_json({**around, "explanation": to_json(explanation)})
    else:
        _tell(explanation, day)


def _list(found: Iterable[ListedFigure]) -> None:
    table(_FIGURES, [(one.figure, one.of, comes_to(one.amounts, one.word), one.formula) for one in found])


def comes_to(amounts: Iterable[Sum], word: str | None) -> str:
    """A figure in one line."""
    told = "; ".join(f"{one.amount:,f} {one.currency or ''}".strip() for one in amounts)
    return told or (words(word) if word else NOTHING)


def _tell(it: Explanation, day: date) -> None:
    called = it.figure if it.of is None else f"{it.figure} of {it.of}"
    out().print(f"{safe(called)} = {safe(comes_to(it.amounts, it.word))} on {day}: {safe(it.formula)}.", soft_wrap=True)
    if it.sum_of:
        out().print("That is " + " ".join(map(_summand, it.sum_of)) + ".", soft_wrap=True)
    if it.contributions:
        table(_COLUMNS, map(_row, it.contributions))
    for one in it.contributions:
        if one.formula is not None:
            say(f"v{one.version} reckoned: {one.formula}")
    for cited in it.terms:
        say(f"It rests on the term {cited.term_id} ({words(cited.term or 'of an amendment')}) as v{cited.version} made it.")


def _summand(one: Summand) -> str:
    sign = "+" if one.sign > 0 else "−"
    called = one.figure if one.of is None else f"{one.figure} of {one.of}"
    return f"{sign} {safe(called)} ({comes_to(one.amounts, None)})"


def _row(one: Contribution) -> tuple[object, ...]:
    adds = f"{one.was or NOTHING} → {one.becomes or NOTHING}" if one.amount is None else f"{one.amount:+,f} {one.currency or ''}".strip()
    notes = [one.reason or ""]
    if one.corrects is not None:
        notes.append(f"(corrects v{one.corrects})")
    notes += [f"(corrected by v{version})" for version in one.corrected_by]
    return (
        f"v{one.version}",
        one.position,
        one.fact.removeprefix("contract."),
        one.actor,
        brief(one.effective_at),
        brief(one.recorded_at),
        adds,
        " ".join(filter(None, notes)),
    )
