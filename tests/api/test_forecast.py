"""The cash forecast over HTTP: by month and currency, filtered, paged and as a file, each line explained by its claims."""

from __future__ import annotations

import csv
import io

import pytest
from jsonschema import Draft202012Validator

from api.forecast_answers import FORECAST_EXAMPLE
from tests.api.caller import House
from tests.api.test_document import DOCUMENT
from tests.api.test_receivables import fresh

__all__ = ["fresh"]

JANUARY = {
    "period": "2027-01",
    "first": "2027-01-01",
    "last": "2027-01-31",
    "currency": "CNY",
    "contracts": 1,
    "claims": 1,
    "inflow": "0.00",
    "outflow": "4171.00",
    "net": "-4171.00",
    "cumulative": "-83420.00",
}


def test_what_is_expected_is_told_by_month_and_page_by_page(fresh: str, house: House) -> None:
    reader = house["reader"]
    answer = reader.get(f"/forecast?on=2026-06-30&limit=1&{fresh}")
    (overdue,) = answer.content["lines"]
    assert (overdue["period"], overdue["last"], overdue["contracts"], overdue["outflow"]) == ("overdue", "2026-06-29", 2, "79249.00")
    rest = reader.get(f"/forecast?on=2026-06-30&cursor={answer.content['next_cursor']}").content
    assert rest == {"on": "2026-06-30", "per": "month", "lines": [JANUARY], "next_cursor": None}
    assert int(answer.headers["Ledger-Position"]) >= int(fresh.partition("=")[2])
    assert reader.get("/forecast?direction=receivable").content["lines"] == []
    assert [one["period"] for one in reader.get("/forecast?on=2026-05-15&per=quarter&contract=held").content["lines"]] == [
        "2026-Q2",
        "2027-Q1",
    ]


def test_a_line_is_what_is_expected_of_its_claims_and_each_of_those_is_explained_by_entries(fresh: str, house: House) -> None:
    auditor = house["auditor"]
    (line,) = auditor.get(f"/forecast?on=2026-05-01&per=month&due_to=2026-06-30&contract=held&{fresh}").content["lines"]
    claims = auditor.get(f"/receivables?due_from={line['first']}&due_to={line['last']}&contract=held").content["receivables"]
    assert [(one["subject"], one["open"], one["expected"]) for one in claims] == [("i2", "41710.00", "37539.00")]
    assert line["outflow"] == "37539.00"
    why = auditor.get("/contracts/held/explain?figure=expected&of=month:2026-05").content["explanation"]
    assert why["amounts"] == [{"amount": "37539.00", "currency": "CNY"}]
    assert [(one["fact"], one["amount"]) for one in why["contributions"]] == [
        ("contract.in_force", "41710.00"),
        ("contract.retention_held", "-4171.00"),
    ]
    assert why["sum_of"] == [{"sign": 1, "figure": "expected", "of": "instalment:i2", "amounts": why["amounts"]}]


def test_a_forecast_is_a_file_too(fresh: str, house: House) -> None:
    sheet = house["reader"].get(f"/exports/forecast?format=csv&on=2026-06-30&{fresh}")
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert [(row["period"], row["outflow"], row["cumulative"]) for row in rows] == [
        ("overdue", "79249.00", "-79249.00"),
        ("2027-01", "4171.00", "-83420.00"),
    ]


@pytest.mark.parametrize("asked", ["per=day", "sort=luck", "cursor=x", "colour=red", "on=soon"])
def test_what_cannot_be_asked_is_refused(shared: House, asked: str) -> None:
    answer = shared["reader"].get(f"/forecast?{asked}")
    assert (answer.status, answer.name) == (422, "Malformed")


def test_the_published_example_is_of_what_is_answered() -> None:
    Draft202012Validator({"$ref": "#/components/schemas/ForecastPage", "components": DOCUMENT["components"]}).validate(FORECAST_EXAMPLE)
