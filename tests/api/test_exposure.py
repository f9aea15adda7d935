"""Exposure over HTTP: by counterparty and contract, filtered, paged and as a file, each figure explained by its contract."""

from __future__ import annotations

import csv
import io

import pytest
from jsonschema import Draft202012Validator

from api.exposure_answers import EXPOSURE_EXAMPLE
from infra.opening import Opened
from tests.api.caller import House
from tests.api.test_document import DOCUMENT
from tests.projections.test_exposure import begin


@pytest.fixture
def bound(opened: Opened) -> str:
    """Contracts with several counterparties, and what to ask so that the view has them."""
    begin(opened)
    return f"min_position={opened.store.head()}"


def test_what_stands_with_whom_is_told_page_by_page(bound: str, house: House) -> None:
    reader = house["reader"]
    answer = reader.get(f"/exposure?on=2026-06-30&sort=net&order=desc&limit=2&{bound}")
    assert [(one["name"], one["currency"], one["net"]) for one in answer.content["lines"]] == [
        ("Nordwind", "EUR", "99.00"),
        ("Ruikang Ltd", "CNY", "69.50"),
    ]
    assert int(answer.headers["Ledger-Position"]) >= int(bound.partition("=")[2])
    rest = reader.get(f"/exposure?on=2026-06-30&sort=net&order=desc&cursor={answer.content['next_cursor']}").content
    assert ([one["name"] for one in rest["lines"]], rest["next_cursor"]) == (["Nordwind", "Gone"], None)
    assert [one["shared"] for one in reader.get("/exposure?party=p1").content["lines"]] == [1]


def test_a_line_by_contract_is_what_the_contract_explains_by_its_entries(bound: str, house: House) -> None:
    auditor = house["auditor"]
    (line,) = auditor.get(f"/exposure?on=2026-06-30&by=contract&contract=sold&{bound}").content["lines"]
    assert (line["number"], line["receivable"], line["receivable_overdue"], line["committed"]) == ("S", "80.00", "60.00", "120.00")
    for figure, amount in (("open", line["receivable"]), ("overdue", line["receivable_overdue"]), ("value", line["committed"])):
        why = auditor.get(f"/contracts/sold/explain?figure={figure}&on=2026-06-30").content["explanation"]
        assert [one["amount"] for one in why["amounts"]] == [amount]
        assert why["contributions"]


def test_exposure_is_a_file_too(bound: str, house: House) -> None:
    sheet = house["reader"].get(f"/exports/exposure?format=csv&on=2026-06-30&currency=EUR&{bound}")
    (row,) = csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig")))
    assert (row["counterparty"], row["receivable_overdue"], row["contract_id"]) == ("Nordwind", "99.00", "")


@pytest.mark.parametrize("asked", ["by=colour", "sort=luck", "cursor=x", "kind=rest"])
def test_what_cannot_be_asked_is_refused(shared: House, asked: str) -> None:
    answer = shared["reader"].get(f"/exposure?{asked}")
    assert (answer.status, answer.name) == (422, "Malformed")


def test_the_published_example_is_of_what_is_answered() -> None:
    Draft202012Validator({"$ref": "#/components/schemas/ExposurePage", "components": DOCUMENT["components"]}).validate(EXPOSURE_EXAMPLE)
