"""The process of a `tally up` that runs the relay: `python -m scripts.cli.relaying PIPE HOW`."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import Final

# Somebody has to look, and may have done so meanwhile.
_STOPPED_S: Final = 30.0

_log = logging.getLogger(__name__)


class _Told:
    """Tells what goes wrong, once for as long as it is the same."""

    _last = ""

    def __call__(self, said: str) -> None:
        """One more time."""
        if said != self._last:
            _log.warning("the relay: %s", said)
        self._last = said


def main() -> None:
    """Runs until the pipe closes, which it does when the process at its other end is gone. HOW says if the broker is `embedded`."""
    # Requests and views come first, also while this one is being loaded.
    os.nice(5)
    from infra.kafka.relay import Relay
    from infra.kafka.standing import RelayStopped
    from projections.states import ALL_STATES
    from scripts.cli.relay import as_embedded, kafka_settings
    from scripts.cli.session import the_ledger
    from scripts.cli.streaming import EMBEDDED

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    pipe, settings = int(sys.argv[1]), kafka_settings()
    if sys.argv[2] == EMBEDDED:
        settings = as_embedded(settings)
    stopping = threading.Event()

    def end_with_parent() -> None:
        os.read(pipe, 1)
        stopping.set()

    threading.Thread(target=end_with_parent, daemon=True).start()
    told = _Told()
    with the_ledger() as it:
        while not stopping.is_set():
            try:
                Relay(it, settings, ALL_STATES, stopping=stopping, failed=told).run()
            except RelayStopped as error:
                told(f"it stands: {error}")
                stopping.wait(_STOPPED_S)


if __name__ == "__main__":
    main()
