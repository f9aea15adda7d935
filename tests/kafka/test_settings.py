"""The environment says where Kafka is, and is told when it cannot be."""

from __future__ import annotations

import pytest

from infra.kafka.settings import KafkaSettings
from infra.settings import SettingsError


def test_one_variable_is_enough() -> None:
    settings = KafkaSettings.from_environment({"TALLY_KAFKA_BOOTSTRAP": " kafka-1:9092, kafka-2:9092 ", "TALLY_KAFKA_PREFIX": ""})
    assert settings == KafkaSettings(("kafka-1:9092", "kafka-2:9092"), {}, "tally", 6, -1)


def test_credentials_are_handed_to_the_client_and_shown_to_nobody() -> None:
    settings = KafkaSettings.from_environment(
        {
            "TALLY_KAFKA_BOOTSTRAP": "kafka:9093",
            "TALLY_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "TALLY_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "TALLY_KAFKA_SASL_USERNAME": "tally",
            "TALLY_KAFKA_SASL_PASSWORD": "s3cret",
            "TALLY_KAFKA_SSL_CAFILE": "/etc/ca.pem",
            "TALLY_KAFKA_PREFIX": "acme.contracts",
            "TALLY_KAFKA_PARTITIONS": "12",
            "TALLY_KAFKA_REPLICATION": "3",
        }
    )
    assert settings.client == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "tally",
        "sasl_plain_password": "s3cret",
        "ssl_cafile": "/etc/ca.pem",
    }
    assert (settings.prefix, settings.partitions, settings.replication) == ("acme.contracts", 12, 3)
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "given"),
    [
        ("BOOTSTRAP", " , "),
        ("PREFIX", "a..b"),
        ("PREFIX", "a_b"),
        ("PREFIX", "x" * 101),
        ("PARTITIONS", "0"),
        ("PARTITIONS", "six"),
        ("REPLICATION", "-1"),
    ],
)
def test_what_cannot_be_used_is_named(variable: str, given: str) -> None:
    with pytest.raises(SettingsError, match=f"TALLY_KAFKA_{variable}"):
        KafkaSettings.from_environment({"TALLY_KAFKA_BOOTSTRAP": "kafka:9092", f"TALLY_KAFKA_{variable}": given})
