"""Changes as Server-Sent Events over real sockets: each once, within moments, to those who may know, until either side ends it."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import httpx
import psycopg2
import pytest
from starlette.types import Message

from api import event_stream, following
from api.app import create_app
from api.keys import issue, revoke
from domain.access import Role
from infra.opening import Opened
from projections.runner import Projectors
from tests.api.caller import House
from tests.api.conftest import ROOT, keys_of
from tests.api.running import serving
from tests.api.test_changes import ACCOUNT


class Event(NamedTuple):
    """A block of a stream: its id, its data if it is an event, its comment if it is none."""

    id: int | None
    data: Any
    comment: str | None


class Stream:
    """One stream, event by event."""

    def __init__(self, response: httpx.Response) -> None:
        """Reads the blocks as they come."""
        self.response = response
        self._lines = response.iter_lines()

    def __iter__(self) -> Iterator[Event]:
        """Every block with an id or a comment, until the server ends it."""
        fields: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
                continue
            if fields.keys() - {"retry"}:
                data = json.loads(fields["data"]) if "data" in fields else None
                yield Event(int(fields["id"]) if "id" in fields else None, data, fields.get(""))
            fields = {}

    def changes(self, count: int) -> list[dict[str, Any]]:
        """The next so many events; their ids are their positions."""
        found: list[dict[str, Any]] = []
        for event in self:
            if event.data is not None:
                assert event.id == event.data["position"]
                found.append(event.data)
            if len(found) == count:
                break
        return found


@contextmanager
def listening(port: int, key: str, query: str = "", **headers: str) -> Iterator[Stream]:
    """A stream that is open for the length of a `with`."""
    sent = {"Authorization": f"Bearer {key}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    url = f"http://127.0.0.1:{port}/api/v1/changes/stream{query}"
    with httpx.Client(timeout=20) as client, client.stream("GET", url, headers=sent) as response:
        yield Stream(response)


@pytest.fixture(scope="module")
def port(shared_opened: Opened) -> Iterator[int]:
    with Projectors(shared_opened) as projectors, serving(shared_opened, projectors) as port:
        yield port


def test_a_stream_tells_what_was_recorded_and_then_what_is(shared: House, shared_opened: Opened, port: int) -> None:
    before = shared_opened.store.head()
    first = shared["drafter"].draft()
    with listening(port, shared.keys["auditor"], f"?after={before}") as stream:
        assert stream.response.headers["Content-Type"].startswith("text/event-stream")
        assert stream.response.headers["Cache-Control"] == "no-store"
        (told,) = stream.changes(1)
        assert (told["id"], told["position"]) == (first, before + 1)
        assert told == shared["auditor"].get(f"/changes?after={before}&limit=1").content["changes"][0]
        second = shared["drafter"].draft()
        assert [change["id"] for change in stream.changes(1)] == [second]


def test_who_comes_back_with_the_last_id_misses_nothing_and_reads_nothing_twice_while_others_write(
    shared: House, shared_opened: Opened, port: int
) -> None:
    start = last = shared_opened.store.head()
    writers = [threading.Thread(target=lambda: [shared["drafter"].draft() for _ in range(12)]) for _ in range(3)]
    for writer in writers:
        writer.start()
    positions: list[int] = []
    while len(positions) < 36:
        # `after` is still that of the first time, as it is in a browser.
        with listening(port, shared.keys["reader"], f"?after={start}", Last_Event_ID=str(last)) as stream:
            positions += [change["position"] for change in stream.changes(min(5, 36 - len(positions)))]
        last = positions[-1]
    for writer in writers:
        writer.join()
    assert positions == list(range(start + 1, start + 37))


def test_one_contract_is_followed_and_the_id_moves_past_what_is_left_out(
    shared: House, shared_opened: Opened, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(event_stream, "LOOK_S", 0.05)
    contract, start = shared["drafter"].draft(), shared_opened.store.head()
    with listening(port, shared.keys["auditor"], f"?after={start}&contract_id={contract}") as stream:
        shared["drafter"].draft()
        beats = iter(stream)
        moved = next(event for event in beats if event.id is not None and event.id > start)
        assert (moved.data, moved.comment) == (None, "nothing new")
        settled = next(event for event in beats if event.id is None)
        assert settled == Event(None, None, "nothing new")
        assert shared["drafter"].post(f"/contracts/{contract}/note", {"text": "到货"}).status == 200
        (told,) = stream.changes(1)
        assert (told["id"], told["data"]["text"], told["position"]) == (contract, "到货", shared_opened.store.head())


def test_what_a_view_is_followed_by_is_in_the_view_when_it_is_told(shared: House, shared_opened: Opened, port: int) -> None:
    with (
        listening(port, shared.keys["reader"], f"?after={shared_opened.store.head()}&view=register&fact=contract.drafted") as stream,
        httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", headers={"Authorization": f"Bearer {shared.keys['reader']}"}) as client,
    ):
        for n in range(5):
            title = f"办公椅{n}号合同"
            contract = shared["drafter"].draft(title=title)
            assert [change["id"] for change in stream.changes(1)] == [contract]
            assert [line["id"] for line in client.get("/contracts", params={"q": title}).json()["contracts"]] == [contract]


def test_each_role_is_told_what_it_may_see_and_a_stranger_nothing(shared: House, shared_opened: Opened, port: int) -> None:
    start = shared_opened.store.head()
    party = shared["drafter"].post("/parties", {"name": "华东办公"}).content["id"]
    assert shared["finance"].post(f"/parties/{party}/change-bank-account", ACCOUNT).status == 200
    for role in Role:
        with listening(port, shared.keys[role.value], f"?after={start}") as stream:
            assert stream.changes(2) == shared[role.value].get(f"/changes?after={start}").content["changes"][:2]
    with listening(port, "tally_nobody_" + "0" * 64) as stream:
        assert stream.response.status_code == 401


def test_a_stream_ends_within_moments_of_the_revocation_of_its_key(
    shared_opened: Opened, shared: House, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "LOOK_S", 0.05)
    key = issue(shared_opened, "passing", [Role.AUDITOR], ROOT)
    with listening(port, key, f"?after={shared_opened.store.head()}") as stream:
        told = shared["drafter"].draft()
        assert [change["id"] for change in stream.changes(1)] == [told]
        revoke(shared_opened, key.split("_")[1], "left", ROOT)
        begun = time.monotonic()
        *others, last = stream
        assert time.monotonic() - begun < 2 * event_stream.LOOK_S + 1.5
        assert last.comment == "the key opens nothing any more"
        assert {event.data["fact"] for event in others if event.data} <= {"access.key_revoked@1"}


@pytest.mark.parametrize(
    ("query", "headers", "path"),
    [
        ("?after=99999999", {}, "query.after"),
        ("", {"Last_Event_ID": "99999999"}, "header.last-event-id"),
        ("", {"Last_Event_ID": "last"}, "header.last-event-id"),
        ("?limit=5", {}, "query.limit"),
        ("?fact=contract.nothing", {}, "query.fact"),
    ],
)
def test_what_cannot_be_told_is_refused_before_the_stream_begins(
    shared: House, port: int, query: str, headers: dict[str, str], path: str
) -> None:
    with listening(port, shared.keys["auditor"], query, **headers) as stream:
        stream.response.read()
        assert stream.response.status_code == 422
        assert [error["path"].lower() for error in stream.response.json()["details"]["errors"]] == [path]


def listeners(opened: Opened) -> list[int]:
    """The processes of the server that listen for this ledger."""
    with closing(psycopg2.connect(opened.admin_dsn)) as admin, admin.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE query = %s", (f"LISTEN {opened.names.channel}",))
        return [pid for (pid,) in cursor.fetchall()]


def test_all_who_follow_share_one_connection_and_go_on_when_it_breaks(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "RETRY_S", 0.05)
    key = keys_of(opened)["auditor"]
    with serving(opened) as port:
        query = f"?after={opened.store.head()}"
        with listening(port, key, query) as one, listening(port, key, query) as other:
            issue(opened, "first", [Role.READER], ROOT)
            assert one.changes(1) == other.changes(1)
            (pid,) = listeners(opened)
            with closing(psycopg2.connect(opened.admin_dsn)) as admin, admin.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", (pid,))
            issue(opened, "second", [Role.READER], ROOT)
            assert [change["data"]["principal"] for change in one.changes(1)] == ["second"]
            assert [change["data"]["principal"] for change in other.changes(1)] == ["second"]
        until = time.monotonic() + 10
        while listeners(opened):
            assert time.monotonic() < until


def test_beyond_the_limit_others_are_told_when_to_come_back_and_who_leaves_makes_room(opened: Opened) -> None:
    key = keys_of(opened)["reader"]
    ask = f"GET /api/v1/changes/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    with serving(opened) as port:
        inside = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(following.MAX_FOLLOWERS)]
        for connection in inside:
            connection.sendall(ask)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        with listening(port, key) as stream:
            stream.response.read()
            assert (stream.response.status_code, stream.response.json()["name"]) == (503, "TooManyFollow")
            assert stream.response.headers["Retry-After"] == "5"
        # Those who only ask are served meanwhile.
        assert httpx.get(f"http://127.0.0.1:{port}/api/v1/changes", headers={"Authorization": f"Bearer {key}"}).status_code == 200
        inside.pop().close()
        status, until = 503, time.monotonic() + 10
        while status != 200 and time.monotonic() < until:
            with listening(port, key) as stream:
                status = stream.response.status_code
        assert status == 200
        for connection in inside:
            connection.close()


def test_a_server_that_stops_ends_the_streams_at_once(opened: Opened) -> None:
    key = keys_of(opened)["reader"]
    ended: list[Event] = []
    told = threading.Event()

    def follow(port: int) -> None:
        with listening(port, key) as stream:
            stream.changes(1)
            told.set()
            ended.extend(stream)

    with serving(opened) as port:
        client = threading.Thread(target=follow, args=(port,))
        client.start()
        assert told.wait(timeout=20)
        begun = time.monotonic()
    assert time.monotonic() - begun < 3
    client.join(timeout=20)
    assert ended[-1].comment == "the server stops"


def test_who_takes_nothing_any_more_is_let_go(opened: Opened, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(event_stream, "SEND_WITHIN_S", 0.05)
    app = create_app(opened)
    bearer = f"Bearer {keys_of(opened)['reader']}".encode()
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/v1/changes/stream",
        "query_string": b"",
        "headers": [(b"authorization", bearer)],
    }

    async def receive() -> Message:
        await asyncio.Event().wait()
        return {}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def serve() -> None:
        async with asyncio.timeout(20):
            await app(scope, receive, send)

    asyncio.run(serve())
    assert "took nothing" in caplog.text
