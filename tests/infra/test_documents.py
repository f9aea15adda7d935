"""Documents on disk: whole or not there, stored once, and never given out when they are not what was stored."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from infra import documents as module
from infra import media_types
from infra.documents import CHUNK, Documents, Kept, chunks, part, record, recorded
from infra.errors import (
    DocumentDamaged,
    DocumentMissing,
    DocumentNotTaken,
    DocumentsUnavailable,
    DocumentTooLarge,
    HashDiffers,
)
from infra.ledger import DOCUMENT, Asker, Envelope, Ledger

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 4_096
PDF_HASH = hashlib.sha256(PDF).hexdigest()
ALICE = Asker("alice", "key-alice", "api")


def zipped(*names: str, first: bytes = b"x") -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            # Without a date of its own it would have the present one, and the tests that are made of it other names each time.
            archive.writestr(zipfile.ZipInfo(name), first)
    return made.getvalue()


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    return Documents(tmp_path / "documents", max_size=5_000_000)


def store(documents: Documents, content: bytes, declared: str | None = None) -> Kept:
    with documents.receive() as incoming:
        for at in range(0, len(content), 100_000):
            incoming.write(content[at : at + 100_000])
        return incoming.keep(declared)


def read(documents: Documents, sha256: str) -> bytes:
    with documents.open(sha256) as file:
        return b"".join(chunks(file, sha256))


def waiting(documents: Documents) -> list[Path]:
    return list((documents.folder / "incoming").iterdir())


def test_what_is_stored_is_read_back_and_its_file_cannot_be_written_by_accident(documents: Documents) -> None:
    assert store(documents, PDF) == Kept(PDF_HASH, len(PDF), "application/pdf")
    assert read(documents, PDF_HASH) == PDF
    assert documents.path(PDF_HASH).stat().st_mode & 0o777 == 0o444
    assert waiting(documents) == []
    with documents.open(PDF_HASH) as file:
        assert b"".join(part(file, 300_000, 900_000)) == PDF[300_000:900_001]


def test_the_same_bytes_are_one_file_however_many_bring_them_at_once(documents: Documents) -> None:
    together = threading.Barrier(8)
    kept: list[Kept] = []

    def bring() -> None:
        with documents.receive() as incoming:
            incoming.write(PDF)
            together.wait(timeout=30)
            kept.append(incoming.keep())

    threads = [threading.Thread(target=bring) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(kept) == {Kept(PDF_HASH, len(PDF), "application/pdf")}
    assert len(kept) == 8
    assert [p for p in documents.folder.rglob("*") if p.is_file()] == [documents.path(PDF_HASH)]
    assert read(documents, PDF_HASH) == PDF


@pytest.mark.parametrize("meddle", ["change", "change and set the time back", "shorten", "lengthen"])
def test_a_changed_file_is_never_given_out_even_where_it_was_found_sound_before(documents: Documents, meddle: str) -> None:
    store(documents, PDF)
    assert read(documents, PDF_HASH) == PDF
    path = documents.path(PDF_HASH)
    before = path.stat()
    path.chmod(0o644)
    with path.open("r+b") as file:
        if meddle == "shorten":
            file.truncate(len(PDF) - 1)
        else:
            file.seek(len(PDF) if meddle == "lengthen" else 500_000)
            file.write(b"!")
    if meddle.endswith("back"):
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(DocumentDamaged, match=PDF_HASH), documents.open(PDF_HASH):
        pass
    with pytest.raises(DocumentDamaged):
        documents.verify(PDF_HASH, len(PDF))
    assert (documents.glance(PDF_HASH, len(PDF)) is not None) == (meddle in ("shorten", "lengthen"))


def test_damage_without_a_trace_does_not_let_an_answer_come_to_its_end(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    store(documents, PDF)
    with documents.open(PDF_HASH):
        pass
    known = documents._sound[PDF_HASH]
    path = documents.path(PDF_HASH)
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(b"%pdf")
    # As if the disk had changed the bytes beneath the file system.
    monkeypatch.setattr(module, "_identity", lambda _: known.file)
    given: list[bytes] = []
    with documents.open(PDF_HASH) as file, pytest.raises(DocumentDamaged):
        given.extend(chunks(file, PDF_HASH))
    with documents.open(PDF_HASH) as file:
        assert b"".join(given) == file.read()[: len(PDF) - len(PDF) % CHUNK]


def test_what_was_found_sound_is_not_trusted_for_ever(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    store(documents, PDF)
    with documents.open(PDF_HASH):
        pass
    monkeypatch.setattr(module, "_hash", lambda _: "what else would be found")
    with documents.open(PDF_HASH):
        pass
    monkeypatch.setattr(module, "_TRUSTED_S", 0.0)
    with pytest.raises(DocumentDamaged), documents.open(PDF_HASH):
        pass


def test_a_missing_file_is_named_and_uploading_it_again_heals_it(documents: Documents) -> None:
    store(documents, PDF)
    documents.path(PDF_HASH).unlink()
    with pytest.raises(DocumentMissing, match=PDF_HASH), documents.open(PDF_HASH):
        pass
    with pytest.raises(DocumentMissing):
        documents.verify(PDF_HASH, len(PDF))
    assert documents.glance(PDF_HASH, len(PDF)) == f"{PDF_HASH} is missing"
    store(documents, PDF)
    assert read(documents, PDF_HASH) == PDF


def test_uploading_again_also_heals_a_damaged_file(documents: Documents) -> None:
    store(documents, PDF)
    path = documents.path(PDF_HASH)
    path.chmod(0o644)
    path.write_bytes(b"%PDF-no")
    store(documents, PDF)
    assert read(documents, PDF_HASH) == PDF


def test_a_name_that_is_no_hash_leads_nowhere(documents: Documents) -> None:
    for name in ("../../etc/passwd", "", PDF_HASH.upper(), PDF_HASH + "0"):
        with pytest.raises(DocumentMissing):
            documents.path(name)


def test_an_upload_that_breaks_off_leaves_nothing(documents: Documents) -> None:
    def broken_off() -> None:
        with documents.receive() as incoming:
            incoming.write(PDF)
            assert len(waiting(documents)) == 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert waiting(documents) == []
    with pytest.raises(DocumentMissing), documents.open(PDF_HASH):
        pass


UPLOADING = """
import sys, time
from pathlib import Path
from infra.documents import Documents
with Documents(Path(sys.argv[1])).receive() as incoming:
    incoming.write(b"%PDF-1.7")
    incoming._file.flush()
    print("written", flush=True)
    time.sleep(600)
