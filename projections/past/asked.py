"""The two moments at which a view is asked for."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from infra.connections import Values
from projections.paging import Order, Where, named
from projections.past.buckets import ENDLESS_KIND, KIND_BITS, LONG_KIND, long_buckets, short_buckets
from projections.past.shape import BUCKETS, LATEST
from projections.view import Cursor

# So many rows are sorted sooner than found in order, and so many are looked at for what is asked for before that is known.
FEW: Final = 500
# Buckets of rows that last for good are branches of their own, as many as there are, by this step, up to ten years of them.
STEP: Final = 4
MOST: Final = 80
# So long it is believed which one is the oldest, in seconds; what is older yet is found as well, only less quickly.
BELIEVED_S: Final = 60.0
_believed: dict[str, tuple[float, tuple[int | None, ...]]] = {}


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


class Range(NamedTuple):
    """Buckets of rows that last long: the first there can be, and how many of them from the last backwards are told one by one."""

    first: int
    told: int


class Places(NamedTuple):
    """How SQL says the values of buckets: the arrays of the coarse and of the fine ones, and the last of each range."""

    coarse: str
    fine: str
    lasts: tuple[str, ...]


class Shape(NamedTuple):
    """What there is to say of buckets whatever their values: in which column they are, and what else must hold of rows there.

    Those that may hold many rows are worth a branch each: the `fine` ones, of which there are so many, and those of the `ranges` that
    are told one by one. All are negative where `sign` is.
    """

    column: str
    fine: int
    ranges: tuple[Range, ...]
    sign: int = 1
    conditions: tuple[str, ...] = ()

    def named(self, name: str) -> Places:
        """Placeholders for the values, under names that begin so."""
        lasts = tuple(f"%({name}_{n})s::bigint" for n in range(len(self.ranges)))
        return Places(f"%({name}_coarse)s::bigint[]", f"%({name}_fine)s::bigint[]", lasts)

    def worth_a_branch(self, places: Places) -> Iterator[str]:
        """SQL of the value of each bucket that is."""
        yield from (f"({places.fine})[{n}]" for n in range(1, self.fine + 1))
        for one, last in zip(self.ranges, places.lasts, strict=True):
            yield from (f"{'' if self.sign > 0 else '-'}({last} - {n})" for n in range(one.told))

    def others(self, table: str, places: Places) -> Iterator[str]:
        """SELECTs of the others, of ranges as far as there is anything in them."""
        yield f"SELECT unnest({places.coarse}) AS bucket"
        for one, last in zip(self.ranges, places.lasts, strict=True):
            if self.sign > 0:
                high = f"({last} - {one.told})"
                held = f"SELECT min({self.column}) FROM {table} WHERE {self.column} BETWEEN {one.first} AND {high}"
                yield f"SELECT generate_series(({held}), {high}) AS bucket"
            else:
                low = f"({one.told} - {last})"
                held = f"SELECT max({self.column}) FROM {table} WHERE {self.column} BETWEEN {low} AND {-one.first}"
                yield f"SELECT generate_series({low}, ({held})) AS bucket"

    def all(self, table: str, places: Places) -> str:
        """The SELECT of all of them."""
        branches = f"SELECT unnest(ARRAY[{', '.join(self.worth_a_branch(places))}]::bigint[]) AS bucket"
        return " UNION ALL ".join((branches, *self.others(table, places)))


class Buckets(NamedTuple):
    """Where rows lie that stood at a moment."""

    shape: Shape
    coarse: list[int]
    fine: list[int]
    lasts: tuple[int, ...]

    @property
    def literal(self) -> Places:
        """The values as they are written."""
        coarse, fine = (f"ARRAY{some}::bigint[]" for some in (self.coarse, self.fine))
        return Places(coarse, fine, tuple(map(str, self.lasts)))

    def values(self, name: str) -> dict[str, object]:
        """The values under their names."""
        return {f"{name}_coarse": self.coarse, f"{name}_fine": self.fine, **{f"{name}_{n}": last for n, last in enumerate(self.lasts)}}


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
        until, oldest = _believed.get(self.table, (0.0, ()))
        if until < time.monotonic():
            first, beyond = ENDLESS_KIND << KIND_BITS, (ENDLESS_KIND + 1) << KIND_BITS
            cursor.execute(
                "SELECT " + ", ".join(f"(SELECT min({b}) FROM {self.table} WHERE {b} >= {first} AND {b} < {beyond})" for b in BUCKETS)
            )
            oldest = cursor.fetchone() or (None, None)
            _believed[self.table] = time.monotonic() + BELIEVED_S, oldest
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
            for shape, rows, places in _from_each(self.table, self._identity, held, shapes)
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
        return _merged(self.table, columns, held, replace(order, as_of=""), limit, shapes), values

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


# Of the same list the text is the same, as long as moments are not years apart.
@lru_cache(256)
def _merged(table: str, columns: str, held: str, order: Order, limit: int, shapes: tuple[Shape, ...]) -> str:  # noqa: PLR0913, PLR0917 - told by each
    """The SELECT of the first rows. Buckets are branches, each in the order of an index and read no further than is needed."""
    way = "DESC" if order.descending else "ASC"
    told, first = f"{columns}, {order.column.sql} AS sorted_by, {order.key.sql} AS sorted_key", f"{order.sql} LIMIT {limit}"
    branches = list[str]()
    for shape, rows, places in _from_each(table, told, held, shapes):
        branches += (f"({rows} = {bucket} {first})" for bucket in shape.worth_a_branch(places))
        # Of what holds next to nothing, the first rows are sorted.
        others = " UNION ALL ".join(shape.others(table, places))
        branches.append(f"(SELECT f.* FROM ({others}) b, LATERAL ({rows} = b.bucket {first}) f)")
    all_of_them = " UNION ALL ".join(branches)
    return f"SELECT * FROM ({all_of_them}) rows ORDER BY sorted_by {way}, sorted_key {way} LIMIT {limit}"


def _from_each(table: str, columns: str, held: str, shapes: tuple[Shape, ...]) -> Iterator[tuple[Shape, str, Places]]:
    """For each column of buckets, the SELECT of rows up to where the bucket has to be said."""
    for n, shape in enumerate(shapes):
        conditions = " AND ".join((*shape.conditions, shape.column))
        yield shape, f"SELECT {columns} FROM {table} {held} AND {conditions}", shape.named(f"b{n}")
