"""The statements that read and write one table of the past."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from projections.columns import joined, unnested
from projections.past.course import Segment
from projections.past.shape import TIMES, UNTOLD, Origin, PastTable, RowName, Texts
from projections.view import Cursor

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
FOR_GOOD: Final = "infinity"


class Closing(NamedTuple):
    """A written segment, by what tells it from others: it is known until a moment, or was never known for any time (None)."""

    row: RowName
    valid_from: datetime
    known_to: datetime | None

    def texts(self) -> Texts:
        """As SQL reads it."""
        return self.row.key, self.valid_from.isoformat(), None if self.known_to is None else self.known_to.isoformat()


class Statements:
    """One table's."""

    def __init__(self, told: PastTable, place: str) -> None:
        """Takes where the table stands."""
        self._told = told
        self._key_at = list(told.columns).index(told.key)
        columns = ", ".join((*told.types, "valid_from", "nullif(valid_to, 'infinity')", "known_from"))
        self._ends = (
            f"SELECT p.* FROM unnest(%s) AS s, LATERAL (SELECT {told.of} AS course, {columns} FROM {place} "
            f"WHERE {told.of} = s AND known_to = 'infinity' ORDER BY valid_from DESC LIMIT 2) p"
        )
        self._whole = f"SELECT {told.of} AS course, {columns} FROM {place} WHERE {told.of} = ANY(%s) AND known_to = 'infinity'"
        named = f"t.{told.key} = u.key AND t.known_to = 'infinity' AND t.valid_from = u.valid_from"
        over = f"{unnested(('text', 'timestamptz', 'timestamptz'))} AS u(key, valid_from, known_to)"
        self._close = f"UPDATE {place} t SET known_to = u.known_to FROM {over} WHERE {named} AND u.known_to IS NOT NULL;"
        self._drop = f"DELETE FROM {place} t USING {over} WHERE {named} AND u.known_to IS NULL;"
        self._forget = f"DELETE FROM {place} WHERE {told.of} = ANY(%s)"
        written = {**told.types, **TIMES}
        self._insert = f"INSERT INTO {place} ({', '.join(written)}) SELECT * FROM {unnested(written.values())};"

    @property
    def table(self) -> str:
        """The table's own name."""
        return self._told.name

    def ends(self, cursor: Cursor, keys: Sequence[str]) -> list[tuple[str, Segment]]:
        """The last segments of some streams, by their keys: two of every row are among them."""
        return self._read(cursor, self._ends if self._told.of == self._told.key else self._whole, keys)

    def whole(self, cursor: Cursor, keys: Sequence[str]) -> list[tuple[str, Segment]]:
        """All that is known by now of some streams, by their keys."""
        return self._read(cursor, self._whole, keys)

    def forget(self, cursor: Cursor, keys: Sequence[str]) -> None:
        """Removes all of some streams."""
        cursor.execute(self._forget, (keys,))

    def writing(self, closings: Sequence[Closing], written: Iterable[tuple[Segment, str]], values: list[object]) -> str:
        """What closes segments and writes others with the moment until which they are known; adds its values to the others."""
        said = ""
        if closings:
            columns = [joined(column) for column in zip(*map(Closing.texts, closings), strict=True)]
            said += self._close
            values += columns
            if any(closing.known_to is None for closing in closings):
                said += self._drop
                values += columns
        rows = [self._texts(segment, known_to) for segment, known_to in written]
        if rows:
            said += self._insert
            values += [joined(column) for column in zip(*rows, strict=True)]
        return said

    def _read(self, cursor: Cursor, statement: str, keys: Sequence[str]) -> list[tuple[str, Segment]]:
        cursor.execute(statement, (keys,))
        return list(map(self._segment, cursor.fetchall()))

    def _segment(self, row: Sequence[Any]) -> tuple[str, Segment]:
        course, *values = row
        width = len(self._told.columns)
        shown = tuple(values[:width])
        *began, valid_from, valid_to, known_from = values[width:]
        origin = Origin(*began) if self._told.tells_origin else UNTOLD
        name = RowName(self._told.name, str(shown[self._key_at]))
        return str(course), Segment(name, valid_from, valid_to, known_from, self._told.again(shown), origin, stored=True)

    def _texts(self, segment: Segment, known_to: str) -> Texts:
        origin: Texts = ()
        if self._told.tells_origin:
            version, position, recorded_at = segment.origin
            origin = (str(version), str(position), recorded_at.isoformat())
        valid_to = FOR_GOOD if segment.valid_to is None else segment.valid_to.isoformat()
        times = (segment.valid_from.isoformat(), valid_to, segment.known_from.isoformat(), known_to)
        return (*self._told.texts(segment.shown), *origin, *times)
