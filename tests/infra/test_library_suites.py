"""The suites that the `eventsourcing` library ships for whoever implements its persistence, on our recorders."""

from __future__ import annotations

import uuid
from typing import ClassVar

import pytest
from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import IntegrityError, NotSupportedError
from eventsourcing.tests import persistence as suites
from eventsourcing.utils import Environment

from infra.factory import Factory
from infra.opening import Opened
from infra.recorder import (
    LedgerAggregateRecorder,
    LedgerApplicationRecorder,
    LedgerProcessRecorder,
)
from infra.settings import SettingsError
from tests.infra.entries import whole


class OnALedger:
    """Gives each test of a suite the ledger of the fixture, and names as the ledger has them."""

    opened: Opened

    @pytest.fixture(autouse=True)
    def _open(self, opened: Opened) -> None:
        self.opened = opened

    def new_originator_id(self) -> str:
        return str(uuid.uuid4())

    def tearDown(self) -> None:
        # Whatever numbers the suite has given, and in whatever order: the log is in order.
        whole(self.opened.store)


class TestAggregateRecorder(OnALedger, suites.AggregateRecorderTestCase):
    INITIAL_VERSION = 0

    def create_recorder(self) -> LedgerAggregateRecorder:
        return LedgerAggregateRecorder(self.opened.store, first_version=0)


class TestApplicationRecorder(OnALedger, suites.ApplicationRecorderTestCase[LedgerApplicationRecorder]):
    INITIAL_VERSION = 0

    def create_recorder(self) -> LedgerApplicationRecorder:
        return LedgerApplicationRecorder(self.opened.store, first_version=0)

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestProcessRecorderAsApplicationRecorder(OnALedger, suites.ApplicationRecorderTestCase[LedgerProcessRecorder]):
    INITIAL_VERSION = 0

    def create_recorder(self) -> LedgerProcessRecorder:
        return LedgerProcessRecorder(self.opened.store, first_version=0)

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTrackingRecorder(OnALedger, suites.TrackingRecorderTestCase):
    def create_recorder(self) -> LedgerProcessRecorder:
        return LedgerProcessRecorder(self.opened.store)


class TestProcessRecorder(OnALedger, suites.ProcessRecorderTestCase):
    def create_recorder(self) -> LedgerProcessRecorder:
        # This suite counts from 1 but where it measures.
        return LedgerProcessRecorder(self.opened.store, first_version=int(self._testMethodName != "test_performance"))


class TestNonInterleaving(OnALedger, suites.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> LedgerApplicationRecorder:
        return LedgerApplicationRecorder(self.opened.store, first_version=0)


class OtherRecorder(LedgerProcessRecorder):
    """A tracking recorder of somebody's own."""


class TestFactory(OnALedger, suites.InfrastructureFactoryTestCase[Factory]):
    @pytest.fixture(autouse=True)
    def _say(self, opened: Opened) -> None:
        self.env = Environment(
            env={
                "PERSISTENCE_MODULE": "infra.factory",
                "TALLY_DATABASE_URL": opened.admin_dsn,
                "TALLY_LEDGER": opened.names.ledger,
            }
        )

    def tearDown(self) -> None:
        self.factory.close()

    def expected_factory_class(self) -> type[Factory]:
        return Factory

    def expected_aggregate_recorder_class(self) -> type[LedgerAggregateRecorder]:
        return LedgerAggregateRecorder

    def expected_application_recorder_class(self) -> type[LedgerApplicationRecorder]:
        return LedgerApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[LedgerProcessRecorder]:
        return LedgerProcessRecorder

    def tracking_recorder_subclass(self) -> type[LedgerProcessRecorder]:
        return OtherRecorder

    def expected_process_recorder_class(self) -> type[LedgerProcessRecorder]:
        return LedgerProcessRecorder

    def test_snapshots_are_refused(self) -> None:
        with pytest.raises(NotSupportedError, match="does not keep snapshots"):
            self.factory.aggregate_recorder("snapshots")


class Tally(Aggregate):
    """An aggregate of the library's own kind."""

    def __init__(self) -> None:
        self.notches = 0

    @event("Notched")
    def notch(self) -> None:
        self.notches += 1


class Tallies(Application[uuid.UUID]):
    env: ClassVar[dict[str, str]] = {"PERSISTENCE_MODULE": "infra.factory"}


def test_an_application_of_the_library_runs_on_a_ledger(opened: Opened) -> None:
    with Tallies(env={"TALLY_DATABASE_URL": opened.admin_dsn, "TALLIES_TALLY_LEDGER": opened.names.ledger}) as tallies:
        tally = Tally()
        tally.notch()
        tally.notch()
        tallies.save(tally)
        stale: Tally = tallies.repository.get(tally.id)
        assert stale.notches == 2
        tally.notch()
        tallies.save(tally)
        stale.notch()
        with pytest.raises(IntegrityError):
            tallies.save(stale)
        with pytest.raises(AggregateNotFoundError):
            tallies.repository.get(uuid.uuid4())
        assert [item.id for item in tallies.notification_log.select(start=1, limit=10)] == [1, 2, 3, 4]
    assert [row.version for row in whole(opened.store)] == [1, 2, 3, 4]


def test_a_factory_without_a_server_says_so() -> None:
    with pytest.raises(SettingsError, match="TALLY_DATABASE_URL"):
        Factory({})
