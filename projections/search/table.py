"""The table that is searched, and how pages of the log become its rows."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import domain.contract
from domain.contract.drafting import Noted
from domain.contract.state import Contract
from domain.facts import Entry
from infra import codec
from infra.ledger import CONTRACT
from infra.opening import Opened
from infra.store import PAGE
from infra.store import Row as StoredRow
from projections.columns import joined, unnested
from projections.erasure import retold
from projections.log import Page
from projections.register.folding import contract_of
from projections.rows import OutOfStep
from projections.search.passages import CONCERNED, HEAD, WEIGHTS, WORDING, Passage, SearchLine, fold, passages_of, worded
from projections.search.tokens import Vector, vector
from projections.view import Cursor, Row, RowPerStream, Tables, View

# Of whole texts, so not many; a contract's words change mostly while it is drafted.
CACHED_LINES: Final = 512

DDL = """
CREATE TABLE {search} (
    contract_id text COLLATE "C" NOT NULL PRIMARY KEY,
    -- What is searched: where it stands, under which key, and the text.
    passages    json        NOT NULL,
    tokens      tsvector    NOT NULL,
    -- The same of number, title and counterparties: short enough to be read for every one of very many contracts.
    head        tsvector    NOT NULL,
    -- Whether the texts are so long that not every place of a token is kept.
    overflows   boolean     NOT NULL,
    -- Of the entry that changed the words last; what changes none touches no row.
    version     integer     NOT NULL,
    position    bigint      NOT NULL,
    updated_at  timestamptz NOT NULL
)
"""
# What waits to be merged into the index is gone through by every question, so it is not to grow.
INDEXES = """
CREATE INDEX ON {search} USING gin (tokens) WITH (gin_pending_list_limit = 512);
CREATE INDEX ON {search} USING gin (head) WITH (gin_pending_list_limit = 512)
"""
TYPES: Final = {
    "contract_id": "text",
    "passages": "json",
    "tokens": "tsvector",
    "head": "tsvector",
    "overflows": "boolean",
    "version": "integer",
    "position": "bigint",
    "updated_at": "timestamptz",
}


def vector_of(passages: list[Passage]) -> Vector:
    """What the passages are found by."""
    return vector((WEIGHTS[passage.where], passage.text) for passage in passages)


def head_of(passages: list[Passage]) -> str:
    """The same of what stands at a contract's head."""
    return vector((WEIGHTS[passage.where], passage.text) for passage in passages if passage.where in HEAD).text


def texts(line: SearchLine) -> tuple[str, ...]:
    """A line's values as SQL reads them, in the order of the columns."""
    passages = line.passages
    tokens, overflows = vector_of(passages)
    return (
        line.contract_id,
        codec.encode_any(passages).decode(),
        tokens,
        head_of(passages),
        str(overflows),
        str(line.version),
        str(line.position),
        "" if line.updated_at is None else line.updated_at.isoformat(),
    )


