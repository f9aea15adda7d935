"""Whatever becomes of the connection or the server, what became of a command can be told, and it is stored at most once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from typing import get_args

import pytest

from domain.contract.drafting import Note
from infra.append import Appended
from infra.errors import AlreadyTracked, StaleVersion, StoreUnavailable
from infra.ledger import CONTRACT, Envelope
from infra.opening import Opened, closing_all, connect
from tests.infra.entries import ask, entries, entry, stamp, together, whole
from tests.infra.proxy import Point, Proxy, proxied
from tests.infra.servers import Server, own_ledger
from tests.infra.test_appender import door_held, waiting_at_the_door
from tests.infra.test_ledger import ALICE, DRAFT
from tests.infra.waiting import until
from tests.keys import MASTER

POINTS: tuple[Point, ...] = get_args(Point)
# Where the statement has reached the server whole: it is carried out, though nobody hears of it.
CARRIED_OUT: tuple[Point, ...] = ("after it arrived", "before the reply", "within the reply")


@pytest.fixture
def proxy(postgres: str) -> Iterator[Proxy]:
    with proxied(postgres) as it:
        yield it


@pytest.fixture
def behind(opened: Opened, proxy: Proxy) -> Iterator[Opened]:
    """The ledger as seen through the proxy, with a connection that is in use already."""
    with closing_all(connect(proxy.url, opened.names, as_role=True, master=MASTER, clock=opened.ledger.clock)) as it:
        it.store.append(stamp(), [entry("warm")])
        yield it


@pytest.mark.parametrize("point", POINTS)
def test_a_connection_cut_once_is_not_even_noticed(behind: Opened, proxy: Proxy, point: Point) -> None:
    proxy.cut(point)
    answer = behind.store.append(stamp("cut"), entries("s", 0, 3))
    assert proxy.cuts == 1
    assert (answer.first_position, answer.size) == (2, 3)
    # "after it arrived" it may be the first sending that is stored, or the second.
    if point != "after it arrived":
        assert answer.repeated == (point in CARRIED_OUT)
    assert [row.command_id for row in whole(behind.store)][1:] == ["cut"] * 3


@pytest.mark.parametrize("point", POINTS)
def test_a_connection_cut_again_leaves_an_outcome_that_can_be_asked_for(behind: Opened, proxy: Proxy, point: Point) -> None:
    proxy.cut(point, point)
    with pytest.raises(StoreUnavailable):
        behind.store.append(stamp("cut"), entries("s", 0, 3))
    assert proxy.cuts == 2
    if point in CARRIED_OUT:
        until(lambda: behind.store.command("cut"))
        assert whole(behind.store)[-1].command_id == "cut"
    else:
        assert behind.store.command("cut") is None
    answer = behind.store.append(stamp("cut"), entries("s", 0, 3))
    assert (answer.first_position, answer.size, answer.repeated) == (2, 3, point in CARRIED_OUT)
    assert len(whole(behind.store)) == 4


def test_a_connection_that_breaks_while_a_long_statement_is_written_is_not_even_noticed(behind: Opened, proxy: Proxy) -> None:
    for n in range(10):
        proxy.cut("within the statement")
        long = entry(f"s{n}", text="x" * 4_000_000)
        assert behind.store.append(stamp(), [long]).first_position == n + 2
    assert proxy.cuts == 10


@pytest.mark.parametrize("point", POINTS)
def test_a_group_whose_connection_is_cut_is_answered_command_by_command(behind: Opened, proxy: Proxy, postgres: str, point: Point) -> None:
    behind.store.append(stamp("held"), [entry("taken")])
    answers: list[Appended] = []
    refused: list[StaleVersion] = []

    def write(n: int) -> None:
        try:
            answers.append(behind.store.append(stamp(f"group-{n}"), [entry("taken" if n % 5 == 0 else f"s{n}")]))
        except StaleVersion as error:
            refused.append(error)

    with door_held(behind, postgres):
        first = [threading.Thread(target=behind.store.append, args=(stamp(), [entry(f"first-{n}")])) for n in range(2)]
        for thread in first:
            thread.start()
        until(lambda: waiting_at_the_door(postgres) == 2)
        proxy.cut(point)
        rest = [threading.Thread(target=write, args=(n,)) for n in range(20)]
        for thread in rest:
            thread.start()
        until(lambda: len(behind.store._appender._waiting) == 20)
    for thread in first + rest:
        thread.join()
    rows = whole(behind.store)
    assert proxy.cuts == 1
    assert len(refused) == 4
    assert sorted(row.command_id for row in rows if row.command_id.startswith("group")) == sorted(f"group-{n}" for n in range(20) if n % 5)
    assert {answer.first_position for answer in answers} == {row.position for row in rows if row.command_id.startswith("group")}


def test_a_sending_that_the_server_still_holds_and_its_repetition_are_stored_once(behind: Opened, proxy: Proxy, postgres: str) -> None:
    answers: list[Appended] = []
    with door_held(behind, postgres):
        proxy.cut("after it arrived")
        writer = threading.Thread(target=lambda: answers.append(behind.store.append(stamp("twice under way"), [entry("s")])))
        writer.start()
        until(lambda: waiting_at_the_door(postgres) == 2)
    writer.join()
    until(lambda: waiting_at_the_door(postgres) == 0)
    assert [answer.first_position for answer in answers] == [2]
    assert [row.command_id for row in whole(behind.store)][1:] == ["twice under way"]


def test_a_writer_whose_backend_is_terminated_goes_on_over_another(opened: Opened, postgres: str) -> None:
    answers: list[Appended] = []
    with door_held(opened, postgres):
        writer = threading.Thread(target=lambda: answers.append(opened.store.append(stamp(), entries("s", 0, 2))))
        writer.start()
        until(lambda: waiting_at_the_door(postgres) == 1)
        ask(postgres, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%.append(%'")
        until(lambda: waiting_at_the_door(postgres) == 1)
    writer.join()
    assert answers == [Appended(1, 2, whole(opened.store)[0].recorded_at, repeated=False)]


@pytest.mark.parametrize("point", POINTS)
def test_a_command_of_the_domain_repeated_after_a_lost_answer_is_answered_as_at_first(behind: Opened, proxy: Proxy, point: Point) -> None:
    behind.ledger.handle(CONTRACT, "x", DRAFT, Envelope(ALICE, "draft"))
    envelope = Envelope(ALICE, "note", read_at=1)
    proxy.cut(point, point)
    with pytest.raises(StoreUnavailable):
        behind.ledger.handle(CONTRACT, "x", Note(text="noted"), envelope)
    if point in CARRIED_OUT:
        until(lambda: behind.store.command("note"))
    outcome = behind.ledger.handle(CONTRACT, "x", Note(text="noted"), envelope)
    assert (outcome.version, outcome.position, outcome.repeated) == (2, 3, point in CARRIED_OUT)
    assert behind.ledger.load(CONTRACT, "x").version == 2
    assert behind.ledger.handle(CONTRACT, "x", Note(text="next"), Envelope(ALICE, "next", read_at=2)).version == 3


def test_a_bookmark_alone_that_was_moved_by_a_lost_answer_counts_as_moved(behind: Opened, proxy: Proxy) -> None:
    proxy.cut("before the reply")
    assert behind.store.append(stamp(track=("follower", 5)), []).repeated
    proxy.cut("before the statement arrives")
    with pytest.raises(AlreadyTracked):
        behind.store.append(stamp(track=("follower", 4)), [])
    with pytest.raises(AlreadyTracked):
        behind.store.append(stamp(track=("follower", 5)), [])
    assert behind.store.tracked("follower") == 5


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT, signal.SIGINT])
def test_a_server_that_is_stopped_during_appends_has_stored_each_command_once(breakable: Server, how: signal.Signals) -> None:
    with own_ledger(breakable.url) as opened:
        stopped = threading.Event()
        acknowledged: list[tuple[str, Appended]] = []
        unavailable: list[StoreUnavailable] = []

        def write(thread: int) -> None:
            n = 0
            while not stopped.is_set():
                n += 1
                one = stamp(f"c{thread}-{n}")
                while True:
                    try:
                        acknowledged.append((one.command_id, opened.store.append(one, entries(f"s{thread}", 2 * n - 2, 2))))
                        break
                    except StoreUnavailable as error:
                        unavailable.append(error)

        def stop() -> None:
            for _ in range(2):
                goal = len(acknowledged) + 200
                until(lambda goal=goal: len(acknowledged) > goal)  # type: ignore[misc]
                breakable.stop_at_once(how)
                breakable.start()
            goal = len(acknowledged) + 200
            until(lambda: len(acknowledged) > goal)
            stopped.set()

        assert together(stop, *(lambda n=n: write(n) for n in range(8))) == []
        rows = whole(opened.store)
        assert unavailable
        assert len(rows) == 2 * len(acknowledged)
        assert {(row.command_id, row.position) for row in rows[::2]} == {(one, a.first_position) for one, a in acknowledged}
