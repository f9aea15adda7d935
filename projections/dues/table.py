"""The table of dues. What is owed follows from a contract as a whole, so that contracts are folded, and kept for as long as they change."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from typing import Final, NamedTuple

import domain.contract
from domain.contract.agenda import next_chore, open_since
from domain.contract.state import Contract
from domain.facts import Entry
from infra.ledger import CONTRACT
from infra.opening import Opened
from projections.columns import joined, shown, unnested
from projections.log import Page
from projections.view import Cursor, Row, RowPerStream, Tables, View

CACHED: Final = 4_096

DDL = """
CREATE TABLE {dues} (
    contract_id text COLLATE "C" NOT NULL PRIMARY KEY,
    -- From when on the clock has something to record, whatever the zone; the earliest day by which something open was to be.
    chore_day   date,
    open_day    date,
    -- When it was last handed in for approval, or agreed to.
    handed_in   date,
    parties     text    NOT NULL,
    party_ids   text[]  NOT NULL GENERATED ALWAYS AS (string_to_array(parties, E'\\n')) STORED,
    -- Where its first entry stands, and its last.
    drafted     bigint  NOT NULL,
    version     integer NOT NULL,
    position    bigint  NOT NULL
) WITH (fillfactor = 80)
"""
INDEXES = """
CREATE INDEX ON {dues} (chore_day, contract_id) WHERE chore_day IS NOT NULL;
CREATE INDEX ON {dues} (open_day, contract_id) WHERE open_day IS NOT NULL;
CREATE INDEX ON {dues} USING gin (party_ids)
"""
TYPES: Final = ("text", "date", "date", "date", "text", "bigint", "integer", "bigint")


class Kept(NamedTuple):
    """A contract, and where its first entry stands."""

    drafted: int
    contract: Contract


class DuesProjection:
    """Writes the dues."""

    def __init__(self, opened: Opened, tables: Tables) -> None:
        """Writes to the given table."""
        self._store = opened.store
        names = "contract_id, chore_day, open_day, handed_in, parties, drafted, version, position"
        updates = ", ".join(f"{name} = excluded.{name}" for name in names.split(", ")[1:])
        self._upsert = (
            f"INSERT INTO {tables['dues']} ({names}) SELECT * FROM {unnested(TYPES)} ON CONFLICT (contract_id) DO UPDATE SET {updates}"
        )
        self._contracts: OrderedDict[str, Kept] = OrderedDict()

    def forget(self) -> None:
        """Drops the contracts that it keeps."""
        self._contracts.clear()

    def project(self, cursor: Cursor, page: Page) -> None:
        """Folds a page into its contracts, and writes the row of each once."""
        touched: dict[str, Entry] = {}
        for entry in page.entries:
            if entry.stream.startswith(CONTRACT.prefix):
                domain.contract.fold(self._before(entry).contract, entry)
                touched[entry.stream] = entry
        if not touched:
            return
        rows = [texts(entry, self._contracts[stream]) for stream, entry in touched.items()]
        cursor.execute(self._upsert, [joined(column) for column in zip(*rows, strict=True)])
        while len(self._contracts) > CACHED:
            self._contracts.popitem(last=False)

    def _before(self, entry: Entry) -> Kept:
        """The contract as it stood before an entry."""
        held = self._contracts.get(entry.stream)
        if held is None or held.contract.version != entry.version - 1:
            read = self._store.stream_entries(entry.stream, to=entry.version - 1) if entry.version > 1 else []
            held = self._contracts[entry.stream] = Kept((read or [entry])[0].position, domain.contract.replay(read))
        self._contracts.move_to_end(entry.stream)
        return held


def texts(entry: Entry, kept: Kept) -> tuple[str | None, ...]:
    """A row as SQL reads it."""
    contract = kept.contract
    chore, opened, handed = next_chore(contract), open_since(contract), handed_in(contract)
    return (
        entry.stream.removeprefix(CONTRACT.prefix),
        None if chore is None else chore.isoformat(),
        None if opened is None else opened.isoformat(),
        None if handed is None else handed.isoformat(),
        parties(contract),
        str(kept.drafted),
        str(entry.version),
        str(entry.position),
    )


def handed_in(contract: Contract) -> date | None:
    """The day, in UTC, on which it was last handed in for approval or came to its next step; None before it ever was."""
    approval = contract.approval
    return None if approval is None or approval.since is None else approval.since.date()


def parties(contract: Contract) -> str:
    """The registered parties on the other side, one a line."""
    return "\n".join(dict.fromkeys(c.party_id for c in contract.counterparties.values() if c.party_id is not None))


class DuesTold:
    """What a contract's stream says should stand in its row, folded from its first entry."""

    def __init__(self, contract_id: str) -> None:
        """Begins with nothing."""
        self._contract_id = contract_id
        self._entries: list[Entry] = []

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        self._entries.append(entry)

    def row(self) -> Row:
        """The row that should stand by now."""
        contract = domain.contract.replay(self._entries)
        chore: date | None = next_chore(contract)
        return {
            "contract_id": shown(self._contract_id),
            "chore_day": chore,
            "open_day": open_since(contract),
            "handed_in": handed_in(contract),
            "parties": shown(parties(contract)),
            "drafted": self._entries[0].position if self._entries else None,
            "version": contract.version,
            "position": self._entries[-1].position if self._entries else None,
        }


DUES = View(
    name="dues",
    version=4,
    tables=("dues",),
    ddl=DDL,
    indexes=INDEXES,
    projection=DuesProjection,
    expects=RowPerStream(table="dues", key="contract_id", prefix=CONTRACT.prefix, begin=DuesTold),
    tells_contracts=True,
)
