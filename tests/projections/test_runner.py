"""Views keep up with the log, whatever happens to the log, to the database or to one of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg2
import pytest

from infra import codec
from infra.append import NewEntry
from infra.errors import StoreUnavailable
from infra.opening import Opened
from projections import runner
from projections.known import ALL_VIEWS
from projections.log import GapInLog, Log, Page
from projections.projector import Projector
from projections.register import REGISTER
from projections.register.table import OutOfStep, RegisterProjection
from projections.runner import Projectors, ViewHealth, catch_up
from projections.timeline import TIMELINE
from projections.view import Cursor, OtherVersion, UnknownView, ViewStopped, begin, read_bookmarks
from tests.facts import half_paid
from tests.infra.entries import NOON, ask, entries, stamp, together
from tests.infra.waiting import until
from tests.projections.histories import put
from tests.projections.ledgers import caught_up, content, contents, tamper
from tests.spec import recorded

UNKNOWN = NewEntry("contract-x", 3, "contract.teleported@1", NOON, '{"text":"beam"}')
# Known later in one test, and from then on to the whole process.
UNKNOWN_YET = UNKNOWN._replace(fact="contract.beamed@1")


def note(opened: Opened, contract_id: str, after: int = 0, size: int = 1) -> int:
    """Appends notes to a contract that stands at version `after`; answers the last position."""
    return opened.store.append(stamp(), entries(f"contract-{contract_id}", after, size)).last_position


@pytest.fixture
def running(opened: Opened) -> Iterator[Projectors]:
    """The views of the ledger, kept up to date."""
    with Projectors(opened) as projectors:
        yield projectors


def test_a_writer_reads_what_it_wrote(opened: Opened, running: Projectors) -> None:
    for n in range(20):
        position = note(opened, f"c{n}")
        assert running.wait_for("register", position, 30)
        assert running.wait_for("timeline", position, 30)
        assert read_bookmarks(opened)["register"].position >= position
        assert ask_view(opened, "SELECT count(*) FROM {views}.register") == n + 1
    assert all(running.wait_for(view, 20, 30) for view in running.health())
    assert running.health() == {v.name: ViewHealth(position=20, lag=0, running=True, error=None) for v in ALL_VIEWS}


def ask_view(opened: Opened, statement: str) -> object:
    """One value, as the application's role is answered."""
    with opened.store.connections.use() as connection, connection.cursor() as cursor:
        cursor.execute(statement.format(views=opened.names.views))
        (value,) = cursor.fetchone() or (None,)
    return value


def test_waiting_ends_at_its_time_out_and_says_no(opened: Opened, running: Projectors) -> None:
    note(opened, "a")
    assert not running.wait_for("register", 2, 0.05)


def test_waiting_for_a_view_that_another_process_runs_looks_at_its_bookmark(opened: Opened) -> None:
    idle = Projectors(opened)
    assert not idle.wait_for("register", 1, 0.05)
    with Projectors(opened):
        assert idle.wait_for("register", note(opened, "a"), 30)
    with pytest.raises(UnknownView):
        idle.wait_for("ledger", 1, 0.05)


def test_views_that_are_stopped_go_on_where_they_were(opened: Opened) -> None:
    with Projectors(opened) as first:
        assert first.wait_for("timeline", note(opened, "a", size=3), 30)
    assert {h.running for h in first.health().values()} == {False}
    position = note(opened, "a", after=3, size=3)
    with Projectors(opened) as second:
        assert second.wait_for("timeline", position, 30)
        assert second.wait_for("register", position, 30)
    assert ask_view(opened, "SELECT count(*) FROM {views}.timeline") == 6


def test_projectors_that_never_hear_a_notification_poll(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Projectors, "_listen", lambda _self: None)
    with Projectors(opened) as deaf:
        until(lambda: deaf.health()["register"].running)
        assert deaf.wait_for("register", note(opened, "a"), 30)


def test_a_notification_wakes_projectors_long_before_they_would_look(
    opened: Opened, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "POLL_S", 60)
    listening = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND query LIKE 'LISTEN%%'"
    with Projectors(opened) as running:
        until(lambda: ask(postgres, listening, (opened.names.app,)) == [(1,)] and all(h.running for h in running.health().values()))
        for n in range(5):
            assert running.wait_for("register", note(opened, "a", after=n), 20)


def test_two_processes_may_begin_a_view_at_the_same_moment(opened: Opened) -> None:
    assert together(*[lambda view=view: begin(opened, view) for view in ALL_VIEWS for _ in range(4)]) == []
    assert {b.position for b in read_bookmarks(opened).values()} == {0}


