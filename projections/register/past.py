"""The register's past: what of a line is kept of every moment, and how the domain's fold of any entries makes such a line."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import Any, Final

import domain.contract
from domain.contract.approval import ApprovalCompleted, SubmittedForApproval
from domain.contract.correction import FactCorrected
from domain.contract.drafting import ContractDrafted
from domain.contract.state import Contract
from domain.facts import Entry
from infra.ledger import CONTRACT
from projections.columns import shown
from projections.past import PastShape, RowName, Rows, Texts
from projections.past.shape import ORIGIN, past_ddl, past_indexes
from projections.register.columns import COLUMNS, TYPES, line_of, texts
from projections.register.fields import sought
from projections.register.folding import SILENT
from projections.register.line import Line, paid_by_currency

TABLE: Final = "register_past"
KEPT: Final = {name: kind for name, kind in TYPES.items() if name not in ORIGIN}
kept_of = itemgetter(*(n for n, name in enumerate(COLUMNS) if name not in ORIGIN))

DDL: Final = past_ddl("register", TABLE, "contract_id")
# In what orders pages of the past are asked for.
SORTED: Final = ('number COLLATE "C"', 'status COLLATE "C"', "value_minor", "period_end", "drafted_at")
INDEXES: Final = past_indexes(TABLE, "contract_id", SORTED, filtered="status")


def kept(line: Line) -> Texts:
    """What is kept of a line."""
    return tuple(None if text is None else shown(text) for text in kept_of(texts(line)))


def rows(line: Line) -> Rows:
    """The one row of a contract."""
    return {RowName(TABLE, line.contract_id): kept(line)}


def again(values: tuple[Any, ...]) -> Texts:
    """What is kept, as it was before the database had it."""
    held: dict[str, Any] = dict(zip(KEPT, values, strict=True))
    return kept(line_of(tuple(held.get(name) for name in COLUMNS)))


class StageMoments:
    """When the stages were reached that a contract's own state does not keep; what was decided is never corrected."""

    def __init__(self) -> None:
        """Begins with nothing."""
        self.drafted_at: datetime | None = None
        self.submitted_at: datetime | None = None
        self.approved_at: datetime | None = None

    def take(self, entry: Entry) -> None:
        """Takes the next entry."""
        match entry.fact:
            case ContractDrafted():
                self.drafted_at = entry.effective_at
            case SubmittedForApproval():
                self.submitted_at = entry.effective_at
            case ApprovalCompleted():
                self.approved_at = entry.effective_at
            case _:
                pass


class RegisterTeller:
    """A contract's line by the domain's fold, which may be of any of its entries."""

    def __init__(self, contract_id: str) -> None:
        """Begins with nothing."""
        self._contract_id = contract_id
        self._contract = Contract()
        self._moments = StageMoments()
        self._corrections = 0

    def take(self, entry: Entry) -> None:
        """Takes the next entry."""
        domain.contract.fold(self._contract, entry)
        self._moments.take(entry)
        self._corrections += isinstance(entry.fact, FactCorrected)

    def rows(self) -> Rows:
        """The contract's row by now."""
        it = self._contract
        line = Line(
            self._contract_id,
            number=it.number,
            title=it.title,
            kind=it.kind,
            direction=it.direction,
            status=it.status,
            our_entity=it.our_entity,
            owner=it.owner,
            department=it.department,
            confidentiality=it.confidentiality,
            publisher=None if it.source is None else it.source.publisher,
            ocid=None if it.source is None else it.source.ocid,
            drafted_at=self._moments.drafted_at,
            submitted_at=self._moments.submitted_at,
            approved_at=self._moments.approved_at,
            in_force_since=it.in_force_since,
            ended_at=it.ended_at,
            tags=tuple(it.tags),
            risk=None if it.risk is None else it.risk.level,
            custom_fields={key: sought(held.type, held.value) for key, held in it.custom_fields.items()},
            corrections=self._corrections,
            paid_by_currency=paid_by_currency(it),
        )
        line.face(tuple(it.counterparties.values()))
        line.state(it.value)
        line.span(it.period)
        line.count_in(it.currency)
        return rows(line)


def tells(entry: Entry) -> bool:
    """Whether an entry may change what is kept."""
    return type(entry.fact) not in SILENT


SHAPE: Final = PastShape(
    table=TABLE,
    prefix=CONTRACT.prefix,
    columns=KEPT,
    of="contract_id",
    key="contract_id",
    rows=rows,
    teller=RegisterTeller,
    again=again,
    tells=tells,
)
