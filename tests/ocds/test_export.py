"""What is written back: OCDS records that others can read, of contracts that were imported and of our own."""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from domain.contract.vocabulary import Status
from domain.facts import Entry
from domain.money import Money
from infra import codec
from infra.append import NewEntry, Stamp
from infra.ledger import CONTRACT, PARTY, Ledger
from infra.ocds.export import ExportReport, export_records
from infra.ocds.process import SCHEMA
from infra.ocds.report import Progress
from tests.facts import HISTORIES
from tests.ocds.making import OCID, PUBLISHER, contract, held, import_files, import_json, later, package, release
from tests.spec import recorded

DATED = jsonschema.FormatChecker(())
DATED.checks("date-time")(lambda held: re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", held) is not None)
PACKAGE: dict[str, Any] = {
    "$schema": SCHEMA["$schema"],
    "type": "object",
    "required": ["uri", "version", "publishedDate", "publisher", "records"],
    "additionalProperties": False,
    "properties": {
        "uri": {"type": "string", "pattern": "^urn:uuid:"},
        "version": {"enum": ["1.1"]},
        "publishedDate": {"type": "string", "format": "date-time"},
        "publisher": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}, "additionalProperties": False},
        "records": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["ocid", "releases", "compiledRelease"],
                "additionalProperties": False,
                "properties": {
                    "ocid": {"type": "string"},
                    "releases": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/Release"}},
                    "compiledRelease": {"type": "object", "properties": {"tag": {"enum": [["compiled"]]}}},
                },
            },
        },
    },
    "definitions": {**SCHEMA["definitions"], "Release": {k: v for k, v in SCHEMA.items() if k not in ("$schema", "definitions")}},
}


