"""Writes the past of a view's rows, in the transaction in which the view writes their present."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import chain
from typing import Final, Generic

from domain.contract.correction import FactCorrected
from domain.facts import Entry
from infra.opening import Opened
from projections.past.course import Change, Course, Segment, appended, retraced
from projections.past.shape import LATEST, Kept, L, Rows
from projections.past.statements import BEGINNING, FOR_GOOD, Closing, Statements
from projections.view import Cursor, Tables

CACHED_COURSES: Final = 8_192


class Past(Generic[L]):
    """The tables of a view's past. Used inside of the view's own projection, page by page: `begin`, `take` each entry, `write`."""

    def __init__(self, opened: Opened, shape: Kept[L], tables: Tables, cached: int = CACHED_COURSES) -> None:
        """Writes to the given tables. Remembers the course of so many streams."""
        self._opened = opened
        self._cached = cached
        self._shape = shape
        self._tables = [Statements(table, tables[table.name]) for table in shape.tables]
        self._reached = (
            f"SELECT stream, max(effective_at), bool_or(starts_with(fact, %s)) FROM {opened.names.ledger}.entries "
            "WHERE stream = ANY(%s) AND position <= %s GROUP BY stream"
        )
        self._courses: OrderedDict[str, Course] = OrderedDict()
        # Of the page under way, by stream: what is over of what is written, and of what is not; and the courses that changed.
        self._closings: dict[str, list[Closing]] = {}
        self._ended: dict[str, list[tuple[Segment, datetime]]] = {}
        self._touched: dict[str, Course] = {}
        self._begun: list[Course] = []

    def forget(self) -> None:
        """Drops all that it remembers."""
        self._courses.clear()
        self._clear_page()

    def _clear_page(self) -> None:
        self._closings.clear()
        self._ended.clear()
        self._touched.clear()
        for course in self._begun:
            course.known, course.begins = None, False
        self._begun.clear()

    def begin(self, cursor: Cursor, after: int, about: Iterable[tuple[str, Entry]]) -> None:
        """Reads what is not remembered of the streams of a page that comes after a position."""
        missing: set[str] = set()
        for key, happened in about:
            if key in self._courses:
                self._courses.move_to_end(key)
                continue
            if happened.version > 1:
                self._courses[key] = Course(key, BEGINNING)
                missing.add(key)
            else:
                self._begun.append(Course(key, BEGINNING, known=[], begins=True))
                self._courses[key] = self._begun[-1]
        if not missing:
            return
        for key, segment in (one for table in self._tables for one in table.ends(cursor, sorted(missing))):
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
        for table in self._tables:
            table.forget(cursor, told)
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
        over: defaultdict[str, list[Closing]] = defaultdict(list)
        written: defaultdict[str, list[tuple[Segment, str]]] = defaultdict(list)
        for closing in chain.from_iterable(self._closings.values()):
            over[closing.row.table].append(closing)
        for segment, known_to in chain.from_iterable(self._ended.values()):
            written[segment.row.table].append((segment, known_to.isoformat()))
        for segment in chain.from_iterable(course.fresh for course in self._touched.values()):
            written[segment.row.table].append((segment, FOR_GOOD))
        statement, values = "", list[object]()
        for table in self._tables:
            statement += table.writing(over[table.table], written[table.table], values)
        if statement:
            cursor.execute(statement, values)
        for course in self._touched.values():
            for segment in course.fresh:
                segment.stored = True
            course.fresh, course.known = [], None
        self._clear_page()
        while len(self._courses) > self._cached:
            self._courses.popitem(last=False)

    def _take(self, cursor: Cursor, course: Course, entry: Entry, rows: Callable[[], Rows]) -> None:
        self._touched[course.key] = course
        corrects = isinstance(entry.fact, FactCorrected)
        if course.steady and not corrects and course.moment is not None and course.moment <= entry.effective_at < LATEST:
            self._apply(course, appended(course, entry, rows(), self._shape.origin(entry)), entry)
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
        over = {(closing.row, closing.valid_from) for closing in self._closings.get(course.key, ())}
        tables = () if course.begins else self._tables
        whole = (segment for table in tables for _, segment in table.whole(cursor, [course.key]))
        return [*(segment for segment in whole if (segment.row, segment.valid_from) not in over), *course.fresh]

    def _entries(self, key: str, to: int | None) -> list[Entry]:
        return self._opened.store.stream_entries(f"{self._shape.prefix}{key}", to=to)
