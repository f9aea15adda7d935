"""Our store behind the `eventsourcing` library's persistence interfaces, so that its mapper, event store and subscriptions work on it."""

from __future__ import annotations

import hashlib
import logging
import select
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg2
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    DataError,
    IntegrityError,
    ListenNotifySubscription,
    Mapper,
    Notification,
    OperationalError,
    ProcessRecorder,
    ShutDown,
    StoredEvent,
    Tracking,
    Transcoder,
)

from domain.facts import Entry, Fact
from infra import codec
from infra.append import Appended, NewEntry, Stamp
from infra.connections import Connection
from infra.errors import AlreadyTracked, BadEntry, CommandIdReused, Overloaded, StaleVersion, StoreUnavailable
from infra.store import Row, Store, entry

ANONYMOUS_META = '{"actor":"library","credential":"none","channel":"api"}'
NO_INPUT_HASH = hashlib.sha256(b"").hexdigest()
POLL_S = 0.2

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredEntry(StoredEvent):
    """A stored event with the envelope that our entries have."""

    effective_at: datetime


@dataclass(frozen=True)
class EntryNotification(Notification):
    """A notification with the whole row that it stands for."""

    row: Row


class NewFact:
    """A fact on its way into a stream, as the library's event store wants it."""

    __slots__ = ("effective_at", "fact", "originator_id", "originator_version")

    def __init__(self, stream: str, version: int, fact: Fact, effective_at: datetime) -> None:
        """`effective_at` is aware."""
        self.originator_id = stream
        self.originator_version = version
        self.fact = fact
        self.effective_at = effective_at


class FactTranscoder(Transcoder):
    """Facts to JSON and back; the library's own transcoder would wrap every type that JSON lacks."""

    def encode(self, obj: Any) -> bytes:  # noqa: ANN401 - the library's interface
        """Encodes a fact."""
        return codec.encode(obj).encode()

    def decode(self, data: bytes) -> Any:  # noqa: ANN401 - the library's interface
        """Decodes without a type; FactMapper knows the type."""
        return msgspec.json.decode(data)


class FactMapper(Mapper[str]):
    """Between facts and stored events, under stable names and never under module paths."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:  # noqa: ANN401 - NewFact, which the library's protocol would widen
        """A stored event for a NewFact."""
        return StoredEntry(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=codec.topic(domain_event.fact),
            state=self.transcoder.encode(domain_event.fact),
            effective_at=domain_event.effective_at,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:  # noqa: ANN401 - an Entry, which has the envelope too
        """The entry. Raises UnknownFact."""
        found: object = stored_event
        if isinstance(found, Entry):
            return found
        if isinstance(stored_event, EntryNotification):
            return entry(stored_event.row)
        # What no ledger has recorded has neither times nor an author, and an entry must not make them up.
        message = f"{type(stored_event).__name__} does not come from an EntryRecorder"
        raise TypeError(message)


class LedgerAggregateRecorder(AggregateRecorder):
    """Streams of events through append().

    Streams in the store begin at version 1. An application of the library that numbers its events from 0 says so with
    `first_version=0`; what it sees is then shifted by one.
    """

    def __init__(self, store: Store, *, first_version: int = 1) -> None:
        """`first_version` is the number that the application gives to the first event of a stream."""
        self.store = store
        self._shift = 1 - first_version

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:  # noqa: ANN401 - the library's interface
        """Appends all events as one command, or none. Raises the library's IntegrityError, OperationalError and DataError.

        States are kept as text: those that are not UTF-8, as ciphers and compressors make them, are a DataError.
        Without a `stamp` the command gets a random id: a retry by the caller is then another command. A `receipt` is told
        where the entries stand.
        """
        self._append(stored_events, **kwargs)
        return None

    def _append(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:  # noqa: ANN401 - passed on
        try:
            return self._insert(stored_events, **kwargs)
        except (StaleVersion, CommandIdReused, AlreadyTracked) as error:
            raise IntegrityError(str(error)) from error
        except (StoreUnavailable, Overloaded) as error:
            raise OperationalError(str(error)) from error
        except (BadEntry, UnicodeDecodeError) as error:
            raise DataError(str(error)) from error

    def _insert(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        stamp: Stamp | None = None,
        tracking: Tracking | None = None,
        receipt: Callable[[Appended], None] | None = None,
    ) -> Sequence[int] | None:
        if not stored_events and tracking is None:
            return None
        now = datetime.now(UTC)
        entries = [
            NewEntry(
                str(e.originator_id),
                e.originator_version + self._shift,
                e.topic,
                e.effective_at if isinstance(e, StoredEntry) else now,
                e.state.decode(),
            )
            for e in stored_events
        ]
        if stamp is None:
            stamp = Stamp(uuid.uuid4().hex, NO_INPUT_HASH, ANONYMOUS_META)
        if tracking is not None:
            stamp = stamp._replace(track=(tracking.application_name, tracking.notification_id))
        appended = self.store.append(stamp, entries)
        if receipt is not None:
            receipt(appended)
        return [appended.first_position + n for n in range(len(entries))] if entries else None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """A stream's events after version `gt` up to version `lte`."""
        rows = self.store.read_stream(
            str(originator_id),
            after=0 if gt is None else max(gt + self._shift, 0),
            to=None if lte is None else lte + self._shift,
            limit=limit,
            descending=desc,
        )
        return [StoredEvent(originator_id, row.version - self._shift, row.fact, row.payload.encode()) for row in rows]


