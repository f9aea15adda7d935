"""Correction: a new fact that names the entry it corrects; nothing is edited, nothing deleted."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import TypeAlias, TypeVar, assert_never

from domain.contract import delivery, invoicing, payment, rules, services, settlement, triggers
from domain.contract.delivery import DeliveryRecorded
from domain.contract.invoicing import InvoiceRegistered
from domain.contract.payment import PaymentRecorded
from domain.contract.services import MilestoneReached, ServiceLevelMeasured, ServicePerformed
from domain.contract.state import Contract
from domain.contract.vocabulary import Invoice, Measurement, PaymentMethod, PerformedService
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.moments import HappensInTheFuture
from domain.money import Money
from domain.refusals import Refusal


class Restated:
    """A fact inside a fact: stored with its own name, so that a correction can be read by itself."""

    __slots__ = ("fact",)

    def __init__(self, fact: Fact) -> None:
        """Wraps the fact."""
        self.fact = fact

    def __eq__(self, other: object) -> bool:
        """Equal when the facts are."""
        return isinstance(other, Restated) and self.fact == other.fact

    def __hash__(self) -> int:
        """As the fact's."""
        return hash(self.fact)

    def __repr__(self) -> str:
        """Shows the fact."""
        return f"Restated({self.fact!r})"


@fact("contract.fact_corrected", schema=2)
class FactCorrected(Fact):
    """The entry at version `corrects` said `was`; it should have said `becomes`, or nothing at all.

    `effective_at` is when the corrected fact really happened, where that too was wrong.
    """

    corrects: int
    was: Restated
    becomes: Restated | None
    why: str
    effective_at: datetime | None = None


CorrectionFact: TypeAlias = FactCorrected


@value
class CorrectPayment(Command):
    """Correct a recorded payment: what is given replaces what was recorded, the rest stays."""

    payment_id: str
    why: str
    amount: Money | None = None
    method: PaymentMethod | None = None
    reference: str | None = None
    paid_at: datetime | None = None


@value
class CorrectDelivery(Command):
    """Correct a recorded delivery: what is given replaces what was recorded, the rest stays."""

    delivery_id: str
    why: str
    description: str | None = None
    quantity: Decimal | None = None
    waybill: str | None = None
    delivered_at: datetime | None = None


@value
class StrikeOut(Command):
    """Correct an entry that should never have been recorded, such as a payment or a delivery, by its version in the contract's stream."""

    version: int
    why: str


@value
class CorrectInvoice(Command):
    """Correct a registered invoice: this is what it really says."""

    invoice: Invoice
    why: str


@value
class CorrectService(Command):
    """Correct a recorded service: this is what was really performed."""

    service: PerformedService
    why: str


@value
class CorrectMeasurement(Command):
    """Correct a measured service level: this is what was really measured."""

    measurement: Measurement
    why: str


@value
class CorrectMilestone(Command):
    """Correct a recorded milestone: what is given replaces what was recorded, the rest stays."""

    milestone_id: str
    why: str
    description: str | None = None
    reached_at: datetime | None = None


CorrectionCommand: TypeAlias = (
    CorrectPayment | CorrectDelivery | CorrectInvoice | CorrectService | CorrectMeasurement | CorrectMilestone | StrikeOut
)


class NotCorrectable(Refusal):
    """What was recorded of the world and stands can be corrected; decisions and signatures are what they were."""

    template = "The entry at version {version} cannot be corrected."


F = TypeVar("F", bound=Fact)


def find(contract: Contract, wanted: type[F], field: str, element_id: str) -> tuple[int, F]:
    """The version and the present content of something recorded; UnknownElement where there is none."""
    for version, recorded in contract.recordings.items():
        if isinstance(recorded, wanted) and attrgetter(field)(recorded) == element_id:
            return version, recorded
    raise rules.UnknownElement(element=field.rpartition(".")[2].removesuffix("_id"), element_id=element_id)


