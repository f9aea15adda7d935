"""A page that was asked for before is told again only while nothing happens, and only to whom it was told."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import psycopg2
import pytest
from starlette.testclient import TestClient

from api import kept
from api.app import create_app
from api.door import Door, ring_for
from api.kept import Lookout
from api.keys import Presented, revoke
from domain.access import KeyRing
from infra.errors import Overloaded, StoreUnavailable
from infra.opening import Opened
from projections.runner import Projectors
from projections.view import Standing, read_standing
from tests.api.caller import Caller, House
from tests.api.conftest import ROOT, settled
from tests.conftest import Clock

PAGE = "/contracts?owner=wang.min"


@pytest.fixture
def still(opened: Opened) -> Iterator[House]:
    """A house whose views stand still between requests: nobody brings them along."""
    with Projectors(opened) as projectors:
        keys = settled(projectors, opened)
    with TestClient(create_app(opened, projectors)) as client:
        house = House(client, keys)
        for caller in ("reader", "auditor", "drafter"):
            # The first use of a key in an hour is an entry of its own.
            house[caller].get("/changes?limit=1")
        yield house


def caught_up(opened: Opened) -> None:
    """Views take in what was recorded, and stand still again."""
    with Projectors(opened) as projectors:
        assert all(projectors.wait_for(view, opened.store.head(), 60) for view in projectors.health())


def numbers(caller: Caller, path: str = PAGE) -> list[str]:
    """What a page lists."""
    answer = caller.get(path)
    assert answer.status == 200, answer.content
    return [line["number"] for line in answer.content["contracts"]]


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Standing]]:
    """How often the database was asked where ledger and views stand."""
    seen: list[Standing] = []

    def look(opened: Opened) -> Standing:
        seen.append(read_standing(opened))
        return seen[-1]

    monkeypatch.setattr(kept, "read_standing", look)
    yield seen


def rename_behind_everybodys_back(postgres: str, opened: Opened, number: str) -> None:
    """Changes a view's rows without an entry: what is asked of the view afterwards shows it."""
    with closing(psycopg2.connect(postgres)) as admin, admin, admin.cursor() as cursor:
        cursor.execute(f"UPDATE {opened.names.views}.register SET number = %s", (number,))
        assert cursor.rowcount == 1


def test_while_nothing_happens_a_page_is_told_again_and_the_view_is_not_asked(still: House, opened: Opened, postgres: str) -> None:
    still["drafter"].draft(owner="wang.min", number="采-1")
    caught_up(opened)
    assert numbers(still["reader"]) == numbers(still["reader"]) == ["采-1"]
    rename_behind_everybodys_back(postgres, opened, "采-2")
    assert numbers(still["reader"]) == ["采-1"]
    assert numbers(still["reader"], f"{PAGE}&limit=49") == ["采-2"]


def test_a_page_is_told_anew_as_soon_as_its_view_took_in_an_entry(still: House, opened: Opened, postgres: str) -> None:
    still["drafter"].draft(owner="wang.min", number="采-1")
    caught_up(opened)
    assert numbers(still["reader"]) == numbers(still["reader"]) == ["采-1"]
    rename_behind_everybodys_back(postgres, opened, "采-2")
    still["drafter"].draft(owner="li.na")
    # Not yet in the view, but the answer says how far the view is behind, which has changed.
    assert numbers(still["reader"]) == ["采-2"]
    assert still["reader"].get(PAGE).headers["Ledger-Behind"] == "1"
    caught_up(opened)
    assert still["reader"].get(PAGE).headers["Ledger-Behind"] == "0"


def test_who_writes_reads_it_in_the_next_page_however_often_the_page_was_asked_for(house: House) -> None:
    drafter, reader = house["drafter"], house["reader"]
    expected: list[str] = []
    for n in range(20):
        number = f"采-{n:02}"
        position = drafter.post("/contracts", {**_draft(), "number": number, "owner": "wang.min"}).content["position"]
        expected.append(number)
        deadline = time.monotonic() + 30
        while numbers(reader) != expected:
            assert time.monotonic() < deadline
        assert int(reader.get(PAGE).headers["Ledger-Position"]) >= position
        assert numbers(reader) == expected


def _draft() -> dict[str, object]:
    return {"title": "办公设备采购合同", "kind": "other", "direction": "payable", "our_entity": "塔利科技"}


