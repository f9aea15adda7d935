"""Files are attached, listed, given back and checked from the command line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.ledger import CONTRACT
from infra.opening import Opened
from tests.scripts.conftest import Tally

CONTRACT_NUMBER = "CG-2025-002"


def written(folder: Path, name: str, content: bytes) -> tuple[Path, str]:
    file = folder / name
    file.write_bytes(content)
    return file, hashlib.sha256(content).hexdigest()


@pytest.fixture
def damaged(tally: Tally, at_hand: Opened, tmp_path: Path) -> Iterator[str]:
    """The hash of a document whose file somebody changes, and puts right afterwards."""
    file, sha256 = written(tmp_path, "acceptance.pdf", b"%PDF-1.7 accepted")
    tally("attach", CONTRACT_NUMBER, file, "--id", f"damaged-{tmp_path.name}")
    path = at_hand.documents.path(sha256)
    path.chmod(0o644)
    path.write_bytes(b"%PDF-1.7 rejected")
    yield sha256
    path.write_bytes(b"%PDF-1.7 accepted")


def test_a_file_is_kept_and_attached_in_one_go(tally: Tally, at_hand: Opened, tmp_path: Path) -> None:
    file, sha256 = written(tmp_path, "验收单.pdf", b"%PDF-1.7 one go")
    answer = tally.json("attach", CONTRACT_NUMBER, file, "--kind", "certificate", "--id", "v1", "--on", "2026-11-20")
    assert answer["facts"] == ["contract.document_attached@1"]
    document = at_hand.ledger.load(CONTRACT, answer["id"]).documents["v1"]
    assert (document.title, document.kind, document.media_type, document.sha256) == ("验收单.pdf", "certificate", "application/pdf", sha256)
    listed = tally.json("documents", "list", "--all")["documents"]
    assert [one["size"] for one in listed if one["sha256"] == sha256] == [15]
    assert "application/pdf" in tally("documents", "list").stdout


def test_attaching_the_same_file_again_stores_nothing_new(tally: Tally, at_hand: Opened, tmp_path: Path) -> None:
    file, _ = written(tmp_path, "twice.txt", b"the same bytes")
    tally("attach", CONTRACT_NUMBER, file)
    head = at_hand.store.head()
    assert "ElementExists" in tally("attach", CONTRACT_NUMBER, file, exit_code=1).stderr
    tally("attach", "XS-2025-004", file)
    # The refusal and the attachment.
    assert at_hand.store.head() == head + 2


@pytest.mark.parametrize(("name", "content"), [("scan.pdf", b"no PDF"), ("empty.txt", b""), ("a.exe", b"MZ\x90\0")])
def test_a_file_that_is_not_what_its_name_says_is_refused(tally: Tally, name: str, content: bytes, tmp_path: Path) -> None:
    file, _ = written(tmp_path, name, content)
    assert "DocumentNotTaken" in tally("attach", CONTRACT_NUMBER, file, exit_code=1).stderr


def test_a_file_that_is_not_there_is_typed_wrong(tally: Tally, tmp_path: Path) -> None:
    tally("attach", CONTRACT_NUMBER, tmp_path / "nowhere.pdf", exit_code=2)


def test_a_document_is_given_back_under_any_name_but_one_that_is_taken(tally: Tally, tmp_path: Path) -> None:
    file, sha256 = written(tmp_path, "given.txt", "合同正文".encode())
    tally("attach", CONTRACT_NUMBER, file, "--media-type", "text/plain")
    back = tmp_path / "back.txt"
    assert tally.json("documents", "get", sha256[:12], "-o", back) == {
        "sha256": sha256,
        "size": 12,
        "media_type": "text/plain",
        "file": str(back),
    }
    assert back.read_bytes() == file.read_bytes()
    assert "not overwritten" in tally("documents", "get", sha256, "-o", back, exit_code=1).stderr


@pytest.mark.parametrize("wanted", ["ffff", "x", "%", ""])
def test_a_document_that_is_not_there_is_said_so(tally: Tally, wanted: str) -> None:
    assert "No document has" in tally("documents", "get", wanted, exit_code=1).stderr


def test_all_is_right_where_nobody_meddled(tally: Tally) -> None:
    assert tally.json("documents", "verify")["wrong"] == []
    states = {check["name"]: check["state"] for check in tally.json("doctor")["checks"]}
    assert states["documents"] == "ok"


def test_a_changed_file_is_found_by_reading_and_never_given_out(tally: Tally, damaged: str, tmp_path: Path) -> None:
    found = tally.json("documents", "verify", exit_code=1)
    assert [(one["sha256"], one["problem"]) for one in found["wrong"]] == [(damaged, "damaged")]
    assert damaged in tally("documents", "verify", exit_code=1).stdout
    target = tmp_path / "out.pdf"
    assert "DocumentDamaged" in tally("documents", "get", damaged, "-o", target, exit_code=1).stderr
    assert not target.exists()


def test_the_doctor_names_a_file_that_is_gone_and_attaching_it_again_restores_it(tally: Tally, at_hand: Opened, tmp_path: Path) -> None:
    file, sha256 = written(tmp_path, "gone.txt", b"soon gone")
    tally("attach", CONTRACT_NUMBER, file, "--id", "gone")
    at_hand.documents.path(sha256).unlink()
    checks = {check["name"]: check for check in tally.json("doctor", exit_code=1)["checks"]}
    assert checks["documents"]["state"] == "wrong"
    assert f"{sha256} is missing" in checks["documents"]["detail"]
    found = tally.json("documents", "verify", exit_code=1)
    assert [(one["sha256"], one["problem"]) for one in found["wrong"]] == [(sha256, "missing")]
    tally("attach", CONTRACT_NUMBER, file, "--id", "gone-2")
    assert tally.json("documents", "verify")["wrong"] == []
