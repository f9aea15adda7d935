"""What people ask of templates in use, and of deviations from them: which contracts, which editions, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from domain.contract.vocabulary import Clause, DeviationStatus, Status, Topic
from domain.money import Money
from domain.template import Template
from infra import templates
from infra.ledger import TEMPLATE, Ledger
from infra.opening import Opened
from projections.governance.about import BY_CONTRACT, EVERY, KEY, SORTED_LENGTH, ContractFilter, OfContract, typed
from projections.governance.table import GOVERNANCE
from projections.paging import Order, SortColumn, Where, require_plain
from projections.past import Moments
from projections.rows import Rows, sorted_by

_BY_TEMPLATE: Final = (SortColumn("template_id", "text", length=SORTED_LENGTH), SortColumn("edition", "bigint"))
USE_SORTS: Final = {
    c.name: c
    for c in (
        SortColumn("drafted_at", "timestamptz"),
        *_BY_TEMPLATE,
        SortColumn("deviating", "bigint"),
        SortColumn("waiting", "bigint"),
        *BY_CONTRACT,
    )
}
DEVIATION_SORTS: Final = {
    c.name: c
    for c in (
        SortColumn("requested_at", "timestamptz"),
        SortColumn("decided_at", "timestamptz", nullable=True),
        SortColumn("deviation_status", "text"),
        SortColumn("clause_id", "text", length=SORTED_LENGTH),
        *_BY_TEMPLATE,
        *BY_CONTRACT,
    )
}


class Editions:
    """Which edition of each template contracts are drafted from by now: read from the templates' own entries, each template once."""

    def __init__(self, ledger: Ledger) -> None:
        """Begins with none of them read."""
        self._ledger = ledger
        self._held: dict[str, Template] = {}

    def __getitem__(self, template_id: str) -> Template:
        """A template; one that never began has no edition."""
        if template_id not in self._held:
            self._held[template_id] = self._ledger.load(TEMPLATE, template_id)
        return self._held[template_id]

    def published(self, template_id: str) -> int | None:
        """The edition published last; None where none was."""
        edition = self[template_id].published
        return None if edition is None else edition.number

    def all_published(self) -> Mapping[str, int]:
        """The edition published last of every template that has one."""
        return {one.template_id: one.template.published.number for one in templates.drafted(self._ledger) if one.template.published}


@dataclass(frozen=True, slots=True)
class TemplateUseLine(OfContract):
    """A contract that was drafted from a template.

    Of the clauses that the edition locks, `deviating` read otherwise by now; `waiting` deviations were asked for and are neither
    rejected nor used.
    """

    value_minor: int | None
    currency: str | None
    template_id: str
    edition: int
    drafted_by: str
    drafted_at: datetime
    locked: int
    deviating: int
    waiting: int

    @property
    def value(self) -> Money | None:
        """The contract's value."""
        return None if self.value_minor is None or self.currency is None else Money(self.value_minor, self.currency)


@dataclass(frozen=True, slots=True)
class DeviationLine(OfContract):
    """A deviation from a clause that a template locks, step by step: versions are those of the contract's entries."""

    template_id: str
    edition: int
    deviation_id: str
    clause_id: str
    deviation_status: DeviationStatus
    why: str
    requested_for: str | None
    opinion: str | None
    requested_by: str
    requested_at: datetime
    requested_version: int
    decided_by: str | None
    decided_at: datetime | None
    decided_version: int | None
    applied_by: str | None
    applied_at: datetime | None
    applied_version: int | None
    original: dict[str, Any] | None
    becomes: dict[str, Any] | None

    @property
    def was(self) -> Clause | None:
        """The wording with which the contract was drafted."""
        return _clause(self.original)

    @property
    def asked(self) -> Clause | None:
        """The wording that was asked for; None where the clause is to be gone."""
        return _clause(self.becomes)


