"""What concurrent clients did and saw, and whether one order of all entries explains it."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple, TypeAlias

import msgspec


class Seen(NamedTuple):
    """An entry as a reader saw it."""

    position: int
    stream: str
    version: int
    command_id: str


class Run(NamedTuple):
    """Entries of a command for one stream: those after the version `expected`."""

    stream: str
    expected: int
    size: int


class Append(msgspec.Struct, tag=True):
    """A command, from its first sending to its last answer, in nanoseconds of one clock.

    At `position` when it was acknowledged; `conflict` is the stream and version that it was refused with; neither when its
    outcome stayed unknown.
    """

    command_id: str
    runs: list[Run]
    invoked: int
    returned: int
    position: int | None = None
    conflict: tuple[str, int] | None = None

    @property
    def size(self) -> int:
        """How many entries it has."""
        return sum(run.size for run in self.runs)


class LogRead(msgspec.Struct, tag=True):
    """Up to `limit` entries after a position."""

    after: int
    limit: int
    rows: list[Seen]
    invoked: int
    returned: int


class StreamRead(msgspec.Struct, tag=True):
    """All entries of a stream after a version."""

    stream: str
    after: int
    rows: list[Seen]
    invoked: int
    returned: int


Operation: TypeAlias = Append | LogRead | StreamRead


class Known:
    """How far something had come, for certain, at any time: the furthest of what was seen to be there before."""

    def __init__(self, seen: Iterable[tuple[int, int]]) -> None:
        """Takes (time, how far)."""
        ordered = sorted(seen)
        self._times = [time for time, _ in ordered]
        self._furthest = list(accumulate((far for _, far in ordered), max))

    def before(self, time: int) -> int:
        """How far at least, at that time."""
        at = bisect_left(self._times, time)
        return self._furthest[at - 1] if at else 0


class History:
    """All operations of all clients, beside the log as it is in the end."""

    def __init__(self, operations: Sequence[Operation], log: Sequence[Seen]) -> None:
        self.log = log
        self.appends = {one.command_id: one for one in operations if isinstance(one, Append)}
        self.log_reads = [one for one in operations if isinstance(one, LogRead)]
        self.stream_reads = [one for one in operations if isinstance(one, StreamRead)]
        self.streams: dict[str, list[Seen]] = defaultdict(list)
        for entry in log:
            self.streams[entry.stream].append(entry)

    def anomalies(self) -> Iterator[str]:
        """Everything that no single order of the entries, true to real time, explains."""
        yield from self._of_the_log()
        yield from self._of_answers()
        yield from self._of_order()
        yield from self._of_reads()

    def _of_the_log(self) -> Iterator[str]:
        """Positions and versions are contiguous, and each command is there once, whole, as it was sent."""
        for n, entry in enumerate(self.log, 1):
            if entry.position != n:
                yield f"position {entry.position} stands at {n}"
        for name, entries in self.streams.items():
            for n, entry in enumerate(entries, 1):
                if entry.version != n:
                    yield f"version {entry.version} of {name} stands at {n}"
        met = set()
        for command_id, group in groupby(self.log, key=lambda entry: entry.command_id):
            entries = list(group)
            sent = self.appends.get(command_id)
            if sent is None:
                yield f"{command_id} was never sent"
            elif command_id in met:
                yield f"{command_id} is there twice"
            elif [(e.stream, e.version) for e in entries] != [(r.stream, r.expected + k) for r in sent.runs for k in range(1, r.size + 1)]:
                yield f"{command_id} is not there as it was sent"
            met.add(command_id)

    def _of_answers(self) -> Iterator[str]:
        """What was acknowledged is where it was said to be; what was refused is not there, and for a reason that was true."""
        first: dict[str, int] = {}
        for n, entry in enumerate(self.log, 1):
            first.setdefault(entry.command_id, n)
        for one in self.appends.values():
            found = first.get(one.command_id)
            if one.position is not None and found != one.position:
                yield f"{one.command_id} was acknowledged at {one.position} and is at {found}"
            if one.conflict is not None:
                if found is not None:
                    yield f"{one.command_id} was refused and is at {found}"
                stream, current = one.conflict
                expected = next((run.expected for run in one.runs if run.stream == stream), None)
                if current == expected or current > len(self.streams[stream]):
                    yield f"{one.command_id} was refused because {stream} was at {current}, which it was not"

    def _of_order(self) -> Iterator[str]:
        """An append, and be it one whose outcome nobody knows, stands after all that were acknowledged before it was sent."""
        acknowledged = Known((one.returned, one.position + one.size - 1) for one in self.appends.values() if one.position is not None)
        for n, entry in enumerate(self.log, 1):
            sent = self.appends.get(entry.command_id)
            if sent is not None and n <= acknowledged.before(sent.invoked):
                yield f"{entry.command_id} is at {n}, before what was acknowledged earlier"

    def _of_reads(self) -> Iterator[str]:
        """Each read is a piece of the log without a gap, as old as it claims at most, and never from the future."""
        acknowledged = [one for one in self.appends.values() if one.position is not None]
        reads: list[LogRead | StreamRead] = [*self.log_reads, *self.stream_reads]
        whole = Known(
            [(one.returned, (one.position or 0) + one.size - 1) for one in acknowledged]
            + [(one.returned, one.rows[-1].position) for one in reads if one.rows]
        )
        for read in self.log_reads:
            expected = self.log[read.after : read.after + len(read.rows)]
            if len(read.rows) < read.limit and read.after + len(read.rows) < whole.before(read.invoked):
                yield f"a read after {read.after} ended at {read.after + len(read.rows)}, behind what was known before"
            yield from self._of_rows(read.rows, expected, read.returned)
        by_stream: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for one in acknowledged:
            for run in one.runs:
                by_stream[run.stream].append((one.returned, run.expected + run.size))
        for seen in reads:
            for row in seen.rows:
                by_stream[row.stream].append((seen.returned, row.version))
        known = {stream: Known(far) for stream, far in by_stream.items()}
        for again in self.stream_reads:
            expected = self.streams[again.stream][again.after : again.after + len(again.rows)]
            if again.stream in known and again.after + len(again.rows) < known[again.stream].before(again.invoked):
                yield f"a read of {again.stream} ended at {again.after + len(again.rows)}, behind what was known before"
            yield from self._of_rows(again.rows, expected, again.returned)

    def _of_rows(self, rows: Sequence[Seen], expected: Sequence[Seen], returned: int) -> Iterator[str]:
        if list(rows) != list(expected):
            yield f"a read saw {rows[0] if rows else None} ... {rows[-1] if rows else None}, which is no piece of the log"
        for row in rows:
            sent = self.appends.get(row.command_id)
            if sent is not None and sent.invoked > returned:
                yield f"a read saw {row.command_id} before it was sent"
