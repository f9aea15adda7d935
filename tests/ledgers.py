"""Ledgers that end with the tests that have them.

Each has event triggers, which every DDL statement of the whole server runs: with fifty ledgers left behind, making the views of another
one takes ten times as long.
"""

from __future__ import annotations

from contextlib import closing

import psycopg2

from infra.schema import Names


def drop(postgres: str, names: Names) -> None:
    """Takes a ledger away."""
    with closing(psycopg2.connect(postgres)) as admin, admin, admin.cursor() as cursor:
        cursor.execute(f"DROP EVENT TRIGGER IF EXISTS {names.ledger}_no_ddl; DROP EVENT TRIGGER IF EXISTS {names.ledger}_no_drop")
        cursor.execute(f"DROP SCHEMA IF EXISTS {names.ledger}, {names.views}, {names.guard}, {names.keys} CASCADE")
