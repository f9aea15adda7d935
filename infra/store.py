"""Reads what append() wrote: one stream, the whole log, a command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

import psycopg2.extensions

from domain.facts import Entry, Fact
from infra import codec
from infra.append import Appended, Appender, NewEntry, Stamp
from infra.codec import decode, decode_meta
from infra.connections import Connections, Prepared, prepared
from infra.sealing import MARK, PARTY_TOPICS, SEALED_TOPICS, Sealing, is_sealed, mark_of

PAGE = 1_000


class Row(NamedTuple):
    """An entry as it is stored, before anything is decoded, and with what is sealed in it still sealed."""

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
# As text, because Python reads a time stamp faster than psycopg2 does; every connection has ISO dates and UTC.
TEXT_COLUMNS = COLUMNS.replace("effective_at, recorded_at", "effective_at::text, recorded_at::text")

MAX_BIGINT = 2**63 - 1

Query: TypeAlias = tuple[Prepared, str, tuple[str, ...]]


class CommandRecord(NamedTuple):
    """What the store keeps of a command."""

    command_id: str
    input_hash: str
    first_position: int
    size: int
    recorded_at: datetime


def entry(row: Sequence[object]) -> Entry:
    """Decodes a row in which nothing is sealed. Raises UnknownFact."""
    position, stream, version, fact, effective_at, recorded_at, command_id, meta, payload = row
    return Entry(position, stream, version, decode(fact, payload), effective_at, recorded_at, command_id, decode_meta(meta))  # type: ignore[arg-type]


# The methods themselves, because looking them up costs as much as they do; a NamedTuple's own constructor is slower still.
moment = datetime.fromisoformat
new_entry = tuple.__new__


def bigint(number: int | None) -> str:
    """A number as SQL reads it, at most the largest that a bigint can be, which is also what is meant by none."""
    return str(MAX_BIGINT) if number is None or number > MAX_BIGINT else f"{number:d}"


def row_of(found: Sequence[Any]) -> Row:
    """A row from its TEXT_COLUMNS."""
    position, stream, version, fact, effective_at, recorded_at, *rest = found
    return Row(position, stream, version, fact, moment(effective_at), moment(recorded_at), *rest)


class Store:
    """One ledger's entries, as its application role may see and append them."""

    def __init__(self, connections: Connections, ledger: str, sealing: Sealing | None = None) -> None:
        """`connections` are those of the ledger's app role. Without `sealing` it holds facts in which nothing is to be sealed."""
        self.connections = connections
        self.ledger = ledger
        self._sealing = sealing
        self._appender = Appender(connections, ledger)
        columns = TEXT_COLUMNS.replace("stream, ", "")
        one_stream = f"SELECT {columns} FROM {ledger}.entries WHERE stream = $1 AND version > $2 AND version <= $3 ORDER BY version"
        whole_log = f"SELECT {TEXT_COLUMNS} FROM {ledger}.entries WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3"
        self._stream_ascending = prepared(f"{ledger}.stream", "text, bigint, bigint, bigint", f"{one_stream} ASC LIMIT $4")
        self._stream_descending = prepared(f"{ledger}.stream backwards", "text, bigint, bigint, bigint", f"{one_stream} DESC LIMIT $4")
        by_stream = (
            f"SELECT {TEXT_COLUMNS} FROM {ledger}.entries WHERE (stream, version) > ($1, $2) AND starts_with(stream, $3) "
            "AND position <= $4 ORDER BY stream, version LIMIT $5"
        )
        self._by_stream = prepared(f"{ledger}.by stream", "text, integer, text, bigint, bigint", by_stream)
        self._log_page = prepared(f"{ledger}.log", "bigint, bigint, bigint", whole_log)

    def count_plain(self, stream: str) -> int:
        """How many entries of a party's stream hold personal data that nobody sealed: those of earlier versions of this program."""
        rows = self.read_stream(stream)
        return sum(row.fact in PARTY_TOPICS and MARK not in row.payload for row in rows)

    def append(self, stamp: Stamp, entries: Sequence[NewEntry]) -> Appended:
        """Appends a command's entries, with personal data sealed; see Appender.append. Raises also what Sealing.seal does."""
        if self._sealing is not None and any(e.fact in SEALED_TOPICS for e in entries):
            entries = [self._sealing.seal(e) for e in entries]
        return self._appender.append(stamp, entries)

    def opened(self, row: Row) -> Row:
        """The same row, with what is sealed in it opened, or erased. Raises SealBroken, KeysUnavailable, StoreUnavailable."""
        if self._sealing is None or not is_sealed(row.fact, row.payload):
            return row
        return row._replace(payload=self._sealing.open(row.stream, row.version, row.payload))

    def decoded(self, row: Row) -> Entry:
        """A row as an entry. Raises UnknownFact, SealBroken, KeysUnavailable, StoreUnavailable."""
        return entry(self.opened(row))

    def read_keys(self, rows: Sequence[Row]) -> None:
        """Reads the keys that some rows need together, so that opening one after the other is fast. Raises StoreUnavailable."""
        if self._sealing is not None:
            self._sealing.read_keys(row.payload for row in rows if is_sealed(row.fact, row.payload))

    def sealed_for(self, party_id: str, *, to: int) -> Iterator[Row]:
        """The rows up to a position that hold something sealed for a party. Reads the whole log once."""
        after, mark = 0, mark_of(party_id)
        condition = "fact = ANY(%s) AND strpos(payload, %s) > 0 AND position > %s AND position <= %s"
        statement = f"SELECT {COLUMNS} FROM {self.ledger}.entries WHERE {condition} ORDER BY position LIMIT {PAGE}"
        while rows := self._rows(statement, (sorted(SEALED_TOPICS), mark, after, to)):
            yield from rows
            after = rows[-1].position

    def read_stream(
        self, stream: str, *, after: int = 0, to: int | None = None, limit: int | None = None, descending: bool = False
    ) -> list[Row]:
        """A stream's rows from the version after `after` to the version `to`, in order."""
        found = self._execute(*self._stream(stream, after, to, limit, descending=descending))
        return [Row(position, stream, version, fact, moment(e), moment(r), *rest) for position, version, fact, e, r, *rest in found]

    def stream_entries(
        self, stream: str, *, after: int = 0, to: int | None = None, limit: int | None = None, descending: bool = False
    ) -> list[Entry]:
        """The same, decoded. Raises UnknownFact."""
        found = self._execute(*self._stream(stream, after, to, limit, descending=descending), as_bytes=True)
        # As in _entry_of, without a call for each.
        return [
            new_entry(
                Entry,
                (
                    position,
                    stream,
                    version,
                    decode(topic := fact.decode(), self._open(stream, version, payload) if topic in SEALED_TOPICS else payload),
                    moment(e.decode()),
                    moment(r.decode()),
                    command_id.decode(),
                    decode_meta(meta),
                ),
            )
            for position, version, fact, e, r, command_id, meta, payload in found
        ]

    def _entry_of(self, found: Sequence[Any]) -> Entry:
        """Decodes TEXT_COLUMNS that were fetched as bytes. Raises UnknownFact, and what Sealing.open does."""
        position, stream, version, fact, e, r, command_id, meta, payload = found
        topic, name = fact.decode(), stream.decode()
        happened = decode(topic, self._open(name, version, payload) if topic in SEALED_TOPICS else payload)
        dates = moment(e.decode()), moment(r.decode())
        return new_entry(Entry, (position, name, version, happened, *dates, command_id.decode(), decode_meta(meta)))

    def _open(self, stream: str, version: int, payload: bytes) -> str | bytes:
        text = payload.decode()
        return payload if self._sealing is None or MARK not in text else self._sealing.open(stream, version, text)

    def _stream(self, stream: str, after: int, to: int | None, limit: int | None, *, descending: bool) -> Query:
        statement = self._stream_descending if descending else self._stream_ascending
        return statement, f"%s, {bigint(after)}, {bigint(to)}, {bigint(limit)}", (stream,)

    def read_streams(self, streams: Sequence[str], up_to_position: int) -> list[Row]:
        """The rows of several streams up to a position of the log, in the order of the log."""
        return self._rows(
            f"SELECT {COLUMNS} FROM {self.ledger}.entries WHERE stream = ANY(%s) AND position <= %s ORDER BY position",
            (list(streams), up_to_position),
        )

    def read_log(self, *, after: int = 0, to: int | None = None, limit: int = PAGE, facts: Sequence[str] = ()) -> list[Row]:
        """Up to `limit` rows from the position after `after` to the position `to`, of the given stored fact names only if any."""
        if not facts:
            return list(map(row_of, self._execute(*self._log(after, to, limit))))
        return self._rows(
            f"SELECT {COLUMNS} FROM {self.ledger}.entries WHERE position > %s AND position <= %s AND fact = ANY(%s) "
            "ORDER BY position LIMIT %s",
            (after, MAX_BIGINT if to is None else to, list(facts), limit),
        )

    def rows_saying(self, fact: type[Fact], *, after: int = 0, limit: int | None = None) -> Iterator[Row]:
        """Up to `limit` rows of one fact, at any schema version, from the position after `after` on, with memory for one page."""
        topics, given = codec.topics(fact), 0
        while rows := self.read_log(after=after, limit=PAGE if limit is None else min(PAGE, limit - given), facts=topics):
            yield from rows
            after, given = rows[-1].position, given + len(rows)
            if given == limit:
                return

    def _log(self, after: int, to: int | None, limit: int) -> Query:
        return self._log_page, f"{bigint(after)}, {bigint(to)}, {bigint(limit)}", ()

    def whole_log(self, *, after: int = 0, to: int | None = None, page: int = PAGE) -> Iterator[Entry]:
        """Every entry from the position after `after` to `to` (or the end by now), decoded, with memory for one page."""
        while found := self._execute(*self._log(after, to, page), as_bytes=True):
            yield from map(self._entry_of, found)
            after = found[-1][0]

    def by_stream(self, prefix: str, *, to: int, page: int = PAGE) -> Iterator[Entry]:
        """The entries up to a position of all streams that begin so, stream after stream, with memory for one page. Raises UnknownFact."""
        after: tuple[str, int] = ("", 0)
        while found := self._execute(
            self._by_stream, f"%s, {after[1]}, %s, {bigint(to)}, {bigint(page)}", (after[0], prefix), as_bytes=True
        ):
            if self._sealing is not None:
                sealed = (row[-1].decode() for row in found if row[3].decode() in SEALED_TOPICS)
                self._sealing.read_keys(payload for payload in sealed if MARK in payload)
            yield from map(self._entry_of, found)
            after = (found[-1][1].decode(), found[-1][2])

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

    def _execute(self, statement: Prepared, places: str, values: tuple[str, ...], *, as_bytes: bool = False) -> list[tuple[Any, ...]]:
        with self.connections.use() as connection, connection.cursor() as cursor:
            if as_bytes:
                # What goes to a decoder need not become a str first.
                psycopg2.extensions.register_type(psycopg2.extensions.BYTES, cursor)
            statement.run(connection, cursor, places, values)
            return cursor.fetchall()

    def _rows(self, statement: str, values: tuple[object, ...]) -> list[Row]:
        with self.connections.use() as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(map(Row._make, cursor.fetchall()))
