"""Receivables and payables 应收应付: what is owed under a contract, part by part. It answers, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from domain.contract import obligations, rules
from domain.contract.state import Contract, Payment
from domain.contract.vocabulary import Status
from domain.money import Money
from domain.refusals import Refusal
from domain.terms.calendar import ListedDays, local_day

# No contract names the calendar that its working days are counted by: Monday to Friday, in UTC, until it does.
CALENDAR: Final = ListedDays(name="Monday to Friday")


class ClaimKind(StrEnum):
    """What is owed: an instalment; what no instalment covers; what is held back; interest on a late payment; a share of profit or pay
    for a key figure. Penalties and service credits take from what is owed.
    """

    INSTALMENT = "instalment"
    REST = "rest"
    RETENTION = "retention"
    INTEREST = "interest"
    EARNING = "earning"
    PENALTY = "penalty"
    SERVICE_CREDIT = "service_credit"


class Claim(NamedTuple):
    """A part of what is owed, in minor units of one currency; negative takes from what is owed.

    `subject` is an id among those of the kind. `settled` needs no payment any more: it is covered otherwise, or termination freed
    from it. Without `due` it has no day yet, and `waits_for` says for what, where that is known.
    """

    kind: ClaimKind
    subject: str
    currency: str
    amount: int
    invoiced: int = 0
    paid: int = 0
    settled: int = 0
    due: date | None = None
    waits_for: str | None = None
    description: str = ""

    @property
    def open(self) -> int:
        """What is still to be paid."""
        return self.amount - self.paid - self.settled


class Planned(NamedTuple):
    """An instalment as it is agreed; `released` once termination freed from what is not paid of it."""

    instalment_id: str
    amount: Money
    due: date | None
    description: str
    waits_for: str | None
    released: bool


@dataclass(slots=True)
class Sums:
    """Minor units by what they are for."""

    by: dict[str, int] = field(default_factory=dict)

    def add(self, key: str, minor: int) -> None:
        """Adds some."""
        self.by[key] = self.by.get(key, 0) + minor

    def of(self, key: str) -> int:
        """What came together."""
        return self.by.get(key, 0)

    def take(self, key: str, most: int) -> int:
        """Takes away up to so much; how much it was."""
        taken = max(min(self.of(key), most), 0)
        self.add(key, -taken)
        return taken


def claims(contract: Contract) -> list[Claim]:
    """What is or was owed. Before a contract is in force, nothing is.

    All that is open comes to the value less what was paid, and to what was added to that and taken from it since. A payment counts for
    the instalments that it names, as it was allocated or as it says. What names none counts for the rest; once nothing is left of the
    value, it covers every instalment. Invoices name no instalments: they fill them in their order, and then the rest.
    """
    if contract.status not in rules.BINDING_OR_ENDED:
        return []
    plan = planned(contract)
    unnamed, towards = received(contract, {one.instalment_id: one.amount for one in plan})
    invoiced = Sums()
    for held in contract.invoices.values():
        if held.voided_because is None:
            invoiced.add(held.invoice.amount.currency, held.invoice.amount.minor)
    covered = all_paid(contract)
    found = [instalment(one, towards.of(one.instalment_id), invoiced, covered) for one in plan]
    retained = Sums()
    for retention in contract.retentions.values():
        retained.add(retention.amount.currency, retention.amount.minor)
    currencies = dict.fromkeys([*currencies_of(contract), *unnamed.by, *invoiced.by, *retained.by, *(c.currency for c in found)])
    for currency in currencies:
        of_it = [claim for claim in found if claim.currency == currency]
        sums = Left(currency, invoiced.of(currency), unnamed.of(currency), retained.of(currency), covered == currency)
        left = rest(contract, of_it, sums)
        if left.amount or left.invoiced or left.paid or left.settled:
            found.append(left)
    found += others(contract)
    return found


class Left(NamedTuple):
    """What names no instalment, in one currency; `covers` where nothing is left of the value."""

    currency: str
    invoiced: int
    paid: int
    retained: int
    covers: bool


def currencies_of(contract: Contract) -> list[str]:
    """The currency of the value, where one is stated."""
    return [] if contract.value is None else [contract.value.currency]


def planned(contract: Contract) -> list[Planned]:
    """The instalments with their days, in their order; those of an agreed payment schedule that the value does not bear out are none."""
    try:
        known = list(obligations.planned(contract, CALENDAR))
    except Refusal:
        known = [(i.instalment_id, i.amount, i.due, i.description, None) for i in contract.instalments.values()]
    ended = local_day(CALENDAR, contract.ended_at) if contract.status is Status.TERMINATED and contract.ended_at is not None else None
    return [
        Planned(
            instalment_id,
            amount,
            due,
            contract.instalments[instalment_id].description if instalment_id in contract.instalments else "",
            waits_for,
            ended is not None and (due is None or due > ended),
        )
        for instalment_id, amount, due, _, waits_for in known
    ]


def received(contract: Contract, amounts: Mapping[str, Money]) -> tuple[Sums, Sums]:
    """What stands of payments, in minor units: what names no instalment by currency, and what counts for each instalment by its id.

    Nothing counts for more than an instalment comes to.
    """
    unnamed, towards = Sums(), Sums()
    for payment in contract.payments.values():
        standing = payment.standing
        left = standing.minor
        for instalment_id, minor in named(payment):
            amount = amounts.get(instalment_id)
            if amount is not None and amount.currency == standing.currency:
                counted = min(minor, amount.minor - towards.of(instalment_id))
                towards.add(instalment_id, counted)
                left -= counted
        unnamed.add(standing.currency, left)
    return unnamed, towards


def named(payment: Payment) -> Iterator[tuple[str, int]]:
    """The instalments that a payment names, and how much of it is for each."""
    if payment.reversed:
        return
    if not payment.allocation and payment.instalment_id is not None:
        yield payment.instalment_id, payment.standing.minor
    for share in payment.allocation:
        if share.instalment_id is not None:
            yield share.instalment_id, share.amount.minor


def all_paid(contract: Contract) -> str | None:
    """The currency of the value, once nothing is left of that to be paid."""
    if contract.value is None:
        return None
    currency = contract.value.currency
    paid = sum(p.standing.minor for p in contract.payments.values() if p.standing.currency == currency)
    held = sum(r.amount.minor for r in contract.retentions.values() if r.amount.currency == currency)
    return currency if contract.value.minor <= paid + held else None


def instalment(one: Planned, paid: int, invoiced: Sums, covered: str | None) -> Claim:
    """What is owed of an instalment; takes from the invoices that are not used up by those before it."""
    amount = one.amount.minor
    settled = amount - paid if one.released or one.amount.currency == covered else 0
    return Claim(
        ClaimKind.INSTALMENT,
        one.instalment_id,
        one.amount.currency,
        amount,
        0 if one.released else invoiced.take(one.amount.currency, amount),
        paid,
        settled,
        one.due,
        one.waits_for if one.due is None else None,
        one.description,
    )


def rest(contract: Contract, instalments: Iterable[Claim], left: Left) -> Claim:
    """What is owed in a currency beside the instalments, less what is held back.

    Where no value is stated, what was invoiced or paid was owed. After termination, what was neither is no longer.
    """
    planned_for = settled_of = 0
    for claim in instalments:
        planned_for += claim.amount
        settled_of += claim.settled
    stated = contract.value if contract.value is not None and contract.value.currency == left.currency else None
    owed = max(left.invoiced, left.paid, 0) if stated is None else stated.minor - planned_for
    settled = -settled_of if left.covers else 0
    if contract.status is Status.TERMINATED and not left.covers:
        settled = owed - max(left.invoiced, min(left.paid, owed), 0)
    return Claim(ClaimKind.REST, "", left.currency, owed - left.retained, left.invoiced, left.paid, settled)


def others(contract: Contract) -> Iterator[Claim]:
    """What is held back until its day, and what was added to what is owed and taken from it."""
    for held in contract.retentions.values():
        if held.amount.minor:
            yield Claim(
                ClaimKind.RETENTION,
                held.retention_id,
                held.amount.currency,
                held.amount.minor,
                due=held.until,
                description=held.description,
            )
    for kind, sign, amounts in (
        (ClaimKind.INTEREST, 1, {subject: one.standing for subject, one in contract.interest.items()}),
        (ClaimKind.EARNING, 1, {subject: one.total for subject, one in contract.profit_shares.items()}),
        (ClaimKind.EARNING, 1, {subject: one.total for subject, one in contract.performance_pay.items()}),
        (ClaimKind.PENALTY, -1, {subject: one.standing for subject, one in contract.penalties.items()}),
        (ClaimKind.SERVICE_CREDIT, -1, {subject: one.total for subject, one in contract.service_credits.items()}),
    ):
        for subject, amount in amounts.items():
            if amount.minor:
                yield Claim(kind, subject, amount.currency, sign * amount.minor)


def overdue_since(claim: Claim, on: date) -> date | None:
    """The day on which it fell due, where that is before a day and something is still open of it."""
    return claim.due if claim.due is not None and claim.due < on and claim.open > 0 else None
