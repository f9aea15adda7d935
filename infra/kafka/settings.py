"""Which Kafka the ledger is published to, as the environment says."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from infra.settings import SettingsError

_VARIABLE = "TALLY_KAFKA_"
# What is handed on to the client as it is, under the client's own names.
_HANDED_ON = {
    "SECURITY_PROTOCOL": "security_protocol",
    "SASL_MECHANISM": "sasl_mechanism",
    "SASL_USERNAME": "sasl_plain_username",
    "SASL_PASSWORD": "sasl_plain_password",
    "SSL_CAFILE": "ssl_cafile",
    "SSL_CERTFILE": "ssl_certfile",
    "SSL_KEYFILE": "ssl_keyfile",
    "SSL_PASSWORD": "ssl_password",
}
_PREFIX = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """Where the brokers are and how topics are made there. `client` may hold a password and is left out of the repr.

    `partitions` is how many each topic has, for ever: with another number, streams would move to other partitions and lose
    their order. `replication` is how many brokers keep each partition; -1 leaves that to the brokers. `embedded`: the broker holds
    nothing but what it was filled with from this ledger, and promises less than Apache Kafka does.
    """

    bootstrap: tuple[str, ...]
    client: Mapping[str, Any] = field(default_factory=dict, repr=False)
    prefix: str = "tally"
    partitions: int = 6
    replication: int = -1
    embedded: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Reads the variables TALLY_KAFKA_*; an empty one counts as absent. Raises SettingsError when one of them cannot be used."""
        given = {name.removeprefix(_VARIABLE): said.strip() for name, said in environ.items() if name.startswith(_VARIABLE)}
        bootstrap = tuple(filter(None, (one.strip() for one in given.get("BOOTSTRAP", "").split(","))))
        if bootstrap in ((), ("none",), ("embedded",)):
            said = "is 'embedded', and no `tally up` has such a broker here" if "embedded" in bootstrap else "does not say where Kafka is"
            message = f"{_VARIABLE}BOOTSTRAP {said}. Give it one or more brokers, such as kafka-1:9092,kafka-2:9092."
            raise SettingsError(message)
        return cls(
            bootstrap,
            {name: given[variable] for variable, name in _HANDED_ON.items() if given.get(variable)},
            _prefix(given.get("PREFIX") or "tally"),
            _count("PARTITIONS", given.get("PARTITIONS") or "6"),
            _count("REPLICATION", given["REPLICATION"]) if given.get("REPLICATION") else -1,
        )


def _prefix(given: str) -> str:
    if _PREFIX.fullmatch(given) and len(given) <= 100:  # noqa: PLR2004 - Kafka takes names of 249 characters in all
        return given
    message = f"{_VARIABLE}PREFIX is {given!r}; use letters, digits, hyphens and single dots in between, such as 'tally'."
    raise SettingsError(message)


def _count(variable: str, given: str) -> int:
    if re.fullmatch("[1-9][0-9]{0,3}", given):
        return int(given)
    message = f"{_VARIABLE}{variable} is {given!r}. Give a whole number from 1 to 9999."
    raise SettingsError(message)
