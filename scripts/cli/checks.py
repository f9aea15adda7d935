"""What `tally doctor` asks the database: durability, the one door, who may do what, how far everything has come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from psycopg2.extensions import cursor as Cursor  # noqa: N812 - a class that the library spells small

from infra.opening import utc_now
from infra.schema import REQUIRED_SETTINGS, STORE_VERSION, Names

_CLOCKS_APART_S: Final = 5.0


class State(StrEnum):
    """How a check came out: only `wrong` makes the doctor's exit code 1."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


class Check(NamedTuple):
    """One thing looked at; `figures` are what programs read of it."""

    name: str
    state: State
    detail: str
    figures: object = None


def judged(name: str, good: bool, detail: str, otherwise: str) -> Check:
    """A check that is right or wrong."""
    return Check(name, State.OK, detail) if good else Check(name, State.WRONG, otherwise)


def one(cursor: Cursor, statement: str, values: tuple[object, ...] = ()) -> tuple[object, ...]:
    """The first row; empty where there is none."""
    cursor.execute(statement, values)
    found: tuple[object, ...] | None = cursor.fetchone()
    return found or ()


def server(cursor: Cursor) -> Iterator[Check]:
    """The server: its version, that it keeps what it acknowledges, its encoding and its clock."""
    (version, encoding, checksums, now) = one(
        cursor,
        "SELECT current_setting('server_version'), current_setting('server_encoding'), current_setting('data_checksums'), "
        "clock_timestamp()",
    )
    yield Check("PostgreSQL", State.OK, str(version))
    for setting, wanted in REQUIRED_SETTINGS.items():
        (value,) = one(cursor, "SELECT current_setting(%s)", (setting,))
        yield judged(f"durability: {setting}", value in wanted, str(value), f"{value}; acknowledged entries can be lost in a crash")
    yield (
        Check("data checksums", State.OK, "on")
        if checksums == "on"
        else Check(
            "data checksums", State.NOTE, "off; silent damage of the disk would go unnoticed by the server (pg_checksums turns them on)"
        )
    )
    yield judged("encoding", encoding == "UTF8", "UTF8", f"{encoding}; the ledger needs UTF8")
    if isinstance(now, datetime):
        apart_s = abs((utc_now() - now).total_seconds())
        said = f"{apart_s:.1f} s between this machine and the server"
        yield Check("clocks", State.OK if apart_s < _CLOCKS_APART_S else State.NOTE, said)


def store(cursor: Cursor, names: Names) -> Iterator[Check]:
    """The store, and everything that keeps it append-only."""
    (comment,) = one(cursor, "SELECT obj_description(to_regnamespace(%s), 'pg_namespace')", (names.ledger,))
    expected = f"tallystick ledger, store version {STORE_VERSION}"
    yield judged(
        "store",
        comment == expected,
        f"{names.ledger}, version {STORE_VERSION}",
        f"{names.ledger} calls itself {comment!r}, not {expected!r}",
    )
    always = one(
        cursor, "SELECT tgenabled FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgname = 'append_only'", (f"{names.ledger}.entries",)
    )
    yield judged("append-only trigger", always == ("A",), "enabled always", "missing or disabled; entries could be changed")
    cursor.execute(
        "SELECT evtname, evtenabled FROM pg_event_trigger WHERE evtname IN (%s, %s)", (f"{names.ledger}_no_ddl", f"{names.ledger}_no_drop")
    )
    guards = dict(cursor.fetchall())
    if not guards:
        absent = "absent: only a superuser can install it, so an owner of the database could alter the store unnoticed"
        yield Check("guard against DDL", State.NOTE, absent)
    else:
        armed = len(guards) == 2 and set(guards.values()) == {"A"}  # noqa: PLR2004 - one for changes, one for drops
        yield judged("guard against DDL", armed, "enabled always", f"not armed: {guards}")


