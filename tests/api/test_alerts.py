"""Alerts over HTTP: an admin publishes rules, what they find is listed and seen to, and rules are tried on history before they count."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.alerts import run_once
from domain.access.visits import VisitFact
from infra.opening import Opened
from tests.api.caller import House

BREACH = {"breach_id": "b1", "by": "us", "against": "c1", "about": "x"}
RULES: dict[str, Any] = {
    "title": "2026",
    "currency": "CNY",
    "rules": [
        {"rule_id": "breach", "title": "违约 / Breach", "kind": "breach_declared", "severity": "critical", "tell": ["bob"]},
        {"rule_id": "original", "title": "原件 / Original", "kind": "original_missing", "severity": "notice", "days": 1},
    ],
}


@pytest.fixture
def contract(house: House, opened: Opened) -> str:
    """A contract under which a breach was declared, and watched."""
    assert house["admin"].post("/alert-rules/contracts/publish", RULES).content["facts"] == ["alerting.rules_published@2"]
    identity = house.in_force()
    assert house["drafter"].post(f"/contracts/{identity}/declare-breach", BREACH).status == 200
    assert run_once(opened).raised == 1
    return identity


def test_an_alert_is_listed_read_and_seen_to(house: House, opened: Opened, contract: str) -> None:
    head = opened.store.head()
    assert house["reader"].get("/alerts").status == 403
    (found,) = house["finance"].get(f"/alerts?status=open&min_position={head}").content["alerts"]
    assert (found["kind"], found["contract_id"], found["rule_id"], found["subject"]) == ("breach_declared", contract, "breach", "b1")
    assert "us declared breach b1" in found["messages"]["en"]
    assert "主张违约 b1" in found["messages"]["zh"]
    there = f"/alerts/{found['id']}"
    read = house["auditor"].get(there)
    assert (read.content["status"], read.content["told"], read.headers["ETag"]) == ("open", found["told"], '"1"')
    assert house["auditor"].get(there, **{"If-None-Match": '"1"'}).status == 304
    assert house["drafter"].post(f"{there}/snooze", {"until": "2026-03-01T00:00:00Z"}).name == "AlertSnoozedIntoThePast"
    assert house["drafter"].post(f"{there}/escalate", {"to": ["wang.fang"]}).status == 200
    assert house["drafter"].post(f"{there}/acknowledge", {"note": "x"}).status == 200
    assert house["drafter"].post(f"{there}/acknowledge").status in {409, 422}
    assert house["drafter"].post(f"{there}/redeliver", {"channel": "mail", "recipient": "bob"}).status == 403
    assert house["admin"].post(f"{there}/redeliver", {"channel": "mail", "recipient": "bob"}).name == "NothingToRedeliver"
    done = house["approver"].post(f"{there}/resolve", {"how": "已和解 / Settled"})
    listed = house["finance"].get(f"/alerts?min_position={done.content['position']}&told_to=wang.fang").content["alerts"]
    assert [(one["status"], one["escalated"], one["resolved_by"]) for one in listed] == [("resolved", True, "approver")]
    assert house["approver"].post(f"{there}/resolve", {"how": "x"}).name == "AlertIsResolved"


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("severity=critical", 1),
        ("severity=notice", 0),
        ("kind=breach_declared&kind=value_raised", 1),
        ("kind=value_raised", 0),
        ("rule_id=breach", 1),
        ("rule_id=other", 0),
        ("contract_id=other", 0),
        ("told_to=bob", 1),
        ("told_to=nobody", 0),
        ("dead=true", 0),
        ("dead=false&awake=true&sort=contract_number&order=asc", 1),
        ("status=resolved&status=acknowledged", 0),
    ],
)
def test_alerts_are_found_by_what_they_are(house: House, opened: Opened, contract: str, asked: str, count: int) -> None:
    answer = house["drafter"].get(f"/alerts?{asked}&min_position={opened.store.head()}")
    assert (answer.status, len(answer.content["alerts"])) == (200, count)


def test_there_is_no_alert_that_nobody_raised_and_nobody_raises_one_over_http(house: House) -> None:
    assert house["drafter"].get("/alerts/nowhere").name == "NoSuchAlert"
    assert house["drafter"].post("/alerts/nowhere/acknowledge", {}).name == "NoSuchAlert"
    assert house["admin"].post("/alerts", {}).status == 405


def test_rules_are_tried_on_history_before_they_count(house: House, opened: Opened, contract: str) -> None:
    head = opened.store.head()
    asked = "/alert-rules/contracts/simulate?from=2026-11-01&to=2027-11-30"
    tried = house["auditor"].post(asked, RULES)
    assert tried.status == 200, tried.content
    assert tried.content["totals"] == {"alerts": 2, "known": 1, "rules": {"breach": 1, "original": 1}}
    assert [(one["raised"]["kind"], one["known"]) for one in tried.content["alerts"]] == [
        ("breach_declared", True),
        ("original_missing", False),
    ]
    changed = {**RULES, "rules": [{**RULES["rules"][0], "severity": "warning"}]}
    assert house["auditor"].post(asked, changed).content["totals"]["known"] == 0
    assert all(isinstance(entry.fact, VisitFact) for entry in opened.store.whole_log(after=head))
    assert house["auditor"].post(asked, {**RULES, "rules": []}).name == "AlertRulesNotSound"
    for wrong in ("from=2026-11-02&to=2026-11-01", "from=2020-01-01&to=2026-11-01", "from=x", ""):
        assert house["auditor"].post(f"/alert-rules/contracts/simulate?{wrong}", RULES).status == 422
    assert house["drafter"].post(asked, RULES).status == 403


def test_editions_of_the_rules_are_told(house: House) -> None:
    assert house["reader"].get("/alert-rules/contracts").content["edition"] == 0
    for title in ("2026", "2027"):
        assert house["admin"].post("/alert-rules/contracts/publish", {**RULES, "title": title}).status == 200
    first = house["drafter"].get("/alert-rules/contracts/editions?limit=1").content
    assert [(e["edition"], e["title"], e["in_use"]) for e in first["editions"]] == [(1, "2026", False)]
    second = house["drafter"].get(f"/alert-rules/contracts/editions?cursor={first['next_cursor']}").content
    assert ([(e["edition"], e["in_use"]) for e in second["editions"]], second["next_cursor"]) == ([(2, True)], None)
    assert house["admin"].post("/alert-rules/contracts/retire", {"why": "停用"}).status == 200
    assert house["reader"].get("/alert-rules/contracts").content["in_use"] is False
