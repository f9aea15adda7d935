"""The way of a command: load the stream, decide, append; and the way back: a stream's state at any moment."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar, cast

from eventsourcing.persistence import EventStore, PersistenceError

import domain.access
import domain.access.visits
import domain.alert
import domain.alerting
import domain.clock
import domain.contract
import domain.delegation
import domain.document
import domain.fields
import domain.party
import domain.policy
import domain.product
import domain.risk
import domain.searches
import domain.template
from domain.contract.history import as_of
from domain.contract.state import Contract
from domain.facts import Command, Dated, Entry, Fact, Meta, Occasion
from domain.party import EraseParty, PartyErased
from domain.refusals import Refusal
from domain.terms.calendar import Calendar
from infra import codec
from infra.append import Appended, Stamp
from infra.errors import CommandIdReused, StaleVersion, SubjectErased
from infra.keyring import Keyring
from infra.recorder import EntryRecorder, FactMapper, FactTranscoder, NewFact
from infra.store import Store

MAX_ATTEMPTS = 10


class State(Protocol):
    """What any stream folds into."""

    version: int

    @property
    def exists(self) -> bool:
        """Whether the stream has begun."""
        ...

    def copy(self) -> Self:
        """A state to fold further."""
        ...


S = TypeVar("S", bound=State)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StreamKind(Generic[S]):
    """A sort of stream: its prefix, its empty state, how it decides and how it folds."""

    prefix: str
    blank: Callable[[], S]
    decide: Callable[[S, Any, Occasion], Sequence[Fact | Dated]]
    fold: Callable[[S, Entry], None]

    def stream(self, identity: str) -> str:
        """The stream's name in the store."""
        return f"{self.prefix}{identity}"

    def evolve(self, state: S, entries: Iterable[Entry]) -> S:
        """A new state with more entries folded in."""
        folded = state.copy()
        for one in entries:
            self.fold(folded, one)
        return folded


CONTRACT = StreamKind("contract-", Contract, domain.contract.decide, domain.contract.fold)
PARTY = StreamKind("party-", domain.party.Party, domain.party.decide, domain.party.fold)
DOCUMENT = StreamKind("document-", domain.document.StoredDocument, domain.document.decide, domain.document.fold)
POLICY = StreamKind("policy-", domain.policy.Policy, domain.policy.decide, domain.policy.fold)
TEMPLATE = StreamKind("template-", domain.template.Template, domain.template.decide, domain.template.fold)
PRODUCT = StreamKind("product-", domain.product.Product, domain.product.decide, domain.product.fold)
RISK = StreamKind("risk-", domain.risk.RiskRules, domain.risk.decide, domain.risk.fold)
FIELDS = StreamKind("fields-", domain.fields.FieldBook, domain.fields.decide, domain.fields.fold)
SEARCHES = StreamKind("searches-", domain.searches.Searches, domain.searches.decide, domain.searches.fold)
DELEGATION = StreamKind("delegation-", domain.delegation.Delegation, domain.delegation.decide, domain.delegation.fold)
ALERTING = StreamKind("alerting-", domain.alerting.AlertRules, domain.alerting.decide, domain.alerting.fold)
ALERT = StreamKind("alert-", domain.alert.Alert, domain.alert.decide, domain.alert.fold)
CLOCK = StreamKind("clock-", domain.clock.Clock, domain.clock.decide, domain.clock.fold)
VISITS = StreamKind("visits-", domain.access.visits.Visits, domain.access.visits.decide, domain.access.visits.fold)
ACCESS = StreamKind("access", domain.access.KeyRing, domain.access.decide, domain.access.fold)

_OF_CONTRACTS = (CONTRACT, PARTY, DOCUMENT, TEMPLATE, PRODUCT, ALERT)
_OF_THE_HOUSE = (POLICY, FIELDS, RISK, SEARCHES, DELEGATION, ALERTING, CLOCK, VISITS, ACCESS)

KINDS: Mapping[Callable[[], State], StreamKind[Any]] = {kind.blank: kind for kind in (*_OF_CONTRACTS, *_OF_THE_HOUSE)}


class Asker(NamedTuple):
    """Who commands: set by the interface that knows, never by the caller's own word."""

    actor: str
    credential: str
    channel: str
    on_behalf_of: str | None = None
    roles: frozenset[str] = frozenset()


class Envelope(NamedTuple):
    """What goes with a command: who asks, the id that makes it safe to repeat, and the times.

    `read_at` is the version that the caller saw: with it, a newer version raises StaleVersion; without it the command is
    decided again on what others wrote meanwhile. `effective_at` (aware) is when it took place in the world; now by default.
    """

    asker: Asker
    command_id: str
    read_at: int | None = None
    effective_at: datetime | None = None
    reason: str | None = None
    correlation_id: str | None = None


