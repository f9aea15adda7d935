"""Group commit: every thread's waiting command goes through append() with the others', in one transaction."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import psycopg2

from infra.connections import Connection, Connections
from infra.errors import AlreadyTracked, BadEntry, CommandIdReused, LedgerError, Overloaded, StaleVersion, StoreUnavailable

SEPARATOR = "\x1e"
MAX_NAME_LENGTH = 300
MAX_GROUP_COMMANDS = 128
MAX_GROUP_BYTES = 8_000_000
MAX_WAITING = 4_096


class NewEntry(NamedTuple):
    """An entry on its way in. `effective_at` is aware."""

    stream: str
    version: int
    fact: str
    effective_at: datetime
    payload: str


class Stamp(NamedTuple):
    """What a command puts on its entries: its id, the hash of its input (hexadecimal) and the envelope (JSON)."""

    command_id: str
    input_hash: str
    meta: str
    track: tuple[str, int] | None = None


class Appended(NamedTuple):
    """Where a command's entries stand. `repeated` when they already stood there before this call."""

    first_position: int
    size: int
    recorded_at: datetime
    repeated: bool

    @property
    def last_position(self) -> int:
        """The position of the last entry."""
        return self.first_position + self.size - 1


class Run(NamedTuple):
    """Entries of one command for one stream, one after the other."""

    stream: str
    expected: int
    size: int


@dataclass(slots=True, eq=False)
class Request:
    """One waiting command."""

    stamp: Stamp
    runs: list[Run]
    facts: str
    effective: str
    payloads: str
    gate: threading.Lock = field(default_factory=threading.Lock)
    taken: bool = False
    handed_lane: bool = False
    outcome: Appended | LedgerError | None = None

    @property
    def weight(self) -> int:
        """About how many characters it sends."""
        return len(self.payloads) + len(self.stamp.meta)


def request(stamp: Stamp, entries: Sequence[NewEntry]) -> Request:
    """Checks and joins what a command sends, in the caller's thread. Raises BadEntry."""
    for text in (stamp.command_id, stamp.meta, *(e.stream for e in entries), *(e.fact for e in entries), *(e.payload for e in entries)):
        check_text(text)
    for name in (stamp.command_id, *(e.stream for e in entries), *(e.fact for e in entries)):
        if not 0 < len(name) <= MAX_NAME_LENGTH:
            message = f"a name of {len(name)} characters; 1 to {MAX_NAME_LENGTH} are possible"
            raise BadEntry(message)
    runs: list[Run] = []
    for stream, version, *_ in entries:
        if runs and runs[-1].stream == stream:
            last = runs[-1]
            if version != last.expected + last.size + 1:
                raise StaleVersion(stream, version - 1, last.expected + last.size)
            runs[-1] = last._replace(size=last.size + 1)
        else:
            runs.append(Run(stream, version - 1, 1))
    return Request(
        stamp=stamp,
        runs=runs,
        facts=SEPARATOR.join([e.fact for e in entries]),
        effective=SEPARATOR.join([e.effective_at.isoformat() for e in entries]),
        payloads=SEPARATOR.join([e.payload for e in entries]),
    )


def check_text(text: str) -> None:
    """Refuses with BadEntry what PostgreSQL's text cannot hold, and our separator."""
    if "\x00" in text or SEPARATOR in text:
        message = "NUL and the record separator cannot be stored"
        raise BadEntry(message)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            message = f"not storable as UTF-8: {error.reason}"
            raise BadEntry(message) from error


