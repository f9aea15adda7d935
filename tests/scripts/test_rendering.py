"""`tally render`: a contract as a file, named, hashed and repeatable."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.scripts.conftest import Tally

OFFICE = "demo-supplier-1"
APPROVED = "XS-2026-006"


def test_a_contract_is_written_to_a_file_with_its_hash(tally: Tally, tmp_path: Path) -> None:
    file = tmp_path / "合同.pdf"
    said = tally.json("render", OFFICE, "-o", file)
    content = file.read_bytes()
    assert content.startswith(b"%PDF-")
    assert said["sha256"] == hashlib.sha256(content).hexdigest()
    assert said["sha256"] in tally("render", OFFICE, "-o", file).output
    assert file.read_bytes() == content


def test_a_version_is_printed_on_stdout(tally: Tally) -> None:
    first = tally("render", OFFICE, "--format", "md", "--lang", "en", "--version", 1, "-o", "-").stdout
    assert first.startswith("# ")
    assert "| Version | 1 |" in first
    assert "Goods and services" not in first
    assert "no version 900" in tally("render", OFFICE, "--version", 900, exit_code=2).stderr


def test_only_the_text_that_was_fixed_is_signed(tally: Tally, tmp_path: Path) -> None:
    file = tmp_path / "fixed.docx"
    sign = ("do", APPROVED, "sign", "--set", "party=huadong", "--set", "signatory=方立群", "--set", "method=wet_ink", "--set")
    assert "WrongStage" in tally("render", OFFICE, "--fix", "-o", file, exit_code=1).stderr
    assert not file.exists()
    fixed = tally.json("render", APPROVED, "--format", "docx", "--fix", "-o", file)["sha256"]
    assert fixed == hashlib.sha256(file.read_bytes()).hexdigest()
    assert "SignsAnotherText" in tally(*sign, f"document_sha256={'ab' * 32}", exit_code=1).stderr
    assert "TextIsOutdated" in tally("render", APPROVED, "--version", 1, "--fix", "-o", file, exit_code=1).stderr
    tally(*sign, f"document_sha256={fixed}")


def test_an_approval_sheet_is_written_to_a_file_and_its_rounds_are_told(tally: Tally, tmp_path: Path) -> None:
    file = tmp_path / "审批单.docx"
    said = tally.json("approval-sheet", APPROVED, "--format", "docx", "-o", file)
    assert said["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert [(one["number"], one["outcome"]) for one in said["rounds"]] == [(1, "approved")]
    text = tally("approval-sheet", APPROVED, "--format", "md", "-o", "-").stdout
    assert text.startswith("# 合同审批单")
    assert "审批通过" in text
    assert "Round 1" in tally("approval-sheet", APPROVED, "--round", 1, "--format", "md", "--lang", "en", "-o", "-").stdout
    assert "NoSuchRound" in tally("approval-sheet", APPROVED, "--round", 2, exit_code=1).stderr
