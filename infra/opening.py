"""Opens the ledger that the settings name: its server, its schema, its connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from infra import embedded
from infra.connections import Connections
from infra.documents import Documents
from infra.keyring import Keyring
from infra.ledger import Ledger
from infra.master_key import MasterKey
from infra.schema import Names, install
from infra.sealing import Sealing
from infra.settings import Settings
from infra.store import Store
from infra.witness import Witness


def utc_now() -> datetime:
    """The server's clock: the only one that a command is ever dated by."""
    return datetime.now(UTC)


class Reopening(NamedTuple):
    """How another process on this machine gets at the same ledger."""

    dsn: str
    names: Names
    as_role: bool
    master: Path | None

    @contextmanager
    def reading(self) -> Iterator[Store]:
        """The ledger's entries, over connections of their own. The server is whoever's it was."""
        it = connect(self.dsn, self.names, as_role=self.as_role, master=self.master)
        with closing_all(it):
            yield it.store


@dataclass(frozen=True, slots=True)
class Opened:
    """An open ledger. `admin_dsn` is for set-up and doctor; `views` are the connections that write views.

    Commands of people go through its witness; those that the program makes itself go to the ledger. `again` is for other processes.
    """

    names: Names
    admin_dsn: str
    ledger: Ledger
    views: Connections
    documents: Documents
    witness: Witness
    again: Reopening

    @property
    def store(self) -> Store:
        """The ledger's entries."""
        return self.ledger.store


def connect(  # noqa: PLR0913 - each of the last three has its default
    dsn: str,
    names: Names,
    *,
    as_role: bool,
    clock: Callable[[], datetime] = utc_now,
    documents: Documents | None = None,
    master: Path | None = None,
) -> Opened:
    """Connects to a ledger that is installed. `as_role`: sign in as its roles, as the embedded server lets us.

    Without `documents` it has no place for any; without the file of the `master` key it takes and shows no personal data.
    """
    app = Connections(dsn, role=names.app, as_role=as_role, size=48, settings="-c lock_timeout=10s")
    views = Connections(dsn, role=names.view, as_role=as_role)
    keyring = Keyring(app, names.keys, MasterKey(master))
    ledger = Ledger(Store(app, names.ledger, Sealing(keyring)), clock=clock, keyring=keyring)
    return Opened(names, dsn, ledger, views, documents or Documents(None), Witness(ledger), Reopening(dsn, names, as_role, master))


@contextmanager
def opened(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> Iterator[Opened]:
    """The ledger of the settings, made if it is not there; the embedded server runs at least as long as the `with`.

    Raises StoreUnavailable, NotDurable, EmbeddedPostgresError.
    """
    documents = Documents(settings.documents, max_size=settings.max_document_bytes)
    if settings.database_url is not None:
        names = install(settings.database_url, settings.ledger)
        it = connect(settings.database_url, names, as_role=False, clock=clock, documents=documents, master=settings.master_key)
        with closing_all(it):
            yield it
        return
    with embedded.running(settings.home) as url:
        names = install(url, settings.ledger)
        with closing_all(connect(url, names, as_role=True, clock=clock, documents=documents, master=settings.master_key)) as it:
            yield it


@contextmanager
def closing_all(it: Opened) -> Iterator[Opened]:
    """Closes the connections at the end."""
    try:
        yield it
    finally:
        it.store.connections.close()
        it.views.close()