"""


def test_what_a_killed_upload_leaves_is_invisible_and_swept_away_later(documents: Documents) -> None:
    with subprocess.Popen([sys.executable, "-c", UPLOADING, str(documents.folder)], stdout=subprocess.PIPE, text=True) as uploading:
        assert uploading.stdout is not None
        assert uploading.stdout.readline() == "written\n"
        (left,) = waiting(documents)
        yesterday = time.time() - 86_400
        os.utime(left, (yesterday, yesterday))
        store(documents, b"while the other is at it")
        assert waiting(documents) == [left], "it is old, but whoever writes it is alive"
        uploading.send_signal(signal.SIGKILL)
    assert waiting(documents) == [left]
    assert {p for p in documents.folder.rglob("*") if p.is_file()} == {
        left,
        documents.path(hashlib.sha256(b"while the other is at it").hexdigest()),
    }
    store(documents, PDF)
    assert waiting(documents) == []


def test_what_is_too_large_is_refused_before_it_is_written_and_leaves_nothing(documents: Documents) -> None:
    with pytest.raises(DocumentTooLarge, match="5,000,000"), documents.receive() as incoming:
        incoming.write(b"x" * 5_000_000).write(b"x")
    assert waiting(documents) == []


def test_an_announced_hash_is_compared(documents: Documents) -> None:
    with pytest.raises(HashDiffers, match=PDF_HASH), documents.receive() as incoming:
        incoming.write(PDF).keep(expected="0" * 64)
    assert [p for p in documents.folder.rglob("*") if p.is_file()] == []


def test_without_a_folder_or_room_nothing_is_taken(tmp_path: Path) -> None:
    with pytest.raises(DocumentsUnavailable), Documents(None).receive():
        pass
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(DocumentsUnavailable), Documents(blocked).receive():
        pass


DOCX, XLSX = (media_types._PACKAGES[n][1] for n in (0, 1))
ODT = media_types._OPEN_DOCUMENTS[0]


def odt() -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", ODT, zipfile.ZIP_STORED)
        archive.writestr("content.xml", "<x/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "declared", "kept"),
    [
        (PDF, None, "application/pdf"),
        (PDF, "application/octet-stream", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image/png", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", None, "image/webp"),
        (b"\0\0\0\x18ftypheic....", None, "image/heic"),
        (b"II*\0....", None, "image/tiff"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "application/vnd.ms-excel", "application/vnd.ms-excel"),
        (b"{\\rtf1}", None, "application/rtf"),
        ("合同 / contract\n".encode(), None, "text/plain"),
        ("编号,金额\n采-1,5".encode("gb18030"), "text/csv", "text/csv"),
        ("合同".encode("utf-16"), None, "text/plain"),
        (b'{"a": 1}', "application/json", "application/json"),
        (b'<?xml version="1.0"?><a/>', "text/xml", "text/xml"),
        (zipped("a.txt"), None, "application/zip"),
        (zipped("[Content_Types].xml", "word/document.xml"), None, DOCX),
        (zipped("docProps/app.xml", "xl/workbook.xml"), XLSX, XLSX),
        (zipped("OFD.xml"), None, "application/ofd"),
        (zipped("word/document.xml"), "application/zip", "application/zip"),
        (odt(), None, ODT),
    ],
)
def test_the_media_type_is_what_the_bytes_say(documents: Documents, content: bytes, declared: str | None, kept: str) -> None:
    assert store(documents, content, declared).media_type == kept


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (b"", None),
        (b"\x7fELF\x02\x01\x01\0", None),
        (b"MZ\x90\0", None),
        (b"plain", "application/pdf"),
        (PDF, "image/png"),
        (b"<html><script>alert(1)</script>", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (zipped("a.txt"), DOCX),
        (zipped("word/document.xml"), XLSX),
        (zipped("word/document.xml", "word/vbaProject.bin"), None),
        (zipped("a.txt")[:-30], None),
        (b"text with \0 in it", "text/plain"),
        (b"\xff\xfe\x00", "text/plain"),
    ],
)
def test_bytes_that_are_not_what_they_are_called_are_refused(documents: Documents, content: bytes, declared: str | None) -> None:
    with pytest.raises(DocumentNotTaken):
        store(documents, content, declared)
    assert [p for p in documents.folder.rglob("*") if p.is_file()] == []


def test_a_directory_of_a_million_names_is_read_as_far_as_four_megabytes(documents: Documents) -> None:
    one = b"PK\x01\x02" + bytes(24) + b"\x01\0" + bytes(16) + b"n"
    content = b"PK\x03\x04" + one * 60_000
    ending = b"PK\x05\x06" + bytes(8) + len(one * 60_000).to_bytes(4, "little") + (4).to_bytes(4, "little") + b"\0\0"
    assert store(documents, content + ending).media_type == "application/zip"


def test_names_and_types_belong_together() -> None:
    assert media_types.of_name("合同.PDF") == "application/pdf"
    assert media_types.of_name("payload.exe") is None
    assert media_types.suffix_of("image/jpeg") == ".jpg"
    assert media_types.suffix_of("application/x-unknown") == ""


def test_the_ledger_hears_of_the_same_bytes_once_and_lists_what_it_heard(ledger: Ledger, documents: Documents) -> None:
    kept = [store(documents, content) for content in (PDF, b"a text")]
    for one in (*kept, *kept):
        record(ledger, one, Envelope(ALICE, uuid.uuid4().hex))
    listed = list(recorded(ledger.store))
    assert [one.kept for one in listed] == kept
    assert [one.stored_by for one in listed] == ["alice", "alice"]
    assert [one.kept for one in recorded(ledger.store, limit=1)] == kept[:1]
    assert ledger.load(DOCUMENT, PDF_HASH).size == len(PDF)


def test_those_who_bring_the_same_bytes_at_once_are_told_the_same(ledger: Ledger, documents: Documents) -> None:
    kept = store(documents, PDF)
    answers: list[bool] = []
    together = threading.Barrier(4)

    def bring() -> None:
        mine = Ledger(ledger.store, clock=ledger.clock)
        together.wait(timeout=30)
        answers.append(record(mine, kept, Envelope(ALICE, uuid.uuid4().hex))[1])

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, False, True]
    assert ledger.store.head() == 1
