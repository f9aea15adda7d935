"""What compacted topics hold: of each stream of a sort its present state, as of exactly where the relay has come."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple, Protocol

import orjson

from domain.facts import Entry
from infra.errors import LedgerError
from infra.kafka.records import Record, learnt_ms, told, topic
from infra.render import Json
from infra.store import PAGE, Store

CACHED_STREAMS: Final = 8_192

History = Callable[[], Iterable[Entry]]


class Standing(Protocol):
    """A stream's state on its way."""

    @property
    def version(self) -> int:
        """How many entries it has taken."""
        ...

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        ...

    def content(self, history: History) -> Json:
        """What may leave the ledger of it by now; None where nothing may. `history` reads the stream's entries up to here."""
        ...


class StateKind(NamedTuple):
    """A sort of streams whose states are published: the `family` of their topic, what a state is called, how one begins."""

    prefix: str
    family: str
    name: str
    schema: int
    begin: Callable[[str], Standing]


class OutOfStep(LedgerError):
    """A stream's entries do not follow one another."""


class StateTopic:
    """The states of one sort of streams, folded entry by entry. Remembers those that changed last."""

    def __init__(self, kind: StateKind, store: Store, prefix: str) -> None:
        """Publishes under the prefix of the ledger's topics."""
        self.kind = kind
        self.topic = topic(prefix, store.ledger, kind.family)
        self._store = store
        self._sort = ("ce_type", kind.name.encode()), ("ce_schemaversion", str(kind.schema).encode())
        self._standing: OrderedDict[str, Standing] = OrderedDict()

    def after(self, entries: Sequence[Entry]) -> list[Record]:
        """The last state of each stream that some entries of the log change; all entries before them were given before, or stored.

        Raises OutOfStep, UnknownFact, SealBroken, KeysUnavailable, StoreUnavailable.
        """
        last: dict[str, Entry] = {}
        try:
            for entry in entries:
                if entry.stream.startswith(self.kind.prefix):
                    fold(self._found(entry), entry)
                    last[entry.stream] = entry
            made = [self._record(entry, self._standing[stream]) for stream, entry in last.items()]
        except BaseException:
            # Some of the states may be further than what is published.
            self._standing.clear()
            raise
        while len(self._standing) > CACHED_STREAMS:
            self._standing.popitem(last=False)
        return made

    def every(self, to: int) -> Iterator[Record]:
        """The state of every stream as of a position, with memory for one stream. Raises as `after` does."""
        for stream, entries in groupby(self._store.by_stream(self.kind.prefix, to=to), key=lambda one: one.stream):
            standing, last = self._begun(stream), None
            for last in entries:
                fold(standing, last)
            if last is not None:
                yield self._record(last, standing)

    def _begun(self, stream: str) -> Standing:
        return self.kind.begin(stream.removeprefix(self.kind.prefix))

    def _found(self, entry: Entry) -> Standing:
        stream = entry.stream
        if stream in self._standing:
            self._standing.move_to_end(stream)
        else:
            standing = self._standing[stream] = self._begun(stream)
            for before in self._history(stream, entry.version - 1):
                fold(standing, before)
        return self._standing[stream]

    def _history(self, stream: str, to: int) -> Iterator[Entry]:
        for after in range(0, to, PAGE):
            yield from self._store.stream_entries(stream, after=after, to=min(after + PAGE, to))

    def _record(self, last: Entry, standing: Standing) -> Record:
        content = standing.content(lambda: self._history(last.stream, last.version))
        # The number alone is the id of the entry itself.
        headers = told(last, self._store.ledger, b"state-%d" % last.position, self._sort)
        return Record(self.topic, last.stream.encode(), None if content is None else orjson.dumps(content), headers, learnt_ms(last))


def fold(standing: Standing, entry: Entry) -> None:
    """Takes a stream's next entry. Raises OutOfStep for any other."""
    if entry.version != standing.version + 1:
        message = f"{entry.stream} is at version {standing.version}, and version {entry.version} comes next"
        raise OutOfStep(message)
    standing.fold(entry)
