"""The calendar of obligations over HTTP: filtered, paged and as a file."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator
from pyarrow import parquet

from api.obligations import EXAMPLE
from infra.opening import Opened
from tests.api.caller import House
from tests.api.test_document import DOCUMENT
from tests.projections.test_obligations import begin


def test_obligations_are_listed_by_day_and_leave_as_a_file(opened: Opened, house: House) -> None:
    begin(opened)
    head = opened.store.head()
    reader = house["reader"]
    answer = reader.get(f"/obligations?contract=begun&on=2026-04-10&limit=2&min_position={head}")
    first, second = answer.content["obligations"]
    assert first | {"kind": "instalment", "obligation_id": "i1", "ours": True, "amount": "41710.00", "currency": "CNY"} == first
    assert second | {"kind": "delivery", "ours": False, "due": "2026-03-31", "days_overdue": 10, "fulfilled": False} == second
    assert int(answer.headers["Ledger-Position"]) >= head
    rest = reader.get(f"/obligations?contract=begun&on=2026-04-10&limit=2&cursor={answer.content['next_cursor']}").content
    assert ([one["obligation_id"] for one in rest["obligations"]], rest["next_cursor"]) == (["i2"], None)
    alone = reader.get("/contracts/begun/obligations?on=2026-04-10").content["obligations"]
    assert [one["obligation"]["obligation_id"] for one in alone] == ["i1", "d1", "i2"]
    sheet = reader.get("/exports/obligations?format=csv&contract=begun&side=theirs")
    (row,) = csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig")))
    assert (row["contract_id"], row["kind"], row["due"], row["ours"]) == ("begun", "delivery", "2026-03-31", "no")
    held = parquet.read_table(io.BytesIO(reader.get("/exports/obligations?format=parquet&contract=begun").content)).to_pylist()
    assert [(one["due"], one["amount"], one["fulfilled"]) for one in held] == [
        (date(2026, 2, 15), Decimal("41710.00"), "no"),
        (date(2026, 3, 31), None, "no"),
        (date(2026, 5, 15), Decimal("41710.00"), "no"),
    ]


@pytest.mark.parametrize("asked", ["side=luck", "sort=amount", "cursor=x", "standing=late", "due_from=yesterday"])
def test_what_cannot_be_asked_is_refused(shared: House, asked: str) -> None:
    answer = shared["reader"].get(f"/obligations?{asked}")
    assert (answer.status, answer.name) == (422, "Malformed")


def test_the_published_example_is_of_what_is_answered() -> None:
    Draft202012Validator({"$ref": "#/components/schemas/CalendarPage", "components": DOCUMENT["components"]}).validate(EXAMPLE)
