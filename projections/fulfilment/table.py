"""The tables of what contracts come to in money and in performance, and the rows that a contract's state tells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import domain.contract
from domain.contract.forecast import expected
from domain.contract.receivables import claims
from domain.contract.state import Contract
from domain.facts import Entry
from infra.ledger import CONTRACT
from infra.opening import Opened
from projections.columns import shown
from projections.several import RowsProjection
from projections.view import RowsPerStream, Tables, View

DDL = """
CREATE TABLE {receivables} (
    row_key        text COLLATE "C" NOT NULL PRIMARY KEY,
    contract_id    text COLLATE "C" NOT NULL,
    number         text    NOT NULL,
    title          text    NOT NULL,
    status         text    NOT NULL,
    direction      text    NOT NULL,
    counterparty   text    NOT NULL,
    owner          text,
    department     text,
    kind           text    NOT NULL,
    subject        text    NOT NULL,
    description    text    NOT NULL,
    currency       text    NOT NULL,
    amount_minor   bigint  NOT NULL,
    invoiced_minor bigint  NOT NULL,
    paid_minor     bigint  NOT NULL,
    settled_minor  bigint  NOT NULL,
    open_minor     bigint  NOT NULL,
    -- What is open after what takes from what is owed was set off.
    expected_minor bigint  NOT NULL,
    -- Only once what it waits for has come about. How late it is follows from the day that is asked about.
    due            date,
    waits_for      text
) WITH (fillfactor = 80)
"""
INDEXES = """
CREATE INDEX ON {receivables} (contract_id);
CREATE INDEX ON {receivables} (due, row_key) WHERE open_minor <> 0;
CREATE INDEX ON {receivables} (number COLLATE "C", row_key)
"""
RECEIVABLES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "row_key",
            "contract_id",
            "number",
            "title",
            "status",
            "direction",
            "counterparty",
            "owner",
            "department",
            "kind",
            "subject",
            "description",
            "currency",
        ),
        "text",
    ),
    **dict.fromkeys(("amount_minor", "invoiced_minor", "paid_minor", "settled_minor", "open_minor", "expected_minor"), "bigint"),
    "due": "date",
    "waits_for": "text",
}
BETWEEN: Final = "\n"


class FulfilmentTold:
    """What a contract's stream says of it: the domain folds and reckons, this writes down."""

    def __init__(self, contract_id: str) -> None:
        """Begins with nothing."""
        self._contract_id = contract_id
        self._contract = Contract()

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        domain.contract.fold(self._contract, entry)

    def rows(self) -> Mapping[str, list[tuple[object, ...]]]:
        """By table, the rows that should stand by now."""
        it = self._contract
        about = (
            shown(it.number),
            shown(it.title),
            it.status.value,
            it.direction.value,
            shown(BETWEEN.join(sorted(c.name for c in it.counterparties.values()))),
            it.owner and shown(it.owner),
            it.department and shown(it.department),
        )
        return {"receivables": self._receivables(about)}

    def _receivables(self, about: tuple[object, ...]) -> list[tuple[object, ...]]:
        owed = claims(self._contract)
        return [
            (
                self._key(claim.kind, claim.currency, claim.subject),
                self._contract_id,
                *about,
                claim.kind.value,
                shown(claim.subject),
                shown(claim.description),
                claim.currency,
                claim.amount,
                claim.invoiced,
                claim.paid,
                claim.settled,
                claim.open,
                minor,
                claim.due,
                claim.waits_for and shown(claim.waits_for),
            )
            for claim, minor in zip(owed, expected(owed), strict=True)
        ]

    def _key(self, *names: str) -> str:
        # Ids may hold anything, also what would make two of them one.
        return json.dumps([self._contract_id, *names], ensure_ascii=False, separators=(",", ":"))


EXPECTS: Final = RowsPerStream(key="contract_id", prefix=CONTRACT.prefix, tables={"receivables": RECEIVABLES}, begin=FulfilmentTold)


def projection(opened: Opened, tables: Tables) -> RowsProjection:
    """Writes the rows."""
    return RowsProjection(opened, tables, EXPECTS)


FULFILMENT = View(
    name="fulfilment",
    version=2,
    tables=tuple(EXPECTS.tables),
    ddl=DDL,
    indexes=INDEXES,
    projection=projection,
    expects=EXPECTS,
)
