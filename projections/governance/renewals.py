"""What people ask of ends and renewals: which contracts end when, what follows, and until when notice counts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Final

from domain.contract.renewals import Expiry, standing_on
from domain.money import Money
from domain.terms.renewal import Outlook, Renewal, RenewalStanding
from infra.opening import Opened
from projections.governance.about import BY_CONTRACT, EVERY, KEY, ContractFilter, OfContract, typed
from projections.governance.table import GOVERNANCE
from projections.paging import Order, SortColumn, Where
from projections.past import Moments
from projections.rows import Rows, sorted_by

SORTS: Final = {
    c.name: c
    for c in (
        SortColumn("expires", "date"),
        SortColumn("notice_closes", "date", nullable=True),
        SortColumn("used", "bigint"),
        *BY_CONTRACT,
    )
}


@dataclass(frozen=True, slots=True)
class RenewalLine(OfContract):
    """A contract in force with the end of its period, and the renewal term where it has one; amounts in minor units."""

    value_minor: int | None
    currency: str | None
    starts: date | None
    expires: date
    used: int
    renewals_left: int | None
    term_id: str | None
    automatic: bool | None
    notice_days: int | None
    length_months: int | None
    reckoned_times: int | None
    first_end: date | None
    renewed: int
    noticed_on: date | None
    notice_opens: date | None
    notice_closes: date | None

    @property
    def value(self) -> Money | None:
        """The contract's value."""
        return None if self.value_minor is None or self.currency is None else Money(self.value_minor, self.currency)

    def days_left(self, on: date) -> int:
        """How many days it still lasts after a day; below zero once it is past its end."""
        return (self.expires - on).days

    def notice_days_left(self, on: date) -> int | None:
        """How many days notice still counts after a day; below zero once it is too late."""
        return None if self.notice_closes is None else (self.notice_closes - on).days

    def standing(self, on: date) -> RenewalStanding | None:
        """What follows the present period as of a day; None without a renewal term."""
        if self.automatic is None or self.notice_days is None or self.length_months is None or self.first_end is None:
            return None
        asked = Renewal(automatic=self.automatic, notice_days=self.notice_days, length_months=self.length_months, times=self.reckoned_times)
        held = Expiry(
            expires=self.expires,
            starts=self.starts,
            used=self.used,
            reckoned=asked,
            first_end=self.first_end,
            renewed=self.renewed,
            noticed_on=self.noticed_on,
        )
        return standing_on(held, on)

    def outlook(self, on: date) -> Outlook:
        """What becomes of it after the present period, as of a day: without a term it ends."""
        standing = self.standing(on)
        return Outlook.ENDS if standing is None else standing.outlook


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalQuery:
    """Which contracts, in which order; days are included. `with_term` tells those with a renewal term from the others."""

    which: ContractFilter = EVERY
    expires_from: date | None = None
    expires_to: date | None = None
    notice_from: date | None = None
    notice_to: date | None = None
    with_term: bool | None = None
    sort: str = "expires"
    descending: bool = False
    limit: int = 50
    cursor: str | None = None

    @property
    def moments(self) -> Moments:
        """As of when."""
        return self.which.moments

    @property
    def order(self) -> Order:
        """The order of rows. Raises BadQuery for a column that cannot be sorted by."""
        return Order(sorted_by(SORTS, self.sort, "renewals"), KEY, self.descending, self.moments.label)

    @property
    def filters(self) -> Where:
        """What must hold, whatever page is asked for. Raises BadQuery."""
        where = self.which.where
        for condition, day in (
            ("expires >= %s", self.expires_from),
            ("expires <= %s", self.expires_to),
            ("notice_closes >= %s", self.notice_from),
            ("notice_closes <= %s", self.notice_to),
        ):
            if day is not None:
                where.add(condition, day)
        if self.with_term is not None:
            where.add(f"term_id IS {'NOT ' if self.with_term else ''}NULL")
        return where


SHOWN: Final = tuple(f.name for f in fields(RenewalLine))


class Renewals(Rows[RenewalLine]):
    """The ends and renewals of one ledger's contracts."""

    def __init__(self, opened: Opened) -> None:
        """Reads as the ledger's application role."""
        super().__init__(opened, GOVERNANCE, renewal_line, SHOWN, "renewals")


def renewal_line(*row: object) -> RenewalLine:
    """A row of the table, typed."""
    return RenewalLine(**typed(SHOWN, row, {}))  # type: ignore[arg-type]
