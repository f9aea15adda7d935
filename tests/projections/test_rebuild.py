"""A view is built anew beside the live one, and takes its place at once and whole."""

from __future__ import annotations

import threading
from dataclasses import replace

import psycopg2
import pytest

from infra.opening import Opened
from projections.check import check
from projections.known import ALL_VIEWS
from projections.log import Log, Page
from projections.projector import Projector
from projections.rebuild import claimed, current, rebuild
from projections.register import REGISTER, Register
from projections.register.table import RegisterProjection
from projections.runner import Projectors, catch_up
from projections.timeline import TIMELINE
from projections.view import Cursor, View, ViewStopped, read_bookmarks
from projections.watch import RebuildAbandoned, RebuildUnderWay
from tests.facts import HISTORIES
from tests.infra.entries import ask, entries, stamp, together
from tests.infra.waiting import until
from tests.projections.histories import put
from tests.projections.ledgers import caught_up, content, contents, tamper
from tests.spec import recorded

NEWER = replace(REGISTER, version=REGISTER.version + 1)


def fill(opened: Opened) -> None:
    """One contract for each history by name, and their views."""
    for name, history in HISTORIES.items():
        put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(history)])
    caught_up(opened)


def tables(opened: Opened) -> list[str]:
    """What stands in the views' schema."""
    with opened.views.use() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r' ORDER BY 1", (opened.names.views,)
        )
        return [name for (name,) in cursor]


def indexes(opened: Opened, table: str) -> list[str]:
    """What a table's indexes are on."""
    with opened.views.use() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = %s AND tablename = %s", (opened.names.views, table))
        return sorted(definition.partition(" USING ")[2] for (definition,) in cursor)


def test_a_rebuilt_view_is_the_live_one_with_its_indexes_and_nothing_is_left_over(opened: Opened) -> None:
    fill(opened)
    live = contents(opened), {v.name: indexes(opened, v.name) for v in ALL_VIEWS}
    for view in ALL_VIEWS:
        for _ in range(2):
            assert rebuild(opened, view) == opened.store.head()
    assert (contents(opened), {v.name: indexes(opened, v.name) for v in ALL_VIEWS}) == live
    assert tables(opened) == sorted(["bookmarks", *(table for view in ALL_VIEWS for table in view.tables)])
    assert set(read_bookmarks(opened)) == {view.name for view in ALL_VIEWS}
    assert Register(opened).get("corrected") is not None


def test_a_rebuild_tells_how_far_it_is(opened: Opened) -> None:
    fill(opened)
    told: list[tuple[int, int]] = []
    head = rebuild(opened, TIMELINE, lambda done, of: told.append((done, of)), log=Log(opened.store, page=50, kept=0))
    assert told == [(min(done, head), head) for done in range(50, head + 50, 50)]


def test_a_rebuild_mends_what_somebody_changed_even_where_a_projector_remembers_the_change(opened: Opened) -> None:
    fill(opened)
    tamper(opened, "UPDATE {views}.register SET title = 'forged'")
    projector = Projector(opened, REGISTER)
    for after in (len(HISTORIES["corrected"]), len(HISTORIES["corrected"]) + 1):
        opened.store.append(stamp(), entries("contract-corrected", after, 1))
        while projector.position < opened.store.head():
            projector.advance()
        assert (check(opened, (REGISTER,))[0].count == 0) == (after > len(HISTORIES["corrected"]))
        rebuild(opened, REGISTER)
    assert check(opened, (REGISTER,))[0].matches


def test_nothing_is_lost_or_doubled_when_views_are_rebuilt_under_load(opened: Opened) -> None:
    fill(opened)
    done = threading.Event()

    def write(writer: int) -> None:
        for n in range(150):
            opened.store.append(stamp(), entries(f"contract-w{writer}", 2 * n, 2))

    def rebuild_again_and_again(view: View) -> None:
        while not done.is_set():
            rebuild(opened, view)
        rebuild(opened, view)

    with Projectors(opened) as running:
        builders = [threading.Thread(target=rebuild_again_and_again, args=(view,)) for view in ALL_VIEWS]
        for builder in builders:
            builder.start()
        assert together(*[lambda n=n: write(n) for n in range(3)]) == []
        done.set()
        for builder in builders:
            builder.join()
        for view in ALL_VIEWS:
            assert running.wait_for(view.name, opened.store.head(), 30)
    assert [c.first for c in check(opened)] == [None] * len(ALL_VIEWS)
    live = contents(opened)
    tables = ", ".join(f"{{views}}.{table}" for table in ("bookmarks", *(table for view in ALL_VIEWS for table in view.tables)))
    tamper(opened, f"DROP TABLE {tables}")
    caught_up(opened)
    assert contents(opened) == live


