"""Payment: the schedule, and the money that moved."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias, assert_never

from domain.contract import rules, triggers
from domain.contract.state import Contract, Payment
from domain.contract.triggers import PaymentPrecededTrigger
from domain.contract.vocabulary import Instalment, PaymentMethod, Status
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.money import Money
from domain.refusals import Refusal
from domain.text import is_blank


@fact("contract.payment_scheduled")
class PaymentScheduled(Fact):
    """An instalment is agreed."""

    instalment: Instalment


@fact("contract.payment_rescheduled")
class PaymentRescheduled(Fact):
    """An instalment has another amount or day."""

    instalment: Instalment


@fact("contract.payment_unscheduled")
class PaymentUnscheduled(Fact):
    """An instalment was taken out of the draft's schedule."""

    instalment_id: str


@fact("contract.payment_recorded", schema=2)
class PaymentRecorded(Fact):
    """Money moved, received or made as the contract's direction says; `account` is ours, `handled_by` who saw to it."""

    payment_id: str
    amount: Money
    method: PaymentMethod = PaymentMethod.UNSTATED
    reference: str | None = None
    instalment_id: str | None = None
    payer: str | None = None
    payee: str | None = None
    handled_by: str | None = None
    account: str | None = None


@fact("contract.payment_reversed")
class PaymentReversed(Fact):
    """A payment was taken back, whole."""

    payment_id: str
    amount: Money
    why: str


@fact("contract.overpayment_accepted")
class OverpaymentAccepted(Fact):
    """From here on more may be paid than the contract's value."""

    payment_id: str
    excess: Money
    why: str


PaymentFact: TypeAlias = (
    PaymentScheduled
    | PaymentRescheduled
    | PaymentUnscheduled
    | PaymentRecorded
    | PaymentReversed
    | OverpaymentAccepted
    | PaymentPrecededTrigger
)


@value
class SchedulePayment(Command):
    """Add an instalment to the draft's payment schedule."""

    instalment: Instalment


@value
class ReschedulePayment(Command):
    """Change an instalment of the draft's payment schedule."""

    instalment: Instalment


@value
class UnschedulePayment(Command):
    """Take an instalment out of the draft's payment schedule."""

    instalment_id: str


@value
class RecordPayment(Command):
    """Record money that moved, towards an instalment where it names one.

    `overpayment_reason` accepts, with a reason, that more is paid than is owed; `advance_reason` that it is paid before what the
    instalment waits for. Money received is recorded in any case, and marked where it came before that.
    """

    payment_id: str
    amount: Money
    method: PaymentMethod = PaymentMethod.UNSTATED
    reference: str | None = None
    instalment_id: str | None = None
    payer: str | None = None
    payee: str | None = None
    handled_by: str | None = None
    account: str | None = None
    overpayment_reason: str | None = None
    advance_reason: str | None = None


@value
class ReversePayment(Command):
    """Record that a payment was taken back."""

    payment_id: str
    why: str


PaymentCommand: TypeAlias = SchedulePayment | ReschedulePayment | UnschedulePayment | RecordPayment | ReversePayment


class PaymentExceedsBalance(Refusal):
    """Paid never exceeds payable without a fact that says so."""

    template = "The payment of {amount} exceeds the balance of {balance}."


class AlreadyReversed(Refusal):
    """A payment is reversed once, and nothing further becomes of it."""

    template = "The payment {payment_id!r} was already reversed."


class PartlyRefunded(Refusal):
    """A payment of which part was given back is not taken back whole; the rest can be refunded."""

    template = "Of the payment {payment_id!r}, {refunded} were already refunded."


