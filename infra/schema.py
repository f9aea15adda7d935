"""Makes a ledger in a database: its schema, its roles, and the one door to its entries."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import psycopg2
import psycopg2.extensions

from infra.errors import LedgerError, StoreUnavailable

STORE_VERSION = "1"

# A promise that the server does not keep cannot be made to others.
REQUIRED_SETTINGS = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_write", "remote_apply"),
}


class NotDurable(LedgerError):
    """The server is set to lose acknowledged entries in a crash."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names that belong to one ledger; `ledger` has been checked to be a plain identifier."""

    ledger: str

    @property
    def owner(self) -> str:
        """Owns everything in the schema and cannot log in."""
        return f"{self.ledger}_owner"

    @property
    def app(self) -> str:
        """May SELECT, and execute append()."""
        return f"{self.ledger}_app"

    @property
    def view(self) -> str:
        """May read the entries and own the views."""
        return f"{self.ledger}_view"

    @property
    def views(self) -> str:
        """The schema that the views live in."""
        return f"{self.ledger}_views"

    @property
    def guard(self) -> str:
        """The schema of what refuses DDL on the store."""
        return f"{self.ledger}_guard"

    @property
    def keys(self) -> str:
        """The schema of the keys under which personal data is sealed."""
        return f"{self.ledger}_keys"

    @property
    def channel(self) -> str:
        """Where append() notifies followers."""
        return f"{self.ledger}_entries"


def install(dsn: str, ledger: str) -> Names:
    """Makes the ledger unless it is there. Needs a role that may create roles and schemas.

    Raises NotDurable for a server that would lose entries, LedgerError for a database that is not in UTF-8, StoreUnavailable
    for a server that cannot be reached.
    """
    names = Names(ledger)
    try:
        connection = psycopg2.connect(dsn, connect_timeout=5)
    except psycopg2.OperationalError as error:
        raise StoreUnavailable(str(error).strip()) from error
    try:
        with connection, connection.cursor() as cursor:
            require_durable(cursor, names)
            require_unicode(cursor)
            # Two processes may come at once; roles belong to the whole server, so one lock for all ledgers.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tallystick.install'))")
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{ledger}.entries",))
            (exists,) = cursor.fetchone() or (False,)
            if not exists:
                create(cursor, names)
            # Ledgers that were made before personal data was sealed have no place for keys.
            cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", (names.keys,))
            (has_keys,) = cursor.fetchone() or (False,)
            if not has_keys:
                create_keys(cursor, names)
    finally:
        connection.close()
    return names


def require_durable(cursor: psycopg2.extensions.cursor, names: Names) -> None:
    """Raises NotDurable, naming the setting, for the server and for what is set for the ledger's own role."""
    for setting, wanted in REQUIRED_SETTINGS.items():
        cursor.execute(
            "SELECT current_setting(%(setting)s) UNION ALL SELECT split_part(one, '=', 2) "
            "FROM pg_db_role_setting JOIN pg_roles ON oid = setrole, unnest(setconfig) one "
            "WHERE rolname = %(role)s AND split_part(one, '=', 1) = %(setting)s",
            {"setting": setting, "role": names.app},
        )
        for (value,) in cursor.fetchall():
            if value not in wanted:
                message = f"PostgreSQL runs with {setting} = {value}; a ledger needs it on, or acknowledged entries can be lost"
                raise NotDurable(message)


def require_unicode(cursor: psycopg2.extensions.cursor) -> None:
    """Raises LedgerError for a database that cannot keep every text as it is."""
    cursor.execute("SELECT current_setting('server_encoding')")
    (encoding,) = cursor.fetchone() or ("",)
    if encoding != "UTF8":
        message = f"the database keeps its text as {encoding}; a ledger needs one that was made with ENCODING 'UTF8'"
        raise LedgerError(message)


def create(cursor: psycopg2.extensions.cursor, names: Names) -> None:
    """Makes roles, schemas, the store, and the guard against changing the store."""
    for role, login in ((names.owner, "NOLOGIN"), (names.app, "LOGIN"), (names.view, "LOGIN")):
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {role} {login} NOINHERIT")
        # The one who installs acts as these roles: to give them what they own, and to connect through them.
        cursor.execute(f"GRANT {role} TO CURRENT_USER WITH SET TRUE, INHERIT FALSE")
    cursor.execute(f"CREATE SCHEMA {names.ledger}")
    cursor.execute(f"GRANT USAGE, CREATE ON SCHEMA {names.ledger} TO {names.owner}")
    script = resources.files("infra.sql").joinpath("store.sql").read_text("utf-8")
    cursor.execute(script.format(ledger=names.ledger, owner=names.owner, app=names.app, view=names.view, channel=names.channel))
    cursor.execute(f"GRANT USAGE ON SCHEMA {names.ledger} TO {names.app}, {names.view}")
    cursor.execute(f"COMMENT ON SCHEMA {names.ledger} IS 'tallystick ledger, store version {STORE_VERSION}'")
    cursor.execute(f"REVOKE CREATE ON SCHEMA {names.ledger} FROM {names.owner}")
    cursor.execute(f"ALTER SCHEMA {names.ledger} OWNER TO {names.owner}")
    cursor.execute(f"CREATE SCHEMA {names.views}")
    cursor.execute(f"GRANT ALL ON SCHEMA {names.views} TO {names.view}")
    cursor.execute(f"GRANT USAGE ON SCHEMA {names.views} TO {names.app}")
    cursor.execute(f"SET LOCAL ROLE {names.view}")
    cursor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {names.views} GRANT SELECT ON TABLES TO {names.app}")
    cursor.execute("RESET ROLE")
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    (superuser,) = cursor.fetchone() or (False,)
    if superuser:
        guard = resources.files("infra.sql").joinpath("guard.sql").read_text("utf-8")
        cursor.execute(guard.format(ledger=names.ledger, guard=names.guard, owner=names.owner, app=names.app))
    # Only while installing does anybody act as the owner.
    cursor.execute(f"REVOKE {names.owner} FROM CURRENT_USER")


def create_keys(cursor: psycopg2.extensions.cursor, names: Names) -> None:
    """Makes the place of keys."""
    cursor.execute(f"GRANT {names.owner} TO CURRENT_USER WITH SET TRUE, INHERIT FALSE")
    cursor.execute(f"CREATE SCHEMA {names.keys}")
    cursor.execute(f"GRANT USAGE, CREATE ON SCHEMA {names.keys} TO {names.owner}")
    script = resources.files("infra.sql").joinpath("keys.sql").read_text("utf-8")
    cursor.execute(script.format(keys=names.keys, ledger=names.ledger, owner=names.owner, app=names.app))
    cursor.execute(f"REVOKE CREATE ON SCHEMA {names.keys} FROM {names.owner}")
    cursor.execute(f"ALTER SCHEMA {names.keys} OWNER TO {names.owner}")
    cursor.execute(f"REVOKE {names.owner} FROM CURRENT_USER")
