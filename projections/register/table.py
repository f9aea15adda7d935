"""The register's table, and how pages of the log become its rows."""

from __future__ import annotations

import json
from collections import OrderedDict

import domain.contract
from domain.contract.correction import FactCorrected
from domain.contract.state import Contract
from domain.facts import Entry
from infra import codec
from infra.errors import LedgerError
from infra.ledger import CONTRACT
from infra.opening import Opened
from infra.store import PAGE, Store
from projections.columns import joined, shown, unnested
from projections.erasure import retold
from projections.log import Page
from projections.past import Past
from projections.register import past
from projections.register.columns import COLUMNS, DDL, INDEXES, SELECTED, TYPES, line_of, texts
from projections.register.fields import sought
from projections.register.folding import concerns_payments, contract_of, fold
from projections.register.line import Line, paid_by_currency
from projections.view import Cursor, KeptPast, Row, RowPerStream, Tables, View

CACHED_LINES = 8_192


class OutOfStep(LedgerError):
    """A row is not where the bookmark says that it is: somebody changed or removed it."""


class RegisterProjection:
    """Writes the register. Remembers the lines that it wrote last, so that most pages read none."""

    def __init__(self, opened: Opened, tables: Tables) -> None:
        """Writes to the given table."""
        self._opened = opened
        self._store: Store = opened.store
        table = tables["register"]
        self._select = f"SELECT {SELECTED} FROM {table} WHERE contract_id = ANY(%s)"
        updates = ", ".join(f"{c} = excluded.{c}" for c in COLUMNS[1:])
        self._upsert = (
            f"INSERT INTO {table} AS t ({SELECTED}) SELECT * FROM {unnested(TYPES.values())} "
            f"ON CONFLICT (contract_id) DO UPDATE SET {updates}"
        )
        self._lines: OrderedDict[str, Line] = OrderedDict()
        self._past = Past(opened, past.SHAPE, tables)

    def forget(self) -> None:
        """Drops the remembered lines."""
        self._lines.clear()
        self._past.forget()

    def project(self, cursor: Cursor, page: Page) -> None:
        """Folds a page into its contracts' lines and writes each once."""
        about = [(contract_id, e) for e in page.entries if (contract_id := contract_of(e)) is not None]
        self._load(cursor, about)
        self._past.begin(cursor, page.after, about)
        touched: dict[str, Line] = {}
        for contract_id, happened in about:
            line = touched[contract_id] = self._lines[contract_id]
            if happened.version != line.version + 1:
                message = f"the row of contract {contract_id} is at version {line.version}, and version {happened.version} comes next"
                raise OutOfStep(message)
            fold(line, happened)
            if isinstance(happened.fact, FactCorrected) and concerns_payments(happened.fact):
                line.settle(self._folded(line))
            self._past.take(cursor, contract_id, happened, line)
        self._retell(cursor, page, touched)
        self._write(cursor, touched)

    def _retell(self, cursor: Cursor, page: Page, touched: dict[str, Line]) -> None:
        """Names the parties of contracts anew where one of them was erased."""
        told = dict.fromkeys(contract_id for one in retold(self._opened, page) if (contract_id := contract_of(one)) is not None)
        self._fetch(cursor, [contract_id for contract_id in told if contract_id not in self._lines])
        for contract_id in told:
            line = touched[contract_id] = self._lines[contract_id]
            line.face(tuple(self._folded(line).counterparties.values()))
        self._past.retell(cursor, told, page.last)

    def _write(self, cursor: Cursor, touched: dict[str, Line]) -> None:
        if not touched:
            return
        columns = zip(*map(texts, touched.values()), strict=True)
        cursor.execute(self._upsert, [joined(column) for column in columns])
        self._past.write(cursor)
        self._drop_oldest()

    def _load(self, cursor: Cursor, about: list[tuple[str, Entry]]) -> None:
        missing: list[str] = []
        for contract_id, happened in about:
            if contract_id in self._lines:
                self._lines.move_to_end(contract_id)
                continue
            self._lines[contract_id] = Line(contract_id)
            if happened.version > 1:
                missing.append(contract_id)
        self._fetch(cursor, missing)

    def _fetch(self, cursor: Cursor, missing: list[str]) -> None:
        if missing:
            cursor.execute(self._select, (missing,))
            for row in cursor:
                line = line_of(row)
                self._lines[line.contract_id] = line

    def _folded(self, line: Line) -> Contract:
        """The contract as its stream tells it, page by page, up to the line's version."""
        contract = Contract()
        while contract.version < line.version:
            rows = self._store.read_stream(CONTRACT.stream(line.contract_id), after=contract.version, to=line.version, limit=PAGE)
            if not rows:
                message = f"contract {line.contract_id} has no version {contract.version + 1}, although it is at version {line.version}"
                raise OutOfStep(message)
            for row in rows:
                domain.contract.fold(contract, self._store.decoded(row))
        return contract

    def _drop_oldest(self) -> None:
        while len(self._lines) > CACHED_LINES:
            self._lines.popitem(last=False)