class Outcome(NamedTuple):
    """What became of a command."""

    stream: str
    version: int
    position: int
    recorded_at: datetime
    facts: tuple[str, ...]
    repeated: bool


class Ledger:
    """One ledger: commands in, states out."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime], keyring: Keyring | None = None, cached_streams: int = 4_096) -> None:
        """`clock` gives the aware time of now; up to `cached_streams` states are kept so that a long stream loads fast.

        `keyring` holds the keys of the personal data that the store seals.
        """
        self.store = store
        self.clock = clock
        self.keyring = keyring
        self._events = EventStore[str](FactMapper(FactTranscoder()), EntryRecorder(store))
        self._cache: OrderedDict[str, State] = OrderedDict()
        self._cached_streams = cached_streams
        self._cache_lock = threading.Lock()
        # How often something had to be forgotten: what was read before is not remembered after.
        self._forgotten = 0

    def handle(self, kind: StreamKind[S], identity: str, command: Command, envelope: Envelope) -> Outcome:
        """Decides a command on a stream and appends its facts.

        Raises the domain's Refusal, StaleVersion, CommandIdReused, StoreUnavailable, Overloaded, BadEntry, KeysUnavailable.
        """
        outcome = self._handled(kind, identity, command, envelope)
        if isinstance(command, EraseParty):
            # Also where the command was repeated: the process that first had it may have died before it came to this.
            self.forget(identity)
        return outcome

    def forget(self, party_id: str) -> None:
        """Destroys the key of a party of which the ledger says that its personal data was erased, and what is remembered of it.

        Safe to repeat. Raises StoreUnavailable.
        """
        if self.keyring is not None:
            self.keyring.destroy(party_id)
        with self._cache_lock:
            # Contracts hold names of parties, too; which ones do is not known here, and this is rare.
            self._cache.clear()
            self._forgotten += 1

    def _handled(self, kind: StreamKind[S], identity: str, command: Command, envelope: Envelope) -> Outcome:
        stream = kind.stream(identity)
        stamp, meta = self._stamp(stream, command, envelope)
        forgotten = self._forgotten
        state = self._held(kind, stream)
        for attempt in range(MAX_ATTEMPTS):
            # The first attempt trusts what this process remembers: append() refuses it if that was not the latest.
            if attempt or not state.exists:
                state = self.load(kind, identity)
            try:
                return self._put(kind, state, self._decide(kind, stream, state, command, envelope), (stamp, meta), forgotten)
            except (Refusal, StaleVersion) as answer:
                repeated = self._repeated(stamp, stream)
                if repeated is not None:
                    return repeated
                latest = self.load(kind, identity).version
                if latest == state.version or envelope.read_at not in (None, latest):
                    raise StaleVersion(stream, answer.expected, latest) if isinstance(answer, StaleVersion) else answer from None
        raise StaleVersion(stream, state.version, self.load(kind, identity).version)

    def _decide(self, kind: StreamKind[S], stream: str, state: S, command: Command, envelope: Envelope) -> list[NewFact]:
        if envelope.read_at not in (None, state.version):
            raise StaleVersion(stream, envelope.read_at or 0, state.version)
        occasion = self.occasion(envelope, self.clock())
        facts = kind.decide(state, command, occasion)
        return [
            NewFact(stream, state.version + n, *(f if isinstance(f, Dated) else (f, occasion.effective_at))) for n, f in enumerate(facts, 1)
        ]

    def occasion(self, envelope: Envelope, now: datetime) -> Occasion:
        """What a decision knows of who commands, when, why, and what is around."""
        asker = envelope.asker
        return Occasion(
            actor=asker.actor,
            now=now,
            effective_at=envelope.effective_at or now,
            on_behalf_of=asker.on_behalf_of,
            around=Around(self),
            reason=envelope.reason,
            channel=asker.channel,
            roles=asker.roles,
        )

    def input_hash(self, stream: str, command: Command, envelope: Envelope) -> str:
        """SHA-256 (hexadecimal) over all that the caller and the principal brought to a command.

        Where there may be personal data in it, the hash has a key, or who reads it could try out names until one fits.
        """
        asker = envelope.asker
        content = codec.encode_any(
            [stream, type(command).__name__, command, asker.actor, asker.on_behalf_of, envelope.effective_at, envelope.reason]
        )
        if self.keyring is not None and stream.startswith((PARTY.prefix, CONTRACT.prefix)):
            return hmac.digest(self.keyring.hash_key(), content, "sha256").hex()
        return hashlib.sha256(content).hexdigest()

    def _stamp(self, stream: str, command: Command, envelope: Envelope) -> tuple[Stamp, Meta]:
        """What the command puts on its entries."""
        asker = envelope.asker
        digest = self.input_hash(stream, command, envelope)
        meta = Meta(
            actor=asker.actor,
            credential=asker.credential,
            channel=asker.channel,
            on_behalf_of=asker.on_behalf_of,
            reason=envelope.reason,
            correlation_id=envelope.correlation_id,
        )
        return Stamp(envelope.command_id, digest, codec.encode_meta(meta)), meta

    def _put(self, kind: StreamKind[S], state: S, news: list[NewFact], stamped: tuple[Stamp, Meta], forgotten: int) -> Outcome:
        stamp, meta = stamped
        receipts: list[Appended] = []
        try:
            self._events.put(cast("Any", news), stamp=stamp, receipt=receipts.append)
        except PersistenceError as error:
            # The library's word for it; ours says more, and is its cause.
            raise error.__cause__ or error from None
        except SubjectErased as error:
            raise PartyErased from error
        appended = receipts[0]
        stream = news[0].originator_id
        if appended.repeated:
            # Somebody sent the same command at the same time; what counts is what was stored first.
            return self._outcome(stream, appended)
        entries = [
            Entry(
                appended.first_position + n,
                stream,
                new.originator_version,
                new.fact,
                new.effective_at,
                appended.recorded_at,
                stamp.command_id,
                meta,
            )
            for n, new in enumerate(news)
        ]
        self._keep(stream, kind.evolve(state, entries), forgotten)
        topics = tuple(codec.topic(n.fact) for n in news)
        return Outcome(stream, entries[-1].version, appended.last_position, appended.recorded_at, topics, repeated=False)

    def _repeated(self, stamp: Stamp, stream: str) -> Outcome | None:
        """The first answer to this very command, if it was given one."""
        record = self.store.command(stamp.command_id)
        if record is None:
            return None
        if record.input_hash != stamp.input_hash:
            raise CommandIdReused(stamp.command_id)
        return self._outcome(stream, Appended(record.first_position, record.size, record.recorded_at, repeated=True))

    def _outcome(self, stream: str, appended: Appended) -> Outcome:
        rows = self.store.read_log(after=appended.first_position - 1, to=appended.last_position, limit=appended.size)
        return Outcome(
            stream,
            rows[-1].version,
            appended.last_position,
            appended.recorded_at,
            tuple(row.fact for row in rows),
            repeated=True,
        )

    def load(self, kind: StreamKind[S], identity: str) -> S:
        """The stream's present state. The caller must not change it; the version of a stream that never began is zero."""
        stream = kind.stream(identity)
        forgotten = self._forgotten
        state = self._held(kind, stream)
        entries = list(self._events.get(stream, gt=state.version))
        if entries:
            state = kind.evolve(state, cast("list[Entry]", entries))
            self._keep(stream, state, forgotten)
        return state

    def _held(self, kind: StreamKind[S], stream: str) -> S:
        with self._cache_lock:
            held = self._cache.get(stream)
            if held is None:
                return kind.blank()
            self._cache.move_to_end(stream)
            return cast("S", held)

    def _keep(self, stream: str, state: State, forgotten: int) -> None:
        with self._cache_lock:
            held = self._cache.get(stream)
            if forgotten == self._forgotten and (held is None or held.version < state.version):
                self._cache[stream] = state
                self._cache.move_to_end(stream)
                if len(self._cache) > self._cached_streams:
                    self._cache.popitem(last=False)

    def history(self, kind: StreamKind[S], identity: str, *, to: int | None = None) -> list[Entry]:
        """A stream's entries up to a version, decoded."""
        return cast("list[Entry]", list(self._events.get(kind.stream(identity), lte=to)))

    def contract_as_of(
        self,
        identity: str,
        *,
        valid_at: datetime | None = None,
        known_at: datetime | None = None,
        version: int | None = None,
    ) -> Contract:
        """A contract as it stood at `valid_at`, as known at `known_at`, at most at `version`. Version zero: not there then."""
        if valid_at is None and known_at is None and version is None:
            return self.load(CONTRACT, identity)
        entries = self.history(CONTRACT, identity, to=version)
        return domain.contract.replay(as_of(entries, valid_at=valid_at, known_at=known_at))


class Around:
    """A ledger as decisions look around in it."""

    def __init__(self, ledger: Ledger) -> None:
        """Reads nothing yet."""
        self._ledger = ledger

    def state(self, blank: Callable[[], T], identity: str) -> T:
        """The present state of another stream."""
        return cast("T", self._ledger.load(KINDS[cast("Callable[[], State]", blank)], identity))

    def calendar(self, code: str, zone: str) -> Calendar:
        """A calendar of the library."""
        # Few decisions need one, and the library of holidays takes longer to import than the rest of the ledger.
        from infra import calendars  # noqa: PLC0415

        return calendars.named(code, zone)
