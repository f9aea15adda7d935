"""Dirty data: what is meaningful is imported, and every row that is not is told with its place, a code and a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from domain.contract.state import Contract
from domain.contract.vocabulary import Period, Status
from domain.money import Money
from infra.ledger import Ledger
from infra.ocds.report import Row, Severity, to_lines
from tests.ocds.making import CONTRACT_1, OCID, PUBLISHER, contract, held, import_files, import_json, later, package, release

AT = "/releases/0/contracts/0"
PAYMENT: dict[str, Any] = CONTRACT_1["implementation"]["transactions"][0]
MILESTONE: dict[str, Any] = CONTRACT_1["implementation"]["milestones"][0]

Seen = Callable[[Contract], object]


def paid(**changes: object) -> dict[str, Any]:
    """The contract with one transaction that has other fields; None takes one away."""
    row = {key: value for key, value in {**PAYMENT, **changes}.items() if value is not None}
    return contract(implementation={"transactions": [row]})


def met(**changes: object) -> dict[str, Any]:
    """The contract with one milestone that has other fields; None takes one away."""
    row = {key: value for key, value in {**MILESTONE, **changes}.items() if value is not None}
    return contract(implementation={"milestones": [row]})


def item(**changes: object) -> dict[str, Any]:
    """The contract with one item that has other fields."""
    return contract(items=[{**CONTRACT_1["items"][0], **changes}])


def only_payment(it: Contract) -> tuple[Money, datetime] | None:
    """The amount and moment of the only payment."""
    found = [(p.amount, p.paid_at) for p in it.payments.values()]
    assert len(found) < 2
    return found[0] if found else None


EUR_400 = Money.of("400", "EUR")
RELEASED = datetime(2020, 2, 21, 9, tzinfo=UTC)
APRIL = datetime(2020, 4, 1, tzinfo=UTC)
TRANSACTION = f"{AT}/implementation/transactions/0"


class Case(NamedTuple):
    """A dirty contract, what is told of it, and what is seen in the ledger then."""

    name: str
    dirty: dict[str, Any]
    told: list[tuple[str, str, str]]
    seen: Seen
    expected: object


ROWS: list[tuple[str, dict[str, Any], list[tuple[str, str, str]], Seen, object]] = [
    # amounts
    ("a value of zero", contract(value={"amount": 0, "currency": "EUR"}, items=None),
     [("notice", "zero_amount", f"{AT}/value/amount")], lambda c: c.value, None),
    ("a negative value", contract(value={"amount": -5, "currency": "EUR"}, items=None),
     [("notice", "negative_amount", f"{AT}/value/amount")], lambda c: c.value, None),
    ("a value that is empty text", contract(value={"amount": "", "currency": ""}, items=None, implementation=None),
     [], lambda c: c.value, None),
    ("a value in words", contract(value={"amount": "about 5", "currency": "EUR"}, items=None),
     [("skipped", "number_unreadable", f"{AT}/value/amount")], lambda c: c.value, None),
    ("a value as text", contract(value={"amount": "1000.50", "currency": "EUR"}), [], lambda c: c.value, Money.of("1000.50", "EUR")),
    ("a value that is true", contract(value={"amount": True, "currency": "EUR"}, items=None),
     [("skipped", "wrong_type", f"{AT}/value/amount")], lambda c: c.value, None),
    ("more digits than the currency has", contract(value={"amount": 1000.505, "currency": "EUR"}),
     [("notice", "amount_rounded", f"{AT}/value/amount")], lambda c: c.value, Money.of("1000.50", "EUR")),
    ("a value beyond what is kept exactly", contract(value={"amount": 10**15, "currency": "EUR"}, items=None),
     [("skipped", "amount_too_large", f"{AT}/value/amount")], lambda c: c.value, None),
    # currencies
    ("a currency in lower case", contract(value={"amount": 5, "currency": "mdl"}, items=None, implementation=None),
     [("notice", "currency_repaired", f"{AT}/value/currency")], lambda c: c.value, Money.of("5", "MDL")),
    ("an unknown currency", contract(value={"amount": 5, "currency": "MNX"}, items=None, implementation=None),
     [("skipped", "unknown_currency", f"{AT}/value/currency")], lambda c: c.value, None),
    ("a value without a currency", contract(value={"amount": 5}, items=None, implementation=None),
     [("skipped", "currency_missing", f"{AT}/value/amount")], lambda c: c.value, None),
    ("a payment without a currency", paid(value={"amount": 400}),
     [("notice", "currency_assumed", f"{TRANSACTION}/value/amount")], only_payment, (EUR_400, APRIL)),
    ("a payment in another currency than the contract's", paid(value={"amount": 400, "currency": "USD"}),
     [("error", "currency_differs", f"{TRANSACTION}/value")], only_payment, None),
    ("a price in another currency than the contract's", item(unit={"value": {"amount": 1, "currency": "USD"}}),
     [("skipped", "currency_differs", f"{AT}/items/0/unit/value")], lambda c: c.items["1"].unit_price, None),
    # payments
    ("a payment of zero", paid(value={"amount": 0}),
     [("skipped", "zero_amount", f"{TRANSACTION}/value/amount")], only_payment, None),
    ("a payment of less than nothing", paid(value={"amount": -3, "currency": "EUR"}),
     [("skipped", "negative_amount", f"{TRANSACTION}/value/amount")], only_payment, None),
    ("a payment without an amount", paid(value={"currency": "EUR"}),
     [("skipped", "amount_missing", f"{TRANSACTION}/value")], only_payment, None),
    ("a payment without a date", paid(date=None),
     [("notice", "date_missing", f"{TRANSACTION}/date")], only_payment, (EUR_400, RELEASED)),
    ("a payment on a day that does not exist", paid(date="2020-02-31T00:00:00Z"),
     [("skipped", "date_unreadable", f"{TRANSACTION}/date")], only_payment, (EUR_400, RELEASED)),
    ("a payment in the year 1", paid(date="0001-01-01T00:00:00Z"),
     [("skipped", "date_implausible", f"{TRANSACTION}/date")], only_payment, (EUR_400, RELEASED)),
    ("a payment in the future", paid(date="2105-10-09T05:00:00.000Z"),
     [("skipped", "date_in_future", f"{TRANSACTION}/date")], only_payment, None),
    # dates
    ("a period that ends before it starts", contract(period={"startDate": "2020-05-01", "endDate": "2020-01-01"}),
     [("skipped", "period_reversed", f"{AT}/period")], lambda c: c.period, Period()),
    ("a date without a zone", contract(dateSigned="2020-02-20T12:00:00"), [], lambda c: c.in_force_since,
     datetime(2020, 2, 20, 12, tzinfo=UTC)),
    ("a day as it is written in its zone", contract(period={"endDate": "2020-12-31T23:00:00-06:00"}),
     [], lambda c: c.period, Period(end=date(2020, 12, 31))),
    ("a signature in the future", contract(dateSigned="2100-01-01"),
     [("skipped", "date_in_future", f"{AT}/dateSigned")], lambda c: (c.status, c.signatures), (Status.IN_FORCE, {})),
    ("a date that is a number", contract(dateSigned=20200220),
     [("skipped", "date_unreadable", f"{AT}/dateSigned")], lambda c: c.signatures, {}),
    ("an amendment in the future", contract(amendments=[{"id": "a", "date": "2100-01-01", "rationale": "x"}]),
     [("skipped", "date_in_future", f"{AT}/amendments/0/date")], lambda c: c.amendments, {}),
    # milestones
    ("a milestone met nobody says when", met(dateMet=None),
     [("notice", "date_missing", f"{AT}/implementation/milestones/0/dateMet")],
     lambda c: c.deliveries["m1"].delivered_at, RELEASED),
    ("a milestone met by its last modification", met(dateMet=None, dateModified="2020-06-01T00:00:00Z"),
     [("notice", "date_missing", f"{AT}/implementation/milestones/0/dateMet")],
     lambda c: c.deliveries["m1"].delivered_at, datetime(2020, 6, 1, tzinfo=UTC)),
    ("a milestone of which only the id is known", contract(implementation={"milestones": [{"id": "m"}]}),
     [("skipped", "empty_row", f"{AT}/implementation/milestones/0")], lambda c: c.planned_deliveries, {}),
    # items and documents
    ("a quantity that is empty text", item(quantity=""), [], lambda c: c.items["1"].quantity, None),
    ("a quantity of nothing", item(quantity=0),
     [("notice", "quantity_not_positive", f"{AT}/items/0/quantity")], lambda c: c.items["1"].quantity, None),
    ("a quantity of many digits", item(quantity=1.23456785),
     [("notice", "number_rounded", f"{AT}/items/0/quantity")], lambda c: c.items["1"].quantity, Decimal("1.234568")),
    ("a price below zero", item(unit={"value": {"amount": -1, "currency": "EUR"}}),
     [("skipped", "negative_amount", f"{AT}/items/0/unit/value/amount")], lambda c: c.items["1"].unit_price, None),
    ("an item that is described by its class only", item(description="", classification={"description": "Paving"}),
     [], lambda c: c.items["1"].description, "Paving"),
    ("an id that is a number", item(id=44671), [], lambda c: list(c.items), ["44671"]),
    ("rows of nothing", contract(documents=[{"id": "", "title": "", "url": ""}], amendments=[{"changes": []}], amendment={}),
     [("skipped", "empty_row", f"{AT}/documents/0"), ("skipped", "empty_row", f"{AT}/amendments/0"),
      ("skipped", "empty_row", f"{AT}/amendment")], lambda c: (c.documents, c.amendments), ({}, {})),
    ("a document of which only the id is known", contract(documents=[{"id": "d"}]),
     [("skipped", "empty_document", f"{AT}/documents/0")], lambda c: c.documents, {}),
    ("a list that is text", contract(items="two"),
     [("skipped", "wrong_type", f"{AT}/items")], lambda c: c.items, {}),
    ("a row that is text", contract(items=["two", CONTRACT_1["items"][1]]),
     [("skipped", "wrong_type", f"{AT}/items/0")], lambda c: list(c.items), ["2"]),
    ("an object where a list belongs", contract(items=CONTRACT_1["items"][1]), [], lambda c: list(c.items), ["2"]),
    # ids
    ("the same row twice", contract(items=[CONTRACT_1["items"][0]] * 2),
     [("skipped", "duplicate", f"{AT}/items/1")], lambda c: list(c.items), ["1"]),
    ("two rows with one id", contract(items=[CONTRACT_1["items"][0], {"id": "1", "description": "Other"}]),
     [("notice", "duplicate_id", f"{AT}/items/1")], lambda c: [i.description for i in c.items.values()], ["Asphalt", "Other"]),
    ("a payment without an id", paid(id=""),
     [("notice", "id_missing", TRANSACTION)], only_payment, (EUR_400, APRIL)),
    # statuses
    ("a status of another language", contract(status="Înregistrat(ă)"),
     [("notice", "unknown_status", f"{AT}/status")], lambda c: c.status, Status.IN_FORCE),
    ("a status that nobody knows, unsigned", contract(status="wip", dateSigned=None, implementation=None),
     [("notice", "unknown_status", f"{AT}/status")], lambda c: c.status, Status.DRAFT),
    ("a status in capitals", contract(status="Active"),
     [("notice", "case_repaired", f"{AT}/status")], lambda c: c.status, Status.IN_FORCE),
    # text
    ("UTF-8 that was read as Latin-1", contract(title="LicitaciÃ³n pÃºblica"),
     [("notice", "mojibake_repaired", f"{AT}/title")], lambda c: c.title, "Licitación pública"),
    ("UTF-8 that was read as Windows-1252", contract(title="Works â€“ second part"),
     [("notice", "mojibake_repaired", f"{AT}/title")], lambda c: c.title, "Works – second part"),
    ("text that only looks damaged", contract(title="São Paulo, Ação, 采购合同, Î.C.S. EYECON"), [], lambda c: c.title,
     "São Paulo, Ação, 采购合同, Î.C.S. EYECON"),
    ("a letter that was lost", contract(title="ADQUISICI?N"),
     [("notice", "mojibake", f"{AT}/title")], lambda c: c.title, "ADQUISICI?N"),
    ("a letter that was replaced", contract(title="Bogot\ufffd D.C."),
     [("notice", "mojibake", f"{AT}/title")], lambda c: c.title, "Bogot\ufffd D.C."),
    ("half a character", contract(title="a\ud800b"),
     [("notice", "broken_character", f"{AT}/title"), ("notice", "mojibake", f"{AT}/title")], lambda c: c.title, "a\ufffdb"),
    ("characters that cannot be stored", contract(title="Road\x00 works\x1e"),
     [("notice", "control_characters", f"{AT}/title")], lambda c: c.title, "Road works"),
    ("space around text", contract(title="  Road works \u200b"), [], lambda c: c.title, "Road works \u200b"),
    ("text that shows nothing", contract(title=" \u200b ", description="Kerbs"), [], lambda c: c.title, "Award"),
    ("text that is true", contract(title=True), [("skipped", "wrong_type", f"{AT}/title")], lambda c: c.title, "Award"),
]  # fmt: skip


@pytest.mark.parametrize("case", [Case(*row) for row in ROWS], ids=lambda case: case.name)
def test_dirt_is_told_and_what_is_meaningful_imported(ledger: Ledger, tmp_path: Path, case: Case) -> None:
    done = import_json(ledger, tmp_path, package(release(contracts=[case.dirty])))
    assert sorted(codes(done.rows)) == sorted(case.told)
    assert all(r.file == "000.json" and r.publisher == PUBLISHER and r.ocid == OCID and r.reason for r in done.rows)
    assert case.seen(held(ledger)) == case.expected
    head = ledger.store.head()
    import_files(ledger, tmp_path)
    assert ledger.store.head() == head


def codes(rows: list[Row]) -> list[tuple[str, str, str]]:
    """Severity, code and path of each row."""
    return [(r.severity.value, r.code, r.path) for r in rows]


def test_a_contract_without_an_id_is_named_after_its_award_or_its_place(ledger: Ledger, tmp_path: Path) -> None:
    contracts = [contract(id=None), contract(id=" ", awardID=None)]
    done = import_json(ledger, tmp_path, package(release(contracts=contracts)))
    assert sorted(codes(done.rows)) == [
        ("notice", "id_missing", "/releases/0/contracts/0/id"),
        ("notice", "id_missing", "/releases/0/contracts/1/id"),
    ]
    assert held(ledger, "award-A-1").exists
    assert held(ledger, "contract-2").exists


def test_a_release_without_an_ocid_is_left_out_and_told(ledger: Ledger, tmp_path: Path) -> None:
    done = import_json(ledger, tmp_path, package(release(ocid=""), release()))
    assert codes(done.rows) == [("error", "ocid_missing", "/releases/0/ocid")]
    assert held(ledger).exists


def test_a_release_without_a_publisher_goes_by_the_prefix_of_its_ocid(ledger: Ledger, tmp_path: Path) -> None:
    done = import_json(ledger, tmp_path, release())
    assert codes(done.rows) == [("notice", "publisher_missing", "")]
    assert held(ledger, publisher="ocds-abc123").exists


def test_a_contract_without_buyer_and_supplier_is_imported_and_told(ledger: Ledger, tmp_path: Path) -> None:
    done = import_json(ledger, tmp_path, package(release(buyer=None, parties=[], awards=[])))
    assert sorted(codes(done.rows)) == [
        ("notice", "buyer_missing", "/releases/0/buyer"),
        ("notice", "supplier_unknown", f"{AT}/awardID"),
    ]
    assert (held(ledger).our_entity, held(ledger).counterparties) == ("", {})


def test_the_procuring_entity_stands_in_for_a_buyer(ledger: Ledger, tmp_path: Path) -> None:
    done = import_json(ledger, tmp_path, package(release(buyer={}, parties=[], tender={"procuringEntity": {"id": "x", "name": "Agency"}})))
    assert codes(done.rows) == [("notice", "buyer_missing", "/releases/0/buyer")]
    assert held(ledger).our_entity == "Agency"


def test_an_identifier_that_says_there_is_none_identifies_nobody(ledger: Ledger, tmp_path: Path) -> None:
    suppliers = [{"name": "Alpha", "identifier": {"id": "No Aplica"}}, {"name": "Beta", "identifier": {"id": "0"}}]
    done = import_json(ledger, tmp_path, package(release(awards=[{"id": "A-1", "suppliers": suppliers}])))
    assert {r.code for r in done.rows} == {"placeholder_id"}
    assert [c.name for c in held(ledger).counterparties.values()] == ["Alpha", "Beta"]


def test_an_organisation_without_any_name_is_left_out(ledger: Ledger, tmp_path: Path) -> None:
    awards = [{"id": "A-1", "suppliers": [{"contactPoint": {"name": "someone"}}, {"name": "Alpha"}]}]
    done = import_json(ledger, tmp_path, package(release(awards=awards)))
    assert codes(done.rows) == [("skipped", "party_unnamed", "/releases/0/awards/0/suppliers/0")]
    assert [c.name for c in held(ledger).counterparties.values()] == ["Alpha"]


def test_of_several_entries_for_one_contract_the_last_counts_and_all_documents_are_kept(ledger: Ledger, tmp_path: Path) -> None:
    shifted = contract(status="Servicios de personal", documents=[{"id": "d9", "title": "Annex"}])
    done = import_json(ledger, tmp_path, package(release(contracts=[shifted, contract(), contract()])))
    assert sorted(codes(done.rows)) == [
        ("notice", "duplicate", "/releases/0/contracts/1"),
        ("notice", "duplicate_id", "/releases/0/contracts/0"),
        ("notice", "unknown_status", "/releases/0/contracts/0/status"),
    ]
    assert set(held(ledger).documents) == {"d1", "d9"}
    assert held(ledger).amendments == {}


def test_exact_numbers_survive_json(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(package(release())).replace("1000.5", "70368744177663.99").replace("50.25", "0.100001"))
    import_files(ledger, tmp_path)
    assert held(ledger).value == Money.of("70368744177663.99", "EUR")
    assert held(ledger).items["1"].unit_price == Decimal("0.100001")


def test_a_sum_of_payments_beyond_what_is_kept_is_refused_and_told(ledger: Ledger, tmp_path: Path) -> None:
    huge = [{**PAYMENT, "id": str(n), "value": {"amount": 9 * 10**13, "currency": "EUR"}} for n in range(2)]
    done = import_json(ledger, tmp_path, package(release(contracts=[contract(implementation={"transactions": huge})])))
    assert codes(done.rows) == [("error", "refused", AT)]
    assert "SumTooLarge" in done.rows[0].reason
    assert done.report.total.contracts_failed == 1


def test_a_value_in_another_currency_than_what_was_paid_is_left_out(ledger: Ledger, tmp_path: Path) -> None:
    documents = package(release()), package(later("2020-06-01", "r2", value={"amount": 5, "currency": "USD"}, title="New"))
    done = import_json(ledger, tmp_path, *documents)
    assert codes(done.rows) == [("error", "currency_differs", f"{AT}/value")]
    assert (held(ledger).value, held(ledger).title) == (Money.of("1000.50", "EUR"), "New")


def test_payments_of_a_later_release_are_counted_in_the_contract_s_currency_only(ledger: Ledger, tmp_path: Path) -> None:
    rows = [{**PAYMENT, "id": "p2", "value": {"amount": 5, "currency": "USD"}}, {**PAYMENT, "id": "p3", "value": {"amount": 6}}]
    done = import_json(ledger, tmp_path, package(release()), package(later("2020-06-01", "r2", implementation={"transactions": rows})))
    assert sorted(codes(done.rows)) == [
        ("error", "currency_differs", f"{AT}/implementation/transactions/0/value"),
        ("notice", "currency_assumed", f"{AT}/implementation/transactions/1/value/amount"),
    ]
    assert held(ledger).paid == Money.of("406", "EUR")


def test_payments_of_a_later_import_are_counted_in_the_contract_s_currency_only(ledger: Ledger, tmp_path: Path) -> None:
    rows = [
        {**PAYMENT, "id": "p2", "value": {"amount": 5, "currency": "USD"}},
        {**PAYMENT, "id": "p3", "value": {"amount": 6, "currency": "EUR"}},
    ]
    import_json(ledger, tmp_path / "first", package(release()))
    done = import_json(ledger, tmp_path / "then", package(later("2020-06-01", "r2", implementation={"transactions": rows})))
    assert codes(done.rows) == [("error", "currency_differs", f"{AT}/implementation/transactions/0")]
    assert held(ledger).paid == Money.of("406", "EUR")


def test_rows_under_new_ids_that_say_the_same_are_not_new(ledger: Ledger, tmp_path: Path) -> None:
    again = contract(
        items=[{**i, "id": f"x{i['id']}"} for i in CONTRACT_1["items"]],
        documents=[{**d, "id": f"x{d['id']}"} for d in CONTRACT_1["documents"]],
    )
    done = import_json(ledger, tmp_path, package(release()), package(release(id="r2", date="2020-06-01", contracts=[again])))
    assert [r.code for r in done.rows] == ["id_changed"] * 3
    assert (set(held(ledger).items), set(held(ledger).documents)) == ({"1", "2"}, {"d1"})


def test_a_signature_stays_as_it_was_recorded_and_an_ended_contract_ended(ledger: Ledger, tmp_path: Path) -> None:
    ended = later("2020-06-01", "r2", status="terminated")
    revived = later("2020-07-01", "r3", status="active", dateSigned="2020-02-22")
    done = import_json(ledger, tmp_path, package(release()), package(ended), package(revived))
    assert sorted(codes(done.rows)) == [
        ("notice", "ended_before", f"{AT}/status"),
        ("notice", "signing_date_differs", f"{AT}/dateSigned"),
    ]
    assert held(ledger).status is Status.TERMINATED


def test_rows_are_written_as_lines_of_json(tmp_path: Path) -> None:
    with (tmp_path / "rows.jsonl").open("w", encoding="utf-8") as file:
        to_lines(file)(Row(Severity.SKIPPED, "zero_amount", "A payment of nothing is none.", "a.json", "/x/0", "0", "P\ufffd", "o"))
    assert json.loads((tmp_path / "rows.jsonl").read_text("utf-8")) == {
        "severity": "skipped",
        "code": "zero_amount",
        "reason": "A payment of nothing is none.",
        "file": "a.json",
        "path": "/x/0",
        "found": "0",
        "publisher": "P\ufffd",
        "ocid": "o",
    }
