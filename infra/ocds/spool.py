"""Releases on their way from files to the ledger: kept on disk, so that those of one process come out together and in order."""

from __future__ import annotations

import pickle
import sqlite3
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec

from infra.ocds.mapping import Provenance
from infra.ocds.parties import Organisation
from infra.ocds.read import Release

# What mapping looks at, in any language (`title_en`): the rest of a release, often nine tenths of it, stays in its file.
KEPT = ("language", "tag", "buyer", "parties", "contracts")
KEPT_OF_AWARDS = ("id", "title", "date", "suppliers")
KEPT_OF_TENDER = ("title", "procuringEntity", "mainProcurementCategory")
UNDATED = "~"

_RELEASES = """
CREATE TABLE release (publisher TEXT, ocid TEXT, released TEXT, published TEXT, release_id TEXT, seq INTEGER PRIMARY KEY,
                      file TEXT, path TEXT, contracts INTEGER, body BLOB)
"""
# Newest last, undated ones at the very end; of two that bear the same dates and id, the one found later counts and comes first.
_IN_ORDER = "CREATE INDEX in_order ON release (publisher, ocid, released, published, release_id, seq DESC)"
_MENTIONS = """
CREATE TABLE mention (party TEXT, released TEXT, details BLOB, publisher TEXT, PRIMARY KEY (party, released, details, publisher))
    WITHOUT ROWID
"""


class Spooled(NamedTuple):
    """A release as it comes out: where it was found, and what of it mapping needs."""

    provenance: Provenance
    path: str
    body: dict[str, Any]


class Mention(NamedTuple):
    """What a publisher's release of a day said of a party. `released_at` is None where it bears no date."""

    publisher: str
    released_at: datetime | None
    organisation: Organisation


class Waiting(NamedTuple):
    """A process whose releases wait, and how many entries for contracts are in them."""

    publisher: str
    ocid: str
    contracts: int


class Spool:
    """A temporary database, gone at the end of the `with`. One thread fills it; then any may take out and mention."""

    def __enter__(self) -> Self:
        """Makes it, in the folder for temporary files."""
        self._folder = tempfile.TemporaryDirectory(prefix="tally-ocds-")
        self._path = Path(self._folder.name)
        self._releases = self._open("releases", _RELEASES)
        self._mentions = self._open("mentions", _MENTIONS)
        self._mentioning = threading.Lock()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Removes it."""
        self._releases.close()
        self._mentions.close()
        self._folder.cleanup()

    def _open(self, name: str, table: str) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path / name, isolation_level=None, check_same_thread=False)
        # Nothing here outlives the process, so nothing has to survive a crash.
        connection.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {table}")
        connection.execute("BEGIN")
        return connection

    def put(self, release: Release, provenance: Provenance) -> None:
        """Keeps what mapping needs of a release. Raises RecursionError for one that is nested too deep."""
        body = needed(release.node.value)
        contracts = body.get("contracts")
        self._releases.execute(
            "INSERT INTO release VALUES (?, ?, ?, ?, ?, NULL, ?, ?, ?, ?)",
            (
                release.publisher,
                release.ocid,
                sortable(provenance.released_at),
                sortable(provenance.published_at or provenance.released_at),
                provenance.release_id,
                release.file,
                release.node.path,
                len(contracts) if isinstance(contracts, list) else int(bool(contracts)),
                zlib.compress(pickle.dumps((body, provenance), pickle.HIGHEST_PROTOCOL), 1),
            ),
        )

    def filled(self) -> int:
        """Ends filling. Answers how many entries for contracts there are."""
        self._releases.execute(_IN_ORDER)
        self._releases.execute("COMMIT")
        (total,) = self._releases.execute("SELECT coalesce(sum(contracts), 0) FROM release").fetchone()
        return int(total)

    def processes(self) -> Iterator[Waiting]:
        """The processes that have contracts."""
        found = self._releases.execute("SELECT publisher, ocid, sum(contracts) AS n FROM release GROUP BY publisher, ocid HAVING n > 0")
        return map(Waiting._make, found)

    def releases(self, process: Waiting) -> Iterator[Spooled]:
        """A process's releases in order, one at a time."""
        with closing(sqlite3.connect(self._path / "releases")) as connection:
            for path, packed in connection.execute(
                "SELECT path, body FROM release WHERE publisher = ? AND ocid = ? ORDER BY released, published, release_id, seq DESC",
                (process.publisher, process.ocid),
            ):
                # Written by this very process, into a folder that only its user can open.
                body, provenance = pickle.loads(zlib.decompress(packed))  # noqa: S301
                yield Spooled(provenance, path, body)

    def mention(self, publisher: str, released_at: datetime | None, organisation: Organisation) -> None:
        """Notes what a release says of a party; saying it again on the same day changes nothing."""
        row = (organisation.party_id, sortable(released_at), msgspec.json.encode(organisation), publisher)
        with self._mentioning:
            self._mentions.execute("INSERT OR IGNORE INTO mention VALUES (?, ?, ?, ?)", row)

    def parties(self) -> int:
        """How many parties were mentioned."""
        (total,) = self._mentions.execute("SELECT count(DISTINCT party) FROM mention").fetchone()
        return int(total)

    def mentions(self) -> Iterator[list[Mention]]:
        """What was said of each party, one party at a time: oldest first, undated last."""
        found = self._mentions.execute(
            "SELECT party, released, details, publisher FROM mention ORDER BY party, released, details, publisher"
        )
        for _, rows in groupby(found, itemgetter(0)):
            yield [
                Mention(
                    publisher,
                    None if released == UNDATED else datetime.fromisoformat(released),
                    msgspec.json.decode(details, type=Organisation),
                )
                for _, released, details, publisher in rows
            ]


def sortable(moment: datetime | None) -> str:
    """A moment as text that sorts by time; none at all sorts last."""
    return UNDATED if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def needed(release: dict[str, Any]) -> dict[str, Any]:
    """The parts of a release that mapping looks at."""
    body = {key: release[key] for key in KEPT if key in release}
    tender, awards = release.get("tender"), release.get("awards")
    if isinstance(tender, dict):
        body["tender"] = {key: tender[key] for key in tender if key.startswith(KEPT_OF_TENDER)}
    if isinstance(awards, list):
        body["awards"] = [{key: a[key] for key in a if key.startswith(KEPT_OF_AWARDS)} if isinstance(a, dict) else a for a in awards]
    elif awards is not None:
        body["awards"] = awards
    return body
