"""Writes the past of a view's rows, in the transaction in which the view writes their present."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Generic, NamedTuple

from domain.contract.correction import FactCorrected
from domain.facts import Entry
from infra.opening import Opened
from projections.columns import joined, unnested
from projections.past.course import Change, Course, Origin, Segment, appended, retraced
from projections.past.shape import LATEST, ORIGIN, TIMES, L, PastShape, Rows
from projections.view import Cursor, Tables

CACHED_COURSES: Final = 8_192
BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
FOR_GOOD: Final = "infinity"


class Closing(NamedTuple):
    """A written segment, by what tells it from others: it is known until a moment, or was never known for any time (None)."""

    row: str
    valid_from: datetime
    known_to: datetime | None

    def texts(self) -> tuple[str | None, ...]:
        """As SQL reads it."""
        return self.row, self.valid_from.isoformat(), None if self.known_to is None else self.known_to.isoformat()


class Past(Generic[L]):
    """The table of a view's past. Used inside of the view's own projection, page by page: `begin`, `take` each entry, `write`."""

    def __init__(self, opened: Opened, shape: PastShape[L], tables: Tables) -> None:
        """Writes to the given table."""
        self._opened = opened
        self._shape = shape
        table = tables[shape.table]
        types = {**shape.columns, **ORIGIN, **TIMES}
        columns = ", ".join((*shape.columns, *ORIGIN, "valid_from", "nullif(valid_to, 'infinity')", "known_from"))
        self._ends = (
            f"SELECT p.* FROM unnest(%s) AS s, LATERAL (SELECT {shape.of} AS course, {columns} FROM {table} "
            f"WHERE {shape.of} = s AND known_to = 'infinity' ORDER BY valid_from DESC LIMIT 2) p"
        )
        self._whole = f"SELECT {shape.of} AS course, {columns} FROM {table} WHERE {shape.of} = ANY(%s) AND known_to = 'infinity'"
        self._reached = (
            f"SELECT stream, max(effective_at), bool_or(starts_with(fact, %s)) FROM {opened.names.ledger}.entries "
            "WHERE stream = ANY(%s) AND position <= %s GROUP BY stream"
        )
        named = f"t.{shape.key} = u.key AND t.known_to = 'infinity' AND t.valid_from = u.valid_from"
        over = f"{unnested(('text', 'timestamptz', 'timestamptz'))} AS u(key, valid_from, known_to)"
        self._close = f"UPDATE {table} t SET known_to = u.known_to FROM {over} WHERE {named} AND u.known_to IS NOT NULL"
        self._drop = f"DELETE FROM {table} t USING {over} WHERE {named} AND u.known_to IS NULL"
        self._forget_streams = f"DELETE FROM {table} WHERE {shape.of} = ANY(%s)"
        self._insert = f"INSERT INTO {table} ({', '.join(types)}) SELECT * FROM {unnested(types.values())}"
        self._courses: OrderedDict[str, Course] = OrderedDict()
        # Of the page under way, by stream: what is over of what is written, and of what is not; and the courses that changed.
        self._closings: dict[str, list[Closing]] = {}
        self._ended: dict[str, list[tuple[Segment, datetime]]] = {}
        self._touched: dict[str, Course] = {}

    def forget(self) -> None:
        """Drops all that it remembers."""
        self._courses.clear()
        self._clear_page()

    def _clear_page(self) -> None:
        self._closings.clear()
        self._ended.clear()
        self._touched.clear()

    def begin(self, cursor: Cursor, after: int, about: Iterable[tuple[str, Entry]]) -> None:
        """Reads what is not remembered of the streams of a page that comes after a position."""
        missing: set[str] = set()
        for key, happened in about:
            if key in self._courses:
                self._courses.move_to_end(key)
                continue
            self._courses[key] = Course(key, BEGINNING)
            if happened.version > 1:
                missing.add(key)
        if not missing:
            return
        single = self._shape.of == self._shape.key
        cursor.execute(self._ends if single else self._whole, (sorted(missing),))
        for key, segment in map(self._read, cursor.fetchall()):
            course = self._courses[key]
            course.tails.setdefault(segment.row, []).append(segment)
            course.steady = course.steady and segment.valid_from != LATEST
        prefix = self._shape.prefix
        cursor.execute(self._reached, (f"{FactCorrected.NAME}@", [f"{prefix}{key}" for key in sorted(missing)], after))
        for stream, moment, corrected in cursor.fetchall():
            course = self._courses[stream.removeprefix(prefix)]
            # A correction may name a later moment than any entry: it is found when the stream is read.
            course.moment = None if corrected else moment
            for tail in course.tails.values():
                tail.sort(key=lambda segment: segment.valid_from)
                del tail[:-2]

    def take(self, cursor: Cursor, key: str, entry: Entry, line: L) -> None:
        """Takes an entry that the view has folded into what it holds of the stream."""
        course = self._courses[key]
        if course.known is not None:
            course.known.append(entry)
        if self._shape.tells(entry):
            self._take(cursor, course, entry, lambda: self._shape.rows(line))

    def erase(self, cursor: Cursor, parties: Iterable[str], to: int) -> None:
        """Makes all of the past of some parties' own streams anew, whose personal data was erased. First destroys the keys."""
        erased = list(parties)
        for party_id in erased:
            self._opened.ledger.forget(party_id)
        self.retell(cursor, erased, to)

    def retell(self, cursor: Cursor, keys: Iterable[str], to: int) -> None:
        """Makes all of the past of some streams anew, of their entries up to a position as these read now."""
        told = list(keys)
        if not told:
            return
        cursor.execute(self._forget_streams, (told,))
        for key in told:
            self._closings.pop(key, None)
            self._ended.pop(key, None)
            course = self._courses[key] = Course(key, BEGINNING, known=[])
            teller = self._shape.teller(key)
            for entry in self._entries(key, None):
                if entry.position > to:
                    break
                teller.take(entry)
                course.known = [*(course.known or ()), entry]
                if self._shape.tells(entry):
                    self._take(cursor, course, entry, teller.rows)

    def write(self, cursor: Cursor) -> None:
        """Writes what changed: first what is over, then what takes its place."""
        closings = [closing for of_stream in self._closings.values() for closing in of_stream]
        if closings:
            columns = [joined(column) for column in zip(*map(Closing.texts, closings), strict=True)]
            cursor.execute(self._close, columns)
            if any(closing.known_to is None for closing in closings):
                cursor.execute(self._drop, columns)
        fresh = [(segment, FOR_GOOD) for course in self._touched.values() for segment in course.fresh]
        ended = [(segment, known_to.isoformat()) for of_stream in self._ended.values() for segment, known_to in of_stream]
        if fresh or ended:
            written = zip(*(self._texts(segment, known_to) for segment, known_to in (*ended, *fresh)), strict=True)
            cursor.execute(self._insert, [joined(column) for column in written])
        for course in self._touched.values():
            for segment in course.fresh:
                segment.stored = True
            course.fresh, course.known = [], None
        self._clear_page()
        while len(self._courses) > CACHED_COURSES:
            self._courses.popitem(last=False)

    def _take(self, cursor: Cursor, course: Course, entry: Entry, rows: Callable[[], Rows]) -> None:
        self._touched[course.key] = course
        corrects = isinstance(entry.fact, FactCorrected)
        if course.steady and not corrects and course.moment is not None and course.moment <= entry.effective_at < LATEST:
            self._apply(course, appended(course, entry, rows()), entry)
            return
        if course.known is None:
            course.known = self._entries(course.key, entry.version)
        # A correction may move what it corrects from any moment to any other.
        since = BEGINNING if corrects else entry.effective_at
        change = retraced(course, self._shape, course.known, since, self._held(cursor, course))
        self._apply(course, change, entry)

    def _apply(self, course: Course, change: Change, entry: Entry) -> None:
        for segment in change.closed:
            lasted = segment.known_from < entry.recorded_at
            if segment.stored:
                closing = Closing(segment.row, segment.valid_from, entry.recorded_at if lasted else None)
                self._closings.setdefault(course.key, []).append(closing)
                continue
            course.fresh.remove(segment)
            if lasted:
                self._ended.setdefault(course.key, []).append((segment, entry.recorded_at))
        course.fresh += change.added

    def _held(self, cursor: Cursor, course: Course) -> list[Segment]:
        """All of a stream's segments as they are known by now, the written ones and the others."""
        cursor.execute(self._whole, ([course.key],))
        over = {(closing.row, closing.valid_from) for closing in self._closings.get(course.key, ())}
        written = [segment for _, segment in map(self._read, cursor.fetchall()) if (segment.row, segment.valid_from) not in over]
        return [*written, *course.fresh]

    def _entries(self, key: str, to: int | None) -> list[Entry]:
        return self._opened.store.stream_entries(f"{self._shape.prefix}{key}", to=to)

    def _read(self, row: Sequence[Any]) -> tuple[str, Segment]:
        course, *values = row
        shown = tuple(values[: len(self._shape.columns)])
        version, position, recorded_at, valid_from, valid_to, known_from = values[len(self._shape.columns) :]
        texts = self._shape.again(shown)
        key = str(shown[list(self._shape.columns).index(self._shape.key)])
        return str(course), Segment(key, valid_from, valid_to, known_from, texts, Origin(version, position, recorded_at), stored=True)

    def _texts(self, segment: Segment, known_to: str) -> tuple[str | None, ...]:
        version, position, recorded_at = segment.origin
        valid_to = FOR_GOOD if segment.valid_to is None else segment.valid_to.isoformat()
        times = (segment.valid_from.isoformat(), valid_to, segment.known_from.isoformat(), known_to)
        return (*segment.texts, str(version), str(position), recorded_at.isoformat(), *times)
