"""A projector that is killed at a named point of its n-th page: a program of its own, for tests to start."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace

from infra.opening import Opened, closing_all, connect
from infra.schema import Names
from projections.known import view_named
from projections.log import Log, Page
from projections.parts import Part
from projections.projector import Projector
from projections.view import Cursor, Tables
from tests.keys import MASTER


def die() -> None:
    """As a power cut would have it."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(dsn: str, ledger: str, view_name: str, point: str, pages: int, *, part: Part) -> None:
    """Projects pages of five positions; dies in the last of `pages`, before its rows, after its rows or after its commit."""
    view = view_named(view_name)

    class Dying:
        def __init__(self, opened: Opened, tables: Tables) -> None:
            self._real = view.projection(opened, tables)
            self._left = pages

        def project(self, cursor: Cursor, page: Page) -> None:
            self._left -= 1
            if point == "before rows" and self._left == 0:
                die()
            self._real.project(cursor, page)
            if point == "after rows" and self._left == 0:
                die()

        def forget(self) -> None:
            self._real.forget()

    with closing_all(connect(dsn, Names(ledger), as_role=True, master=MASTER)) as opened:
        projector = Projector(opened, replace(view, projection=Dying), Log(opened.store, page=5), part)
        for _ in range(pages):
            projector.advance()
        die()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]), part=Part.read(sys.argv[6]))
