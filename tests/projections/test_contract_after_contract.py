"""A view of a long log is built contract after contract, and is byte for byte what the order of the log makes of it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.facts import Entry
from domain.party import EraseParty, RegisterParty
from infra.ledger import PARTY
from infra.opening import Opened
from projections import contract_after_contract, several
from projections.check import check
from projections.contract_after_contract import told
from projections.dues import DUES
from projections.known import ALL_VIEWS
from projections.log import Log, Page
from projections.projector import Projector
from projections.rebuild import begin_anew, current, finish, follow, rebuild, switch
from projections.register import REGISTER
from projections.register.table import RegisterProjection
from projections.runner import Projectors, catch_up
from projections.view import Cursor, View, ViewStopped, begin, read_bookmarks
from projections.watch import RebuildAbandoned, RebuildUnderWay, Watch
from tests.facts import HISTORIES
from tests.infra.entries import ask, entries, stamp
from tests.infra.waiting import until
from tests.projections.histories import histories, interleaved, put
from tests.projections.ledgers import content, new_ledger
from tests.projections.past.test_histories import misdated, put_together
from tests.projections.test_erasure import NAME, give, tell
from tests.spec import recorded

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
OF_CONTRACTS = tuple(view for view in ALL_VIEWS if view.tells_contracts)


@pytest.fixture
def long_logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every log is long enough."""
    monkeypatch.setattr(contract_after_contract, "WORTH_IT", 0)
    return iter([None])


