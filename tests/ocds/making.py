"""Releases to begin with, and imports of what becomes of them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, NamedTuple

from domain.contract.state import Contract
from infra.ledger import CONTRACT, Asker, Ledger
from infra.ocds.importer import import_paths
from infra.ocds.mapping import identity_of
from infra.ocds.report import ImportReport, Row

IMPORTER = Asker("importer", "key-i", "import")
PUBLISHER = "City of Lakeside"
OCID = "ocds-abc123-1"

CONTRACT_1: dict[str, Any] = {
    "id": "C-1",
    "awardID": "A-1",
    "title": "Road works",
    "status": "active",
    "period": {"startDate": "2020-03-01T00:00:00Z", "endDate": "2020-12-31T00:00:00Z"},
    "value": {"amount": 1000.50, "currency": "EUR"},
    "dateSigned": "2020-02-20T12:00:00Z",
    "items": [
        {"id": "1", "description": "Asphalt", "quantity": 8, "unit": {"name": "t", "value": {"amount": 50.25, "currency": "EUR"}}},
        {"id": "2", "description": "Kerbs", "quantity": 2},
    ],
    "documents": [{"id": "d1", "title": "Signed contract", "documentType": "contractSigned", "url": "https://example.com/?d=1"}],
    "implementation": {
        "transactions": [
            {
                "id": "p1",
                "date": "2020-04-01T00:00:00Z",
                "value": {"amount": 400, "currency": "EUR"},
                "payer": {"id": "b", "name": "Lakeside Council"},
                "payee": {"id": "s", "name": "Roads Ltd"},
            }
        ],
        "milestones": [
            {"id": "m1", "title": "First mile", "dueDate": "2020-05-01T00:00:00Z", "status": "met", "dateMet": "2020-04-20T00:00:00Z"},
            {"id": "m2", "title": "Second mile", "dueDate": "2020-10-01T00:00:00Z", "status": "scheduled"},
        ],
    },
}

RELEASE_1: dict[str, Any] = {
    "ocid": OCID,
    "id": "r1",
    "date": "2020-02-21T09:00:00Z",
    "tag": ["award", "contract"],
    "initiationType": "tender",
    "language": "en",
    "parties": [
        {"id": "b", "name": "Lakeside Council", "roles": ["buyer"], "identifier": {"scheme": "GB-LAC", "id": "E1"}},
        {
            "id": "s",
            "name": "Roads Ltd",
            "roles": ["supplier"],
            "identifier": {"scheme": "GB-COH", "id": "0123"},
            "address": {"streetAddress": "1 Lane", "locality": "Lakeside", "countryName": "United Kingdom"},
        },
    ],
    "buyer": {"id": "b", "name": "Lakeside Council"},
    "awards": [{"id": "A-1", "title": "Award", "date": "2020-02-01T00:00:00Z", "suppliers": [{"id": "s", "name": "Roads Ltd"}]}],
    "contracts": [CONTRACT_1],
}


def release(**changes: object) -> dict[str, Any]:
    """The first release with other fields."""
    return {**copy.deepcopy(RELEASE_1), **changes}


def contract(**changes: object) -> dict[str, Any]:
    """The first release's contract with other fields; None takes one away."""
    changed = {**copy.deepcopy(CONTRACT_1), **changes}
    return {key: held for key, held in changed.items() if held is not None}


def later(date: str, release_id: str, **fields: object) -> dict[str, Any]:
    """A later release that says only this of the contract."""
    return release(id=release_id, date=date, contracts=[{"id": "C-1", **fields}])


def package(*releases: object, **changes: object) -> dict[str, Any]:
    """A release package."""
    return {
        "uri": "https://example.com/p1",
        "version": "1.1",
        "publishedDate": "2020-02-21T10:00:00Z",
        "publisher": {"name": PUBLISHER},
        "releases": list(releases),
        **changes,
    }


class Imported(NamedTuple):
    """What an import answered."""

    report: ImportReport
    rows: list[Row]

    def told(self) -> set[tuple[str, str, str]]:
        """Severity, code and path of each row."""
        return {(row.severity.value, row.code, row.path) for row in self.rows}


def import_files(ledger: Ledger, *paths: Path, dry_run: bool = False) -> Imported:
    """Imports, and keeps the rows."""
    rows: list[Row] = []
    return Imported(import_paths(ledger, paths, asker=IMPORTER, dry_run=dry_run, on_row=rows.append), rows)


def import_json(ledger: Ledger, folder: Path, *documents: object, dry_run: bool = False) -> Imported:
    """Imports documents from files of their own, in their order."""
    folder.mkdir(parents=True, exist_ok=True)
    for n, document in enumerate(documents):
        (folder / f"{n:03}.json").write_text(json.dumps(document), encoding="utf-8")
    return import_files(ledger, folder, dry_run=dry_run)


def held(ledger: Ledger, contract_id: str = "C-1", ocid: str = OCID, publisher: str = PUBLISHER) -> Contract:
    """The contract as the ledger has it."""
    return ledger.load(CONTRACT, identity_of(publisher, ocid, contract_id))


def facts(ledger: Ledger, contract_id: str = "C-1", ocid: str = OCID, publisher: str = PUBLISHER) -> list[str]:
    """The names of the contract's facts."""
    return [e.fact.NAME.removeprefix("contract.") for e in ledger.history(CONTRACT, identity_of(publisher, ocid, contract_id))]
