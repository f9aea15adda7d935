"""The pool is bounded, keeps nothing that is broken, and loses nothing."""

from __future__ import annotations

import os
import random
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import islice

import psutil
import psycopg2
import pytest

from infra.connections import KEPT_PLANS, MET, Connection, Connections, execute_often
from infra.errors import LedgerError, Overloaded, StoreUnavailable
from infra.opening import Opened
from infra.recorder import LedgerApplicationRecorder
from infra.store import Store
from tests.infra.entries import ask, entry, stamp, together, whole
from tests.infra.servers import Server, own_ledger
from tests.infra.waiting import until


@pytest.fixture
def pool(opened: Opened, postgres: str) -> Iterator[Connections]:
    """Two connections, and little patience."""
    with closing(Connections(postgres, role=opened.names.app, as_role=True, size=2, wait_s=0.05)) as it:
        yield it


def select(connection: Connection, statement: str = "SELECT pg_backend_pid()") -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        (value,) = cursor.fetchone() or (None,)
        return value


def backends(dsn: str, opened: Opened) -> int:
    ((number,),) = ask(dsn, "SELECT count(*) FROM pg_stat_activity WHERE usename = %s", (opened.names.app,))
    return int(str(number))


def test_whoever_finds_no_connection_is_told_that_there_is_too_much_to_do(pool: Connections) -> None:
    with pool.use(), pool.use():
        with pytest.raises(Overloaded, match="all database connections are in use"), pool.use():
            pass
        with pool.fresh() as beside:
            assert select(beside)
    with pool.use() as free:
        assert select(free)


def test_commands_go_on_while_readers_have_every_connection(opened: Opened, pool: Connections) -> None:
    store = Store(pool, opened.names.ledger)
    with pool.use(), pool.use():
        assert store.append(stamp(), [entry("s")]).first_position == 1


def test_the_most_recently_used_connection_is_used_again(pool: Connections) -> None:
    with pool.use() as one, pool.use() as other:
        first, second = select(one), select(other)
    with pool.use() as again:
        assert select(again) == first
    assert first != second


def test_a_connection_left_in_a_transaction_is_not_used_again(pool: Connections) -> None:
    with pool.use() as left:
        pid = select(left)
        select(left, "BEGIN; SELECT 1")
    with pool.use() as other:
        assert select(other) != pid


def test_a_connection_whose_user_was_interrupted_is_not_used_again(pool: Connections) -> None:
    pids = []

    def use() -> None:
        with pool.use() as connection:
            pids.append(select(connection))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        use()
    with pool.use() as other:
        assert select(other) not in pids


def test_a_statement_that_fails_is_not_the_connections_fault(pool: Connections) -> None:
    with pool.use() as connection:
        pid = select(connection)
        with pytest.raises(psycopg2.errors.DivisionByZero):
            select(connection, "SELECT 1/0")
    with pool.use() as again:
        assert select(again) == pid


def test_a_connection_that_ends_while_it_is_used_is_told_as_unavailable(pool: Connections, postgres: str) -> None:
    def use_while_it_ends() -> None:
        with pool.use() as connection:
            ask(postgres, "SELECT pg_terminate_backend(%s)", (select(connection),))
            select(connection, "SELECT pg_sleep(30)")

    with pytest.raises(StoreUnavailable):
        use_while_it_ends()


def test_so_is_a_break_that_psycopg2_has_no_class_for(pool: Connections) -> None:
    """It comes a few times in a hundred when a server is killed, with a connection that claims to be whole."""
    pids = []

    def use() -> None:
        with pool.use() as connection:
            pids.append(select(connection))
            message = "server closed the connection unexpectedly"
            raise psycopg2.DatabaseError(message)

    with pytest.raises(StoreUnavailable):
        use()
    with pool.use() as other:
        assert select(other) not in pids


