"""The register's columns, and a line as they hold it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from domain.contract.vocabulary import Counterparty
from infra import codec
from projections.register.line import Line

DDL = """
CREATE TABLE {register} (
    contract_id        text COLLATE "C" NOT NULL PRIMARY KEY,
    number             text        NOT NULL,
    title              text        NOT NULL,
    kind               text        NOT NULL,
    direction          text        NOT NULL,
    status             text        NOT NULL,
    our_entity         text        NOT NULL,
    counterparties     json        NOT NULL,
    counterparty_names text        NOT NULL,
    currency           text,
    value_minor        bigint,
    paid_minor         bigint      NOT NULL,
    period_start       date,
    period_end         date,
    owner              text,
    department         text,
    confidentiality    text        NOT NULL,
    publisher          text,
    ocid               text,
    drafted_at         timestamptz,
    -- The last submission, and the approval.
    submitted_at       timestamptz,
    approved_at        timestamptz,
    in_force_since     timestamptz,
    ended_at           timestamptz,
    tags               jsonb       NOT NULL,
    risk               text,
    -- What it holds in the fields that the house defined, by key; several choices as a list.
    custom_fields      jsonb       NOT NULL,
    corrections        integer     NOT NULL,
    version            integer     NOT NULL,
    position           bigint      NOT NULL,
    updated_at         timestamptz NOT NULL,
    -- What payments come to in each of their currencies, that of the first payment first; paid_minor follows from it.
    paid_by_currency   json        NOT NULL
) WITH (fillfactor = 80)
"""
# So that a cursor fits into an address, however long the texts are.
SORTED_LENGTH = 100
# Of what lists are sorted by, the columns that seldom change, so that most updates touch no index at all.
SORTED = (
    *(f'{name} COLLATE "C"' for name in ("number", "kind", "direction", "status", "currency", "confidentiality")),
    *(
        f'left({name}, {SORTED_LENGTH}) COLLATE "C"'
        for name in ("title", "our_entity", "counterparty_names", "owner", "department", "publisher", "ocid")
    ),
    *(
        "value_minor",
        "paid_minor",
        "period_start",
        "period_end",
        "drafted_at",
        "submitted_at",
        "approved_at",
        "in_force_since",
        "ended_at",
        "corrections",
    ),
)
INDEXES = ";\n".join(
    (
        *(f"CREATE INDEX ON {{register}} ({expression}, contract_id)" for expression in SORTED),
        "CREATE INDEX ON {register} USING gin (tags jsonb_path_ops)",
        "CREATE INDEX ON {register} USING gin (custom_fields jsonb_path_ops)",
    )
)

COLUMNS = tuple(f.name for f in fields(Line))
TYPES = {
    **dict.fromkeys(COLUMNS, "text"),
    **dict.fromkeys(("counterparties", "paid_by_currency"), "json"),
    **dict.fromkeys(("tags", "custom_fields"), "jsonb"),
    **dict.fromkeys(("value_minor", "paid_minor", "position"), "bigint"),
    **dict.fromkeys(("corrections", "version"), "integer"),
    **dict.fromkeys(("period_start", "period_end"), "date"),
    **dict.fromkeys(("drafted_at", "submitted_at", "approved_at", "in_force_since", "ended_at", "updated_at"), "timestamptz"),
}
SELECTED = ", ".join(COLUMNS)


def texts(line: Line) -> tuple[str | None, ...]:
    """A line's values as SQL reads them, in the order of the columns."""
    return (
        line.contract_id,
        line.number,
        line.title,
        line.kind,
        line.direction,
        line.status,
        line.our_entity,
        codec.encode_any(line.counterparties).decode(),
        line.counterparty_names,
        line.currency,
        None if line.value_minor is None else str(line.value_minor),
        str(line.paid_minor),
        None if line.period_start is None else line.period_start.isoformat(),
        None if line.period_end is None else line.period_end.isoformat(),
        line.owner,
        line.department,
        line.confidentiality,
        line.publisher,
        line.ocid,
        None if line.drafted_at is None else line.drafted_at.isoformat(),
        None if line.submitted_at is None else line.submitted_at.isoformat(),
        None if line.approved_at is None else line.approved_at.isoformat(),
        None if line.in_force_since is None else line.in_force_since.isoformat(),
        None if line.ended_at is None else line.ended_at.isoformat(),
        codec.encode_any(line.tags).decode(),
        line.risk,
        # In one order, whichever the database gives them back in.
        codec.encode_any(dict(sorted(line.custom_fields.items()))).decode(),
        str(line.corrections),
        str(line.version),
        str(line.position),
        None if line.updated_at is None else line.updated_at.isoformat(),
        codec.encode_any(line.paid_by_currency).decode(),
    )


def line_of(row: tuple[Any, ...]) -> Line:
    """The line that a row of the table holds."""
    line = Line(*row)
    line.counterparties = tuple(Counterparty(**c) for c in row[COLUMNS.index("counterparties")])
    line.tags = tuple(line.tags)
    return line
