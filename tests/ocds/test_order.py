"""Releases of one process: whatever order they come in, the newest counts, and each is told of once."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.contract.correction import FactCorrected
from domain.contract.operations import ChangeTitle, ChangeValue
from domain.contract.vocabulary import Period, Status
from domain.money import Money
from infra.ledger import CONTRACT, Ledger
from infra.ocds.mapping import identity_of
from tests.ocds.making import CONTRACT_1, OCID, PUBLISHER, contract, facts, held, import_files, import_json, later, package, release

PAYMENT: dict[str, Any] = CONTRACT_1["implementation"]["transactions"][0]
SECOND = later("2020-06-01T00:00:00Z", "r2", title="Second title", value={"amount": 2000, "currency": "EUR"})
THIRD = later("2020-09-01T00:00:00Z", "r3", title="Third title", status="terminated")


def test_a_later_release_yields_only_what_is_new(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path / "a", package(release()))
    before = facts(ledger)
    done = import_json(ledger, tmp_path / "b", package(release(id="r2", date="2020-06-01", contracts=[contract(title="New title")])))
    assert facts(ledger)[len(before) :] == ["amendment_proposed", "amendment_took_effect", "publication_recorded"]
    assert (done.report.total.contracts_changed, done.report.total.facts) == (1, 3)


def test_a_release_that_repeats_what_is_known_leaves_no_trace(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path / "a", package(release()))
    head = ledger.store.head()
    done = import_json(ledger, tmp_path / "b", package(release(id="r2", date="2020-06-01")))
    assert ledger.store.head() == head
    assert done.report.total.contracts_unchanged == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_files_in_any_order_tell_the_same_history(new_ledger: Callable[[], Ledger], tmp_path: Path, order: tuple[int, ...]) -> None:
    documents = [package(release()), package(SECOND), package(THIRD)]
    ledger = new_ledger()
    import_json(ledger, tmp_path, *(documents[n] for n in order))
    it = held(ledger)
    assert (it.title, it.value, it.status) == ("Third title", Money.of("2000", "EUR"), Status.TERMINATED)
    assert [a.operations for a in it.amendments.values()] == [
        (ChangeTitle(title="Second title"), ChangeValue(value=Money.of("2000", "EUR"))),
        (ChangeTitle(title="Third title"),),
    ]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_imports_in_any_order_end_at_the_newest_release(new_ledger: Callable[[], Ledger], tmp_path: Path, order: tuple[int, ...]) -> None:
    documents = [package(release()), package(SECOND), package(THIRD)]
    ledger = new_ledger()
    for n in order:
        import_json(ledger, tmp_path / str(n), documents[n])
    it = held(ledger)
    assert it.title == "Third title"
    assert set(it.payments) == {"p1"}
    assert it.publication is not None
    assert it.publication.source.release_id == "r3"
    head = ledger.store.head()
    for n in order:
        import_files(ledger, tmp_path / str(n))
    assert ledger.store.head() == head


def test_an_older_release_adds_what_is_unknown_and_changes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path / "new", package(release(id="r2", date="2020-06-01", contracts=[contract(title="New")])))
    old = contract(
        title="Old",
        status="cancelled",
        value={"amount": 1, "currency": "EUR"},
        documents=[{**CONTRACT_1["documents"][0], "title": "Old name"}, {"id": "d0", "title": "Tender"}],
        implementation={"transactions": [{**PAYMENT, "value": {"amount": 1, "currency": "EUR"}}, {**PAYMENT, "id": "p0"}]},
    )
    import_json(ledger, tmp_path / "old", package(release(contracts=[old])))
    it = held(ledger)
    assert (it.title, it.value, it.status) == ("New", Money.of("1000.50", "EUR"), Status.IN_FORCE)
    assert (it.documents["d1"].title, set(it.documents)) == ("Signed contract", {"d1", "d0"})
    assert (it.paid, set(it.payments)) == (Money.of("800", "EUR"), {"p1", "p0"})


def test_of_two_releases_of_one_date_the_later_package_counts(new_ledger: Callable[[], Ledger], tmp_path: Path) -> None:
    early = package(release(id="z"), publishedDate="2020-03-01T00:00:00Z")
    late = package(release(id="a", contracts=[contract(title="Late")]), publishedDate="2020-10-01T00:00:00Z")
    for n, order in enumerate(itertools.permutations((early, late))):
        ledger = new_ledger()
        import_json(ledger, tmp_path / str(n), *order)
        assert (held(ledger).title, len(held(ledger).amendments)) == ("Late", 1)
        head = ledger.store.head()
        import_files(ledger, tmp_path / str(n))
        assert ledger.store.head() == head


def test_of_two_releases_of_one_id_and_date_the_last_one_counts_without_an_amendment(ledger: Ledger, tmp_path: Path) -> None:
    other = release(contracts=[contract(title="Other", documents=[{"id": "d2", "title": "Annex"}])])
    import_json(ledger, tmp_path, package(release()), package(other))
    assert (held(ledger).title, held(ledger).amendments, set(held(ledger).documents)) == ("Other", {}, {"d1", "d2"})
    head = ledger.store.head()
    import_files(ledger, tmp_path)
    assert ledger.store.head() == head


def test_a_download_that_was_changed_in_place_is_news(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path / "january", package(release()))
    import_json(ledger, tmp_path / "february", package(release(contracts=[contract(title="Changed in place")])))
    assert held(ledger).title == "Changed in place"


def test_a_release_without_a_date_goes_by_its_package(ledger: Ledger, tmp_path: Path) -> None:
    done = import_json(ledger, tmp_path, package(release(date=""), publishedDate="2020-04-04T00:00:00Z"))
    assert done.told() == {("notice", "release_undated", "/releases/0/date")}
    assert held(ledger).publication is not None
    assert facts(ledger)
    assert {e.effective_at.date() for e in history(ledger) if e.fact.NAME == "contract.publication_recorded"} == {date(2020, 4, 4)}


def test_a_release_without_any_date_changes_nothing_that_is_known(ledger: Ledger, tmp_path: Path) -> None:
    undated = package(release(date="2999-01-01", id="u", contracts=[contract(title="Undated")]), publishedDate=None)
    import_json(ledger, tmp_path, undated, package(release()))
    assert held(ledger).title == "Road works"
    head = ledger.store.head()
    import_files(ledger, tmp_path)
    assert ledger.store.head() == head


def test_a_contract_of_which_nothing_is_dated_is_dated_by_its_import(ledger: Ledger, tmp_path: Path) -> None:
    bare = {"id": "C-1", "title": "T", "status": "active"}
    import_json(ledger, tmp_path, package(release(date=None, awards=[], contracts=[bare]), publishedDate=None))
    assert {e.effective_at.date() for e in history(ledger)} == {date(2026, 3, 2)}
    head = ledger.store.head()
    import_files(ledger, tmp_path)
    assert ledger.store.head() == head


def history(ledger: Ledger) -> list[Any]:
    """The contract's entries."""
    return ledger.history(CONTRACT, identity_of(PUBLISHER, OCID, "C-1"))