def test_projectors_of_the_same_view_race_and_nothing_is_doubled(opened: Opened) -> None:
    put(opened, recorded(half_paid))
    for n in range(40):
        note(opened, f"c{n}", size=10)

    def race(view: object) -> None:
        projector = Projector(opened, view, Log(opened.store, page=7))  # type: ignore[arg-type]
        while projector.position < opened.store.head():
            projector.advance()

    assert together(*[lambda view=view: race(view) for view in ALL_VIEWS for _ in range(3)]) == []
    raced = contents(opened)
    tables = ", ".join(f"{{views}}.{table}" for table in ("bookmarks", *(table for view in ALL_VIEWS for table in view.tables)))
    tamper(opened, f"DROP TABLE {tables}")
    caught_up(opened)
    assert raced == contents(opened)


def test_a_loser_of_the_race_forgets_what_it_remembers(opened: Opened) -> None:
    note(opened, "a")
    slow, quick = Projector(opened, REGISTER), Projector(opened, REGISTER)
    assert slow.advance()
    note(opened, "a", after=1)
    quick.reread()
    assert quick.advance()
    assert slow.advance()
    assert slow.position == quick.position == 2
    note(opened, "a", after=2)
    assert slow.advance()
    assert ask_view(opened, "SELECT version FROM {views}.register") == 3


def test_a_failure_between_the_rows_and_the_commit_leaves_both_as_they_were(opened: Opened) -> None:
    class Breaking(RegisterProjection):
        def project(self, cursor: Cursor, page: Page) -> None:
            super().project(cursor, page)
            raise StoreUnavailable

    note(opened, "a", size=2)
    with pytest.raises(StoreUnavailable):
        Projector(opened, replace(REGISTER, projection=Breaking)).advance()
    assert read_bookmarks(opened)["register"].position == 0
    assert content(opened, REGISTER) == b""
    assert catch_up(opened, REGISTER) == 2


def test_an_entry_that_commits_late_is_never_skipped(opened: Opened, running: Projectors, postgres: str) -> None:
    note(opened, "first")
    assert running.wait_for("timeline", 1, 30)
    late = psycopg2.connect(postgres, user=opened.names.app, options="-c timezone=UTC")
    with late, late.cursor() as cursor:
        cursor.execute(
            f"SELECT first_position FROM {opened.names.ledger}.append("
            "'late', %s, %s, NULL, NULL, '1', 'contract-late', '0', '1', %s, %s, %s)",
            ("00" * 32, '{"actor":"a","credential":"c","channel":"api"}', "contract.noted@1", NOON.isoformat(), '{"text":"late"}'),
        )
        assert cursor.fetchone() == (2,)
        writers = [threading.Thread(target=note, args=(opened, f"w{n}")) for n in range(8)]
        for writer in writers:
            writer.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = %s"
        until(lambda: ask(postgres, waiting, (opened.names.app,)) != [(0,)])
        assert not running.wait_for("timeline", 2, 0.3)
        assert running.health()["timeline"].position == 1
    late.close()
    for writer in writers:
        writer.join()
    assert running.wait_for("timeline", 10, 30)
    assert running.wait_for("register", 10, 30)
    assert ask_view(opened, "SELECT array_agg(position ORDER BY position) FROM {views}.timeline") == list(range(1, 11))
    assert ask_view(opened, "SELECT stream FROM {views}.timeline WHERE position = 2") == "contract-late"
    assert ask_view(opened, "SELECT count(*) FROM {views}.register") == 10


