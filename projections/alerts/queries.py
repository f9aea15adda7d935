"""What people ask of the alerts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Final

from domain.alert.vocabulary import AlertKind, AlertSeverity, AlertStatus
from infra.opening import Opened
from infra.render import Json
from projections.alerts.table import ALERTS
from projections.paging import Order, SortColumn, Where, require_plain
from projections.paging import beginning as beginning_pattern
from projections.rows import Rows, sorted_by

KEY: Final = SortColumn("alert_id", "text")
SORTS: Final = {
    c.name: c
    for c in (
        KEY,
        SortColumn("raised_at", "timestamptz", nullable=True),
        SortColumn("updated_at", "timestamptz", nullable=True),
        SortColumn("contract_number", "text", length=100),
    )
}


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An alert as the view has it."""

    alert_id: str
    rule_id: str
    rule_edition: int
    kind: str
    severity: str
    title: str
    contract_id: str
    contract_number: str
    subject: str | None
    entry: int | None
    day: date | None
    figures: dict[str, Json]
    status: str
    told: str
    raised_at: datetime
    escalate_at: datetime | None
    escalated: bool
    snoozed_until: datetime | None
    acknowledged_by: str | None
    resolved_by: str | None
    deliveries: dict[str, Json]
    dead: bool
    version: int
    position: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertQuery:
    """Which alerts, in which order; everything that is given must hold.

    `awake_at` leaves out those that rest until after a moment; `dead` asks for those of which a message reached somebody by no attempt.
    """

    status: Iterable[AlertStatus] = ()
    severity: Iterable[AlertSeverity] = ()
    kind: Iterable[AlertKind] = ()
    contract_id: str | None = None
    rule_id: str | None = None
    told: str | None = None
    dead: bool | None = None
    awake_at: datetime | None = None
    sort: str = "raised_at"
    descending: bool = True
    limit: int = 50
    cursor: str | None = None

    @property
    def order(self) -> Order:
        """The order of rows. Raises BadQuery for a column that cannot be sorted by."""
        return Order(sorted_by(SORTS, self.sort, "alerts"), KEY, self.descending)

    @property
    def filters(self) -> Where:
        """What must hold, whatever page is asked for. Raises BadQuery."""
        require_plain(contract_id=self.contract_id, rule_id=self.rule_id, told=self.told)
        where = Where([], [])
        for column, wanted in (("status", self.status), ("severity", self.severity), ("kind", self.kind)):
            values = [one.value for one in wanted]
            if values:
                where.add(f"{column} = ANY(%s)", values)
        for column, said in (("contract_id", self.contract_id), ("rule_id", self.rule_id)):
            if said is not None:
                where.add(f"{column} = %s", said)
        if self.told is not None:
            where.add("told_names @> ARRAY[%s]", self.told)
        if self.dead is not None:
            where.add("dead" if self.dead else "NOT dead")
        if self.awake_at is not None:
            where.add("(snoozed_until IS NULL OR snoozed_until <= %s)", self.awake_at)
        return where


SHOWN: Final = tuple(f.name for f in fields(ListedAlert))


class Alerts(Rows[ListedAlert]):
    """The alerts of one ledger."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        super().__init__(opened, ALERTS, ListedAlert, SHOWN)

    def beginning_with(self, beginning: str) -> list[str]:
        """The ids of up to two alerts that begin so. Raises BadQuery."""
        require_plain(alert=beginning)
        with self._asking() as cursor:
            cursor.execute(f"SELECT alert_id FROM {self._table} WHERE alert_id LIKE %s LIMIT 2", (beginning_pattern(beginning),))
            return [str(alert_id) for (alert_id,) in cursor.fetchall()]

    def found_in(self, position: int) -> bool:
        """Whether the entry at a position raised an alert."""
        with self._asking() as cursor:
            cursor.execute(f"SELECT 1 FROM {self._table} WHERE entry = %s LIMIT 1", (position,))
            return cursor.fetchone() is not None

    def to_escalate(self, moment: datetime, limit: int = 500) -> list[str]:
        """The ids of open alerts whose time to escalate has come, the longest waiting first."""
        condition = "status = 'open' AND NOT escalated AND escalate_at <= %s"
        with self._asking() as cursor:
            cursor.execute(f"SELECT alert_id FROM {self._table} WHERE {condition} ORDER BY escalate_at LIMIT %s", (moment, limit))
            return [str(alert_id) for (alert_id,) in cursor.fetchall()]
