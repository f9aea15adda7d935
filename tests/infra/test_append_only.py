"""What is in the store stays as it is, whoever asks for something else."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg2
import psycopg2.extensions
import pytest

from infra.opening import Opened
from infra.schema import Names
from infra.store import Row
from tests.infra.entries import FACT, META, NOON, ask, door, entries, signed_in, stamp, whole
from tests.infra.servers import own_ledger

Cursor = psycopg2.extensions.cursor

CHANGES = """
UPDATE {L}.entries SET payload = '{{}}'
UPDATE {L}.entries SET payload = '{{}}' WHERE false
UPDATE ONLY {L}.entries SET recorded_at = recorded_at - interval '1 day'
DELETE FROM {L}.entries
DELETE FROM {L}.entries WHERE position = 3
TRUNCATE {L}.entries
TRUNCATE {L}.entries, {L}.tracking CASCADE
MERGE INTO {L}.entries t USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE
MERGE INTO {L}.entries t USING (SELECT 1) s ON t.position = 1 WHEN MATCHED THEN UPDATE SET fact = 'x'
WITH gone AS (DELETE FROM {L}.entries RETURNING *) SELECT count(*) FROM gone
INSERT INTO {L}.entries SELECT position + 99, stream, version + 99, fact, now(), now(), 'x', NULL, NULL, meta, payload FROM {L}.entries
INSERT INTO {L}.entries SELECT * FROM {L}.entries ON CONFLICT (position) DO UPDATE SET payload = excluded.payload || ' '
""".strip().splitlines()

DDL = """
ALTER TABLE {L}.entries DISABLE TRIGGER ALL
ALTER TABLE {L}.entries DISABLE TRIGGER append_only
ALTER TABLE {L}.entries ENABLE REPLICA TRIGGER append_only
DROP TRIGGER append_only ON {L}.entries
DROP TRIGGER by_append ON {L}.entries
ALTER TRIGGER append_only ON {L}.entries RENAME TO other
CREATE TRIGGER other BEFORE INSERT ON {L}.entries FOR EACH ROW EXECUTE FUNCTION {L}.refuse_change()
CREATE RULE other AS ON INSERT TO {L}.entries DO INSTEAD NOTHING
CREATE POLICY other ON {L}.entries
ALTER TABLE {L}.entries ENABLE ROW LEVEL SECURITY
ALTER TABLE {L}.entries ADD COLUMN other integer
ALTER TABLE {L}.entries DROP COLUMN payload
ALTER TABLE {L}.entries ALTER COLUMN payload TYPE varchar(3) USING 'x'
ALTER TABLE {L}.entries DROP CONSTRAINT entries_check
ALTER TABLE {L}.entries RENAME TO other
ALTER TABLE {L}.entries SET SCHEMA public
ALTER TABLE {L}.entries SET UNLOGGED
ALTER TABLE {L}.entries OWNER TO {L}_app
ALTER TABLE {L}.append_lock RENAME TO other
DROP INDEX {L}.entries_stream_version
DROP INDEX {L}.entries_command
DROP TABLE {L}.entries
DROP TABLE {L}.entries CASCADE
DROP TABLE {L}.append_lock
DROP FUNCTION {L}.refuse_change() CASCADE
CREATE OR REPLACE FUNCTION {L}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'
ALTER FUNCTION {L}.refuse_change() RENAME TO other
DROP SCHEMA {L} CASCADE
DROP SCHEMA {L}, {L}_views CASCADE
ALTER SCHEMA {L} RENAME TO other
CREATE TABLE {L}.other ()
CREATE TABLE public.other () INHERITS ({L}.entries)
DROP OWNED BY {L}_owner CASCADE
GRANT INSERT ON {L}.entries TO {L}_app
GRANT ALL ON ALL TABLES IN SCHEMA {L} TO {L}_view
GRANT SELECT ON {L}.append_lock TO {L}_app
GRANT CREATE ON SCHEMA {L} TO {L}_app
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {L} TO PUBLIC
""".strip().splitlines()

HARMLESS = """
CLUSTER {L}.entries USING entries_pkey
VACUUM FULL {L}.entries
REINDEX TABLE {L}.entries
GRANT SELECT ON {L}.entries TO PUBLIC
CREATE TABLE {L}_views.other (); DROP TABLE {L}_views.other
""".strip().splitlines()


def fill(opened: Opened) -> Opened:
    opened.store.append(stamp("first", track=("follower", 7)), entries("a", 0, 3))
    opened.store.append(stamp("second"), entries("b", 0, 1))
    return opened


@pytest.fixture
def filled(opened: Opened) -> Opened:
    """A ledger with four entries and a bookmark."""
    return fill(opened)


@pytest.fixture(scope="module")
def lasting(postgres: str) -> Iterator[Opened]:
    """Such a ledger for all the tests after which it must be as it was."""
    with own_ledger(postgres) as opened:
        yield fill(opened)


@contextmanager
def unchanged(opened: Opened) -> Iterator[None]:
    """What is stored is the same after as before, can be read, and can be added to."""
    before = whole(opened.store), opened.store.tracked("follower")
    yield
    assert (whole(opened.store), opened.store.tracked("follower")) == before
    opened.store.append(stamp(), entries(uuid.uuid4().hex, 0, 1))


def as_app(names: Names) -> tuple[str | None, str]:
    return names.app, ""


def as_view(names: Names) -> tuple[str | None, str]:
    return names.view, ""


def as_owner(names: Names) -> tuple[str | None, str]:
    return None, f"SET ROLE {names.owner}"


def as_superuser(names: Names) -> tuple[str | None, str]:
    return None, ""


def as_replica(names: Names) -> tuple[str | None, str]:
    return None, "SET session_replication_role = replica"


Who = Callable[[Names], tuple[str | None, str]]
EVERYBODY = [as_app, as_view, as_owner, as_superuser, as_replica]


@contextmanager
def acting(who: Who, opened: Opened) -> Iterator[Cursor]:
    role, first = who(opened.names)
    with signed_in(opened.admin_dsn, role) as cursor:
        if first:
            cursor.execute(first)
        yield cursor


@pytest.mark.parametrize("who", EVERYBODY)
def test_nobody_changes_an_entry_takes_one_away_or_slips_one_in(lasting: Opened, who: Who) -> None:
    with unchanged(lasting), acting(who, lasting) as cursor:
        for statement in CHANGES:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(statement.format(L=lasting.names.ledger))


@pytest.mark.parametrize("who", EVERYBODY)
def test_nobody_copies_entries_in(lasting: Opened, who: Who) -> None:
    row = f"5\ta\t4\t{FACT}\t{NOON}\t{NOON}\tcopied\t\\N\t\\N\t{META}\t{{}}\n"
    with unchanged(lasting), acting(who, lasting) as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.copy_expert(f"COPY {lasting.names.ledger}.entries FROM STDIN", io.StringIO(row))


@pytest.mark.parametrize("who", EVERYBODY)
def test_nobody_alters_the_store(lasting: Opened, who: Who) -> None:
    with unchanged(lasting), acting(who, lasting) as cursor:
        for statement in DDL:
            cursor.execute("BEGIN")
            cursor.connection.notices.clear()
            try:
                cursor.execute(statement.format(L=lasting.names.ledger))
            except psycopg2.errors.InsufficientPrivilege:
                pass
            else:
                # To give what one does not have is not refused, only warned about.
                assert "no privileges were granted" in "".join(cursor.connection.notices), statement
            cursor.execute("ROLLBACK")


@pytest.mark.parametrize("statement", HARMLESS)
def test_maintenance_is_possible_and_changes_nothing(lasting: Opened, statement: str) -> None:
    with unchanged(lasting), acting(as_superuser, lasting) as cursor:
        cursor.execute(statement.format(L=lasting.names.ledger))


def test_the_owner_cannot_log_in(filled: Opened, postgres: str) -> None:
    with pytest.raises(psycopg2.OperationalError, match="not permitted to log in"):
        psycopg2.connect(postgres, user=filled.names.owner)


@pytest.mark.parametrize(
    "statement",
    [
        *(f"LOCK TABLE {{L}}.append_lock IN {mode} MODE" for mode in ("ACCESS SHARE", "ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE")),
        *(f"LOCK TABLE {{L}}.entries IN {mode} MODE" for mode in ("ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE")),
        "SELECT * FROM {L}.append_lock",
        "SELECT * FROM {L}.entries FOR UPDATE",
        "SET ROLE {L}_owner",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION {L}_owner",
        "SET session_replication_role = replica",
        "INSERT INTO {L}.tracking VALUES ('other', 1)",
        "UPDATE {L}.tracking SET position = 1",
        "DELETE FROM {L}.tracking",
        "DROP SCHEMA {L}_guard CASCADE",
        "DROP EVENT TRIGGER {L}_no_ddl",
        "ALTER EVENT TRIGGER {L}_no_ddl DISABLE",
        "ALTER ROLE {L}_app SUPERUSER",
        "GRANT {L}_owner TO {L}_app",
        "CREATE FUNCTION {L}.other() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    ],
)
@pytest.mark.parametrize("who", [as_app, as_view])
def test_the_roles_that_log_in_may_not(lasting: Opened, who: Who, statement: str) -> None:
    with unchanged(lasting), acting(who, lasting) as cursor:
        cursor.execute("BEGIN")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(statement.format(L=lasting.names.ledger))


def test_the_view_role_may_not_append(lasting: Opened) -> None:
    with unchanged(lasting), acting(as_view, lasting) as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute(*door(lasting.names.ledger))


S = "\x1e"
TWO: dict[str, str | None] = {
    "c_ids": f"x{S}y",
    "c_hashes": f"{'00' * 32}{S}{'11' * 32}",
    "c_metas": f"{META}{S}{META}",
    "r_commands": f"1{S}2",
    "r_streams": f"s{S}t",
    "r_expected": f"0{S}0",
    "r_sizes": f"1{S}1",
    "e_facts": f"{FACT}{S}{FACT}",
    "e_effective": f"{NOON}{S}{NOON}",
    "e_payloads": f"{{}}{S}{{}}",
}

LIES: dict[str, dict[str, str | None]] = {
    **{f"nothing for {name}": {name: None} for name in TWO},
    **{f"an empty {name}": {name: ""} for name in TWO},
    **{f"two for one {name}": {name: value} for name, value in TWO.items() if name not in ("r_expected", "e_effective")},
    **{f"one for two {name}": TWO | {name: str(value).partition(S)[0]} for name, value in TWO.items()},
    **{f"nothing for two {name}": TWO | {name: None} for name in TWO},
    "a size of zero": {"r_sizes": "0"},
    "a negative size": {"r_sizes": "-1"},
    "sizes that cancel out": TWO | {"r_sizes": f"3{S}-1"},
    "a size beyond what is given": {"r_sizes": "2147483647"},
    "a size beyond integers": {"r_sizes": "99999999999999999999"},
    "a negative version": {"r_expected": "-1"},
    "a version beyond integers": {"r_expected": "2147483648"},
    "a version that is no number": {"r_expected": "NaN"},
    "command 0": {"r_commands": "0"},
    "command 2 of 1": {"r_commands": "2"},
    "command -1": {"r_commands": "-1"},
    "commands out of order": TWO | {"r_commands": f"2{S}1"},
    "one stream twice in a command": TWO | {"r_commands": f"1{S}1", "r_streams": f"s{S}s", "r_expected": f"0{S}1"},
    "a hash that is not hexadecimal": {"c_hashes": "xyz"},
    "a moment before the year 1": {"e_effective": "0001-12-31 BC"},
    "a moment after the year 9999": {"e_effective": "10000-01-01 00:00:00+00"},
    "a moment at infinity": {"e_effective": "infinity"},
    "a moment at minus infinity, in a list": TWO | {"e_effective": f"{NOON}{S}-infinity"},
    "a moment that is none": {"e_effective": "2026-02-30"},
    "a stream name of 301": {"r_streams": "s" * 301},
    "a command id of 301": {"c_ids": "c" * 301},
    "a fact name of 301, in a list": TWO | {"e_facts": f"{FACT}{S}{'f' * 301}"},
    "an empty stream name in a list": TWO | {"r_streams": f"s{S}"},
    "a bookmark without a position": {"c_track_names": "t"},
    "a position without a bookmark": {"c_track_positions": "1"},
    "more bookmarks than commands": {"c_track_names": f"t{S}u", "c_track_positions": f"1{S}2"},
    "a bookmark that is no number": {"c_track_names": "t", "c_track_positions": "x"},
    "a bookmark beyond integers": {"c_track_names": "t", "c_track_positions": "9223372036854775808"},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=list(LIES))
def test_append_refuses_lists_that_lie(lasting: Opened, lie: dict[str, str | None]) -> None:
    with unchanged(lasting), acting(as_app, lasting) as cursor, pytest.raises(psycopg2.DataError):
        cursor.execute(*door(lasting.names.ledger, **lie))


def answers(opened: Opened, **said: str | None) -> list[tuple[str, int | None]]:
    """What append() says to the application's role: outcome and first position of each command."""
    with acting(as_app, opened) as cursor:
        cursor.execute(*door(opened.names.ledger, **said))
        return [(row[1], row[2]) for row in cursor]


