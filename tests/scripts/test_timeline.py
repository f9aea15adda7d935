"""`tally timeline` and `tally access-log`: one person, one contract, and what was refused."""

from __future__ import annotations

import csv
from pathlib import Path

from infra.ledger import CONTRACT
from infra.opening import Opened
from tests.scripts.conftest import Tally

OFFICE = "demo-supplier-1"


def test_a_contract_and_a_person_are_followed(tally: Tally, at_hand: Opened) -> None:
    told = tally.json("timeline", "--contract", "CG-2025-002", "--oldest-first", "--limit", 1_000)["entries"]
    history = at_hand.ledger.history(CONTRACT, OFFICE)
    assert [(one["position"], one["actor"]) for one in told][: len(history)] == [(e.position, e.meta.actor) for e in history]
    actor = history[0].meta.actor
    theirs = tally.json("timeline", "--actor", actor, "--limit", 10_000)["entries"]
    assert {one["actor"] for one in theirs} == {actor}
    assert [one["position"] for one in theirs] == sorted(
        (e.position for e in at_hand.store.whole_log() if e.meta.actor == actor), reverse=True
    )
    assert tally("timeline", "--contract", "CG-2025-002", "--subject", "party-x", exit_code=2).stderr


def test_a_command_that_is_refused_on_the_command_line_is_in_the_access_log(tally: Tally, tmp_path: Path) -> None:
    refused = tally("do", "CG-2025-002", "submit-for-approval", "--command-id", "again", exit_code=1)
    (line,) = [one for one in tally.json("access-log", "--contract", "CG-2025-002")["entries"] if "SubmitForApproval" in one["summary"]]
    name = refused.stderr.partition("(")[2].partition(")")[0]
    assert line["summary"] == f"SubmitForApproval refused on contract-{OFFICE}: {name}"
    assert line["actor"].startswith("os:")
    assert (line["fact"], line["channel"]) == ("access.command_refused@1", "cli")
    file = tmp_path / "log.csv"
    tally("access-log", "--to", file)
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert line["summary"] in {row["summary"] for row in rows}
    assert {row["fact"].split(".")[0] for row in rows} == {"access"}
    later = tally.json("access-log", "--since", "2999-01-01")["entries"]
    assert later == []
