"""Performance as others publish it: milestones that were met, transactions that were made, and what is said of them later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from domain.contract import rules
from domain.contract.correction import FactCorrected, Restated
from domain.contract.delivery import DeliveryRecorded, DeliveryRescheduled, DeliveryScheduled
from domain.contract.payment import OverpaymentAccepted, PaymentRecorded
from domain.contract.state import Contract
from domain.contract.vocabulary import PlannedDelivery
from domain.facts import Dated, Fact, value
from domain.money import Money


@value
class PublishedPayment:
    """A transaction of the implementation section. Undated: known since the release."""

    payment_id: str
    amount: Money
    paid_at: datetime | None
    payer: str | None = None
    payee: str | None = None


@value
class PublishedMilestone:
    """A milestone of the implementation section; met on a day that `met_at` states, or by the day of the release.

    A blank title is an omitted one.
    """

    milestone_id: str
    title: str
    due: date | None = None
    met: bool = False
    met_at: datetime | None = None


class Telling(NamedTuple):
    """How a release tells: the moment of what it leaves undated, why it corrects, and whether a newer one is known already."""

    moment: datetime
    why: str
    late: bool

    def corrected(self, version: int, was: Fact, becomes: Fact, effective_at: datetime | None) -> Dated:
        """The release says otherwise what an earlier one said of the same payment or delivery."""
        told = FactCorrected(corrects=version, was=Restated(was), becomes=Restated(becomes), why=self.why, effective_at=effective_at)
        return Dated(told, self.moment)


def milestones(contract: Contract, published: Sequence[PublishedMilestone], telling: Telling) -> list[Dated]:
    """Milestones are planned deliveries; those that were met were delivered."""
    facts: list[Dated] = []
    recordings = {f.delivery_id: (v, f) for v, f in contract.recordings.items() if isinstance(f, DeliveryRecorded)}
    for milestone in published:
        held = contract.planned_deliveries.get(milestone.milestone_id)
        planned = PlannedDelivery(
            delivery_id=milestone.milestone_id, description=milestone.title or milestone.milestone_id, due=milestone.due
        )
        if held is not None:
            planned = replace(held, description=milestone.title or held.description, due=milestone.due or held.due)
        if held is None:
            facts.append(Dated(DeliveryScheduled(delivery=planned), telling.moment))
        elif not telling.late and held != planned:
            facts.append(Dated(DeliveryRescheduled(delivery=planned), telling.moment))
        if milestone.met:
            told = replace(milestone, title=planned.description)
            facts += met(contract, told, recordings.get(milestone.milestone_id), telling)
    return facts


def met(contract: Contract, milestone: PublishedMilestone, recorded: tuple[int, DeliveryRecorded] | None, telling: Telling) -> list[Dated]:
    """The delivery that a met milestone is, or what the release corrects in it."""
    delivered = contract.deliveries.get(milestone.milestone_id)
    if delivered is None:
        fact = DeliveryRecorded(delivery_id=milestone.milestone_id, description=milestone.title)
        return [Dated(fact, milestone.met_at or telling.moment)]
    if recorded is None or telling.late:
        return []
    version, was = recorded
    becomes = replace(was, description=milestone.title)
    if becomes == was and milestone.met_at in (None, delivered.delivered_at):
        return []
    return [telling.corrected(version, was, becomes, milestone.met_at)]


def payments(contract: Contract, published: Sequence[PublishedPayment], value: Money | None, telling: Telling) -> list[Dated]:
    """New transactions; a known one with another amount or day corrects the entry that recorded it.

    Once more is paid than `value`, the contract's value by this release, a fact says that this was accepted. Refusal: SumTooLarge.
    """
    facts: list[Dated] = []
    recordings = {f.payment_id: (v, f) for v, f in contract.recordings.items() if isinstance(f, PaymentRecorded)}
    paid = 0 if contract.paid is None else contract.paid.minor
    open_ended = value is None or contract.accepts_overpayment
    for payment in published:
        held = contract.payments.get(payment.payment_id)
        if held is None:
            facts.append(Dated(as_recorded(payment), payment.paid_at or telling.moment))
            paid += payment.amount.minor
        else:
            version, was = recordings[payment.payment_id]
            becomes = replace(was, amount=payment.amount, payer=payment.payer or was.payer, payee=payment.payee or was.payee)
            if telling.late or (becomes == was and payment.paid_at in (None, held.paid_at)):
                continue
            facts.append(telling.corrected(version, was, becomes, payment.paid_at))
            paid += 0 if held.reversed else payment.amount.minor - held.amount.minor
        rules.require_sum("payments", paid)
        if not open_ended and value is not None and paid > value.minor:
            open_ended = True
            facts.insert(-1, Dated(overpaid(payment.payment_id, paid, value), facts[-1].effective_at))
    if not open_ended and value is not None and paid > value.minor:
        # No payment is new: the release lowers the value below what was paid before.
        facts.append(Dated(overpaid(next(reversed(contract.payments)), paid, value), telling.moment))
    return facts


def as_recorded(payment: PublishedPayment) -> PaymentRecorded:
    """The fact that a new transaction is."""
    return PaymentRecorded(payment_id=payment.payment_id, amount=payment.amount, payer=payment.payer, payee=payment.payee)


def overpaid(payment_id: str, paid: int, value: Money) -> OverpaymentAccepted:
    """More was paid than the value, and was published so."""
    return OverpaymentAccepted(payment_id=payment_id, excess=Money(paid - value.minor, value.currency), why="as published")
