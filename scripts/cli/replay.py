"""`tally replay --check`: folds everything again from nothing, and compares with what the views hold."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from infra.opening import Opened
from infra.render import to_json
from projections.check import Checked, Difference, check_view
from projections.known import ALL_VIEWS
from projections.view import View, ViewStopped
from scripts.cli import views
from scripts.cli.session import the_ledger
from scripts.cli.terminal import REFUSED, AsJson, Column, out, progress, say, table, usage, write_json
from scripts.cli.wording import shown

SHOWN = 20


def replay(
    check: Annotated[bool, typer.Option("--check", help="Compare every view with the log.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fold every entry again from nothing, and compare with the views.

    Views are derived: whatever they hold must follow from the entries alone.
    The check folds the log once more by a way of its own, compares row by
    row, and names the first entry whose trace in a view differs. Writers and
    readers go on meanwhile. The exit code is 1 when anything differs.

    Examples:
      tally replay --check
      tally replay --check --json
    """
    if not check:
        raise usage("Say --check: a replay that compares nothing would tell nothing.")
    with the_ledger() as it:
        found = [_check(it, view) for view in ALL_VIEWS]
    if as_json:
        write_json({"matches": all(_matches(one) for one in found), "views": [_json(one) for one in found]})
    else:
        for one in found:
            _tell(one)
    if not all(_matches(one) for one in found):
        raise typer.Exit(REFUSED)


def _check(it: Opened, view: View) -> Checked | ViewStopped:
    """A view that cannot take in an entry does not match either: it is the entry that the check names."""
    views.ready(it, view.name)
    with progress(f"Checking {view.name}") as bar:
        try:
            checked = check_view(it, view, bar.at)
        except ViewStopped as error:
            return error
    head = it.store.head()
    if checked.position < head:
        say(f"Warning: {view.name} stands at position {checked.position} of {head}.")
    return checked


def _matches(one: Checked | ViewStopped) -> bool:
    return isinstance(one, Checked) and one.matches


def _json(one: Checked | ViewStopped) -> dict[str, Any]:
    if isinstance(one, ViewStopped):
        return {"view": one.view, "matches": False, "stopped_at": one.position, "error": str(one)}
    return {
        "view": one.view,
        "matches": one.matches,
        "position": one.position,
        "rows": one.rows,
        "past_rows": one.past,
        "count": one.count,
        "first": None if one.first is None else _difference_json(one.first),
        "differences": [_difference_json(difference) for difference in one.differences],
    }


def _difference_json(difference: Difference) -> dict[str, Any]:
    return {
        "position": difference.position,
        "stream": difference.stream,
        "version": difference.version,
        "what": difference.what,
        "row": difference.row,
        "valid_at": to_json(difference.at.valid_at),
        "known_at": to_json(difference.at.known_at),
        "columns": [
            {"column": column.column, "expected": to_json(column.expected), "found": to_json(column.found)} for column in difference.columns
        ],
    }


def _tell(one: Checked | ViewStopped) -> None:
    if isinstance(one, ViewStopped):
        out().print(f"{one}", soft_wrap=True)
        return
    if one.first is None:
        past = f" and {one.past:,} of its past" if one.past else ""
        out().print(f"{one.view}: {one.rows:,} rows{past} are what {one.position:,} entries say.", soft_wrap=True)
        return
    first = one.first
    out().print(f"{one.view}: {one.count:,} rows differ from what {one.position:,} entries say.", style="bold", soft_wrap=True)
    out().print(f"The first entry is at position {first.position}: version {first.version} of {first.stream}.", soft_wrap=True)
    rows = [
        (
            d.position,
            d.stream,
            d.version,
            d.what if d.row is None else f"{d.what} {d.row}",
            d.at.label.removeprefix("@"),
            column and column.column,
            column and shown(column.expected),
            column and shown(column.found),
        )
        for d in one.differences
        for column in (d.columns or (None,))
    ]
    titles = ("position", "stream", "version", "what", "as of", "column", "should be", "is")
    table([Column(title, shrinks=title in ("stream", "should be", "is")) for title in titles], rows[:SHOWN])
    if len(rows) > SHOWN:
        say("There are more; --json gives up to a hundred rows in full.")
