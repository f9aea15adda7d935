"""Decisions that wait, ends and renewals, and duties in one hand as rows of a spreadsheet."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from infra.spreadsheet import Cell
from projections.governance.inbox import AwaitedDecision
from projections.governance.renewals import RenewalLine
from projections.governance.segregation import ConflictLine
from projections.governance.table import BETWEEN

DECISIONS: Final = (
    "number", "title", "matter", "subject", "step", "steps", "step_title", "waits_for", "left_to", "since", "days_waiting", "submitted_by",
    "amount", "currency", "route", "policy_edition", "kind", "counterparties", "department", "owner", "contract_id",
)  # fmt: skip
RENEWALS: Final = (
    "number", "title", "status", "kind", "direction", "counterparties", "starts", "expires", "days_left", "outlook", "automatic",
    "notice_days", "notice_opens", "notice_closes", "noticed_on", "length_months", "renewals_used", "renewals_left", "value", "currency",
    "department", "owner", "contract_id",
)  # fmt: skip
CONFLICTS: Final = ("number", "title", "person", "duties", "duty", "of", "version", "position", "fact", "at", "in_name_only", "contract_id")


def decision_cells(row: AwaitedDecision, now: datetime) -> tuple[Cell, ...]:
    """A decision's row."""
    waited = None if row.since is None else max((now - row.since).days, 0)
    return (
        row.number, row.title, row.matter.value, row.subject, row.step, row.steps, row.step_title, seat(row), _names(row.left_to),
        row.since, waited, row.submitted_by, None if row.amount is None else row.amount.amount, row.currency, row.route_id,
        row.policy_edition, row.kind.value, "; ".join(row.counterparties), row.department, row.owner, row.contract_id,
    )  # fmt: skip


def seat(row: AwaitedDecision) -> str:
    """Whose decision is awaited; a role is said to be one."""
    return row.seat_name if row.seat_kind.value == "principal" else f"role {row.seat_name}"


def renewal_cells(row: RenewalLine, on: date) -> tuple[Cell, ...]:
    """An end's or a renewal's row, as it is told on a day."""
    return (
        row.number, row.title, row.status.value, row.kind.value, row.direction.value, "; ".join(row.counterparties), row.starts,
        row.expires, row.days_left(on), row.outlook(on).value, None if row.automatic is None else str(row.automatic).lower(),
        row.notice_days, row.notice_opens, row.notice_closes, row.noticed_on, row.length_months, row.used, row.renewals_left,
        None if row.value is None else row.value.amount, row.currency, row.department, row.owner, row.contract_id,
    )  # fmt: skip


def conflict_cells(row: ConflictLine) -> tuple[tuple[Cell, ...], ...]:
    """A conflict's rows: one for each act that proves it."""
    return tuple(
        (
            row.number, row.title, row.person, row.separation.value, act["duty"], act["subject"], act["version"], act["position"],
            act["fact"], act["at"], str(act["in_name_only"]).lower(), row.contract_id,
        )
        for act in row.acts
    )  # fmt: skip


def _names(lines: str) -> str:
    return "; ".join(lines.split(BETWEEN)) if lines else ""