def exported(ledger: Ledger, **options: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - passed on
    """The packages of an export, each of the right shape, with exact numbers as text."""
    out = io.BytesIO()
    export_records(ledger, out, **options)
    for line in out.getvalue().splitlines():
        jsonschema.Draft4Validator(PACKAGE, format_checker=DATED).validate(json.loads(line))
    return [json.loads(line, parse_float=str) for line in out.getvalue().splitlines()]


def append(ledger: Ledger, identity: str, entries: list[Entry]) -> None:
    """Puts a history into the store as it is, a command for each entry."""
    for entry in entries:
        stamp = Stamp(f"{identity}-{entry.version}", "00", codec.encode_meta(entry.meta))
        news = NewEntry(CONTRACT.stream(identity), entry.version, codec.topic(entry.fact), entry.effective_at, codec.encode(entry.fact))
        ledger.store.append(stamp, [news])


def test_the_bundled_schema_is_a_schema() -> None:
    jsonschema.Draft4Validator.check_schema(SCHEMA)
    jsonschema.Draft4Validator.check_schema(PACKAGE)


def test_each_release_says_what_it_changed_and_all_of_them_compile(ledger: Ledger, tmp_path: Path) -> None:
    second = later("2020-06-01T00:00:00Z", "r2", title="New title", value={"amount": 1200, "currency": "EUR"})
    import_json(ledger, tmp_path, package(release()), package(second))
    (it,) = exported(ledger)
    assert it["publisher"] == {"name": PUBLISHER}
    (record,) = it["records"]
    first, then = record["releases"]
    assert (record["ocid"], first["id"], then["id"]) == (OCID, "r1", "r2")
    assert (first["date"], then["date"]) == ("2020-02-21T09:00:00Z", "2020-06-01T00:00:00Z")
    assert first["tag"] == ["award", "contract", "implementation"]
    assert then["tag"] == ["contractAmendment"]
    (changed,) = then["contracts"]
    assert (changed["title"], changed["value"]) == ("New title", {"amount": "1200.00", "currency": "EUR"})
    assert changed.keys() == {"id", "awardID", "title", "value", "amendments"}
    compiled = record["compiledRelease"]
    assert compiled["tag"] == ["compiled"]
    (whole,) = compiled["contracts"]
    assert (whole["title"], whole["value"]["amount"], whole["status"]) == ("New title", "1200.00", "active")
    assert len(whole["items"]) == 2
    assert [p["roles"] for p in compiled["parties"]] == [["buyer"], ["supplier"]]


def test_a_supplier_comes_with_its_registration_and_address(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path, package(release()))
    (it,) = exported(ledger)
    (supplier,) = (p for p in it["records"][0]["releases"][0]["parties"] if "supplier" in p["roles"])
    assert supplier == {
        "id": "GB-COH-0123",
        "name": "Roads Ltd",
        "roles": ["supplier"],
        "identifier": {"scheme": "GB-COH", "id": "0123", "legalName": "Roads Ltd"},
        "address": {"streetAddress": "1 Lane, Lakeside", "countryName": "United Kingdom"},
    }


def test_contracts_of_one_process_are_in_one_record(ledger: Ledger, tmp_path: Path) -> None:
    documents = [package(release(contracts=[contract(id="A"), contract(id="B")])), package(release(ocid="ocds-abc123-2"))]
    import_json(ledger, tmp_path, *documents)
    packages = exported(ledger)
    assert [(p["records"][0]["ocid"], [c["id"] for c in p["records"][0]["compiledRelease"]["contracts"]]) for p in packages] == [
        (OCID, ["A", "B"]),
        ("ocds-abc123-2", ["C-1"]),
    ]
    assert [len(p["records"][0]["releases"]) for p in packages] == [1, 1]


def test_parties_come_back_as_the_same(new_ledger: Callable[[], Ledger], tmp_path: Path) -> None:
    ledger, empty = new_ledger(), new_ledger()
    suppliers = [{"id": "s"}, {"name": "No Id"}, {"id": "local", "name": "Local Id"}, {"name": "Own", "identifier": {"id": "77"}}]
    import_json(ledger, tmp_path / "in", package(release(awards=[{"id": "A-1", "suppliers": suppliers}])))
    export_records(ledger, tmp_path / "out")
    import_files(empty, tmp_path / "out")
    assert len(held(ledger).counterparties) == 4
    assert held(empty).counterparties == held(ledger).counterparties
    for one in held(ledger).counterparties.values():
        before, after = (which.history(PARTY, one.party_id or "") for which in (ledger, empty))
        assert [e.fact for e in after] == [e.fact for e in before]


def test_releases_that_only_their_packages_tell_apart_come_back_in_order(new_ledger: Callable[[], Ledger], tmp_path: Path) -> None:
    ledger, empty = new_ledger(), new_ledger()
    early = package(release(id="z"), publishedDate="2020-03-01T00:00:00Z")
    late = package(release(id="a", contracts=[contract(title="Late")]), publishedDate="2020-10-01T00:00:00Z")
    import_json(ledger, tmp_path / "in", early, late)
    export_records(ledger, tmp_path / "out")
    import_files(empty, tmp_path / "out")
    assert held(empty).title == held(ledger).title == "Late"
    assert held(empty).amendments == held(ledger).amendments


def test_a_change_comes_back_under_the_amendment_that_made_it(new_ledger: Callable[[], Ledger], tmp_path: Path) -> None:
    ledger, empty = new_ledger(), new_ledger()
    stated = [
        {"id": "am1", "date": "2020-05-01", "rationale": "Nothing to see"},
        {"id": "am2", "date": "2020-05-02", "rationale": "A title"},
    ]
    import_json(ledger, tmp_path / "in", package(release()), package(later("2020-06-01", "r2", title="New", amendments=stated)))
    export_records(ledger, tmp_path / "out")
    import_files(empty, tmp_path / "out")
    assert [a for a, held_ in held(empty).amendments.items() if held_.operations] == ["am2"]
    assert held(empty).amendments == held(ledger).amendments


def test_every_history_of_our_own_is_written_in_the_shape_of_the_standard(new_ledger: Callable[[], Ledger], tmp_path: Path) -> None:
    ledger, empty = new_ledger(), new_ledger()
    for name, history in HISTORIES.items():
        append(ledger, name, recorded(*history))
    packages = exported(ledger, publisher="Our Company", ocid_prefix="ocds-ours00")
    assert len(packages) == len(HISTORIES)
    export_records(ledger, tmp_path / "out", publisher="Our Company", ocid_prefix="ocds-ours00")
    # The store dates what it records by its own clock, which the test's is behind.
    import_files(Ledger(empty.store, clock=lambda: datetime.now(UTC)), tmp_path / "out")
    for name in HISTORIES:
        ours = ledger.load(CONTRACT, name)
        source = ours.source
        back = (
            held(empty, ours.number, f"ocds-ours00-{name}", "Our Company")
            if source is None
            else held(empty, source.contract_id, source.ocid, source.publisher)
        )
        assert (back.title, back.value, back.period) == (ours.title, ours.value, ours.period)
        assert back.number == (ours.number if source is None else source.contract_id)
        assert back.items == ours.items
        in_force = (Status.IN_FORCE, Status.TERMINATED)
        assert (back.status in in_force) == (ours.status not in (Status.DRAFT, Status.IN_APPROVAL, Status.APPROVED))


def test_money_that_comes_in_makes_us_the_supplier(ledger: Ledger) -> None:
    name = next(n for n, h in HISTORIES.items() if n == "drafted")
    entries = recorded(*HISTORIES[name])
    drafted = entries[0].fact
    sales = codec.decode("contract.drafted@2", codec.encode(drafted).replace('"direction":"payable"', '"direction":"receivable"'))
    append(ledger, "sales", [entries[0]._replace(fact=sales)])
    (it,) = exported(ledger)
    (first,) = it["records"][0]["releases"]
    state = ledger.load(CONTRACT, "sales")
    assert first["awards"][0]["suppliers"][0]["name"] == state.our_entity
    assert first["buyer"]["name"] == next(iter(state.counterparties.values())).name


def test_a_payment_that_was_taken_back_is_followed_by_its_opposite(ledger: Ledger) -> None:
    name = next(n for n, h in HISTORIES.items() if any("reversed" in t.fact.NAME for t in recorded(*h) if hasattr(t, "fact")))
    append(ledger, name, recorded(*HISTORIES[name]))
    (it,) = exported(ledger)
    paid = it["records"][0]["compiledRelease"]["contracts"][0]["implementation"]["transactions"]
    opposites = [t for t in paid if t["id"].endswith(":reversal")]
    assert opposites
    for opposite in opposites:
        (original,) = (t for t in paid if t["id"] == opposite["id"].removesuffix(":reversal"))
        assert opposite["value"]["amount"] == f"-{original['value']['amount']}"


def test_amounts_are_written_exactly(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(package(release())).replace("1000.5", "90071992547409.91"))
    import_files(ledger, tmp_path)
    assert held(ledger).value == Money.of("90071992547409.91", "EUR")
    out = io.BytesIO()
    export_records(ledger, out)
    assert b'"amount":90071992547409.91,' in out.getvalue()


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out", "new/folder", "new/lines.jsonl"])
def test_an_export_goes_to_a_folder_or_to_lines(name: str, new_ledger: Callable[[], Ledger], tmp_path: Path) -> None:
    ledger, empty = new_ledger(), new_ledger()
    import_json(ledger, tmp_path / "in", package(release()), package(release(ocid="ocds-abc123-2/x y")))
    out = tmp_path / name
    heard: list[Progress] = []
    assert export_records(ledger, out, on_progress=heard.append) == ExportReport(packages=2, records=2, releases=2, contracts=2)
    assert heard == [Progress("exporting", 1, 2), Progress("exporting", 2, 2)]
    if out.is_dir():
        assert sorted(p.name for p in out.iterdir()) == ["ocds-abc123-1-7cbc7697.json", "ocds-abc123-2-x-y-5eb48cdc.json"]
    elif out.suffix == ".gz":
        assert len(gzip.decompress(out.read_bytes()).splitlines()) == 2
    done = import_files(empty, out)
    assert (done.report.total.contracts_new, done.rows) == (2, [])


def test_an_export_of_nothing_is_empty(ledger: Ledger, tmp_path: Path) -> None:
    assert export_records(ledger, tmp_path / "out.jsonl") == ExportReport()
    assert (tmp_path / "out.jsonl").read_bytes() == b""


def test_a_file_is_replaced_whole_or_not_at_all(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path / "in", package(release()), package(release(ocid="ocds-abc123-2")))
    out = tmp_path / "out.jsonl"
    out.write_text("what was there before\n")

    def stopped(at: Progress) -> None:
        if at.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_records(ledger, out, on_progress=stopped)
    assert out.read_text() == "what was there before\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "out.jsonl"]


def test_what_is_recorded_during_an_export_waits_for_the_next(ledger: Ledger, tmp_path: Path) -> None:
    import_json(ledger, tmp_path / "a", package(release()), package(release(ocid="ocds-abc123-2")))

    def meanwhile(at: Progress) -> None:
        if at.done == 1:
            changed = later("2020-06-01", "r2", title="New title")
            other = package(changed, {**changed, "ocid": "ocds-abc123-2"})
            import_json(ledger, tmp_path / "b", other)

    export_records(ledger, tmp_path / "out", on_progress=meanwhile)
    assert "New title" not in "".join(p.read_text() for p in (tmp_path / "out").iterdir())
    assert held(ledger).title == "New title"


def test_merging_needs_no_network() -> None:
    offline = (
        "import socket; socket.socket.connect = socket.create_connection = None; import infra.ocds.process as p; print(len(p.MERGE_RULES))"
    )
    done = subprocess.run([sys.executable, "-c", offline], capture_output=True, text=True, check=True, timeout=60)
    assert int(done.stdout) >= 4