def test_a_payment_that_is_published_otherwise_later_is_corrected(ledger: Ledger, tmp_path: Path) -> None:
    changed = {**PAYMENT, "value": {"amount": 450, "currency": "EUR"}, "date": "2020-04-02T00:00:00Z"}
    import_json(ledger, tmp_path, package(release()), package(later("2020-06-01", "r2", implementation={"transactions": [changed]})))
    (payment,) = held(ledger).payments.values()
    assert (payment.amount, payment.paid_at) == (Money.of("450", "EUR"), datetime(2020, 4, 2, tzinfo=UTC))
    (correction,) = (e.fact for e in history(ledger) if isinstance(e.fact, FactCorrected))
    assert correction.why == "published otherwise in release r2"


def test_an_undated_payment_keeps_the_day_of_the_release_that_told_of_it_first(ledger: Ledger, tmp_path: Path) -> None:
    undated = {k: v for k, v in PAYMENT.items() if k != "date"}
    import_json(
        ledger,
        tmp_path,
        package(release(contracts=[contract(implementation={"transactions": [undated]})])),
        package(later("2020-06-01", "r2", implementation={"transactions": [undated]}, title="News")),
    )
    (payment,) = held(ledger).payments.values()
    assert payment.paid_at == datetime(2020, 2, 21, 9, tzinfo=UTC)
    assert "fact_corrected" not in facts(ledger)


def test_payments_above_the_value_are_accepted_by_a_fact_that_says_so(ledger: Ledger, tmp_path: Path) -> None:
    more = [{**PAYMENT, "id": "p2", "value": {"amount": 700, "currency": "EUR"}}]
    import_json(ledger, tmp_path, package(release()), package(later("2020-06-01", "r2", implementation={"transactions": more})))
    assert held(ledger).accepts_overpayment
    assert facts(ledger)[-3:] == ["overpayment_accepted", "payment_recorded", "publication_recorded"]


def test_a_value_below_what_was_paid_is_accepted_by_a_fact_that_says_so(ledger: Ledger, tmp_path: Path) -> None:
    lower = later("2020-06-01", "r2", value={"amount": 100, "currency": "EUR"})
    import_json(ledger, tmp_path, package(release()), package(lower))
    assert (held(ledger).value, held(ledger).accepts_overpayment) == (Money.of("100", "EUR"), True)


