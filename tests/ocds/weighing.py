"""Imports in a process of its own and says how much memory that took: `python -m tests.ocds.weighing DSN LEDGER FILE`."""

from __future__ import annotations

import resource
import sys
from datetime import UTC, datetime
from pathlib import Path

from infra.ocds.importer import import_paths
from infra.opening import closing_all, connect
from infra.schema import install
from tests.keys import MASTER
from tests.ocds.making import IMPORTER


def main(dsn: str, ledger: str, file: str) -> None:
    """Prints how many contracts there were and the peak in kilobytes."""
    with closing_all(connect(dsn, install(dsn, ledger), as_role=True, master=MASTER, clock=lambda: datetime(2026, 3, 2, tzinfo=UTC))) as it:
        done = import_paths(it.ledger, [Path(file)], asker=IMPORTER, dry_run=True)
    print(done.total.contracts_new, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # noqa: T201 - heard by the test


if __name__ == "__main__":
    main(*sys.argv[1:])
