"""The tables of decisions, of ends and renewals, of duties in one hand, of templates in use and deviations; and the rows of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import domain.contract
from domain.contract.awaited import Awaited, Waiting
from domain.contract.departures import Departure, Departures, Step
from domain.contract.renewals import expiry
from domain.contract.segregation import Act, Conflict, Duties
from domain.contract.state import Contract
from domain.contract.vocabulary import Clause, TemplateRef
from domain.facts import Entry
from domain.money import Money
from infra.ledger import CONTRACT
from infra.opening import Opened
from infra.render import to_json
from projections.columns import named, shown
from projections.several import PastOfSeveral, RowsProjection, Sorted
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
TEMPLATE_USES: Final[Mapping[str, str]] = {
    "row_key": "text",
    "contract_id": "text",
    **ABOUT,
    "value_minor": "bigint",
    "currency": "text",
    "template_id": "text",
    "edition": "integer",
    "drafted_by": "text",
    "drafted_at": "timestamptz",
    **dict.fromkeys(("locked", "deviating", "waiting"), "integer"),
}
DEVIATIONS: Final[Mapping[str, str]] = {
    "row_key": "text",
    "contract_id": "text",
    **ABOUT,
    "template_id": "text",
    "edition": "integer",
    **dict.fromkeys(("deviation_id", "clause_id", "deviation_status", "why", "requested_for", "opinion"), "text"),
    **{
        f"{step}_{name}": kind
        for step in ("requested", "decided", "applied")
        for name, kind in (("by", "text"), ("at", "timestamptz"), ("version", "integer"))
    },
    "original": "json",
    "becomes": "json",
}
_REQUIRED: Final = {
    *("row_key", "contract_id", "number", "title", "status", "kind", "direction", "counterparty", "confidentiality", "matter", "subject"),
    *("seat_kind", "seat_name", "submitted_by", "barred", "decided", "left_to", "step", "steps", "expires", "used", "renewed"),
    *("separation", "person", "acts", "last_at", "last_position"),
    *("template_id", "edition", "drafted_by", "drafted_at", "locked", "deviating", "waiting"),
    *("deviation_id", "clause_id", "deviation_status", "why", "requested_by", "requested_at", "requested_version"),
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
        _ddl("template_uses", TEMPLATE_USES),
        _ddl("deviations", DEVIATIONS),
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
CREATE INDEX ON {conflicts} (last_position, row_key);
CREATE INDEX ON {template_uses} (drafted_at, row_key);
CREATE INDEX ON {template_uses} (template_id, edition);
CREATE INDEX ON {deviations} (contract_id);
CREATE INDEX ON {deviations} (requested_at, row_key);
CREATE INDEX ON {deviations} (template_id, edition)
"""


class GovernanceTold:
    """What a contract's stream says of it: the domain folds and finds, this writes down."""

    def __init__(self, contract_id: str) -> None:
        """Begins with nothing."""
        self._contract_id = contract_id
        self._contract = Contract()
        self._waiting = Waiting()
        self._duties = Duties()
        self._departures = Departures()
        # What was written of the last conflicts, and of each act in them: the acts stay the same ones.
        self._proven: tuple[tuple[Conflict, ...], list[Any]] = ((), [])
        self._acts: dict[int, tuple[Act, dict[str, Any]]] = {}

    def fold(self, entry: Entry) -> None:
        """Takes the stream's next entry."""
        domain.contract.fold(self._contract, entry)
        self._waiting.take(entry)
        self._duties.take(entry)
        self._departures.take(entry, self._contract)

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
            "conflicts": self._conflicts(about),
            **self._templated(about),
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
        agreed = (None,) * 3 if term is None else (term.automatic, term.notice_days, term.length_months)
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

    def _conflicts(self, about: tuple[object, ...]) -> list[tuple[object, ...]]:
        found = self._duties.conflicts()
        if found is not self._proven[0]:
            self._proven = found, [[self._act(act) for act in one.acts] for one in found]
        return [
            (
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
            for one, acts in zip(*self._proven, strict=True)
        ]

    def _act(self, act: Act) -> dict[str, Any]:
        held = self._acts.get(id(act))
        if held is None:
            held = self._acts[id(act)] = act, {**_plain(act), "subject": shown(act.subject), "person": shown(act.person)}
        return held[1]

    def _templated(self, about: tuple[object, ...]) -> Mapping[str, list[tuple[object, ...]]]:
        it = self._contract
        use = self._departures.use(it)
        if use is None:
            return {"template_uses": [], "deviations": []}
        row = (
            self._contract_id,
            self._contract_id,
            *about,
            *_amount(it.value),
            *_edition(use.template),
            shown(it.drafted_by),
            use.drafted_at,
            *(use.locked, use.deviating, use.waiting),
        )
        return {
            "template_uses": [row],
            "deviations": [self._deviation(about, use.template, one) for one in self._departures.all(it)],
        }

    def _deviation(self, about: tuple[object, ...], template: TemplateRef, one: Departure) -> tuple[object, ...]:
        asked = one.deviation
        return (
            self._key(asked.deviation_id),
            self._contract_id,
            *about,
            *_edition(template),
            shown(asked.deviation_id),
            shown(asked.clause_id),
            asked.status.value,
            shown(asked.why),
            asked.requested_for and shown(asked.requested_for),
            asked.opinion and shown(asked.opinion),
            *(told for step in (one.requested, one.decided, one.applied) for told in _step(step)),
            _clause(one.original),
            _clause(asked.becomes),
        )

    def _key(self, *names: str) -> str:
        return named(self._contract_id, *names)


def _plain(value: object) -> dict[str, Any]:
    told = to_json(value)
    assert isinstance(told, dict)  # noqa: S101 - what an act is as JSON
    return dict(told)


def _edition(template: TemplateRef) -> tuple[str, int]:
    return shown(template.template_id), template.edition


def _step(step: Step | None) -> tuple[object, ...]:
    return (None, None, None) if step is None else (shown(step.by), step.at, step.version)


def _clause(clause: Clause | None) -> dict[str, Any] | None:
    if clause is None:
        return None
    return {name: shown(held) if isinstance(held, str) else held for name, held in _plain(clause).items()}


def _lines(names: Iterable[str]) -> str:
    return shown(BETWEEN.join(names))


def _amount(amount: Money | None) -> tuple[int | None, str | None]:
    return (None, None) if amount is None else (amount.minor, amount.currency)


EXPECTS: Final = RowsPerStream(
    key="contract_id",
    prefix=CONTRACT.prefix,
    tables={
        "decisions": DECISIONS,
        "renewals": RENEWALS,
        "conflicts": CONFLICTS,
        "template_uses": TEMPLATE_USES,
        "deviations": DEVIATIONS,
    },
    begin=GovernanceTold,
)


PAST: Final = PastOfSeveral(
    EXPECTS,
    {
        "decisions": Sorted(("since",)),
        "renewals": Sorted(("expires",)),
        "conflicts": Sorted(("last_position",)),
        "template_uses": Sorted(("drafted_at",)),
        "deviations": Sorted(("requested_at",)),
    },
)


def projection(opened: Opened, tables: Tables) -> RowsProjection:
    """Writes the rows."""
    return RowsProjection(opened, tables, EXPECTS, PAST)


GOVERNANCE = View(
    name="governance",
    version=5,
    tables=(*EXPECTS.tables, *PAST.names),
    ddl=f"{DDL};\n{PAST.ddl}",
    indexes=f"{INDEXES};\n{PAST.indexes}",
    projection=projection,
    expects=EXPECTS,
    pasts=PAST.kept,
    tells_contracts=True,
)
