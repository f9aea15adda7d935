"""Templates over HTTP: drafted, revised, published and retired; listed page by page."""

from __future__ import annotations

from tests.api.caller import House

LAW = {"clause_id": "9", "heading": "适用法律", "text": "本合同适用中华人民共和国法律。", "binding": "locked", "topic": None}
PAYMENT = {"clause_id": "5", "heading": "付款", "text": "{{buyer}}于验收后 30 日内付款。", "binding": "fillable", "topic": None}
BUYER = {"name": "buyer", "takes": "text", "presence": "required", "description": "买方全称"}
FIRST = {"name": "采购合同范本", "kind": "supplier", "clauses": [PAYMENT, LAW], "placeholders": [BUYER], "terms": []}
SECOND = {**FIRST, "clauses": [LAW], "placeholders": []}


def test_an_edition_is_used_once_it_is_published_and_until_the_template_is_retired(house: House) -> None:
    drafter, approver, reader = house["drafter"], house["approver"], house["reader"]
    begun = drafter.post("/templates", FIRST)
    assert (begun.status, begun.content["facts"]) == (201, ["template.drafted@2"])
    there = f"/templates/{begun.content['id']}"
    first, second = {"number": 1, **FIRST}, {"number": 2, **SECOND}

    assert reader.get(there).content == {"id": begun.content["id"], "version": 1, "retired": False, "newest": first, "published": None}
    assert drafter.post(f"{there}/publish", {"edition": 1}).status == 403
    assert approver.post(f"{there}/publish", {"edition": 1}).status == 200
    assert drafter.post(f"{there}/revise", SECOND).content["version"] == 3
    revised = reader.get(there).content
    assert (revised["newest"], revised["published"]) == (second, first)
    refused = approver.post(f"{there}/publish", {"edition": 1})
    assert (refused.status, refused.name, refused.content["details"]) == (409, "EditionNotNewest", {"newest": 2, "given": 1})
    assert approver.post(f"{there}/publish", {"edition": 2}).status == 200
    assert approver.post(f"{there}/retire", {"why": "法律已修改。"}).status == 200
    retired = reader.get(there).content
    assert (retired["retired"], retired["published"]) == (True, second)
    assert drafter.post(f"{there}/revise", FIRST).name == "TemplateIsRetired"
    assert approver.post(f"{there}/restore", {"why": "法律修改推迟施行。"}).status == 200
    assert reader.get(there).content["retired"] is False


def test_a_contract_is_drafted_from_what_was_published(house: House) -> None:
    template = house["drafter"].post("/templates", FIRST).content["id"]
    draft = {
        "template_id": template,
        "number": "采-2026-009",
        "title": "采购",
        "kind": "supplier",
        "direction": "payable",
        "our_entity": "我方",
    }
    refused = house["drafter"].post("/contracts/from-template", draft)
    assert (refused.status, refused.name) == (409, "TemplateNotPublished")
    assert house["approver"].post(f"/templates/{template}/publish", {"edition": 1}).status == 200
    assert house["drafter"].post("/contracts/from-template", draft).name == "PlaceholderEmpty"
    begun = house["drafter"].post("/contracts/from-template", {**draft, "fillings": [{"name": "buyer", "text": "我方"}]})
    assert begun.status == 201
    assert begun.headers["Location"] == f"/api/v1/contracts/{begun.content['id']}"
    contract = house["reader"].get(f"/contracts/{begun.content['id']}").content
    assert contract["template"] == {"template_id": template, "edition": 1, "locked_clauses": ["9"]}
    assert contract["clauses"]["5"]["text"] == "我方于验收后 30 日内付款。"


def test_a_locked_clause_is_reworded_once_somebody_else_agreed_to_that_wording(house: House) -> None:
    drafter, approver = house["drafter"], house["approver"]
    template = drafter.post("/templates", SECOND).content["id"]
    assert approver.post(f"/templates/{template}/publish", {"edition": 1}).status == 200
    names = {"number": "采-2026-010", "title": "采购", "kind": "supplier", "direction": "payable", "our_entity": "我方"}
    there = f"/contracts/{drafter.post('/contracts/from-template', {'template_id': template, **names}).content['id']}"
    wording = {"clause_id": "9", "heading": "适用法律", "text": "适用新加坡法律。"}

    refused = drafter.post(f"{there}/reword-clause", {"clause": wording})
    assert (refused.status, refused.name, refused.content["details"]) == (409, "ClauseIsLocked", {"clause_id": "9"})
    asked = {"deviation_id": "v1", "clause_id": "9", "becomes": wording, "why": "对方要求"}
    assert drafter.post(f"{there}/request-clause-deviation", asked).content["facts"] == ["contract.clause_deviation_requested@1"]
    assert drafter.post(f"{there}/approve-clause-deviation", {"deviation_id": "v1"}).status == 403
    assert approver.post(f"{there}/approve-clause-deviation", {"deviation_id": "v1", "opinion": "同意"}).status == 200
    reworded = drafter.post(f"{there}/reword-clause", {"clause": wording})
    assert reworded.content["facts"] == ["contract.clause_reworded@2"]
    contract = house["reader"].get(there).content
    assert contract["clauses"]["9"] == {**wording, "topic": None}
    assert contract["deviations"]["v1"] == {
        **asked,
        "becomes": {**wording, "topic": None},
        "requested_by": "drafter",
        "requested_for": None,
        "status": "applied",
        "decided_by": "approver",
        "opinion": "同意",
    }


def test_what_the_clauses_name_must_be_declared(house: House) -> None:
    refused = house["drafter"].post("/templates", {**FIRST, "placeholders": []})
    assert (refused.status, refused.name) == (409, "PlaceholderNotDeclared")
    assert refused.content["details"] == {"clause_id": "5", "name": "buyer"}


def test_templates_are_listed_in_the_order_in_which_they_were_drafted(house: House) -> None:
    drafted = [house["drafter"].post("/templates", {**SECOND, "name": f"范本 {n}"}).content["id"] for n in range(3)]
    page = house["reader"].get("/templates?limit=2").content
    rest = house["reader"].get(f"/templates?limit=2&cursor={page['next_cursor']}").content
    assert [one["id"] for one in page["templates"] + rest["templates"]] == drafted
    assert rest["next_cursor"] is None


def test_a_template_that_nobody_drafted_is_not_found(house: House) -> None:
    assert house["reader"].get("/templates/nowhere").name == "NoSuchTemplate"
    assert house["approver"].post("/templates/nowhere/publish", {"edition": 1}).status == 404


def test_a_template_that_did_not_change_is_not_sent_again(house: House) -> None:
    there = f"/templates/{house['drafter'].post('/templates', SECOND).content['id']}"
    tag = house["reader"].get(there).headers["ETag"]
    assert house["reader"].get(there, If_None_Match=tag).status == 304
