"""Decisions that wait, ends and renewals, duties in one hand, templates in use and deviations as rows of a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from infra.spreadsheet import Cell, Columns, yes_or_no
from projections.governance.departures import DeviationLine, Editions, TemplateUseLine
from projections.governance.inbox import AwaitedDecision
from projections.governance.renewals import RenewalLine
from projections.governance.segregation import ConflictLine
from projections.governance.table import BETWEEN

DECISIONS: Final[Columns] = {
    "number": str, "title": str, "matter": str, "subject": str, "step": int, "steps": int, "step_title": str, "waits_for": str,
    "left_to": str, "since": datetime, "days_waiting": int, "submitted_by": str, "amount": Decimal, "currency": str, "route": str,
    "policy_edition": int, "kind": str, "counterparties": str, "department": str, "owner": str, "contract_id": str,
}  # fmt: skip
RENEWALS: Final[Columns] = {
    "number": str, "title": str, "status": str, "kind": str, "direction": str, "counterparties": str, "starts": date, "expires": date,
    "days_left": int, "outlook": str, "automatic": str, "notice_days": int, "notice_opens": date, "notice_closes": date,
    "noticed_on": date, "length_months": int, "renewals_used": int, "renewals_left": int, "value": Decimal, "currency": str,
    "department": str, "owner": str, "contract_id": str,
}  # fmt: skip
CONFLICTS: Final[Columns] = {
    "number": str, "title": str, "person": str, "duties": str, "duty": str, "of": str, "version": int, "position": int, "fact": str,
    "at": str, "in_name_only": str, "contract_id": str,
}  # fmt: skip
TEMPLATE_USES: Final[Columns] = {
    "number": str, "title": str, "status": str, "template_id": str, "template": str, "edition": int, "published_edition": int,
    "newest": str, "retired": str, "locked": int, "deviating": int, "waiting": int, "drafted_by": str, "drafted_at": datetime,
    "kind": str, "counterparties": str, "value": Decimal, "currency": str, "department": str, "owner": str, "contract_id": str,
}  # fmt: skip
DEVIATIONS: Final[Columns] = {
    "number": str, "title": str, "contract_status": str, "template_id": str, "edition": int, "clause_id": str, "heading": str,
    "deviation_id": str, "status": str, "why": str, "requested_by": str, "requested_for": str, "requested_at": datetime,
    "decided_by": str, "decided_at": datetime, "opinion": str, "applied_by": str, "applied_at": datetime, "original": str,
    "becomes": str, "kind": str, "counterparties": str, "department": str, "owner": str, "contract_id": str,
}  # fmt: skip


def decision_cells(row: AwaitedDecision, now: datetime) -> tuple[Cell, ...]:
    """A decision's row."""
    waited = None if row.since is None else max((now - row.since).days, 0)
    return (
        row.number, row.title, row.matter.value, row.subject, row.step, row.steps, row.step_title, seat(row), _names(row.left_to),
        row.since, waited, row.submitted_by, None if row.amount is None else Decimal(row.amount.amount), row.currency, row.route_id,
        row.policy_edition, row.kind.value, "; ".join(row.counterparties), row.department, row.owner, row.contract_id,
    )  # fmt: skip


def seat(row: AwaitedDecision) -> str:
    """Whose decision is awaited; a role is said to be one."""
    return row.seat_name if row.seat_kind.value == "principal" else f"role {row.seat_name}"


def renewal_cells(row: RenewalLine, on: date) -> tuple[Cell, ...]:
    """An end's or a renewal's row, as it is told on a day."""
    return (
        row.number, row.title, row.status.value, row.kind.value, row.direction.value, "; ".join(row.counterparties), row.starts,
        row.expires, row.days_left(on), row.outlook(on).value, None if row.automatic is None else yes_or_no(row.automatic),
        row.notice_days, row.notice_opens, row.notice_closes, row.noticed_on, row.length_months, row.used, row.renewals_left,
        None if row.value is None else Decimal(row.value.amount), row.currency, row.department, row.owner, row.contract_id,
    )  # fmt: skip


def conflict_cells(row: ConflictLine) -> tuple[tuple[Cell, ...], ...]:
    """A conflict's rows: one for each act that proves it."""
    return tuple(
        (
            row.number, row.title, row.person, row.separation.value, act["duty"], act["subject"], act["version"], act["position"],
            act["fact"], act["at"], yes_or_no(act["in_name_only"]), row.contract_id,
        )
        for act in row.acts
    )  # fmt: skip


def use_cells(row: TemplateUseLine, editions: Editions) -> tuple[Cell, ...]:
    """A contract's row, with what became of its template since."""
    template, published = editions[row.template_id], editions.published(row.template_id)
    return (
        row.number, row.title, row.status.value, row.template_id, None if template.newest is None else template.newest.name, row.edition,
        published, yes_or_no(row.edition == published), yes_or_no(template.retired), row.locked, row.deviating, row.waiting,
        row.drafted_by, row.drafted_at, row.kind.value, "; ".join(row.counterparties),
        None if row.value is None else Decimal(row.value.amount), row.currency, row.department, row.owner, row.contract_id,
    )  # fmt: skip


def deviation_cells(row: DeviationLine) -> tuple[Cell, ...]:
    """A deviation's row."""
    worded = row.becomes or row.original
    return (
        row.number, row.title, row.status.value, row.template_id, row.edition, row.clause_id, _said(worded, "heading"), row.deviation_id,
        row.deviation_status.value, row.why, row.requested_by, row.requested_for, row.requested_at, row.decided_by, row.decided_at,
        row.opinion, row.applied_by, row.applied_at, _said(row.original, "text"), _said(row.becomes, "text"), row.kind.value,
        "; ".join(row.counterparties), row.department, row.owner, row.contract_id,
    )  # fmt: skip


def _said(clause: Mapping[str, str] | None, name: str) -> str | None:
    return None if clause is None else clause[name]


def _names(lines: str) -> str:
    return "; ".join(lines.split(BETWEEN)) if lines else ""
