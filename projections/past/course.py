"""The course of one stream's rows through time, as the ledger knows it by now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from domain.contract.correction import FactCorrected
from domain.contract.history import real_moments, stands_by
from domain.facts import Entry
from projections.past.shape import LATEST, Kept, L, Origin, RowName, Rows, Shown


@dataclass(slots=True, eq=False)
class Segment:
    """What a row showed from one moment in the world to another (None: for good), as known from a moment on."""

    row: RowName
    valid_from: datetime
    valid_to: datetime | None
    known_from: datetime
    shown: Shown
    origin: Origin
    stored: bool = False

    def says(self, other: Segment) -> bool:
        """Whether the other one says the same of the same time in the world."""
        mine = (self.valid_from, self.valid_to, self.origin, self.shown)
        return mine == (other.valid_from, other.valid_to, other.origin, other.shown)

    def until(self, valid_to: datetime | None, known_from: datetime) -> Segment:
        """The same with another end, which is known from a moment on."""
        return Segment(self.row, self.valid_from, valid_to, known_from, self.shown, self.origin)


@dataclass(slots=True)
class Course:
    """One stream in memory: the last segments of its rows (two of each are enough), those that are not written, its latest moment.

    Without `moment` it is not known how late the latest is. Not `steady`: an entry was struck out that left a trace, so that
    what is known without regard to moments is not what stands at the last one. `begins`: it has no entries before those of the page
    under way, so that nothing of it is written yet and all of it is `known`.
    """

    key: str
    moment: datetime | None
    steady: bool = True
    tails: dict[RowName, list[Segment]] = field(default_factory=dict)
    fresh: list[Segment] = field(default_factory=list)
    known: list[Entry] | None = None
    begins: bool = False


class Change(NamedTuple):
    """Segments that an entry makes known to be otherwise, and those in their place."""

    closed: Sequence[Segment]
    added: Sequence[Segment]


class Laid(NamedTuple):
    """What the rows of a stream show from a moment on."""

    moment: datetime
    rows: Rows
    origin: Origin


def appended(course: Course, entry: Entry, rows: Rows, origin: Origin) -> Change:
    """What an entry changes that happened at or after everything before it; the course then has it. Rows that it begins tell its origin."""
    at, known = entry.effective_at, entry.recorded_at
    if not rows and not course.tails:
        # Before there is any row, which is most entries of some views.
        course.moment = at
        return Change((), ())
    closed: list[Segment] = []
    added: list[Segment] = []
    for row in (*rows, *(row for row in course.tails if row not in rows)):
        shown, tail = rows.get(row), course.tails.setdefault(row, [])
        last = tail[-1] if tail and tail[-1].valid_to is None else None
        if (shown is None and last is None) or (
            last is not None and last.shown == shown and (last.valid_from != at or last.origin == origin)
        ):
            continue
        if last is not None:
            closed.append(tail.pop())
            if last.valid_from < at:
                tail.append(last.until(at, known))
                added.append(tail[-1])
        if shown is not None:
            before = tail[-1] if tail and tail[-1].valid_to == at else None
            if before is not None and before.shown == shown:
                # What stood in between did not last any time.
                closed.append(tail.pop())
                tail.append(before.until(None, known))
            else:
                tail.append(Segment(row, at, None, known, shown, origin))
            added.append(tail[-1])
        del tail[:-2]
    course.moment = at
    return Change(closed, added)


def retraced(course: Course, shape: Kept[L], known: Sequence[Entry], since: datetime, held: Iterable[Segment]) -> Change:
    """What is different from a moment on, now that these entries are known. `held` are all segments before; the course has them after."""
    held_rows: dict[RowName, list[Segment]] = {}
    for segment in sorted(held, key=lambda s: s.valid_from):
        held_rows.setdefault(segment.row, []).append(segment)
    events = list(laid(shape, course.key, known, since))
    closed: list[Segment] = []
    added: list[Segment] = []
    course.tails, course.steady = {}, True
    for row in {**held_rows, **{row: [] for event in events for row in event.rows}}:
        old = held_rows.get(row, [])
        kept = {segment.valid_from: segment for segment in old}
        new = list(runs(row, [s for s in old if s.valid_from < since], events, known[-1].recorded_at))
        stays = [kept[s.valid_from] if s.valid_from in kept and kept[s.valid_from].says(s) else s for s in new]
        staying, standing = set(map(id, stays)), set(map(id, old))
        closed += [s for s in old if id(s) not in staying]
        added += [s for s in stays if id(s) not in standing]
        course.tails[row] = stays[-2:]
        course.steady = course.steady and not any(s.valid_from == LATEST for s in stays[-1:])
    moments = [m for m in (real_moments(list(known)).values()) if m is not None]
    course.moment = max(moments, default=None)
    return Change(closed, added)


def runs(row: RowName, before: Sequence[Segment], events: Sequence[Laid], known_from: datetime) -> Iterator[Segment]:
    """The segments of one row: those before the events, and then what the events say, equal ones that touch as one."""
    points: list[tuple[datetime, Shown | None, Origin]] = []
    first = events[0].moment if events else LATEST
    follows = [*(segment.valid_from for segment in before[1:]), first]
    for segment, following in zip(before, follows, strict=False):
        points.append((segment.valid_from, segment.shown, segment.origin))
        if segment.valid_to is not None and segment.valid_to < following:
            points.append((segment.valid_to, None, segment.origin))
    points += [(event.moment, event.rows.get(row), event.origin) for event in events]
    changes = [p for n, p in enumerate(points) if n == 0 or p[1] != points[n - 1][1]]
    for n, (moment, shown, origin) in enumerate(changes):
        if shown is not None:
            ends = changes[n + 1][0] if n + 1 < len(changes) else None
            yield Segment(row, moment, ends, known_from, shown, origin)


def laid(shape: Kept[L], key: str, known: Sequence[Entry], since: datetime) -> Iterator[Laid]:
    """What the rows show from each moment on, from `since` on, by `domain.contract.history`; at LATEST, whatever moments entries name."""
    entries = list(known)
    moments = real_moments(entries)
    teller, told = shape.teller(key), list[Entry]()
    for moment in (*boundaries(shape, entries, moments, since), LATEST):
        standing = entries if moment == LATEST else [e for e in entries if stands_by(e, moments, moment)]
        if standing[: len(told)] != told:
            teller, told = shape.teller(key), []
        for entry in standing[len(told) :]:
            teller.take(entry)
        told = standing
        last = next(e for e in reversed(standing) if shape.tells(e))
        yield Laid(moment, teller.rows(), shape.origin(last))


def boundaries(shape: Kept[L], entries: list[Entry], moments: dict[int, datetime | None], since: datetime) -> list[datetime]:
    """The moments at which something may change. Before the first fact there is nothing; what is dated earlier counts from there on."""
    begins = moments[entries[0].version]
    if begins is None:
        return []
    named = {begins}
    for entry in entries:
        if shape.tells(entry):
            told_of = entry.fact.corrects if isinstance(entry.fact, FactCorrected) else entry.version
            moment = moments.get(told_of)
            if moment is not None:
                named.add(max(moment, begins))
    return sorted(m for m in named if since <= m < LATEST)