def test_connections_that_ended_while_they_were_idle_are_never_handed_out(pool: Connections, postgres: str) -> None:
    with pool.use() as one, pool.use() as other:
        pids = [select(one), select(other)]
    for pid in pids:
        ask(postgres, "SELECT pg_terminate_backend(%s)", (pid,))
    until(lambda: ask(postgres, "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)", (pids,)) == [(0,)])
    with pool.use() as one, pool.use() as other:
        assert not {select(one), select(other)} & set(pids)


def test_a_server_that_is_not_there_is_told_as_unavailable(opened: Opened) -> None:
    with closing(Connections("host=/nowhere", role=opened.names.app, as_role=True)) as nowhere:
        for _ in range(3):
            with pytest.raises(StoreUnavailable), nowhere.use():
                pass
        with pytest.raises(StoreUnavailable):
            Store(nowhere, opened.names.ledger).append(stamp(), [entry("s")])


def test_closed_connections_are_gone_from_the_server(opened: Opened, postgres: str) -> None:
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(opened.store.connections.use())
        assert backends(postgres, opened) == 5
        opened.store.connections.close()
        assert backends(postgres, opened) == 5
    until(lambda: backends(postgres, opened) == 0)


def test_thousands_of_commands_that_succeed_and_fail_leave_no_connection_behind(opened: Opened, postgres: str) -> None:
    pool = Connections(postgres, role=opened.names.app, as_role=True, size=8)
    store = Store(pool, opened.names.ledger)
    most = 0

    def work(thread: int) -> None:
        nonlocal most
        chance = random.Random(thread)
        for n in range(150):
            match chance.randrange(4):
                case 0:
                    store.append(stamp(), [entry(f"s{thread}-{n}")])
                case 1:
                    with pytest.raises(LedgerError):
                        store.append(stamp(), [entry("hot", 99)])
                case 2:
                    with pytest.raises(LedgerError):
                        store.append(stamp()._replace(input_hash="no hash"), [entry(f"s{thread}-{n}")])
                case _:
                    store.read_log(after=n)
            if n % 50 == 0:
                most = max(most, backends(postgres, opened))

    assert together(*(lambda n=n: work(n) for n in range(16))) == []
    assert 0 < most <= 8
    pool.close()
    until(lambda: backends(postgres, opened) == 0)


def test_restarts_of_the_server_leave_neither_failing_reads_nor_open_files_behind(breakable: Server) -> None:
    process = psutil.Process()
    with own_ledger(breakable.url) as opened:
        counts = []
        for n in range(4):
            start = threading.Barrier(12)

            def read(start: threading.Barrier = start) -> None:
                with opened.store.connections.use() as connection:
                    start.wait()
                    select(connection)

            assert together(*[read] * 12) == []
            opened.store.append(stamp(), [entry(f"s{n}")])
            breakable.stop_at_once(signal.SIGQUIT)
            with pytest.raises(StoreUnavailable):
                opened.store.append(stamp("missed"), [entry("missed")])
            with pytest.raises(StoreUnavailable):
                opened.store.head()
            breakable.start()
            for _ in range(12):
                assert opened.store.head() == n + 1
            counts.append(process.num_fds())
        # Twelve connections were lost each time.
        assert counts[-1] < counts[0] + 12


def test_a_process_with_thousands_of_open_files_still_uses_and_follows_its_ledger(opened: Opened, postgres: str) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4_096, hard), hard))
    opened.store.connections.close()
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_100)]
    try:
        store = Store(Connections(postgres, role=opened.names.app, as_role=True), opened.names.ledger)
        with closing(store.connections), LedgerApplicationRecorder(store).subscribe() as following:
            for n in range(1, 4):
                store.append(stamp(), [entry(f"s{n}")])
                assert [one.id for one in islice(following, 1)] == [n]
            assert len(whole(store)) == 3
    finally:
        for file in files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def often(connection: Connection, statement: str, *values: object) -> object:
    with connection.cursor() as cursor:
        execute_often(cursor, statement, values)
        (value,) = cursor.fetchone() or (None,)
        return value


