"""Waiting for something to come about, and failing when it does not."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(reached: Callable[[], object], within_s: float = 30) -> None:
    """Looks again and again until it is so."""
    deadline = time.monotonic() + within_s
    while not reached():
        assert time.monotonic() < deadline, "this never came about"
        time.sleep(0.005)
