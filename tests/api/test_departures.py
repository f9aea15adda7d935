"""Templates in use and deviations over HTTP, and the lists of governance as files."""

from __future__ import annotations

import csv
import io

import pytest
from jsonschema import Draft202012Validator
from openpyxl import load_workbook

from api.departure_answers import DEVIATIONS_EXAMPLE, USES_EXAMPLE
from domain.contract.payment import PaymentRecorded
from domain.template import PublishTemplate, TemplateCommand
from infra.opening import Opened
from tests.api.caller import House
from tests.api.test_access_log import log
from tests.api.test_document import DOCUMENT
from tests.domain.test_template import DRAFT, REVISE
from tests.facts import FOREIGN_LAW, LAW, cny, deviated, deviation_requested, from_template, half_paid
from tests.projections.histories import put
from tests.projections.test_departures import amended, order
from tests.spec import BOB, recorded, told


@pytest.fixture
def fresh(opened: Opened) -> str:
    """Contracts from a template, of which the second edition is published, and what to ask so that the view has them."""
    commands: tuple[TemplateCommand, ...] = (DRAFT, PublishTemplate(edition=1), REVISE, PublishTemplate(edition=2))
    for n, command in enumerate(commands):
        order(opened, n, command)
    histories = {
        "plain": from_template,
        "asked": deviation_requested,
        "worded": deviated,
        "first": amended,
        "bob": half_paid[:-1] + told(PaymentRecorded(payment_id="p1", amount=cny("41710.00")), by=BOB),
    }
    for name, history in histories.items():
        put(opened, [e._replace(stream=f"contract-{name}") for e in recorded(history)])
    return f"min_position={opened.store.head()}"


def test_templates_in_use_are_told_with_the_edition_published_since(fresh: str, house: House) -> None:
    first = house["drafter"].get(f"/template-uses?limit=3&{fresh}")
    assert int(first.headers["Ledger-Position"]) >= int(fresh.partition("=")[2])
    rest = house["drafter"].get(f"/template-uses?limit=3&cursor={first.content['next_cursor']}").content
    found = {one["contract_id"]: one for one in first.content["uses"] + rest["uses"]}
    assert {name: (one["edition"], one["newest"], one["deviating"], one["waiting"]) for name, one in found.items()} == {
        "plain": (2, True, 0, 0),
        "asked": (2, True, 0, 1),
        "worded": (2, True, 1, 0),
        "first": (1, False, 2, 0),
    }
    one = found["first"]
    assert (one["template_name"], one["published_edition"], one["locked"], one["drafted_by"], one["status"]) == (
        *("采购合同范本", 2, 2, "alice"),
        "in_force",
    )
    (old,) = house["auditor"].get("/template-uses?outdated=true&status=in_force&template=purchase").content["uses"]
    assert old == one
    assert house["auditor"].get("/template-uses?deviates=true&edition=2").content["uses"] == [found["worded"]]


def test_deviations_are_told_with_both_wordings_and_reading_them_is_noted(fresh: str, house: House, opened: Opened) -> None:
    (one,) = house["auditor"].get(f"/deviations?deviation_status=applied&contract=worded&{fresh}").content["deviations"]
    assert (one["original"]["text"], one["becomes"]["text"]) == (LAW.text, FOREIGN_LAW.text)
    assert (one["requested_by"], one["decided_by"], one["applied_by"], one["opinion"]) == ("alice", "bob", "alice", "同意 / Agreed")
    assert one["requested_version"] < one["decided_version"] < one["applied_version"]
    (gone,) = house["auditor"].get("/deviations?clause=1&person=carol").content["deviations"]
    assert (gone["contract_id"], gone["becomes"], gone["original"]["clause_id"]) == ("first", None, "1")
    in_order = house["auditor"].get("/deviations?sort=requested_at&order=asc").content["deviations"]
    assert [one["requested_at"] for one in in_order] == sorted(one["requested_at"] for one in in_order)
    assert len(in_order) == 5
    assert "deviations" in {line["subject"] for line in log(house, opened, "&actor=auditor")}


def test_lists_of_governance_leave_as_files_and_the_log_says_so(fresh: str, house: House, opened: Opened) -> None:
    lists = {
        "approvals?whose=all&matter=deviation": ("subject", ["v1"]),
        "renewals?on=2026-06-01&with_term=false": ("outlook", ["ends", "ends"]),
        "segregation?person=bob&separation=approval_and_payment": ("duty", ["approved", "paid"]),
        "template-uses?outdated=true": ("newest", ["no"]),
        "deviations?contract=first&deviation_status=rejected": ("original", [LAW.text]),
    }
    for asked, (column, held) in lists.items():
        answer = house["auditor"].get(f"/exports/{asked}&format=csv&{fresh}")
        assert (answer.status, answer.headers["content-type"]) == (200, "text/csv")
        lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [line[column] for line in lines] == held, asked
    book = load_workbook(io.BytesIO(house["auditor"].get("/exports/deviations").content), read_only=True)
    assert len(list(book.worksheets[0].iter_rows())) == 1 + 5
    noted = [line["summary"] for line in log(house, opened, "&actor=auditor") if line["fact"] == "access.exported@1"]
    assert noted == [
        "1 rows of approvals taken away as csv",
        "2 rows of renewals taken away as csv",
        "2 rows of segregation taken away as csv",
        "1 rows of template uses taken away as csv",
        "1 rows of deviations taken away as csv",
        "5 rows of deviations taken away as xlsx",
    ]
    assert house["approver"].get("/exports/approvals?whose=all").status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/template-uses?sort=luck",
        "/template-uses?edition=0",
        "/template-uses?outdated=maybe",
        "/deviations?deviation_status=lost",
        "/deviations?since=yesterday",
        "/deviations?cursor=x",
        "/exports/deviations?limit=3",
    ],
)
def test_what_cannot_be_asked_is_refused(shared: House, path: str) -> None:
    assert (shared["auditor"].get(path).status, shared["auditor"].get(path).name) == (422, "Malformed")


@pytest.mark.parametrize(("schema", "example"), [("TemplateUsePage", USES_EXAMPLE), ("DeviationPage", DEVIATIONS_EXAMPLE)])
def test_the_published_examples_are_of_what_is_answered(schema: str, example: object) -> None:
    Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}).validate(example)
