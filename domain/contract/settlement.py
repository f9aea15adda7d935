"""Settlement: what payments were for, what was given back of them, what is held back, and what the bank says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeAlias, assert_never

from domain.contract import invoicing, rules, triggers
from domain.contract.payment import AlreadyReversed
from domain.contract.state import Contract, Payment, Reconciliation
from domain.contract.vocabulary import Retention, Share, Status
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.money import Money
from domain.refusals import Refusal


@fact("contract.payment_allocated")
class PaymentAllocated(Fact):
    """What a payment was for. It takes the place of what was said before, and lasts until part of the payment is given back."""

    payment_id: str
    shares: tuple[Share, ...]


@fact("contract.payment_refunded")
class PaymentRefunded(Fact):
    """Part of a payment was given back; what the payment was for has to be said anew."""

    payment_id: str
    amount: Money
    why: str
    reference: str | None = None


@fact("contract.retention_held")
class RetentionHeld(Fact):
    """Part of the value is held back: it is not owed until it is released."""

    retention: Retention


@fact("contract.retention_released")
class RetentionReleased(Fact):
    """Part of what was held back is owed from here on."""

    retention_id: str
    amount: Money
    note: str | None = None


@fact("contract.reconciliation_matched")
class ReconciliationMatched(Fact):
    """A line of a bank statement says the same as a payment."""

    payment_id: str
    statement: str


@fact("contract.reconciliation_broken")
class ReconciliationBroken(Fact):
    """The bank's statement does not say what a payment says; `found` is the amount that it has instead."""

    payment_id: str
    statement: str
    why: str
    found: Money | None = None


SettlementFact: TypeAlias = (
    PaymentAllocated | PaymentRefunded | RetentionHeld | RetentionReleased | ReconciliationMatched | ReconciliationBroken
)


@value
class AllocatePayment(Command):
    """Say which instalments and invoices a payment was for; the shares sum exactly to what stands of it.

    `advance_reason` accepts, with a reason, that it counts for an instalment before what that waits for has come about.
    """

    payment_id: str
    shares: tuple[Share, ...]
    advance_reason: str | None = None


@value
class RefundPayment(Command):
    """Record that part of a payment was given back."""

    payment_id: str
    amount: Money
    why: str
    reference: str | None = None


@value
class HoldRetention(Command):
    """Hold back part of what is still owed, such as for the warranty."""

    retention: Retention


@value
class ReleaseRetention(Command):
    """Release a retention or part of it: from here on it is owed."""

    retention_id: str
    amount: Money
    note: str | None = None


@value
class MatchReconciliation(Command):
    """Record that a line of a bank statement says the same as a payment."""

    payment_id: str
    statement: str
    amount: Money


@value
class BreakReconciliation(Command):
    """Record that the bank's statement does not say what a payment says."""

    payment_id: str
    statement: str
    why: str
    found: Money | None = None


SettlementCommand: TypeAlias = (
    AllocatePayment | RefundPayment | HoldRetention | ReleaseRetention | MatchReconciliation | BreakReconciliation
)


class AllocationDoesNotAddUp(Refusal):
    """The shares of a payment sum exactly to what stands of it."""

    template = "The shares sum to {sum}, and {standing} of the payment stands."


class ShareIsForNothing(Refusal):
    """A share names an instalment, an invoice, or both."""

    template = "A share of {amount} names neither an instalment nor an invoice."


class AllocationExceeds(Refusal):
    """No more is allocated to an instalment or an invoice than its amount."""

    template = "With {allocated} more would be allocated to the {element} {element_id!r} than its amount of {amount}."


class RefundExceedsPayment(Refusal):
    """No more is given back than what stands of the payment."""

    template = "The refund of {amount} exceeds the {standing} of the payment that stands."


class RetentionExceedsBalance(Refusal):
    """Only what is still owed can be held back."""

    template = "The retention of {amount} exceeds the balance of {balance}."


class ValueNotStated(Refusal):
    """Part of a value can be held back only where a value is stated."""

    template = "The contract states no value of which something could be held back."


