"""Many threads, few lanes: whatever happens to one thread, the others get their answers."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import infra.append
from infra.append import Appended, Appender, NewEntry, Request
from infra.connections import Connection, Connections
from infra.errors import BadEntry, CommandIdReused, LedgerError, Overloaded, StaleVersion
from infra.opening import Opened
from infra.store import Store
from tests.infra.entries import NOON, entries, entry, signed_in, stamp, together, whole
from tests.infra.waiting import until


class Jittery:
    """A lock after which its thread dawdles, so that threads change places where they can."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chance = random.Random(2026)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        dawdles = self._chance.random() < 0.3
        self._lock.release()
        if dawdles:
            time.sleep(0.0005)


@contextmanager
def door_held(opened: Opened, dsn: str) -> Iterator[None]:
    """Somebody else has the append lock."""
    with signed_in(dsn) as cursor:
        cursor.execute(f"BEGIN; LOCK TABLE {opened.names.ledger}.append_lock IN EXCLUSIVE MODE")
        yield
        cursor.execute("COMMIT")


def waiting_at_the_door(dsn: str) -> int:
    with signed_in(dsn) as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%.append(%'")
        (number,) = cursor.fetchone() or (0,)
    return int(number)


@pytest.mark.parametrize("writers", [3, 5, 9])
def test_no_lane_is_lost_however_threads_change_places(opened: Opened, writers: int) -> None:
    appender = Appender(opened.store.connections, opened.names.ledger, lanes=2)
    appender._lock = Jittery()  # type: ignore[assignment]

    def write(name: str) -> None:
        for n in range(300):
            appender.append(stamp(), [entry(f"{name}-{n}")])

    assert together(*(lambda n=n: write(f"s{n}") for n in range(writers))) == []
    assert appender._idle_lanes == 2
    assert len(whole(opened.store)) == writers * 300


def test_64_threads_that_fail_in_every_way_each_get_their_own_answer(opened: Opened) -> None:
    store = opened.store
    store._appender._lock = Jittery()  # type: ignore[assignment]
    store.append(stamp("taken", content="first"), [entry("hot")])
    acknowledged: list[Appended] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        version = 0
        for n in range(25):
            match chance.choice(["good", "good", "long", "stale", "reused", "repeated", "malformed"]):
                case "good":
                    acknowledged.append(store.append(stamp(), entries(f"own-{seed}", version, 1)))
                    version += 1
                case "long":
                    acknowledged.append(store.append(stamp(), [*entries(f"own-{seed}", version, 3), entry(f"other-{seed}-{n}")]))
                    version += 3
                case "stale":
                    with pytest.raises(StaleVersion) as stale:
                        store.append(stamp(), [entry("hot", 7)])
                    assert stale.value.current == 1
                case "reused":
                    with pytest.raises(CommandIdReused):
                        store.append(stamp("taken", content="second"), [entry("hot", 2)])
                case "repeated":
                    again = store.append(stamp("taken", content="first"), [entry("hot")])
                    assert (again.first_position, again.repeated) == (1, True)
                case malformed:
                    assert malformed == "malformed"
                    with pytest.raises(BadEntry):
                        store.append(stamp()._replace(input_hash="not hexadecimal"), [entry(f"never-{seed}-{n}")])

    assert together(*(lambda n=n: work(n) for n in range(64))) == []
    rows = whole(store)
    assert store._appender._idle_lanes == 2
    assert len(rows) == 1 + sum(one.size for one in acknowledged)
    assert sorted(p for one in acknowledged for p in range(one.first_position, one.last_position + 1)) == list(range(2, len(rows) + 1))


class Interrupted(Appender):
    """An appender with one lane whose thread is interrupted, once, at a named point."""

    def __init__(self, connections: Connections, schema: str, point: str) -> None:
        super().__init__(connections, schema, lanes=1)
        self.point = point
        self.interrupted: Request | None = None

    def _execute(self, connection: Connection, group: list[Request], *, anew: bool) -> None:
        if len(group) < 3 or self.interrupted is not None:
            super()._execute(connection, group, anew=anew)
            return
        self.interrupted = group[0]
        if self.point == "after it was sent":
            super()._execute(connection, group, anew=anew)
            for one in group:
                one.outcome = None
        raise KeyboardInterrupt


@pytest.mark.parametrize("point", ["before it is sent", "after it was sent"])
def test_an_interrupt_of_the_thread_that_sends_is_felt_by_that_thread_alone(opened: Opened, postgres: str, point: str) -> None:
    appender = Interrupted(opened.store.connections, opened.names.ledger, point)
    answers: list[Appended] = []

    def write(n: int) -> None:
        answers.append(appender.append(stamp(f"c{n}"), [entry(f"s{n}")]))

    with door_held(opened, postgres):
        first = threading.Thread(target=write, args=(0,))
        first.start()
        until(lambda: waiting_at_the_door(postgres) == 1)
        rest = threading.Thread(target=lambda: raised.extend(together(*(lambda n=n: write(n) for n in range(1, 9)))))
        raised: list[BaseException] = []
        rest.start()
        until(lambda: len(appender._waiting) == 8)
    first.join()
    rest.join()
    assert [type(error) for error in raised] == [KeyboardInterrupt]
    assert len(answers) == 8
    assert appender._idle_lanes == 1
    stored = {row.command_id for row in whole(opened.store)}
    assert {f"c{n}" for n in range(9)} - stored <= ({appender.interrupted.stamp.command_id} if appender.interrupted else set())
    assert appender.append(stamp(), [entry("after")]).size == 1


def test_a_thread_interrupted_while_it_waits_leaves_the_queue(opened: Opened, postgres: str) -> None:
    appender = Appender(opened.store.connections, opened.names.ledger, lanes=1)
    driver = threading.Thread(target=lambda: appender.append(stamp(), [entry("driven")]))

    def interrupt() -> None:
        until(lambda: len(appender._waiting) == 1)
        os.kill(os.getpid(), signal.SIGINT)

    with door_held(opened, postgres):
        driver.start()
        until(lambda: waiting_at_the_door(postgres) == 1)
        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            appender.append(stamp("given up"), [entry("given up")])
        assert len(appender._waiting) == 0
    driver.join()
    assert appender.append(stamp(), [entry("after")]).first_position == 2
    assert appender._idle_lanes == 1
    assert opened.store.command("given up") is None


def test_a_full_queue_refuses_with_overloaded_and_keeps_what_it_took(
    opened: Opened, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(infra.append, "MAX_WAITING", 5)
    appender = Appender(opened.store.connections, opened.names.ledger, lanes=1)
    answers: list[Appended] = []
    threads = [threading.Thread(target=lambda n=n: answers.append(appender.append(stamp(), [entry(f"s{n}")]))) for n in range(6)]
    with door_held(opened, postgres):
        threads[0].start()
        until(lambda: waiting_at_the_door(postgres) == 1)
        for thread in threads[1:]:
            thread.start()
        until(lambda: len(appender._waiting) == 5)
        with pytest.raises(Overloaded, match="5 commands are waiting"):
            appender.append(stamp("too many"), [entry("too many")])
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert opened.store.command("too many") is None
    assert appender.append(stamp("too many"), [entry("too many")]).first_position == 7


def test_commands_waiting_together_go_in_one_transaction(opened: Opened, postgres: str) -> None:
    appender = Appender(opened.store.connections, opened.names.ledger, lanes=1)
    with door_held(opened, postgres):
        threads = [threading.Thread(target=lambda n=n: appender.append(stamp(), [entry(f"s{n}")])) for n in range(40)]
        threads[0].start()
        until(lambda: waiting_at_the_door(postgres) == 1)
        for thread in threads[1:]:
            thread.start()
        until(lambda: len(appender._waiting) == 39)
    for thread in threads:
        thread.join()
    with signed_in(postgres) as cursor:
        cursor.execute(f"SELECT count(DISTINCT xmin::text) FROM {opened.names.ledger}.entries")
        assert cursor.fetchone() == (2,)


def grouped(store: Store, *commands: tuple[object, list[NewEntry]]) -> list[Appended | LedgerError | None]:
    """Sends commands in one group and answers with what became of each."""
    group = [infra.append.request(one, news) for one, news in commands]  # type: ignore[arg-type]
    store._appender._send(group)
    return [one.outcome for one in group]


def test_in_a_mixed_group_each_command_gets_its_own_answer(opened: Opened) -> None:
    store = opened.store
    store.append(stamp("held", content="x", track=("follower", 10)), entries("old", 0, 2))
    outcomes = grouped(
        store,
        (stamp("good"), [entry("a")]),
        (stamp("stale"), [entry("old", 2)]),
        (stamp("held", content="x"), entries("old", 2, 2)),
        (stamp("held", content="y"), [entry("b")]),
        (stamp("behind", track=("follower", 10)), [entry("c")]),
        (stamp("ahead", track=("follower", 11)), entries("d", 0, 3)),
        (stamp("also stale"), [entry("e"), entry("old", 9)]),
        (stamp("two streams"), [*entries("f", 0, 2), *entries("old", 2, 1), entry("g")]),
        (stamp("only progress", track=("other", 1)), []),
    )
    kinds = [type(one).__name__ if isinstance(one, LedgerError) else "repeated" if one and one.repeated else "appended" for one in outcomes]
    assert kinds == [
        *("appended", "StaleVersion", "repeated", "CommandIdReused", "AlreadyTracked"),
        *("appended", "StaleVersion", "appended", "appended"),
    ]
    assert [one.first_position for one in outcomes if isinstance(one, Appended) and one.size] == [3, 1, 4, 7]
    assert [(one.stream, one.expected, one.current) for one in outcomes if isinstance(one, StaleVersion)] == [("old", 1, 2), ("old", 8, 2)]
    assert [row.command_id for row in whole(store)] == ["held"] * 2 + ["good"] + ["ahead"] * 3 + ["two streams"] * 4
    assert (store.tracked("follower"), store.tracked("other")) == (11, 1)


@pytest.mark.parametrize("again", [False, True], ids=["over a pooled connection", "over a new connection"])
def test_a_malformed_command_in_a_group_fails_alone(opened: Opened, again: bool) -> None:  # noqa: FBT001 - a parameter of the test
    group = [
        infra.append.request(stamp("good"), [entry("a")]),
        infra.append.request(stamp("bad")._replace(input_hash="no hash"), [entry("b")]),
        infra.append.request(stamp("also good"), [entry("c")]),
    ]
    opened.store._appender._send(group, anew=again)
    assert [type(one.outcome) for one in group] == [Appended, BadEntry, Appended]
    assert [row.command_id for row in whole(opened.store)] == ["good", "also good"]


def test_what_cannot_be_kept_exactly_is_refused_before_it_is_sent(opened: Opened) -> None:
    bad = [
        (stamp(), [entry("")]),
        (stamp(), [entry("s" * 301)]),
        (stamp("c" * 301), [entry("s")]),
        (stamp(), [entry("nul\x00")]),
        (stamp(), [entry("s", text="\x1e")]),
        (stamp(), [entry("s", text="\ud800")]),
        (stamp()._replace(meta=""), [entry("s")]),
        (stamp()._replace(input_hash=""), [entry("s")]),
        (stamp(), [entry("s")._replace(payload="")]),
        (stamp(), [entry("s")._replace(payload="x" * 8_000_001)]),
        (stamp(), [entry("s")._replace(effective_at=NOON.replace(tzinfo=None))]),
        (stamp(), [entry("s", 0)]),
        (stamp(), [entry("s", 2**31)]),
        (stamp(track=("", 1)), [entry("s")]),
        (stamp(track=("t\x1e", 1)), [entry("s")]),
        (stamp(track=("t", 2**63)), [entry("s")]),
    ]
    for one, news in bad:
        with pytest.raises(BadEntry):
            opened.store.append(one, news)
    assert opened.store.head() == 0
