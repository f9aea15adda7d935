"""The process of a `tally up` that runs its consumers: `python -m scripts.cli.consuming PIPE WHAT`.

PIPE is an inherited descriptor, WHAT is `everything`, or `unwatched` where other processes watch by the alert rules.
"""

from __future__ import annotations

import logging
import os
import sys


def main() -> None:
    """Runs until the pipe closes, which it does when the process at its other end is gone."""
    # Requests and views come first, also while this one is being loaded.
    os.nice(5)
    from consumers.clock import house
    from consumers.running import Consumers
    from infra.settings import Settings
    from scripts.cli.session import the_ledger

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings, watching = Settings.from_environment(), sys.argv[2] == "everything"
    with the_ledger() as it, Consumers(it, house(settings.calendar, settings.zone), settings.channels, watching=watching):
        os.read(int(sys.argv[1]), 1)


if __name__ == "__main__":
    main()
