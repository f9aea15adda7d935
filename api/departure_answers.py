"""What the API answers of templates in use and of deviations from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from api.governance_answers import ABOUT
from domain.contract.vocabulary import Clause, Confidentiality, DeviationStatus, Direction, Kind, Status
from domain.money import Money
from projections.governance.departures import DeviationLine, Editions, TemplateUseLine


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateUse:
    """A contract that was drafted from a template's edition."""

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
    template_id: str
    template_name: str | None
    edition: int
    published_edition: int | None
    newest: bool
    template_retired: bool
    drafted_by: str
    drafted_at: datetime
    locked: int
    deviating: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateUsePage:
    """A page of contracts drafted from templates."""

    uses: tuple[TemplateUse, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationAnswer:
    """A deviation from a clause that a template locks."""

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
    template_id: str
    edition: int
    deviation_id: str
    deviation_status: DeviationStatus
    clause_id: str
    why: str
    requested_by: str
    requested_for: str | None
    requested_at: datetime
    requested_version: int
    decided_by: str | None
    decided_at: datetime | None
    decided_version: int | None
    opinion: str | None
    applied_by: str | None
    applied_at: datetime | None
    applied_version: int | None
    original: Clause | None
    becomes: Clause | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationPage:
    """A page of deviations."""

    deviations: tuple[DeviationAnswer, ...]
    next_cursor: str | None


def _of_contract(row: TemplateUseLine | DeviationLine) -> dict[str, Any]:
    names = ("contract_id", "number", "title", "status", "kind", "direction", "counterparties", "owner", "department", "confidentiality")
    return {name: getattr(row, name) for name in names}


def use_answer(row: TemplateUseLine, editions: Editions) -> TemplateUse:
    """A template in use, with what became of the template since."""
    template, published = editions[row.template_id], editions.published(row.template_id)
    return TemplateUse(
        **_of_contract(row),
        value=row.value,
        template_id=row.template_id,
        template_name=None if template.newest is None else template.newest.name,
        edition=row.edition,
        published_edition=published,
        newest=row.edition == published,
        template_retired=template.retired,
        drafted_by=row.drafted_by,
        drafted_at=row.drafted_at,
        locked=row.locked,
        deviating=row.deviating,
        waiting=row.waiting,
    )


_SAME: Final = (
    *("template_id", "edition", "deviation_id", "deviation_status", "clause_id", "why", "requested_by", "requested_for", "requested_at"),
    *("requested_version", "decided_by", "decided_at", "decided_version", "opinion", "applied_by", "applied_at", "applied_version"),
)


def deviation_answer(row: DeviationLine) -> DeviationAnswer:
    """A deviation as the API shows it."""
    return DeviationAnswer(**_of_contract(row), **{name: getattr(row, name) for name in _SAME}, original=row.was, becomes=row.asked)


_CLAUSE: Final = {"clause_id": "9", "heading": "适用法律 / Governing law", "topic": "disputes"}
USES_EXAMPLE: Final[Any] = {
    "uses": [
        {
            **ABOUT,
            "status": "in_force",
            "template_id": "purchase",
            "template_name": "采购合同范本",
            "edition": 2,
            "published_edition": 3,
            "newest": False,
            "template_retired": False,
            "drafted_by": "alice",
            "drafted_at": "2026-01-05T09:00:00Z",
            "locked": 4,
            "deviating": 1,
            "waiting": 0,
        }
    ],
    "next_cursor": None,
}
DEVIATIONS_EXAMPLE: Final[Any] = {
    "deviations": [
        {
            **{name: held for name, held in ABOUT.items() if name != "value"},
            "status": "in_force",
            "template_id": "purchase",
            "edition": 2,
            "deviation_id": "v1",
            "deviation_status": "applied",
            "clause_id": "9",
            "why": "对方要求 / The other side asks",
            "requested_by": "alice",
            "requested_for": None,
            "requested_at": "2026-01-06T09:00:00Z",
            "requested_version": 8,
            "decided_by": "bob",
            "decided_at": "2026-01-07T09:00:00Z",
            "decided_version": 9,
            "opinion": "同意 / Agreed",
            "applied_by": "alice",
            "applied_at": "2026-01-07T10:00:00Z",
            "applied_version": 10,
            "original": {**_CLAUSE, "text": "本合同适用中华人民共和国法律。"},
            "becomes": {**_CLAUSE, "text": "本合同适用新加坡法律。"},
        }
    ],
    "next_cursor": None,
}
