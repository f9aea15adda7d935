"""`tally search`: contracts by the words in them, with where the words stand."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from infra.render import Json, to_json
from projections.paging import MAX_LIMIT
from projections.search import Hit, Search, SearchQuery
from projections.search.snippets import Snippet
from scripts.cli import views
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, Column, say, table, write_json
from scripts.cli.wording import money, words

_COLUMNS: Final = (
    Column("number", folds=True),
    Column("title", shrinks=True, least=20),
    Column("status"),
    Column("value", right=True, drop=1),
    Column("where"),
    Column("found", shrinks=True, least=24),
    Column("id", drop=2),
)
_AROUND: Final = 24


def search(
    wanted: Annotated[list[str], typer.Argument(metavar="WORDS", help='What to look for; "words in quotation marks" as they stand.')],
    *,
    limit: Annotated[int, typer.Option(min=1, max=MAX_LIMIT, help="At most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find contracts by their words, the best first.

    Looks in numbers, titles, counterparties, clauses, line items, tags and
    notes as they read now. All words have to be found, the last one as the
    beginning of a word; Chinese needs no spaces, and a word after a dash is
    not to be found. The shell needs quotes around quotes and dashes.

    Examples:
      tally search 办公设备采购
      tally search 华为Mate60 验收
      tally search '"late delivery"' laptop
      tally search '采购 -设备' --json
    """
    with the_ledger() as it:
        position = min(views.ready(it, view) for view in ("register", "search"))
        found = Search(it)
        query = SearchQuery(q=" ".join(wanted), limit=limit)
        hits, counted = found.find(query).rows, found.count(query.q)
    if as_json:
        write_json({"position": position, "count": counted, "hits": [hit_json(hit) for hit in hits]})
        return
    table(_COLUMNS, [row for hit in hits for row in _rows(hit)])
    if counted > len(hits):
        say(f"{len(hits):,} of {counted:,} contracts; --limit more of them.")
    elif not counted:
        say("No contract holds these words.")


def hit_json(hit: Hit) -> dict[str, Json]:
    """A contract that was found, as the API tells it."""
    found: list[Json] = [
        {
            "where": one.where,
            "key": one.key or None,
            "text": one.text,
            "offset": one.offset,
            "marks": [{"start": mark.start, "end": mark.end} for mark in one.marks],
        }
        for one in hit.snippets
    ]
    return {
        "id": hit.contract_id,
        "number": hit.number,
        "title": hit.title,
        "status": hit.status.value,
        "value": to_json(hit.value),
        "snippets": found,
    }


def _rows(hit: Hit) -> list[tuple[object, ...]]:
    """A line for each place, the contract only on the first."""
    said = [(f"{one.where} {one.key}".strip(), _shown(one)) for one in hit.snippets] or [("", "")]
    first = (hit.number, hit.title, words(hit.status.value), money(hit.value), *said[0], hit.contract_id)
    return [first, *(("", "", "", "", *place, "") for place in said[1:])]


def _shown(one: Snippet) -> str:
    """The text around the first stretch, in one line, with what was looked for between brackets."""
    start = max(0, one.marks[0].start - _AROUND)
    end = min(len(one.text), one.marks[0].end + 2 * _AROUND)
    said, at = "…" if start + one.offset > 0 else "", start
    for mark in one.marks:
        if mark.end <= end:
            said += f"{one.text[at : mark.start]}[{one.text[mark.start : mark.end]}]"
            at = mark.end
    return " ".join(f"{said}{one.text[at:end]}".split())