def test_a_fact_that_nobody_knows_stops_every_view_before_it_until_it_is_known(
    opened: Opened, running: Projectors, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    note(opened, "x", size=2)
    opened.store.append(stamp(), [UNKNOWN_YET])
    note(opened, "y")
    with caplog.at_level(logging.ERROR):
        until(lambda: all(h.stopped_at == 3 for h in running.health().values()))
        for name, health in running.health().items():
            assert (health.position, health.lag, health.running) == (2, 2, False)
            assert "contract.beamed@1" in str(health.error)
            assert not running.wait_for(name, 4, 30)
            assert running.wait_for(name, 2, 30)
    assert any("contract.beamed@1" in r.getMessage() for r in caplog.records)
    monkeypatch.setitem(codec._decoders, "contract.beamed@1", codec._decoders["contract.noted@1"])
    until(lambda: all(h.running and h.error is None and h.position == 4 for h in running.health().values()))


class Choosy(RegisterProjection):
    """Does not take the fifth position until somebody mends it."""

    mended = False

    def project(self, cursor: Cursor, page: Page) -> None:
        super().project(cursor, page)
        if not self.mended and any(e.position == 5 for e in page.entries):
            cursor.execute("SELECT 1/0")


def test_a_view_that_fails_stops_alone_as_late_as_it_can_and_resumes(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(8):
        note(opened, f"c{n}")
    with Projectors(opened, (replace(REGISTER, projection=Choosy), TIMELINE)) as running:
        assert running.wait_for("timeline", 8, 30)
        assert not running.wait_for("register", 5, 30)
        health = running.health()
        assert (health["register"].position, health["register"].stopped_at, health["register"].running) == (4, 5, False)
        assert "division by zero" in str(health["register"].error)
        assert (health["timeline"].running, health["timeline"].error) == (True, None)
        assert ask_view(opened, "SELECT max(position) FROM {views}.register") == 4
        monkeypatch.setattr(Choosy, "mended", True)
        until(lambda: running.health()["register"] == ViewHealth(position=8, lag=0, running=True, error=None))


def test_catching_up_says_which_entry_a_view_cannot_take_in(opened: Opened) -> None:
    note(opened, "x", size=2)
    opened.store.append(stamp(), [UNKNOWN])
    with pytest.raises(ViewStopped) as stopped:
        catch_up(opened, TIMELINE)
    assert (stopped.value.view, stopped.value.position) == ("timeline", 3)
    assert read_bookmarks(opened)["timeline"].position == 2


def test_catching_up_tells_how_far_it_is(opened: Opened) -> None:
    note(opened, "a", size=5)
    told: list[tuple[int, int]] = []
    assert catch_up(opened, TIMELINE, lambda done, of: told.append((done, of)), log=Log(opened.store, page=2)) == 5
    assert told == [(2, 5), (4, 5), (5, 5)]


def test_a_database_that_goes_away_is_waited_for(opened: Opened, running: Projectors, postgres: str) -> None:
    first = note(opened, "a")
    assert all(running.wait_for(view, first, 30) for view in running.health())
    with locked_out(opened, postgres):
        until(lambda: all(h.error is not None for h in running.health().values()))
        for health in running.health().values():
            assert "the database does not answer" in str(health.error)
            assert (health.position, health.running, health.stopped_at) == (1, True, None)
    position = note(opened, "a", after=1)
    assert all(running.wait_for(view, position, 30) for view in running.health())
    assert {h.error for h in running.health().values()} == {None}


@contextmanager
def locked_out(opened: Opened, postgres: str) -> Iterator[None]:
    """The roles of a ledger cannot sign in, and nobody of theirs is left inside."""
    roles = (opened.names.app, opened.names.view)
    for role in roles:
        ask(postgres, f"ALTER ROLE {role} NOLOGIN")
    ask(postgres, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY(%s)", (list(roles),))
    try:
        yield
    finally:
        for role in roles:
            ask(postgres, f"ALTER ROLE {role} LOGIN")


def test_health_says_when_it_cannot_know_the_lag(opened: Opened, postgres: str) -> None:
    projectors = Projectors(opened)
    note(opened, "a")
    with locked_out(opened, postgres):
        assert {h.lag for h in projectors.health().values()} == {None}


def test_a_row_that_somebody_changed_stops_the_register(opened: Opened) -> None:
    note(opened, "a", size=2)
    caught_up(opened)
    tamper(opened, "DELETE FROM {views}.register")
    note(opened, "a", after=2)
    with pytest.raises(ViewStopped) as stopped:
        catch_up(opened, REGISTER)
    assert isinstance(stopped.value.cause, OutOfStep)


def test_a_hole_in_the_log_stops_the_views_before_it(opened: Opened, postgres: str) -> None:
    note(opened, "a", size=3)
    ledger = opened.names.ledger
    ask(postgres, f"ALTER EVENT TRIGGER {ledger}_no_ddl DISABLE")
    ask(postgres, f"ALTER TABLE {ledger}.entries DISABLE TRIGGER append_only")
    ask(postgres, f"DELETE FROM {ledger}.entries WHERE position = 2")
    with pytest.raises(ViewStopped) as stopped:
        catch_up(opened, TIMELINE)
    assert (stopped.value.position, type(stopped.value.cause)) == (2, GapInLog)
    assert read_bookmarks(opened)["timeline"].position == 1


def test_tables_of_another_version_are_left_alone_by_a_program_that_runs_already(opened: Opened) -> None:
    projector = Projector(opened, REGISTER)
    note(opened, "a")
    tamper(opened, "UPDATE {views}.bookmarks SET version = version + 1")
    projector.advance()
    with pytest.raises(OtherVersion):
        projector.advance()
    assert content(opened, REGISTER) == b""
