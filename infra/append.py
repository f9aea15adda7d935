"""Group commit: every thread's waiting command goes through append() with the others', in one transaction."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg2

from infra.connections import Connection, Connections, prepared
from infra.errors import AlreadyTracked, BadEntry, CommandIdReused, LedgerError, Overloaded, StaleVersion, StoreUnavailable

SEPARATOR = "\x1e"
MAX_NAME_LENGTH = 300
MAX_GROUP_COMMANDS = 128
MAX_GROUP_LENGTH = 8_000_000
MAX_COMMAND_LENGTH = 8_000_000
MAX_WAITING = 4_096
PARAMETERS = 12
PLACES = ", ".join(["%s"] * PARAMETERS)


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


class Answer(NamedTuple):
    """What append() answers of a command. `stream` and `version` say what it conflicts with; `version` may be a bookmark's."""

    outcome: str
    first_position: int
    size: int
    stream: str | None
    version: int
    at: datetime


@dataclass(slots=True, eq=False)
class Request:
    """One waiting command. What changes here changes under the appender's lock."""

    stamp: Stamp
    runs: list[Run]
    facts: str
    effective: str
    payloads: str
    gate: threading.Lock = field(default_factory=threading.Lock)
    lane: bool = False
    taken: bool = False
    given_up: bool = False
    outcome: Appended | LedgerError | None = None

    @property
    def weight(self) -> int:
        """About how many characters it sends."""
        return len(self.payloads) + len(self.stamp.meta)

    def wake(self) -> None:
        """Lets its thread look again; one wake-up can be pending, and says as much as two."""
        if self.gate.locked():
            self.gate.release()


def request(stamp: Stamp, entries: Sequence[NewEntry]) -> Request:
    """Checks and joins what a command sends, in the caller's thread. Raises BadEntry, and StaleVersion for versions with a gap."""
    track, bookmark = stamp.track or ("-", 0)
    facts = [e.fact for e in entries]
    payloads = [e.payload for e in entries]
    names = [stamp.command_id, track, *(e.stream for e in entries), *facts]
    check_texts([stamp.meta, stamp.input_hash, *names, *payloads])
    longest = max(map(len, names))
    if longest > MAX_NAME_LENGTH:
        message = f"a name of {longest} characters; 1 to {MAX_NAME_LENGTH} are possible"
        raise BadEntry(message)
    if not 0 <= bookmark < 2**63:
        message = f"{bookmark} cannot be a position"
        raise BadEntry(message)
    one = Request(
        stamp=stamp,
        runs=runs_of(entries),
        facts=SEPARATOR.join(facts),
        effective=SEPARATOR.join([moment(e.effective_at) for e in entries]),
        payloads=SEPARATOR.join(payloads),
    )
    if one.weight > MAX_COMMAND_LENGTH:
        message = f"a command of {one.weight} characters; up to {MAX_COMMAND_LENGTH} are possible"
        raise BadEntry(message)
    return one


def runs_of(entries: Sequence[NewEntry]) -> list[Run]:
    """What is to be appended to which stream."""
    runs: list[Run] = []
    for stream, version, *_ in entries:
        if not 0 < version < 2**31:
            message = f"{version} cannot be a version; a stream begins at 1"
            raise BadEntry(message)
        if runs and runs[-1].stream == stream:
            last = runs[-1]
            if version != last.expected + last.size + 1:
                raise StaleVersion(stream, version - 1, last.expected + last.size)
            runs[-1] = last._replace(size=last.size + 1)
        else:
            runs.append(Run(stream, version - 1, 1))
    if len(runs) > 1 and len({run.stream for run in runs}) < len(runs):
        message = "the entries of one stream must follow one another"
        raise BadEntry(message)
    return runs


def moment(effective_at: datetime) -> str:
    """The moment in UTC, where alone the years 1 to 9999 mean the same to everybody who reads it."""
    if effective_at.tzinfo is None:
        message = "effective_at needs a time zone"
        raise BadEntry(message)
    if effective_at.tzinfo is UTC:
        return effective_at.isoformat()
    try:
        return effective_at.astimezone(UTC).isoformat()
    except OverflowError as error:
        message = f"{effective_at.isoformat()} lies outside the years 1 to 9999 in UTC"
        raise BadEntry(message) from error


