"""One of several processes that share the alert rules: for a `tally up`, `python -m scripts.cli.watching PIPE HOW`."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from scripts.cli.relay import as_embedded, kafka_settings
from scripts.cli.session import the_ledger
from scripts.cli.streaming import EMBEDDED
from scripts.cli.terminal import Stopped

if TYPE_CHECKING:
    from consumers.alerts import Watching


def watch_until_told() -> Watching:
    """Until SIGINT or SIGTERM. Stops with a sentence where the brokers do not answer."""
    from kafka.errors import KafkaError

    from consumers.shared import watch
    from infra.kafka.brokers import BrokersSilent
    from infra.kafka.heard import because

    settings, stopping = kafka_settings(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with the_ledger() as it:
        try:
            return watch(it, settings, stopping)
        except (KafkaError, BrokersSilent) as error:
            raise Stopped(f"Kafka does not answer: {because(error)}.") from error


def main() -> None:
    """Runs until the pipe closes, which it does when the process at its other end is gone. HOW says if the broker is `embedded`."""
    from consumers.running import keep_trying
    from consumers.shared import watch
    from infra.kafka.heard import because

    # Requests and views come first.
    os.nice(5)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    pipe, settings, stopping = int(sys.argv[1]), kafka_settings(), threading.Event()
    if sys.argv[2] == EMBEDDED:
        settings = as_embedded(settings)

    def end_with_parent() -> None:
        os.read(pipe, 1)
        stopping.set()

    threading.Thread(target=end_with_parent, daemon=True).start()
    with the_ledger() as it:
        keep_trying("alerts", lambda: watch(it, settings, stopping), stopping, because)


if __name__ == "__main__":
    main()
