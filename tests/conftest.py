"""A real PostgreSQL for the whole run, a ledger of its own for each test."""

from __future__ import annotations

import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra import embedded
from infra.documents import Documents
from infra.ledger import Ledger
from infra.opening import Opened, closing_all, connect
from infra.schema import install
from tests.keys import MASTER
from tests.ledgers import drop

if TYPE_CHECKING:
    from tests.kafka.broker import Broker
    from tests.kafka.reading import Topics


def pytest_configure() -> None:
    """Ctrl-C reaches what tests start also where the run itself was started in a shell's background, which has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class Clock:
    """A clock that the test moves; each look is a millisecond later."""

    def __init__(self, start: datetime) -> None:
        """Starts at an aware moment."""
        self.now = start

    def __call__(self) -> datetime:
        """The next moment."""
        self.now += timedelta(milliseconds=1)
        return self.now


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The DSN of a superuser of an embedded server that ends with the run."""
    # Not under pytest's own directory: that one is closed to the user as whom the server runs.
    home = Path(tempfile.mkdtemp(prefix="tally-test-"))
    try:
        with embedded.running(home) as url:
            yield url
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def clock() -> Clock:
    """The test's clock, on a day in the past."""
    return Clock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


@pytest.fixture
def opened(postgres: str, clock: Clock, tmp_path: Path) -> Iterator[Opened]:
    """A new ledger on the test's clock, with its connections."""
    names = install(postgres, f"t{uuid.uuid4().hex[:12]}")
    with closing_all(connect(postgres, names, as_role=True, master=MASTER, clock=clock, documents=Documents(tmp_path / "documents"))) as it:
        yield it
    drop(postgres, names)


@pytest.fixture
def ledger(opened: Opened) -> Ledger:
    """A new ledger on the test's clock."""
    return opened.ledger


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """Apache Kafka for the whole run. Whoever breaks it starts it again."""
    from tests.kafka.broker import missing, own_broker

    lacking = missing()
    if lacking:
        pytest.skip(lacking)
    with own_broker() as it:
        yield it


@pytest.fixture
def topics(broker: Broker, opened: Opened) -> Topics:
    """What the broker holds of the test's ledger."""
    from infra.kafka.settings import KafkaSettings
    from tests.kafka.reading import Topics

    return Topics(opened, KafkaSettings((broker.bootstrap,), partitions=2))
