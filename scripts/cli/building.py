"""A process that helps `tally rebuild --processes`: `python -m scripts.cli.building PIPE VIEW PART`, the pipe an inherited descriptor."""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final

from scripts.cli.session import the_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.view import View

_LOOK_S: Final = 0.1


@contextmanager
def helped(view: View, processes: int) -> Iterator[None]:
    """So many processes less one take in their parts of what this one builds, for the length of a `with`."""
    from projections.parts import all_parts
    from scripts.cli.supervision import kept_running

    with ExitStack() as held:
        for part in all_parts(processes)[1:]:
            label = f"{part.number}/{part.of}"
            held.enter_context(kept_running(f"process {part.number} of the rebuild", "scripts.cli.building", view.name, label))
        yield


def main() -> None:
    """Takes in a part of whatever is built of a view, until the pipe closes, which it does when the process at its other end is gone."""
    from projections.known import view_named
    from projections.log import Log
    from projections.parts import Part
    from projections.rebuild import help_build
    from projections.view import ViewStopped
    from projections.watch import RebuildAbandoned, Watch

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    pipe, name, label = sys.argv[1:]
    ended = threading.Event()

    def end_with_parent() -> None:
        os.read(int(pipe), 1)
        ended.set()

    threading.Thread(target=end_with_parent, daemon=True).start()
    with the_ledger() as it:
        log = Log(it.store, kept=0)
        while not ended.wait(_LOOK_S):
            # What cannot be taken in is said by the process that builds.
            with suppress(RebuildAbandoned, ViewStopped):
                help_build(it, view_named(name), log, Watch(stopping=ended.is_set), Part.read(label))


if __name__ == "__main__":
    main()