def decide(contract: Contract, command: CorrectionCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: NeedsText, UnknownElement or NotCorrectable, HappensInTheFuture of the corrected moment, then the content's own."""
    rules.require_text("reason", command.why)
    match command:
        case CorrectPayment():
            return correct_payment(contract, command, occasion)
        case CorrectDelivery():
            return correct_delivery(contract, command, occasion)
        case CorrectInvoice():
            return correct_invoice(contract, command, occasion)
        case CorrectService() | CorrectMeasurement() | CorrectMilestone():
            return correct_service(contract, command, occasion)
        case StrikeOut(version=version, why=why):
            if version not in contract.recordings:
                raise NotCorrectable(version=version)
            struck = contract.recordings[version]
            if isinstance(struck, InvoiceRegistered):
                invoicing.require_unpaid(contract, struck.invoice.invoice_id)
            return [FactCorrected(corrects=version, was=Restated(contract.recordings[version]), becomes=None, why=why)]
        case unreachable:
            assert_never(unreachable)


def require_happened(moment: datetime | None, occasion: Occasion) -> None:
    """Refuses with HappensInTheFuture a corrected moment after now."""
    if moment is not None and moment > occasion.now:
        raise HappensInTheFuture(effective_at=moment.isoformat())


def correct_payment(contract: Contract, command: CorrectPayment, occasion: Occasion) -> list[Fact]:
    """A corrected amount is bound by the same balance as a new payment."""
    version, was = find(contract, PaymentRecorded, "payment_id", command.payment_id)
    require_happened(command.paid_at, occasion)
    becomes = PaymentRecorded(
        payment_id=was.payment_id,
        amount=command.amount or was.amount,
        method=command.method or was.method,
        reference=was.reference if command.reference is None else command.reference,
        instalment_id=was.instalment_id,
        payer=was.payer,
        payee=was.payee,
        handled_by=was.handled_by,
        account=was.account,
    )
    held = contract.payments[command.payment_id]
    if becomes == was and command.paid_at in (None, held.paid_at):
        raise rules.NothingChanges
    rules.require_amount(contract, becomes.amount)
    if held.refunded is not None and held.refunded.currency == becomes.amount.currency and held.refunded > becomes.amount:
        raise settlement.RefundExceedsPayment(amount=held.refunded, standing=becomes.amount)
    if not held.reversed:
        require_room(contract, was.amount, becomes.amount)
    corrected = FactCorrected(corrects=version, was=Restated(was), becomes=Restated(becomes), why=command.why, effective_at=command.paid_at)
    return [corrected, *moved_before_trigger(contract, becomes, command)]


def moved_before_trigger(contract: Contract, becomes: PaymentRecorded, command: CorrectPayment) -> list[Fact]:
    """What says that a payment turns out to have been made before its trigger: that it was is no reason to leave it uncorrected."""
    if command.paid_at is None or becomes.instalment_id is None:
        return []
    return triggers.require_triggered(contract, becomes.payment_id, (becomes.instalment_id,), command.paid_at, command.why)


def require_room(contract: Contract, was: Money, becomes: Money) -> None:
    """Refuses with SumTooLarge or PaymentExceedsBalance an amount that does not fit in the place of another."""
    if contract.paid is None:
        return
    counted = was.minor if was.currency == contract.currency else 0
    rules.require_sum("payments", contract.paid.minor - counted + becomes.minor)
    if contract.balance is None or contract.accepts_overpayment:
        return
    room = Money(contract.balance.minor + counted, contract.balance.currency)
    if becomes > room:
        raise payment.PaymentExceedsBalance(amount=becomes, balance=room)


def correct_delivery(contract: Contract, command: CorrectDelivery, occasion: Occasion) -> list[Fact]:
    """A corrected delivery keeps its judgement."""
    version, was = find(contract, DeliveryRecorded, "delivery_id", command.delivery_id)
    require_happened(command.delivered_at, occasion)
    becomes = DeliveryRecorded(
        delivery_id=was.delivery_id,
        description=was.description if command.description is None else command.description,
        quantity=was.quantity if command.quantity is None else command.quantity,
        waybill=was.waybill if command.waybill is None else command.waybill,
        towards=was.towards,
    )
    rules.require_text("description", becomes.description)
    rules.require_quantity("delivery", was.delivery_id, becomes.quantity)
    came = contract.deliveries[command.delivery_id]
    if becomes.quantity is not None and becomes.quantity != was.quantity and came.accepted is not False:
        others = delivery.delivered(contract, came.planned_id, without=came.delivery_id)
        delivery.require_within_plan(contract, came.planned_id, others + becomes.quantity)
    if becomes == was and command.delivered_at in (None, came.delivered_at):
        raise rules.NothingChanges
    return [
        FactCorrected(corrects=version, was=Restated(was), becomes=Restated(becomes), why=command.why, effective_at=command.delivered_at)
    ]


def correct_invoice(contract: Contract, command: CorrectInvoice, occasion: Occasion) -> list[Fact]:
    """A corrected invoice is bound by the same value as a new one, and covers what is allocated to it."""
    invoice = command.invoice
    version, was = find(contract, InvoiceRegistered, "invoice.invoice_id", invoice.invoice_id)
    invoicing.require_standing(contract, invoice.invoice_id)
    invoicing.require_invoice(contract, invoice, occasion)
    rules.require_change(was.invoice, invoice)
    invoicing.require_room(contract, invoice)
    outcome = contract.copy()
    becomes = InvoiceRegistered(invoice=invoice)
    invoicing.record(outcome, becomes)
    settlement.require_within(outcome, (share for held in outcome.payments.values() for share in held.allocation))
    return [FactCorrected(corrects=version, was=Restated(was), becomes=Restated(becomes), why=command.why)]


def correct_service(contract: Contract, command: CorrectService | CorrectMeasurement | CorrectMilestone, occasion: Occasion) -> list[Fact]:
    """What was performed, measured or reached is corrected by what could have been recorded."""
    moment: datetime | None = None
    was: ServicePerformed | ServiceLevelMeasured | MilestoneReached
    becomes: ServicePerformed | ServiceLevelMeasured | MilestoneReached
    match command:
        case CorrectService(service=service):
            version, was = find(contract, ServicePerformed, "service.service_id", service.service_id)
            services.require_service(service)
            becomes = ServicePerformed(service=service)
        case CorrectMeasurement(measurement=measurement):
            version, was = find(contract, ServiceLevelMeasured, "measurement.measurement_id", measurement.measurement_id)
            services.require_measurement(measurement)
            becomes = ServiceLevelMeasured(measurement=measurement)
        case CorrectMilestone(milestone_id=milestone_id, description=description, reached_at=reached_at):
            version, reached = find(contract, MilestoneReached, "milestone_id", milestone_id)
            was = reached
            require_happened(reached_at, occasion)
            moment = None if reached_at == contract.milestones[milestone_id].reached_at else reached_at
            text = reached.description if description is None else description
            rules.require_text("description", text)
            becomes = MilestoneReached(milestone_id=milestone_id, description=text)
        case unreachable:
            assert_never(unreachable)
    if moment is None:
        rules.require_change(was, becomes)
    return [FactCorrected(corrects=version, was=Restated(was), becomes=Restated(becomes), why=command.why, effective_at=moment)]


def evolve(contract: Contract, entry: Entry, happened: CorrectionFact) -> None:
    """Folds a correction by folding what the corrected entry should have said."""
    if happened.corrects not in contract.rests_on_corrections:
        contract.rests_on_corrections = (*contract.rests_on_corrections, happened.corrects)
    becomes = None if happened.becomes is None else happened.becomes.fact
    match happened.was.fact:
        case PaymentRecorded(payment_id=payment_id):
            if isinstance(becomes, PaymentRecorded):
                held = contract.payments.get(payment_id)
                moment = happened.effective_at or (held.paid_at if held else entry.effective_at)
                contract.recordings[happened.corrects] = becomes
                payment.record(contract, entry._replace(effective_at=moment), becomes)
            else:
                contract.recordings.pop(happened.corrects, None)
                contract.payments.pop(payment_id, None)
                payment.take_currency(contract)
        case DeliveryRecorded(delivery_id=delivery_id):
            if isinstance(becomes, DeliveryRecorded):
                came = contract.deliveries.get(delivery_id)
                moment = happened.effective_at or (came.delivered_at if came else entry.effective_at)
                contract.recordings[happened.corrects] = becomes
                delivery.record(contract, entry._replace(effective_at=moment), becomes)
            else:
                contract.recordings.pop(happened.corrects, None)
                contract.deliveries.pop(delivery_id, None)
                contract.defects = {i: d for i, d in contract.defects.items() if d.delivery_id != delivery_id}
        case InvoiceRegistered(invoice=invoice):
            if isinstance(becomes, InvoiceRegistered):
                contract.recordings[happened.corrects] = becomes
                invoicing.record(contract, becomes)
            else:
                contract.recordings.pop(happened.corrects, None)
                contract.invoices.pop(invoice.invoice_id, None)
        case MilestoneReached() | ServicePerformed() | ServiceLevelMeasured() as was:
            if isinstance(becomes, MilestoneReached | ServicePerformed | ServiceLevelMeasured):
                reached = contract.milestones.get(becomes.milestone_id) if isinstance(becomes, MilestoneReached) else None
                moment = happened.effective_at or (reached.reached_at if reached else entry.effective_at)
                contract.recordings[happened.corrects] = becomes
                services.record(contract, entry._replace(effective_at=moment), becomes)
            else:
                contract.recordings.pop(happened.corrects, None)
                services.forget(contract, was)
        case other:
            # Only what was recorded of the world becomes correctable; another kind needs its arm here first.
            message = f"{type(other).__name__} cannot be corrected"
            raise TypeError(message)
