"""Published contracts through the command line: in, again, and out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scripts.conftest import Tally

DATA = Path(__file__).parents[3] / "shared" / "data" / "ocds"

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the published sample data is not beside the repository")


@pytest.fixture
def title(tmp_path: Path) -> str:
    """A title that no other test uses."""
    return f"Footbridge {tmp_path.name}"


@pytest.fixture
def release(tmp_path: Path, title: str) -> Path:
    nothing = {"id": "t1", "date": "2026-01-12T00:00:00Z", "value": {"amount": 0, "currency": "EUR"}}
    contract = {
        "id": "c1",
        "awardID": "a1",
        "title": title,
        "status": "active",
        "value": {"amount": 1000.5, "currency": "eur"},
        "dateSigned": "2026-01-10T00:00:00Z",
        "implementation": {"transactions": [nothing]},
    }
    package = {
        "uri": "https://example.org/release.json",
        "publisher": {"name": "City of Lakeside"},
        "releases": [
            {
                "ocid": f"ocds-{tmp_path.name}",
                "id": "r1",
                "date": "2026-01-15T00:00:00Z",
                "tag": ["contract"],
                "buyer": {"name": "City of Lakeside"},
                "awards": [{"id": "a1", "suppliers": [{"name": "Bridge \u001b[31mBuilders"}]}],
                "contracts": [contract],
            }
        ],
    }
    file = tmp_path / "release.json"
    file.write_text(json.dumps(package), encoding="utf-8")
    return file


def test_a_dry_run_says_what_would_come_and_records_nothing(empty_tally: Tally, release: Path, title: str) -> None:
    done = empty_tally.json("import", "ocds", release, "--dry-run")
    assert (done["dry_run"], done["total"]["contracts_new"]) == (True, 1)
    assert empty_tally.json("contracts", "--q", title)["contracts"] == []
    assert "dry run: nothing was recorded" in empty_tally("import", "ocds", release, "--dry-run").stderr


def test_what_was_imported_before_is_not_imported_again(empty_tally: Tally, release: Path, title: str) -> None:
    empty_tally("import", "ocds", release)
    again = empty_tally.json("import", "ocds", release)
    assert (again["total"]["contracts_unchanged"], again["total"]["facts"]) == (1, 0)
    found = empty_tally.json("contracts", "--q", title)["contracts"]
    assert [(c["value"], c["publisher"]) for c in found] == [({"amount": "1000.50", "currency": "EUR"}, "City of Lakeside")]
    history = empty_tally.json("history", found[0]["id"])["entries"]
    assert {entry["channel"] for entry in history} == {"import"}
    assert "\x1b" not in empty_tally("show", found[0]["id"]).stdout


def test_every_row_that_was_not_taken_is_in_the_report(empty_tally: Tally, release: Path, tmp_path: Path) -> None:
    report = tmp_path / "rows.jsonl"
    done = empty_tally.json("import", "ocds", release, "--report", report)
    rows = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == sum(kind["count"] for kind in done["rows"]) > 0
    nothing = next(row for row in rows if row["code"] == "zero_amount")
    assert nothing["path"].endswith("/contracts/0/implementation/transactions/0/value/amount")
    assert "zero_amount" in empty_tally("import", "ocds", release).stdout


def test_paths_that_hold_nothing_are_refused(empty_tally: Tally, tmp_path: Path) -> None:
    assert str(tmp_path / "missing") in empty_tally("import", "ocds", tmp_path / "missing", exit_code=1).stderr
    assert "no OCDS files" in empty_tally("import", "ocds", tmp_path, exit_code=1).stderr
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert "nothing to read" in empty_tally("import", "ocds", broken, exit_code=1).stderr
    assert "no/such/folder" in empty_tally("import", "ocds", broken, "--report", "no/such/folder/rows", exit_code=1).stderr


@needs_data
def test_jalisco_and_the_fictional_process_can_be_read_at_any_moment(empty_tally: Tally) -> None:
    done = empty_tally.json("import", "ocds", DATA / "jalisco-mx", DATA / "fictional")
    assert done["total"]["contracts_new"] >= 21
    assert done["total"]["payments"] >= 24
    assert {name.split("/")[0] for name in done["publishers"]} >= {"SEPAF", "Open Data Services Co-operative Limited"}
    found = empty_tally.json("contracts", "--all", "--sort", "paid", "--desc")["contracts"]
    paid = next(c for c in found if c["publisher"].startswith("SEPAF") and c["paid"] and c["paid"]["amount"] != "0.00")
    history = empty_tally.json("history", paid["id"])["entries"]
    payment = next(entry for entry in history if entry["fact"].startswith("contract.payment_recorded"))
    amounts = [
        empty_tally.json("show", paid["id"], *when)["paid"]["amount"]
        for when in (("--version", payment["version"] - 1), ("--version", payment["version"]), ())
    ]
    assert float(amounts[0]) < float(amounts[1]) <= float(amounts[2])
    changed = empty_tally.json("diff", paid["id"], "--from", payment["version"] - 1, "--to", payment["version"])["changes"]
    assert any(change["path"].startswith("payments.") for change in changed)
    assert empty_tally.json("replay", "--check")["matches"] is True


def test_the_ledger_is_written_out_and_read_back_the_same(empty_tally: Tally, release: Path, tmp_path: Path) -> None:
    empty_tally("import", "ocds", release)
    written = empty_tally.json("export", "ocds", tmp_path / "out.jsonl")
    assert written["contracts"] == empty_tally.json("contracts")["count"] > 0
    again = empty_tally.json("import", "ocds", tmp_path / "out.jsonl", "--dry-run")
    assert again["total"]["contracts_unchanged"] == written["contracts"]
    assert "were written to" in empty_tally("export", "ocds", tmp_path / "folder").stderr
    assert len(list((tmp_path / "folder").glob("*.json"))) == written["packages"]
