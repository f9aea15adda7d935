"""Documents over HTTP: up and down as streams, whole or in part, to those who may, and never as fine when they are not."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import streams
from api.documents import disposition, part_of
from api.problems import RangeNotSatisfiable
from infra.documents import CHUNK
from infra.ledger import DOCUMENT
from infra.opening import Opened
from tests.api.caller import Answer, House
from tests.api.conftest import keys_of
from tests.api.running import serving, talk

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 4_096


def unique(name: str) -> bytes:
    """A PDF that no other test stores."""
    return PDF + name.encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def upload(house: House, content: bytes, media_type: str = "application/pdf", who: str = "drafter") -> Answer:
    return house[who].send("POST", "/documents", content, Content_Type=media_type)


def files(opened: Opened) -> set[str]:
    return {path.name for path in opened.documents.folder.rglob("*") if path.is_file()}


def test_what_was_uploaded_is_attached_by_its_hash_and_downloaded_under_its_title(shared: House) -> None:
    content = unique("attached")
    answer = upload(shared, content)
    assert (answer.status, answer.content) == (
        201,
        {"sha256": sha256(content), "size": len(content), "media_type": "application/pdf", "new": True},
    )
    assert answer.headers["Location"] == f"/api/v1/documents/{sha256(content)}"
    contract = shared["drafter"].draft()
    named = {"document": {"document_id": "d1", "title": "采购合同 100% / 签署件", "sha256": sha256(content)}}
    assert shared["finance"].post(f"/contracts/{contract}/attach-document", named).status == 200
    assert shared["reader"].get(f"/contracts/{contract}").content["documents"]["d1"]["media_type"] == "application/pdf"
    got = shared["reader"].get(f"/contracts/{contract}/documents/d1")
    assert (got.status, got.content) == (200, content)
    assert got.headers["Content-Type"] == "application/pdf"
    assert got.headers["ETag"] == f'"{sha256(content)}"'
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert unquote(got.headers["Content-Disposition"].partition("filename*=UTF-8''")[2]) == "采购合同 100% 签署件.pdf"
    assert shared["reader"].get(f"/documents/{sha256(content)}").content == content


def test_a_contract_names_only_bytes_that_the_ledger_has_seen(shared: House) -> None:
    contract = shared["drafter"].draft()
    unseen = {"document": {"document_id": "d1", "title": "x", "sha256": sha256(b"never uploaded")}}
    refused = shared["drafter"].post(f"/contracts/{contract}/attach-document", unseen)
    assert (refused.status, refused.name) == (409, "DocumentNeverSeen")
    content = unique("called a text")
    upload(shared, content)
    wrong = {"document": {"document_id": "d1", "title": "x", "sha256": sha256(content), "media_type": "text/plain"}}
    refused = shared["drafter"].post(f"/contracts/{contract}/attach-document", wrong)
    assert (refused.status, refused.name) == (409, "MediaTypeDiffers")


def test_the_same_bytes_are_stored_once_whoever_brings_them(shared: House, shared_opened: Opened) -> None:
    content = unique("twice")
    assert upload(shared, content).status == 201
    again = upload(shared, content, who="approver")
    assert (again.status, again.content["new"]) == (200, False)
    assert shared_opened.ledger.load(DOCUMENT, sha256(content)).version == 1
    listed = shared["reader"].get("/documents?limit=500").content["documents"]
    assert [one["stored_by"] for one in listed if one["sha256"] == sha256(content)] == ["drafter"]


def test_documents_are_listed_in_pages(house: House) -> None:
    hashes = [sha256(unique(str(n))) for n in range(5)]
    for n in range(5):
        upload(house, unique(str(n)))
    first = house["reader"].get("/documents?limit=3").content
    rest = house["reader"].get(f"/documents?limit=3&cursor={first['next_cursor']}").content
    assert [one["sha256"] for one in first["documents"] + rest["documents"]] == hashes
    assert rest["next_cursor"] is None


def test_an_announced_hash_is_held_against_the_bytes(shared: House, shared_opened: Opened) -> None:
    content = unique("announced")
    before = files(shared_opened)
    wrong = shared["drafter"].send("PUT", f"/documents/{'0' * 64}", content, Content_Type="application/pdf")
    assert (wrong.status, wrong.name) == (422, "HashDiffers")
    assert files(shared_opened) == before
    right = shared["drafter"].send("PUT", f"/documents/{sha256(content)}", content, Content_Type="application/pdf")
    assert right.status == 201
    assert shared["drafter"].send("PUT", "/documents/abc", content, Content_Type="application/pdf").status == 422


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"plain text", "application/pdf"),
        (PDF, "image/png"),
        (b"<html></html>", "text/html"),
        (b"\x7fELF", "application/octet-stream"),
        (b"", "application/pdf"),
    ],
)
def test_what_is_not_what_it_is_called_is_refused_and_leaves_nothing(
    shared: House, shared_opened: Opened, content: bytes, media_type: str
) -> None:
    before = files(shared_opened)
    answer = upload(shared, content, media_type)
    assert (answer.status, answer.name) == (415, "DocumentNotTaken")
    assert files(shared_opened) == before


def test_a_document_beyond_the_limit_is_413_whether_it_says_so_or_not(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened.documents, "max_size", 100_000)
    key = keys_of(opened)["drafter"]
    with serving(opened) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60) as client:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/pdf"}
        said = client.post("/documents", content=PDF, headers=headers)
        assert (said.status_code, said.json()["name"]) == (413, "DocumentTooLarge")
        assert "100,000" in said.json()["detail"]
        unsaid = client.post("/documents", content=iter([PDF[:70_000], PDF[:70_000]]), headers=headers)
        assert (unsaid.status_code, unsaid.json()["name"]) == (413, "DocumentTooLarge")
        assert files(opened) == set()
        assert client.post("/documents", content=PDF[:100_000], headers=headers).status_code == 201


def test_an_upload_that_the_sender_breaks_off_leaves_nothing(opened: Opened) -> None:
    key = keys_of(opened)["drafter"]
    with serving(opened) as port:
        head = f"POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/pdf\r\n"
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(head.encode() + b"Content-Length: 3000000\r\n\r\n" + PDF)
            # Long enough for the file to have been begun.
            assert eventually(lambda: len(files(opened)) == 1)
        assert eventually(lambda: files(opened) == set())
        assert opened.documents.folder.exists()


def eventually(holds: object) -> bool:
    assert callable(holds)
    until = time.monotonic() + 30
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def test_a_sender_who_stops_is_told_so(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BODY_WITHIN_S", 0.3)
    key = keys_of(opened)["drafter"]
    with serving(opened) as port:
        head = f"POST /api/v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/pdf\r\n"
        answer = talk(port, head.encode() + b"Content-Length: 3000000\r\n\r\n" + PDF[:1_000])
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"BodyTooSlow" in answer
    assert files(opened) == set()


def test_two_uploads_of_the_same_bytes_at_once_are_one_document(opened: Opened) -> None:
    key = keys_of(opened)["drafter"]
    statuses: list[int] = []
    with serving(opened) as port:
        together = threading.Barrier(6)

        def bring() -> None:
            def body() -> Iterator[bytes]:
                yield PDF[:500_000]
                together.wait(timeout=60)
                yield PDF[500_000:]

            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/pdf"}
            statuses.append(
                httpx.post(f"http://127.0.0.1:{port}/api/v1/documents", content=body(), headers=headers, timeout=60).status_code
            )

        threads = [threading.Thread(target=bring) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(statuses) == [200] * 5 + [201]
    assert files(opened) == {sha256(PDF)}


RANGED = unique("ranged")


@pytest.mark.parametrize(
    ("wanted", "status", "first", "last"),
    [
        ("bytes=0-0", 206, 0, 0),
        ("bytes=5-1000", 206, 5, 1_000),
        (f"bytes={CHUNK - 1}-{2 * CHUNK}", 206, CHUNK - 1, 2 * CHUNK),
        ("bytes=1000000-", 206, 1_000_000, len(RANGED) - 1),
        ("bytes=-10", 206, len(RANGED) - 10, len(RANGED) - 1),
        ("bytes=-99999999", 206, 0, len(RANGED) - 1),
        ("bytes=10-99999999", 206, 10, len(RANGED) - 1),
        ("bytes=9-5", 200, 0, len(RANGED) - 1),
        ("bytes=-", 200, 0, len(RANGED) - 1),
        ("bytes=0-1,5-6", 200, 0, len(RANGED) - 1),
        ("lines=1-2", 200, 0, len(RANGED) - 1),
    ],
)
def test_a_part_is_given_where_a_part_is_asked_for(shared: House, wanted: str, status: int, first: int, last: int) -> None:
    upload(shared, RANGED)
    got = shared["reader"].get(f"/documents/{sha256(RANGED)}", Range=wanted)
    assert (got.status, got.content) == (status, RANGED[first : last + 1])
    assert got.headers.get("Content-Range") == (f"bytes {first}-{last}/{len(RANGED)}" if status == 206 else None)


@pytest.mark.parametrize("wanted", [f"bytes={len(RANGED)}-", "bytes=-0"])
def test_a_part_beyond_the_end_is_416_and_says_where_the_end_is(shared: House, wanted: str) -> None:
    upload(shared, RANGED)
    got = shared["reader"].get(f"/documents/{sha256(RANGED)}", Range=wanted)
    assert (got.status, got.name) == (416, "RangeNotSatisfiable")
    assert got.headers["Content-Range"] == f"bytes */{len(RANGED)}"


def test_a_download_goes_on_where_it_ended_only_while_the_document_is_the_same(shared: House) -> None:
    upload(shared, RANGED)
    address, tag = f"/documents/{sha256(RANGED)}", f'"{sha256(RANGED)}"'
    assert shared["reader"].get(address, Range="bytes=5-9", If_Range=tag).status == 206
    assert shared["reader"].get(address, Range="bytes=5-9", If_Range='"other"').status == 200
    held = shared["reader"].get(address, If_None_Match=tag)
    assert (held.status, held.content) == (304, b"")


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_range_is_always_within_the_file(size: int, one: int, other: int) -> None:
    for text in (f"bytes={one}-{other}", f"bytes={one}-", f"bytes=-{other}"):
        try:
            found = part_of(text, size)
        except RangeNotSatisfiable:
            assert one >= size or other == 0
            continue
        if found is not None:
            assert 0 <= found[0] <= found[1] < size


def test_a_document_that_was_changed_on_disk_is_503_from_the_first_byte_on_whole_or_in_part(shared: House, shared_opened: Opened) -> None:
    content = unique("changed on disk")
    upload(shared, content)
    address = f"/documents/{sha256(content)}"
    assert shared["reader"].get(address).status == 200
    path = shared_opened.documents.path(sha256(content))
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"!")
    for headers in ({}, {"Range": "bytes=0-9"}):
        answer = shared["reader"].get(address, **headers)
        assert (answer.status, answer.name) == (503, "DocumentDamaged")
        assert str(path) not in str(answer.content)
    path.unlink()
    assert shared["reader"].get(address).name == "DocumentMissing"
    assert upload(shared, content).status == 200
    assert shared["reader"].get(address).content == content


def test_damage_that_shows_only_while_it_is_sent_breaks_the_answer_off(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys = keys_of(opened)
    with serving(opened) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60) as client:
        client.post("/documents", content=PDF, headers={"Authorization": f"Bearer {keys['drafter']}", "Content-Type": "application/pdf"})
        other = tmp_path / "other"
        other.write_bytes(PDF[:-1] + b"!")
        monkeypatch.setattr(type(opened.documents), "opened", lambda *_: other.open("rb"))
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(f"/documents/{sha256(PDF)}", headers={"Authorization": f"Bearer {keys['reader']}"})


def test_what_is_not_kept_is_404(shared: House) -> None:
    assert shared["reader"].get(f"/documents/{'0' * 64}").name == "NoSuchDocument"
    contract = shared["drafter"].draft()
    elsewhere = {"document": {"document_id": "d1", "title": "x", "url": "https://example.com/x.pdf"}}
    shared["drafter"].post(f"/contracts/{contract}/attach-document", elsewhere)
    assert shared["reader"].get(f"/contracts/{contract}/documents/d1").name == "NoSuchDocument"
    assert shared["reader"].get(f"/contracts/{contract}/documents/d2").name == "NoSuchDocument"
    assert shared["reader"].get("/contracts/nowhere/documents/d1").name == "NoSuchContract"


def test_without_a_place_for_files_documents_are_503_and_everything_else_goes_on(
    house: House, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened.documents, "_folder", None)
    answer = upload(house, PDF)
    assert (answer.status, answer.name) == (503, "DocumentsUnavailable")
    assert house["drafter"].draft()


@pytest.mark.parametrize(
    ("title", "media_type", "ascii_name", "name"),
    [
        ("Signed original", "application/pdf", "Signed original.pdf", "Signed original.pdf"),
        ("合同.pdf", "application/pdf", "__.pdf", "合同.pdf"),
        ("scan.jpeg", "image/jpeg", "scan.jpeg", "scan.jpeg"),
        ('a"b\\c/../d\r\nX: y', "text/plain", "a b c .. d X y.txt", "a b c .. d X y.txt"),
        ("\u202efdp.exe", "application/pdf", "fdp.exe.pdf", "fdp.exe.pdf"),
        (" .. ", "application/zip", "document.zip", "document.zip"),
        ("100%", "text/plain", "100_.txt", "100%.txt"),
    ],
)
def test_a_document_is_saved_under_its_title(title: str, media_type: str, ascii_name: str, name: str) -> None:
    plain, _, encoded = disposition(title, media_type).partition("; filename*=UTF-8''")
    assert plain == f'attachment; filename="{ascii_name}"'
    assert unquote(encoded) == name


@given(st.text(), st.sampled_from(["application/pdf", "text/plain", "image/png"]))
def test_no_title_breaks_out_of_its_header(title: str, media_type: str) -> None:
    said = disposition(title, media_type)
    assert said.isascii()
    assert said.isprintable()
    assert said.count('"') == 2
