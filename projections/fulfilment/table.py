"""The tables of what contracts come to in money and in performance, and the rows that a contract's state tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, localcontext
from typing import Final

import domain.contract
from domain.contract.charges import charges, reckoned
from domain.contract.exposure import sides
from domain.contract.forecast import expected
from domain.contract.obligations import as_far_as_known
from domain.contract.progress import progress
from domain.contract.receivables import CALENDAR, claims
from domain.contract.rules import BINDING_OR_ENDED
from domain.contract.state import Contract
from domain.facts import Entry
from infra.ledger import CONTRACT
from infra.opening import Opened
from projections.columns import named, shown
from projections.several import PastOfSeveral, RowsProjection, Sorted
from projections.view import RowsPerStream, Tables, View

# What the rows of every table begin with: the contract that they are of.
_ABOUT: Final = """row_key text COLLATE "C" NOT NULL PRIMARY KEY,
    contract_id text COLLATE "C" NOT NULL,
    number text NOT NULL,
    title text NOT NULL,
    status text NOT NULL,
    direction text NOT NULL,
    counterparty text NOT NULL,
    owner text,
    department text"""
DDL = f"""
CREATE TABLE {{receivables}} (
    {_ABOUT},
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
) WITH (fillfactor = 80);
CREATE TABLE {{deliveries}} (
    {_ABOUT},
    delivery_id       text    NOT NULL,
    description       text    NOT NULL,
    item_id           text,
    unit              text,
    is_planned        boolean NOT NULL,
    planned           numeric,
    delivered         numeric NOT NULL,
    accepted          numeric NOT NULL,
    rejected          numeric NOT NULL,
    percent_hundredth bigint  NOT NULL,
    due               date,
    came_on           date,
    is_released       boolean NOT NULL
) WITH (fillfactor = 80);
CREATE TABLE {{sides}} (
    {_ABOUT},
    -- The party where the contract names it, else whoever has this name.
    party_key       text    NOT NULL,
    party_id        text,
    name            text    NOT NULL,
    is_shared       boolean NOT NULL,
    currency        text,
    committed_minor bigint
) WITH (fillfactor = 80);
CREATE TABLE {{charges}} (
    {_ABOUT},
    kind           text    NOT NULL,
    subject        text    NOT NULL,
    term_id        text    NOT NULL,
    term_version   bigint  NOT NULL,
    through        date,
    currency       text    NOT NULL,
    accrued_minor  bigint  NOT NULL,
    waived_minor   bigint  NOT NULL,
    standing_minor bigint  NOT NULL,
    settled_minor  bigint  NOT NULL,
    version        bigint  NOT NULL
) WITH (fillfactor = 80);
CREATE TABLE {{obligations}} (
    {_ABOUT},
    kind          text    NOT NULL,
    obligation_id text    NOT NULL,
    description   text    NOT NULL,
    is_ours       boolean NOT NULL,
    due           date,
    waits_for     text,
    is_fulfilled  boolean NOT NULL,
    currency      text,
    amount_minor  bigint
) WITH (fillfactor = 80)
"""
INDEXES = """
CREATE INDEX ON {receivables} (contract_id);
CREATE INDEX ON {receivables} (due, row_key) WHERE open_minor <> 0;
CREATE INDEX ON {receivables} (number COLLATE "C", row_key);
CREATE INDEX ON {deliveries} (contract_id);
CREATE INDEX ON {deliveries} (due, row_key) WHERE is_planned AND came_on IS NULL AND NOT is_released;
CREATE INDEX ON {deliveries} (number COLLATE "C", row_key);
CREATE INDEX ON {sides} (contract_id);
CREATE INDEX ON {sides} (party_id);
CREATE INDEX ON {obligations} (contract_id);
CREATE INDEX ON {obligations} (due, row_key) WHERE NOT is_fulfilled;
CREATE INDEX ON {charges} (contract_id);
CREATE INDEX ON {charges} (number COLLATE "C", row_key)
"""
ABOUT: Final[Mapping[str, str]] = dict.fromkeys(
    ("row_key", "contract_id", "number", "title", "status", "direction", "counterparty", "owner", "department"), "text"
)
RECEIVABLES: Final[Mapping[str, str]] = {
    **ABOUT,
    **dict.fromkeys(("kind", "subject", "description", "currency"), "text"),
    **dict.fromkeys(("amount_minor", "invoiced_minor", "paid_minor", "settled_minor", "open_minor", "expected_minor"), "bigint"),
    "due": "date",
    "waits_for": "text",
}
DELIVERIES: Final[Mapping[str, str]] = {
    **ABOUT,
    **dict.fromkeys(("delivery_id", "description", "item_id", "unit"), "text"),
    "is_planned": "boolean",
    **dict.fromkeys(("planned", "delivered", "accepted", "rejected"), "numeric"),
    "percent_hundredth": "bigint",
    "due": "date",
    "came_on": "date",
    "is_released": "boolean",
}
SIDES: Final[Mapping[str, str]] = {
    **ABOUT,
    **dict.fromkeys(("party_key", "party_id", "name"), "text"),
    "is_shared": "boolean",
    "currency": "text",
    "committed_minor": "bigint",
}
CHARGES: Final[Mapping[str, str]] = {
    **ABOUT,
    **dict.fromkeys(("kind", "subject", "term_id"), "text"),
    "term_version": "bigint",
    "through": "date",
    "currency": "text",
    **dict.fromkeys(("accrued_minor", "waived_minor", "standing_minor", "settled_minor", "version"), "bigint"),
}
OBLIGATIONS: Final[Mapping[str, str]] = {
    **ABOUT,
    **dict.fromkeys(("kind", "obligation_id", "description"), "text"),
    "is_ours": "boolean",
    "due": "date",
    "waits_for": "text",
    "is_fulfilled": "boolean",
    "currency": "text",
    "amount_minor": "bigint",
}
BETWEEN: Final = "\n"
QUANTITY_DIGITS: Final = 60


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
        """By table, the rows that should stand by now. Before a contract is in force, there are none."""
        it = self._contract
        if it.status not in BINDING_OR_ENDED and not any(reckoned(it)):
            return {}
        about = (
            shown(it.number),
            shown(it.title),
            it.status.value,
            it.direction.value,
            shown(BETWEEN.join(sorted(c.name for c in it.counterparties.values()))),
            it.owner and shown(it.owner),
            it.department and shown(it.department),
        )
        return {
            "receivables": self._receivables(about),
            "deliveries": self._deliveries(about),
            "sides": self._sides(about),
            "charges": self._charges(about),
            "obligations": self._obligations(about),
        }

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

    def _deliveries(self, about: tuple[object, ...]) -> list[tuple[object, ...]]:
        return [
            (
                # A delivery that nobody planned may have the id of a plan.
                self._key("plan" if one.planned_for else "unplanned", one.delivery_id),
                self._contract_id,
                *about,
                shown(one.delivery_id),
                shown(one.description),
                one.item_id and shown(one.item_id),
                one.unit and shown(one.unit),
                one.planned_for,
                None if one.planned is None else plain(one.planned),
                plain(one.delivered),
                plain(one.accepted),
                plain(one.rejected),
                int(one.percent.scaleb(2)),
                one.due,
                one.came_on,
                one.released,
            )
            for one in progress(self._contract)
        ]

    def _sides(self, about: tuple[object, ...]) -> list[tuple[object, ...]]:
        return [
            (
                self._key(one.counterparty.counterparty_id),
                self._contract_id,
                *about,
                named("party", one.counterparty.party_id) if one.counterparty.party_id else named("name", one.counterparty.name),
                one.counterparty.party_id and shown(one.counterparty.party_id),
                shown(one.counterparty.name),
                one.is_shared,
                one.committed and one.committed.currency,
                one.committed and one.committed.minor,
            )
            for one in sides(self._contract)
        ]

    def _charges(self, about: tuple[object, ...]) -> list[tuple[object, ...]]:
        return [
            (
                self._key(one.kind, one.currency, one.subject),
                self._contract_id,
                *about,
                one.kind.value,
                shown(one.subject),
                shown(one.term_id),
                one.term_version,
                one.through,
                one.currency,
                one.accrued,
                one.waived,
                one.standing,
                one.settled,
                one.version,
            )
            for one in charges(self._contract)
        ]

    def _obligations(self, about: tuple[object, ...]) -> list[tuple[object, ...]]:
        return [
            (
                self._key(one.obligation.kind, one.obligation.obligation_id),
                self._contract_id,
                *about,
                one.obligation.kind.value,
                shown(one.obligation.obligation_id),
                shown(one.description),
                one.ours,
                one.due,
                one.waits_for and shown(one.waits_for),
                one.fulfilled,
                one.amount and one.amount.currency,
                one.amount and one.amount.minor,
            )
            for one in as_far_as_known(self._contract, date.min, CALENDAR)
        ]

    def _key(self, *names: str) -> str:
        return named(self._contract_id, *names)


def plain(quantity: Decimal) -> Decimal:
    """The same number, written in one way: a row is the same whichever way the number was come by."""
    with localcontext() as context:
        context.prec = QUANTITY_DIGITS
        return quantity.normalize() if quantity else Decimal(0)


EXPECTS: Final = RowsPerStream(
    key="contract_id",
    prefix=CONTRACT.prefix,
    tables={"receivables": RECEIVABLES, "deliveries": DELIVERIES, "sides": SIDES, "charges": CHARGES, "obligations": OBLIGATIONS},
    begin=FulfilmentTold,
)


BY_NUMBER: Final = 'number COLLATE "C"'
PAST: Final = PastOfSeveral(
    EXPECTS,
    {
        "receivables": Sorted(("due", BY_NUMBER), {"due": "open_minor <> 0"}),
        "deliveries": Sorted(("due", BY_NUMBER), {"due": "is_planned AND came_on IS NULL AND NOT is_released"}),
        "sides": Sorted(("party_id",)),
        "charges": Sorted((BY_NUMBER,)),
        "obligations": Sorted(("due", BY_NUMBER), {"due": "NOT is_fulfilled"}),
    },
)


def projection(opened: Opened, tables: Tables) -> RowsProjection:
    """Writes the rows."""
    return RowsProjection(opened, tables, EXPECTS, PAST)


FULFILMENT = View(
    name="fulfilment",
    version=9,
    tables=(*EXPECTS.tables, *PAST.names),
    ddl=f"{DDL};{PAST.ddl}",
    indexes=f"{INDEXES};{PAST.indexes}",
    projection=projection,
    expects=EXPECTS,
    pasts=PAST.kept,
    tells_contracts=True,
)