def by_contract(opened: Opened, view: View, at_once: int, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What a view says that is built contract after contract, with so many entries at a time."""
    with monkeypatch.context() as patch:
        patch.setattr(contract_after_contract, "WORTH_IT", 0)
        patch.setattr(contract_after_contract, "AT_ONCE", at_once)
        rebuild(opened, view)
    return content(opened, view)


@pytest.mark.campaign
@pytest.mark.parametrize("cached", [1, 1_536])
@settings(
    max_examples=150 if LARGE else 4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    stories=st.lists(histories, min_size=2, max_size=4),
    seed=st.integers(0, 2**32),
    drawn=st.tuples(st.sampled_from((0.0, 0.3)), st.integers(1, 40)),
)
def test_a_view_is_the_same_in_either_order(
    postgres: str, cached: int, stories: list[list[Entry]], seed: int, drawn: tuple[float, int]
) -> None:
    share, at_once = drawn
    with new_ledger(postgres) as opened, pytest.MonkeyPatch.context() as patch:
        patch.setattr(several, "CACHED_STREAMS", cached)
        give(opened, PARTY, "huadong", RegisterParty(name="华东办公设备有限公司"))
        put_together(opened, list(misdated(interleaved(stories, seed), seed, share)), seed)
        give(opened, PARTY, "huadong", EraseParty(ground="PIPL 47"))
        for view in OF_CONTRACTS:
            rebuild(opened, view)
            in_order = content(opened, view)
            assert by_contract(opened, view, at_once, patch) == in_order, view.name
        assert [c.first for c in check(opened, OF_CONTRACTS)] == [None] * len(OF_CONTRACTS)


def test_most_views_can_be_built_so() -> None:
    assert {view.name for view in OF_CONTRACTS} == {"register", "search", "fulfilment", "governance", "dues"}


@pytest.mark.usefixtures("long_logs")
@pytest.mark.parametrize("view", OF_CONTRACTS, ids=lambda v: v.name)
def test_what_was_erased_reads_so_from_the_beginning(opened: Opened, view: View) -> None:
    tell(opened)
    give(opened, PARTY, "wang", EraseParty(ground="PIPL 47"))
    rebuild(opened, view)
    assert NAME not in content(opened, view).decode()
    assert [c.first for c in check(opened, [view])] == [None]


@pytest.mark.usefixtures("long_logs")
def test_what_comes_while_it_is_built_is_taken_in_after(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    put(opened, interleaved([recorded(history) for history in HISTORIES.values()], 7))
    fill = contract_after_contract._fill

    def beside_others(opened: Opened, view: View, head: int, watch: Watch) -> None:
        opened.store.append(stamp(), entries("contract-late", 0, 3))
        fill(opened, view, head, watch)

    monkeypatch.setattr(contract_after_contract, "_fill", beside_others)
    assert rebuild(opened, REGISTER) == opened.store.head()
    assert [c.first for c in check(opened, [REGISTER])] == [None]


class Poisoned(RegisterProjection):
    """Cannot take in one entry."""

    position = 0

    def project(self, cursor: Cursor, page: Page) -> None:
        """Fails for a page with that entry."""
        if any(entry.position == self.position for entry in page.entries):
            message = "of all entries this one"
            raise ValueError(message)
        super().project(cursor, page)


@pytest.mark.usefixtures("long_logs")
def test_an_entry_that_cannot_be_taken_in_is_named_as_ever(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    put(opened, interleaved([recorded(history) for history in HISTORIES.values()], 7))
    catch_up(opened, REGISTER)
    monkeypatch.setattr(Poisoned, "position", 40)
    newer = replace(REGISTER, version=REGISTER.version + 1, projection=Poisoned)
    with pytest.raises(ViewStopped, match="before position 40: ValueError: of all entries this one"):
        rebuild(opened, newer)
    assert read_bookmarks(opened)["register"].version == REGISTER.version
    # Once it is mended, nothing of the attempt is in the way.
    monkeypatch.setattr(Poisoned, "position", 0)
    rebuild(opened, newer)
    assert content(opened, newer) == _in_order(opened)


def _in_order(opened: Opened) -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contract_after_contract, "WORTH_IT", 2**62)
        rebuild(opened, REGISTER)
    return content(opened, REGISTER)


@pytest.mark.usefixtures("long_logs")
def test_an_entry_that_was_taken_out_of_the_log_stops_it_where_it_stood(opened: Opened, postgres: str) -> None:
    put(opened, interleaved([recorded(history) for history in HISTORIES.values()], 7))
    ledger, head = opened.names.ledger, opened.store.head()
    ask(postgres, f"ALTER EVENT TRIGGER {ledger}_no_ddl DISABLE")
    ask(postgres, f"ALTER TABLE {ledger}.entries DISABLE TRIGGER append_only")
    # The last of its contract, which versions alone would not tell.
    gone = next(row.position for row in opened.store.read_log() if not opened.store.read_stream(row.stream, after=row.version))
    assert gone < head
    ask(postgres, f"DELETE FROM {ledger}.entries WHERE position = {gone}")
    with pytest.raises(ViewStopped, match=f"before position {gone}: GapInLog"):
        rebuild(opened, REGISTER)


@pytest.mark.usefixtures("long_logs")
def test_a_view_that_was_never_built_begins_so(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    put(opened, interleaved([recorded(history) for history in HISTORIES.values()], 7))
    built: list[str] = []

    def noted(opened: Opened, view: View, watch: Watch) -> bool:
        built.append(view.name)
        return told(opened, view, watch)

    monkeypatch.setattr("projections.rebuild.told", noted)
    with Projectors(opened) as projectors:
        assert all(projectors.wait_for(view.name, opened.store.head(), 60) for view in ALL_VIEWS)
    assert sorted(built) == sorted(f"{view.name}_building" for view in OF_CONTRACTS)
    assert [c.first for c in check(opened)] == [None] * len(ALL_VIEWS)
    # And then goes on in the order of the log.
    opened.store.append(stamp(), entries("contract-late", 0, 3))
    assert current(opened, REGISTER).position > 0
    assert len(built) == len(OF_CONTRACTS)


def test_a_short_log_is_told_in_its_order(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    put(opened, recorded(next(iter(HISTORIES.values()))))
    monkeypatch.setattr("projections.rebuild.told", _must_not)
    assert current(opened, REGISTER).position == 0
    rebuild(opened, REGISTER)


def _must_not(*_: object) -> bool:
    raise AssertionError


@pytest.mark.usefixtures("long_logs")
def test_an_empty_view_comes_as_far_as_it_can_and_is_built_once(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    put(opened, interleaved([recorded(history) for history in HISTORIES.values()], 7))
    monkeypatch.setattr(Poisoned, "position", 40)
    built: list[str] = []

    def noted(opened: Opened, view: View, watch: Watch) -> bool:
        built.append(view.name)
        return told(opened, view, watch)

    monkeypatch.setattr("projections.rebuild.told", noted)
    with Projectors(opened, [replace(REGISTER, projection=Poisoned)]) as projectors:
        until(lambda: projectors.health()["register"].stopped_at == 40)
        seen = projectors.health()["register"].error
        monkeypatch.setattr(Poisoned, "position", 0)
        until(lambda: projectors.health()["register"].position == opened.store.head())
    assert seen is not None
    assert "of all entries this one" in seen
    assert len(built) == 1
    assert [c.first for c in check(opened, [REGISTER])] == [None]


@pytest.mark.usefixtures("long_logs")
def test_a_builder_whose_tables_another_took_over_writes_nothing_more(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    put(opened, interleaved([recorded(history) for history in HISTORIES.values()], 7))
    catch_up(opened, DUES)
    monkeypatch.setattr(contract_after_contract, "AT_ONCE", 10)
    beside = DUES.beside()
    last = max(row.stream for row in opened.store.read_log() if row.stream.startswith("contract-"))

    def take_over(*_: int) -> None:
        # What another process does once the server has let go of the first one's claim.
        version = opened.store.read_stream(last)[-1].version
        opened.store.append(stamp(), entries(last, version, 2))
        begin_anew(opened, beside)
        assert told(opened, beside, Watch())

    begin_anew(opened, beside)
    with pytest.raises(RebuildUnderWay, match="another process took the building of dues over"):
        told(opened, beside, Watch(take_over))
    follow(opened, Projector(opened, beside, Log(opened.store)), Watch())
    finish(opened, DUES, beside)
    assert switch(opened, DUES, beside) == opened.store.head()
    assert [c.first for c in check(opened, [DUES])] == [None]


@pytest.mark.usefixtures("long_logs")
def test_it_can_be_stopped_and_says_how_far_it_is(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    put(opened, interleaved([recorded(history) for history in HISTORIES.values()], 7))
    monkeypatch.setattr(contract_after_contract, "AT_ONCE", 10)
    seen: list[tuple[int, int]] = []

    def stops() -> bool:
        return len(seen) == 3

    with pytest.raises(RebuildAbandoned):
        rebuild(opened, REGISTER, lambda done, of: seen.append((done, of)), stopping=stops)
    assert seen == [(10 * n, opened.store.head()) for n in (1, 2, 3)]
    assert read_bookmarks(opened)["register"].position == 0


def test_nobody_takes_in_twice_what_is_built_already(opened: Opened) -> None:
    put(opened, interleaved([recorded(history) for history in HISTORIES.values()], 7))
    beside = REGISTER.beside()
    begin(opened, beside)
    assert told(opened, beside, Watch())
    projector = Projector(opened, beside, Log(opened.store))
    assert projector.position == opened.store.head()
    assert not projector.advance()


def test_streams_are_read_whole_and_in_order(opened: Opened) -> None:
    put(opened, interleaved([recorded(history) for history in HISTORIES.values()], 7))
    read = list(opened.store.by_stream("contract-", to=opened.store.head(), page=7))
    assert _names(read) == sorted(_names(read))
    assert [(e.stream, e.version) for e in read] == sorted((e.stream, e.version) for e in read)
    assert sorted(e.position for e in read) == list(range(1, opened.store.head() + 1))
    assert read == [entry for stream in dict.fromkeys(_names(read)) for entry in opened.store.stream_entries(stream)]


def _names(read: Sequence[Entry]) -> list[str]:
    return [entry.stream for entry in read]
