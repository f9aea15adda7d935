"""Reads what append() wrote: one stream, the whole log, a command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from domain.facts import Entry
from infra.append import Appended, Appender, NewEntry, Stamp
from infra.codec import decode, decode_meta
from infra.connections import Connections

PAGE = 1_000


class Row(NamedTuple):
    """An entry as it is stored, before anything is decoded."""

    position: int
    stream: str
    version: int
    fact: str
    effective_at: datetime
    recorded_at: datetime
    command_id: str
    meta: str
    payload: str


COLUMNS = ", ".join(Row._fields)


class CommandRecord(NamedTuple):
    """What the store keeps of a command."""

    command_id: str
    input_hash: str
    first_position: int
    size: int
    recorded_at: datetime


def entry(row: Sequence[object]) -> Entry:
    """Decodes a row. Raises UnknownFact."""
    position, stream, version, fact, effective_at, recorded_at, command_id, meta, payload = row
    return Entry(position, stream, version, decode(fact, payload), effective_at, recorded_at, command_id, decode_meta(meta))  # type: ignore[arg-type]


class Store:
    """One ledger's entries, as its application role may see and append them."""

    def __init__(self, connections: Connections, ledger: str) -> None:
        """`connections` are those of the ledger's app role."""
        self.connections = connections
        self.ledger = ledger
        self._appender = Appender(connections, ledger)

    def append(self, stamp: Stamp, entries: Sequence[NewEntry]) -> Appended:
        """Appends a command's entries; see Appender.append."""
        return self._appender.append(stamp, entries)

    def read_stream(
        self, stream: str, *, after: int = 0, to: int | None = None, limit: int | None = None, descending: bool = False
    ) -> list[Row]:
        """A stream's rows from the version after `after` to the version `to`, in order."""
        order = "DESC" if descending else "ASC"
        return self._rows(
            f"SELECT {COLUMNS} FROM {self.ledger}.entries WHERE stream = %s AND version > %s AND version <= %s "
            f"ORDER BY version {order} LIMIT %s",
            (stream, after, 2**31 - 1 if to is None else to, limit),
        )

    def read_streams(self, streams: Sequence[str], up_to_position: int) -> list[Row]:
        """The rows of several streams up to a position of the log, in the order of the log."""
        return self._rows(
            f"SELECT {COLUMNS} FROM {self.ledger}.entries WHERE stream = ANY(%s) AND position <= %s ORDER BY position",
            (list(streams), up_to_position),
        )

    def read_log(self, *, after: int = 0, to: int | None = None, limit: int = PAGE, facts: Sequence[str] = ()) -> list[Row]:
        """Up to `limit` rows from the position after `after` to the position `to`, of the given stored fact names only if any."""
        chosen = "AND fact = ANY(%s)" if facts else ""
        return self._rows(
            f"SELECT {COLUMNS} FROM {self.ledger}.entries WHERE position > %s AND position <= %s {chosen} ORDER BY position LIMIT %s",
            (after, 2**63 - 1 if to is None else to, *([list(facts)] if facts else []), limit),
        )

    def whole_log(self, *, after: int = 0, to: int | None = None, page: int = PAGE) -> Iterator[Entry]:
        """Every entry from the position after `after` to `to` (or the end by now), decoded, with memory for one page."""
        while rows := self.read_log(after=after, to=to, limit=page):
            yield from map(entry, rows)
            after = rows[-1].position

    def head(self) -> int:
        """The position of the last entry; zero for an empty ledger."""
        with self.connections.use() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT position FROM {self.ledger}.entries ORDER BY position DESC LIMIT 1")
            found = cursor.fetchone()
        return found[0] if found else 0

    def command(self, command_id: str) -> CommandRecord | None:
        """What became of a command; None when nothing of it is stored."""
        with self.connections.use() as connection, connection.cursor() as cursor:
            cursor.execute(
                f"SELECT command_id, encode(command_hash, 'hex'), position, command_size, recorded_at FROM {self.ledger}.entries "
                "WHERE command_id = %s AND command_hash IS NOT NULL",
                (command_id,),
            )
            found = cursor.fetchone()
        return CommandRecord(*found) if found else None

    def tracked(self, name: str) -> int | None:
        """The bookmark stored under a name, if any."""
        with self.connections.use() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT position FROM {self.ledger}.tracking WHERE name = %s", (name,))
            found = cursor.fetchone()
        return found[0] if found else None

    def _rows(self, statement: str, values: tuple[object, ...]) -> list[Row]:
        with self.connections.use() as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(map(Row._make, cursor.fetchall()))
