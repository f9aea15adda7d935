"""Show, history and diff: a contract at any moment, and what led there."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from infra.ledger import CONTRACT
from infra.opening import Opened
from tests.scripts.conftest import Tally

SENSORS = "demo-sales-2"
OFFICE = "demo-supplier-1"


def test_a_contract_is_shown_as_it_stood_at_a_moment(tally: Tally) -> None:
    before = tally.json("show", OFFICE, "--valid-at", "2025-08-31")
    after = tally.json("show", OFFICE, "--valid-at", "2025-09-01")
    assert before["value"] == {"amount": "83420.00", "currency": "CNY"}
    assert after["value"] == {"amount": "93700.00", "currency": "CNY"}
    assert before["as_of"]["valid_at"] == "2025-08-31T23:59:59.999999Z"


def test_a_bare_day_counts_to_its_end_in_utc(tally: Tally) -> None:
    on_the_day = tally.json("show", SENSORS, "--valid-at", "2025-09-29")
    before_it = tally.json("show", SENSORS, "--valid-at", "2025-09-29T12:59:59+08:00")
    assert [p["payment_id"] for p in on_the_day["payments"].values()] == ["p1"]
    assert before_it["payments"] == {}


def test_a_contract_is_shown_as_it_was_known_before_its_correction(tally: Tally, at_hand: Opened) -> None:
    entries = at_hand.ledger.history(CONTRACT, SENSORS)
    correction = next(e for e in entries if e.fact.NAME == "contract.fact_corrected")
    known_then = entries[correction.version - 2].recorded_at.isoformat()
    then = tally.json("show", SENSORS, "--valid-at", "2025-09-30", "--known-at", known_then)
    now = tally.json("show", SENSORS, "--valid-at", "2025-09-30")
    assert (then["paid"]["amount"], now["paid"]["amount"]) == ("59520.00", "55920.00")


def test_a_version_is_the_state_after_so_many_facts(tally: Tally) -> None:
    assert tally.json("show", OFFICE, "--version", 1)["items"] == {}
    assert tally.json("show", OFFICE, "--version", 2)["version"] == 2
    assert "no version 900" in tally("show", OFFICE, "--version", 900, exit_code=2).stderr


def test_before_its_draft_a_contract_is_said_not_to_be_there(tally: Tally) -> None:
    result = tally("show", OFFICE, "--valid-at", "2025-01-31", exit_code=1)
    assert "was not there yet" in result.stderr
    assert "2025-02-24" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("2026-03-31T10:00", "2026-03-31T10:00+08:00"),
        ("2026-02-30", "no such day"),
        ("yesterday", "2026-03-31"),
        ("20260331", "2026-03-31"),
        ("0001-01-01T00:00:00+08:00", "beyond the calendar"),
    ],
)
def test_a_moment_that_is_none_is_refused_with_a_hint(tally: Tally, typed: str, hint: str) -> None:
    result = tally("show", OFFICE, "--valid-at", typed, exit_code=2)
    assert hint in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_text_of_show_has_what_people_look_for(tally: Tally) -> None:
    text = tally("show", OFFICE).stdout
    for wanted in (
        "CG-2025-002",
        "办公设备采购合同",
        "星河办公设备有限公司 (supplier)",
        "93,700.00 CNY",
        "28,394.00 CNY",
        "rejected",
        "in effect",
    ):
        assert wanted in text


def test_history_says_who_when_and_from_what_to_what(tally: Tally) -> None:
    entries = tally.json("history", SENSORS)["entries"]
    assert [e["version"] for e in entries] == list(range(1, len(entries) + 1))
    corrected = next(e for e in entries if e["fact"] == "contract.fact_corrected@2")
    assert (corrected["actor"], corrected["reason"]) == ("chen.jing", "bank reconciliation of September 2025")
    assert [e["backdated_days"] for e in entries] == [
        max((datetime.fromisoformat(e["recorded_at"]) - datetime.fromisoformat(e["effective_at"])).days, 0) for e in entries
    ]
    assert entries[0]["backdated_days"] > 0
    amount = next(c for c in corrected["changes"] if c["path"] == "payments.p1.amount")
    assert (amount["was"]["amount"], amount["becomes"]["amount"]) == ("59520.00", "55920.00")
    text = tally("history", SENSORS).stdout
    assert "payments.p1.amount: 59,520.00 EUR → 55,920.00 EUR" in text
    assert "by chen.jing" in text
    assert "two digits swapped" in text


def test_the_last_entries_of_a_history_are_told_as_in_the_whole(tally: Tally) -> None:
    whole = tally.json("history", OFFICE)["entries"]
    assert tally.json("history", OFFICE, "--last", 3)["entries"] == whole[-3:]


def test_the_journal_of_a_corrected_contract_balances_as_it_was_known_and_as_it_is(tally: Tally, at_hand: Opened, tmp_path: Path) -> None:
    entries = at_hand.ledger.history(CONTRACT, SENSORS)
    correction = next(e for e in entries if e.fact.NAME == "contract.fact_corrected")
    known_then = entries[correction.version - 2].recorded_at.isoformat()
    then, now = tally.json("journal", SENSORS, "--known-at", known_then), tally.json("journal", SENSORS)
    assert now["postings"][: len(then["postings"])] == then["postings"]
    for told in (then, now):
        assert sum(Decimal(b["debit"]) for b in told["balances"]) == sum(Decimal(b["credit"]) for b in told["balances"]) > 0
    assert any(p["version"] == correction.version for p in now["postings"])
    text = tally("journal", SENSORS).stdout
    assert "receivable" in text
    assert "debit" in text
    tally("journal", SENSORS, "--to", tmp_path / "journal.csv")
    rows = (tmp_path / "journal.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == len(now["postings"]) + 1


def test_diff_between_versions_names_each_field(tally: Tally) -> None:
    found = tally.json("diff", OFFICE, "--from", "v29", "--to", "30")
    changes = {c["path"]: (c["was"], c["becomes"]) for c in found["changes"]}
    assert changes["value"] == ({"amount": "83420.00", "currency": "CNY"}, {"amount": "93700.00", "currency": "CNY"})
    assert changes["items.2.quantity"] == ("12", "20")
    assert [e["version"] for e in found["only_to"]] == [30]
    assert found["only_from"] == []


def test_diff_between_moments_in_the_world_takes_back_what_came_later(tally: Tally) -> None:
    forth = tally.json("diff", OFFICE, "--from", "2025-08-31", "--to", "2025-09-30")
    back = tally.json("diff", OFFICE, "--from", "2025-09-30", "--to", "2025-08-31")
    assert [(c["path"], c["was"], c["becomes"]) for c in forth["changes"]] == [(c["path"], c["becomes"], c["was"]) for c in back["changes"]]
    assert [e["version"] for e in forth["only_to"]] == [e["version"] for e in back["only_from"]] == [30, 31]


def test_diff_between_moments_of_knowledge_explains_what_was_learnt(tally: Tally, at_hand: Opened) -> None:
    entries = at_hand.ledger.history(CONTRACT, SENSORS)
    correction = next(e for e in entries if e.fact.NAME == "contract.fact_corrected")
    known_then = entries[correction.version - 2].recorded_at.isoformat()
    found = tally.json("diff", SENSORS, "--known", "--from", known_then, "--valid-at", "2025-09-30")
    assert {c["path"] for c in found["changes"]} == {"payments.p1.amount", "rests_on_corrections"}
    assert [e["version"] for e in found["only_to"]] == [correction.version]


def test_diff_refuses_what_contradicts_itself(tally: Tally) -> None:
    assert "--known-at has no place" in tally("diff", OFFICE, "--known", "--from", "v1", "--known-at", "2026-01-01", exit_code=2).stderr
    assert "--valid-at has no place" in tally("diff", OFFICE, "--from", "v1", "--valid-at", "2026-01-01", exit_code=2).stderr
    assert "has 31 versions" in tally("diff", OFFICE, "--from", "v32", exit_code=2).stderr
    assert "give a version" in tally("diff", OFFICE, "--from", "spring", exit_code=2).stderr


def test_a_reference_is_the_beginning_of_one_id_or_number(tally: Tally) -> None:
    assert tally.json("show", "CG-2025-002")["id"] == OFFICE
    assert tally.json("show", "CG-2025-002")["id"] == tally.json("show", "demo-supplier-1")["id"]
    assert tally.json("show", "HZ-2025")["number"] == "HZ-2025-001"


def test_an_ambiguous_reference_lists_its_candidates(tally: Tally) -> None:
    result = tally("show", "CG-2025", exit_code=1)
    assert "CG-2025-002" in result.stderr
    assert "CG-2025-007" in result.stderr
    assert "数据中心服务器采购合同" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("ref", ["no-such-contract", "%", "demo\\"])
def test_an_unknown_reference_is_said_to_be_unknown(tally: Tally, ref: str) -> None:
    assert "No contract has the number or id" in tally("show", ref, exit_code=1).stderr


def test_a_quote_says_what_terms_come_to_and_writes_nothing(tally: Tally, at_hand: Opened, tmp_path: Path) -> None:
    draft = {
        "number": "报-1",
        "title": "x",
        "kind": "supplier",
        "direction": "payable",
        "our_entity": "我方",
        "value": {"amount": "1000.00", "currency": "CNY"},
        "deliveries": [{"delivery_id": "d1", "description": "x", "due": "2026-03-31"}],
        "terms": [{"term_id": "t1", "term": {"term": "late_delivery_damages", "rate": "0.5%"}}],
    }
    path = tmp_path / "draft.json"
    path.write_text(json.dumps(draft), encoding="utf-8")
    identity = tally.json("draft", "--file", path)["id"]
    before = at_hand.store.head()
    (quote,) = tally.json("quote", identity, "--late-delivery", "--on", "2026-04-02")["quotes"]
    assert (quote["term_id"], quote["version"], quote["result"]["amount"]["amount"]) == ("t1", 3, "10.00")
    assert "10.00 CNY" in tally("quote", identity, "--late-delivery", "--on", "2026-04-02", "--zone", "Asia/Shanghai").stdout
    assert "NoSuchTerm" in tally("quote", identity, "--renewal", exit_code=1).stderr
    assert "Ask one thing" in tally("quote", identity, exit_code=2).stderr
    assert "give a day" in tally("quote", identity, "--renewal", "--on", "soon", exit_code=2).stderr
    assert at_hand.store.head() == before


def test_what_is_owed_is_listed_by_day_and_nothing_of_a_draft(tally: Tally, tmp_path: Path) -> None:
    owed = tally.json("obligations", SENSORS, "--on", "2026-03-31")["obligations"]
    assert owed
    days = [one["due"] for one in owed if one["due"]]
    assert days == sorted(days)
    assert {one["ours"] for one in owed if one["obligation"]["kind"] == "instalment"} == {False}
    assert "instalment" in tally("obligations", SENSORS, "--on", "2026-03-31").stdout
    draft = {"number": "欠-1", "title": "x", "kind": "supplier", "direction": "payable", "our_entity": "我方"}
    path = tmp_path / "draft.json"
    path.write_text(json.dumps(draft), encoding="utf-8")
    identity = tally.json("draft", "--file", path)["id"]
    assert "Nobody owes anything" in tally("obligations", identity).stderr
