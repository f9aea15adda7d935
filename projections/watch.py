"""Who is told how far a rebuild is, and what ends one early."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from infra.errors import LedgerError
from projections.projector import Progress


class RebuildUnderWay(LedgerError):
    """One process at a time builds a view anew, and not while it is checked."""


class RebuildAbandoned(LedgerError):
    """The program ends before the view was built; the live one stays as it was."""


def never() -> bool:
    """Nobody wants it to stop."""
    return False


class Watch(NamedTuple):
    """Who is told how far a rebuild is, and says when it is not wanted any more."""

    progress: Progress | None = None
    stopping: Callable[[], bool] = never