class RegisterTold:
    """What a contract's stream says should stand in the register, folded by the domain and not by the projection."""

    def __init__(self, contract_id: str) -> None:
        """Begins with nothing."""
        self._contract_id = contract_id
        self._contract = Contract()
        self._moments = past.StageMoments()
        self._corrections = 0
        self._last: Entry | None = None

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        domain.contract.fold(self._contract, entry)
        self._moments.take(entry)
        self._corrections += isinstance(entry.fact, FactCorrected)
        self._last = entry

    def row(self) -> Row:
        """The row that should stand by now."""
        it = self._contract
        others = tuple(it.counterparties.values())
        paid = paid_by_currency(it)
        columns: Row = {
            "contract_id": self._contract_id,
            "number": it.number,
            "title": it.title,
            "kind": it.kind.value,
            "direction": it.direction.value,
            "status": it.status.value,
            "our_entity": it.our_entity,
            "counterparties": json.loads(codec.encode_any(others)),
            "counterparty_names": "\n".join(c.name for c in others),
            "currency": it.currency,
            "value_minor": None if it.value is None else it.value.minor,
            "paid_minor": 0 if it.currency is None else paid.get(it.currency, 0),
            "period_start": it.period.start,
            "period_end": it.period.end,
            "owner": it.owner,
            "department": it.department,
            "confidentiality": it.confidentiality.value,
            "publisher": None if it.source is None else it.source.publisher,
            "ocid": None if it.source is None else it.source.ocid,
            "drafted_at": self._moments.drafted_at,
            "submitted_at": self._moments.submitted_at,
            "approved_at": self._moments.approved_at,
            "in_force_since": it.in_force_since,
            "ended_at": it.ended_at,
            "tags": list(it.tags),
            "risk": None if it.risk is None else it.risk.level.value,
            "custom_fields": {key: sought(held.type, held.value) for key, held in it.custom_fields.items()},
            "corrections": self._corrections,
            "version": it.version,
            "position": None if self._last is None else self._last.position,
            "updated_at": None if self._last is None else self._last.recorded_at,
            "paid_by_currency": paid,
        }
        return {c: shown(v) if isinstance(v, str) else v for c, v in columns.items()}


REGISTER = View(
    name="register",
    version=8,
    tables=("register", past.TABLE),
    ddl=f"{DDL};{past.DDL}",
    indexes=f"{INDEXES};{past.INDEXES}",
    projection=RegisterProjection,
    expects=RowPerStream(table="register", key="contract_id", prefix=CONTRACT.prefix, begin=RegisterTold),
    pasts={"register": KeptPast(past.SHAPE.table, past.tells, past.SHAPE.key, past.SORTED)},
    tells_contracts=True,
)
