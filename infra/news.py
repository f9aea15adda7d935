"""Hears that something was recorded, over one connection that listens for as long as somebody wants to know."""

from __future__ import annotations

import select
from collections.abc import Generator
from typing import Final

from infra.opening import Opened

LOOK_S: Final = 0.25


def news(opened: Opened, *, look_s: float = LOOK_S) -> Generator[bool]:
    """True once it listens and whenever something was recorded since, False at least every `look_s` so that who waits can stop.

    What was recorded before it listened is not told again: look after the first True. Raises StoreUnavailable, psycopg2.Error.
    """
    with opened.store.connections.fresh() as connection:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {opened.names.channel}")
        yield True
        arriving = select.poll()
        arriving.register(connection.fileno(), select.POLLIN)
        while True:
            arriving.poll(look_s * 1_000)
            connection.poll()
            heard = bool(connection.notifies)
            connection.notifies.clear()
            yield heard
