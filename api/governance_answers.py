"""What the API answers of decisions that wait, of ends and renewals, and of duties in one hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from domain.contract.awaited import DecisionMatter
from domain.contract.route import Approver, PolicyEdition
from domain.contract.segregation import Act, Duty, Separation
from domain.contract.vocabulary import Confidentiality, Direction, Kind, Status
from domain.money import Money
from domain.terms.renewal import Outlook
from infra.render import to_json
from projections.governance import AwaitedDecision, ConflictLine, RenewalLine
from projections.governance.inbox import Decider, Reach, Way
from projections.governance.table import BETWEEN


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionWay:
    """By what somebody may decide, and for whom where not for themselves."""

    by: Reach
    delegation_id: str | None
    on_behalf_of: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """A seat that waits for a decision."""

    contract_id: str
    number: str
    title: str
    kind: Kind
    direction: Direction
    counterparties: tuple[str, ...]
    owner: str | None
    department: str | None
    confidentiality: Confidentiality
    matter: DecisionMatter
    subject: str | None
    seat: Approver
    left_to: tuple[str, ...]
    since: datetime | None
    days_waiting: int | None
    submitted_by: str
    amount: Money | None
    value: Money | None
    step: int
    steps: int
    step_title: str | None
    route_id: str | None
    policy: PolicyEdition | None
    ways: tuple[DecisionWay, ...]
    sheet: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPage:
    """A page of decisions that wait; `who` is whose they are, null for everybody's."""

    who: str | None
    approvals: tuple[DecisionLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalAnswer:
    """A contract in force with the end of its period, and what follows."""

    contract_id: str
    number: str
    title: str
    status: Status
    kind: Kind
    direction: Direction
    counterparties: tuple[str, ...]
    owner: str | None
    department: str | None
    confidentiality: Confidentiality
    value: Money | None
    starts: date | None
    expires: date
    days_left: int
    outlook: Outlook
    term_id: str | None
    automatic: bool | None
    notice_days: int | None
    length_months: int | None
    renewals_used: int
    renewals_left: int | None
    notice_opens: date | None
    notice_closes: date | None
    notice_days_left: int | None
    noticed_on: date | None
    next_start: date | None
    next_end: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalPage:
    """A page of ends and renewals, and the day that was asked about."""

    on: date
    renewals: tuple[RenewalAnswer, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictAnswer:
    """Two duties of one person under one contract, and the entries that prove it."""

    contract_id: str
    number: str
    title: str
    status: Status
    kind: Kind
    direction: Direction
    counterparties: tuple[str, ...]
    owner: str | None
    department: str | None
    confidentiality: Confidentiality
    value: Money | None
    separation: Separation
    person: str
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictPage:
    """A page of duties in one hand."""

    conflicts: tuple[ConflictAnswer, ...]
    next_cursor: str | None


def decision_line(row: AwaitedDecision, who: Decider | None, now: datetime) -> DecisionLine:
    """A decision as it waits for somebody, or for whomever its seat names."""
    policy = None
    if row.policy_id is not None and row.policy_edition is not None:
        policy = PolicyEdition(policy_id=row.policy_id, edition=row.policy_edition)
    return DecisionLine(
        contract_id=row.contract_id,
        number=row.number,
        title=row.title,
        kind=row.kind,
        direction=row.direction,
        counterparties=row.counterparties,
        owner=row.owner,
        department=row.department,
        confidentiality=row.confidentiality,
        matter=row.matter,
        subject=row.subject or None,
        seat=Approver(kind=row.seat_kind, name=row.seat_name),
        left_to=tuple(row.left_to.split(BETWEEN)) if row.left_to else (),
        since=row.since,
        days_waiting=None if row.since is None else max((now - row.since).days, 0),
        submitted_by=row.submitted_by,
        amount=row.amount,
        value=row.value,
        step=row.step,
        steps=row.steps,
        step_title=row.step_title,
        route_id=row.route_id,
        policy=policy,
        ways=() if who is None else tuple(map(_way, row.ways(who))),
        sheet=f"/api/v1/contracts/{row.contract_id}/approval-sheet" if row.matter is DecisionMatter.CONTRACT else None,
    )


def _way(way: Way) -> DecisionWay:
    return DecisionWay(by=way.reach, delegation_id=way.delegation_id, on_behalf_of=way.on_behalf_of)


def renewal_answer(row: RenewalLine, on: date) -> RenewalAnswer:
    """An end or a renewal as it is told on a day."""
    standing = row.standing(on)
    return RenewalAnswer(
        contract_id=row.contract_id,
        number=row.number,
        title=row.title,
        status=row.status,
        kind=row.kind,
        direction=row.direction,
        counterparties=row.counterparties,
        owner=row.owner,
        department=row.department,
        confidentiality=row.confidentiality,
        value=row.value,
        starts=row.starts,
        expires=row.expires,
        days_left=row.days_left(on),
        outlook=row.outlook(on),
        term_id=row.term_id,
        automatic=row.automatic,
        notice_days=row.notice_days,
        length_months=row.length_months,
        renewals_used=row.used,
        renewals_left=row.renewals_left,
        notice_opens=row.notice_opens,
        notice_closes=row.notice_closes,
        notice_days_left=row.notice_days_left(on),
        noticed_on=row.noticed_on,
        next_start=None if standing is None else standing.next_start,
        next_end=None if standing is None else standing.next_end,
    )


def conflict_answer(row: ConflictLine) -> ConflictAnswer:
    """Duties in one hand as the API shows them."""
    return ConflictAnswer(
        contract_id=row.contract_id,
        number=row.number,
        title=row.title,
        status=row.status,
        kind=row.kind,
        direction=row.direction,
        counterparties=row.counterparties,
        owner=row.owner,
        department=row.department,
        confidentiality=row.confidentiality,
        value=row.value,
        separation=row.separation,
        person=row.person,
        acts=tuple(map(act, row.acts)),
    )


def act(held: dict[str, Any]) -> Act:
    """An act, out of the JSON that the view keeps."""
    return Act(**{**held, "duty": Duty(held["duty"]), "at": datetime.fromisoformat(held["at"])})


ABOUT: Final[dict[str, Any]] = {
    "contract_id": "6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a",
    "number": "采-2026-001",
    "title": "办公设备采购合同 / Purchase of office equipment",
    "kind": "supplier",
    "direction": "payable",
    "counterparties": ["华东办公设备有限公司"],
    "owner": "alice",
    "department": "行政部",
    "confidentiality": "internal",
    "value": {"amount": "83420.00", "currency": "CNY"},
}
DECISIONS_EXAMPLE: Final[Any] = {
    "who": "bob",
    "approvals": [
        {
            **ABOUT,
            "matter": "contract",
            "subject": None,
            "seat": {"kind": "principal", "name": "bob"},
            "left_to": [],
            "since": "2026-03-02T09:00:00Z",
            "days_waiting": 4,
            "submitted_by": "alice",
            "amount": {"amount": "83420.00", "currency": "CNY"},
            "step": 1,
            "steps": 2,
            "step_title": "部门 / Heads",
            "route_id": "large",
            "policy": {"policy_id": "approval", "edition": 2},
            "ways": [{"by": "name", "delegation_id": None, "on_behalf_of": None}],
            "sheet": "/api/v1/contracts/6a0f4b0e-3f5c-5f0e-8f5c-0b1d2c3e4f5a/approval-sheet",
        }
    ],
    "next_cursor": None,
}
RENEWALS_EXAMPLE: Final[Any] = {
    "on": "2026-11-20",
    "renewals": [
        {
            **ABOUT,
            "status": "in_force",
            "starts": "2026-01-01",
            "expires": "2026-12-31",
            "days_left": 41,
            "outlook": "renews_unless_notice",
            "term_id": "renewal",
            "automatic": True,
            "notice_days": 30,
            "length_months": 12,
            "renewals_used": 0,
            "renewals_left": 2,
            "notice_opens": "2026-01-01",
            "notice_closes": "2026-12-01",
            "notice_days_left": 11,
            "noticed_on": None,
            "next_start": "2027-01-01",
            "next_end": "2027-12-31",
        }
    ],
    "next_cursor": None,
}
_ACTS: Final = tuple(
    Act(
        duty=duty,
        subject=subject,
        person="bob",
        version=version,
        position=position,
        fact=fact,
        at=datetime(2026, 3, day, 9, tzinfo=UTC),
    )
    for duty, subject, version, position, fact, day in (
        (Duty.APPROVED, "", 9, 31, "contract.step_approved", 2),
        (Duty.PAID, "p1", 14, 57, "contract.payment_recorded", 9),
    )
)
CONFLICTS_EXAMPLE: Final[Any] = {
    "conflicts": [
        {**ABOUT, "status": "in_force", "separation": "approval_and_payment", "person": "bob", "acts": to_json(_ACTS)},
    ],
    "next_cursor": None,
}
