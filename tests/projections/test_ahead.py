"""The next page of the log is read beside the one under way, and nobody notices but by the clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from infra.errors import Overloaded, StoreUnavailable
from infra.opening import Opened
from infra.store import Row
from projections.ahead import Ahead, ahead
from projections.feed import Asked, piece
from projections.log import Log
from tests.facts import half_paid
from tests.infra.waiting import until
from tests.projections.histories import put
from tests.spec import recorded


class Reads:
    """What was asked of the store, and in which thread; `failing` says which of them fail."""

    def __init__(self, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
        self.threads: dict[int, list[str]] = {}
        self.failing: set[tuple[int, str]] = set()
        self._read = opened.store.read_log
        monkeypatch.setattr(opened.store, "read_log", self.read_log)

    def read_log(self, *, after: int, **more: Any) -> list[Row]:  # noqa: ANN401 - passed on
        """As the store does."""
        name = "ahead" if threading.current_thread().name.startswith("ahead") else "here"
        self.threads.setdefault(after, []).append(name)
        if (after, name) in self.failing:
            message = "out"
            raise StoreUnavailable(message)
        return self._read(after=after, **more)

    def begun(self, after: int, is_expected: bool = True) -> None:  # noqa: FBT001, FBT002 - whether the page was a full one
        """Waits until a page is being read."""
        if is_expected:
            until(lambda: after in self.threads)


def filled(opened: Opened) -> int:
    """How many entries there are now."""
    put(opened, recorded(half_paid))
    return opened.store.head()


def test_whoever_is_behind_finds_the_next_page_read(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    head, reads = filled(opened), Reads(opened, monkeypatch)
    log, after, seen = Log(opened.store, page=4, kept=0), 0, list[int]()
    while (page := log.page(after)).last > after:
        seen += [entry.position for entry in page.entries]
        after = page.last
        reads.begun(after, len(page.entries) == 4)
    assert seen == list(range(1, head + 1))
    # The first one is read by whoever asks, and so is the last, behind which there might be more by then.
    assert list(reads.threads.values()) == [["here"], *[["ahead"]] * (head // 4 - 1), ["ahead", "here"], *[["here"]] * (head % 4 > 0)]


def test_what_is_appended_after_the_end_was_read_is_found_at_once(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    head, reads = filled(opened), Reads(opened, monkeypatch)
    log = Log(opened.store, page=head, kept=0)
    assert log.page(0).last == head
    until(lambda: reads.threads.get(head) == ["ahead"])
    put(opened, [entry._replace(stream="contract-2") for entry in recorded(half_paid)])
    assert log.page(head).last == 2 * head


def test_a_page_that_could_not_be_read_ahead_is_read_when_it_is_asked_for(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(opened)
    reads = Reads(opened, monkeypatch)
    reads.failing = {(4, "ahead")}
    log = Log(opened.store, page=4, kept=0)
    log.page(0)
    reads.begun(4)
    assert [entry.position for entry in log.page(4).entries] == [5, 6, 7, 8]
    assert reads.threads[4] == ["ahead", "here"]
    reads.failing = {(12, "ahead"), (12, "here")}
    log.page(8)
    reads.begun(12)
    with pytest.raises(StoreUnavailable):
        log.page(12)


def test_a_limit_is_kept_and_another_place_is_read_from_there(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(opened)
    reads = Reads(opened, monkeypatch)
    log = Log(opened.store, page=4, kept=0)
    assert log.page(0, to=4).last == 4
    assert [log.page(after, to=6).last for after in (0, 4, 6)] == [4, 6, 6]
    assert log.page(1).last == 5
    assert log.page(9).last == 13
    assert all(after < 14 for after in reads.threads)


def test_views_at_different_places_each_find_their_next_page_read(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(opened)
    reads = Reads(opened, monkeypatch)
    log, places = Log(opened.store, page=2, kept=0), [0, 8]
    for _ in range(3):
        for n, after in enumerate(places):
            places[n] = log.page(after).last
            reads.begun(places[n])
    assert places == [6, 14]
    assert [reads.threads[after] for after in (0, 2, 4, 8, 10, 12)] == [["here"], ["ahead"], ["ahead"]] * 2


def test_who_asks_for_one_page_reads_no_other(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(opened)
    reads = Reads(opened, monkeypatch)
    assert Log(opened.store, page=4, kept=0, ahead=False).page(0).last == 4
    assert piece(opened.store, Asked(), after=0, until=opened.store.head(), limit=4).reached == 4
    assert reads.threads == {0: ["here", "here"]}


def test_who_waited_for_a_connection_in_vain_does_not_wait_twice() -> None:
    one = Ahead[int]()

    def in_vain() -> int:
        started.set()
        message = "no connection was free"
        raise Overloaded(message)

    started = threading.Event()
    one.begin("page", in_vain)
    assert started.wait(30)
    with pytest.raises(Overloaded, match="no connection"):
        one.take("page")
    assert one.take("page") is None


def test_things_made_ahead_come_in_order_and_what_goes_wrong_comes_where_it_did() -> None:
    made: list[int] = []

    def things() -> Iterator[int]:
        for n in range(3):
            made.append(n)
            yield n
        message = "the third"
        raise ValueError(message)

    told = ahead(things())
    assert next(told) == 0
    until(lambda: made == [0, 1])
    assert [next(told), next(told)] == [1, 2]
    with pytest.raises(ValueError, match="the third"):
        next(told)
