"""Texts reach the database as they are."""

from __future__ import annotations

from contextlib import closing

import psycopg2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.columns import joined, shown, unnested

texts = st.none() | st.text(st.characters(codec="utf-8")) | st.text("\x00\x1e\x1f\\'\"%a", max_size=3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
def test_every_text_comes_back_but_for_what_no_column_can_hold(postgres: str, rows: list[tuple[str | None, str | None]]) -> None:
    with closing(psycopg2.connect(postgres)) as connection, connection.cursor() as cursor:
        left, right = zip(*rows, strict=True)
        cursor.execute(f"SELECT * FROM {unnested(('text', 'text'))}", (joined(left), joined(right)))
        assert cursor.fetchall() == [tuple(None if t is None else shown(t) for t in row) for row in rows]
