"""Sparse fields: big lists answer only what of their lines is asked for, and say so in the document."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from api.openapi import SPARSE
from api.sparse import lines_of
from tests.api.caller import House
from tests.api.test_document import DOCUMENT

PAGE = DOCUMENT["paths"]["/api/v1/contracts"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]


def drafted(house: House, owner: str) -> str:
    """Drafts a contract; what to ask so that the register has it."""
    contract = house["drafter"].draft(owner=owner)
    return f"min_position={house['drafter'].get(f'/contracts/{contract}').headers['Ledger-Position']}"


def test_only_the_fields_that_are_asked_for_are_answered_in_that_order(shared: House) -> None:
    fresh = drafted(shared, "sparse")
    whole = shared["reader"].get(f"/contracts?owner=sparse&{fresh}")
    some = shared["reader"].get("/contracts?owner=sparse&fields=value,id,number")
    (line,), (full,) = some.content["contracts"], whole.content["contracts"]
    assert list(line) == ["value", "id", "number"]
    assert line.items() <= full.items()
    assert some.content["next_cursor"] is None
    assert int(some.headers["Content-Length"]) < int(whole.headers["Content-Length"])
    for answer in (some, whole):
        Draft202012Validator({**PAGE, "components": DOCUMENT["components"]}).validate(answer.content)


def test_each_choice_of_fields_has_an_etag_of_its_own(shared: House) -> None:
    fresh = drafted(shared, "tagged")
    choices = ("", "&fields=id", "&fields=id,title")
    whole, some, other = (shared["reader"].get(f"/contracts?owner=tagged&{fresh}{asked}") for asked in choices)
    assert len({answer.headers["ETag"] for answer in (whole, some, other)}) == 3
    again = shared["reader"].get("/contracts?owner=tagged&fields=id", If_None_Match=some.headers["ETag"])
    assert (again.status, again.content) == (304, b"")
    assert shared["reader"].get("/contracts?owner=tagged&fields=id", If_None_Match=whole.headers["ETag"]).status == 200


@pytest.mark.parametrize("asked", ["colour", "id,", "", "contracts.id", "id%00"])
def test_a_field_that_no_line_has_is_refused_with_those_that_there_are(shared: House, asked: str) -> None:
    answer = shared["reader"].get(f"/contracts?fields={asked}")
    assert (answer.status, answer.name) == (422, "Malformed")
    assert "possible are id, number, title, " in answer.errors["query.fields"]


@pytest.mark.parametrize("path", ["/contracts?fields=id&fields=number", "/statistics/contracts?by=status&fields=count"])
def test_fields_are_said_once_and_only_where_there_are_lines_to_choose_of(shared: House, path: str) -> None:
    assert (shared["reader"].get(path).status, shared["reader"].get(path).name) == (422, "Malformed")


def test_every_big_list_takes_them_and_describes_what_may_be_left_out() -> None:
    described = {
        operation["operationId"]: operation
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
        if any(one["name"] == "fields" for one in operation.get("parameters", []))
    }
    assert {"list_contracts", "list_parties", "list_receivables", "list_deliveries", "list_deviations", "list_renewals"} <= set(described)
    assert len(described) == len(SPARSE)
    for operation in described.values():
        full, sparse = operation["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"]
        assert sparse["$ref"] == full["$ref"].replace("schemas/", "schemas/Sparse")
    for page in SPARSE:
        line = DOCUMENT["components"]["schemas"][f"Sparse{lines_of(page).of.__name__}"]
        assert (line["required"], line["additionalProperties"]) == ([], False)