def test_what_a_later_release_omits_is_unchanged(ledger: Ledger, tmp_path: Path) -> None:
    sparse = later(
        "2020-06-01",
        "r2",
        period={"endDate": "2021-01-31"},
        items=[{"id": "1", "quantity": 9}],
        documents=[{"id": "d1", "url": "https://example.com/moved"}],
        implementation={"milestones": [{"id": "m2", "status": "met", "dateMet": "2020-05-20"}]},
    )
    import_json(ledger, tmp_path, package(release()), package(sparse))
    it = held(ledger)
    assert it.period == Period(start=date(2020, 3, 1), end=date(2021, 1, 31))
    assert (it.items["1"].description, f"{it.items['1'].quantity}", f"{it.items['1'].unit_price}") == ("Asphalt", "9", "50.25")
    assert (it.documents["d1"].title, it.documents["d1"].url) == ("Signed contract", "https://example.com/moved")
    assert (it.planned_deliveries["m2"].description, it.deliveries["m2"].description) == ("Second mile", "Second mile")
    assert set(it.items) == {"1", "2"}


def test_a_change_belongs_to_the_amendment_that_the_release_states(ledger: Ledger, tmp_path: Path) -> None:
    stated = [{"id": "am1", "date": "2020-05-05", "rationale": "More road"}]
    import_json(ledger, tmp_path, package(release()), package({**SECOND, "contracts": [{**SECOND["contracts"][0], "amendments": stated}]}))
    (amendment,) = held(ledger).amendments.values()
    assert (amendment.amendment_id, len(amendment.operations)) == ("am1", 2)
    assert amendment.proposed_at == datetime(2020, 5, 5, tzinfo=UTC)


def test_changes_before_the_signature_are_no_amendments(ledger: Ledger, tmp_path: Path) -> None:
    pending = release(contracts=[contract(status="pending", dateSigned=None, implementation=None)])
    signed = later("2020-06-01", "r2", title="Final title", status="active", dateSigned="2020-05-30")
    import_json(ledger, tmp_path, package(pending), package(signed))
    assert (held(ledger).amendments, held(ledger).title, held(ledger).status) == ({}, "Final title", Status.IN_FORCE)
    assert "title_changed" in facts(ledger)


@pytest.mark.parametrize("status", ["cancelled", "terminated"])
def test_a_contract_ends_when_it_is_published_as_ended(ledger: Ledger, tmp_path: Path, status: str) -> None:
    import_json(ledger, tmp_path, package(release()), package(later("2020-06-01", "r2", status=status)))
    assert (held(ledger).status, held(ledger).ground) == (Status.TERMINATED, f"published as {status}")
    assert held(ledger).ended_at == datetime(2020, 6, 1, tzinfo=UTC)


def test_a_release_about_the_end_of_a_contract_says_so_by_its_tag(ledger: Ledger, tmp_path: Path) -> None:
    ended = {**later("2020-06-01", "r2"), "tag": ["contractTermination"]}
    import_json(ledger, tmp_path, package(release()), package(ended))
    assert held(ledger).status is Status.TERMINATED


def test_a_row_that_an_older_release_repeats_under_another_id_stays_known_whatever_became_of_it(ledger: Ledger, tmp_path: Path) -> None:
    documents = CONTRACT_1["documents"]
    renamed = later("2020-06-01", "r2", documents=[{**documents[0], "id": "d9"}])
    changed = later("2020-09-01", "r3", documents=[{**documents[0], "title": "Another title"}])
    import_json(ledger, tmp_path, package(release()), package(renamed), package(changed))
    assert {d.document_id: d.title for d in held(ledger).documents.values()} == {"d1": "Another title"}
    head = ledger.store.head()
    import_files(ledger, tmp_path)
    assert ledger.store.head() == head


def test_a_supplier_that_an_older_release_names_under_another_id_stays_known_whatever_became_of_it(ledger: Ledger, tmp_path: Path) -> None:
    def named(release_id: str, date_: str, supplier: dict[str, str]) -> dict[str, Any]:
        return package(release(id=release_id, date=date_, parties=[], awards=[{"id": "A-1", "suppliers": [supplier]}]))

    import_json(
        ledger,
        tmp_path,
        named("r1", "2020-02-21", {"id": "x", "name": "Roads Ltd"}),
        named("r2", "2020-06-01", {"id": "y", "name": "ROADS LTD"}),
        named("r3", "2020-09-01", {"id": "x", "name": "Highways Ltd"}),
    )
    assert {c.counterparty_id: c.name for c in held(ledger).counterparties.values()} == {"x": "Highways Ltd"}
    head = ledger.store.head()
    import_files(ledger, tmp_path)
    assert ledger.store.head() == head
