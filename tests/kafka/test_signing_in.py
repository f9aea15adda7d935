"""The variables of the environment are what it takes to sign in to brokers that ask for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.kafka.settings import KafkaSettings
from infra.opening import Opened
from tests.infra.entries import entries, stamp
from tests.kafka.broker import PASSWORD, USER, Broker
from tests.kafka.certificates import Authority
from tests.kafka.reading import Topics
from tests.kafka.test_command import around

ROOT = Path(__file__).parents[2]


def by_password(broker: Broker, mechanism: str) -> dict[str, str]:
    """The environment of somebody with a name and a password, over TLS."""
    return {
        "TALLY_KAFKA_BOOTSTRAP": f"127.0.0.1:{broker.secure}",
        "TALLY_KAFKA_PARTITIONS": "2",
        "TALLY_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "TALLY_KAFKA_SASL_MECHANISM": mechanism,
        "TALLY_KAFKA_SASL_USERNAME": USER,
        "TALLY_KAFKA_SASL_PASSWORD": PASSWORD,
        "TALLY_KAFKA_SSL_CAFILE": str(broker.authority.file),
    }


def publishes(opened: Opened, environment: Mapping[str, str]) -> None:
    """A relay with these variables publishes, and a reader with the same reads it back."""
    topics = Topics(opened, KafkaSettings.from_environment(environment))
    opened.store.append(stamp(), entries("contract-x", 0, 5))
    assert topics.relay().published == 5
    assert topics.check() == 5


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_by_name_and_password_over_tls(opened: Opened, broker: Broker, mechanism: str) -> None:
    publishes(opened, by_password(broker, mechanism))


def test_by_a_certificate(opened: Opened, broker: Broker) -> None:
    certificate, key = broker.authority.sign("tally")
    environment = {
        "TALLY_KAFKA_BOOTSTRAP": f"127.0.0.1:{broker.mutual}",
        "TALLY_KAFKA_PARTITIONS": "2",
        "TALLY_KAFKA_SECURITY_PROTOCOL": "SSL",
        "TALLY_KAFKA_SSL_CAFILE": str(broker.authority.file),
        "TALLY_KAFKA_SSL_CERTFILE": str(certificate),
        "TALLY_KAFKA_SSL_KEYFILE": str(key),
    }
    publishes(opened, environment)


# In a process of its own, because the client library leaves the socket open on which nobody let it in; and not as patient as it is.
TOPICS = "from infra.kafka import brokers; brokers.ANSWER_MS = {patience_ms}; from scripts.tally import main; main()"


def refused(environment: Mapping[str, str], patience_ms: int = 2_000) -> subprocess.CompletedProcess[str]:
    """What `tally topics` says; asked with more patience where the brokers of a busy machine have not answered at all."""
    command = [sys.executable, "-c", TOPICS.format(patience_ms=patience_ms), "topics"]
    ran = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    return ran if "(" in ran.stderr or patience_ms > 2_000 else refused(environment, 30_000)


@pytest.mark.parametrize("what", ["SASL_PASSWORD", "SSL_CAFILE"])
def test_why_nobody_was_let_in_is_one_sentence(topics: Topics, broker: Broker, tmp_path: Path, what: str) -> None:
    value, said = {
        "SASL_PASSWORD": ("guessed", "(Authentication failed"),
        "SSL_CAFILE": (str(Authority(tmp_path, "somebody-else").file), "(Handshake failed: [SSL: CERTIFICATE_VERIFY_FAILED]"),
    }[what]
    environment = {**os.environ, **around(topics), **by_password(broker, "SCRAM-SHA-512"), f"TALLY_KAFKA_{what}": value}
    ran = refused(environment)
    assert (ran.returncode, ran.stdout, len(ran.stderr.splitlines())) == (1, "", 1), ran.stderr
    assert ran.stderr.startswith("Kafka does not answer: ")
    assert said in ran.stderr
    assert "guessed" not in ran.stderr
