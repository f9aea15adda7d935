"""Whether the topics say what the ledger says, up to the position that the brokers hold: counts, sums, hashes, the first difference."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

import orjson
from kafka import TopicPartition

from domain.facts import Entry
from domain.money import Money
from infra.kafka import brokers
from infra.kafka.records import FAMILIES, POSITIONS, Record, record, topic
from infra.kafka.session import partition_of
from infra.kafka.settings import KafkaSettings
from infra.kafka.standing import Bookmark, RelayStopped
from infra.kafka.states import StateKind, StateTopic
from infra.store import Store

# Hashes are added up for so many positions at a time, so that a difference is looked for in one such stretch.
STRETCH: Final = 1_000
_MODULUS: Final = 2**256

Sums = Mapping[tuple[str, str], Decimal]


class Differing(NamedTuple):
    """The first position at which a topic is not what it should be. `what`: missing, doubled, altered, out of order, foreign."""

    position: int
    key: str
    what: str


class Side(NamedTuple):
    """What one side comes to. `digest` is the sum of the records' SHA-256, so that their order among partitions does not matter.

    `sums` are amounts by what they are of and their currency.
    """

    records: int
    digest: str
    sums: Sums


class Reconciled(NamedTuple):
    """A topic; `first` is None where both sides are the same."""

    topic: str
    ledger: Side
    kafka: Side
    first: Differing | None


class Found(NamedTuple):
    """A record as it was read, with where."""

    record: Record
    partition: int

    @property
    def position(self) -> int:
        """Of the entry that it is about; zero where it says none."""
        said = dict(self.record.headers).get("ce_position", b"")
        return int(said) if said.isdigit() else 0


class Heap:
    """Records of one topic, counted, summed and hashed."""

    def __init__(self) -> None:
        """Begins with nothing."""
        self.sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self.stretches: dict[int, tuple[int, int]] = {}

    def take(self, position: int, digest: int) -> None:
        """One more."""
        count, total = self.stretches.get(position // STRETCH, (0, 0))
        self.stretches[position // STRETCH] = count + 1, (total + digest) % _MODULUS

    def add(self, name: str, amount: Decimal, currency: str) -> None:
        """Adds an amount up."""
        self.sums[name, currency] += amount

    @property
    def side(self) -> Side:
        """What it comes to."""
        total = sum(digest for _, digest in self.stretches.values()) % _MODULUS
        return Side(sum(count for count, _ in self.stretches.values()), f"{total:064x}", dict(sorted(self.sums.items())))


def digest_of(one: Record, partition: int) -> int:
    """The hash of a record, with everything that its reader gets, as a number."""
    parts = [one.key, one.value, partition, one.timestamp_ms, *(part for header in one.headers for part in header)]
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest(), "big")


class Reconciliation:
    """One run, for one ledger."""

    def __init__(self, store: Store, settings: KafkaSettings, states: Sequence[StateKind], reader: Any) -> None:  # noqa: ANN401 - kafka-python publishes no types
        """Begins with finding out how far the brokers have come. Raises RelayStopped where they do not say."""
        self._store = store
        self._settings = settings
        self._reader = reader
        self._states = [StateTopic(kind, store, settings.prefix) for kind in states]
        bookmarks = topic(settings.prefix, store.ledger, POSITIONS)
        value = brokers.last_value(reader, bookmarks) if reader.partitions_for_topic(bookmarks) else None
        if value is None:
            message = "the brokers hold no position: nothing was published yet; `tally relay` publishes"
            raise RelayStopped(message)
        self.position = Bookmark.decode(value).position

    def run(self) -> Iterator[Reconciled]:
        """Each topic, one after the other. Raises KafkaError, BrokersSilent, StoreUnavailable, UnknownFact."""
        ledgers = self._from_ledger()
        for family in FAMILIES.values():
            name = topic(self._settings.prefix, self._store.ledger, family)
            yield self._entries(name, ledgers[name])
        for one in self._states:
            yield self._last_states(one)

    def _from_ledger(self) -> dict[str, Heap]:
        heaps: dict[str, Heap] = defaultdict(Heap)
        for entry, one in self._expected(0, self.position):
            heap = heaps[one.topic]
            heap.take(entry.position, self._digest(one))
            amount = getattr(entry.fact, "amount", None)
            if isinstance(amount, Money):
                heap.add(entry.fact.NAME, Decimal(amount.amount), amount.currency)
        return heaps

    def _expected(self, after: int, to: int) -> Iterator[tuple[Entry, Record]]:
        for entry in self._store.whole_log(after=after, to=to):
            one = record(entry, self._settings.prefix, self._store.ledger)
            if one is not None:
                yield entry, one

    def _digest(self, one: Record) -> int:
        return digest_of(one, partition_of(one.key, self._settings.partitions))

    def _read(self, name: str) -> Iterator[Found]:
        """Everything committed in a topic that is about entries up to the position."""
        partitions = self._reader.partitions_for_topic(name) or ()
        parts = [TopicPartition(name, n) for n in partitions]
        ends = brokers.end_offsets(self._reader, parts)
        self._reader.assign(parts)
        if parts:
            self._reader.seek_to_beginning()
        for one in brokers.read_to(self._reader, ends):
            found = Found(Record(one.topic, one.key or b"", one.value, list(one.headers), one.timestamp), one.partition)
            # What comes later is for the next run.
            if found.position <= self.position:
                yield found

    def _entries(self, name: str, ledger: Heap) -> Reconciled:
        heap, last, disorder = Heap(), dict[int, int](), list[Found]()
        for found in self._read(name):
            heap.take(found.position, digest_of(found.record, found.partition))
            for fact, amount, currency in amounts_of(found.record, ("amount",)):
                heap.add(fact, amount, currency)
            if found.position <= last.get(found.partition, 0):
                disorder.append(found)
                # The first one by position is the only one that is told.
                disorder = [min(disorder, key=lambda one: one.position)]
            last[found.partition] = found.position
        stretches = ledger.stretches.keys() | heap.stretches.keys()
        differing = sorted(n for n in stretches if ledger.stretches.get(n) != heap.stretches.get(n))
        first = self._first_in(name, differing[0]) if differing else None
        if first is None and disorder:
            first = Differing(disorder[0].position, named(disorder[0].record), "out of order")
        return Reconciled(name, ledger.side, heap.side, first)

    def _first_in(self, name: str, stretch: int) -> Differing | None:
        start = stretch * STRETCH
        stretched = self._expected(max(start - 1, 0), min(start + STRETCH - 1, self.position))
        expected = {entry.position: one for entry, one in stretched if one.topic == name}
        found: dict[int, list[Found]] = defaultdict(list)
        for one in self._read(name):
            if one.position // STRETCH == stretch:
                found[one.position].append(one)
        for position in sorted(expected.keys() | found.keys()):
            what = self._what(expected.get(position), found.get(position, []))
            if what is not None:
                return Differing(position, named(expected[position] if position in expected else found[position][0].record), what)
        return None

    def _what(self, expected: Record | None, found: Sequence[Found]) -> str | None:
        if expected is None:
            return "foreign"
        if not found:
            return "missing"
        if any(digest_of(one.record, one.partition) != self._digest(expected) for one in found):
            return "altered"
        return "doubled" if len(found) > 1 else None

    def _last_states(self, states: StateTopic) -> Reconciled:
        """Of each stream only the last record counts, as after compaction; all of them are remembered by their hashes meanwhile."""
        last: dict[bytes, tuple[int, int, list[tuple[str, Decimal, str]]]] = {}
        for found in self._read(states.topic):
            digest = digest_of(found.record, found.partition)
            last[found.record.key] = found.position, digest, list(amounts_of(found.record, ("value", "paid")))
        ledger, heap, differing = Heap(), Heap(), list[Differing]()
        for position, digest, amounts in last.values():
            heap.take(position, digest)
            for named_amount in amounts:
                heap.add(*named_amount)
        for one in states.every(self.position):
            position, digest = Found(one, 0).position, self._digest(one)
            ledger.take(position, digest)
            for named_amount in amounts_of(one, ("value", "paid")):
                ledger.add(*named_amount)
            held = last.pop(one.key, None)
            if held is None:
                differing.append(Differing(position, named(one), "missing"))
            elif held[1] != digest:
                differing.append(Differing(position, named(one), "altered" if held[0] == position else f"left at position {held[0]}"))
        differing += [Differing(position, key.decode("utf-8", "replace"), "foreign") for key, (position, _, _) in last.items()]
        return Reconciled(states.topic, ledger.side, heap.side, min(differing, default=None))


def named(one: Record) -> str:
    """The stream that a record is about."""
    return one.key.decode("utf-8", "replace")


def amounts_of(one: Record, names: Iterable[str]) -> Iterator[tuple[str, Decimal, str]]:
    """The amounts under some names in a record's value: what they are of, and their currency. What is not the relay's has none."""
    kind = dict(one.headers).get("ce_type", b"").decode("utf-8", "replace")
    wanted = [name for name in names if one.value is not None and b'"%s":{"amount":' % name.encode() in one.value]
    if not wanted or one.value is None:
        return
    try:
        value = orjson.loads(one.value)
    except orjson.JSONDecodeError:
        return
    for name in wanted:
        # The words may stand deeper in the value.
        held = value.get(name)
        if isinstance(held, dict):
            yield kind if name == "amount" else f"{kind}.{name}", Decimal(held["amount"]), held["currency"]
