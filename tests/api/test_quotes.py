"""Quotes over HTTP: the same answer as the command line gives, and nothing written."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from api.quotes import EXAMPLE, OWED_EXAMPLE
from domain.contract.quoting import About
from infra.opening import Opened
from tests.api.caller import House
from tests.api.test_document import DOCUMENT

ANSWER = Draft202012Validator({"$ref": "#/components/schemas/QuoteAnswer", "components": DOCUMENT["components"]})
TERMS: list[dict[str, Any]] = [
    {"term_id": "damages", "term": {"term": "late_delivery_damages", "rate": "0.05%"}},
    {"term_id": "interest", "term": {"term": "late_payment_interest", "rate": "7.3%"}},
    {"term_id": "renewal", "term": {"term": "renewal", "automatic": True, "notice_days": 30, "length_months": 12}},
    {"term_id": "exit", "term": {"term": "termination", "grounds": [{"ground": "convenience", "notice_days": 30}]}},
]


@pytest.fixture(scope="module")
def contract(shared: House) -> str:
    return shared["drafter"].draft(
        terms=TERMS,
        period={"start": "2026-01-01", "end": "2026-12-31"},
        deliveries=[{"delivery_id": "d1", "description": "x", "due": "2026-03-31"}],
        instalments=[{"instalment_id": "i1", "amount": {"amount": "83420.00", "currency": "CNY"}, "due": "2026-03-31"}],
    )


@pytest.mark.parametrize(
    ("about", "found", "amount"),
    [
        # 83,420.00 × 0.05 % × 10 days; × 7.3 % × 10 / 365; no exit fee.
        ("late_delivery", ("d1", "damages"), "417.10"),
        ("late_payment", ("i1", "interest"), "166.84"),
        ("terminate", ("convenience", "exit"), "0.00"),
    ],
)
def test_a_quote_says_what_it_comes_to_by_which_term(shared: House, contract: str, about: str, found: tuple[str, str], amount: str) -> None:
    before = shared["reader"].get(f"/contracts/{contract}").headers
    answer = shared["reader"].get(f"/contracts/{contract}/quote?about={about}&on=2026-04-10")
    assert answer.status == 200
    ANSWER.validate(answer.content)
    (quote,) = answer.content["quotes"]
    assert (quote["subject"], quote["term_id"]) == found
    assert (quote["on"], quote["calendar"]) == ("2026-04-10", "7×24")
    assert quote["result"]["amount"] == {"amount": amount, "currency": "CNY"}
    assert quote["formula"] == quote["result"]["formula"]
    after = shared["reader"].get(f"/contracts/{contract}").headers
    assert (
        (after["ETag"], after["Ledger-Position"])
        == (before["ETag"], before["Ledger-Position"])
        == (
            f'"{answer.content["version"]}"',
            answer.headers["Ledger-Position"],
        )
    )


def test_the_published_example_is_what_is_answered(shared: House, contract: str) -> None:
    answer = shared["reader"].get(f"/contracts/{contract}/quote?about=renewal&on=2026-11-20")
    ANSWER.validate(EXAMPLE)
    ((said,), (shown,)) = answer.content["quotes"], EXAMPLE["quotes"]
    assert said | {"version": 3} == shown


def test_days_are_those_of_the_zone_and_the_calendar_is_named(shared: House, contract: str) -> None:
    path = f"/contracts/{contract}/quote?about=late_delivery&on=2026-04-10&calendar=CN&zone=Asia/Shanghai"
    (quote,) = shared["reader"].get(path).content["quotes"]
    assert quote["calendar"].startswith("CN (holidays ")


def test_without_a_day_it_is_today_where_the_zone_is(shared: House, shared_opened: Opened, contract: str) -> None:
    zone = ZoneInfo("Pacific/Kiritimati")
    before = shared_opened.ledger.clock().astimezone(zone).date()
    (quote,) = shared["reader"].get(f"/contracts/{contract}/quote?about=renewal&zone={zone}").content["quotes"]
    assert before <= date.fromisoformat(quote["on"]) <= shared_opened.ledger.clock().astimezone(zone).date()


@pytest.mark.parametrize(
    ("query", "status", "name"),
    [
        ("about=retention", 409, "NoSuchTerm"),
        ("about=renewal&calendar=Mars", 409, "CalendarNotKnown"),
        ("about=renewal&zone=Mars/Base", 409, "ZoneNotKnown"),
        ("about=weather", 422, "Malformed"),
        ("on=2026-04-10", 422, "Malformed"),
        ("about=renewal&on=soon", 422, "Malformed"),
        ("about=renewal&colour=red", 422, "Malformed"),
    ],
)
def test_what_cannot_be_reckoned_is_refused(shared: House, contract: str, query: str, status: int, name: str) -> None:
    answer = shared["reader"].get(f"/contracts/{contract}/quote?{query}")
    assert (answer.status, answer.name) == (status, name)
    assert shared["reader"].get("/contracts/nowhere/quote?about=renewal").name == "NoSuchContract"


def test_everything_that_can_be_quoted_can_be_asked_for(shared: House, contract: str) -> None:
    names = {shared["reader"].get(f"/contracts/{contract}/quote?about={about}").status for about in About}
    assert names == {200, 409}


def test_what_is_owed_is_listed_with_what_is_overdue(shared: House) -> None:
    plan: dict[str, Any] = {
        "deliveries": [{"delivery_id": "d1", "description": "20 laptops", "due": "2026-03-31"}],
        "instalments": [{"instalment_id": "i1", "amount": {"amount": "83420.00", "currency": "CNY"}, "due": "2026-06-30"}],
    }
    draft, contract = shared["drafter"].draft(**plan), shared.in_force(**plan)
    assert shared["reader"].get(f"/contracts/{draft}/obligations").content["obligations"] == []
    answer = shared["reader"].get(f"/contracts/{contract}/obligations?on=2026-04-10")
    schema = Draft202012Validator({"$ref": "#/components/schemas/ObligationsAnswer", "components": DOCUMENT["components"]})
    schema.validate(answer.content)
    schema.validate(OWED_EXAMPLE)
    delivery, instalment = answer.content["obligations"]
    assert [delivery] == OWED_EXAMPLE["obligations"]
    assert (instalment["ours"], instalment["amount"]["amount"], instalment["days_overdue"]) == (True, "83420.00", 0)
    assert (answer.content["on"], answer.content["calendar"]) == ("2026-04-10", "7×24")
    assert shared["reader"].get("/contracts/nowhere/obligations").name == "NoSuchContract"
    assert shared["reader"].get(f"/contracts/{contract}/obligations?about=renewal").status == 422
