"""Views in processes of their own: `tally project`, and what `tally up --views N` runs (this module, with a pipe)."""

from __future__ import annotations

import logging
import os
import signal
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import typer

from scripts.cli.session import the_ledger
from scripts.cli.terminal import say, usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.opening import Opened
    from projections.runner import Projectors
    from projections.view import View

HERE: Final = "here"
ELSEWHERE: Final = "elsewhere"
MOST_PROCESSES: Final = 8

WhereViews = Annotated[
    str,
    typer.Option("--views", metavar="here|N|elsewhere", help="Keep the views here, in N processes, or leave them to `tally project`."),
]


def project(
    names: Annotated[list[str] | None, typer.Argument(metavar="[VIEW]...", help="The views; all of them by default.")] = None,
    part: Annotated[
        str | None, typer.Option("--part", metavar="N/K", help="Take in one part of K, by contract; the others are for other processes.")
    ] = None,
) -> None:
    """Keep views up to date in a process of its own, until Ctrl-C.

    For a ledger whose `tally up --views elsewhere` only answers. Several may
    run, on several machines, each for some of the views; where two keep the
    same one, every entry counts once, and the other stands by.

    A view that is too much for one process is taken in by parts: start one
    with --part 1/2 and one with --part 2/2. The number may change at any
    time: those of another number stop and say so. Whoever keeps the view
    without --part takes in all of its parts; --part 1/1 makes them one again.
    The timeline follows the order of the log, and cannot be parted.

    Examples:
      tally project
      tally project register search
      tally project register --part 1/2
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    from projections.dividing import CannotBeParted, require_parted
    from projections.known import ALL_VIEWS, view_named
    from projections.parts import NoSuchPart, Part
    from projections.runner import Projectors
    from projections.view import UnknownView

    try:
        views = tuple(view_named(name) for name in dict.fromkeys(names or [])) or ALL_VIEWS
        asked = None if part is None else Part.read(part)
        for view in views if asked is not None and not asked.is_whole else ():
            require_parted(view)
    except (UnknownView, NoSuchPart, CannotBeParted) as error:
        raise usage(f"{str(error).capitalize()}.") from None
    of_them = "" if part is None else f"part {part} of "
    with the_ledger() as it, Projectors(it, views, asked):
        say(f"Keeping {of_them}{', '.join(view.name for view in views)} up to date. Stop with Ctrl-C.")
        sys.stdout.flush()
        try:
            while True:
                signal.pause()
        except KeyboardInterrupt:
            say("Stopped.")


def shared_out(views: tuple[View, ...], processes: int) -> list[tuple[View, ...]]:
    """The views by process: each has one, and every process about as many."""
    return [views[n::processes] for n in range(min(processes, len(views)))]


def processes(where: str) -> int | None:
    """How many processes keep the views; zero for another command's, None for the one that asks. Raises Stopped."""
    if where == HERE:
        return None
    if where == ELSEWHERE:
        return 0
    if not where.isdecimal() or not 1 <= int(where) <= MOST_PROCESSES:
        raise usage(f"--views is {where[:60]!r}; say {HERE}, {ELSEWHERE} or a number from 1 to {MOST_PROCESSES}.")
    return int(where)


@contextmanager
def kept(it: Opened, count: int | None) -> Iterator[Projectors]:
    """The views of a server for the length of a `with`: kept by its own threads, or by so many processes that end with it."""
    from projections.known import ALL_VIEWS
    from projections.runner import Projectors
    from scripts.cli.supervision import kept_running
    from scripts.cli.worker import FollowedElsewhere

    with ExitStack() as held:
        if count is None:
            yield held.enter_context(Projectors(it))
            return
        for n, views in enumerate(shared_out(ALL_VIEWS, count) if count else []):
            held.enter_context(kept_running(f"process {n + 1} of the views", "scripts.cli.projecting", *(view.name for view in views)))
        yield FollowedElsewhere(it)


def main() -> None:
    """Runs until the pipe closes, which it does when the process at its other end is gone."""
    from projections.known import view_named
    from projections.runner import Projectors

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    pipe, *names = sys.argv[1:]
    with the_ledger() as it, Projectors(it, tuple(view_named(name) for name in names)):
        os.read(int(pipe), 1)


if __name__ == "__main__":
    main()
