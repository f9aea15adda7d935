"""Ledgers, and what their views hold, for tests of the views."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from infra.opening import Opened, closing_all, connect
from infra.schema import install
from projections.known import ALL_VIEWS
from projections.runner import catch_up
from projections.view import View
from tests.keys import MASTER
from tests.ledgers import drop


@contextmanager
def new_ledger(postgres: str) -> Iterator[Opened]:
    """A ledger for one example of a property, gone afterwards."""
    names = install(postgres, f"t{uuid.uuid4().hex[:12]}")
    with closing_all(connect(postgres, names, as_role=True, master=MASTER)) as it:
        yield it
    drop(postgres, names)


def caught_up(opened: Opened) -> None:
    """Brings every view to the end of the log."""
    for view in ALL_VIEWS:
        catch_up(opened, view)


def content(opened: Opened, view: View) -> bytes:
    """Every byte of a view's rows, in one order."""
    out = io.BytesIO()
    with opened.views.use() as connection, connection.cursor() as cursor:
        for table in view.placed(opened).values():
            cursor.copy_expert(f'COPY (SELECT * FROM {table} t ORDER BY t::text COLLATE "C") TO STDOUT', out)
    return out.getvalue()


def contents(opened: Opened) -> dict[str, bytes]:
    """Every byte of every view."""
    return {view.name: content(opened, view) for view in ALL_VIEWS}


def tamper(opened: Opened, statement: str) -> None:
    """Changes a view behind the projectors' back; `{views}` is its schema."""
    with opened.views.use() as connection, connection.cursor() as cursor:
        cursor.execute(statement.format(views=opened.names.views))
