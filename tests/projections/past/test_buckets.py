"""In the buckets of any moments lies every row that stood then, however long it did."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from infra.opening import Opened
from projections.paging import Order, SortColumn, Where
from projections.past import Moments, TableAsOf
from projections.past.shape import LATEST, past_ddl, past_indexes
from projections.view import Cursor

ROWS = 2_000
INSTANT = timedelta(microseconds=1)
BEGAN = datetime(1969, 12, 25, tzinfo=UTC)
NUMBER, KEY = SortColumn("number", "bigint"), SortColumn("id", "bigint")


def some_moment(draw: random.Random) -> datetime:
    """Often one at which buckets of some width begin, or just before."""
    at = BEGAN + timedelta(seconds=draw.choice((60, 86_400, 3 * 10**7, 10**9)) * draw.random())
    if draw.random() < 0.5:
        width = 2 ** draw.choice((6, 10, 18, 23, 26))
        at = datetime.fromtimestamp(at.timestamp() // width * width, UTC) - draw.choice((INSTANT, timedelta(0), -INSTANT))
    return at


def some_end(draw: random.Random, since: datetime) -> str:
    if draw.random() < 0.4:
        return "infinity"
    exact = 2.0 ** draw.choice((0, 6, 8, 16, 24, 26))
    return str(since + timedelta(seconds=draw.choice((exact, exact + 1e-6, exact - 1e-6, 10 ** (9 * draw.random())))))


def rows(draw: random.Random) -> list[tuple[object, ...]]:
    """Rectangles of any sizes; of one in ten nobody asks by a moment."""
    made: list[tuple[object, ...]] = []
    for n in range(ROWS):
        valid, known = some_moment(draw), some_moment(draw)
        last = draw.random() < 0.1
        made.append(
            (n, draw.randrange(50), LATEST if last else valid, "infinity" if last else some_end(draw, valid), known, some_end(draw, known))
        )
    return made


def asked(cursor: Cursor, moments: Moments, *, descending: bool) -> list[list[int]]:
    """The numbers of the rows that stood: as the times alone say, from the buckets, and on a page of all, knowing how old it is or not."""
    where, order = Where([], []), Order(NUMBER, KEY, descending)
    moments.add_to(where)
    at = TableAsOf("t_past", "id", ("number",), moments)
    found = []
    for statement, given in (
        (f"SELECT id FROM t_past {where.sql} {order.sql}", where.values),
        (f"SELECT id FROM {at.source} {where.sql} {order.sql}", where.values),
        at.page("id", where, order, ROWS),
        at.looked_up(cursor).page("id", where, order, ROWS),
    ):
        cursor.execute(statement, given)
        found.append([n for (n,) in cursor])
    return found


@pytest.mark.parametrize("seed", range(3))
def test_buckets_hold_what_stood_at_any_moments_each_row_once_and_pages_have_it_in_order(opened: Opened, seed: int) -> None:
    draw = random.Random(seed)
    with opened.views.use() as connection, connection.cursor() as cursor:
        names = {"t": "t", "t_past": "t_past"}
        cursor.execute("BEGIN; CREATE TEMP TABLE t (id bigint, number bigint) ON COMMIT DROP")
        cursor.execute(
            f"{past_ddl('t', 't_past', 'id')};{past_indexes('t_past', 'id', ('number',))}".replace(
                "CREATE TABLE", "CREATE TEMP TABLE"
            ).format(**names)
        )
        for row in rows(draw):
            cursor.execute(
                "INSERT INTO t_past (id, number, valid_from, valid_to, known_from, known_to) VALUES (%s, %s, %s, %s, %s, %s)", row
            )
        stood = 0
        for n in range(60):
            moments = Moments(some_moment(draw) if n % 3 else None, some_moment(draw) if n % 3 != 1 else None)
            expected, *others = asked(cursor, moments, descending=n % 2 == 0)
            assert others == [expected] * 3, moments
            stood += len(expected)
        cursor.execute("ROLLBACK")
    assert stood > ROWS
