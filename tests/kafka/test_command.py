"""`tally relay` as it is typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid

import pytest
from typer.testing import CliRunner, Result

from domain.contract.drafting import Note
from infra.ledger import CONTRACT, Envelope
from scripts.tally import app
from tests.infra.test_ledger import ALICE, DRAFT
from tests.kafka.reading import Topics
from tests.keys import MASTER


def around(topics: Topics) -> dict[str, str]:
    """The environment of commands on the test's ledger."""
    return {
        "TALLY_DATABASE_URL": topics.opened.admin_dsn,
        "TALLY_MASTER_KEY": str(MASTER),
        "TALLY_LEDGER": topics.opened.names.ledger,
        "TALLY_KAFKA_BOOTSTRAP": ",".join(topics.settings.bootstrap),
        "TALLY_KAFKA_PARTITIONS": str(topics.settings.partitions),
    }


def test_once_publishes_what_there_is_and_ends(topics: Topics) -> None:
    for command in (DRAFT, Note(text="1"), Note(text="2")):
        topics.opened.ledger.handle(CONTRACT, "x", command, Envelope(ALICE, uuid.uuid4().hex))
    typed = [sys.executable, "-m", "scripts.tally", "relay", "--once", "--json"]
    ran = subprocess.run(typed, env={**os.environ, **around(topics)}, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, json.loads(ran.stdout)) == (0, {"position": 3, "published": 3}), ran.stderr
    assert topics.check() == 3


@pytest.mark.parametrize(
    ("words", "bootstrap", "code", "said"),
    [
        (("--rebuild", "--from", "2"), "kafka:9092", 2, "leave --from away"),
        (("--from", "0"), "kafka:9092", 2, "--from"),
        (("--once",), "", 1, "TALLY_KAFKA_BOOTSTRAP does not say where Kafka is"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    words: tuple[str, ...], bootstrap: str, code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLY_KAFKA_BOOTSTRAP", bootstrap)
    ran = CliRunner().invoke(app, ["relay", *words], prog_name="tally")
    assert (ran.exit_code, len(ran.stderr.splitlines())) == (code, 1), ran.output
    assert said in ran.stderr


def tally(*words: str) -> Result:
    """Runs a command that has to succeed."""
    ran = CliRunner().invoke(app, list(words), prog_name="tally")
    assert ran.exit_code == 0, ran.output
    return ran


def test_topics_say_what_is_published_and_what_is_not_yet(topics: Topics, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in around(topics).items():
        monkeypatch.setenv(name, value)
    ledger = topics.opened.ledger
    for n in range(4):
        ledger.handle(CONTRACT, "x", Note(text=f"{n}") if n else DRAFT, Envelope(ALICE, uuid.uuid4().hex))
    before = tally("topics")
    assert "no position yet; the ledger ends at 4" in before.stderr
    topics.relay()
    ledger.handle(CONTRACT, "x", Note(text="later"), Envelope(ALICE, uuid.uuid4().hex))
    told = json.loads(tally("topics", "--sample", "2", "--json").stdout)
    contracts, *others = [one for one in told["topics"] if not one["topic"].endswith(".state")]
    assert (told["position"], told["head"], contracts["entries"], contracts["behind"]) == (4, 5, 4, 1)
    assert [(one["position"], one["key"], one["value"]) for one in contracts["samples"]] == [
        (3, "contract-x", {"text": "2"}),
        (4, "contract-x", {"text": "3"}),
    ]
    assert all((one["entries"], one["behind"], one["samples"]) == (0, 0, []) for one in others)
    states = {one["topic"].removesuffix(".state").split(".")[-1]: one for one in told["topics"] if one["topic"].endswith(".state")}
    assert [(name, one["entries"], one["behind"]) for name, one in states.items()] == [("contracts", 1, 1), ("parties", 0, 0)]
    assert [(one["position"], one["value"]["version"]) for one in states["contracts"]["samples"]] == [(4, 4)]
    shown = tally("topics").stdout.splitlines()[1]
    assert shown.split() == [topics.names[0], "4", "1", "contract-x", "contract.noted", "at", "4"]
