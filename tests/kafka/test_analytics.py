"""The warehouse holds each entry once, whatever the topics repeat, and its figures are the ledger's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.keys import issue
from consumers.clock import Clock, house
from domain.access import Role
from domain.contract.drafting import Note
from domain.facts import FACTS
from infra import codec
from infra.kafka.relay import Orders
from infra.ledger import CONTRACT, Asker, Envelope
from infra.render import to_json
from projections.runner import Projectors
from scripts import demo
from scripts.analytics.loading import load
from scripts.analytics.stored import fact_of
from scripts.analytics.warehouse import EntryMissing, Warehouse
from scripts.tally import app
from tests.api.running import serving
from tests.conftest import Clock as Hand
from tests.infra.test_ledger import ALICE
from tests.kafka.reading import Topics
from tests.kafka.test_command import around

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("name", sorted(f"{name}@{kind.SCHEMA}" for name, kind in FACTS.items()))
def test_a_records_value_is_read_back_as_the_fact_that_it_was(name: str) -> None:
    fact = codec.decode(name, (GOLDEN / f"{name}.json").read_bytes())
    value: Any = to_json(fact)
    assert fact_of(fact.NAME, {**value, "of_a_later_version": 1}) == fact


@pytest.fixture
def told(topics: Topics, clock: Hand, monkeypatch: pytest.MonkeyPatch) -> Topics:
    """The demonstration portfolio, with the days that passed over it."""
    clock.now = datetime(2026, 8, 1, 9, tzinfo=UTC)
    demo.write(topics.opened.ledger)
    Clock(topics.opened, house("7×24", "UTC")).tick()
    for name, value in around(topics).items():
        monkeypatch.setenv(name, value)
    return topics


@pytest.fixture
def door(told: Topics, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of the ledger's interface; the key is in the environment."""
    monkeypatch.setenv("TALLY_KEY", issue(told.opened, "analyst", list(Role), Asker("root", "local", "cli")))
    with Projectors(told.opened) as projectors, serving(told.opened, projectors) as port:
        # A request does not wait for as long as all views may take to come that far.
        assert all(projectors.wait_for(view, told.opened.store.head(), 60) for view in projectors.health())
        yield f"http://127.0.0.1:{port}"


def run(*words: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and what `--json` says."""
    ran = CliRunner().invoke(app, ["warehouse", *words, "--json"], prog_name="tally")
    return ran.exit_code, json.loads(ran.stdout) if ran.stdout else {"said": ran.stderr}


def test_the_figures_are_those_of_the_api(told: Topics, door: str, tmp_path: Path) -> None:
    told.relay()
    file = str(tmp_path / "warehouse.duckdb")
    assert run(file)[1]["compared"] is None
    told.opened.ledger.handle(CONTRACT, "demo-supplier-1", Note(text="later"), Envelope(ALICE, "later"))
    code, said = run(file, "--api", door, "--wait", "0")
    assert code == 1
    assert "Does `tally relay` run?" in said["said"]
    told.relay()
    code, said = run(file, "--api", door, "--on", "2026-06-30")
    assert (code, said["compared"]["same"], said["compared"]["differences"]) == (0, True, [])
    answers = said["answers"]
    assert {name: len(rows) > 0 for name, rows in answers.items()} == dict.fromkeys(("payments by month", "open", "penalties"), True)
    assert sum(Decimal(row["overdue"]) for row in answers["open"]) > 0
    with Warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        warehouse.ask(
            "UPDATE entries SET content = replace(content, '\"amount\":\"9', '\"amount\":\"8') WHERE fact LIKE '%payment_recorded'"
        )
    code, said = run(file, "--api", door)
    assert (code, said["compared"]["same"], {one["of"][0] for one in said["compared"]["differences"]}) == (1, False, {"paid"})


def test_what_is_published_twice_counts_once_and_a_gap_is_said(told: Topics, tmp_path: Path) -> None:
    told.relay()
    ledger = told.opened.names.ledger
    with Warehouse(tmp_path / "once.duckdb") as once, Warehouse(tmp_path / "twice.duckdb") as twice:
        assert load(once, told.settings, ledger) == (told.opened.store.head(), len(told.expected()))
        assert load(once, told.settings, ledger)[1] == 0
        told.relay(Orders(once=True, start=1))
        assert load(once, told.settings, ledger)[1] == 0
        assert load(twice, told.settings, ledger)[1] == len(told.expected())
        held = [one.ask("SELECT * FROM entries ORDER BY position") for one in (once, twice)]
        assert held[0] == held[1]
        assert [row[0] for row in held[0]] == [int(dict(one.headers)["ce_position"]) for one in told.expected()]
        # Topics that were filled anew are read anew; what is known is known by its position.
        told.relay(Orders(once=True, rebuild=True))
        assert load(once, told.settings, ledger)[1] == 0
        once.ask("DELETE FROM entries WHERE version = 2 AND stream = (SELECT max(stream) FROM contracts)")
        with pytest.raises(EntryMissing, match="lacks an entry"):
            load(once, told.settings, ledger)