def test_a_view_of_another_version_is_rebuilt_at_the_start_and_readable_meanwhile(opened: Opened) -> None:
    fill(opened)
    live = content(opened, REGISTER)
    seen: list[int] = []

    class Watched(RegisterProjection):
        def project(self, cursor: Cursor, page: Page) -> None:
            seen.append(len(content(opened, REGISTER)))
            super().project(cursor, page)

    with Projectors(opened, (replace(NEWER, projection=Watched), TIMELINE)) as running:
        until(lambda: read_bookmarks(opened)["register"].version == NEWER.version)
        assert running.wait_for("register", opened.store.head(), 30)
    assert set(seen) == {len(live)}
    assert content(opened, REGISTER) == live
    assert read_bookmarks(opened)["register"].generation == 2


def test_of_several_processes_that_find_another_version_one_rebuilds(opened: Opened) -> None:
    fill(opened)
    assert together(*[lambda: current(opened, NEWER)] * 4) == []
    bookmark = read_bookmarks(opened)["register"]
    assert (bookmark.version, bookmark.generation, bookmark.position) == (NEWER.version, 2, opened.store.head())


def test_tables_that_a_new_version_no_longer_has_go_with_the_old(opened: Opened) -> None:
    older = replace(REGISTER, version=0, tables=(*REGISTER.tables, "margin"), ddl=REGISTER.ddl + "; CREATE TABLE {margin} (note text)")
    catch_up(opened, older)
    assert tables(opened) == ["bookmarks", "margin", *REGISTER.tables]
    catch_up(opened, REGISTER)
    assert tables(opened) == ["bookmarks", *REGISTER.tables]


def test_one_rebuild_at_a_time(opened: Opened) -> None:
    fill(opened)
    with claimed(opened, REGISTER) as mine:
        assert mine
        with pytest.raises(RebuildUnderWay):
            rebuild(opened, REGISTER)
        with pytest.raises(RebuildUnderWay):
            check(opened, (REGISTER,))
        assert rebuild(opened, TIMELINE) == opened.store.head()
    assert rebuild(opened, REGISTER) == opened.store.head()


def test_a_rebuild_that_fails_leaves_the_live_view_and_the_next_one_begins_anew(opened: Opened) -> None:
    class Failing(RegisterProjection):
        def project(self, cursor: Cursor, page: Page) -> None:
            super().project(cursor, page)
            if page.last > 7:
                cursor.execute("SELECT 1/0")

    fill(opened)
    live = content(opened, REGISTER)
    with pytest.raises(ViewStopped) as stopped:
        rebuild(opened, replace(REGISTER, projection=Failing))
    assert (stopped.value.view, stopped.value.position) == ("register", 8)
    with pytest.raises(RebuildAbandoned):
        rebuild(opened, REGISTER, stopping=lambda: True)
    assert content(opened, REGISTER) == live
    opened.store.append(stamp(), entries("contract-afterwards", 0, 1))
    assert catch_up(opened, REGISTER) == rebuild(opened, REGISTER)
    assert tables(opened) == sorted(["bookmarks", *(table for view in ALL_VIEWS for table in view.tables)])


def test_a_rebuild_waits_for_a_long_reader_and_others_read_on(opened: Opened, postgres: str) -> None:
    fill(opened)
    reader = psycopg2.connect(postgres)
    with reader, reader.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {opened.names.views}.register")
        builder = threading.Thread(target=rebuild, args=(opened, REGISTER))
        builder.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = %s"
        until(lambda: ask(postgres, waiting, (opened.names.view,)) != [(0,)])
        assert Register(opened).get("corrected") is not None
        assert catch_up(opened, TIMELINE) == opened.store.head()
        assert builder.is_alive()
    reader.close()
    builder.join(30)
    assert not builder.is_alive()
    assert read_bookmarks(opened)["register"].generation == 2


def test_a_projector_goes_on_in_the_tables_that_took_the_place_of_its_own(opened: Opened) -> None:
    fill(opened)
    projector = Projector(opened, REGISTER)
    rebuild(opened, REGISTER)
    opened.store.append(stamp(), entries("contract-afterwards", 0, 1))
    while projector.position < opened.store.head():
        projector.advance()
    assert check(opened, (REGISTER,))[0].first is None
