"""The published description is complete, and the committed one is the one that this program would publish."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api.commands import COMMANDS
from api.document import COMMITTED, generated
from api.problems import TABLE
from api.shapes import example
from tests.api.caller import House

DOCUMENT: dict[str, Any] = json.loads(COMMITTED.read_text("utf-8"))
OPERATIONS = {operation["operationId"]: operation for path in DOCUMENT["paths"].values() for operation in path.values()}


def test_the_committed_description_is_up_to_date() -> None:
    assert COMMITTED.read_text("utf-8") == generated(), "run `python -m api.document`"


def test_the_server_publishes_it(shared: House) -> None:
    assert shared.client.get("/api/v1/openapi.json").json() == DOCUMENT


def test_operation_ids_are_unique_and_stable() -> None:
    operations = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]
    assert len(OPERATIONS) == len(operations)
    assert {row.operation_id for row in COMMANDS} < set(OPERATIONS)
    assert {"draft_contract", "record_payment", "change_party_details"} < set(OPERATIONS)


def test_addresses_are_named_after_commands() -> None:
    paths = {row.command.__name__: row.address for row in COMMANDS}
    assert paths["RecordPayment"] == "/contracts/{contract_id}/record-payment"
    assert paths["Note"] == "/contracts/{contract_id}/note"
    assert paths["DraftContract"] == "/contracts"
    assert paths["ChangePartyDetails"] == "/parties/{party_id}/change-details"


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_every_operation_is_described_with_all_its_refusals(operation: str) -> None:
    said = OPERATIONS[operation]
    assert said["summary"]
    assert said["description"]
    assert all(parameter.get("description") for parameter in said.get("parameters", ()))
    statuses = set(said["responses"])
    assert "422" in statuses
    if said.get("security") != []:
        assert {"401", "403", "503"} <= statuses
    if "requestBody" in said:
        assert {"408", "413", "415"} <= statuses
        content = said["requestBody"]["content"]
        assert "application/json" not in content or content["application/json"]["examples"]
        assert all(kind["schema"]["format"] == "binary" for name, kind in content.items() if name != "application/json")


# What they give is the same at every position of the ledger, or says itself where it stands.
TIMELESS = {"get_health", "get_ready", "get_document", "get_contract_document", "get_import_template", "import_contracts", "stream_changes"}


@pytest.mark.parametrize("operation", sorted(set(OPERATIONS) - TIMELESS))
def test_every_answer_says_how_far_it_knows_the_ledger_and_reads_can_be_asked_again(operation: str) -> None:
    said = OPERATIONS[operation]
    successes = [answer for status, answer in said["responses"].items() if status in {"200", "201"}]
    assert all("Ledger-Position" in answer["headers"] for answer in successes)
    names = {parameter["name"] for parameter in said.get("parameters", ())}
    assert ("Ledger-Behind" in successes[0]["headers"]) == ("min_position" in names)
    if "get" in methods_of(operation) and "application/json" in successes[0]["content"]:
        assert "ETag" in successes[0]["headers"]
        assert "304" in said["responses"]
        assert "if-none-match" in names


def methods_of(operation: str) -> set[str]:
    """The methods by which an operation is called."""
    return {method for path in DOCUMENT["paths"].values() for method, one in path.items() if one["operationId"] == operation}


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_every_answer_in_json_has_an_example_that_its_schema_allows(operation: str) -> None:
    for status, answer in OPERATIONS[operation]["responses"].items():
        if status in {"200", "201"} and "application/json" in answer.get("content", {}):
            content = answer["content"]["application/json"]
            Draft202012Validator({**content["schema"], "components": DOCUMENT["components"]}).validate(content["example"])


def references(node: object) -> set[str]:
    """Every reference within a part of the document."""
    if isinstance(node, list):
        return {found for part in node for found in references(part)}
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own | {found for part in node.values() for found in references(part)}
    return set()


def component(reference: str) -> Any:  # noqa: ANN401 - a part of the document
    """What a reference leads to."""
    at: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        at = at[step]
    return at


def test_every_reference_leads_somewhere() -> None:
    assert all(component(reference) for reference in references(DOCUMENT))


def test_everything_published_is_used() -> None:
    reached = references({key: part for key, part in DOCUMENT.items() if key != "components"})
    while (
        more := {found for name in reached for found in references(DOCUMENT["components"][name.split("/")[2]][name.split("/")[3]])}
        - reached
    ):
        reached |= more
    published = {f"#/components/{kind}/{name}" for kind in ("schemas", "responses") for name in DOCUMENT["components"][kind]}
    assert published - reached == set()


def test_every_status_of_the_problem_table_is_described() -> None:
    assert {str(row.status) for row in TABLE.values()} - {"400", "405"} == set(DOCUMENT["components"]["responses"])


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.operation_id)
def test_the_schema_of_each_command_takes_its_example_and_nothing_unknown(row: Any) -> None:  # noqa: ANN401 - a row of the table
    schema = {"$ref": f"#/components/schemas/{row.command.__name__}", "components": DOCUMENT["components"]}
    validator = Draft202012Validator(schema)
    given = json.loads(json.dumps(example(row.command)))
    validator.validate(given)
    validator.validate(given | {"reason": "x", "effective_at": "2026-03-31T16:00:00+08:00"})
    assert not validator.is_valid(given | {"actor": "root"})
    assert not validator.is_valid(given | {"effective_at": 5})


@pytest.mark.parametrize(
    ("path", "schema", "principal"),
    [
        ("/contracts/{}", "Contract", "reader"),
        ("/contracts/{}/history", "HistoryPage", "auditor"),
        ("/contracts/{}/journal", "JournalAnswer", "reader"),
        ("/contracts/{}/figures", "FiguresAnswer", "reader"),
        ("/contracts/{}/explain?figure=status", "ExplanationAnswer", "auditor"),
        ("/contracts/{}/explain?figure=open&of=instalment:i1", "ExplanationAnswer", "auditor"),
        ("/contracts?q=finished", "RegisterPage", "reader"),
        ("/keys", "KeyPage", "admin"),
        ("/ready", "Readiness", "reader"),
    ],
)
def test_answers_are_as_described(shared: House, path: str, schema: str, principal: str) -> None:
    contract = shared.in_force(
        title="finished",
        period={"start": "2026-01-01", "end": None},
        items=[{"item_id": "1", "description": "x", "quantity": "1.5"}],
        clauses=[{"clause_id": "1", "heading": "x", "text": "y"}],
        instalments=[{"instalment_id": "i1", "amount": {"amount": "83420.00", "currency": "CNY"}, "due": "2026-06-30"}],
        deliveries=[{"delivery_id": "d1", "description": "x"}],
    )
    amended = {"op": "put_item", "item": {"item_id": "2", "description": "y"}}
    payment = {"payment_id": "p1", "amount": {"amount": "1.00", "currency": "CNY"}}
    for who, command, body in (
        ("drafter", "note", {"text": "x"}),
        ("drafter", "attach-document", {"document": {"document_id": "d", "title": "t", "url": "https://example.com/d.pdf"}}),
        ("drafter", "propose-amendment", {"amendment_id": "a1", "operations": [amended], "why": "x"}),
        ("drafter", "record-delivery", {"delivery_id": "d1"}),
        ("finance", "record-payment", payment),
        ("finance", "correct-payment", {"payment_id": "p1", "amount": {"amount": "2.00", "currency": "CNY"}, "why": "x"}),
        ("finance", "reverse-payment", {"payment_id": "p1", "why": "x"}),
    ):
        assert shared[who].post(f"/contracts/{contract}/{command}", body).status == 200
    answer = shared[principal].get(path.format(contract))
    assert answer.status == 200
    Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}).validate(answer.content)
