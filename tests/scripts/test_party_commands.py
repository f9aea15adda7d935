"""Parties written from the command line."""

from __future__ import annotations

import json

from infra.opening import Opened
from tests.scripts.conftest import Tally


def test_a_party_is_registered_verified_and_flagged(tally: Tally, at_hand: Opened) -> None:
    tally("parties", "register", "--file", "-", "--id", "new", stdin=json.dumps({"name": "新公司"}))
    checks = ("--set", 'checks=["registration"]', "--set", "evidence=公示系统")
    assert tally.json("parties", "do", "new", "verify-party", *checks)["facts"] == ["party.verified@1"]
    flag = ("--set", "flag=red_list", "--set", "severity=blocks", "--set", "why=在册")
    tally("parties", "do", "new", "flag-party", *flag)
    assert "Refused (PartyUnchanged)" in tally("parties", "do", "new", "flag-party", *flag, exit_code=1).stderr
    tally("parties", "do", "new", "unflag-party", "--set", "flag=red_list", "--set", "why=已移出")
    assert "There is no command 'approve'" in tally("parties", "do", "new", "approve", exit_code=2).stderr
    assert tally.json("parties", "show", "new")["version"] == 4
    assert at_hand.store.head() == tally.json("parties", "list", "--name", "新公司")["position"]