class LedgerApplicationRecorder(LedgerAggregateRecorder, ApplicationRecorder):
    """The log of all streams as the library's application sequence."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:  # noqa: ANN401 - the library's interface
        """As in LedgerAggregateRecorder; answers the positions."""
        return self._append(stored_events, **kwargs)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Events from the position `start` to the position `stop`."""
        after = 0 if start is None else start - inclusive_of_start
        return [self._notification(row) for row in self.store.read_log(after=after, to=stop, limit=limit, facts=topics)]

    def _notification(self, row: Row) -> Notification:
        return Notification(row.stream, row.version - self._shift, row.fact, row.payload.encode(), row.position)

    def max_notification_id(self) -> int | None:
        """The position of the last event."""
        return self.store.head() or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> LedgerSubscription:
        """Follows the log from the position after `gt`."""
        return LedgerSubscription(self, gt=gt, topics=topics)


class EntryRecorder(LedgerApplicationRecorder):
    """The same with whole entries, envelope and all, for FactMapper to answer with."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:  # noqa: ANN401 - the library's interface
        """As in LedgerAggregateRecorder. The receipt tells the positions; for an answer the library would make a recording of each."""
        self._append(stored_events, **kwargs)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[Any]:
        """A stream's entries, decoded together: the mapper lets them pass. Raises UnknownFact."""
        return self.store.stream_entries(str(originator_id), after=max(gt or 0, 0), to=lte, limit=limit, descending=desc)

    def _notification(self, row: Row) -> Notification:
        row = self.store.opened(row)
        return EntryNotification(row.stream, row.version, row.fact, row.payload.encode(), row.position, row)


class LedgerSubscription(ListenNotifySubscription[LedgerApplicationRecorder]):
    """The library's subscription, woken by NOTIFY and, whatever becomes of that, by its own clock.

    While the store cannot be reached it waits, and then goes on where it was.
    """

    def __init__(self, recorder: LedgerApplicationRecorder, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        """Starts to follow at once."""
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._listen_thread = threading.Thread(target=self._listen, daemon=True)
        self._listen_thread.start()

    def __exit__(self, *args: object, **kwargs: Any) -> None:  # noqa: ANN401 - the library's interface
        """Stops, and waits for both threads."""
        try:
            super().__exit__(*args, **kwargs)
        finally:
            self._listen_thread.join()

    def _pull(self) -> None:
        """Hands on what is new. What other topics took up is not looked at again."""
        with suppress(StoreUnavailable, Overloaded, ShutDown):
            while not self._has_been_stopped:
                self._has_been_notified.clear()
                head = self._recorder.max_notification_id() or 0
                page = self._recorder.select_notifications(
                    self._last_notification_id, self._select_limit, head, self._topics, inclusive_of_start=False
                )
                if page:
                    self._notifications_queue.put(page)
                if len(page) < self._select_limit:
                    self._last_notification_id = max(head, self._last_notification_id or 0)
                    return
                self._last_notification_id = page[-1].id

    def _listen(self) -> None:
        while not self._has_been_stopped:
            try:
                with closing(self._recorder.store.connections.connect()) as connection:
                    self._wake_on_notify(connection)
            except (psycopg2.Error, StoreUnavailable) as error:
                _logger.warning("Following goes on by polling, since notifications do not come: %s", str(error).strip())
                time.sleep(POLL_S)
                self._has_been_notified.set()

    def _wake_on_notify(self, connection: Connection) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {self._recorder.store.ledger}_entries")
        arriving = select.poll()
        arriving.register(connection.fileno(), select.POLLIN)
        while not self._has_been_stopped:
            self._has_been_notified.set()
            arriving.poll(POLL_S * 1_000)
            connection.poll()
            connection.notifies.clear()


class LedgerProcessRecorder(LedgerApplicationRecorder, ProcessRecorder):
    """Events together with a bookmark of what they were made from, in one transaction."""

    def insert_tracking(self, tracking: Tracking) -> None:
        """Moves a bookmark forward. Raises IntegrityError where it would not move forward."""
        self._append([], tracking=tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        """The bookmark under a name."""
        return self.store.tracked(application_name)
