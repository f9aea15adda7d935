"""Deliveries over HTTP: plan by plan and how far the whole is, filtered, paged and as files, and each figure explained."""

from __future__ import annotations

import csv
import io

import pytest
from jsonschema import Draft202012Validator

from api.delivery_answers import DELIVERIES_EXAMPLE, PROGRESS_EXAMPLE
from infra.opening import Opened
from tests.api.caller import House
from tests.api.test_document import DOCUMENT
from tests.projections.test_deliveries import begin


@pytest.fixture
def shipped(opened: Opened) -> str:
    """Three contracts with deliveries, and what to ask so that the view has them."""
    begin(opened)
    return f"min_position={opened.store.head()}"


def test_deliveries_are_listed_as_of_a_day_and_page_by_page(shipped: str, house: House) -> None:
    reader = house["reader"]
    answer = reader.get(f"/deliveries?on=2026-06-30&contract=a&stage=late&{shipped}")
    (late,) = answer.content["deliveries"]
    assert late | {"delivery_id": "a1", "planned": "3", "delivered": "2", "accepted": "0", "rejected": "1", "percent": "66.66"} == late
    assert late | {"due": "2026-05-31", "came_on": None, "days_late": 30, "stage": "late", "direction": "payable", "unit": None} == late
    assert int(answer.headers["Ledger-Position"]) >= int(shipped.partition("=")[2])
    seen: list[str] = []
    cursor = ""
    while True:
        page = reader.get(f"/deliveries?sort=due&order=desc&limit=3{cursor}").content
        seen += [one["delivery_id"] for one in page["deliveries"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen[:5] == ["b2", "a2", "c1", "a1", "b1"]
    assert set(seen[5:]) == {"a3", "?"}
    assert [one["percent"] for one in reader.get("/deliveries?stage=unplanned").content["deliveries"]] == [None]


def test_how_far_it_is_is_told_and_explained_by_what_came(shipped: str, house: House) -> None:
    auditor = house["auditor"]
    page = auditor.get(f"/deliveries/progress?on=2026-06-30&sort=percent&{shipped}").content
    assert [(one["name"], one["plan_percent"], one["percent"], one["ahead"]) for one in page["lines"]] == [
        ("B", "100.00", "0.00", "-100.00"),
        ("A", "33.33", "55.55", "22.22"),
        ("C", "0.00", "100.00", "100.00"),
    ]
    why = auditor.get("/contracts/a/explain?figure=progress").content["explanation"]
    assert why["amounts"] == [{"amount": "55.55", "currency": None}]
    assert [one["fact"] for one in why["contributions"]][-3:] == [
        "contract.delivery_recorded",
        "contract.delivery_recorded",
        "contract.delivery_rejected",
    ]
    of_one = auditor.get("/contracts/a/explain?figure=percent&of=delivery:a1").content["explanation"]
    assert [one["amount"] for one in of_one["contributions"]] == ["66.66", "33.34", "-33.34"]


def test_lists_are_files_too(shipped: str, house: House) -> None:
    sheet = house["reader"].get(f"/exports/deliveries?format=csv&on=2026-06-30&stage=late&{shipped}")
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert [(row["delivery_id"], row["days_late"], row["stage"]) for row in rows] == [("b1", "179", "late"), ("a1", "30", "late")]
    sheet = house["reader"].get("/exports/deliveries/progress?format=csv&on=2026-06-30&by=counterparty&direction=receivable")
    (row,) = csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig")))
    assert (row["counterparty"], row["percent"], row["ahead"]) == ("Nordwind", "100.00", "100.00")


@pytest.mark.parametrize("asked", ["deliveries?stage=lost", "deliveries?sort=luck", "deliveries?cursor=x", "deliveries/progress?by=colour"])
def test_what_cannot_be_asked_is_refused(shared: House, asked: str) -> None:
    answer = shared["reader"].get(f"/{asked}")
    assert (answer.status, answer.name) == (422, "Malformed")


@pytest.mark.parametrize(("schema", "example"), [("DeliveryPage", DELIVERIES_EXAMPLE), ("DeliveryProgressPage", PROGRESS_EXAMPLE)])
def test_the_published_examples_are_of_what_is_answered(schema: str, example: object) -> None:
    Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}).validate(example)
