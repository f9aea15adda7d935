"""While there is much to publish, another process renders: the topics say the same, and it may go away at any moment."""

from __future__ import annotations

import gc
import multiprocessing

import pytest

from infra.append import NewEntry
from infra.kafka import session as sessions
from infra.kafka.ahead import Ahead
from infra.kafka.records import Record
from infra.kafka.relay import Orders, Relay
from infra.kafka.rendering import Batch, Rendering
from infra.kafka.session import Session, session
from infra.kafka.standing import RelayStopped
from projections.states import ALL_STATES
from scripts import demo
from tests.infra.entries import NOON, entry, stamp
from tests.infra.waiting import until
from tests.kafka.reading import Topics


@pytest.fixture
def far(topics: Topics, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A ledger that is far ahead of its topics, where this process waits for the other; after which positions it renders by itself."""
    own: list[int] = []
    after, has_begun = Rendering.after, Ahead.has_begun

    def noted(rendering: Rendering, position: int) -> Batch | None:
        own.append(position)
        return after(rendering, position)

    def waited_for(ahead: Ahead, position: int) -> bool:
        until(lambda: has_begun(ahead, position))
        return True

    monkeypatch.setattr(sessions, "BATCH", 50)
    monkeypatch.setattr(sessions, "FAR", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(Rendering, "after", noted)
    monkeypatch.setattr(Ahead, "has_begun", waited_for)
    demo.write(topics.opened.ledger)
    return own


def publish_all(it: Session) -> None:
    while it.publish():
        pass


def test_what_another_process_renders_is_what_the_ledger_says(topics: Topics, far: list[int]) -> None:
    head = topics.opened.store.head()
    topics.relay()
    assert topics.check() == len(topics.expected())
    assert set(far) == {head}, "this process rendered what the other one should have"
    assert multiprocessing.active_children() == []


def test_what_it_lacks_when_it_is_killed_is_rendered_here(topics: Topics, far: list[int]) -> None:
    # More than fits into the pipe.
    notes = [entry("contract-long", n, "x" * 20_000) for n in range(1, 301)]
    topics.opened.store.append(stamp(), notes)
    with session(topics.opened.store, topics.settings, ALL_STATES, topics.opened.again) as it:
        it.begin(None)
        it.publish()
        (other,) = multiprocessing.active_children()
        other.kill()
        publish_all(it)
        assert it.position == topics.opened.store.head()
    assert topics.check() == len(topics.expected())
    assert len(far) > 2, "the other process was not missed"


def test_without_another_processor_it_is_all_done_here(topics: Topics, far: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    topics.relay()
    assert topics.check() == len(topics.expected())
    assert far[0] == 0


def test_an_entry_that_nobody_can_read_stops_the_relay_by_its_position(topics: Topics, far: list[int]) -> None:
    store = topics.opened.store
    head = store.head()
    store.append(stamp(), [NewEntry("contract-odd", 1, "contract.of_tomorrow@1", NOON, "{}")])
    relay = Relay(topics.opened, topics.settings, ALL_STATES, Orders(once=True))
    with pytest.raises(RelayStopped, match=rf"position {head + 1} cannot be published"):
        relay.run()
    assert relay.position == head
    assert multiprocessing.active_children() == []


def test_it_ends_with_whoever_started_it(topics: Topics) -> None:
    ahead = Ahead(topics.opened.again, topics.settings.prefix, ALL_STATES)
    (process,) = multiprocessing.active_children()
    until(ahead._pipe.poll)
    # As when the process at this end is killed.
    ahead._pipe.close()
    process.join(10)
    assert process.exitcode == 0


def test_a_batch_survives_the_way_between_processes(topics: Topics) -> None:
    demo.write(topics.opened.ledger)
    here = Rendering(topics.opened.store, topics.settings.prefix, ALL_STATES).after(0)
    ahead = Ahead(topics.opened.again, topics.settings.prefix, ALL_STATES)
    try:
        until(lambda: ahead.has_begun(0))
        there = ahead.after(0)
        assert there == here
        assert there is not None
        assert all(isinstance(one, Record) for one in there.records)
        assert ahead.after(there.position) is None
    finally:
        ahead.close()


def test_cycles_are_searched_for_again_after_an_error(far: list[int], topics: Topics, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[bool] = []

    def noted(*_: object, **__: object) -> None:
        searched.append(gc.isenabled())
        raise ConnectionError

    with session(topics.opened.store, topics.settings, ALL_STATES, topics.opened.again) as it:
        it.begin(None)
        monkeypatch.setattr(it, "send", noted)
        with pytest.raises(ConnectionError):
            it.publish()
    assert searched == [False]
    assert gc.isenabled()