def last(opened: Opened) -> Row:
    return whole(opened.store)[-1]


def test_a_version_with_a_gap_is_a_conflict(lasting: Opened) -> None:
    with unchanged(lasting):
        assert answers(lasting, r_expected="5") == [("conflict", None)]
        assert answers(lasting, r_streams="a", r_expected="2") == [("conflict", None)]
        assert answers(lasting, r_streams="a", r_expected="4") == [("conflict", None)]
        assert answers(lasting, r_streams="a", r_expected="2147483647") == [("conflict", None)]


def test_one_command_id_twice_in_a_batch_is_stored_once(filled: Opened) -> None:
    alike = TWO | {"c_ids": f"x{S}x"}
    assert answers(filled, **alike | {"c_hashes": f"{'00' * 32}{S}{'00' * 32}"}) == [("appended", 5), ("repeated", 5)]
    assert answers(filled, **alike) == [("repeated", 5), ("reused", 5)]
    assert last(filled).position == 5


def test_one_stream_twice_in_a_batch_has_one_winner_unless_the_second_follows_the_first(filled: Opened) -> None:
    assert answers(filled, **TWO | {"r_streams": f"s{S}s"}) == [("appended", 5), ("conflict", None)]
    assert answers(filled, **TWO | {"c_ids": f"v{S}w", "r_streams": f"t{S}t", "r_expected": f"0{S}1"}) == [("appended", 6), ("appended", 7)]
    assert (last(filled).stream, last(filled).version) == ("t", 2)


