"""The two moments at which a view is asked for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from infra.connections import Values
from projections.paging import Order, Where, named
from projections.past.branches import Buckets, Range, Shape, from_each, merged
from projections.past.buckets import ENDLESS_KIND, KIND_BITS, LONG_KIND, long_buckets, short_buckets
from projections.past.shape import BUCKETS, LATEST
from projections.view import Cursor

# So many rows are sorted sooner than found in order, and so many are looked at for what is asked for before that is known.
FEW: Final = 500
# Buckets of rows that last for good are branches of their own, as many as there are, by this step, up to ten years of them.
STEP: Final = 4
MOST: Final = 80
# The first buckets of each table, as a connection found them. What comes to be older is found as well, only less quickly.
_found: WeakKeyDictionary[Any, dict[str, tuple[int | None, ...]]] = WeakKeyDictionary()


class Moments(NamedTuple):
    """As it stood at `valid_at`, as the ledger knew it at `known_at` (both aware, both included); the present without both.

    Without `valid_at` everything counts that was known, whatever moment it is dated.
    """

    valid_at: datetime | None = None
    known_at: datetime | None = None

    @property
    def are_past(self) -> bool:
        """Whether any is given."""
        return self.valid_at is not None or self.known_at is not None

    @property
    def label(self) -> str:
        """What tells a cursor of these moments from those of others; nothing for the present."""
        if not self.are_past:
            return ""
        return "@" + "/".join("" if at is None else at.astimezone(UTC).isoformat() for at in self)

    def add_to(self, where: Where) -> None:
        """Adds what must hold of rows in the table of the past."""
        at = self.valid_at or LATEST
        where.add("valid_from <= %s", at)
        where.add("valid_to > %s", at)
        if self.known_at is None:
            where.add("known_to = 'infinity'")
        else:
            where.add("known_from <= %s", self.known_at)
            where.add("known_to > %s", self.known_at)


class Frequent(NamedTuple):
    """What most rows may hold, in a column that every index has."""

    column: str
    where: Where


@dataclass(frozen=True, slots=True)
class TableAsOf:
    """The table of a view's past as far as rows may have stood at two moments. `sorted_by` are the orders that it has indexes for."""

    table: str
    key: str
    sorted_by: Collection[str]
    moments: Moments
    # The first buckets of rows that last for good, of valid_bucket and of known_bucket.
    oldest: tuple[int | None, ...] = (None, None)

    def looked_up(self, cursor: Cursor) -> TableAsOf:
        """The same, knowing how old it is."""
        found = _found.setdefault(cursor.connection, {})
        oldest = found.get(self.table)
        if oldest is None:
            first, beyond = ENDLESS_KIND << KIND_BITS, (ENDLESS_KIND + 1) << KIND_BITS
            held = (f"(SELECT min({b}) FROM {self.table} WHERE {b} >= {first} AND {b} < {beyond})" for b in BUCKETS)
            cursor.execute(f"SELECT {', '.join(held)}")
            oldest = cursor.fetchone() or self.oldest
            # Of an empty table it will be known once something is in it.
            if None not in oldest:
                found[self.table] = oldest
        return replace(self, oldest=oldest)

    @property
    def source(self) -> str:
        """What to read FROM: rows of the buckets, of which `Moments.add_to` says which ones stood."""
        parts = []
        for b in self._buckets():
            joined = " AND ".join((f"past.{b.shape.column} = b.bucket", *b.shape.conditions))
            parts.append(f"SELECT past.* FROM ({b.shape.all(self.table, b.literal)}) b JOIN {self.table} past ON {joined}")
        return f"({' UNION ALL '.join(parts)}) stood"

    def page(self, shown: str, where: Where, order: Order, limit: int) -> tuple[str, Values]:
        """The SELECT of up to `limit` rows in order, and its values. How many rows it is for is in its text, which says how to plan it."""
        if order.column.sql not in self.sorted_by:
            indexed = self.table if order.column.name == self.key else self.source
            return f"SELECT {shown} FROM {indexed} {where.sql} {order.sql} LIMIT {limit}", where.values
        stood, values = self._in_order(self._identity, where, order, limit)
        return self._whole(shown, stood, order), values

    def soon(self, frequent: Frequent, shown: str, where: Where, order: Order, limit: int) -> tuple[str, Values]:
        """The same of rows that hold what is frequent, where enough of the FEW first ones do; otherwise fewer rows.

        The order has to be one of `sorted_by`.
        """
        stood, values = self._in_order(f"{self._identity}, {frequent.column}", where, order, FEW)
        held, way = named(frequent.where, "f", values), "DESC" if order.descending else "ASC"
        first = f"SELECT {self._identity} FROM ({stood}) first {held} ORDER BY sorted_by {way}, sorted_key {way} LIMIT {limit}"
        return self._whole(shown, first, order), values

    def narrowed(self, where: Where) -> tuple[str, dict[str, object]]:
        """The SELECT of what tells apart the rows that hold some conditions which an index answers, FEW and one at most."""
        held, values, shapes = self._of_buckets(where)
        found = [
            f"SELECT f.* FROM ({shape.all(self.table, places)}) b, LATERAL ({rows} = b.bucket LIMIT {FEW + 1}) f"
            for shape, rows, places in from_each(self.table, self._identity, held, shapes)
        ]
        return f"SELECT * FROM ({' UNION ALL '.join(found)}) found LIMIT {FEW + 1}", values

    def page_of_few(self, narrow: Where, shown: str, where: Where, order: Order, limit: int) -> tuple[str, Values]:
        """The same as `page` where `narrowed` finds no more than FEW rows."""
        narrowed, values = self.narrowed(narrow)
        held = named(where, "few", values)
        return f"SELECT {shown} FROM ({narrowed}) few JOIN {self.table} USING ({self._identity}) {held} {order.sql} LIMIT {limit}", values

    @property
    def _identity(self) -> str:
        return f"{self.key}, known_to, valid_from"

    def _whole(self, shown: str, identities: str, order: Order) -> str:
        return f"SELECT {shown} FROM ({identities}) listed JOIN {self.table} USING ({self._identity}) {order.sql}"

    def _in_order(self, columns: str, where: Where, order: Order, limit: int) -> tuple[str, dict[str, object]]:
        """The SELECT of the first rows."""
        held, values, shapes = self._of_buckets(where)
        return merged(self.table, columns, held, replace(order, as_of=""), limit, shapes), values

    def _of_buckets(self, where: Where) -> tuple[str, dict[str, object], tuple[Shape, ...]]:
        """The WHERE clause, the values of everything by their names, and what there is to say of the buckets."""
        values: dict[str, object] = {}
        held, buckets = named(where, "w", values), self._buckets()
        for n, b in enumerate(buckets):
            values |= b.values(f"b{n}")
        return held, values, tuple(b.shape for b in buckets)

    def _buckets(self) -> list[Buckets]:
        """Where rows lie that stood then: what is known now, by when it stood.

        Of what was known at a moment, what ended later than it became known lies by that; so does all that stood then or later. What
        stood before, and had ended by then, lies by when it stood, whether it is known still or not.
        """
        valid_at, known_at = self.moments
        found: list[Buckets] = []
        if known_at is not None:
            found.append(self._at("known_bucket", known_at, LONG_KIND, ENDLESS_KIND))
        elif valid_at is not None:
            found.append(self._at("valid_bucket", valid_at, LONG_KIND, ENDLESS_KIND))
        if known_at is not None and valid_at is not None and valid_at < known_at:
            ended = ("valid_to <= known_from",)
            found += [self._at("valid_bucket", valid_at, LONG_KIND, sign=sign, conditions=ended) for sign in (1, -1)]
        return found

    def _at(self, column: str, moment: datetime, *kinds: int, sign: int = 1, conditions: tuple[str, ...] = ()) -> Buckets:
        coarse, fine = ([sign * bucket for bucket in some] for some in short_buckets(moment))
        oldest, ranges, lasts = self.oldest[BUCKETS.index(column)], list[Range](), list[int]()
        for kind in kinds:
            first, last = long_buckets(moment, kind)
            held = 0 if kind != ENDLESS_KIND or oldest is None else max(0, last - oldest + 1)
            ranges.append(Range(first, min(MOST, -(-held // STEP) * STEP)))
            lasts.append(last)
        return Buckets(Shape(column, len(fine), tuple(ranges), sign, conditions), coarse, fine, tuple(lasts))
