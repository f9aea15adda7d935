"""What SQL says of the buckets in which rows lie that stood at a moment: as one set, and as branches that are merged in order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from projections.paging import Order


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


# Of the same list the text is the same, as long as moments are not years apart.
@lru_cache(256)
def merged(table: str, columns: str, held: str, order: Order, limit: int, shapes: tuple[Shape, ...]) -> str:  # noqa: PLR0913, PLR0917 - told by each
    """The SELECT of the first rows. Buckets are branches, each in the order of an index and read no further than is needed."""
    way = "DESC" if order.descending else "ASC"
    told, first = f"{columns}, {order.column.sql} AS sorted_by, {order.key.sql} AS sorted_key", f"{order.sql} LIMIT {limit}"
    branches = list[str]()
    for shape, rows, places in from_each(table, told, held, shapes):
        branches += (f"({rows} = {bucket} {first})" for bucket in shape.worth_a_branch(places))
        # Of what holds next to nothing, the first rows are sorted.
        others = " UNION ALL ".join(shape.others(table, places))
        branches.append(f"(SELECT f.* FROM ({others}) b, LATERAL ({rows} = b.bucket {first}) f)")
    all_of_them = " UNION ALL ".join(branches)
    return f"SELECT * FROM ({all_of_them}) rows ORDER BY sorted_by {way}, sorted_key {way} LIMIT {limit}"


def from_each(table: str, columns: str, held: str, shapes: tuple[Shape, ...]) -> Iterator[tuple[Shape, str, Places]]:
    """For each column of buckets, the SELECT of rows up to where the bucket has to be said."""
    for n, shape in enumerate(shapes):
        conditions = " AND ".join((*shape.conditions, shape.column))
        yield shape, f"SELECT {columns} FROM {table} {held} AND {conditions}", shape.named(f"b{n}")
