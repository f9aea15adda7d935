"""Why a figure is what it is, over HTTP."""

from __future__ import annotations

from decimal import Decimal

import pytest
from jsonschema import Draft202012Validator

from api.explanations import EXAMPLE, FIGURES_EXAMPLE
from infra.opening import Opened
from tests.api.caller import House
from tests.api.test_document import DOCUMENT
from tests.facts import corrected, half_paid
from tests.projections.histories import put
from tests.spec import recorded


@pytest.fixture
def explained(opened: Opened, house: House) -> House:
    """A contract with a payment, and one whose payment was corrected."""
    for name, history in (("paid", half_paid), ("corrected", corrected)):
        put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(history)])
    return house


def test_a_figure_is_explained_by_entries_that_add_up_to_it(explained: House) -> None:
    auditor = explained["auditor"]
    answer = auditor.get("/contracts/corrected/explain?figure=paid&on=2026-06-30")
    found = answer.content["explanation"]
    first, second = found["contributions"]
    assert sum(Decimal(one["amount"]) for one in (first, second)) == Decimal(found["amounts"][0]["amount"])
    assert (second["corrects"], found["corrections"]) == (first["version"], [second["version"]])
    assert (first["fact"], first["actor"], first["corrected_by"]) == ("contract.payment_recorded", "carol", [second["version"]])
    assert auditor.get("/contracts/corrected/explain?figure=paid&on=2026-06-30", If_None_Match=answer.headers["ETag"]).status == 304
    before = auditor.get(f"/contracts/corrected/explain?figure=paid&known_at={first['recorded_at']}").content["explanation"]
    assert [one["amount"] for one in before["contributions"]] == ["41710.00"]
    late = auditor.get("/contracts/paid/explain?figure=overdue&of=instalment:i2&on=2026-05-16").content["explanation"]
    assert late["amounts"] == [{"amount": "41710.00", "currency": "CNY"}]
    assert auditor.get("/contracts/paid/explain?figure=overdue&of=instalment:i2&on=2026-05-15").content["explanation"]["amounts"] == [
        {"amount": "0.00", "currency": "CNY"}
    ]


def test_every_figure_that_is_listed_can_be_asked_about(explained: House) -> None:
    listed = explained["reader"].get("/contracts/paid/figures?on=2026-06-30").content["figures"]
    assert {("paid", None), ("open", "instalment:i2"), ("status", None), ("accepted", "delivery:d1")} <= {
        (one["figure"], one["of"]) for one in listed
    }
    for one in listed:
        part = "" if one["of"] is None else f"&of={one['of']}"
        found = explained["auditor"].get(f"/contracts/paid/explain?figure={one['figure']}&on=2026-06-30{part}").content["explanation"]
        assert {name: found[name] for name in one} == one | {"formula": found["formula"]}


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("/contracts/paid/explain?figure=luck", 404, "NoSuchFigure"),
        ("/contracts/paid/explain?figure=open&of=instalment:i9", 404, "NoSuchFigure"),
        ("/contracts/nowhere/explain?figure=paid", 404, "NoSuchContract"),
        ("/contracts/paid/explain?figure=paid&known_at=2020-01-01T00:00:00Z", 404, "NotThereThen"),
        ("/contracts/paid/explain?figure=paid&zone=Mars", 409, "ZoneNotKnown"),
        ("/contracts/paid/explain", 422, "Malformed"),
        ("/contracts/paid/figures?colour=red", 422, "Malformed"),
    ],
)
def test_what_cannot_be_explained_is_refused(explained: House, path: str, status: int, name: str) -> None:
    answer = explained["auditor"].get(path)
    assert (answer.status, answer.name) == (status, name)
    assert explained["reader"].get("/contracts/paid/explain?figure=paid").status == 403


@pytest.mark.parametrize(("schema", "example"), [("FiguresAnswer", FIGURES_EXAMPLE), ("ExplanationAnswer", EXAMPLE)])
def test_the_published_examples_are_of_what_is_answered(schema: str, example: object) -> None:
    Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}).validate(example)