def _clause(held: dict[str, Any] | None) -> Clause | None:
    if held is None:
        return None
    topic = held.get("topic")
    return Clause(clause_id=held["clause_id"], heading=held["heading"], text=held["text"], topic=None if topic is None else Topic(topic))


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateUseQuery:
    """Which contracts drafted from templates, in which order.

    `deviates` tells those that read otherwise than their template from those that do not. `outdated` tells those whose edition is not
    the one in `published` from those whose is.
    """

    which: ContractFilter = EVERY
    status: tuple[Status, ...] = ()
    template: str | None = None
    edition: int | None = None
    deviates: bool | None = None
    outdated: bool | None = None
    published: Mapping[str, int] | None = None
    sort: str = "drafted_at"
    descending: bool = True
    limit: int = 50
    cursor: str | None = None

    @property
    def moments(self) -> Moments:
        """As of when."""
        return self.which.moments

    @property
    def order(self) -> Order:
        """The order of rows. Raises BadQuery for a column that cannot be sorted by."""
        return Order(sorted_by(USE_SORTS, self.sort, "templates in use"), KEY, self.descending, self.moments.label)

    @property
    def filters(self) -> Where:
        """What must hold, whatever page is asked for. Raises BadQuery."""
        where = _of_template(self.which, self.status, self.template, self.edition)
        if self.deviates is not None:
            where.add(f"deviating {'>' if self.deviates else '='} 0")
        if self.outdated is not None:
            editions = self.published or {}
            condition = "(template_id, edition) IN (SELECT * FROM unnest(%s::text[], %s::integer[]))"
            where.add(f"NOT {condition}" if self.outdated else condition, list(editions), list(editions.values()))
        return where


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationQuery:
    """Which deviations, in which order: `person` asked for it or decided on it, `since` it was asked for, included; `until` is not."""

    which: ContractFilter = EVERY
    status: tuple[Status, ...] = ()
    template: str | None = None
    edition: int | None = None
    clause: str | None = None
    deviation_status: tuple[DeviationStatus, ...] = ()
    person: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    sort: str = "requested_at"
    descending: bool = True
    limit: int = 50
    cursor: str | None = None

    @property
    def moments(self) -> Moments:
        """As of when."""
        return self.which.moments

    @property
    def order(self) -> Order:
        """The order of rows. Raises BadQuery for a column that cannot be sorted by."""
        return Order(sorted_by(DEVIATION_SORTS, self.sort, "deviations"), KEY, self.descending, self.moments.label)

    @property
    def filters(self) -> Where:
        """What must hold, whatever page is asked for. Raises BadQuery."""
        require_plain(clause=self.clause, person=self.person)
        where = _of_template(self.which, self.status, self.template, self.edition)
        if self.deviation_status:
            where.add("deviation_status = ANY(%s)", [one.value for one in self.deviation_status])
        if self.person is not None:
            where.add("%s IN (requested_by, requested_for, decided_by)", self.person)
        for condition, wanted in (("clause_id = %s", self.clause), ("requested_at >= %s", self.since), ("requested_at < %s", self.until)):
            if wanted is not None:
                where.add(condition, wanted)
        return where


def _of_template(which: ContractFilter, status: tuple[Status, ...], template: str | None, edition: int | None) -> Where:
    require_plain(template=template)
    where = which.where
    if status:
        where.add("status = ANY(%s)", [one.value for one in status])
    for condition, wanted in (("template_id = %s", template), ("edition = %s", edition)):
        if wanted is not None:
            where.add(condition, wanted)
    return where


_USE_SHOWN: Final = tuple(f.name for f in fields(TemplateUseLine))
_DEVIATION_SHOWN: Final = tuple(f.name for f in fields(DeviationLine))


class TemplateUses(Rows[TemplateUseLine]):
    """The contracts of one ledger that were drafted from templates."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        super().__init__(opened, GOVERNANCE, template_use, _USE_SHOWN, "template_uses")


class Deviations(Rows[DeviationLine]):
    """The deviations of one ledger's contracts from what their templates lock."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        super().__init__(opened, GOVERNANCE, deviation_line, _DEVIATION_SHOWN, "deviations")


def template_use(*row: object) -> TemplateUseLine:
    """A row of the table, typed."""
    return TemplateUseLine(**typed(_USE_SHOWN, row, {}))  # type: ignore[arg-type]


def deviation_line(*row: object) -> DeviationLine:
    """A row of the table, typed."""
    return DeviationLine(**typed(_DEVIATION_SHOWN, row, {"deviation_status": DeviationStatus}))  # type: ignore[arg-type]