class Appender:
    """Sends waiting commands in groups. The thread that comes first sends for all; up to two groups are under way."""

    def __init__(self, connections: Connections, schema: str, *, lanes: int = 2) -> None:
        """`lanes` is how many groups may be on their way: the server flushes one while the next waits at its door."""
        self._connections = connections
        self._statement = f"SELECT * FROM {schema}.append(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        self._lock = threading.Lock()
        self._waiting: deque[Request] = deque()
        self._idle_lanes = lanes

    def append(self, stamp: Stamp, entries: Sequence[NewEntry]) -> Appended:
        """Appends a command's entries, all or none; returns once they are durable.

        Raises StaleVersion, CommandIdReused, AlreadyTracked, BadEntry, Overloaded; StoreUnavailable when the outcome could not
        be learnt: the same call again, or a look at the command id, tells.
        """
        mine = request(stamp, entries)
        mine.gate.acquire()
        with self._lock:
            if len(self._waiting) >= MAX_WAITING:
                message = f"{MAX_WAITING} commands are waiting"
                raise Overloaded(message)
            self._waiting.append(mine)
            drives = self._idle_lanes > 0
            self._idle_lanes -= drives
        if drives:
            self._drive(mine)
        while mine.outcome is None:
            mine.gate.acquire()
            with self._lock:
                drives, mine.handed_lane = mine.handed_lane, False
            if drives:
                self._drive(mine)
        if isinstance(mine.outcome, Appended):
            return mine.outcome
        raise mine.outcome

    def _drive(self, mine: Request) -> None:
        """Sends groups until this thread's own command is under way, then hands the lane to a thread that waits."""
        while True:
            with self._lock:
                group = self._next_group()
                if not group:
                    self._idle_lanes += 1
                    return
            try:
                self._send(group)
            except BaseException as error:
                for one in group:
                    one.outcome = one.outcome or as_ledger_error(error)
                raise
            finally:
                with self._lock:
                    # Whoever was handed a lane is waking up already, and will see the outcome then.
                    for one in group:
                        if not one.handed_lane:
                            one.gate.release()
                    goes_on = not mine.taken
                    if not goes_on:
                        self._hand_over()
            if not goes_on:
                return

    def _hand_over(self) -> None:
        for other in self._waiting:
            if not other.handed_lane:
                other.handed_lane = True
                other.gate.release()
                return
        self._idle_lanes += 1

    def _next_group(self) -> list[Request]:
        """Commands in the order of their arrival; one that touches what another in the group touches waits for the next."""
        group: list[Request] = []
        streams: set[str] = set()
        ids: set[str] = set()
        weight = 0
        kept: list[Request] = []
        while self._waiting and len(group) < MAX_GROUP_COMMANDS and weight < MAX_GROUP_BYTES:
            candidate = self._waiting.popleft()
            touched = {run.stream for run in candidate.runs}
            if candidate.stamp.command_id in ids or touched & streams:
                kept.append(candidate)
                streams |= touched
                continue
            ids.add(candidate.stamp.command_id)
            streams |= touched
            weight += candidate.weight
            candidate.taken = True
            group.append(candidate)
        self._waiting.extendleft(reversed(kept))
        return group

    def _send(self, group: list[Request]) -> None:
        try:
            with self._connections.use() as connection:
                self._execute(connection, group)
        except (StoreUnavailable, Overloaded):
            self._resend(group)
        except psycopg2.Error as error:
            # Whatever one command did to the statement must not touch its neighbours.
            if len(group) == 1:
                group[0].outcome = as_ledger_error(error)
            else:
                for alone in group:
                    self._send([alone])

    def _resend(self, group: list[Request]) -> None:
        """Once more over a new connection: append() knows each command id, so that a lost reply turns into `repeated`."""
        try:
            connection = self._connections.connect()
            try:
                self._execute(connection, group)
            finally:
                connection.close()
        except (LedgerError, psycopg2.Error) as error:
            for other in group:
                other.outcome = as_ledger_error(error)

    def _execute(self, connection: Connection, group: list[Request]) -> None:
        runs = [(n, run) for n, r in enumerate(group, 1) for run in r.runs]
        with_entries = [r for r in group if r.runs]
        tracked = any(r.stamp.track for r in group)
        with connection.cursor() as cursor:
            cursor.execute(
                self._statement,
                (
                    SEPARATOR.join([r.stamp.command_id for r in group]),
                    SEPARATOR.join([r.stamp.input_hash for r in group]),
                    SEPARATOR.join([r.stamp.meta for r in group]),
                    SEPARATOR.join([r.stamp.track[0] if r.stamp.track else "" for r in group]) if tracked else None,
                    SEPARATOR.join([str(r.stamp.track[1]) if r.stamp.track else "" for r in group]) if tracked else None,
                    SEPARATOR.join([str(n) for n, _ in runs]),
                    SEPARATOR.join([run.stream for _, run in runs]),
                    SEPARATOR.join([str(run.expected) for _, run in runs]),
                    SEPARATOR.join([str(run.size) for _, run in runs]),
                    SEPARATOR.join([r.facts for r in with_entries]),
                    SEPARATOR.join([r.effective for r in with_entries]),
                    SEPARATOR.join([r.payloads for r in with_entries]),
                ),
            )
            for number, outcome, first_position, size, version, at in cursor:
                one = group[number - 1]
                one.outcome = read_outcome(one, outcome, Appended(first_position, size, at, outcome == "repeated"), version)


def read_outcome(one: Request, outcome: str, appended: Appended, version: int | None) -> Appended | LedgerError:
    """What append() said of one command."""
    match outcome:
        case "appended" | "repeated":
            return appended
        case "conflict":
            run = one.runs[0]
            return StaleVersion(run.stream, run.expected, version or 0)
        case "reused":
            return CommandIdReused(one.stamp.command_id)
        case "tracked":
            return AlreadyTracked(str(one.stamp.track))
        case _:
            return LedgerError(f"append() answered {outcome}")


def as_ledger_error(error: BaseException) -> LedgerError:
    """The library's errors in our own words."""
    if isinstance(error, LedgerError):
        return error
    if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        return StoreUnavailable(str(error).strip())
    if isinstance(error, psycopg2.DataError):
        return BadEntry(str(error).strip())
    return LedgerError(str(error).strip())
