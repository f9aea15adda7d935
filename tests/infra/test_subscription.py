"""Following the log through the library's subscription, whatever becomes of connections and notifications."""

from __future__ import annotations

import threading
import time
import uuid
from functools import partial
from itertools import islice

import psycopg2
import pytest
from eventsourcing.persistence import Notification

import infra.recorder
from infra.codec import decode_meta
from infra.connections import Connection
from infra.opening import Opened
from infra.recorder import EntryRecorder, FactMapper, FactTranscoder, LedgerApplicationRecorder, LedgerSubscription
from infra.store import Store, entry
from tests.infra.entries import META, ask, entries, stamp
from tests.infra.servers import Server, own_ledger
from tests.infra.waiting import until


def listening(dsn: str, opened: Opened) -> list[int]:
    """The processes of the server that listen for this ledger's entries."""
    rows = ask(dsn, "SELECT pid FROM pg_stat_activity WHERE query = %s AND state = 'idle'", (f"LISTEN {opened.names.ledger}_entries",))
    return [int(str(pid)) for (pid,) in rows]


def write(store: Store, size: int = 1) -> None:
    store.append(stamp(), entries(f"s{uuid.uuid4().hex}", 0, size))


def positions(subscription: LedgerSubscription, number: int) -> list[int]:
    return [notification.id for notification in islice(subscription, number)]


class Deaf(LedgerSubscription):
    """Never gets as far as listening."""

    def _wake_on_notify(self, connection: Connection) -> None:
        message = "the connection was lost"
        raise psycopg2.OperationalError(message)


def test_entries_are_noticed_without_notifications(opened: Opened) -> None:
    write(opened.store)
    with Deaf(LedgerApplicationRecorder(opened.store)) as following:
        assert positions(following, 1) == [1]
        for n in range(2, 6):
            write(opened.store)
            assert positions(following, 1) == [n]


def test_a_notification_is_noticed_without_waiting_for_the_clock(opened: Opened, postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(infra.recorder, "POLL_S", 10.0)
    with LedgerApplicationRecorder(opened.store).subscribe() as following:
        until(lambda: len(listening(postgres, opened)) == 1)
        started = time.monotonic()
        for n in range(1, 6):
            write(opened.store)
            assert positions(following, 1) == [n]
        assert time.monotonic() - started < 10
        # The clock's last turn ends with the connection, and the test need not wait for it.
        monkeypatch.undo()
        ask(postgres, "SELECT pg_terminate_backend(%s)", (listening(postgres, opened)[0],))


def test_a_subscription_survives_the_end_of_its_listening_connection(opened: Opened, postgres: str) -> None:
    def ended(pid: int) -> bool:
        return pid not in listening(postgres, opened)

    with LedgerApplicationRecorder(opened.store).subscribe() as following:
        for n in range(1, 4):
            until(lambda: len(listening(postgres, opened)) == 1)
            (pid,) = listening(postgres, opened)
            ask(postgres, "SELECT pg_terminate_backend(%s)", (pid,))
            write(opened.store)
            assert positions(following, 1) == [n]
            until(partial(ended, pid))
        until(lambda: len(listening(postgres, opened)) == 1)


def test_a_subscription_goes_on_after_the_server_was_killed(breakable: Server) -> None:
    with own_ledger(breakable.url) as opened, LedgerApplicationRecorder(opened.store).subscribe() as following:
        write(opened.store, 3)
        assert positions(following, 3) == [1, 2, 3]
        breakable.stop_at_once()
        breakable.start()
        write(opened.store, 2)
        assert positions(following, 2) == [4, 5]


def test_a_thread_that_waits_for_entries_is_freed_by_stop(opened: Opened) -> None:
    got: list[Notification] = []
    with LedgerApplicationRecorder(opened.store).subscribe() as following:
        reader = threading.Thread(target=lambda: got.extend(following))
        reader.start()
        write(opened.store)
        until(lambda: len(got) == 1)
        following.stop()
        reader.join(10)
        assert not reader.is_alive()


def test_more_entries_than_the_queue_holds_are_followed_in_order(opened: Opened) -> None:
    for _ in range(12):
        write(opened.store, 1_000)
    with LedgerApplicationRecorder(opened.store).subscribe(gt=500) as following:
        assert positions(following, 11_500) == list(range(501, 12_001))


def test_entries_of_other_topics_are_looked_at_once(opened: Opened) -> None:
    with LedgerApplicationRecorder(opened.store).subscribe(topics=["contract.signed@1"]) as following:
        write(opened.store, 50)
        until(lambda: following._last_notification_id == 50)
        rare = entries("rare", 0, 1)[0]._replace(fact="contract.signed@1")
        opened.store.append(stamp(), [rare])
        assert positions(following, 1) == [51]


def test_a_store_that_is_not_there_ends_the_subscription_with_its_error(opened: Opened) -> None:
    nowhere = LedgerApplicationRecorder(Store(opened.store.connections, "nowhere"))
    with nowhere.subscribe() as following, pytest.raises(psycopg2.errors.UndefinedTable):
        next(following)


def test_what_an_entry_recorder_gives_out_becomes_the_entry_that_is_stored(opened: Opened) -> None:
    write(opened.store, 2)
    recorder, mapper = EntryRecorder(opened.store), FactMapper(FactTranscoder())
    stored = [entry(row) for row in opened.store.read_log()]
    assert [one.meta for one in stored] == [decode_meta(META)] * 2
    assert [mapper.to_domain_event(one) for one in recorder.select_notifications(None, 10)] == stored
    assert [mapper.to_domain_event(one) for one in recorder.select_events(stored[0].stream)] == stored
    bare = LedgerApplicationRecorder(opened.store).select_notifications(None, 1)[0]
    with pytest.raises(TypeError, match="does not come from an EntryRecorder"):
        mapper.to_domain_event(bare)
