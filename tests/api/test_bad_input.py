"""Bad input over a real server: a 4xx that says what and where, no effect, and nothing but 4xx."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest

from api import door, serve
from api.door import MAX_BODY
from infra.opening import Opened
from tests.api.caller import DRAFT
from tests.api.conftest import keys_of
from tests.api.running import serving, talk


class Served:
    """A server and its keys."""

    def __init__(self, port: int, keys: dict[str, str], opened: Opened) -> None:
        self.port = port
        self.keys = keys
        self.opened = opened
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60)

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {"Authorization": f"Bearer {self.keys['drafter']}", "Content-Type": "application/json"}
        return self.client.post(path, content=content, headers=named | {k.replace("_", "-"): v for k, v in headers.items()})


@pytest.fixture(scope="module")
def served(shared_opened: Opened) -> Iterator[Served]:
    keys = keys_of(shared_opened)
    with serving(shared_opened) as port:
        it = Served(port, keys, shared_opened)
        with it.client:
            # The first use of a key in an hour is an entry of its own.
            it.post("/contracts", b"")
            yield it


def draft_with(member: str) -> bytes:
    """A good draft with one member more, as raw JSON."""
    return json.dumps(DRAFT).encode()[:-1] + b", " + member.encode("utf-8", "surrogatepass") + b"}"


CORPUS: dict[str, tuple[bytes, str]] = {
    "wrong shape": (b'{"number": 5}', "$.number"),
    "unknown field": (draft_with('"colour": "red"'), "$.colour"),
    "a float for money": (json.dumps(DRAFT | {"value": 83420.5}).encode(), "$.value"),
    "a naive time": (draft_with('"effective_at": "2026-03-31T10:00:00"'), "$.effective_at"),
    "NUL": (draft_with('"owner": "a\\u0000b"'), "$.owner"),
    "a lone surrogate": (draft_with('"owner": "a\\udfff"'), "$.owner"),
    "a lone surrogate in bytes": (draft_with('"owner": "a\udfff"'), "$"),
    "NaN": (draft_with('"owner": NaN'), "$.owner"),
    "1e400": (draft_with('"owner": 1e400'), "$.owner"),
    "2^63": (draft_with('"owner": 9223372036854775808'), "$.owner"),
    "a key twice": (draft_with('"title": "other"'), "$"),
    "10,000 deep": (draft_with('"owner": ' + "[" * 10_000 + "]" * 10_000), "$"),
    "33 deep": (draft_with('"owner": ' + "[" * 33 + "]" * 33), "$.owner" + "[0]" * 32),
    "unknown currency": (json.dumps(DRAFT | {"value": {"amount": "5.00", "currency": "ZZZ"}}).encode(), "$.value"),
    "a title of a megabyte less": (json.dumps(DRAFT | {"title": "x" * 900_000}).encode(), "$.title"),
    "no JSON": (b"title=x", "$"),
    "nothing": (b"", "$"),
}


@pytest.mark.parametrize(("body", "path"), CORPUS.values(), ids=CORPUS)
def test_a_body_that_cannot_be_taken_is_422_with_its_place_and_has_no_effect(served: Served, body: bytes, path: str) -> None:
    head = served.opened.store.head()
    begun = time.monotonic()
    answer = served.post("/contracts", body)
    assert time.monotonic() - begun < 5
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert path in [one["path"] for one in answer.json()["details"]["errors"]]
    assert served.opened.store.head() == head


def test_ten_megabytes_are_413_before_they_are_read(served: Served) -> None:
    body = json.dumps(DRAFT | {"title": "x" * 10_000_000}).encode()
    memory = psutil.Process().memory_info().rss
    for _ in range(5):
        answer = served.post("/contracts", body)
        assert (answer.status_code, answer.json()["name"]) == (413, "BodyTooLarge")
    assert psutil.Process().memory_info().rss - memory < 60_000_000


def test_a_body_of_unstated_length_is_413_as_soon_as_it_is_too_long(served: Served) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(2_000):
            sent += 65_536
            yield b"x" * 65_536

    headers = {"Authorization": f"Bearer {served.keys['drafter']}", "Content-Type": "application/json"}
    answer = served.client.post("/contracts", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert sent <= 2_000 * 65_536


def test_a_body_of_just_the_limit_is_read(served: Served) -> None:
    body = json.dumps(DRAFT).encode()
    assert served.post("/contracts", body + b" " * (MAX_BODY - len(body))).status_code == 201
    assert served.post("/contracts", body + b" " * (MAX_BODY - len(body) + 1)).status_code == 413


@pytest.mark.parametrize(
    "media_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "application/jsonx",
        "multipart/form-data",
    ],
)
def test_a_body_that_is_not_called_json_is_415(served: Served, media_type: str) -> None:
    assert served.post("/contracts", DRAFT, Content_Type=media_type).status_code == 415


def test_a_compressed_body_is_415(served: Served) -> None:
    assert served.post("/contracts", DRAFT, Content_Encoding="gzip").status_code == 415


HEADERS = {
    "a naked version": ("If_Match", "1"),
    "two versions": ("If_Match", '"1", "2"'),
    "any version": ("If_Match", "*"),
    "version 0": ("If_Match", '"0"'),
    "version 2^31": ("If_Match", '"2147483648"'),
    "a word": ("If_Match", '"abc"'),
    "a long number": ("If_Match", f'"{"9" * 5_000}"'),
    "an empty key": ("Idempotency_Key", ""),
    "a key of 201": ("Idempotency_Key", "x" * 201),
    "a key with a tab": ("Idempotency_Key", "a\tb"),
    "a key beyond ASCII": ("Idempotency_Key", "clé"),
    "a trace of 201": ("Correlation_Id", "x" * 201),
}


@pytest.mark.parametrize(("name", "value"), HEADERS.values(), ids=HEADERS)
def test_a_header_that_cannot_be_taken_is_422(served: Served, name: str, value: str) -> None:
    contract = served.post("/contracts", DRAFT).json()["id"]
    head = served.opened.store.head()
    answer = served.client.post(
        f"/contracts/{contract}/note",
        content=b'{"text": "x"}',
        headers=[
            (b"Authorization", f"Bearer {served.keys['drafter']}".encode()),
            (b"Content-Type", b"application/json"),
            (name.replace("_", "-").encode(), value.encode("latin-1")),
        ],
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["details"]["errors"][0]["path"] == f"header.{name.replace('_', '-').lower()}"
    assert served.opened.store.head() == head


@pytest.mark.parametrize("path", ["/api/v1/contracts/%00/note", "/api/v1/contracts/%ff/note", "/api/v1/contracts/" + "x" * 500 + "/note"])
def test_an_odd_address_is_4xx(served: Served, path: str) -> None:
    answer = talk(
        served.port,
        f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.keys['drafter']}\r\nContent-Type: application/json\r\n"
        "Content-Length: 13\r\n\r\n".encode()
        + b'{"text": "x"}',
    )
    assert answer.split()[1] in {b"404", b"422"}
    assert b"application/problem+json" in answer


NO_HTTP = {
    "not HTTP": b"hello\r\n\r\n",
    "bytes beyond ASCII in the address": b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "a length that is none": b"POST /api/v1/contracts HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
    "two lengths": b"POST /api/v1/contracts HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a huge header": b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
    "a huge address": b"GET /api/v1/health?" + b"x" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_request_is_400(served: Served, sent: bytes) -> None:
    answer = talk(served.port, *(sent[n : n + 16_384] for n in range(0, len(sent), 16_384)))
    # A server that closes on somebody who still sends may have its answer lost on the way.
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert served.client.get("/health").status_code == 200


def test_an_endless_header_is_cut_off(served: Served) -> None:
    memory = psutil.Process().memory_info().rss
    talk(served.port, b"GET /api/v1/health HTTP/1.1\r\nX: ", *[b"x" * 65_536] * 1_000)
    assert psutil.Process().memory_info().rss - memory < 30_000_000


def begun(served: Served, length: int) -> bytes:
    """A request that promises a body of some length."""
    return (
        f"POST /api/v1/contracts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {served.keys['drafter']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def test_a_body_that_does_not_come_is_408(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "BODY_WITHIN_S", 0.1)
    answer = talk(served.port, begun(served, 500), b'{"title": ')
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"name":"BodyTooSlow"' in answer


def test_a_request_that_is_not_finished_is_cut_off(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "HEAD_WITHIN_S", 0.1)
    assert talk(served.port, b"GET /api/v1/health HTTP/1.1\r\nHost: ") == b""
    assert talk(served.port) == b""


def test_a_caller_who_leaves_in_the_middle_is_no_failure(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    head = served.opened.store.head()
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(begun(served, 500) + b'{"title": ')
    # One more request on another connection is answered after the server has noticed.
    assert served.post("/contracts", b"{").status_code == 422
    assert served.opened.store.head() == head
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_the_wrong_method_says_which_is_right(served: Served) -> None:
    answer = served.client.put("/contracts", headers={"Authorization": f"Bearer {served.keys['drafter']}"})
    assert (answer.status_code, answer.json()["name"]) == (405, "WrongMethod")
    assert answer.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("path", ["/nothing", "/contracts/x/burn", "/contracts/", "//contracts", "/contracts/a/b/c"])
def test_an_address_of_nothing_is_404(served: Served, path: str) -> None:
    answer = served.client.get(path, headers={"Authorization": f"Bearer {served.keys['drafter']}"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
