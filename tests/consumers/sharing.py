"""Members of the group that shares the alert rules, in processes of their own, which are forked as relays are."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress

from kafka.errors import KafkaError

from consumers.shared import watch
from infra.kafka import group
from infra.kafka.brokers import BrokersSilent
from infra.kafka.settings import KafkaSettings
from infra.opening import connect
from infra.schema import Names
from tests.kafka.relaying import main
from tests.keys import MASTER


def share(dsn: str, name: str, brokers: str, partitions: str) -> None:
    """A member like any other, until it is killed, which is noticed sooner than it would be elsewhere."""
    group.SESSION_MS = 3_000  # type: ignore[misc]
    opened = connect(dsn, Names(name), as_role=True, master=MASTER)
    while True:
        with suppress(KafkaError, BrokersSilent):
            watch(opened, KafkaSettings(tuple(brokers.split(",")), partitions=int(partitions)), threading.Event())


if __name__ == "__main__":
    main(sys.argv[1:], share)
