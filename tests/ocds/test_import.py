"""What becomes of a release: facts, states, parties, provenance; and that saying it again changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from domain.contract.state import Payment
from domain.contract.vocabulary import Confidentiality, Direction, Kind, Period, Status
from domain.money import Money
from domain.party import Identifier
from infra.ledger import CONTRACT, PARTY, Asker, Ledger
from infra.ocds.importer import import_paths
from infra.ocds.mapping import identity_of
from infra.ocds.report import Counts, Progress
from tests.ocds.making import (
    CONTRACT_1,
    OCID,
    PUBLISHER,
    RELEASE_1,
    contract,
    facts,
    held,
    import_files,
    import_json,
    later,
    package,
    release,
)


def test_a_release_becomes_the_facts_that_it_tells(ledger: Ledger, tmp_path: Path) -> None:
    done = import_json(ledger, tmp_path, package(release()))
    assert done.rows == []
    assert facts(ledger) == [
        "drafted",
        "line_item_added",
        "line_item_added",
        "document_attached",
        "signed",
        "in_force",
        "delivery_scheduled",
        "delivery_recorded",
        "delivery_scheduled",
        "payment_recorded",
        "publication_recorded",
    ]


def test_the_contract_stands_as_it_was_published(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path, package(release()))
    it = held(ledger)
    assert (it.number, it.title, it.our_entity, it.status) == ("C-1", "Road works", "Lakeside Council", Status.IN_FORCE)
    assert (it.kind, it.direction, it.confidentiality) == (Kind.SUPPLIER, Direction.PAYABLE, Confidentiality.PUBLIC)
    assert it.value == Money.of("1000.50", "EUR")
    assert it.period == Period(start=date(2020, 3, 1), end=date(2020, 12, 31))
    assert [c.name for c in it.counterparties.values()] == ["Roads Ltd"]
    assert it.items["1"].unit_price == Decimal("50.25")
    assert it.documents["d1"].url == "https://example.com/?d=1"
    assert it.payments == {
        "p1": Payment(payment_id="p1", amount=Money.of("400", "EUR"), paid_at=datetime(2020, 4, 1, tzinfo=UTC)),
    }
    assert it.deliveries["m1"].delivered_at == datetime(2020, 4, 20, tzinfo=UTC)
    assert set(it.planned_deliveries) == {"m1", "m2"}
    assert it.in_force_since == datetime(2020, 2, 20, 12, tzinfo=UTC)


def test_facts_carry_the_dates_that_were_published(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path, package(release()))
    dated = {e.fact.NAME: e.effective_at.date() for e in ledger.history(CONTRACT, identity_of(PUBLISHER, OCID, "C-1"))}
    assert dated["contract.drafted"] == date(2020, 2, 1)
    assert dated["contract.signed"] == date(2020, 2, 20)
    assert dated["contract.payment_recorded"] == date(2020, 4, 1)
    assert dated["contract.publication_recorded"] == date(2020, 2, 21)


def test_the_source_names_publisher_file_process_release_and_contract(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path / "below", package(release()))
    import_files(ledger, tmp_path)
    source = held(ledger).source
    assert source is not None
    assert (source.publisher, source.file, source.ocid, source.release_id, source.contract_id) == (PUBLISHER, "000.json", OCID, "r1", "C-1")


def test_every_entry_says_by_whom_by_which_door_and_from_which_release(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path, package(release()))
    for entry in ledger.store.whole_log():
        assert (entry.meta.actor, entry.meta.credential, entry.meta.channel) == ("importer", "key-i", "import")
        wanted = f"published in release r1 of {OCID}" if entry.stream.startswith("contract-") else f"published by {PUBLISHER}"
        assert entry.meta.reason == wanted


def test_files_are_named_relative_to_the_path_that_was_given(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path / "2020" / "02", package(release(ocid="ocds-abc123-2")), dry_run=True)
    import_files(ledger, tmp_path)
    source = held(ledger, ocid="ocds-abc123-2").source
    assert source is not None
    assert source.file == "2020/02/000.json"


def test_importing_the_same_data_again_appends_nothing(ledger: Ledger, tmp_path: Path) -> None:
    documents = [package(release()), package(later("2020-06-01T00:00:00Z", "r2", value={"amount": 2000, "currency": "EUR"}))]
    first = import_json(ledger, tmp_path, *documents)
    assert first.report.total.contracts_new == 1
    head = ledger.store.head()
    again = import_files(ledger, tmp_path)
    assert ledger.store.head() == head
    assert (again.report.total.facts, again.report.total.contracts_unchanged) == (0, 1)


def test_a_process_that_remembers_nothing_appends_nothing_either(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path, package(release()), package(later("2020-06-01T00:00:00Z", "r2", title="Other works")))
    head = ledger.store.head()
    import_files(Ledger(ledger.store, clock=ledger.clock), tmp_path)
    assert ledger.store.head() == head


def test_the_same_data_from_another_file_by_somebody_else_appends_nothing(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path / "a", package(release()))
    head = ledger.store.head()
    (tmp_path / "a" / "000.json").rename(tmp_path / "a" / "renamed.json")
    done = import_paths(ledger, [tmp_path / "a"], asker=Asker("another", "key", "import"))
    assert ledger.store.head() == head
    assert done.total.contracts_unchanged == 1


def test_a_dry_run_counts_what_an_import_would_append_and_appends_nothing(ledger: Ledger, tmp_path: Path) -> None:
    documents = [package(release()), package(later("2020-06-01T00:00:00Z", "r2", title="Other works"))]
    dry = import_json(ledger, tmp_path, *documents, dry_run=True)
    assert ledger.store.head() == 0
    real = import_files(ledger, tmp_path)
    assert dry.report.total == real.report.total
    assert dry.rows == real.rows
    assert dry.report.dry_run
    assert not real.report.dry_run
    assert import_files(ledger, tmp_path, dry_run=True).report.total.facts == 0


def test_counts_are_kept_by_publisher(ledger: Ledger, tmp_path: Path) -> None:
    other = package(release(ocid="ocds-zzz999-1", contracts=[contract(id="X"), contract(id="Y")]), publisher={"name": "Other City"})
    done = import_json(ledger, tmp_path, package(release()), other)
    assert done.report.files == 2
    assert done.report.publishers == {
        PUBLISHER: Counts(files=1, releases=1, contracts_new=1, facts=13, payments=1, parties=2),
        "Other City": Counts(files=1, releases=1, contracts_new=2, facts=22, payments=2, parties=0),
    }


def test_progress_goes_through_reading_contracts_and_parties(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path, package(release()), dry_run=True)
    heard: list[Progress] = []
    import_paths(ledger, [tmp_path], asker=Asker("a", "k", "import"), on_progress=heard.append)
    assert heard == [
        Progress("reading", 0, 1),
        Progress("reading", 1, 1),
        Progress("contracts", 0, 1),
        Progress("contracts", 1, 1),
        Progress("parties", 0, 2),
        Progress("parties", 1, 2),
        Progress("parties", 2, 2),
    ]


def test_buyer_and_suppliers_are_parties_with_streams_of_their_own(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path, package(release()))
    (supplier,) = held(ledger).counterparties.values()
    assert (supplier.counterparty_id, supplier.role) == ("GB-COH-0123", "supplier")
    party = ledger.load(PARTY, supplier.party_id or "")
    assert (party.name, party.identifiers) == ("Roads Ltd", (Identifier(scheme="GB-COH", id="0123"),))
    assert (party.address, party.country) == ("1 Lane, Lakeside", "United Kingdom")
    streams = {row.stream for row in ledger.store.read_log(facts=["party.registered@1"])}
    assert len(streams) == 2


def test_a_party_is_the_same_in_every_process_and_publication(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path, package(release()), package(release(ocid="ocds-zzz999-1"), publisher={"name": "Other City"}))
    one = held(ledger).counterparties
    assert one == held(ledger, ocid="ocds-zzz999-1", publisher="Other City").counterparties
    assert len(ledger.store.read_log(facts=["party.registered@1"])) == 2


def test_an_id_without_a_scheme_means_somebody_only_within_its_publisher(ledger: Ledger, tmp_path: Path) -> None:
    plain = [{"id": "b", "name": "Council", "roles": ["buyer"]}, {"id": "s", "name": "Roads", "roles": ["supplier"]}]
    ours, theirs = package(release(parties=plain)), package(release(parties=plain, ocid="o-2"), publisher={"name": "Other"})
    import_json(ledger, tmp_path, ours, theirs)
    one = held(ledger).counterparties["s"].party_id
    assert one != held(ledger, ocid="o-2", publisher="Other").counterparties["s"].party_id


def renamed(name: str, date_: str, release_id: str) -> dict[str, object]:
    parties = [{"id": "s", "name": name, "roles": ["supplier"], "identifier": {"scheme": "GB-COH", "id": "0123"}}]
    awards = [{"id": "A-1", "suppliers": [{"id": "s"}]}]
    return package(release(id=release_id, date=date_, parties=parties, awards=awards))


def names_of_supplier(ledger: Ledger) -> list[str]:
    (supplier,) = held(ledger).counterparties.values()
    return [getattr(e.fact, "name", "") for e in ledger.history(PARTY, supplier.party_id or "")]


def test_a_party_that_changed_its_name_is_told_so_once(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path, package(release()), renamed("Roads plc", "2021-01-01T00:00:00Z", "r2"))
    assert names_of_supplier(ledger) == ["Roads Ltd", "Roads plc"]
    (supplier,) = held(ledger).counterparties.values()
    assert supplier.name == "Roads plc"
    party = ledger.load(PARTY, supplier.party_id or "")
    assert party.address == "1 Lane, Lakeside"
    head = ledger.store.head()
    import_files(ledger, tmp_path)
    assert ledger.store.head() == head


def test_an_older_release_does_not_give_a_party_its_old_name_back(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path / "new", renamed("Roads plc", "2021-01-01T00:00:00Z", "r2"))
    import_json(ledger, tmp_path / "old", package(release()))
    assert names_of_supplier(ledger) == ["Roads plc"]


def test_two_names_on_one_day_do_not_take_turns(ledger: Ledger, tmp_path: Path) -> None:
    both = [renamed("ROADS LTD", "2020-02-21T09:00:00Z", "r1b"), package(release())]
    import_json(ledger, tmp_path, *both)
    head = ledger.store.head()
    import_files(ledger, tmp_path)
    assert ledger.store.head() == head
    assert len(names_of_supplier(ledger)) == 1


def test_a_supplier_that_only_an_earlier_release_describes_is_found(ledger: Ledger, tmp_path: Path) -> None:
    other = {"id": "t", "name": "Other Ltd", "roles": ["supplier"]}
    awards = [*RELEASE_1["awards"], {"id": "A-2", "suppliers": [{"id": "t"}]}]
    awarded = release(id="r0", date="2020-02-10T00:00:00Z", contracts=[], awards=awards, parties=[*RELEASE_1["parties"], other])
    signed = release(id="r1", parties=[], awards=[], buyer={"id": "b"})
    done = import_json(ledger, tmp_path, package(signed), package(awarded))
    assert done.rows == []
    assert [c.counterparty_id for c in held(ledger).counterparties.values()] == ["GB-COH-0123"]
    assert held(ledger).our_entity == "Lakeside Council"


def test_suppliers_of_ocds_1_0_are_described_where_they_are_named(ledger: Ledger, tmp_path: Path) -> None:
    supplier = {"identifier": {"scheme": "MX-RFC", "id": "ABC1", "legalName": "Obras"}, "address": {"countryName": "Mexico"}}
    buyer = {"identifier": {"legalName": "Aeropuerto"}}
    awards = [{"id": "A-1", "suppliers": [supplier]}]
    done = import_json(ledger, tmp_path, package(release(parties=None, buyer=buyer, awards=awards)))
    assert done.rows == []
    assert [(c.counterparty_id, c.name) for c in held(ledger).counterparties.values()] == [("MX-RFC-ABC1", "Obras")]
    assert held(ledger).our_entity == "Aeropuerto"


def test_transactions_of_ocds_1_0_are_read(ledger: Ledger, tmp_path: Path) -> None:
    transaction = {
        "id": "t",
        "date": "2020-04-01",
        "amount": {"amount": 10, "currency": "EUR"},
        "providerOrganization": {"legalName": "Payer"},
        "receiverOrganization": {"id": "R-1"},
    }
    import_json(ledger, tmp_path, package(release(contracts=[contract(implementation={"transactions": [transaction]})])))
    (recorded,) = (
        e.fact for e in ledger.history(CONTRACT, identity_of(PUBLISHER, OCID, "C-1")) if e.fact.NAME == "contract.payment_recorded"
    )
    assert (getattr(recorded, "payer", None), getattr(recorded, "payee", None)) == ("Payer", "R-1")
    assert held(ledger).paid == Money.of("10", "EUR")


@pytest.mark.parametrize(("language", "title"), [("fr", "Travaux"), ("en", "Works"), ("de", "Works")])
def test_a_title_in_several_languages_is_read_in_the_release_s_own(ledger: Ledger, tmp_path: Path, language: str, title: str) -> None:
    bilingual = contract(title=None, title_en="Works", title_fr="Travaux")
    import_json(ledger, tmp_path, package(release(language=language, contracts=[bilingual])))
    assert held(ledger).title == title


def test_a_contract_under_an_award_of_the_same_id_in_several_rows_has_all_their_suppliers(ledger: Ledger, tmp_path: Path) -> None:
    awards = [
        {"id": 7, "suppliers": [{"id": "x", "name": "X"}]},
        {"id": 7, "suppliers": [{"id": "y", "name": "Y"}, {"id": "x", "name": "X"}]},
    ]
    import_json(ledger, tmp_path, package(release(awards=awards, contracts=[contract(awardID="7")])))
    assert [c.name for c in held(ledger).counterparties.values()] == ["X", "Y"]


def test_the_single_amendment_of_ocds_1_0_gets_an_id_from_its_content(ledger: Ledger, tmp_path: Path) -> None:
    amended = contract(amendment={"date": "2020-05-01", "rationale": "More kerbs"})
    done = import_json(ledger, tmp_path, package(release(contracts=[amended])))
    assert done.told() == {("notice", "id_missing", "/releases/0/contracts/0/amendment")}
    (amendment,) = held(ledger).amendments.values()
    assert amendment.status == "in_effect"
    assert amendment.proposed_at == datetime(2020, 5, 1, tzinfo=UTC)
    head = ledger.store.head()
    import_files(ledger, tmp_path)
    assert ledger.store.head() == head


def test_each_of_many_threads_keeps_the_order_of_its_processes(new_ledger: Callable[[], Ledger], tmp_path: Path) -> None:
    releases = [
        release(ocid=f"o-{n}", id=f"r{k}", date=f"2020-0{k}-01T00:00:00Z", contracts=[{**CONTRACT_1, "title": f"Title {k}"}])
        for k in (3, 1, 2)
        for n in range(40)
    ]
    done = import_json(new_ledger(), tmp_path, package(*releases))
    assert done.report.total.contracts_new == 40
    ledger = new_ledger()
    import_files(ledger, tmp_path)
    for n in range(40):
        titles = [getattr(e.fact, "title", None) for e in ledger.history(CONTRACT, identity_of(PUBLISHER, f"o-{n}", "C-1"))][:1]
        assert (titles, held(ledger, ocid=f"o-{n}").title) == (["Title 1"], "Title 3")
