"""The approval policy from the command line: published from YAML, shown by edition, tried on the past, retired."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from tests.scripts.conftest import Tally

FIRST = """\
# 审批制度
title: 审批制度
currency: CNY
routes:
  - route_id: large
    at_least: {amount: 50000.00, currency: CNY}
    steps:
      - title: 部门
        approvers:
          - {kind: principal, name: bob}
          - {kind: principal, name: carol}
        quorum: any
  - route_id: rest
    otherwise: true
    steps:
      - {title: 主管, approvers: [{kind: role, name: approver}]}
"""
SECOND = FIRST.replace("name: carol", "name: erin")
GAP = FIRST[: FIRST.index("  - route_id: rest")]


@pytest.fixture(scope="module")
def ruled(tally: Tally) -> Tally:
    """A command line on the demonstration, with two editions of a policy."""
    assert tally("policy", "list").stdout.split() == ["edition", "title", "currency", "routes", "published", "by"]
    assert "was ever published" in tally("policy", "show", exit_code=1).stderr
    assert tally.json("policy", "publish", "-", stdin=FIRST)["facts"] == ["policy.approval_published@2"]
    assert tally.json("policy", "publish", "-", stdin=SECOND, exit_code=0)["version"] == 2
    return tally


def test_each_edition_can_be_read_again(ruled: Tally) -> None:
    listed = ruled.json("policy", "list")
    assert [one["edition"] for one in listed["editions"]][:2] == [1, 2]
    assert listed["in_use"] == len(listed["editions"])
    assert "large: from 50,000.00 CNY" in ruled("policy", "show").stdout
    assert "any of bob, erin" in ruled("policy", "show").stdout
    assert "any of bob, carol" in ruled("policy", "show", "--edition", 1).stdout
    shown = ruled.json("policy", "show", "--edition", 1)
    assert (shown["in_use"], shown["routes"][0]["at_least"]) == (False, {"amount": "50000.00", "currency": "CNY"})
    assert "there is no edition 9" in ruled("policy", "show", "--edition", 9, exit_code=1).stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (FIRST.replace("name: bob", "nome: bob"), "stdin:10: $.routes[0].steps[0].approvers[0].nome: There is no such field here."),
        (FIRST.replace("name: bob", "nome: bob"), "stdin:10: $.routes[0].steps[0].approvers[0].name: This is missing."),
        (FIRST.replace("quorum: any", "quorum: most"), "stdin:12: $.routes[0].steps[0].quorum:"),
        (FIRST.replace("otherwise: true", "otherwise: yes"), "stdin:14: $.routes[1].otherwise:"),
        (FIRST.replace("title: 审批制度\n", "title: a\ntitle: b\n"), "stdin:3:1: 'title' stands here twice."),
        (FIRST.replace("currency: CNY\n", "currency: [CNY\n", 1), "stdin:4:"),
        (FIRST.replace("title: 审批制度", "title: !!python/name:os.system x"), "means nothing here"),
        ("a: &a [x]\nb: *a\n", "by an anchor"),
        ("", "is empty"),
        ("[" * 5_000, "nested"),
    ],
)
def test_what_is_no_policy_is_refused_with_the_line(ruled: Tally, text: str, says: str) -> None:
    assert says in ruled("policy", "publish", "-", stdin=text, exit_code=2).stderr


def test_json_is_read_as_well_and_a_gap_is_a_refusal(ruled: Tally, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    step = {"title": "主管", "approvers": [{"kind": "role", "name": "approver"}]}
    route = {"route_id": "sales", "kinds": ["sales"], "steps": [step]}
    file.write_text(json.dumps({"title": "x", "currency": "CNY", "routes": [route]}, indent=2), encoding="utf-8")
    assert "RoutesLeaveGap" in ruled("policy", "publish", file, exit_code=1).stderr


def test_a_policy_is_tried_on_every_submission_of_the_demonstration(ruled: Tally, tmp_path: Path) -> None:
    before = ruled.json("policy", "list")
    tried = ruled.json("policy", "simulate", "-", stdin=GAP)
    totals = tried["totals"]
    assert totals["submissions"] == len(tried["submissions"]) > 5
    assert sum(totals[v] for v in ("same", "changed", "no_route", "no_rate", "barred")) == totals["submissions"]
    assert totals["no_route"] > 0 < totals["changed"]
    rates = ("--rate", "EUR=7.80", "--rate", "usd=7.10", "--rate", "GBP=9")
    assert totals["no_rate"] > 0 == ruled.json("policy", "simulate", "-", *rates, stdin=GAP)["totals"]["no_rate"]
    assert "is no rate" in ruled("policy", "simulate", "-", "--rate", "EUR=", stdin=GAP, exit_code=2).stderr
    supplies = ruled.json("policy", "simulate", "-", "--kind", "supplier", stdin=FIRST)["submissions"]
    assert {one["kind"] for one in supplies} == {"supplier"}
    assert ruled.json("policy", "simulate", "-", "--until", "2000-01-01", stdin=FIRST)["totals"]["submissions"] == 0
    first = tried["submissions"][0]
    day = first["submitted_at"][:10]
    some = ruled.json("policy", "simulate", "-", "--from", day, "--until", day, stdin=GAP)["submissions"]
    assert first in some
    file = tmp_path / "tried.xlsx"
    assert f"{totals['submissions']:,} submissions were written" in ruled("policy", "simulate", "-", "--to", file, stdin=GAP).stderr
    rows = list(openpyxl.load_workbook(file)["tally"].iter_rows(values_only=True))
    assert len(rows) == totals["submissions"] + 1
    text = ruled("policy", "simulate", "-", "--changed", stdin=GAP).stdout
    assert f"{totals['submissions']:,} submissions: 0 the same" in text
    assert ruled.json("policy", "list") == before


def test_marks_of_a_route_are_shown(ruled: Tally) -> None:
    marked = FIRST.replace("    at_least:", "    deviates: true\n    counterparty_flagged: false\n    at_least:")
    ruled("policy", "publish", "-", stdin=marked)
    assert "large: from 50,000.00 CNY, deviating from the template, not with a flagged counterparty" in ruled("policy", "show").stdout
    ruled("policy", "publish", "-", stdin=SECOND)


def test_a_policy_is_retired_for_a_reason_and_can_be_published_again(ruled: Tally) -> None:
    assert ruled.json("policy", "retire", "--why", "改版")["facts"] == ["policy.retired@1"]
    assert ruled("policy", "list").stdout.rstrip().endswith("retired")
    assert "PolicyNotInUse" in ruled("policy", "retire", "--why", "改版", exit_code=1).stderr
    assert ruled.json("policy", "publish", "-", stdin=SECOND)["facts"] == ["policy.approval_published@2"]
