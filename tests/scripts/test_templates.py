"""Templates from the command line: drafted, published and revised, listed and shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scripts.conftest import Tally

FIRST = {
    "name": "采购合同范本",
    "kind": "supplier",
    "clauses": [{"clause_id": "5", "heading": "付款", "text": "{{buyer}}于验收后 30 日内付款。", "binding": "locked"}],
    "placeholders": [{"name": "buyer"}],
    "terms": [{"term_id": "late", "term": {"term": "late_payment_interest", "rate": "4.35%"}}],
}


@pytest.fixture(scope="module")
def purchase(empty_tally: Tally) -> Tally:
    """A command line on a ledger with a template, published once and revised since."""
    template = ("templates", "draft", "--file", "-", "--id")
    assert empty_tally.json(*template, "purchase", stdin=json.dumps(FIRST))["facts"] == ["template.drafted@2"]
    assert empty_tally.json(*template, "purely-service", stdin=json.dumps(FIRST))["id"] == "purely-service"
    assert empty_tally.json("templates", "publish", "purchase", "--edition", 1)["facts"] == ["template.published@1"]
    second = json.dumps({**FIRST, "name": "采购合同范本（新）"})
    assert empty_tally.json("templates", "revise", "purch", "--file", "-", stdin=second)["version"] == 3
    return empty_tally


def test_templates_are_listed_with_the_edition_in_use(purchase: Tally) -> None:
    listed = purchase.json("templates", "list")["templates"]
    assert [one["id"] for one in listed] == ["purchase", "purely-service"]
    assert (listed[0]["published"]["number"], listed[0]["newest"]["number"]) == (1, 2)
    assert len(purchase.json("templates", "list", "--limit", 1)["templates"]) == 1
    assert "采购合同范本（新）" in purchase("templates", "list").stdout


def test_a_template_is_shown_with_its_clauses_and_how_it_came_about(purchase: Tally) -> None:
    shown = purchase("templates", "show", "purch").stdout
    assert "{{buyer}}于验收后 30 日内付款。" in shown
    assert "template.revised" in shown
    assert "4.35%" in shown
    assert purchase.json("templates", "show", "purchase")["entries"][1]["fact"] == "template.published@1"


def test_an_id_that_could_be_two_or_none_is_asked_back(purchase: Tally) -> None:
    assert "could be any of these: purchase, purely-service" in purchase("templates", "show", "pur", exit_code=1).stderr
    assert "No template has the id 'x'" in purchase("templates", "retire", "x", "--why", "y", exit_code=1).stderr


def test_a_template_is_retired_and_restored(purchase: Tally) -> None:
    assert purchase.json("templates", "retire", "purely", "--why", "法律已修改。")["facts"] == ["template.retired@1"]
    assert "retired" in purchase("templates", "list").stdout
    assert "TemplateIsRetired" in purchase("templates", "publish", "purely", "--edition", 1, exit_code=1).stderr
    assert purchase.json("templates", "restore", "purely", "--why", "推迟施行。")["facts"] == ["template.restored@1"]


def test_a_file_that_is_no_template_is_a_usage_error_that_says_where(purchase: Tally) -> None:
    wrong = json.dumps({**FIRST, "clauses": [{"clause_id": "5"}]})
    assert "$.clauses[0].text" in purchase("templates", "draft", "--file", "-", exit_code=2, stdin=wrong).stderr


def test_deviations_from_what_a_template_locks_are_asked_for_shown_and_listed(purchase: Tally, tmp_path: Path) -> None:
    body = {
        "template_id": "purchase",
        "number": "CG-2026-099",
        "title": "采购",
        "kind": "supplier",
        "direction": "payable",
        "our_entity": "我方",
        "fillings": [{"name": "buyer", "text": "我方"}],
    }
    purchase.json("draft", "--from-template", "--file", "-", stdin=json.dumps(body))
    do = ("do", "CG-2026-099")
    wording = {"clause_id": "5", "heading": "付款", "text": "我方于验收后 60 日内付款。"}
    refused = purchase(*do, "reword-clause", "--set", f"clause={json.dumps(wording)}", exit_code=1)
    assert "ClauseIsLocked" in refused.stderr
    asked = ("--set", "deviation_id=v1", "--set", "clause_id=5", "--set", f"becomes={json.dumps(wording)}", "--set", "why=对方要求")
    assert purchase.json(*do, "request-clause-deviation", *asked)["facts"] == ["contract.clause_deviation_requested@1"]
    assert purchase.json("show", "CG-2026-099")["terms"]["late"]["term"]["rate"] == "4.35%"
    shown = purchase("show", "CG-2026-099").stdout
    assert "Deviations from locked clauses" in shown
    assert "我方于验收后 60 日内付款。" in shown
    assert "locked" in shown
    assert "counterparty, value, specification, delivery day, quality, duties" in shown
    (use,) = purchase.json("templates", "uses", "--template", "purchase", "--newest")["uses"]
    assert (use["number"], use["edition"], use["published_edition"], use["waiting"]) == ("CG-2026-099", 1, 1, 1)
    assert "0 of 1" in purchase("templates", "uses", "--verbatim").stdout
    assert "No contract was drafted" in purchase("templates", "uses", "--outdated").stderr
    (deviation,) = purchase.json("deviations", "--status", "requested", "--clause", "5")["deviations"]
    assert (deviation["why"], deviation["original"]["text"], deviation["becomes"]["text"]) == (
        "对方要求",
        "我方于验收后 30 日内付款。",
        "我方于验收后 60 日内付款。",
    )
    assert "对方要求" in purchase("deviations").stdout
    assert "No deviation is so." in purchase("deviations", "--status", "applied").stderr
    for command, wording_of in ((("templates", "uses"), "采购合同范本（新）"), (("deviations",), "我方于验收后 30 日内付款。")):
        sheet = tmp_path / "list.csv"
        purchase(*command, "--to", sheet)
        assert wording_of in sheet.read_text("utf-8-sig")
        sheet.unlink()
