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
    from infra.kafka.settings import KafkaSettings
    from infra.opening import Opened

_FIRST_RETRY_S = 0.5
_LONGEST_RETRY_S = 30.0

_log = logging.getLogger(__name__)


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


def _keep(it: Opened, settings: KafkaSettings, stopping: threading.Event) -> None:
    """Whatever goes wrong is said, once for as long as it is the same, and tried again."""
    from consumers.shared import watch

    retry_s, told = _FIRST_RETRY_S, ""
    while not stopping.is_set():
        try:
            watch(it, settings, stopping)
        except Exception as error:  # noqa: BLE001 - tried again in a while
            if str(error) != told:
                _log.warning("alerts: tried again until it works: %s: %s", type(error).__name__, error)
            told = str(error)
            stopping.wait(retry_s)
            retry_s = min(2 * retry_s, _LONGEST_RETRY_S)


def main() -> None:
    """Runs until the pipe closes, which it does when the process at its other end is gone. HOW says if the broker is `embedded`."""
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
        _keep(it, settings, stopping)


if __name__ == "__main__":
    main()