def check_texts(texts: Sequence[str]) -> None:
    """Refuses with BadEntry what PostgreSQL's text cannot hold, our separator, and nothing at all."""
    if not all(texts):
        message = "an empty text cannot be stored"
        raise BadEntry(message)
    # All at once: a command has a handful of texts, and a call for each would cost more than looking at them.
    joined = SEPARATOR.join(texts)
    if "\x00" in joined or joined.count(SEPARATOR) >= len(texts):
        message = "NUL and the record separator cannot be stored"
        raise BadEntry(message)
    if not joined.isascii():
        try:
            joined.encode()
        except UnicodeEncodeError as error:
            message = f"not storable as UTF-8: {error.reason}"
            raise BadEntry(message) from error


class Appender:
    """Sends waiting commands in groups. The thread that comes first sends for all; up to two groups are under way."""

    def __init__(self, connections: Connections, schema: str, *, lanes: int = 2) -> None:
        """`lanes` is how many groups may be on their way: the server flushes one while the next waits at its door."""
        self._connections = connections
        parameters = ", ".join(f"${n}" for n in range(1, PARAMETERS + 1))
        self._statement = prepared(f"{schema}.append()", ", ".join(["text"] * PARAMETERS), f"SELECT * FROM {schema}.append({parameters})")
        self._lock = threading.Lock()
        self._waiting: deque[Request] = deque()
        self._under_way = 0
        self._crowd = 0.0
        self._idle_lanes = lanes

    def append(self, stamp: Stamp, entries: Sequence[NewEntry]) -> Appended:
        """Appends a command's entries, all or none; returns once they are durable.

        Raises StaleVersion, CommandIdReused, AlreadyTracked, BadEntry, Overloaded; StoreUnavailable when the outcome could not
        be learnt: the same call again, or a look at the command id, tells.
        """
        mine = request(stamp, entries)
        mine.gate.acquire()
        try:
            self._enter(mine)
            while mine.outcome is None:
                if mine.lane:
                    self._send_next_group(mine)
                else:
                    mine.gate.acquire()
        finally:
            if mine.outcome is None:
                self._give_up(mine)
            if mine.lane:
                with self._lock:
                    self._pass_lane(mine)
        if isinstance(mine.outcome, Appended):
            return mine.outcome
        raise mine.outcome

    def _enter(self, mine: Request) -> None:
        with self._lock:
            if len(self._waiting) >= MAX_WAITING:
                message = f"{MAX_WAITING} commands are waiting"
                raise Overloaded(message)
            self._waiting.append(mine)
            if self._idle_lanes and self._worth_sending():
                self._idle_lanes -= 1
                mine.lane = True

    def _worth_sending(self) -> bool:
        """Whether another group should set out. While one is under way the next would only wait at the server's door:
        it may as well wait here until it is half of those who write, and be fewer and larger groups in the end.
        """
        return bool(self._waiting) and (not self._under_way or 2 * len(self._waiting) >= self._crowd)

    def _give_up(self, mine: Request) -> None:
        """The thread leaves without an answer, because it was interrupted."""
        with self._lock, suppress(ValueError):
            mine.given_up = True
            self._waiting.remove(mine)

    def _pass_lane(self, mine: Request) -> None:
        """Gives the lane to the first thread that waits without one, or leaves it to whoever makes the next group worth sending.

        The group that is under way then, if any, passes its own lane on when it arrives, and so nobody is forgotten.
        """
        mine.lane = False
        if self._worth_sending():
            for other in self._waiting:
                if not other.lane:
                    other.lane = True
                    other.wake()
                    return
        self._idle_lanes += 1

    def _send_next_group(self, mine: Request) -> None:
        with self._lock:
            # How many commands there were at once lately: the memory of writers who left fades within a few dozen groups.
            self._crowd = max(self._crowd * 0.97, len(self._waiting) + self._under_way)
            group = self._next_group()
            self._under_way += len(group)
        try:
            if group:
                self._send(group)
        except BaseException:
            # This thread was interrupted; its neighbours were not, and append() knows those of them that were sent.
            with self._lock:
                for one in reversed(group):
                    one.taken = one.outcome is not None or one.given_up
                    if not one.taken:
                        self._waiting.appendleft(one)
            raise
        finally:
            with self._lock:
                self._under_way -= len(group)
                if mine.taken:
                    # Whoever sends next is woken first.
                    self._pass_lane(mine)
                for one in group:
                    if one is not mine:
                        one.wake()

    def _next_group(self) -> list[Request]:
        """Commands in the order of their arrival; one that touches what another in the group touches waits for the next."""
        group: list[Request] = []
        streams: set[str] = set()
        ids: set[str] = set()
        weight = 0
        kept: list[Request] = []
        while self._waiting and len(group) < MAX_GROUP_COMMANDS and weight < MAX_GROUP_LENGTH:
            candidate = self._waiting.popleft()
            touched = [run.stream for run in candidate.runs]
            if candidate.stamp.command_id in ids or not streams.isdisjoint(touched):
                kept.append(candidate)
                streams.update(touched)
                continue
            ids.add(candidate.stamp.command_id)
            streams.update(touched)
            weight += candidate.weight
            candidate.taken = True
            group.append(candidate)
        self._waiting.extendleft(reversed(kept))
        return group

    def _send(self, group: list[Request], *, anew: bool = False) -> None:
        """Sends a group, once more and `anew`, over a new connection, when the first reply is lost.

        append() knows each command id, so that a lost reply turns into `repeated`.
        """
        try:
            with self._connections.fresh() if anew else self._connections.use() as connection:
                self._execute(connection, group, anew=anew)
            return
        except (StoreUnavailable, Overloaded) as error:
            if anew:
                for one in group:
                    one.outcome = StoreUnavailable(str(error))
                return
        except Exception as error:  # noqa: BLE001 - every thread in the group needs an answer
            if len(group) == 1:
                group[0].outcome = as_ledger_error(error)
                return
            # Whatever one command did to the statement must not touch its neighbours.
            for alone in group:
                self._send([alone], anew=anew)
            return
        self._send(group, anew=True)

    def _execute(self, connection: Connection, group: list[Request], *, anew: bool) -> None:
        runs = [(n, run) for n, r in enumerate(group, 1) for run in r.runs]
        with_entries = [r for r in group if r.runs]
        tracked = any(r.stamp.track for r in group)
        with connection.cursor() as cursor:
            self._statement.run(
                connection,
                cursor,
                PLACES,
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
            answers = cursor.fetchall()
        if len(answers) != len(group):
            message = f"append() answered {len(answers)} of {len(group)} commands"
            raise LedgerError(message)
        for number, outcome, first_position, size, stream, version, at in answers:
            one = group[number - 1]
            if outcome == "appended":
                one.outcome = Appended(first_position, size, at, repeated=False)
            else:
                one.outcome = read_outcome(one, Answer(outcome, first_position, size, stream, version, at), anew=anew)


def read_outcome(one: Request, answer: Answer, *, anew: bool) -> Appended | LedgerError:
    """What append() said of a command that it did not append now."""
    appended = Appended(answer.first_position, answer.size, answer.at, repeated=True)
    match answer.outcome:
        case "repeated":
            return appended
        case "conflict":
            run = next(run for run in one.runs if run.stream == answer.stream)
            return StaleVersion(run.stream, run.expected, answer.version)
        case "reused":
            return CommandIdReused(one.stamp.command_id)
        case "tracked":
            track = one.stamp.track
            if anew and not one.runs and track and track[1] == answer.version:
                # Nothing but the bookmark was to be moved, it stands where it should, and this may be why.
                return appended
            return AlreadyTracked(f"the bookmark {track and track[0]!r} is at {answer.version} already")
        case _:
            return LedgerError(f"append() answered {answer.outcome}")


def as_ledger_error(error: BaseException) -> LedgerError:
    """The library's errors in our own words."""
    if isinstance(error, LedgerError):
        return error
    if isinstance(error, psycopg2.DataError):
        return BadEntry(str(error).strip())
    return LedgerError(f"{type(error).__name__}: {error}".strip())
