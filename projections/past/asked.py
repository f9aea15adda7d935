"""The two moments at which a view is asked for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from projections.paging import Order, Where
from projections.past.buckets import ENDLESS_KIND, LONG_KIND, long_buckets, short_buckets
from projections.past.shape import LATEST

# So many rows are sorted sooner than found in order.
FEW: Final = 500


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


class Buckets(NamedTuple):
    """Some values of a column of buckets, as a SELECT with its values, and what else must hold of rows there."""

    column: str
    sql: str
    values: tuple[object, ...]
    conditions: tuple[str, ...] = ()

    @property
    def literal(self) -> str:
        """The SELECT with its values in it, which are whole numbers and lists of these."""
        texts = (f"ARRAY{value}" if isinstance(value, list) else str(value) for value in self.values)
        return self.sql.replace("%s", "{}").format(*texts)


@dataclass(frozen=True, slots=True)
class TableAsOf:
    """The table of a view's past as far as rows may have stood at two moments. `sorted_by` are the orders that it has indexes for."""

    table: str
    key: str
    sorted_by: Collection[str]
    moments: Moments

    @property
    def source(self) -> str:
        """What to read FROM: rows of the buckets, of which `Moments.add_to` says which ones stood."""
        parts = (
            f"SELECT past.* FROM ({b.literal}) b JOIN {self.table} past ON {' AND '.join((f'past.{b.column} = b.bucket', *b.conditions))}"
            for b in self._buckets()
        )
        return f"({' UNION ALL '.join(parts)}) stood"

    def page(self, shown: str, where: Where, order: Order, limit: int) -> tuple[str, list[object]]:
        """The SELECT of up to `limit` rows in order, and its values. How many rows it is for is in its text, which says how to plan it."""
        if order.column.sql not in self.sorted_by:
            indexed = self.table if order.column.name == self.key else self.source
            return f"SELECT {shown} FROM {indexed} {where.sql} {order.sql} LIMIT {limit}", where.values
        way = "DESC" if order.descending else "ASC"
        first, values = self._from_each(f"{self._identity}, {order.column.sql} AS sorted_by", where, f"{order.sql} LIMIT {limit}")
        return (
            f"""SELECT {shown} FROM (
                    SELECT {self._identity} FROM ({first}) first ORDER BY sorted_by {way}, {order.key.sql} {way} LIMIT {limit}
                ) listed JOIN {self.table} USING ({self._identity}) {order.sql}""",
            values,
        )

    def narrowed(self, where: Where) -> tuple[str, list[object]]:
        """The SELECT of what tells apart the rows that hold some conditions which an index answers, FEW and one at most."""
        found, values = self._from_each(self._identity, where, f"LIMIT {FEW + 1}")
        return f"SELECT * FROM ({found}) found LIMIT {FEW + 1}", values

    def page_of_few(self, narrow: Where, shown: str, where: Where, order: Order, limit: int) -> tuple[str, list[object]]:
        """The same as `page` where `narrowed` finds no more than FEW rows."""
        narrowed, values = self.narrowed(narrow)
        return (
            f"SELECT {shown} FROM ({narrowed}) few JOIN {self.table} USING ({self._identity}) {where.sql} {order.sql} LIMIT {limit}",
            [*values, *where.values],
        )

    @property
    def _identity(self) -> str:
        return f"{self.key}, known_to, valid_from"

    def _from_each(self, columns: str, where: Where, last: str) -> tuple[str, list[object]]:
        """The SELECT of the first rows of every bucket. One by one they are read in the order of an index; together they could not be."""
        statements, values = list[str](), list[object]()
        for buckets in self._buckets():
            within = Where([*where.conditions, f"{buckets.column} = b.bucket", *buckets.conditions], where.values)
            statements.append(f"SELECT f.* FROM ({buckets.sql}) b, LATERAL (SELECT {columns} FROM {self.table} {within.sql} {last}) f")
            values += [*buckets.values, *within.values]
        return " UNION ALL ".join(statements), values

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
            found += [self._at("valid_bucket", valid_at, LONG_KIND, sign=sign)._replace(conditions=ended) for sign in (1, -1)]
        return found

    def _at(self, column: str, moment: datetime, *kinds: int, sign: int = 1) -> Buckets:
        found, values = ["SELECT unnest(%s::bigint[]) AS bucket"], list[object]([[sign * bucket for bucket in short_buckets(moment)]])
        for first, last in (long_buckets(moment, kind) for kind in kinds):
            if sign > 0:
                held = f"SELECT min({column}) FROM {self.table} WHERE {column} BETWEEN %s AND %s"
                found.append(f"SELECT generate_series(({held}), %s::bigint)")
                values += [first, last, last]
            else:
                held = f"SELECT max({column}) FROM {self.table} WHERE {column} BETWEEN %s AND %s"
                found.append(f"SELECT generate_series(%s::bigint, ({held}))")
                values += [-last, -last, -first]
        return Buckets(column, " UNION ALL ".join(found), tuple(values))