def test_a_batch_of_nothing_is_nothing(lasting: Opened) -> None:
    with unchanged(lasting):
        assert answers(lasting, **dict.fromkeys(TWO, "")) == []


def test_text_is_kept_as_it_is_whatever_it_looks_like(filled: Opened) -> None:
    name = "'); DROP TABLE entries; -- \\ $$ %s {} \u202e 采购 \U0001f4dc"
    assert answers(filled, r_streams=name, e_payloads=name, c_ids=name) == [("appended", 5)]
    assert (last(filled).stream, last(filled).payload, last(filled).command_id) == (name, name, name)


def test_a_session_cannot_come_between_by_tables_functions_or_paths_of_its_own(filled: Opened) -> None:
    with acting(as_app, filled) as cursor:
        cursor.execute("CREATE TEMP TABLE entries (position bigint)")
        cursor.execute("CREATE FUNCTION pg_temp.cardinality(text[]) RETURNS integer LANGUAGE sql AS 'SELECT 0'")
        cursor.execute("CREATE FUNCTION pg_temp.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$SELECT '1999-01-01'::timestamptz$$")
        cursor.execute("SET search_path = pg_temp, pg_catalog")
        cursor.execute(*door(filled.names.ledger))
        assert cursor.fetchone() is not None
    assert last(filled).position == 5
    assert last(filled).recorded_at.year > 1999


