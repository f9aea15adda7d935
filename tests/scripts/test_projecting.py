"""`tally project` takes in whole views or parts of them, each in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.opening import Opened
from projections.view import reached_in, read_bookmarks
from tests.infra.entries import entries, stamp
from tests.infra.waiting import until
from tests.scripts.conftest import Tally

ROOT = Path(__file__).parents[2]


@contextmanager
def projecting(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A `tally project` that has begun."""
    process = subprocess.Popen([sys.executable, "-m", "scripts.tally", "project", *words], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Keeping ")
        yield process
    finally:
        process.kill()
        process.communicate()


def positions(opened: Opened, view: str) -> tuple[int, ...]:
    """How far the parts of a view have come."""
    bookmarks = read_bookmarks(opened)
    return reached_in(bookmarks, view).positions if view in bookmarks else ()


def test_two_processes_take_in_a_view_by_parts_and_one_that_is_killed_leaves_everything_right(tally: Tally, at_hand: Opened) -> None:
    with projecting("register", "search", "--part", "1/2"), projecting("register", "search", "--part", "2/2") as killed:
        until(lambda: all(positions(at_hand, view) == (at_hand.store.head(),) * 2 for view in ("register", "search")), 60)
        details = {check["name"]: check["detail"] for check in tally.json("doctor")["checks"]}
        head = at_hand.store.head()
        assert details["view register"] == f"at the head, {head:,} (in 2 parts, at {head:,}, {head:,})"
        assert details["view timeline"] == "not begun yet"
        killed.kill()
        assert killed.wait(30) == -signal.SIGKILL
        at_hand.store.append(stamp(), entries("contract-more", 0, 3))
        until(lambda: positions(at_hand, "register")[0] == head + 3)
        assert positions(at_hand, "register") == (head + 3, head)
        assert read_bookmarks(at_hand)["register"].position == head
        # Whoever reads takes in all parts first.
        assert tally.json("replay", "--check")["matches"] is True
        assert positions(at_hand, "register") == (head + 3,) * 2
    with projecting("register", "--part", "1/1") as alone:
        until(lambda: positions(at_hand, "register") == (head + 3,))
        alone.send_signal(signal.SIGINT)
        assert alone.wait(30) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("timeline", "--part", "1/2"), "The view timeline is read in the order of the log, so that it cannot be taken in by parts."),
        (("--part", "1/2"), "The view timeline is read in the order of the log"),
        (("register", "--part", "3/2"), "'3/2' is no part of a view; say 1/2 for the first of two, or of up to 16."),
        (("nonsense",), "There is no view 'nonsense'"),
    ],
)
def test_what_cannot_be_projected_is_said_in_a_sentence(empty_tally: Tally, words: tuple[str, ...], said: str) -> None:
    assert said in empty_tally("project", *words, exit_code=2).stderr.replace("\n", " ")