def decide(contract: Contract, command: PaymentCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage, then ids, amounts, the balance, and what the instalment waits for. A contract that rests still pays."""
    match command:
        case SchedulePayment(instalment=instalment):
            rules.require_stage(contract, Status.DRAFT)
            rules.require_new("instalment", instalment.instalment_id, contract.instalments)
            rules.require_amount(contract, instalment.amount)
            return [PaymentScheduled(instalment=instalment)]
        case ReschedulePayment(instalment=instalment):
            rules.require_stage(contract, Status.DRAFT)
            rules.require_known("instalment", instalment.instalment_id, contract.instalments)
            rules.require_amount(contract, instalment.amount)
            if contract.instalments[instalment.instalment_id] == instalment:
                raise rules.NothingChanges
            return [PaymentRescheduled(instalment=instalment)]
        case UnschedulePayment(instalment_id=instalment_id):
            rules.require_stage(contract, Status.DRAFT)
            rules.require_known("instalment", instalment_id, contract.instalments)
            return [PaymentUnscheduled(instalment_id=instalment_id)]
        case RecordPayment() | ReversePayment():
            rules.require_stage(contract, *rules.BINDING_OR_ENDED)
            return settle(contract, command, occasion)
        case unreachable:
            assert_never(unreachable)


def settle(contract: Contract, command: RecordPayment | ReversePayment, occasion: Occasion) -> list[Fact]:
    """Money that moves under a contract that is or was in force."""
    if isinstance(command, ReversePayment):
        rules.require_known("payment", command.payment_id, contract.payments)
        rules.require_text("reason", command.why)
        held = contract.payments[command.payment_id]
        if held.reversed:
            raise AlreadyReversed(payment_id=command.payment_id)
        if held.refunded is not None:
            raise PartlyRefunded(payment_id=command.payment_id, refunded=held.refunded)
        return [PaymentReversed(payment_id=command.payment_id, amount=held.amount, why=command.why)]
    rules.require_new("payment", command.payment_id, contract.payments)
    rules.require_amount(contract, command.amount)
    if command.instalment_id is not None:
        rules.require_known("instalment", command.instalment_id, triggers.amounts(contract))
    rules.require_sum("payments", command.amount.minor + (0 if contract.paid is None else contract.paid.minor))
    recorded = PaymentRecorded(
        payment_id=command.payment_id,
        amount=command.amount,
        method=command.method,
        reference=command.reference,
        instalment_id=command.instalment_id,
        payer=command.payer,
        payee=command.payee,
        handled_by=command.handled_by,
        account=command.account,
    )
    excess = accepted_excess(contract, command)
    towards = () if command.instalment_id is None else (command.instalment_id,)
    early = triggers.require_triggered(contract, command.payment_id, towards, occasion.effective_at, command.advance_reason)
    return [*excess, recorded, *early]


def accepted_excess(contract: Contract, command: RecordPayment) -> list[Fact]:
    """Nothing where the balance covers the payment; otherwise the fact that accepts the excess, or PaymentExceedsBalance."""
    balance = contract.balance
    if balance is None or contract.accepts_overpayment or not command.amount > balance:
        return []
    if command.overpayment_reason is None or is_blank(command.overpayment_reason):
        raise PaymentExceedsBalance(amount=command.amount, balance=balance)
    return [OverpaymentAccepted(payment_id=command.payment_id, excess=command.amount - balance, why=command.overpayment_reason)]


def evolve(contract: Contract, entry: Entry, happened: PaymentFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case PaymentScheduled(instalment=instalment) | PaymentRescheduled(instalment=instalment):
            contract.instalments[instalment.instalment_id] = instalment
        case PaymentUnscheduled(instalment_id=instalment_id):
            contract.instalments.pop(instalment_id, None)
        case PaymentRecorded():
            contract.recordings[entry.version] = happened
            record(contract, entry, happened)
        case PaymentReversed(payment_id=payment_id):
            held = contract.payments.get(payment_id)
            if held is not None:
                contract.payments[payment_id] = replace(held, reversed=True, allocation=())
        case OverpaymentAccepted():
            contract.accepts_overpayment = True
        case PaymentPrecededTrigger(payment_id=payment_id, instalment_id=instalment_id):
            held = contract.payments.get(payment_id)
            if held is not None:
                contract.payments[payment_id] = replace(held, before_trigger=(*held.before_trigger, instalment_id))
        case unreachable:
            assert_never(unreachable)


def record(contract: Contract, entry: Entry, happened: PaymentRecorded) -> None:
    """Notes a payment; a correction comes this way again, keeps what became of it, and another amount was for something else."""
    held = contract.payments.get(happened.payment_id)
    same = held is not None and held.amount == happened.amount
    contract.payments[happened.payment_id] = Payment(
        payment_id=happened.payment_id,
        amount=happened.amount,
        paid_at=entry.effective_at,
        instalment_id=happened.instalment_id,
        reversed=held is not None and held.reversed,
        refunded=held.refunded if held is not None else None,
        allocation=held.allocation if held is not None and same else (),
        reconciliation=held.reconciliation if held is not None and same else None,
        before_trigger=held.before_trigger if held is not None else (),
    )
    take_currency(contract)


def take_currency(contract: Contract) -> None:
    """A contract that states no value is in the currency of its first payment, and in none once that was struck out."""
    if contract.value is None:
        contract.currency = next((p.amount.currency for p in contract.payments.values()), None)
