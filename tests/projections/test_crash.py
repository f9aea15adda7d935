"""A projector that is killed leaves rows and bookmark together, wherever it is killed."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from infra.opening import Opened
from projections.check import check
from projections.known import view_named
from projections.runner import catch_up
from projections.view import read_bookmarks
from tests.facts import HISTORIES
from tests.infra.entries import ask
from tests.infra.waiting import until
from tests.projections.histories import put
from tests.projections.ledgers import content
from tests.spec import recorded


@pytest.mark.parametrize("view_name", ["register", "timeline"])
@pytest.mark.parametrize(("point", "kept"), [("before rows", 5), ("after rows", 5), ("after commit", 10)])
def test_a_killed_projector_leaves_rows_and_bookmark_together(opened: Opened, postgres: str, view_name: str, point: str, kept: int) -> None:
    view = view_named(view_name)
    for name in ("corrected", "amended"):
        put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(HISTORIES[name])])
    killed = subprocess.run(
        [sys.executable, "-m", "tests.projections.dying", postgres, opened.names.ledger, view_name, point, "2", "1/1"], check=False
    )
    assert killed.returncode == -signal.SIGKILL
    # The server notices when it next speaks to the dead; until then a transaction may hold the bookmark.
    busy = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND state <> 'idle'"
    until(lambda: ask(postgres, busy, (opened.names.view,)) == [(0,)])
    assert read_bookmarks(opened)[view_name].position == kept
    assert [c.first for c in check(opened, (view,))] == [None]
    catch_up(opened, view)
    survived = content(opened, view)
    with opened.views.use() as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {opened.names.views}.bookmarks, {', '.join(view.placed(opened).values())}")
    catch_up(opened, view)
    assert content(opened, view) == survived
