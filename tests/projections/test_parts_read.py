"""Whoever reads a view whose parts are uneven, checks it or builds it anew, takes each row to be as far as its own part."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from domain.contract.drafting import ChangeTitle, DraftContract
from domain.contract.vocabulary import Direction, Kind
from infra.ledger import CONTRACT
from infra.opening import Opened
from projections import rebuild as rebuilding
from projections.check import check
from projections.differences import Differences
from projections.log import Page
from projections.moved import DifferenceQuery, MovedIn, between
from projections.moving import PastView
from projections.parts import WHOLE, Part, all_parts
from projections.projector import Projector
from projections.rebuild import current, rebuild
from projections.register import REGISTER, Register
from projections.register.table import RegisterProjection
from projections.runner import Projectors, catch_up
from projections.view import Cursor, View, ViewStopped, read_bookmarks
from tests.infra.entries import ask, together
from tests.infra.waiting import until
from tests.projections.ledgers import content, tamper
from tests.projections.test_erasure import give
from tests.projections.test_parts import MINE, as_one, fill, finish, note, parted, reached
from tests.projections.test_rebuild import tables

NEWER = replace(REGISTER, version=REGISTER.version + 1)


@pytest.fixture
def uneven(opened: Opened) -> Opened:
    """A contract in each of two parts; the first part has three entries of its contract, the second has one."""
    for after in range(3):
        for n in (1, 2):
            note(opened, MINE[n], after=after)
    note(opened, "unseen")
    first, second = parted(opened, REGISTER, 2)
    first.advance(to=6)
    second.advance(to=2)
    assert reached(opened, REGISTER).positions == (6, 2)
    return opened


def test_a_check_takes_each_row_to_be_as_far_as_its_part(uneven: Opened) -> None:
    (checked,) = check(uneven, (REGISTER,))
    assert (checked.matches, checked.position, checked.rows) == (True, 2, 2)
    tamper(uneven, f"UPDATE {{views}}.register SET corrections = 9 WHERE contract_id = '{MINE[1]}'")
    (checked,) = check(uneven, (REGISTER,))
    assert (checked.count, checked.first and checked.first.stream) == (1, f"contract-{MINE[1]}")


def test_a_row_that_its_part_cannot_have_yet_is_found(uneven: Opened) -> None:
    begun = note(uneven, "begun")
    part = next(part for part in all_parts(2) if part.takes("contract-begun"))
    other = next(part for part in all_parts(2) if not part.takes("contract-begun"))
    Projector(uneven, REGISTER, part=other).advance(to=begun)
    copied = f"CREATE TEMP TABLE one AS SELECT * FROM {{views}}.register WHERE contract_id = '{MINE[1]}'"
    tamper(uneven, f"{copied}; UPDATE one SET contract_id = 'begun'; INSERT INTO {{views}}.register SELECT * FROM one")
    assert reached(uneven, REGISTER).of("contract-begun") < begun <= reached(uneven, REGISTER).most
    (checked,) = check(uneven, (REGISTER,))
    assert [(d.what, d.stream) for d in checked.differences] == [("surplus", "contract-begun")]
    assert part.takes("contract-begun")


def test_a_row_that_is_ahead_of_the_view_tells_by_which_entry_it_moved(opened: Opened) -> None:
    for n in (2, 1):
        draft = DraftContract(
            number=f"S-{n}", title="Chairs", kind=Kind.SUPPLIER, direction=Direction.PAYABLE, our_entity="Tally", counterparties=()
        )
        give(opened, CONTRACT, MINE[n], draft)
    first, second = parted(opened, REGISTER, 2)
    second.advance(to=1)
    finish(opened, [first])
    before = opened.store.read_log()[-1].recorded_at
    give(opened, CONTRACT, MINE[1], ChangeTitle(title="Tables"))
    finish(opened, [first])
    assert read_bookmarks(opened)["register"].position == 1
    sides = between(MovedIn.KNOWN, before, None)
    (row,) = Differences(opened).find(DifferenceQuery(view=PastView.REGISTER, before=sides[0], after=sides[1])).rows
    assert (row.key, [mover.entry.position for mover in row.movers]) == (MINE[1], [3])


def test_a_rebuild_takes_in_what_the_furthest_part_had_and_keeps_the_parts(uneven: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    # A rebuild that sees the log end where the view's bookmark stands, while a part is further.
    monkeypatch.setattr(rebuilding, "follow", lambda *_: None)
    row = Register(uneven).get(MINE[1])
    assert rebuild(uneven, REGISTER) == 6
    assert Register(uneven).get(MINE[1]) == row
    assert reached(uneven, REGISTER).positions == (6, 6)
    assert read_bookmarks(uneven)["register"].generation == 3
    assert check(uneven, (REGISTER,))[0].matches


def test_parts_go_on_in_the_tables_that_took_the_place_of_theirs(opened: Opened) -> None:
    fill(opened)
    both = parted(opened, REGISTER, 2, page=10)
    both[0].advance()
    rebuild(opened, REGISTER)
    note(opened, "afterwards")
    finish(opened, both)
    assert check(opened, (REGISTER,))[0].first is None
    assert content(opened, REGISTER) == as_one(opened, REGISTER)


def test_of_parts_that_find_another_version_one_builds_the_whole(opened: Opened) -> None:
    fill(opened)
    catch_up(opened, REGISTER)
    live = content(opened, REGISTER)
    assert together(*[lambda part=part: current(opened, NEWER, part=part) for part in all_parts(3)]) == []
    bookmark = read_bookmarks(opened)["register"]
    assert (bookmark.version, bookmark.position) == (NEWER.version, opened.store.head())
    assert reached(opened, NEWER).positions == (opened.store.head(),) * 3
    assert content(opened, REGISTER) == live
    assert tables(opened) == ["bookmarks", *REGISTER.tables]


def test_a_view_in_parts_is_built_anew_under_load(opened: Opened) -> None:
    done = threading.Event()

    def write(writer: int) -> None:
        for n in range(60):
            note(opened, f"w{writer}", after=2 * n, size=2)

    def rebuild_again_and_again() -> None:
        while not done.is_set():
            rebuild(opened, REGISTER)

    with Projectors(opened, (REGISTER,), Part(1, 2)), Projectors(opened, (REGISTER,), Part(2, 2)) as running:
        builder = threading.Thread(target=rebuild_again_and_again)
        builder.start()
        assert together(*[lambda n=n: write(n) for n in range(3)]) == []
        done.set()
        builder.join()
        assert running.wait_for("register", opened.store.head(), 60)
    assert check(opened, (REGISTER,))[0].first is None
    assert content(opened, REGISTER) == as_one(opened, REGISTER)


def test_what_a_part_cannot_take_in_leaves_the_live_view(opened: Opened) -> None:
    class Failing(RegisterProjection):
        def project(self, cursor: Cursor, page: Page) -> None:
            super().project(cursor, page)
            if page.last > 7:
                cursor.execute("SELECT 1/0")

    fill(opened)
    catch_up(opened, REGISTER)
    live = content(opened, REGISTER)
    with pytest.raises(ViewStopped) as stopped:
        current(opened, replace(NEWER, projection=Failing), part=Part(1, 2))
    assert (stopped.value.view, stopped.value.position > 7) == ("register", True)
    assert content(opened, REGISTER) == live
    assert reached(opened, REGISTER).parts == (WHOLE,)


@pytest.mark.parametrize(("point", "kept"), [("before rows", 5), ("after rows", 5), ("after commit", 10)])
def test_a_part_that_is_killed_leaves_its_rows_its_bookmark_and_the_view_together(
    opened: Opened, postgres: str, point: str, kept: int
) -> None:
    view: View = REGISTER
    fill(opened)
    other = parted(opened, view, 2)[1]
    other.advance(to=8)
    words = [sys.executable, "-m", "tests.projections.dying", postgres, opened.names.ledger, view.name, point, "2", "1/2"]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    busy = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND state <> 'idle'"
    until(lambda: ask(postgres, busy, (opened.names.view,)) == [(0,)])
    assert reached(opened, view).positions == (kept, 8)
    assert read_bookmarks(opened)[view.name].position == min(kept, 8)
    assert check(opened, (view,))[0].first is None
    finish(opened, [Projector(opened, view, part=Part(1, 2)), other])
    assert content(opened, view) == as_one(opened, view)