class ReleaseExceedsRetention(Refusal):
    """No more is released than what is held."""

    template = "The release of {amount} exceeds the {held} that are held back."


class AlreadyMatched(Refusal):
    """A payment is matched with one line of a bank statement."""

    template = "The payment {payment_id!r} was already matched with {statement!r}."


class StatementDiffers(Refusal):
    """What is matched is the same amount."""

    template = "The statement says {found}, and {standing} of the payment stands."


def decide(contract: Contract, command: SettlementCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage, UnknownElement, then those of the step."""
    if isinstance(command, HoldRetention):
        rules.require_stage(contract, Status.IN_FORCE)
        return hold(contract, command.retention)
    rules.require_stage(contract, *rules.BINDING_OR_ENDED)
    if isinstance(command, ReleaseRetention):
        return release(contract, command)
    rules.require_known("payment", command.payment_id, contract.payments)
    payment = contract.payments[command.payment_id]
    match command:
        case AllocatePayment(payment_id=payment_id, shares=shares, advance_reason=why):
            require_standing(payment)
            require_allocation(contract, payment, shares)
            towards = (share.instalment_id for share in shares if share.instalment_id is not None)
            early = triggers.require_triggered(contract, payment_id, towards, occasion.effective_at, why)
            return [PaymentAllocated(payment_id=payment_id, shares=shares), *early]
        case RefundPayment(payment_id=payment_id, amount=amount, why=why, reference=reference):
            rules.require_text("reason", why)
            require_standing(payment)
            rules.require_amount(contract, amount)
            if amount > payment.standing:
                raise RefundExceedsPayment(amount=amount, standing=payment.standing)
            return [PaymentRefunded(payment_id=payment_id, amount=amount, why=why, reference=reference)]
        case MatchReconciliation() | BreakReconciliation():
            return reconcile(contract, payment, command)
        case unreachable:
            assert_never(unreachable)


def require_standing(payment: Payment) -> None:
    """Refuses with AlreadyReversed."""
    if payment.reversed:
        raise AlreadyReversed(payment_id=payment.payment_id)


def require_allocation(contract: Contract, payment: Payment, shares: tuple[Share, ...]) -> None:
    """Refusals: AmountNotPositive, CurrencyDiffers, ShareIsForNothing, UnknownElement, AlreadyVoided, then the sums."""
    for share in shares:
        rules.require_amount(contract, share.amount)
        if share.instalment_id is None and share.invoice_id is None:
            raise ShareIsForNothing(amount=share.amount)
        if share.instalment_id is not None:
            rules.require_known("instalment", share.instalment_id, triggers.amounts(contract))
        if share.invoice_id is not None:
            rules.require_known("invoice", share.invoice_id, contract.invoices)
            invoicing.require_standing(contract, share.invoice_id)
    total = sum(share.amount.minor for share in shares)
    rules.require_sum("shares", total)
    if total != payment.standing.minor:
        raise AllocationDoesNotAddUp(sum=Money(total, payment.amount.currency), standing=payment.standing)
    if shares == payment.allocation:
        raise rules.NothingChanges
    others = [s for p in contract.payments.values() if p.payment_id != payment.payment_id for s in p.allocation]
    require_within(contract, [*others, *shares])


def require_within(contract: Contract, shares: Iterable[Share]) -> None:
    """Refuses with AllocationExceeds more for an instalment or an invoice than its amount. Ids that are not there bind nothing."""
    totals: dict[tuple[str, str], int] = {}
    for share in shares:
        for subject in (("instalment", share.instalment_id), ("invoice", share.invoice_id)):
            if subject[1] is not None:
                key = (subject[0], subject[1])
                totals[key] = totals.get(key, 0) + share.amount.minor
    amounts = {("instalment", i): amount for i, amount in triggers.amounts(contract).items() if amount is not None}
    amounts |= {("invoice", i): held.invoice.amount for i, held in contract.invoices.items()}
    for key, total in totals.items():
        if key in amounts and total > amounts[key].minor:
            element, element_id = key
            rules.require_sum("shares", total)
            raise AllocationExceeds(
                allocated=Money(total, amounts[key].currency), element=element, element_id=element_id, amount=amounts[key]
            )


def hold(contract: Contract, retention: Retention) -> list[Fact]:
    """Refusals: ElementExists, ValueNotStated, AmountNotPositive, CurrencyDiffers, RetentionExceedsBalance."""
    rules.require_new("retention", retention.retention_id, contract.retentions)
    balance = contract.balance
    if balance is None:
        raise ValueNotStated
    rules.require_amount(contract, retention.amount)
    if retention.amount > balance:
        raise RetentionExceedsBalance(amount=retention.amount, balance=balance)
    return [RetentionHeld(retention=retention)]


def release(contract: Contract, command: ReleaseRetention) -> list[Fact]:
    """Refusals: UnknownElement, DefectsOpen, AmountNotPositive, CurrencyDiffers, ReleaseExceedsRetention."""
    rules.require_known("retention", command.retention_id, contract.retentions)
    rules.require_no_defects(contract)
    rules.require_amount(contract, command.amount)
    held = contract.retentions[command.retention_id].amount
    if command.amount > held:
        raise ReleaseExceedsRetention(amount=command.amount, held=held)
    return [RetentionReleased(retention_id=command.retention_id, amount=command.amount, note=command.note)]


def reconcile(contract: Contract, payment: Payment, command: MatchReconciliation | BreakReconciliation) -> list[Fact]:
    """Refusals: NeedsText, AlreadyReversed; for a match also AlreadyMatched, ElementExists, StatementDiffers; else NothingChanges."""
    rules.require_text("statement", command.statement)
    if isinstance(command, BreakReconciliation):
        rules.require_text("reason", command.why)
        broken = Reconciliation(statement=command.statement, matched=False, found=command.found)
        rules.require_change(payment.reconciliation, broken)
        return [ReconciliationBroken(payment_id=command.payment_id, statement=command.statement, why=command.why, found=command.found)]
    require_standing(payment)
    held = payment.reconciliation
    if held is not None and held.matched:
        raise AlreadyMatched(payment_id=payment.payment_id, statement=held.statement)
    taken = {p.reconciliation.statement for p in contract.payments.values() if p.reconciliation is not None and p.reconciliation.matched}
    rules.require_new("statement line", command.statement, taken)
    if command.amount != payment.standing:
        raise StatementDiffers(found=command.amount, standing=payment.standing)
    return [ReconciliationMatched(payment_id=command.payment_id, statement=command.statement)]


def evolve(contract: Contract, entry: Entry, happened: SettlementFact) -> None:  # noqa: ARG001 - one shape for all stages
    """Folds a fact of this stage. A payment that is unknown as of the moment asked about stays unknown."""
    match happened:
        case RetentionHeld(retention=retention):
            contract.retentions[retention.retention_id] = retention
        case RetentionReleased(retention_id=retention_id, amount=amount):
            held = contract.retentions.get(retention_id)
            if held is not None:
                contract.retentions[retention_id] = replace(held, amount=held.amount - amount)
        case PaymentAllocated() | PaymentRefunded() | ReconciliationMatched() | ReconciliationBroken():
            payment = contract.payments.get(happened.payment_id)
            if payment is not None:
                contract.payments[happened.payment_id] = settled(payment, happened)
        case unreachable:
            assert_never(unreachable)


def settled(payment: Payment, happened: PaymentAllocated | PaymentRefunded | ReconciliationMatched | ReconciliationBroken) -> Payment:
    """A payment with one more fact about it."""
    match happened:
        case PaymentAllocated(shares=shares):
            return replace(payment, allocation=shares)
        case PaymentRefunded(amount=amount):
            before = 0 if payment.refunded is None or payment.refunded.currency != amount.currency else payment.refunded.minor
            return replace(payment, refunded=Money(before + amount.minor, amount.currency), allocation=())
        case ReconciliationMatched(statement=statement):
            return replace(payment, reconciliation=Reconciliation(statement=statement, matched=True))
        case ReconciliationBroken(statement=statement, found=found):
            return replace(payment, reconciliation=Reconciliation(statement=statement, matched=False, found=found))
        case unreachable:
            assert_never(unreachable)