def roles(cursor: Cursor, names: Names) -> Iterator[Check]:
    """Who may do what: the owner cannot sign in, the application can read and append, nobody can do more."""
    cursor.execute(
        "SELECT rolname, rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication FROM pg_roles "
        "WHERE rolname IN (%s, %s, %s)",
        (names.owner, names.app, names.view),
    )
    found = {name: (login, mighty) for name, login, mighty in cursor.fetchall()}
    missing = sorted({names.owner, names.app, names.view} - set(found))
    yield judged("roles", not missing, ", ".join(sorted(found)), f"missing: {', '.join(missing)}")
    if missing:
        return
    yield judged("owner cannot sign in", not found[names.owner][0], names.owner, f"{names.owner} has LOGIN; take it away")
    mighty = [name for name, (_, is_mighty) in found.items() if is_mighty]
    yield judged("roles have no special powers", not mighty, "none has", f"{', '.join(mighty)} may do more than a ledger's role should")
    for role in (names.app, names.view):
        excess = [
            f"{privilege} on {table}"
            for table in ("entries", "tracking", "append_lock")
            for privilege in ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
            if one(cursor, "SELECT has_table_privilege(%s, %s, %s)", (role, f"{names.ledger}.{table}", privilege)) == (True,)
        ]
        if one(
            cursor,
            "SELECT pg_has_role(%s, %s, 'MEMBER') OR has_schema_privilege(%s, %s, 'CREATE')",
            (role, names.owner, role, names.ledger),
        ) == (True,):
            excess.append("membership of the owner, or CREATE in the store")
        yield judged(
            f"{role} may only {'read and append' if role == names.app else 'read'}",
            not excess,
            "so it is",
            f"it also has {', '.join(excess)}",
        )
    yield door(cursor, names)


def door(cursor: Cursor, names: Names) -> Check:
    """The one way in: it acts as the owner, for the application's role alone."""
    found = one(
        cursor,
        "SELECT p.prosecdef, pg_get_userbyid(p.proowner), has_function_privilege(%s, p.oid, 'EXECUTE'), "
        "has_function_privilege(%s, p.oid, 'EXECUTE'), has_function_privilege('public', p.oid, 'EXECUTE') "
        "FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = %s AND p.proname = 'append'",
        (names.app, names.view, names.ledger),
    )
    wanted = (True, names.owner, True, False, False)
    return judged(
        "append()",
        found == wanted,
        f"acts as {names.owner}, for {names.app} alone",
        "missing, or open to others than the application's role",
    )


def log(cursor: Cursor, names: Names) -> Iterator[Check]:
    """How long the log is, and how much room things take."""
    ends = [
        one(cursor, f"SELECT position, recorded_at FROM {names.ledger}.entries ORDER BY position {order} LIMIT 1") for order in ("", "DESC")
    ]
    if not all(ends):
        yield Check("head", State.OK, "0; nothing is recorded yet")
    else:
        (first, _), (head, last) = ends
        yield Check("head", State.OK, f"{head:,}, recorded {last:%Y-%m-%d %H:%M:%S} UTC")
        yield judged("log begins at 1", first == 1, "so it does", f"its first entry stands at {first}")
    (entries, views, whole) = one(
        cursor,
        "SELECT pg_total_relation_size(to_regclass(%s)), "
        "coalesce((SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c "
        "WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind = 'r'), 0), "
        "pg_database_size(current_database())",
        (f"{names.ledger}.entries", names.views),
    )
    yield Check("sizes", State.OK, f"entries {size(entries)}, views {size(views)}, whole database {size(whole)}")
    (used, most) = one(
        cursor, "SELECT count(*), current_setting('max_connections') FROM pg_stat_activity WHERE backend_type = 'client backend'"
    )
    yield Check("connections", State.OK, f"{used} of {most}")


def size(bytes_: object) -> str:
    """Bytes as people read them."""
    amount = float(str(bytes_))
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1_000:  # noqa: PLR2004 - the step of the units
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1_000
    return f"{amount:.1f} TB"
