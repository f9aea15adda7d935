"""Published data, and ledgers to import it into."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from infra.ledger import Ledger
from infra.opening import closing_all, connect
from infra.schema import install
from tests.conftest import Clock
from tests.keys import MASTER
from tests.ledgers import drop


@pytest.fixture(scope="session")
def published() -> Path:
    """The folder of real publications: $TALLY_SHARED_DATA/ocds, or ../shared/data/ocds beside the repository."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("TALLY_SHARED_DATA") or beside) / "ocds"
    if not folder.is_dir():
        pytest.skip("There is no real OCDS data here: set TALLY_SHARED_DATA to the folder that holds `ocds/`.")
    return folder


@pytest.fixture
def new_ledger(postgres: str, clock: Clock) -> Iterator[Callable[[], Ledger]]:
    """Makes empty ledgers."""
    with ExitStack() as held:

        def make() -> Ledger:
            names = install(postgres, f"t{uuid.uuid4().hex[:12]}")
            held.callback(drop, postgres, names)
            return held.enter_context(closing_all(connect(postgres, names, as_role=True, master=MASTER, clock=clock))).ledger

        yield make
