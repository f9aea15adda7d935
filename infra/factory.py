"""Lets an application of the `eventsourcing` library keep its events in a ledger: PERSISTENCE_MODULE=infra.factory."""

from __future__ import annotations

from typing import Any

from eventsourcing.persistence import InfrastructureFactory, NotSupportedError
from eventsourcing.utils import Environment, resolve_topic

from infra.connections import Connections
from infra.recorder import LedgerAggregateRecorder, LedgerApplicationRecorder, LedgerProcessRecorder
from infra.schema import install
from infra.settings import Settings, SettingsError
from infra.store import Store


class Factory(InfrastructureFactory[LedgerProcessRecorder]):
    """Makes recorders over the store that TALLY_DATABASE_URL and TALLY_LEDGER name; `<APPLICATION>_TALLY_LEDGER` goes before."""

    def __init__(self, env: Environment | dict[str, str] | None) -> None:
        """Makes the ledger unless it is there. Raises SettingsError, and what install() raises."""
        super().__init__(env)
        settings = Settings.from_environment({name: self.env.get(name, "") for name in ("TALLY_DATABASE_URL", "TALLY_LEDGER")})
        if settings.database_url is None:
            message = "TALLY_DATABASE_URL names no server; an application of the library cannot start the embedded one"
            raise SettingsError(message)
        names = install(settings.database_url, settings.ledger)
        self.store = Store(Connections(settings.database_url, role=names.app), names.ledger)

    def aggregate_recorder(self, purpose: str = "events") -> LedgerAggregateRecorder:
        """Raises NotSupportedError for snapshots: a ledger holds nothing but entries."""
        if purpose != "events":
            message = f"a ledger does not keep {purpose}"
            raise NotSupportedError(message)
        return LedgerAggregateRecorder(self.store)

    def application_recorder(self) -> LedgerApplicationRecorder:
        """The log as the library's application sequence."""
        return LedgerApplicationRecorder(self.store)

    def tracking_recorder(self, tracking_recorder_class: type[LedgerProcessRecorder] | None = None) -> LedgerProcessRecorder:
        """Of the given class, or of the one that TRACKING_RECORDER_TOPIC names."""
        topic = self.env.get(self.TRACKING_RECORDER_TOPIC)
        made: Any = tracking_recorder_class or (resolve_topic(topic) if topic else LedgerProcessRecorder)
        recorder: LedgerProcessRecorder = made(self.store)
        return recorder

    def process_recorder(self) -> LedgerProcessRecorder:
        """Events with bookmarks."""
        return LedgerProcessRecorder(self.store)

    def close(self) -> None:
        """Closes the connections."""
        self.store.connections.close()