def test_an_append_under_one_snapshot_is_refused_rather_than_wrong(filled: Opened) -> None:
    for level in ("REPEATABLE READ", "SERIALIZABLE"):
        with acting(as_app, filled) as cursor:
            cursor.execute(f"BEGIN ISOLATION LEVEL {level}")
            cursor.execute(f"SELECT count(*) FROM {filled.names.ledger}.entries")
            filled.store.append(stamp(), entries(f"meanwhile {level}", 0, 1))
            with pytest.raises(psycopg2.errors.UniqueViolation):
                cursor.execute(*door(filled.names.ledger))
    assert last(filled).stream == "meanwhile SERIALIZABLE"


def test_the_stores_own_sessions_are_not_of_that_kind(filled: Opened, postgres: str) -> None:
    ask(postgres, f"ALTER ROLE {filled.names.app} SET default_transaction_isolation = 'serializable'")
    filled.store.connections.close()
    with filled.store.connections.fresh() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)


def test_a_session_that_would_not_wait_for_the_disk_may_not_append(lasting: Opened) -> None:
    with unchanged(lasting), acting(as_app, lasting) as cursor:
        cursor.execute("SET synchronous_commit = off")
        with pytest.raises(psycopg2.errors.InvalidTransactionState, match="synchronous_commit is off"):
            cursor.execute(*door(lasting.names.ledger))


def test_entries_are_dated_by_the_server_and_never_backwards(filled: Opened, postgres: str) -> None:
    before = last(filled).recorded_at
    answers(filled, e_effective="1999-01-01 00:00:00+00")
    assert last(filled).effective_at.year == 1999
    assert last(filled).recorded_at >= before
    ((now,),) = ask(postgres, "SELECT clock_timestamp()")
    assert before <= last(filled).recorded_at <= now  # type: ignore[operator]
