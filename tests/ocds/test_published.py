"""Real publications: all of them import, once, fast; and come back from an export as the same contracts."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from domain.contract.state import Contract
from infra.ledger import CONTRACT, Ledger
from infra.ocds.export import drafted, export_records
from infra.ocds.report import Severity
from tests.ocds.making import import_files

# What an export cannot know: the file that a contract was once imported from, and how many entries told of it.
PROVENANCE = ("version", "recordings", "source", "publication")


def plain_releases(document: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON of any shape
    """The releases in a document, found without the importer."""
    for record in document.get("records", []):
        embedded = [r for r in record["releases"] if "ocid" in r]
        yield from embedded or [record["compiledRelease"]]
    yield from document.get("releases", [] if "records" in document else [document])


def expected_contracts(folder: Path) -> set[tuple[str, str]]:
    """(ocid, contract id) of everything in a folder."""
    return {
        (release["ocid"], contract["id"])
        for path in folder.glob("*.json")
        for release in plain_releases(json.loads(path.read_text("utf-8")))
        for contract in release.get("contracts", [])
    }


def known(ledger: Ledger) -> dict[str, Contract]:
    """Every contract by its identity."""
    streams = (d.stream.removeprefix(CONTRACT.prefix) for d in drafted(ledger.store, ledger.store.head()))
    return {identity: ledger.load(CONTRACT, identity) for identity in streams}


def content(contract: Contract) -> dict[str, object]:
    """A contract without where it came from."""
    told = {f.name: getattr(contract, f.name) for f in fields(Contract) if f.name not in PROVENANCE}
    assert contract.source is not None
    assert contract.publication is not None
    return {
        **told,
        "source": replace(contract.source, file=""),
        "published": (
            replace(contract.publication.source, file=""),
            contract.publication.released_at,
            contract.publication.published_at or contract.publication.released_at,
        ),
        "recorded": sorted(map(repr, contract.recordings.values())),
    }


def test_every_contract_that_was_published_is_imported_and_importing_again_appends_nothing(ledger: Ledger, published: Path) -> None:
    expected = {folder.name: expected_contracts(folder) for folder in sorted(published.iterdir())}
    assert sum(map(len, expected.values())) >= 350
    began = time.monotonic()
    done = import_files(ledger, published)
    took = time.monotonic() - began
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    publishers: dict[str, set[str]] = defaultdict(set)
    for contract in known(ledger).values():
        assert contract.source is not None
        folder = contract.source.file.split("/")[0]
        found[folder].add((contract.source.ocid, contract.source.contract_id))
        publishers[folder].add(contract.source.publisher)
    assert found == expected
    for folder, (publisher,) in publishers.items():
        counts = done.report.publishers[publisher]
        assert counts.contracts_new == len(expected[folder])
        assert (counts.contracts_failed, counts.contracts_changed, counts.contracts_unchanged) == (0, 0, 0)
    assert done.report.files == sum(1 for _ in published.rglob("*.json"))
    assert (done.report.broken_files, done.report.count(Severity.ERROR)) == (0, 0)
    assert took < 20
    head = ledger.store.head()
    again = import_files(Ledger(ledger.store, clock=ledger.clock), published)
    assert ledger.store.head() == head
    assert again.report.total.contracts_unchanged == sum(map(len, expected.values()))
    assert again.report.rows == done.report.rows


def test_every_payment_that_was_published_is_recorded_or_told(ledger: Ledger, published: Path) -> None:
    rows: Counter[str] = Counter()
    for path in (published / "naicm-mx").glob("*.json"):
        for release in plain_releases(json.loads(path.read_text("utf-8"))):
            for contract in release["contracts"]:
                for transaction in contract.get("implementation", {}).get("transactions", []):
                    rows["nothing" if transaction["value"]["amount"] == 0 else "paid"] += 1
    done = import_files(ledger, published / "naicm-mx")
    assert done.report.total.payments == rows["paid"]
    told = [r for r in done.rows if r.code == "zero_amount" and "/transactions/" in r.path]
    assert len(told) == rows["nothing"]
    recorded = [p for contract in known(ledger).values() for p in contract.payments.values()]
    assert len(recorded) == rows["paid"]


def test_a_dry_run_over_everything_counts_what_the_import_appends_and_appends_nothing(ledger: Ledger, published: Path) -> None:
    dry = import_files(ledger, published, dry_run=True)
    assert ledger.store.head() == 0
    real = import_files(ledger, published)
    assert dry.report.publishers == real.report.publishers
    assert dry.report.rows == real.report.rows
    assert ledger.store.head() == real.report.total.facts


@pytest.mark.parametrize("folder", ["jalisco-mx", "fictional", "naicm-mx", "colombia", "moldova", "canada"])
def test_an_export_imports_into_an_empty_ledger_as_the_same_contracts(
    folder: str, new_ledger: Callable[[], Ledger], published: Path, tmp_path: Path
) -> None:
    ledger, empty = new_ledger(), new_ledger()
    import_files(ledger, published / folder)
    written = export_records(ledger, tmp_path / "out")
    back = import_files(empty, tmp_path / "out")
    assert back.report.count(Severity.ERROR) == back.report.count(Severity.SKIPPED) == 0
    before, after = known(ledger), known(empty)
    assert written.contracts == len(before)
    assert before.keys() == after.keys()
    for identity, contract in before.items():
        assert content(after[identity]) == content(contract)
    head = empty.store.head()
    export_records(empty, tmp_path / "again")
    import_files(empty, tmp_path / "again")
    assert empty.store.head() == head
