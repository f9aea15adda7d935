"""Imports in a process of its own, for a test that kills it: `python -m tests.ocds.crashing DSN LEDGER FOLDER`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from infra.opening import closing_all, connect
from infra.schema import install
from tests.keys import MASTER
from tests.ocds.making import import_files

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def main(dsn: str, ledger: str, folder: str) -> None:
    """Says `begun` once the ledger is open."""
    with closing_all(connect(dsn, install(dsn, ledger), as_role=True, master=MASTER, clock=lambda: NOW)) as it:
        print("begun", flush=True)  # noqa: T201 - heard by the test
        import_files(it.ledger, Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
