"""Views, brought up to date before they are read; `tally rebuild` and `tally replay --check`."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.opening import Opened
from scripts.cli.session import the_ledger
from scripts.cli.terminal import AsJson, progress, say, usage, write_json


def ready(it: Opened, name: str) -> int:
    """Brings a view up to the head of the log, and answers the position that it has reached.

    A view that cannot take in an entry is read as it stands, with a warning.
    """
    from projections.known import view_named
    from projections.runner import catch_up
    from projections.view import ViewStopped

    with progress(f"Bringing the view {name} up to date") as bar:
        try:
            return catch_up(it, view_named(name), bar.at)
        except ViewStopped as error:
            say(f"Warning: {error}. What follows is as of position {error.position - 1}.")
            return error.position - 1


def rebuild(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="VIEW", help="The view: register, search, parties, products, timeline, fulfilment, governance, dues, alerts."
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every view, one after the other.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build a view anew from the first entry on.

    The view stays readable meanwhile: the new one is built beside it, and
    takes its place in one transaction.

    Examples:
      tally rebuild register
      tally rebuild --all --json
    """
    from projections.known import ALL_VIEWS, view_named
    from projections.rebuild import rebuild as build
    from projections.view import UnknownView

    if (name is None) is not every:
        raise usage(f"Name one view ({', '.join(view.name for view in ALL_VIEWS)}), or give --all.")
    try:
        wanted = ALL_VIEWS if name is None else (view_named(name),)
    except UnknownView as error:
        raise usage(f"{str(error).capitalize()}.") from None
    reached: dict[str, int] = {}
    with the_ledger() as it:
        for view in wanted:
            with progress(f"Building {view.name}") as bar:
                reached[view.name] = build(it, view, bar.at)
            if not as_json:
                say(f"{view.name} was built anew from {reached[view.name]:,} entries.")
    if as_json:
        write_json({"rebuilt": [{"view": view, "position": position} for view, position in reached.items()]})