class SearchProjection:
    """Writes the words of contracts. Remembers those that it wrote last, so that a draft that grows is not read again and again."""

    def __init__(self, opened: Opened, tables: Tables) -> None:
        """Writes to the given table."""
        self._opened = opened
        table, names = tables["search"], ", ".join(TYPES)
        self._select = f"SELECT contract_id, passages, version, position, updated_at FROM {table} WHERE contract_id = ANY(%s)"
        updates = ", ".join(f"{c} = excluded.{c}" for c in TYPES if c != "contract_id")
        self._upsert = (
            f"INSERT INTO {table} ({names}) SELECT * FROM {unnested(TYPES.values())} ON CONFLICT (contract_id) DO UPDATE SET {updates}"
        )
        self._lines: OrderedDict[str, SearchLine] = OrderedDict()

    def forget(self) -> None:
        """Drops the remembered lines."""
        self._lines.clear()

    def project(self, cursor: Cursor, page: Page) -> None:
        """Folds a page into its contracts' words, and writes those that changed."""
        about = [(e.stream.removeprefix(CONTRACT.prefix), e) for e in page.entries if concerns(e)]
        self._load(cursor, about)
        changed: dict[str, SearchLine] = {}
        for contract_id, happened in about:
            line = self._lines[contract_id]
            if happened.version <= line.version:
                message = f"the words of contract {contract_id} are of version {line.version}, and version {happened.version} comes next"
                raise OutOfStep(message)
            fold(line, happened)
            if line.version == happened.version:
                changed[contract_id] = line
        for told in dict.fromkeys(contract_of(one) for one in retold(self._opened, page)):
            if told is not None:
                self._lines[told] = changed[told] = self._retold(told, page.last)
        if changed:
            columns = zip(*map(texts, changed.values()), strict=True)
            cursor.execute(self._upsert, [joined(column) for column in columns])
        while len(self._lines) > CACHED_LINES:
            self._lines.popitem(last=False)

    def _retold(self, contract_id: str, to: int) -> SearchLine:
        """The line as a contract's stream tells it by now, up to a position: as if what was erased had never been in it."""
        line, version, rows = SearchLine(contract_id), 0, list[StoredRow]()
        while not version or len(rows) == PAGE:
            rows = self._opened.store.read_stream(CONTRACT.stream(contract_id), after=version, limit=PAGE)
            for happened in (self._opened.store.decoded(row) for row in rows if row.position <= to):
                if concerns(happened):
                    fold(line, happened)
            version += len(rows)
        return line

    def _load(self, cursor: Cursor, about: list[tuple[str, Entry]]) -> None:
        missing: set[str] = set()
        for contract_id, happened in about:
            if contract_id in self._lines:
                self._lines.move_to_end(contract_id)
            elif happened.version == 1:
                self._lines[contract_id] = SearchLine(contract_id)
            else:
                missing.add(contract_id)
        missing.difference_update(self._lines)
        if missing:
            cursor.execute(self._select, (list(missing),))
            for contract_id, passages, version, position, updated_at in cursor:
                line = SearchLine(contract_id, version=version, position=position, updated_at=updated_at)
                line.retell(Passage(*passage) for passage in passages)
                self._lines[contract_id] = line
        for contract_id in missing.difference(self._lines):
            message = f"the row of contract {contract_id} is not there"
            raise OutOfStep(message)


def concerns(entry: Entry) -> bool:
    """Whether an entry may change a row. The first one of a contract makes it, whatever it says."""
    return (type(entry.fact) in CONCERNED or entry.version == 1) and entry.stream.startswith(CONTRACT.prefix)


class SearchTold:
    """What a contract's stream says should be searched, folded by the domain and not by the projection."""

    def __init__(self, contract_id: str) -> None:
        """Begins with nothing."""
        self._contract_id = contract_id
        self._contract = Contract()
        self._worded: list[Passage] = []
        self._changed: Entry | None = None

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        domain.contract.fold(self._contract, entry)
        if isinstance(entry.fact, Noted) or entry.version == 1:
            self._changed = entry
        if type(entry.fact) in WORDING or entry.version == 1:
            before, self._worded = self._worded, worded(self._contract)
            self._changed = entry if self._worded != before else self._changed

    def row(self) -> Row:
        """The row that should stand by now."""
        passages = passages_of(self._contract)
        tokens, overflows = vector_of(passages)
        return {
            "contract_id": self._contract_id,
            "passages": [list(passage) for passage in passages],
            "tokens": tokens,
            "head": head_of(passages),
            "overflows": overflows,
            "version": None if self._changed is None else self._changed.version,
            "position": None if self._changed is None else self._changed.position,
            "updated_at": None if self._changed is None else self._changed.recorded_at,
        }


SEARCH = View(
    name="search",
    version=3,
    tables=("search",),
    ddl=DDL,
    indexes=INDEXES,
    projection=SearchProjection,
    expects=RowPerStream(table="search", key="contract_id", prefix=CONTRACT.prefix, begin=SearchTold),
    tells_contracts=True,
)
