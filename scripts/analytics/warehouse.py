"""The warehouse: one DuckDB file that holds every published entry once, and what is open of each contract by them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple, Self, cast

import duckdb
import orjson

import domain.contract
from domain.contract.receivables import claims
from domain.contract.state import Contract
from domain.facts import Entry, Meta
from domain.money import Money
from infra.ledger import CONTRACT
from scripts.analytics.stored import fact_of

# Moments are in UTC, without a zone; amounts have room for every currency's digits.
TABLES: Final = """
CREATE TABLE IF NOT EXISTS seen (
    topic VARCHAR, part INTEGER, position BIGINT NOT NULL, next_offset BIGINT NOT NULL, PRIMARY KEY (topic, part)
);
CREATE TABLE IF NOT EXISTS entries (
    position BIGINT PRIMARY KEY, stream VARCHAR NOT NULL, version INTEGER NOT NULL, fact VARCHAR NOT NULL,
    effective_at TIMESTAMP NOT NULL, recorded_at TIMESTAMP NOT NULL, actor VARCHAR NOT NULL,
    command_id VARCHAR NOT NULL, content JSON NOT NULL
);
CREATE TABLE IF NOT EXISTS contracts (
    stream VARCHAR PRIMARY KEY, version INTEGER NOT NULL, contract_id VARCHAR NOT NULL, number VARCHAR NOT NULL,
    direction VARCHAR NOT NULL, counterparties VARCHAR NOT NULL
);
CREATE TABLE IF NOT EXISTS claims (
    contract_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, subject VARCHAR NOT NULL, currency VARCHAR NOT NULL,
    open DECIMAL(24, 4) NOT NULL, due DATE
);
"""
# What entries say once they are corrected: the last correction of each counts, and one that becomes nothing strikes it out.
VIEWS: Final = """
CREATE OR REPLACE VIEW facts AS
WITH corrections AS (
    SELECT stream, CAST(content->>'$.corrects' AS INTEGER) AS corrects, content FROM entries WHERE fact = 'contract.fact_corrected'
    QUALIFY row_number() OVER (PARTITION BY stream, CAST(content->>'$.corrects' AS INTEGER) ORDER BY version DESC) = 1
)
SELECT e.position, e.stream, e.version, e.fact, e.recorded_at,
       coalesce(CAST(c.content->>'$.effective_at' AS TIMESTAMP), e.effective_at) AS effective_at,
       CASE WHEN c.corrects IS NULL THEN e.content ELSE c.content->'$.becomes.data' END AS content
FROM entries AS e LEFT JOIN corrections AS c ON c.stream = e.stream AND c.corrects = e.version
WHERE c.corrects IS NULL OR json_type(c.content, '$.becomes') = 'OBJECT';

CREATE OR REPLACE VIEW cash AS
WITH reversed AS (
    SELECT stream, content->>'$.payment_id' AS payment_id FROM facts WHERE fact = 'contract.payment_reversed'
)
SELECT f.position, f.stream, f.content->>'$.payment_id' AS payment_id, f.effective_at, f.content->>'$.amount.currency' AS currency,
       CASE f.fact WHEN 'contract.payment_recorded' THEN 1 ELSE -1 END * CAST(f.content->>'$.amount.amount' AS DECIMAL(24, 4)) AS amount
FROM facts AS f ANTI JOIN reversed AS r ON r.stream = f.stream AND r.payment_id = f.content->>'$.payment_id'
WHERE f.fact IN ('contract.payment_recorded', 'contract.payment_refunded');

CREATE OR REPLACE VIEW penalties AS
SELECT stream, content->>'$.delivery_id' AS delivery_id,
       coalesce(content->>'$.change.currency', content->>'$.amount.currency') AS currency,
       CASE fact WHEN 'contract.penalty_accrued' THEN CAST(content->>'$.change.amount' AS DECIMAL(24, 4)) ELSE 0 END AS accrued,
       CASE fact WHEN 'contract.penalty_waived' THEN CAST(content->>'$.amount.amount' AS DECIMAL(24, 4)) ELSE 0 END AS waived
FROM facts WHERE fact IN ('contract.penalty_accrued', 'contract.penalty_waived');
"""


class Seen(NamedTuple):
    """How far a partition was read: the last position, and the offset from which to go on."""

    position: int
    next_offset: int


class Arrived(NamedTuple):
    """A record of a topic of entries, with the offset at which it stands."""

    offset: int
    headers: dict[str, str]
    value: bytes

    @property
    def position(self) -> int:
        """In the ledger's log."""
        return int(self.headers["ce_position"])


class EntryMissing(Exception):
    """A stream has a gap: the topics do not hold what the ledger does, or were filled anew since they were read."""


