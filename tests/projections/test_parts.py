"""A view that is taken in by parts, each at its own pace, is what one projector makes of it, and is said to be as far as the last one."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.facts import Entry
from domain.party import EraseParty, RegisterParty
from infra import codec
from infra.append import NewEntry
from infra.errors import StoreUnavailable
from infra.ledger import PARTY
from infra.opening import Opened
from projections import dividing
from projections import projector as moving
from projections.check import check
from projections.dividing import CannotBeParted, divide
from projections.known import ALL_VIEWS
from projections.log import GapInLog, Log, Page
from projections.parts import NoSuchPart, Part, Reached, all_parts
from projections.projector import Projector
from projections.rebuild import rebuild
from projections.register import REGISTER
from projections.register.table import RegisterProjection
from projections.runner import Projectors, ViewHealth, catch_up
from projections.search import SEARCH
from projections.timeline import TIMELINE
from projections.view import Cursor, OtherParts, View, ViewStopped, bring_forward, reached_in, read_bookmarks
from tests.facts import HISTORIES
from tests.infra.entries import NOON, ask, entries, stamp, together
from tests.infra.waiting import until
from tests.projections.histories import histories, interleaved, put
from tests.projections.ledgers import content, new_ledger
from tests.projections.past.test_histories import misdated, put_together
from tests.projections.test_erasure import give, tell
from tests.spec import recorded

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
PARTED = tuple(view for view in ALL_VIEWS if view.can_be_parted)
# Of two parts, the first takes what hashes to it: found by trying, so that tests can say which is which.
MINE = {n: next(f"c{k}" for k in range(99) if Part(n, 2).takes(f"contract-c{k}")) for n in (1, 2)}


def note(opened: Opened, contract_id: str, after: int = 0, size: int = 1) -> int:
    """Appends notes to a contract that stands at version `after`; answers the last position."""
    return opened.store.append(stamp(), entries(f"contract-{contract_id}", after, size)).last_position


def parted(opened: Opened, view: View, of: int, page: int = 1_000) -> list[Projector]:
    """A projector for each of so many parts."""
    divide(opened, view, of, Log(opened.store))
    return [Projector(opened, view, Log(opened.store, page=page), part) for part in all_parts(of)]


def reached(opened: Opened, view: View) -> Reached:
    """How far the parts have come."""
    return reached_in(read_bookmarks(opened), view.name)


def finish(opened: Opened, projectors: Sequence[Projector]) -> None:
    """Brings every part to the end of the log."""
    for one in projectors:
        while one.reached < opened.store.head():
            one.advance()


def fill(opened: Opened) -> None:
    """One contract for each history by name, entry by entry in turns."""
    put(opened, interleaved([recorded(history) for history in HISTORIES.values()], 7))


def as_one(opened: Opened, view: View) -> bytes:
    """What one projector makes of the log."""
    rebuild(opened, view)
    return content(opened, view)


@pytest.mark.campaign
@settings(
    max_examples=150 if LARGE else 5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(histories, min_size=2, max_size=5),
    st.integers(0, 2**32),
    st.sampled_from((0.0, 0.3)),
    st.tuples(st.integers(2, 4), st.integers(1, 30)),
)
def test_parts_hold_byte_for_byte_what_one_projector_makes(
    postgres: str, stories: list[list[Entry]], seed: int, share: float, sizes: tuple[int, int]
) -> None:
    of, page = sizes
    draw = random.Random(seed)
    told = list(misdated(interleaved(stories, seed), seed, share))
    with new_ledger(postgres) as opened:
        give(opened, PARTY, "huadong", RegisterParty(name="华东办公设备有限公司"))
        live = {view.name: parted(opened, view, of, page) for view in PARTED}
        for part in (told[: len(told) // 2], told[len(told) // 2 :]):
            put_together(opened, part, seed)
            for view in PARTED:
                for one in draw.choices(live[view.name], k=draw.randrange(3 * of)):
                    one.advance()
                    assert read_bookmarks(opened)[view.name].position == reached(opened, view).least
            assert [c.first for c in check(opened, PARTED)] == [None] * len(PARTED)
            if draw.random() < 0.5:
                of = draw.randint(1, 4)
                live = {view.name: parted(opened, view, of, page) for view in PARTED}
        give(opened, PARTY, "huadong", EraseParty(ground="PIPL 47"))
        note(opened, "afterwards")
        for view in PARTED:
            finish(opened, draw.sample(live[view.name], k=of))
            assert read_bookmarks(opened)[view.name].position == opened.store.head()
        assert [c.first for c in check(opened, PARTED)] == [None] * len(PARTED)
        for view in PARTED:
            assert content(opened, view) == as_one(opened, view), view.name


@pytest.mark.parametrize("view", PARTED, ids=lambda v: v.name)
def test_every_part_is_told_that_a_party_was_erased(opened: Opened, view: View) -> None:
    tell(opened)
    # In some part that the party itself is not of there are contracts that name it.
    assert len({part for part in all_parts(3) for name in ("party-wang", "contract-a", "contract-b") if part.takes(name)}) > 1
    parts = parted(opened, view, 3, page=3)
    finish(opened, parts)
    give(opened, PARTY, "wang", EraseParty(ground="PIPL 47"))
    finish(opened, parts)
    assert "王小明" not in content(opened, view).decode()
    assert content(opened, view) == as_one(opened, view)


def test_the_view_is_as_far_as_the_part_that_is_furthest_behind(opened: Opened) -> None:
    fill(opened)
    first, second = parted(opened, REGISTER, 2, page=10)
    for _ in range(3):
        first.advance()
    assert reached(opened, REGISTER).positions == (30, 0)
    assert (read_bookmarks(opened)["register"].position, first.position, first.reached) == (0, 0, 30)
    second.advance()
    assert (read_bookmarks(opened)["register"].position, second.position) == (10, 10)
    idle = Projectors(opened)
    assert idle.wait_for("register", 10, 1)
    assert not idle.wait_for("register", 11, 0.05)


def test_parts_that_commit_at_the_same_moment_do_not_leave_the_bookmark_behind(opened: Opened) -> None:
    both = threading.Barrier(2, timeout=30)

    class Abreast(RegisterProjection):
        def project(self, cursor: Cursor, page: Page) -> None:
            super().project(cursor, page)
            both.wait()

    view = replace(REGISTER, projection=Abreast)
    for n in (1, 2):
        note(opened, MINE[n])
    for after in range(1, 15):
        for n in (1, 2):
            note(opened, MINE[n], after=after)
    first, second = parted(opened, view, 2, page=2)
    for n in range(1, 16):
        # Each has moved its own bookmark before either looks at both.
        assert together(first.advance, second.advance) == []
        assert read_bookmarks(opened)["register"].position == 2 * n
    assert max(first.position, second.position) == 30


def test_a_part_of_whose_streams_nothing_happens_comes_along(opened: Opened) -> None:
    position = note(opened, MINE[1], size=5)
    with Projectors(opened, (REGISTER,), Part(1, 2)) as one, Projectors(opened, (REGISTER,), Part(2, 2)) as other:
        assert one.wait_for("register", position, 30)
        assert other.wait_for("register", position, 30)
        position = note(opened, MINE[1], after=5)
        assert other.wait_for("register", position, 30)
        assert one.wait_for("register", position, 30)
        assert other.health() == {"register": ViewHealth(position=6, lag=0, running=True, error=None)}
    assert reached(opened, REGISTER).positions == (6, 6)


def test_projectors_of_the_same_part_race_and_nothing_is_doubled(opened: Opened) -> None:
    fill(opened)
    for view in (REGISTER, SEARCH):
        parted(opened, view, 2)

        def race(part: Part, view: View = view) -> None:
            finish(opened, [Projector(opened, view, Log(opened.store, page=7), part)])

        assert together(*[lambda part=part: race(part) for part in all_parts(2) for _ in range(3)]) == []
        assert check(opened, (view,))[0].first is None
        assert content(opened, view) == as_one(opened, view)


def test_one_that_is_asked_for_the_whole_view_takes_in_all_parts(opened: Opened) -> None:
    fill(opened)
    first, _ = parted(opened, REGISTER, 2, page=10)
    first.advance()
    whole = Projector(opened, REGISTER, Log(opened.store, page=10))
    assert (whole.position, whole.reached) == (0, 0)
    assert whole.advance(to=5)
    assert reached(opened, REGISTER).positions == (10, 5)
    assert catch_up(opened, REGISTER) == opened.store.head()
    assert len(reached(opened, REGISTER).positions) == 2
    while whole.advance():
        pass
    assert whole.position == opened.store.head()
    assert content(opened, REGISTER) == as_one(opened, REGISTER)


def test_a_view_of_one_part_costs_no_statement_more(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "bring_forward", None)
    fill(opened)
    projector = Projector(opened, REGISTER)
    monkeypatch.setattr(moving, "read_bookmarks", None)
    while projector.advance():
        pass
    assert projector.position == opened.store.head()


class Choosy(RegisterProjection):
    """Does not take the seventh position until somebody mends it."""

    mended = False

    def project(self, cursor: Cursor, page: Page) -> None:
        super().project(cursor, page)
        if not self.mended and any(e.position == 7 for e in page.entries):
            cursor.execute("SELECT 1/0")


@pytest.mark.parametrize("of_its_own", [True, False], ids=["a projector for each part", "one for the whole view"])
def test_what_stops_a_part_stops_the_view_there_and_no_other_part(
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
    of_its_own: bool,  # noqa: FBT001
) -> None:
    for after in range(5):
        for n in (1, 2):
            note(opened, MINE[n], after=after)
    view = replace(REGISTER, projection=Choosy)
    parts = all_parts(2) if of_its_own else (None,)
    divide(opened, view, 2, Log(opened.store))
    # The seventh entry is of the first part.
    with Projectors(opened, (view,), parts[0]) as stopped, Projectors(opened, (view,), parts[-1]) as other:
        until(lambda: reached(opened, view).positions == (6, 10))
        until(lambda: stopped.health()["register"].stopped_at == 7)
        health = stopped.health()["register"]
        assert (health.position, health.lag, health.running) == (6, 4, False)
        assert "division by zero" in str(health.error)
        assert not stopped.wait_for("register", 7, 30)
        if of_its_own:
            until(lambda: other.health()["register"] == ViewHealth(position=6, lag=4, running=True, error=None))
        assert read_bookmarks(opened)["register"].position == 6
        monkeypatch.setattr(Choosy, "mended", True)
        until(lambda: all(it.health()["register"] == ViewHealth(10, 0, running=True, error=None) for it in (stopped, other)))
    assert content(opened, REGISTER) == as_one(opened, REGISTER)


def test_an_entry_that_nobody_can_read_stops_the_part_of_its_stream(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    note(opened, MINE[1], size=2)
    opened.store.append(stamp(), [NewEntry(f"contract-{MINE[1]}", 3, "contract.faded@1", NOON, '{"text":"beam"}')])
    note(opened, MINE[2])
    first, second = parted(opened, REGISTER, 2)
    finish(opened, [second])
    first.advance()
    with pytest.raises(ViewStopped) as stopped:
        first.advance()
    assert (stopped.value.position, reached(opened, REGISTER).positions) == (3, (2, 4))
    with pytest.raises(ViewStopped):
        divide(opened, REGISTER, 3, Log(opened.store))
    monkeypatch.setitem(codec._decoders, "contract.faded@1", codec._decoders["contract.noted@1"])
    finish(opened, [first])
    assert read_bookmarks(opened)["register"].position == 4


def test_a_hole_in_the_log_stops_every_part_before_it(opened: Opened, postgres: str) -> None:
    note(opened, MINE[1], size=3)
    ledger = opened.names.ledger
    ask(postgres, f"ALTER EVENT TRIGGER {ledger}_no_ddl DISABLE")
    ask(postgres, f"ALTER TABLE {ledger}.entries DISABLE TRIGGER append_only")
    ask(postgres, f"DELETE FROM {ledger}.entries WHERE position = 2")
    for part in parted(opened, REGISTER, 2):
        part.advance()
        with pytest.raises(ViewStopped) as stopped:
            part.advance()
        assert (stopped.value.position, type(stopped.value.cause)) == (2, GapInLog)
    assert reached(opened, REGISTER).positions == (1, 1)


def test_into_how_many_parts_a_view_is_divided_may_change_at_any_time(opened: Opened) -> None:
    fill(opened)
    alone = Projector(opened, REGISTER, Log(opened.store, page=10))
    alone.advance()
    uneven, last = parted(opened, REGISTER, 2, page=10)
    assert reached(opened, REGISTER).positions == (10, 10)
    for _ in range(3):
        uneven.advance()
    of_three = parted(opened, REGISTER, 3, page=10)
    assert reached(opened, REGISTER).positions == (40, 40, 40)
    assert read_bookmarks(opened)["register"].position == 40
    for old in (uneven, last):
        with pytest.raises(OtherParts):
            old.advance()
    of_three[1].advance()
    assert alone.advance()
    divide(opened, REGISTER, 1, Log(opened.store))
    assert [name for name in read_bookmarks(opened) if name.startswith("register")] == ["register"]
    while alone.advance():
        pass
    assert content(opened, REGISTER) == as_one(opened, REGISTER)


def test_what_parts_lack_at_the_moment_of_the_change_is_taken_in_by_then(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(opened)
    _, uneven = parted(opened, REGISTER, 2, page=10)
    for _ in range(3):
        uneven.advance()
    # As if it had moved on after they were brought to one position.
    monkeypatch.setattr(dividing, "Projector", lambda *_: SimpleNamespace(position=30))
    divide(opened, REGISTER, 3, Log(opened.store))
    assert reached(opened, REGISTER).positions == (30, 30, 30)
    assert check(opened, (REGISTER,))[0].first is None


def test_parts_that_there_are_no_longer_stop_and_say_so(opened: Opened) -> None:
    with Projectors(opened, (REGISTER,), Part(1, 2)) as old:
        until(lambda: old.health()["register"].running)
        with Projectors(opened, (REGISTER,), Part(3, 3)) as new:
            until(lambda: new.health()["register"].running and not old.health()["register"].running)
            health = old.health()["register"]
            assert health.error == "the view register is taken in by 3 parts now, and this would be one of 2"
            assert health.stopped_at is None
            note(opened, "a")
            until(lambda: reached(opened, REGISTER).positions == (0, 0, 1))


def test_the_number_changes_again_and_again_under_load_and_nothing_is_lost_or_doubled(opened: Opened) -> None:
    done = threading.Event()

    def write(writer: int) -> None:
        for n in range(60):
            note(opened, f"w{writer}", after=2 * n, size=2)

    def change() -> Iterator[None]:
        numbers = (2, 3, 1, 4)
        n = 0
        while not done.is_set():
            divide(opened, REGISTER, numbers[n % 4], Log(opened.store))
            n += 1
            yield

    with Projectors(opened, (REGISTER,)) as running, Projectors(opened, (REGISTER,)):
        changing = [threading.Thread(target=lambda: list(change())) for _ in range(2)]
        for thread in changing:
            thread.start()
        assert together(*[lambda n=n: write(n) for n in range(3)]) == []
        done.set()
        for thread in changing:
            thread.join()
        assert running.wait_for("register", opened.store.head(), 60)
        assert read_bookmarks(opened)["register"].position == reached(opened, REGISTER).least == opened.store.head()
    assert content(opened, REGISTER) == as_one(opened, REGISTER)


def test_one_part_of_one_brings_the_others_together(opened: Opened) -> None:
    fill(opened)
    uneven, _ = parted(opened, REGISTER, 2, page=10)
    uneven.advance()
    with Projectors(opened, (REGISTER,), Part(1, 1)) as running:
        assert running.wait_for("register", opened.store.head(), 30)
    assert [name for name in read_bookmarks(opened) if name.startswith("register")] == ["register"]
    assert content(opened, REGISTER) == as_one(opened, REGISTER)


def test_a_part_that_is_asked_for_after_its_number_changed_refuses(opened: Opened) -> None:
    parted(opened, REGISTER, 2)
    with pytest.raises(OtherParts, match="by 2 parts now"):
        Projector(opened, REGISTER, part=Part(1, 3))


def test_a_view_in_the_order_of_the_log_is_not_parted(opened: Opened) -> None:
    with pytest.raises(CannotBeParted, match="the view timeline is read in the order of the log"):
        divide(opened, TIMELINE, 2, Log(opened.store))


def test_a_part_is_said_as_one_of_several() -> None:
    assert Part.read("2/3") == Part(2, 3)
    for wrong in ("0/2", "3/2", "2", "1/99", "a/b", "1/2/3", ""):
        with pytest.raises(NoSuchPart, match="say 1/2"):
            Part.read(wrong)


def test_every_stream_is_of_one_part_and_stays_there() -> None:
    streams = [f"contract-{n}" for n in range(1_000)]
    for of in (2, 3, 16):
        assert {sum(part.takes(stream) for part in all_parts(of)) for stream in streams} == {1}
        assert min(sum(map(part.takes, streams)) for part in all_parts(of)) > 700 / of
    # Bookmarks in databases rest on it.
    assert [next(p.number for p in all_parts(5) if p.takes(s)) for s in streams[:8]] == [1, 1, 3, 5, 2, 5, 1, 4]


def test_a_part_whose_commit_fails_does_not_say_that_the_view_came_on(
    opened: Opened, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(opened)
    first, second = parted(opened, REGISTER, 2)
    finish(opened, [second])

    def and_break(cursor: Cursor, opened: Opened, view: str) -> int:
        least = bring_forward(cursor, opened, view)
        ask(postgres, "SELECT pg_terminate_backend(%s)", (cursor.connection.info.backend_pid,))
        return least

    monkeypatch.setattr(moving, "bring_forward", and_break)
    with pytest.raises(StoreUnavailable):
        first.advance()
    assert first.position == read_bookmarks(opened)["register"].position == 0
