"""Alerts on the command line: the clock turns days into facts, rules are tried and published, and what they find is seen to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.alert import RecordAlertDeliveryFailed
from infra.ledger import ALERT, Asker, Envelope
from infra.opening import Opened
from tests.scripts.conftest import Tally

SENDERS = Asker("senders", "senders", "senders")


@pytest.fixture(scope="module", autouse=True)
def done(tally: Tally) -> dict[str, Any]:
    """What the demonstration's own rules find, before any test replaces them."""
    ticked = tally.json("clock", "--once")
    assert (ticked["days"], ticked["facts"] > 0) == (1, True)
    assert tally.json("clock", "--once") == {"days": 0, "facts": 0, "refused": ticked["refused"]}
    assert "0 days began" in tally("clock", "--once", "--at", "2020-01-01").stderr
    assert "--at goes with --once" in tally("clock", "--at", "2020-01-01", exit_code=2).stderr
    found: dict[str, Any] = tally.json("alerts", "watch")
    return found


def test_days_become_facts_and_facts_alerts_that_are_seen_to(tally: Tally, done: dict[str, Any]) -> None:
    assert done["raised"] == done["found"] > 10
    assert "0 alerts raised" in tally("alerts", "watch").stderr
    listed = tally.json("alerts", "list", "--all")["alerts"]
    assert len(listed) == done["raised"]
    late = tally.json("alerts", "list", "--kind", "payment_overdue", "--status", "open", "--severity", "critical")["alerts"]
    assert {one["contract_number"] for one in late} == {"XS-2025-009", "CG-2025-002", "CG-2025-007"}
    one = late[0]["id"]
    shown = tally("alerts", "show", one[:12]).stdout
    assert "was due on" in shown
    assert "已逾期" in shown
    assert tally.json("alerts", "acknowledge", one, "--note", "x")["facts"] == ["alert.acknowledged@1"]
    later = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    assert tally.json("alerts", "snooze", one, "--until", later)["facts"] == ["alert.snoozed@1"]
    assert tally.json("alerts", "escalate", one, "--to", "wang.fang")["facts"] == ["alert.escalated@1"]
    assert "NothingToRedeliver" in tally("alerts", "redeliver", one, "--channel", "mail", "--to", "x", exit_code=1).stderr
    assert tally.json("alerts", "resolve", one, "--how", "paid")["facts"] == ["alert.resolved@1"]
    assert [a["id"] for a in tally.json("alerts", "list", "--told", "wang.fang")["alerts"]] == [one]
    assert tally.json("alerts", "show", one)["resolved_how"] == "paid"
    assert "NoSuchAlert" in tally("alerts", "show", "nowhere", exit_code=1).stderr
    assert "payment overdue" in tally("alerts", "list").stdout


def test_what_no_channel_took_is_tried_again_all_at_once(tally: Tally, at_hand: Opened) -> None:
    one, other = (alert["id"] for alert in tally.json("alerts", "list", "--status", "open", "--limit", "2")["alerts"])
    for alert_id, channel in ((one, "mail"), (one, "ops"), (other, "ops")):
        failed = RecordAlertDeliveryFailed(channel=channel, recipient="li.wei", why="down")
        at_hand.ledger.handle(ALERT, alert_id, failed, Envelope(SENDERS, f"{alert_id}-{channel}"))
    assert {alert["id"] for alert in tally.json("alerts", "list", "--dead")["alerts"]} == {one, other}
    assert tally.json("alerts", "redeliver-dead", "--channel", "mail")["redelivered"] == [
        {"id": one, "channel": "mail", "recipient": "li.wei"}
    ]
    assert {alert["id"] for alert in tally.json("alerts", "list", "--dead")["alerts"]} == {one, other}
    assert "2 messages are tried again" in tally("alerts", "redeliver-dead").stderr
    assert tally.json("alerts", "list", "--dead")["alerts"] == []
    assert "0 messages" in tally("alerts", "redeliver-dead").stderr


def test_rules_are_shown_tried_and_replaced(tally: Tally, tmp_path: Path) -> None:
    assert "payment overdue, 3 days" in tally("rules", "show").stdout
    book = tally.json("rules", "show")
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"title": "x", "currency": "CNY", "rules": book["rules"]}), "utf-8")
    tried = tally.json("rules", "simulate", file, "--from", "2026-11-01", "--rule", "payment-overdue")
    assert len(tried["alerts"]) == tried["totals"]["alerts"] == tried["totals"]["rules"]["payment-overdue"] == 3
    assert "alerts from 2026-11-01" in tally("rules", "simulate", file, "--from", "2026-11-01").stdout
    assert "comes before" in tally("rules", "simulate", file, "--from", "2026-11-02", "--to", "2026-11-01", exit_code=2).stderr
    assert tally.json("rules", "publish", file)["version"] == 2
    assert [(e["edition"], e["in_use"]) for e in tally.json("rules", "list")["editions"]] == [(1, False), (2, True)]
    assert "edition" in tally("rules", "list").stdout
    assert "there is no edition 3" in tally("rules", "show", "--edition", 3, exit_code=1).stderr
    file.write_text(json.dumps({"title": "x", "currency": "CNY", "rules": [{**book["rules"][0], "days": None}]}), "utf-8")
    assert "AlertRulesNotSound" in tally("rules", "publish", file, exit_code=1).stderr
    assert tally.json("rules", "retire", "--why", "x")["version"] == 3


def test_channels_are_listed_and_tried(tally: Tally) -> None:
    assert tally.json("alerts", "channels")["channels"] == {}
    assert "There are no channels" in tally("alerts", "channels").stderr
    assert "There is no channel ops" in tally("alerts", "channels", "--test", "ops", exit_code=1).stderr
