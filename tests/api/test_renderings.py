"""Contracts as documents over HTTP: named, hashed, the same bytes again, and nothing for who holds them already."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import quote

import pytest

from tests.api.caller import House


@pytest.mark.parametrize(
    ("form", "media_type", "begins"),
    [
        ("pdf", "application/pdf", b"%PDF-"),
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK"),
        ("md", "text/markdown", "# 办公设备采购合同".encode()),
    ],
)
def test_a_contract_is_downloaded_under_its_number_and_hash(shared: House, form: str, media_type: str, begins: bytes) -> None:
    contract = shared["drafter"].draft(number=f"采-{form}")
    path = f"/contracts/{contract}/rendering?format={form}&lang=zh-CN"
    answer = shared["reader"].get(path)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith(media_type)
    assert answer.content.startswith(begins)
    sha256 = hashlib.sha256(answer.content).hexdigest()
    assert answer.headers["ETag"] == f'"{sha256}"'
    assert answer.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
    name = f"采-{form} 办公设备采购合同 v1.{form}"
    assert answer.headers["Content-Disposition"].endswith(f"filename*=UTF-8''{quote(name, safe='')}")
    assert shared["auditor"].get(path).content == answer.content
    assert shared["reader"].get(path, If_None_Match=answer.headers["ETag"]).status == 304


def test_a_version_stays_what_it_was(shared: House) -> None:
    contract = shared["drafter"].draft()
    path = f"/contracts/{contract}/rendering?format=md&lang=en"
    first = shared["reader"].get(path)
    shared["drafter"].post(f"/contracts/{contract}/change-title", {"title": "另一名称"})
    assert shared["reader"].get(f"{path}&version=1").content == first.content
    assert "另一名称" in shared["reader"].get(path).content.decode()
    assert shared["reader"].get(f"{path}&version=9").name == "NotThereThen"


def test_what_cannot_be_written_out_is_refused(shared: House) -> None:
    contract = shared["drafter"].draft()
    for query in ("format=doc", "lang=fr", "version=0", "colour=red"):
        assert shared["reader"].get(f"/contracts/{contract}/rendering?{query}").status == 422, query
    assert shared["reader"].get("/contracts/nowhere/rendering").name == "NoSuchContract"


def test_what_was_written_out_is_what_is_signed(shared: House) -> None:
    contract = shared["drafter"].draft()
    shared["drafter"].post(f"/contracts/{contract}/submit-for-approval")
    assert shared["approver"].post(f"/contracts/{contract}/approve", {"opinion": "agreed"}).status == 200
    rendering = shared["drafter"].get(f"/contracts/{contract}/rendering?format=docx&lang=zh-CN")
    text = {
        "sha256": rendering.headers["ETag"].strip('"'),
        "format": "docx",
        "language": "zh-CN",
        "rendered_version": int(rendering.headers["Rendered-Version"]),
        "renderer": rendering.headers["Rendered-By"],
    }
    path = f"/contracts/{contract}/fix-text"
    assert shared["drafter"].post(path, {**text, "sha256": "ab" * 32}).name == "HashDiffers"
    assert shared["drafter"].post(path, {**text, "rendered_version": 99}).name == "TextIsOutdated"
    assert shared["drafter"].post(path, text).content["facts"] == ["contract.text_fixed@1"]
    sign = {"party": "us", "signatory": "王芳", "method": "wet_ink"}
    assert shared["drafter"].post(f"/contracts/{contract}/sign", sign).name == "SignsAnotherText"
    assert shared["drafter"].post(f"/contracts/{contract}/sign", {**sign, "document_sha256": text["sha256"]}).status == 200
    fixed = shared["reader"].get(f"/contracts/{contract}").content["fixed_texts"]
    assert fixed == {text["sha256"]: {name: text[name] for name in text if name != "sha256"}}
    assert shared["drafter"].post("/contracts/nowhere/fix-text", text).name == "NoSuchContract"


def test_the_approval_sheet_tells_who_decided_what_round_by_round(shared: House) -> None:
    contract = shared["drafter"].draft(number="采-审批单")
    path = f"/contracts/{contract}/approval-sheet"
    assert shared["auditor"].get(path).name == "NoSuchRound"
    assert shared["auditor"].get(f"/contracts/{contract}/approvals").content["rounds"] == []
    shared["drafter"].post(f"/contracts/{contract}/submit-for-approval", {"note": "请审批"})
    shared["approver"].post(f"/contracts/{contract}/send-back", {"opinion": "请补充附件"})
    shared["drafter"].post(f"/contracts/{contract}/submit-for-approval")
    first = shared["auditor"].get(f"{path}?round=1&format=md").content.decode()
    assert "请补充附件" in first
    assert "第2轮" not in first
    open_one = shared["auditor"].get(f"{path}?format=md")
    assert "请补充附件" in open_one.content.decode()
    assert shared["approver"].post(f"/contracts/{contract}/approve", {"opinion": "同意"}).status == 200
    done = shared["auditor"].get(f"{path}?format=md")
    assert done.headers["ETag"] != open_one.headers["ETag"]
    assert done.headers["Rendered-Version"] == "6"
    # What happens to the contract later changes nothing on the sheet.
    shared["drafter"].post(f"/contracts/{contract}/note", {"text": "x"})
    assert shared["finance"].get(f"{path}?format=md", If_None_Match=done.headers["ETag"]).status == 304
    for form, begins in (("pdf", b"%PDF-"), ("docx", b"PK")):
        answer = shared["drafter"].get(f"{path}?format={form}&lang=en")
        assert answer.content.startswith(begins)
        assert f".{form}" in answer.headers["Content-Disposition"]
    rounds = shared["auditor"].get(f"/contracts/{contract}/approvals")
    assert [(one["number"], one["outcome"], one["moves"][0]["opinion"]) for one in rounds.content["rounds"]] == [
        (1, "sent_back", "请补充附件"),
        (2, "approved", "同意"),
    ]
    assert shared["auditor"].get(f"/contracts/{contract}/approvals", If_None_Match=rounds.headers["ETag"]).status == 304
    assert shared["reader"].get(path).status == 403
    assert shared["auditor"].get(f"{path}?round=3").content["details"] == {"count": 2, "round": 3}
    assert shared["auditor"].get("/contracts/nowhere/approval-sheet").name == "NoSuchContract"
