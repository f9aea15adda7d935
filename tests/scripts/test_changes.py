"""`tally changes`: the ledger in order, chosen and resumed, and followed as it is written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from domain.contract.drafting import Note
from infra.ledger import CONTRACT, Asker, Envelope
from infra.opening import Opened
from tests.scripts.conftest import Tally

ROOT = Path(__file__).parents[2]
OFFICE = "demo-supplier-1"


def told(tally: Tally, *words: object) -> list[dict[str, Any]]:
    """The documents of a call, one in each line."""
    return [json.loads(line) for line in tally("changes", *words, "--json").stdout.splitlines()]


def test_everything_is_told_in_order_and_goes_on_after_a_position(tally: Tally, at_hand: Opened) -> None:
    head = at_hand.store.head()
    whole = told(tally)
    assert [change["position"] for change in whole] == list(range(1, head + 1))
    assert told(tally, "--after", 100) == whole[100:]
    assert told(tally, "--last", 3) == whole[-3:]
    assert told(tally, "--after", head) == []
    assert f"Up to position {head}." in tally("changes", "--after", head).stderr
    assert not any("secret" in name for change in whole for name in change["data"])


def test_a_contract_and_facts_are_chosen(tally: Tally) -> None:
    found = told(tally, "--contract", "CG-2025-002", "--fact", "contract.drafted", "--fact", "contract.signed")
    assert {change["stream"] for change in found} == {f"contract-{OFFICE}"}
    assert [change["fact"].split("@")[0] for change in found] == ["contract.drafted", "contract.signed", "contract.signed"]
    (line,) = tally("changes", "--contract", "CG-2025-002", "--fact", "contract.drafted").stdout.splitlines()
    assert line.split()[0] == str(found[0]["position"])
    assert line.endswith(found[0]["summary"])
    assert found[0]["actor"] in line


def test_a_view_that_nobody_has_begun_tells_nothing_and_one_that_came_on_tells_all(tally: Tally, at_hand: Opened) -> None:
    assert told(tally, "--view", "timeline") == []
    tally("rebuild", "timeline")
    assert len(told(tally, "--view", "timeline")) == at_hand.store.head()


def test_what_cannot_be_told_is_said(tally: Tally) -> None:
    assert "The ledger ends at position" in tally("changes", "--after", 999_999, exit_code=2).stderr
    assert "not both" in tally("changes", "--after", 1, "--last", 1, exit_code=2).stderr
    assert "There is no fact 'contract.nothing'" in tally("changes", "--fact", "contract.nothing", exit_code=2).stderr
    assert "there is no view 'nothing'" in tally("changes", "--view", "nothing", exit_code=1).stderr


def test_who_follows_is_told_each_entry_as_it_is_recorded_until_ctrl_c(tally: Tally, at_hand: Opened) -> None:
    command = [sys.executable, "-m", "scripts.tally", "changes", "--last", "1", "--follow", "--json"]
    with subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        assert following.stderr is not None
        head = json.loads(following.stdout.readline())["position"]
        for n in range(1, 4):
            envelope = Envelope(Asker("li.wei", "local", "cli"), f"following-{n}")
            at_hand.ledger.handle(CONTRACT, OFFICE, Note(text=f"到货 {n}"), envelope)
            change = json.loads(following.stdout.readline())
            assert (change["position"], change["data"]["text"], change["actor"]) == (head + n, f"到货 {n}", "li.wei")
        following.send_signal(signal.SIGINT)
        assert following.wait(timeout=20) == 0
        assert f"Up to position {head + 3}." in following.stderr.read()
