"""Correction: a new fact that names the entry it corrects; nothing is edited, nothing deleted."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TypeAlias, TypeVar, assert_never

from domain.contract import delivery, payment, rules, settlement
from domain.contract.delivery import DeliveryRecorded
from domain.contract.payment import PaymentRecorded
from domain.contract.state import Contract
from domain.contract.vocabulary import PaymentMethod
from domain.facts import Command, Entry, Fact, Occasion, fact, value
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
    """Correct an entry that should never have been recorded: a payment or a delivery, by its version in the contract's stream."""

    version: int
    why: str


CorrectionCommand: TypeAlias = CorrectPayment | CorrectDelivery | StrikeOut


class NotCorrectable(Refusal):
    """Only payments and deliveries that stand can be corrected; decisions and signatures are what they were."""

    template = "The entry at version {version} cannot be corrected."


F = TypeVar("F", PaymentRecorded, DeliveryRecorded)


def find(contract: Contract, wanted: type[F], field: str, element_id: str) -> tuple[int, F]:
    """The version and the present content of a recorded payment or delivery; UnknownElement where there is none."""
    for version, recorded in contract.recordings.items():
        if isinstance(recorded, wanted) and getattr(recorded, field) == element_id:
            return version, recorded
    raise rules.UnknownElement(element=field.removesuffix("_id"), element_id=element_id)


def decide(contract: Contract, command: CorrectionCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: NeedsText, UnknownElement or NotCorrectable, HappensInTheFuture of the corrected moment, then the content's own."""
    rules.require_text("reason", command.why)
    match command:
        case CorrectPayment():
            return correct_payment(contract, command, occasion)
        case CorrectDelivery():
            return correct_delivery(contract, command, occasion)
        case StrikeOut(version=version, why=why):
            if version not in contract.recordings:
                raise NotCorrectable(version=version)
            return [FactCorrected(corrects=version, was=Restated(contract.recordings[version]), becomes=None, why=why)]
        case unreachable:
            assert_never(unreachable)


def require_happened(moment: datetime | None, occasion: Occasion) -> None:
    """Refuses with HappensInTheFuture a corrected moment after now."""
    if moment is not None and moment > occasion.now:
        raise rules.HappensInTheFuture(effective_at=moment.isoformat())


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
    return [FactCorrected(corrects=version, was=Restated(was), becomes=Restated(becomes), why=command.why, effective_at=command.paid_at)]


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
    )
    rules.require_text("description", becomes.description)
    rules.require_quantity("delivery", was.delivery_id, becomes.quantity)
    if becomes == was and command.delivered_at in (None, contract.deliveries[command.delivery_id].delivered_at):
        raise rules.NothingChanges
    return [
        FactCorrected(corrects=version, was=Restated(was), becomes=Restated(becomes), why=command.why, effective_at=command.delivered_at)
    ]


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
        case other:
            # Only payments and deliveries become correctable; another kind needs its arm here first.
            message = f"{type(other).__name__} cannot be corrected"
            raise TypeError(message)
