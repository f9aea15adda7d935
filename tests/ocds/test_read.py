"""Every form in which releases come, and every way in which a file can be broken."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.contract.vocabulary import Status
from infra.ledger import Ledger
from infra.ocds import files
from infra.ocds.read import Release, releases
from infra.ocds.report import Row
from tests.ocds.making import OCID, PUBLISHER, contract, held, import_files, import_json, later, package, release


def read(path: Path) -> tuple[list[Release], list[Row]]:
    """The releases and rows of what is under a path."""
    rows: list[Row] = []
    found = [
        one
        for file in files.found([path], rows.append)
        for document in files.documents(file, rows.append)
        for one in releases(document, rows.append)
    ]
    return found, rows


def record(**parts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON of any shape
    """A record."""
    return {"ocid": OCID, **parts}


def packaged(*records: object) -> dict[str, Any]:
    """A record package."""
    return {"uri": "u", "version": "1.1", "publishedDate": "2020-02-21T10:00:00Z", "publisher": {"name": PUBLISHER}, "records": records}


LINK = {"url": "https://example.com/r1.json", "date": "2020-02-21T09:00:00Z", "tag": ["contract"]}
SECOND = later("2020-03-01T00:00:00Z", "r2", title="Second")
COMPILED = release(id="compiled", date="2020-05-01T00:00:00Z", tag=["compiled"])

SHAPES: dict[str, tuple[object, list[tuple[str, str]]]] = {
    "a release package": (package(release(), SECOND), [("r1", "/releases/0"), ("r2", "/releases/1")]),
    "a bare release": (release(), [("r1", "")]),
    "a list of bare releases": ([release(), SECOND], [("r1", "/0"), ("r2", "/1")]),
    "a list of packages": ([package(release()), package(SECOND)], [("r1", "/0/releases/0"), ("r2", "/1/releases/0")]),
    "a record package with embedded releases": (
        packaged(record(releases=[SECOND, release()], compiledRelease=COMPILED)),
        [("r2", "/records/0/releases/0"), ("r1", "/records/0/releases/1")],
    ),
    "a record whose releases are only linked": (
        packaged(record(releases=[LINK, LINK], compiledRelease=COMPILED)),
        [("compiled", "/records/0/compiledRelease")],
    ),
    "a record without releases": (packaged(record(compiledRelease=COMPILED)), [("compiled", "/records/0/compiledRelease")]),
    "a record of which some releases are only linked": (
        packaged(record(releases=[LINK, release()], compiledRelease=COMPILED)),
        [("r1", "/records/0/releases/1"), ("compiled", "/records/0/compiledRelease")],
    ),
    "a bare record": ({"compiledRelease": COMPILED, "releases": [release()], "versionedRelease": {}}, [("r1", "/releases/0")]),
    "a release that has its ocid from its record": (
        packaged(record(releases=[{k: v for k, v in release().items() if k != "ocid"}])),
        [("r1", "/records/0/releases/0")],
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_releases_are_found_in(shape: str, tmp_path: Path) -> None:
    document, expected = SHAPES[shape]
    (tmp_path / "a.json").write_text(json.dumps(document))
    found, rows = read(tmp_path)
    assert [(r.node["id"].value, r.node.path) for r in found] == expected
    assert {r.ocid for r in found} == {OCID}
    assert [r.code for r in rows] == (["publisher_missing"] * len(expected) if PUBLISHER not in json.dumps(document) else [])


def lines(*documents: object) -> bytes:
    """JSON Lines."""
    return b"".join(json.dumps(d).encode() + b"\n" for d in documents)


def zipped(**members: bytes) -> bytes:
    """A zip of members; `__` in a name stands for a point."""
    held_ = io.BytesIO()
    with zipfile.ZipFile(held_, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return held_.getvalue()


ONE = json.dumps(package(release())).encode()
TWO = lines(package(release()), package(SECOND))

FORMS: dict[str, tuple[str, bytes, int, str]] = {
    "json": ("a.json", ONE, 1, "/releases/0"),
    "json with a byte order mark": ("a.json", b"\xef\xbb\xbf" + ONE, 1, "/releases/0"),
    "json in UTF-16": ("a.json", ONE.decode().encode("utf-16"), 1, "/releases/0"),
    "jsonl": ("a.jsonl", b"\n" + TWO + b"  \n", 2, "line 2/releases/0"),
    "json.gz": ("a.json.gz", gzip.compress(ONE), 1, "/releases/0"),
    "jsonl.gz": ("a.jsonl.gz", gzip.compress(TWO), 2, "line 1/releases/0"),
    "gzip under another name": ("a.JSON", gzip.compress(ONE), 1, "/releases/0"),
    "zip": ("a.zip", zipped(x__json=ONE, y__jsonl=TWO, z__json__gz=gzip.compress(ONE)), 4, "/releases/0"),
    "zip under another name": ("a.json", zipped(x__json=ONE), 1, "/releases/0"),
}


@pytest.mark.parametrize("form", FORMS)
def test_documents_are_read_from(form: str, tmp_path: Path) -> None:
    name, content, count, first = FORMS[form]
    (tmp_path / name).write_bytes(content)
    found, rows = read(tmp_path)
    assert (len(found), found[0].node.path, rows) == (count, first, [])
    assert [r.node["id"].value for r in read(tmp_path / name)[0]] == [r.node["id"].value for r in found]


def test_an_archive_and_lines_import_as_files_do(new_ledger: Callable[[], Ledger], tmp_path: Path) -> None:
    documents = [package(release()), package(SECOND), package(release(ocid="ocds-abc123-2"))]
    plain = import_json(new_ledger(), tmp_path / "plain", *documents)
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines(*documents)))
    (tmp_path / "a.zip").write_bytes(zipped(**{f"below/{n}__json": json.dumps(d).encode() for n, d in enumerate(documents)}))
    for name in ("a.jsonl.gz", "a.zip"):
        ledger = new_ledger()
        done = import_files(ledger, tmp_path / name)
        assert done.rows == []
        assert (done.report.total.facts, done.report.total.contracts_new) == (plain.report.total.facts, 2)
        source = held(ledger).source
        assert source is not None
        assert source.file == {"a.jsonl.gz": "a.jsonl.gz", "a.zip": "a.zip/below/0.json"}[name]


def deep(depth: int) -> str:
    """An array in an array in an array."""
    return "[" * depth + "]" * depth


BROKEN: dict[str, tuple[str, bytes, str, str]] = {
    "an empty file": ("a.json", b"", "invalid_json", ""),
    "half a file": ("a.json", ONE[:200], "invalid_json", ""),
    "two documents in one": ("a.json", ONE + ONE, "invalid_json", ""),
    "no JSON": ("a.json", b"<html>", "invalid_json", ""),
    "another encoding": ("a.json", '{"ocid": "é"}'.encode("latin-1"), "not_utf8", ""),
    "an endless number": ("a.json", b'{"ocid": ' + b"9" * 5000 + b"}", "invalid_json", ""),
    "JSON that is text": ("a.json", b'"hello"', "not_ocds", ""),
    "JSON that is null": ("a.json", b"null", "not_ocds", ""),
    "an object of something else": ("a.json", b'{"results": []}', "not_ocds", ""),
    "a list of lists": ("a.json", b"[[]]", "not_ocds", "/0"),
    "a package of numbers": ("a.json", b'{"releases": [1]}', "not_ocds", "/releases/0"),
    "records of text": ("a.json", b'{"records": ["x"]}', "not_ocds", "/records/0"),
    "a record that only links": ("a.json", json.dumps(packaged(record(releases=[LINK]))).encode(), "only_linked", "/records/0/releases"),
    "a versioned release": ("a.json", b'{"versionedRelease": {"ocid": "o"}}', "only_linked", "/releases"),
    "nesting without end": ("a.json", deep(100_000).encode(), "nested_too_deep", ""),
    "a broken line": ("a.jsonl", b"{}\n{", "not_ocds", "line 1"),
    "half a gzip": ("a.json.gz", gzip.compress(os.urandom(5000))[:2000], "unreadable_file", ""),
    "damaged gzip": ("a.json.gz", gzip.compress(ONE)[:-8] + b"12345678", "unreadable_file", ""),
    "half a zip": ("a.zip", zipped(x__json=ONE)[:-30], "unreadable_file", ""),
    "a zip in a zip": ("a.zip", zipped(x__zip=zipped(x__json=ONE)), "nested_archive", ""),
    "something else in a zip": ("a.zip", zipped(readme__md=b"hello"), "not_a_document", ""),
    "something else in a folder": ("readme.md", b"hello", "not_a_document", ""),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_file_is_told_and_the_rest_goes_on(broken: str, ledger: Ledger, tmp_path: Path) -> None:
    name, content, code, path = BROKEN[broken]
    (tmp_path / name).write_bytes(content)
    (tmp_path / "whole.json").write_bytes(ONE)
    done = import_files(ledger, tmp_path)
    first = done.rows[0]
    assert (first.code, first.path) == (code, path)
    assert first.file.startswith(name)
    assert held(ledger).exists
    assert str(tmp_path) not in " ".join(row.line() for row in done.rows)


@pytest.mark.parametrize("depth", [200, 300, 400, 600, 900, 990])
def test_a_release_that_nests_deep_is_told_or_imported_but_stops_nothing(depth: int, ledger: Ledger, tmp_path: Path) -> None:
    nested = json.dumps(package(release(contracts=[contract(documents=[{"id": "x", "title": "DEEP"}])]), release(ocid="o-2")))
    (tmp_path / "a.json").write_text(nested.replace('"DEEP"', deep(depth)))
    done = import_files(ledger, tmp_path)
    assert {row.code for row in done.rows} <= {"nested_too_deep", "wrong_type", "empty_document"}
    if done.report.broken_files == 0:
        assert held(ledger, ocid="o-2").exists


def test_a_damaged_member_of_an_archive_leaves_the_others(ledger: Ledger, tmp_path: Path) -> None:
    packed = bytearray(zipped(a__json=json.dumps(package(release(ocid="o-1"))).encode(), b__json=ONE))
    packed[60] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(packed)
    done = import_files(ledger, tmp_path)
    assert [(r.code, r.file) for r in done.rows] == [("unreadable_file", "a.zip/a.json")]
    assert held(ledger).exists


@pytest.mark.parametrize(("name", "content"), [("a.json.gz", b" "), ("a.jsonl.gz", b" "), ("a.jsonl.gz", b"\n"), ("a.zip", b"\n")])
def test_a_bomb_is_given_up_on(name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_DOCUMENT_BYTES", 1_000_000)
    bomb = content * 20_000_000
    (tmp_path / name).write_bytes(zipped(x__jsonl=bomb) if name == "a.zip" else gzip.compress(bomb))
    found, rows = read(tmp_path)
    assert (found, [r.code for r in rows]) == ([], ["too_large"])
    assert ("packed size" in rows[0].reason) == (name != "a.json.gz")


def test_a_line_that_is_too_long_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_DOCUMENT_BYTES", 10_000)
    (tmp_path / "a.jsonl").write_bytes(b'{"x": "' + b"y" * 3_000_000 + b'"}\n' + lines(package(release())))
    found, rows = read(tmp_path)
    assert [r.node.path for r in found] == ["line 2/releases/0"]
    assert [(r.code, r.path) for r in rows] == [("too_large", "line 1")]


def test_hidden_files_and_what_desktops_leave_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".hidden").mkdir()
    for name in (".DS_Store", "._a.json", ".hidden/a.json"):
        (tmp_path / name).write_bytes(ONE)
    (tmp_path / "a.zip").write_bytes(zipped(**{"__MACOSX/._x__json": b"junk", "folder/": b""}))
    assert read(tmp_path) == ([], [])


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.json")
    assert [r.code for r in read(tmp_path)[1]] == ["unreadable_file"]


def test_a_name_that_is_no_text_is_told_all_the_same(ledger: Ledger, tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x01.json")).write_bytes(ONE)
    done = import_files(ledger, tmp_path)
    source = held(ledger).source
    assert (done.rows, source.file if source else None) == ([], "\ufffd\ufffd.json")


def test_a_path_that_does_not_exist_is_refused_before_anything_is_read(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(ONE)
    with pytest.raises(FileNotFoundError):
        import_files(ledger, tmp_path, tmp_path / "missing")
    assert ledger.store.head() == 0


def test_files_that_cannot_be_used_are_counted(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"{")
    (tmp_path / "b.json").write_bytes(ONE)
    (tmp_path / "c.json").write_bytes(b'{"releases": []}')
    done = import_files(ledger, tmp_path)
    assert (done.report.files, done.report.broken_files) == (3, 1)


def test_an_embedded_release_counts_before_a_compiled_one(ledger: Ledger, tmp_path: Path) -> None:
    import_json(
        ledger, tmp_path, packaged(record(releases=[SECOND, release()], compiledRelease={**COMPILED, "contracts": [contract(title="X")]}))
    )
    assert (held(ledger).title, held(ledger).status) == ("Second", Status.IN_FORCE)


def test_a_key_that_an_object_has_twice_is_told_with_its_path_and_the_last_one_counts(ledger: Ledger, tmp_path: Path) -> None:
    written = json.dumps(package(release()))
    once = f'"ocid": "{OCID}"'
    assert once in written
    path = tmp_path / "twice.json"
    path.write_text(written.replace(once, f'"ocid": "ocds-000000-other", {once}', 1), "utf-8")
    done = import_files(ledger, path)
    assert [(r.severity, r.path) for r in done.rows if r.code == "duplicate_key"] == [("notice", "/releases/0/ocid")]
    assert held(ledger).source is not None
