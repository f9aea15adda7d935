"""`tally relay` as it is typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid

import pytest

from domain.contract.drafting import Note
from infra.ledger import CONTRACT, Envelope
from tests.infra.test_ledger import ALICE, DRAFT
from tests.kafka.reading import Topics
from tests.keys import MASTER


def tally(topics: Topics, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs it on the test's ledger."""
    around = {
        "TALLY_DATABASE_URL": topics.opened.admin_dsn,
        "TALLY_MASTER_KEY": str(MASTER),
        "TALLY_LEDGER": topics.opened.names.ledger,
        "TALLY_KAFKA_BOOTSTRAP": ",".join(topics.settings.bootstrap),
        "TALLY_KAFKA_PARTITIONS": str(topics.settings.partitions),
    }
    command = [sys.executable, "-m", "scripts.tally", *words]
    return subprocess.run(command, env=os.environ | around | environment, capture_output=True, text=True, timeout=60, check=False)


def test_once_publishes_what_there_is_and_ends(topics: Topics) -> None:
    for command in (DRAFT, Note(text="1"), Note(text="2")):
        topics.opened.ledger.handle(CONTRACT, "x", command, Envelope(ALICE, uuid.uuid4().hex))
    ran = tally(topics, "relay", "--once", "--json")
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
def test_what_cannot_be_done_is_one_sentence(topics: Topics, words: tuple[str, ...], bootstrap: str, code: int, said: str) -> None:
    ran = tally(topics, "relay", *words, TALLY_KAFKA_BOOTSTRAP=bootstrap)
    assert (ran.returncode, len(ran.stderr.splitlines())) == (code, 1), ran.stderr
    assert said in ran.stderr


def test_topics_say_what_is_published_and_what_is_not_yet(topics: Topics) -> None:
    ledger = topics.opened.ledger
    for n in range(4):
        ledger.handle(CONTRACT, "x", Note(text=f"{n}") if n else DRAFT, Envelope(ALICE, uuid.uuid4().hex))
    before = tally(topics, "topics")
    assert before.returncode == 0, before.stderr
    assert "no position yet; the ledger ends at 4" in before.stderr
    topics.relay()
    ledger.handle(CONTRACT, "x", Note(text="later"), Envelope(ALICE, uuid.uuid4().hex))
    told = json.loads(tally(topics, "topics", "--sample", "2", "--json").stdout)
    contracts, *others = told["topics"]
    assert (told["position"], told["head"], contracts["entries"], contracts["behind"]) == (4, 5, 4, 1)
    assert [(one["position"], one["key"], one["value"]) for one in contracts["samples"]] == [
        (3, "contract-x", {"text": "2"}),
        (4, "contract-x", {"text": "3"}),
    ]
    assert all((one["entries"], one["behind"], one["samples"]) == (0, 0, []) for one in others)
    shown = tally(topics, "topics").stdout.splitlines()[1]
    assert shown.split() == [topics.names[0], "4", "1", "contract-x", "contract.noted", "at", "4"]
