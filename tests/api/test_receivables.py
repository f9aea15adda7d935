"""What is owed over HTTP: claims and their ageing, filtered, sorted, paged and as files."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from api.receivable_answers import AGEING_EXAMPLE, RECEIVABLES_EXAMPLE
from infra.opening import Opened
from infra.spreadsheet import XLSX_TYPE
from tests.api.caller import House
from tests.api.test_document import DOCUMENT
from tests.facts import half_paid, retained
from tests.projections.histories import put
from tests.spec import recorded

OWED: dict[str, Any] = {
    "contract_id": "paid",
    "number": "采-2026-001",
    "title": "办公设备采购合同 / Purchase of office equipment",
    "status": "in_force",
    "direction": "payable",
    "counterparties": ["华东办公设备有限公司"],
    "owner": "alice",
    "department": "行政部 / Administration",
    "kind": "instalment",
    "subject": "i2",
    "description": "验收款 / On acceptance",
    "currency": "CNY",
    "amount": "41710.00",
    "invoiced": "0.00",
    "paid": "0.00",
    "settled": "0.00",
    "open": "41710.00",
    "expected": "41710.00",
    "due": "2026-05-15",
    "waits_for": None,
    "overdue_since": "2026-05-16",
    "days_overdue": 46,
}


@pytest.fixture
def fresh(opened: Opened) -> str:
    """Two contracts with claims, and what to ask so that the view has them."""
    for name, history in (("paid", half_paid), ("held", retained)):
        put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(history)])
    return f"min_position={opened.store.head()}"


def test_what_is_owed_is_listed_as_of_a_day_and_page_by_page(fresh: str, house: House) -> None:
    reader = house["reader"]
    answer = reader.get(f"/receivables?on=2026-06-30&contract=paid&{fresh}")
    assert answer.content == {"on": "2026-06-30", "receivables": [OWED], "next_cursor": None}
    assert int(answer.headers["Ledger-Position"]) >= int(fresh.partition("=")[2])
    seen: list[tuple[str, str]] = []
    cursor = ""
    while True:
        page = reader.get(f"/receivables?standing=all&sort=open&order=desc&limit=2{cursor}").content
        seen += [(one["contract_id"], one["subject"]) for one in page["receivables"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [("paid", "i2"), ("held", "i2"), ("held", "r1"), ("paid", "i1"), ("held", "i1"), ("held", "")]
    assert reader.get("/receivables?standing=overdue&on=2026-05-15").content["receivables"] == []
    assert [one["subject"] for one in reader.get("/receivables?kind=retention&kind=rest").content["receivables"]] == ["r1", ""]
    assert reader.get("/receivables?direction=receivable").content["receivables"] == []


LISTS = {
    "receivables": "receivables",
    "receivables/ageing": "lines",
    "forecast": "lines",
    "deliveries": "deliveries",
    "deliveries/progress": "lines",
    "exposure": "lines",
    "obligations": "obligations",
}


def test_what_was_owed_is_told_as_of_another_moment_on_its_day(fresh: str, house: House, opened: Opened) -> None:
    reader, entries = house["reader"], opened.store.stream_entries("contract-paid")
    paid, before = entries[-1], entries[-2]
    then = quote((paid.effective_at - timedelta(seconds=1)).isoformat())

    def owed(query: str) -> list[object]:
        page = reader.get(f"/receivables?contract=paid&standing=all&{fresh}&{query}").content
        return [(one["subject"], one["open"]) for one in page["receivables"]]

    assert owed("sort=number") == [("i1", "0.00"), ("i2", "41710.00")]
    assert owed(f"sort=number&valid_at={then}") == owed(f"known_at={quote(before.recorded_at.isoformat())}")
    assert owed(f"valid_at={then}") == [("i1", "41710.00"), ("i2", "41710.00")]
    assert reader.get(f"/receivables?valid_at={then}").content["on"] == paid.effective_at.date().isoformat()
    assert reader.get(f"/receivables?valid_at={then}&on=2026-06-30").content["on"] == "2026-06-30"
    assert reader.get("/receivables?valid_at=9999-12-31T23:00:00Z&zone=Asia/Shanghai").status == 200
    assert b",41710.00,1," not in reader.get(f"/exports/receivables?format=csv&known_at=2020-01-01T00:00:00Z&{fresh}").content
    aged = reader.get(f"/exports/receivables/ageing?format=csv&on=2026-06-30&valid_at={then}&known_at=2100-01-01T00:00:00Z").content
    assert "83420.00" in aged.decode("utf-8-sig")


@pytest.mark.parametrize(("path", "rows"), LISTS.items(), ids=LISTS)
def test_every_list_of_fulfilment_is_asked_for_at_two_times(fresh: str, house: House, path: str, rows: str) -> None:
    reader, late = house["reader"], "valid_at=2100-01-01T00:00:00Z&known_at=2100-01-01T00:00:00Z"
    here = f"/{path}?on=2026-06-30&limit=500&{fresh}"
    now = reader.get(here).content[rows]
    assert now
    assert reader.get(f"{here}&{late}").content[rows] == now
    for early in ("valid_at", "known_at"):
        assert reader.get(f"{here}&{early}=2000-01-01T00:00:00Z").content[rows] == []
    page = reader.get(f"/{path}?on=2026-06-30&limit=1&{late}").content
    if page["next_cursor"] is not None:
        assert reader.get(f"/{path}?on=2026-06-30&limit=1&{late}&cursor={page['next_cursor']}").status == 200
        assert reader.get(f"/{path}?on=2026-06-30&limit=1&cursor={page['next_cursor']}").status == 422
    refused = reader.get(f"/{path}?known_at=2026-03-31")
    assert (refused.status, "known_at" in str(refused.content)) == (422, True)


def test_ageing_is_by_counterparty_and_by_whatever_else_is_asked(fresh: str, house: House) -> None:
    reader = house["reader"]
    (line,) = reader.get(f"/receivables/ageing?on=2026-06-30&{fresh}").content["lines"]
    assert line == {
        "name": "华东办公设备有限公司",
        "contract_id": None,
        "direction": "payable",
        "currency": "CNY",
        "contracts": 2,
        "open": "83420.00",
        "undated": "-4171.00",
        "not_due": "4171.00",
        "overdue": "83420.00",
        "late": ["0.00", "83420.00", "0.00", "0.00", "0.00"],
    }
    aged = reader.get("/receivables/ageing?on=2026-06-30&by=contract&buckets=10&sort=open&order=desc").content
    assert aged["buckets"] == [{"first": 1, "last": 10}, {"first": 11, "last": None}]
    assert {(one["name"], one["contract_id"], one["open"]) for one in aged["lines"]} == {
        ("采-2026-001", "paid", "41710.00"),
        ("采-2026-001", "held", "41710.00"),
    }


def test_lists_are_files_too(fresh: str, house: House) -> None:
    sheet = house["reader"].get(f"/exports/receivables?format=csv&on=2026-06-30&standing=overdue&{fresh}")
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert {(row["contract_id"], row["open"], row["days_overdue"]) for row in rows} == {
        ("paid", "41710.00", "46"),
        ("held", "41710.00", "46"),
    }
    sheet = house["reader"].get("/exports/receivables/ageing?format=csv&on=2026-06-30&by=department")
    (row,) = csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig")))
    assert (row["department"], row["31_to_60"], row["over_180"]) == ("行政部 / Administration", "83420.00", "0.00")
    book = house["reader"].get("/exports/receivables")
    assert (book.headers["content-type"], book.content[:2]) == (XLSX_TYPE, b"PK")


def test_without_a_day_it_is_today_where_the_zone_is(fresh: str, house: House, opened: Opened) -> None:
    zone = ZoneInfo("Pacific/Kiritimati")
    before = opened.ledger.clock().astimezone(zone).date().isoformat()
    on = house["reader"].get(f"/receivables?zone={zone}&{fresh}").content["on"]
    assert before <= on <= datetime.now(UTC).astimezone(zone).date().isoformat() or on == before


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("/receivables?zone=Mars", 409, "ZoneNotKnown"),
        ("/receivables?standing=lost", 422, "Malformed"),
        ("/receivables?sort=luck", 422, "Malformed"),
        ("/receivables?cursor=x", 422, "Malformed"),
        ("/receivables?colour=red", 422, "Malformed"),
        ("/receivables/ageing?buckets=60,30", 422, "Malformed"),
        ("/receivables/ageing?buckets=soon", 422, "Malformed"),
        ("/exports/receivables/ageing?buckets=0", 422, "Malformed"),
    ],
)
def test_what_cannot_be_asked_is_refused(shared: House, path: str, status: int, name: str) -> None:
    answer = shared["reader"].get(path)
    assert (answer.status, answer.name) == (status, name)


@pytest.mark.parametrize(("schema", "example"), [("ReceivablePage", RECEIVABLES_EXAMPLE), ("AgeingPage", AGEING_EXAMPLE)])
def test_the_published_examples_are_of_what_is_answered(schema: str, example: object) -> None:
    Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}).validate(example)