def plans(connection: Connection) -> list[str]:
    """What the connection has planned, in the order in which it was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'often%' ORDER BY prepare_time, name")
        return [statement for (statement,) in cursor.fetchall()]


def test_a_statement_that_comes_again_is_planned_once(pool: Connections) -> None:
    with pool.use() as connection:
        assert often(connection, "SELECT %s + 1", 1) == 2
        assert plans(connection) == []
        assert [often(connection, "SELECT %s + 1", n) for n in (2, 3, 4)] == [3, 4, 5]
        assert [plan.partition(" AS ")[2] for plan in plans(connection)] == ["SELECT $1 + 1"]
        assert [often(connection, "SELECT 'no value'") for _ in range(3)] == ["no value"] * 3


@pytest.mark.parametrize(
    ("statement", "value", "answer"),
    [
        ("SELECT 'a' = ANY(%s)", ["b", "a"], True),
        ("SELECT 'a' = ANY(%s)", [], False),
        ("SELECT count(*) FROM unnest(%s::bigint[])", [1, 2**40], 2),
        ("SELECT position IS NULL FROM {0}.tracking RIGHT JOIN (SELECT 1) one ON name = %s", "nobody's", True),
        ("SELECT 'ab' LIKE %s", "a%", True),
        ("SELECT coalesce(%s::text, 'nothing')", None, "nothing"),
    ],
)
def test_planned_or_not_a_statement_answers_the_same(
    pool: Connections, opened: Opened, statement: str, value: object, answer: object
) -> None:
    with pool.use() as connection:
        assert [often(connection, statement.format(opened.names.ledger), value) for _ in range(3)] == [answer] * 3


def test_a_value_with_a_name_may_stand_in_many_places(pool: Connections) -> None:
    statement = "SELECT %(one)s::int - %(other)s::int * %(one)s::int"
    with pool.use() as connection, connection.cursor() as cursor:
        for n in range(3):
            execute_often(cursor, statement, {"other": n, "one": 7, "none": "of it"})
            assert cursor.fetchone() == (7 - n * 7,)
        assert [plan.partition(" AS ")[2] for plan in plans(connection)] == ["SELECT $1::int - $2::int * $1::int"]


def test_only_so_many_statements_stay_planned(pool: Connections) -> None:
    with pool.use() as connection:
        for n in range(MET + KEPT_PLANS):
            assert [often(connection, f"SELECT %s + {n}", 1) for _ in range(2)] == [n + 1] * 2
        assert [plan.partition(" + ")[2] for plan in plans(connection)] == [str(MET + n) for n in range(KEPT_PLANS)]
        # Of those that were met long ago, nothing is known any more.
        assert often(connection, "SELECT %s + 0", 1) == 1
        assert len(plans(connection)) == KEPT_PLANS


def test_a_planned_statement_goes_on_when_its_table_is_built_anew_with_other_types(postgres: str) -> None:
    with closing(Connections(postgres, role="postgres", size=1)) as own, own.use() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE built AS SELECT 1 AS n")
        assert [often(connection, "SELECT n FROM built WHERE n = %s", 1) for _ in range(3)] == [1] * 3
        cursor.execute("DROP TABLE built; CREATE TEMP TABLE built AS SELECT 1::numeric AS n")
        assert [often(connection, "SELECT n FROM built WHERE n = %s", 1) for _ in range(3)] == [1] * 3
        assert len(plans(connection)) == 1


def test_what_a_planned_statement_refuses_is_refused_as_ever(pool: Connections) -> None:
    with pool.use() as connection:
        assert [often(connection, "SELECT 1 / %s", 1) for _ in range(2)] == [1, 1]
        with pytest.raises(psycopg2.errors.DivisionByZero):
            often(connection, "SELECT 1 / %s", 0)
        assert often(connection, "SELECT 1 / %s", 1) == 1
        for _ in range(3):
            with pytest.raises(psycopg2.errors.UndefinedTable):
                often(connection, "SELECT %s FROM nowhere", "here")
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE nowhere AS SELECT 7")
        assert [often(connection, "SELECT %s FROM nowhere", "here") for _ in range(3)] == ["here"] * 3
