"""A watcher of alerts that is killed at a named point: a program of its own, for tests to start."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from consumers import alerts
from infra.followed import ConsumerBookmark
from infra.opening import closing_all, connect
from infra.schema import Names
from tests.keys import MASTER


def die(*_: Any) -> None:  # noqa: ANN401 - whatever it stands for was given
    """As a power cut would have it."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(dsn: str, ledger: str, point: str) -> None:
    """Watches the log; dies after the first alert, or between the last and the bookmark."""
    with closing_all(connect(dsn, Names(ledger), as_role=True, master=MASTER)) as opened:
        if point == "after an alert":
            handle = opened.ledger.handle

            def dying(*given: Any) -> None:  # noqa: ANN401 - what it stands for
                handle(*given)
                die()

            opened.ledger.handle = dying  # type: ignore[method-assign,assignment]
        else:
            ConsumerBookmark.move = die  # type: ignore[method-assign,assignment]
        alerts.run_once(opened)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