class Warehouse:
    """The file, open."""

    def __init__(self, path: Path) -> None:
        """Makes what is not there."""
        self._duck = duckdb.connect(str(path))
        self._duck.execute(TABLES + VIEWS)

    def __enter__(self) -> Self:
        """Closes it at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes it."""
        self._duck.close()

    def ask(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
        """The rows of an answer."""
        return self._duck.execute(sql, values or None).fetchall()

    @contextmanager
    def _whole(self) -> Iterator[None]:
        self._duck.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._duck.execute("ROLLBACK")
            raise
        self._duck.execute("COMMIT")

    def seen(self, topic: str, part: int) -> Seen:
        """How far a partition was read; nothing of it, where it never was."""
        found = self.ask("SELECT position, next_offset FROM seen WHERE topic = ? AND part = ?", (topic, part))
        return Seen(*found[0]) if found else Seen(0, 0)

    def take(self, topic: str, part: int, records: Iterable[Arrived], next_offset: int) -> int:
        """Takes the next records of a partition, those that it has already left out; answers how many were new.

        The entries and how far the partition was read are one transaction, so that nothing is taken twice or lost, wherever it breaks off.
        """
        last = self.seen(topic, part).position
        rows: list[tuple[object, ...]] = []
        for one in records:
            if one.position > last:
                last = one.position
                said = one.headers
                moments = (said["ce_time"], said["ce_recordedat"])
                names = (said["ce_type"], *moments, said["ce_actor"], said["ce_commandid"])
                rows.append((last, said["ce_subject"], int(said["ce_streamversion"]), *names, one.value.decode()))
        with self._whole():
            if rows:
                columns = [list(column) for column in zip(*rows, strict=True)]
                kinds = ("BIGINT", "VARCHAR", "INTEGER", "VARCHAR", "TIMESTAMP", "TIMESTAMP", "VARCHAR", "VARCHAR", "VARCHAR")
                taken = ", ".join(f"unnest(${n}::{kind}[])" for n, kind in enumerate(kinds, 1))
                self._duck.execute(f"INSERT INTO entries SELECT {taken}", columns)
            self._duck.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)", [topic, part, last, next_offset])
        return len(rows)

    def settle(self) -> None:
        """Reckons what is open of the contracts that changed. Raises EntryMissing where a stream lacks an entry."""
        gap = self.ask("SELECT stream, count(*) FROM entries GROUP BY stream HAVING count(*) <> max(version) ORDER BY stream LIMIT 1")
        if gap:
            message = f"{gap[0][0]} lacks an entry. Begin a new file, and compare the topics with the ledger: `tally reconcile`"
            raise EntryMissing(message)
        changed = self.ask(
            "SELECT e.stream FROM entries AS e LEFT JOIN contracts AS c USING (stream) WHERE e.stream LIKE ? "
            "GROUP BY e.stream HAVING max(e.version) > coalesce(any_value(c.version), 0) ORDER BY e.stream",
            (f"{CONTRACT.prefix}%",),
        )
        with self._whole():
            for (stream,) in changed:
                self._reckon(stream)

    def _reckon(self, stream: str) -> None:
        contract = domain.contract.replay(self._told(stream))
        contract_id = stream.removeprefix(CONTRACT.prefix)
        # Of parties that the ledger knows, names do not leave it.
        names = "; ".join(sorted(one.name if one.party_id is None else one.party_id for one in contract.counterparties.values()))
        about = [stream, contract.version, contract_id, contract.number, contract.direction.value, names]
        self._duck.execute("INSERT OR REPLACE INTO contracts VALUES (?, ?, ?, ?, ?, ?)", about)
        self._duck.execute("DELETE FROM claims WHERE contract_id = ?", [contract_id])
        for row in open_claims(contract_id, contract):
            self._duck.execute("INSERT INTO claims VALUES (?, ?, ?, ?, ?, ?)", list(row))

    def _told(self, stream: str) -> Iterator[Entry]:
        columns = "position, version, fact, effective_at, recorded_at, command_id, content, actor"
        for position, version, fact, happened, learnt, command_id, content, actor in self.ask(
            f"SELECT {columns} FROM entries WHERE stream = ? ORDER BY version", (stream,)
        ):
            told = fact_of(fact, orjson.loads(content))
            # By which door somebody came does not leave the ledger, and nothing is reckoned by it.
            yield Entry(
                position, stream, version, told, aware(happened), aware(learnt), command_id, Meta(actor=actor, credential="", channel="")
            )


def aware(moment: datetime) -> datetime:
    """A moment of the warehouse, which is in UTC."""
    return moment.replace(tzinfo=UTC)


def open_claims(contract_id: str, contract: Contract) -> Iterator[tuple[object, ...]]:
    """What is open under a contract, claim by claim, as rows of the warehouse."""
    for claim in claims(contract):
        if claim.open:
            amount = Decimal(Money(claim.open, claim.currency).amount)
            yield contract_id, claim.kind.value, claim.subject, claim.currency, amount, claim.due


def newest(warehouse: Warehouse) -> int:
    """The last position that the warehouse holds; zero where it is empty."""
    return cast("int", warehouse.ask("SELECT coalesce(max(position), 0) FROM entries")[0][0])
