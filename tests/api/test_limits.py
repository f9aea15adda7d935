"""Too much at once, the database away, defects: what the caller is told, and what goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import httpx
import psycopg2
import pytest
from starlette.testclient import TestClient

from api import app as application
from api.app import create_app
from api.gate import THREADS
from domain.facts import Command
from infra.connections import Connections
from infra.errors import StaleVersion, StoreUnavailable, UnknownFact
from infra.ledger import CONTRACT, Ledger
from infra.opening import Opened
from projections.known import ALL_VIEWS
from projections.runner import Projectors
from tests.api.caller import DRAFT, Caller, House
from tests.api.conftest import keys_of
from tests.api.running import serving


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Semaphore, threading.Event]]:
    """Holds every command before it is handled; says how many have come, and lets them go."""
    came, go = threading.Semaphore(0), threading.Event()
    handle = Ledger.handle

    def slow(self: Ledger, kind: object, identity: str, command: Command, envelope: object) -> object:
        came.release()
        assert go.wait(timeout=60)
        return handle(self, kind, identity, command, envelope)  # type: ignore[arg-type]

    monkeypatch.setattr(Ledger, "handle", slow)
    yield came, go
    go.set()


def test_beyond_the_limit_requests_are_503_at_once_and_those_inside_are_all_done(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, held: tuple[threading.Semaphore, threading.Event]
) -> None:
    came, go = held
    go.set()
    keys = keys_of(opened)
    with TestClient(create_app(opened)) as early:
        # The first use of a key in an hour is a command of its own.
        Caller(early, keys["drafter"]).get("/contracts/x")
    go.clear()
    while came.acquire(blocking=False):
        pass
    inside = THREADS
    monkeypatch.setattr("api.serve.create_app", lambda it, projectors: create_app(it, projectors, max_inside=inside))
    with serving(opened) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60) as client:
        headers = {"Authorization": f"Bearer {keys['drafter']}"}
        statuses: list[int] = []

        def draft() -> None:
            statuses.append(httpx.post(f"http://127.0.0.1:{port}/api/v1/contracts", json=DRAFT, headers=headers, timeout=60).status_code)

        threads = [threading.Thread(target=draft) for _ in range(inside)]
        for thread in threads:
            thread.start()
        for _ in range(inside):
            assert came.acquire(timeout=60)
        refused = client.get("/contracts/x", headers=headers)
        assert (refused.status_code, refused.json()["name"]) == (503, "Overloaded")
        assert refused.headers["Retry-After"] == "1"
        assert client.get("/health").json() == {"status": "alive"}
        go.set()
        for thread in threads:
            thread.join(timeout=60)
        assert statuses == [201] * inside
        assert client.get("/contracts/x", headers=headers).status_code == 404


def gone(*args: object, **kwargs: object) -> object:
    raise StoreUnavailable("could not connect to server at 10.0.0.7: password authentication failed for user ledger_app")


def test_without_the_database_everything_but_health_is_503_and_says_nothing_of_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = house["drafter"].draft()
    monkeypatch.setattr(Connections, "use", gone)
    monkeypatch.setattr(Connections, "connect", gone)
    for caller, method, path, body in (
        ("drafter", "POST", "/contracts", DRAFT),
        ("drafter", "POST", f"/contracts/{contract}/note", {"text": "x"}),
        ("reader", "GET", f"/contracts/{contract}", None),
        ("reader", "GET", "/contracts", None),
        ("auditor", "GET", f"/contracts/{contract}/history", None),
        ("auditor", "GET", "/commands/x", None),
        ("admin", "POST", "/keys", {"principal": "x", "roles": ["reader"]}),
        ("admin", "GET", "/keys", None),
        ("reader", "GET", "/ready", None),
    ):
        answer = house[caller].send(method, path, body)
        assert (answer.status, answer.name) == (503, "StoreUnavailable"), path
        assert int(answer.headers["Retry-After"]) > 0
        assert "10.0.0.7" not in str(answer.content)
    assert house.stranger.get("/health").status == 200


@pytest.mark.parametrize("error", [psycopg2.OperationalError("10.0.0.7 is gone"), psycopg2.InterfaceError("10.0.0.7 is gone")])
def test_a_break_that_nobody_wrapped_is_503_too(house: House, monkeypatch: pytest.MonkeyPatch, error: psycopg2.Error) -> None:
    house["reader"].get("/commands/x")

    def breaks(*args: object) -> object:
        raise error

    monkeypatch.setattr("infra.store.Store.command", breaks)
    answer = house["reader"].get("/commands/x")
    assert (answer.status, answer.name) == (503, "StoreUnavailable")
    assert "10.0.0.7" not in str(answer.content)


def test_a_defect_is_500_that_tells_the_caller_nothing_and_the_log_everything(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*args: object) -> object:
        raise ZeroDivisionError("the secret is 42")

    monkeypatch.setattr("infra.store.Store.command", breaks)
    with caplog.at_level(logging.ERROR):
        answer = house["reader"].get("/commands/x")
    assert (answer.status, answer.name) == (500, "Defect")
    assert "42" not in str(answer.content)
    assert "the secret is 42" in caplog.text


def test_a_stream_that_others_keep_writing_to_is_503_to_those_who_stated_no_version(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = house["drafter"].draft()

    def contended(*args: object) -> object:
        raise StaleVersion(f"contract-{contract}", 1, 2)

    monkeypatch.setattr(Ledger, "handle", contended)
    unstated = house["drafter"].post(f"/contracts/{contract}/note", {"text": "x"})
    assert (unstated.status, unstated.name, unstated.headers["Retry-After"]) == (503, "Contended", "1")
    stated = house["drafter"].post(f"/contracts/{contract}/note", {"text": "x"}, If_Match='"1"')
    assert (stated.status, stated.name) == (412, "StaleVersion")


def test_a_ledger_with_facts_of_a_newer_program_is_503(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = house["drafter"].draft()

    def unknown(*args: object, **kwargs: object) -> object:
        raise UnknownFact("'contract.teleported@1' is not a fact that this version of Tallystick knows")

    monkeypatch.setattr(Ledger, "load", unknown)
    monkeypatch.setattr("api.keys.FRESH_S", 60)
    answer = house["drafter"].get(f"/contracts/{contract}")
    assert (answer.status, answer.name) == (503, "UnknownFact")


def test_readiness_says_which_view_stands_still(opened: Opened) -> None:
    projectors = Projectors(opened)
    with projectors, TestClient(create_app(opened, projectors)) as client:
        contract = Caller(client, keys_of(opened)["drafter"]).draft()
        assert all(projectors.wait_for(view, opened.store.head(), 60) for view in projectors.health())
        ready = Caller(client, None).get("/ready")
        assert {view["view"] for view in ready.content["views"]} == {view.name for view in ALL_VIEWS}
        assert all(view["running"] and view["stopped_at"] is None for view in ready.content["views"])
    with TestClient(create_app(opened, projectors)) as client:
        stopped = Caller(client, None).get("/ready")
        assert (stopped.status, stopped.name) == (503, "NotReady")
        assert not any(view["running"] for view in stopped.content["details"]["views"])
        assert opened.ledger.load(CONTRACT, contract).exists


def test_the_application_has_as_many_threads_as_it_says(opened: Opened) -> None:
    import anyio.to_thread

    seen: list[float] = []

    async def look() -> None:
        async with application._bounded_threads(create_app(opened)):
            seen.append(anyio.to_thread.current_default_thread_limiter().total_tokens)

    import asyncio

    asyncio.run(look())
    assert seen == [THREADS]
