"""Penalties and credits over HTTP: each and what they come to, filtered, paged and as files, each figure explained."""

from __future__ import annotations

import csv
import io

import pytest
from jsonschema import Draft202012Validator

from api.penalty_answers import PENALTIES_EXAMPLE, PENALTY_SUMS_EXAMPLE
from infra.opening import Opened
from tests.api.caller import House
from tests.api.test_document import DOCUMENT
from tests.projections.test_penalties import begin


@pytest.fixture
def late(opened: Opened) -> str:
    """Contracts with penalties and credits, and what to ask so that the view has them."""
    begin(opened)
    return f"min_position={opened.store.head()}"


def test_penalties_are_listed_page_by_page(late: str, house: House) -> None:
    reader = house["reader"]
    answer = reader.get(f"/penalties?kind=penalty&sort=standing&limit=1&{late}")
    (waived,) = answer.content["penalties"]
    assert waived | {"contract_id": "waived", "kind": "penalty", "subject": "d1", "term_id": "t1", "currency": "CNY"} == waived
    assert waived | {"accrued": "700.00", "waived": "200.00", "standing": "500.00", "settled": "0.00", "open": "500.00"} == waived
    assert int(answer.headers["Ledger-Position"]) >= int(late.partition("=")[2])
    rest = reader.get(f"/penalties?kind=penalty&sort=standing&cursor={answer.content['next_cursor']}").content
    assert ([one["contract_id"] for one in rest["penalties"]], rest["next_cursor"]) == (["full"], None)
    sums = reader.get("/penalties/sums?kind=penalty&by=counterparty&sort=open").content
    assert [(one["contracts"], one["accrued"], one["waived"], one["open"]) for one in sums["lines"]] == [
        (2, "1400.00", "200.00", "1200.00")
    ]


def test_what_stands_is_explained_by_its_reckoning_and_its_term(late: str, house: House) -> None:
    auditor = house["auditor"]
    (line,) = auditor.get(f"/penalties?contract=waived&{late}").content["penalties"]
    why = auditor.get(f"/contracts/waived/explain?figure=standing&of={line['kind']}:{line['subject']}").content["explanation"]
    assert [one["amount"] for one in why["amounts"]] == [line["standing"]]
    assert [one["amount"] for one in why["contributions"]] == ["700.00", "-200.00"]
    assert [(one["term_id"], one["version"]) for one in why["terms"]] == [(line["term_id"], line["term_version"])]


def test_lists_are_files_too(late: str, house: House) -> None:
    sheet = house["reader"].get(f"/exports/penalties?format=csv&became=waived&kind=penalty&{late}")
    (row,) = csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig")))
    assert (row["contract_id"], row["waived"], row["open"]) == ("waived", "200.00", "500.00")
    sheet = house["reader"].get("/exports/penalties/sums?format=csv&kind=service_credit")
    (row,) = csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig")))
    assert (row["kind"], row["standing"]) == ("service_credit", "1400.00")


@pytest.mark.parametrize("asked", ["penalties?kind=luck", "penalties?sort=open", "penalties?cursor=x", "penalties/sums?by=colour"])
def test_what_cannot_be_asked_is_refused(shared: House, asked: str) -> None:
    answer = shared["reader"].get(f"/{asked}")
    assert (answer.status, answer.name) == (422, "Malformed")


@pytest.mark.parametrize(("schema", "example"), [("PenaltyPage", PENALTIES_EXAMPLE), ("PenaltySumPage", PENALTY_SUMS_EXAMPLE)])
def test_the_published_examples_are_of_what_is_answered(schema: str, example: object) -> None:
    Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}).validate(example)
