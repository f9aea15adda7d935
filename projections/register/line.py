"""A line of the register."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from domain.contract.state import Contract
from domain.contract.vocabulary import Counterparty, Period, Status
from domain.money import Money
from projections.register.fields import Sought


@dataclass(slots=True)
class Line:
    """One contract's row; the fields are the table's columns, in its order. Amounts are in minor units, times aware.

    A blank line says what a blank contract says.
    """

    contract_id: str
    number: str = ""
    title: str = ""
    kind: str = "other"
    direction: str = "payable"
    status: str = Status.DRAFT
    our_entity: str = ""
    counterparties: tuple[Counterparty, ...] = ()
    counterparty_names: str = ""
    currency: str | None = None
    value_minor: int | None = None
    paid_minor: int = 0
    period_start: date | None = None
    period_end: date | None = None
    owner: str | None = None
    department: str | None = None
    confidentiality: str = "internal"
    publisher: str | None = None
    ocid: str | None = None
    drafted_at: datetime | None = None
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    in_force_since: datetime | None = None
    ended_at: datetime | None = None
    tags: tuple[str, ...] = ()
    risk: str | None = None
    custom_fields: dict[str, Sought] = field(default_factory=dict)
    corrections: int = 0
    version: int = 0
    position: int = 0
    updated_at: datetime | None = None
    paid_by_currency: dict[str, int] = field(default_factory=dict)

    def face(self, counterparties: tuple[Counterparty, ...]) -> None:
        """Takes the other side, in order."""
        self.counterparties = counterparties
        self.counterparty_names = "\n".join([c.name for c in counterparties])

    def span(self, period: Period) -> None:
        """Takes the period."""
        self.period_start = period.start
        self.period_end = period.end

    def state(self, value: Money | None) -> None:
        """Takes a total value; the currency outlives a value that is no longer stated."""
        self.value_minor = None if value is None else value.minor
        if value is not None:
            self.count_in(value.currency)

    def count_in(self, currency: str | None) -> None:
        """Takes the contract's currency; only payments in it count as paid."""
        self.currency = currency
        self.paid_minor = 0 if currency is None else self.paid_by_currency.get(currency, 0)

    def pay(self, amount: Money) -> None:
        """Counts a payment. A contract without a stated value is in the currency of its first."""
        paid = self.paid_by_currency
        paid[amount.currency] = paid.get(amount.currency, 0) + amount.minor
        self.count_in(next(iter(paid)) if self.value_minor is None else self.currency)

    def unpay(self, amount: Money) -> None:
        """Takes a payment back."""
        self.paid_by_currency[amount.currency] = self.paid_by_currency.get(amount.currency, 0) - amount.minor
        self.count_in(self.currency)

    def settle(self, contract: Contract) -> None:
        """Takes over from a folded contract what was paid."""
        self.paid_by_currency = paid_by_currency(contract)
        self.count_in(contract.currency)


def paid_by_currency(contract: Contract) -> dict[str, int]:
    """What the payments that stand come to in each currency, that of the first payment first."""
    paid: dict[str, int] = {}
    for payment in contract.payments.values():
        amount = payment.amount
        paid[amount.currency] = paid.get(amount.currency, 0) + payment.standing.minor
    return paid
