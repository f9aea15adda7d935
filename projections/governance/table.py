"""The tables of decisions that wait, of ends and renewals, and of duties in one hand; and the rows that a contract's entries tell."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import domain.contract
from domain.contract.awaited import Awaited, Waiting
from domain.contract.renewals import expiry
from domain.contract.segregation import Conflict, Duties
from domain.contract.state import Contract
from domain.facts import Entry
from domain.money import Money
from infra.ledger import CONTRACT
from infra.opening import Opened
from infra.render import to_json
from projections.columns import shown
from projections.several import RowsProjection
from projections.view import RowsPerStream, Tables, View

ABOUT: Final[Mapping[str, str]] = dict.fromkeys(
    ("number", "title", "status", "kind", "direction", "counterparty", "owner", "department", "confidentiality"), "text"
)
DECISIONS: Final[Mapping[str, str]] = {
    "row_key": "text",
    "contract_id": "text",
    **ABOUT,
    **dict.fromkeys(("matter", "subject", "seat_kind", "seat_name"), "text"),
    "since": "timestamptz",
    **dict.fromkeys(("submitted_by", "barred", "decided", "left_to"), "text"),
    "amount_minor": "bigint",
    "currency": "text",
    "value_minor": "bigint",
    "value_currency": "text",
    "step": "integer",
    "steps": "integer",
    "step_title": "text",
    "route_id": "text",
    "policy_id": "text",
    "policy_edition": "integer",
}
RENEWALS: Final[Mapping[str, str]] = {
    "row_key": "text",
    "contract_id": "text",
    **ABOUT,
    "value_minor": "bigint",
    "currency": "text",
    "starts": "date",
    "expires": "date",
    "used": "integer",
    "renewals_left": "integer",
    "term_id": "text",
    "automatic": "boolean",
    "notice_days": "integer",
    "length_months": "integer",
    "times": "integer",
    "reckoned_times": "integer",
    "first_end": "date",
    "renewed": "integer",
    "noticed_on": "date",
    "notice_opens": "date",
    "notice_closes": "date",
}
CONFLICTS: Final[Mapping[str, str]] = {
    "row_key": "text",
    "contract_id": "text",
    **ABOUT,
    "value_minor": "bigint",
    "currency": "text",
    "separation": "text",
    "person": "text",
    "acts": "json",
    # Of the act that was recorded last.
    "last_at": "timestamptz",
    "last_position": "bigint",
}
_REQUIRED: Final = {
    *("row_key", "contract_id", "number", "title", "status", "kind", "direction", "counterparty", "confidentiality", "matter", "subject"),
    *("seat_kind", "seat_name", "submitted_by", "barred", "decided", "left_to", "step", "steps", "expires", "used", "renewed"),
    *("separation", "person", "acts", "last_at", "last_position"),
}
BETWEEN: Final = "\n"


def _ddl(table: str, columns: Mapping[str, str], *more: str) -> str:
    in_order = {"row_key": ' COLLATE "C"', "contract_id": ' COLLATE "C"'}
    lines = [
        f"{name} {kind}{in_order.get(name, '')}{' NOT NULL' if name in _REQUIRED else ''}{' PRIMARY KEY' if name == 'row_key' else ''}"
        for name, kind in columns.items()
    ]
    return f"CREATE TABLE {{{table}}} ({', '.join((*lines, *more))}) WITH (fillfactor = 80)"


def _listed(name: str) -> str:
    return f"{name}_names text[] NOT NULL GENERATED ALWAYS AS (string_to_array({name}, E'\\n')) STORED"


DDL: Final = ";\n".join(
    (
        _ddl("decisions", DECISIONS, *map(_listed, ("barred", "decided", "left_to"))),
        _ddl("renewals", RENEWALS),
        _ddl("conflicts", CONFLICTS),
    )
)
INDEXES: Final = """
CREATE INDEX ON {decisions} (contract_id);
CREATE INDEX ON {decisions} (since, row_key);
CREATE INDEX ON {decisions} (seat_name);
CREATE INDEX ON {renewals} (contract_id);
CREATE INDEX ON {renewals} (expires, row_key);
CREATE INDEX ON {renewals} (notice_closes, row_key) WHERE notice_closes IS NOT NULL;
CREATE INDEX ON {conflicts} (contract_id);
CREATE INDEX ON {conflicts} (person);
CREATE INDEX ON {conflicts} (last_position, row_key)
"""


class GovernanceTold:
    """What a contract's stream says of it: the domain folds and finds, this writes down."""

    def __init__(self, contract_id: str) -> None:
        """Begins with nothing."""
        self._contract_id = contract_id
        self._contract = Contract()
        self._waiting = Waiting()
        self._duties = Duties()

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        domain.contract.fold(self._contract, entry)
        self._waiting.take(entry, self._contract)
        self._duties.take(entry)

    def rows(self) -> Mapping[str, list[tuple[object, ...]]]:
        """By table, the rows that should stand by now."""
        it = self._contract
        about = (
            shown(it.number),
            shown(it.title),
            it.status.value,
            it.kind.value,
            it.direction.value,
            shown(BETWEEN.join(sorted(c.name for c in it.counterparties.values()))),
            it.owner and shown(it.owner),
            it.department and shown(it.department),
            it.confidentiality.value,
        )
        return {
            "decisions": [self._decision(about, one) for one in self._waiting.awaited(it)],
            "renewals": self._renewals(about),
            "conflicts": [self._conflict(about, one) for one in self._duties.conflicts()],
        }

    def _decision(self, about: tuple[object, ...], one: Awaited) -> tuple[object, ...]:
        return (
            self._key(one.matter, one.subject, one.seat.kind, one.seat.name),
            self._contract_id,
            *about,
            one.matter.value,
            shown(one.subject),
            one.seat.kind.value,
            shown(str(one.seat.name)),
            one.since,
            shown(one.submitted_by),
            *(_lines(names) for names in (one.barred, one.decided, one.left_to)),
            *_amount(one.amount),
            *_amount(self._contract.value),
            one.step,
            one.steps,
            one.title and shown(one.title),
            one.route_id and shown(one.route_id),
            None if one.policy is None else shown(one.policy.policy_id),
            None if one.policy is None else one.policy.edition,
        )

    def _renewals(self, about: tuple[object, ...]) -> list[tuple[object, ...]]:
        found = expiry(self._contract)
        if found is None:
            return []
        term, asked = found.term, found.reckoned
        agreed = (None,) * 4 if term is None else (term.automatic, term.notice_days, term.length_months, term.times)
        return [
            (
                self._contract_id,
                self._contract_id,
                *about,
                *_amount(self._contract.value),
                found.starts,
                found.expires,
                found.used,
                found.left,
                found.term_id and shown(found.term_id),
                *agreed,
                None if asked is None else asked.times,
                found.first_end,
                found.renewed,
                found.noticed_on,
                found.notice_opens,
                found.notice_closes,
            )
        ]

    def _conflict(self, about: tuple[object, ...], one: Conflict) -> tuple[object, ...]:
        acts: Any = to_json([{**_plain(act), "subject": shown(act.subject), "person": shown(act.person)} for act in one.acts])
        return (
            self._key(one.separation, one.person),
            self._contract_id,
            *about,
            *_amount(self._contract.value),
            one.separation.value,
            shown(one.person),
            acts,
            one.acts[-1].at,
            one.acts[-1].position,
        )

    def _key(self, *names: str) -> str:
        # Ids may hold anything, also what would make two of them one.
        return json.dumps([self._contract_id, *names], ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> dict[str, Any]:
    told = to_json(value)
    assert isinstance(told, dict)  # noqa: S101 - what an act is as JSON
    return dict(told)


def _lines(names: Iterable[str]) -> str:
    return shown(BETWEEN.join(names))


def _amount(amount: Money | None) -> tuple[int | None, str | None]:
    return (None, None) if amount is None else (amount.minor, amount.currency)


EXPECTS: Final = RowsPerStream(
    key="contract_id",
    prefix=CONTRACT.prefix,
    tables={"decisions": DECISIONS, "renewals": RENEWALS, "conflicts": CONFLICTS},
    begin=GovernanceTold,
)


def projection(opened: Opened, tables: Tables) -> RowsProjection:
    """Writes the rows."""
    return RowsProjection(opened, tables, EXPECTS)


GOVERNANCE = View(
    name="governance",
    version=1,
    tables=tuple(EXPECTS.tables),
    ddl=DDL,
    indexes=INDEXES,
    projection=projection,
    expects=EXPECTS,
)
