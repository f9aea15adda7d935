"""Commands typed by hand go through the same door, as strictly as over HTTP."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path

import pytest

from infra.ledger import CONTRACT
from infra.opening import Opened
from tests.scripts.conftest import Tally

DRAFT = {
    "number": "租-2026-001",
    "title": "Lease of the upper floor",
    "kind": "service",
    "direction": "payable",
    "our_entity": "塔利科技",
    "counterparties": [{"counterparty_id": "c1", "name": "Lakeside Estates", "role": "lessor"}],
    "value": {"amount": "1200.00", "currency": "CNY"},
}


@pytest.fixture(scope="module")
def lease(tally: Tally) -> str:
    """A draft typed from a file."""
    answer = tally.json("draft", "--file", "-", "--id", "lease", "--on", "2026-01-05", stdin=json.dumps(DRAFT))
    assert answer["facts"] == ["contract.drafted@2"]
    return str(answer["id"])


def test_a_draft_bears_the_user_of_the_operating_system(tally: Tally, lease: str, at_hand: Opened) -> None:
    entry = at_hand.ledger.history(CONTRACT, lease, to=1)[0]
    assert (entry.meta.actor, entry.meta.channel) == (f"os:{pwd.getpwuid(os.getuid()).pw_name}", "cli")
    assert entry.effective_at.isoformat() == "2026-01-05T00:00:00+00:00"
    assert tally.json("show", lease)["number"] == "租-2026-001"


def test_a_draft_is_read_from_a_file(tally: Tally, tmp_path: Path) -> None:
    file = tmp_path / "contract.json"
    file.write_text(json.dumps({**DRAFT, "number": "租-2026-002"}), encoding="utf-8")
    first = tally.json("draft", "--file", file, "--command-id", "the-very-same")
    again = tally.json("draft", "--file", file, "--command-id", "the-very-same")
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert {**again, "repeated": False} == first


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"surprise": 1}, "$.surprise: There is no such field here."),
        ({"value": 1200.0}, "$.value: Give money as"),
        ({"value": {"amount": "1.005", "currency": "CNY"}}, "$.value"),
        ({"kind": "loan"}, "$.kind"),
        ({"title": "a\u0000b"}, "$.title"),
        ({"number": None}, "$.number"),
    ],
)
def test_a_draft_of_the_wrong_shape_is_refused_with_the_place(tally: Tally, at_hand: Opened, change: dict[str, object], says: str) -> None:
    head = at_hand.store.head()
    assert says in tally("draft", "--file", "-", exit_code=2, stdin=json.dumps({**DRAFT, **change})).stderr
    assert at_hand.store.head() == head


def test_a_file_that_is_not_there_is_named(tally: Tally, tmp_path: Path) -> None:
    missing = tmp_path / "missing.json"
    result = tally("draft", "--file", missing, exit_code=1)
    assert result.stderr == f"{missing}: No such file or directory\n"


def test_a_refusal_is_one_sentence_with_its_machine_name(tally: Tally) -> None:
    result = tally("pay", "demo-sales-5", "10.00", "EUR", "--id", "p1", exit_code=1)
    assert result.stderr == (
        "Refused (WrongStage): The contract is draft; this is possible only while it is "
        "in_force or suspended or completed or terminated or expired.\n"
    )


def test_a_payment_is_recorded_with_its_day_and_reason(tally: Tally, at_hand: Opened) -> None:
    words = (
        "pay",
        "demo-supplier-2",
        "1000",
        "cny",
        "--id",
        "p9",
        "--on",
        "2026-04-30",
        "--method",
        "cheque",
        "--reason",
        "typed from the slip",
    )
    answer = tally.json(*words)
    entry = at_hand.ledger.history(CONTRACT, "demo-supplier-2")[-1]
    assert (entry.version, entry.position) == (answer["version"], answer["position"])
    assert entry.effective_at.date().isoformat() == "2026-04-30"
    assert entry.meta.reason == "typed from the slip"


def test_amounts_that_are_no_money_are_refused(tally: Tally) -> None:
    for amount, currency in (("1e3", "CNY"), ("10.005", "CNY"), ("10.00", "XYZ"), ("NaN", "CNY")):
        tally("pay", "demo-supplier-2", amount, currency, "--id", "px", exit_code=1)


def test_a_writer_who_saw_an_older_version_is_told_the_current_one(tally: Tally, lease: str) -> None:
    version = tally.json("note", lease, "first")["version"]
    result = tally("do", lease, "note", "--set", "text=second", "--if-version", 1, exit_code=1)
    assert f"at version {version}, not 1" in result.stderr


def test_any_command_can_be_given_by_its_name(tally: Tally, lease: str) -> None:
    tally("do", lease, "change-owner", "--set", "owner=zhao.lei")
    tally("do", lease, "ChangeValue", "--set", "value=1500.00 CNY")
    body = {"item": {"item_id": "1", "description": "上层租金", "quantity": "12", "unit_price": "125"}, "reason": "as agreed by phone"}
    tally("do", lease, "add line item", "--file", "-", stdin=json.dumps(body))
    shown = tally.json("show", lease)
    assert (shown["owner"], shown["value"]["amount"], shown["items"]["1"]["quantity"]) == ("zhao.lei", "1500.00", "12")
    assert tally.json("history", lease)["entries"][-1]["reason"] == "as agreed by phone"


def test_an_unknown_command_suggests_the_nearest(tally: Tally, lease: str) -> None:
    assert "SubmitForApproval" in tally("do", lease, "submit-for-aproval", exit_code=2).stderr
    assert "takes FIELD=VALUE with the fields text" in tally("do", lease, "note", "--set", "txt=x", exit_code=2).stderr


def test_the_commands_are_listed_with_their_fields(tally: Tally) -> None:
    listed = {c["name"]: c for c in tally.json("commands")["commands"]}
    assert listed["Sign"]["fields"] == ["party", "signatory", "method", "document_sha256"]
    assert "DraftContract" not in listed
    assert "RecordPublication" not in listed


def test_a_key_is_shown_once_listed_and_revoked(tally: Tally) -> None:
    issued = tally.json("key", "issue", "reader-bot", "--role", "reader", "--role", "auditor")
    listed = {k["key_id"]: k for k in tally.json("key", "list")["keys"]}
    assert listed[issued["key_id"]]["roles"] == ["reader", "auditor"]
    assert issued["key"] not in tally("key", "list").output
    tally("key", "revoke", issued["key_id"], "--why", "test is over")
    revoked = {k["key_id"]: k for k in tally.json("key", "list")["keys"]}[issued["key_id"]]
    assert (revoked["why"], revoked["revoked_at"] is None) == ("test is over", False)
    assert "NoSuchKey" in tally("key", "revoke", issued["key_id"], "--why", "twice", exit_code=1).stderr


def test_only_the_key_itself_goes_to_stdout(tally: Tally) -> None:
    result = tally("key", "issue", "pipe", "--role", "reader")
    assert result.stdout.startswith("tally_")
    assert len(result.stdout.splitlines()) == 1


def test_parties_are_listed_and_shown(tally: Tally) -> None:
    listed = tally.json("parties", "list")["parties"]
    assert {one["id"] for one in listed} >= {"demo-huadong", "demo-xinghe", "demo-brightdesk"}
    assert len(tally.json("parties", "list", "--limit", 3)["parties"]) == 3
    shown = tally.json("parties", "show", "demo-hua")
    assert shown["name"] == "华东智运物流集团有限公司"
    assert shown["entries"][0]["fact"] == "party.registered@1"
    assert "could be any of these" in tally("parties", "show", "demo-", exit_code=1).stderr