def test_who_holds_a_page_that_is_kept_gets_304(still: House, opened: Opened, postgres: str) -> None:
    still["drafter"].draft(owner="wang.min")
    caught_up(opened)
    first = still["reader"].get(PAGE)
    assert still["reader"].get(PAGE, If_None_Match=first.headers["ETag"]).status == 304
    rename_behind_everybodys_back(postgres, opened, "采-2")
    again = still["reader"].get(PAGE, If_None_Match=first.headers["ETag"])
    assert (again.status, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert "Content-Length" not in again.headers
    whole = still["reader"].get(PAGE)
    assert (whole.status, whole.content, whole.headers["ETag"]) == (200, first.content, first.headers["ETag"])


def test_what_one_key_was_told_is_not_told_to_another(still: House, opened: Opened, postgres: str) -> None:
    still["drafter"].draft(owner="wang.min", number="采-1")
    caught_up(opened)
    assert numbers(still["reader"]) == numbers(still["reader"]) == ["采-1"]
    rename_behind_everybodys_back(postgres, opened, "采-2")
    assert numbers(still["auditor"]) == ["采-2"]
    assert still.client.get(f"/api/v1{PAGE}").status_code == 401
    wrong = f"{still.keys['reader'][:-4]}0000"
    assert Caller(still.client, wrong).get(PAGE).status == 401


def test_a_revoked_key_gets_nothing_that_was_kept_for_it(still: House, opened: Opened) -> None:
    reader = still["reader"]
    assert numbers(reader) == numbers(reader) == numbers(reader)
    revoke(opened, still.keys["reader"].split("_")[1], "left the house", ROOT)
    deadline = time.monotonic() + 30
    while reader.get(PAGE).status != 401:
        assert time.monotonic() < deadline


def test_today_is_another_day_tomorrow(still: House, clock: Clock) -> None:
    clock.now = clock.now.replace(hour=23, minute=50)
    asked = [still["reader"].get("/receivables/ageing").content["on"] for _ in range(3)]
    clock.now += timedelta(minutes=20)
    asked += [still["reader"].get("/receivables/ageing").content["on"] for _ in range(3)]
    assert asked == ["2026-03-02"] * 3 + ["2026-03-03"] * 3


def test_what_is_written_down_each_time_it_is_read_is_not_kept(still: House, opened: Opened, clock: Clock) -> None:
    before = opened.store.head()
    for _ in range(3):
        assert still["auditor"].get("/deviations").status == 200
    clock.now += timedelta(hours=1)
    assert still["auditor"].get("/deviations").status == 200
    # Once in either hour, and in the second the key's first use.
    assert opened.store.head() == before + 3


def test_no_more_is_kept_than_there_is_room_for(still: House, opened: Opened, monkeypatch: pytest.MonkeyPatch, postgres: str) -> None:
    still["drafter"].draft(owner="wang.min", number="采-1")
    caught_up(opened)
    monkeypatch.setattr(still.client.app.state.kept, "_kept_bytes", 3_000)  # type: ignore[attr-defined]
    pages = [f"{PAGE}&limit={n}" for n in range(1, 5)]
    for page in pages * 2:
        assert numbers(still["reader"], page) == ["采-1"]
    rename_behind_everybodys_back(postgres, opened, "采-2")
    told = [numbers(still["reader"], page) for page in reversed(pages)]
    # The last were kept, the first had to make room.
    assert told[0] == ["采-1"]
    assert told[-1] == ["采-2"]


def test_who_asks_while_a_look_is_under_way_shares_the_next_one(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, seen = threading.Event(), threading.Event(), list[int]()

    def look(_: Opened) -> Standing:
        seen.append(len(seen))
        begun.set()
        assert go_on.wait(30)
        return Standing(seen[-1], {})

    monkeypatch.setattr(kept, "read_standing", look)
    lookout = Lookout(opened)

    async def ask() -> list[int]:
        first = asyncio.ensure_future(lookout.now())
        await asyncio.to_thread(begun.wait, 30)
        others = [asyncio.ensure_future(lookout.now()) for _ in range(5)]
        await asyncio.sleep(0)
        # Who goes away takes nothing from the others.
        others.pop().cancel()
        go_on.set()
        return [(await one).standing.head for one in (first, *others)]

    try:
        assert asyncio.run(ask()) == [0, 1, 1, 1, 1]
    finally:
        lookout.close()
    assert seen == [0, 1]


def test_an_answer_that_goes_while_its_key_is_looked_at_is_still_given(still: House, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = still["reader"]
    assert numbers(reader) == numbers(reader) == numbers(reader)
    room: kept.Kept = still.client.app.state.kept  # type: ignore[attr-defined]
    scope = {
        "type": "http",
        "path": f"/api/v1{PAGE}".partition("?")[0],
        "query_string": PAGE.partition("?")[2].encode(),
        "headers": [(b"authorization", f"Bearer {still.keys['reader']}".encode())],
    }

    async def ask() -> tuple[object, object]:
        at_door, go_on = asyncio.Event(), asyncio.Event()

        async def slowly(at: Door, shown: Presented) -> KeyRing:
            at_door.set()
            await go_on.wait()
            return await ring_for(at, shown)

        monkeypatch.setattr(kept, "ring_for", slowly)
        first = asyncio.ensure_future(room.find({**scope}))
        await at_door.wait()
        await asyncio.to_thread(still["drafter"].draft)
        second = await room.find({**scope})
        go_on.set()
        return await first, second

    first, second = asyncio.run(ask())
    assert first is not None
    assert second is None


def test_a_page_that_is_asked_for_once_costs_no_look(still: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with counted(monkeypatch) as looks:
        numbers(still["reader"], f"{PAGE}&limit=7")
        assert looks == []
        numbers(still["reader"], f"{PAGE}&limit=7")
        assert len(looks) == 1


def test_what_never_lasts_costs_no_look(still: House, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = still["drafter"].draft()
    nobody = Caller(still.client, f"tally_nobody_{'0' * 64}")
    with counted(monkeypatch) as looks:
        for _ in range(3):
            assert still["reader"].get(f"/contracts/{contract}").status == 200
            assert still["reader"].get("/health").status == 200
            assert nobody.get(PAGE).status == 401
    assert looks == []


def test_who_would_wait_long_for_a_look_asks_the_database_for_the_answer(still: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert numbers(still["reader"]) == numbers(still["reader"]) == []
    go_on = threading.Event()

    def hangs(opened: Opened) -> Standing:
        assert go_on.wait(30)
        return read_standing(opened)

    monkeypatch.setattr(kept, "LOOK_WITHIN_S", 0.05)
    monkeypatch.setattr(kept, "read_standing", hangs)
    assert numbers(still["reader"]) == []
    go_on.set()


def test_where_a_look_fails_the_answer_is_made_without(still: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert numbers(still["reader"]) == numbers(still["reader"]) == []

    def fails(_: Opened) -> Standing:
        message = "all database connections are in use"
        raise Overloaded(message)

    monkeypatch.setattr(kept, "read_standing", fails)
    assert numbers(still["reader"]) == []


def test_where_the_keys_cannot_be_read_the_endpoint_says_so(still: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert numbers(still["reader"]) == numbers(still["reader"]) == numbers(still["reader"]) == []

    async def fails(*_: object) -> KeyRing:
        message = "the database does not answer"
        raise StoreUnavailable(message)

    monkeypatch.setattr(kept, "ring_for", fails)
    assert numbers(still["reader"]) == []
    monkeypatch.setattr("api.door.ring_for", fails)
    assert still["reader"].get(PAGE).status == 503


def test_after_a_while_nothing_is_left_of_what_nobody_asks_for_any_more(still: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "KEPT_S", 0.2)
    assert numbers(still["reader"]) == numbers(still["reader"]) == []
    told = still.client.app.state.kept._told  # type: ignore[attr-defined]
    deadline = time.monotonic() + 30
    while told:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_is_around_an_answer_takes_room_too(still: House, monkeypatch: pytest.MonkeyPatch) -> None:
    room: kept.Kept = still.client.app.state.kept  # type: ignore[attr-defined]
    monkeypatch.setattr(room, "_kept_bytes", 40_000)
    for n in range(1, 41):
        page = f"/contracts?owner={n:01900d}"[:200] + f"&limit={n}"
        assert numbers(still["reader"], page) == numbers(still["reader"], page) == []
    assert 5 < len(room._told) <= 40_000 // kept.AROUND


def test_an_application_may_begin_once_more(opened: Opened) -> None:
    with Projectors(opened) as projectors:
        keys = settled(projectors, opened)
        app = create_app(opened, projectors)
        for _ in range(2):
            with TestClient(app) as client:
                assert [numbers(Caller(client, keys["reader"])) for _ in range(3)] == [[]] * 3


def test_two_event_loops_may_look_at_once(opened: Opened) -> None:
    lookout = Lookout(opened)
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()

    def one_round(loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon(loop.stop)
        loop.run_forever()

    early = first.create_task(lookout.now())
    one_round(first)
    late = second.create_task(lookout.now())
    one_round(second)
    one_round(first)
    try:
        assert second.run_until_complete(asyncio.wait_for(late, 30)).standing == Standing(0, {})
        assert first.run_until_complete(asyncio.wait_for(early, 30)).standing == Standing(0, {})
    finally:
        lookout.close()
        first.close()
        second.close()
