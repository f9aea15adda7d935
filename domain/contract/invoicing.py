"""Invoicing: the invoices that stand for what is owed, and those that were voided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias, assert_never

from domain.contract import rules
from domain.contract.state import Contract, RegisteredInvoice
from domain.contract.vocabulary import Invoice
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.moments import HappensInTheFuture
from domain.money import Money
from domain.refusals import Refusal
from domain.text import is_blank

# Where a day begins first on Earth, it is this much later than UTC.
EARLIEST_ZONE = timedelta(hours=14)


@fact("contract.invoice_registered")
class InvoiceRegistered(Fact):
    """An invoice was issued or received, as the contract's direction says."""

    invoice: Invoice


@fact("contract.invoice_voided")
class InvoiceVoided(Fact):
    """An invoice no longer stands; its number stays used."""

    invoice_id: str
    why: str


@fact("contract.overinvoicing_accepted")
class OverinvoicingAccepted(Fact):
    """From here on invoices may come to more than the contract's value."""

    invoice_id: str
    excess: Money
    why: str


InvoicingFact: TypeAlias = InvoiceRegistered | InvoiceVoided | OverinvoicingAccepted


@value
class RegisterInvoice(Command):
    """Register an invoice. `overinvoicing_reason` accepts, with a reason, that invoices come to more than the value."""

    invoice: Invoice
    overinvoicing_reason: str | None = None


@value
class VoidInvoice(Command):
    """Record that an invoice was voided."""

    invoice_id: str
    why: str


InvoicingCommand: TypeAlias = RegisterInvoice | VoidInvoice


class InvoiceNumberUsed(Refusal):
    """An invoice's number is used once within a contract, even after it was voided."""

    template = "The invoice {invoice_id!r} already has the number {number!r}."


class TaxExceedsAmount(Refusal):
    """An invoice's tax is part of its amount: not below zero, not above the amount, in the same currency."""

    template = "The tax of {tax} is no part of the amount of {amount}."


class InvoicesExceedValue(Refusal):
    """Invoices never come to more than the contract's value without a fact that says so."""

    template = "The invoice of {amount} exceeds the {open} of the contract's value that no invoice covers."


class AlreadyVoided(Refusal):
    """An invoice is voided once, and what was voided is neither corrected nor paid."""

    template = "The invoice {invoice_id!r} was already voided."


class InvoiceHasPayments(Refusal):
    """An invoice to which a payment is allocated is not voided."""

    template = "The payment {payment_id!r} is allocated to the invoice {invoice_id!r}."


def decide(contract: Contract, command: InvoicingCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage, ids and numbers, amounts and days, then what invoices may come to."""
    rules.require_stage(contract, *rules.BINDING_OR_ENDED)
    match command:
        case RegisterInvoice(invoice=invoice):
            rules.require_new("invoice", invoice.invoice_id, contract.invoices)
            require_invoice(contract, invoice, occasion)
            return [*accepted_excess(contract, command), InvoiceRegistered(invoice=invoice)]
        case VoidInvoice(invoice_id=invoice_id, why=why):
            rules.require_known("invoice", invoice_id, contract.invoices)
            rules.require_text("reason", why)
            require_standing(contract, invoice_id)
            require_unpaid(contract, invoice_id)
            return [InvoiceVoided(invoice_id=invoice_id, why=why)]
        case unreachable:
            assert_never(unreachable)


def require_invoice(contract: Contract, invoice: Invoice, occasion: Occasion) -> None:
    """Refusals: NeedsText, InvoiceNumberUsed, AmountNotPositive, CurrencyDiffers, TaxExceedsAmount, HappensInTheFuture."""
    rules.require_text("invoice number", invoice.number)
    for held in contract.invoices.values():
        if held.invoice.number == invoice.number and held.invoice.invoice_id != invoice.invoice_id:
            raise InvoiceNumberUsed(invoice_id=held.invoice.invoice_id, number=invoice.number)
    rules.require_amount(contract, invoice.amount)
    tax = invoice.tax
    if tax is not None and (tax.currency != invoice.amount.currency or not 0 <= tax.minor <= invoice.amount.minor):
        raise TaxExceedsAmount(tax=tax, amount=invoice.amount)
    if invoice.issued_on > (occasion.now + EARLIEST_ZONE).date():
        raise HappensInTheFuture(effective_at=invoice.issued_on.isoformat())


def uncovered(contract: Contract, *, without: str | None = None) -> Money | None:
    """The part of the value that no standing invoice covers, one left out; None where no value is stated."""
    if contract.value is None:
        return None
    return contract.value - Money(invoiced(contract, contract.value.currency, without=without), contract.value.currency)


def invoiced(contract: Contract, currency: str, *, without: str | None = None) -> int:
    """What standing invoices in a currency come to, in minor units."""
    standing = (held.invoice for held in contract.invoices.values() if held.voided_because is None)
    return sum(i.amount.minor for i in standing if i.amount.currency == currency and i.invoice_id != without)


def accepted_excess(contract: Contract, command: RegisterInvoice) -> list[Fact]:
    """Nothing where the value covers the invoice; otherwise the fact that accepts the excess, or InvoicesExceedValue."""
    amount = command.invoice.amount
    rules.require_sum("invoices", amount.minor + invoiced(contract, amount.currency))
    room = uncovered(contract)
    if room is None or contract.accepts_overinvoicing or not amount > room:
        return []
    if command.overinvoicing_reason is None or is_blank(command.overinvoicing_reason):
        raise InvoicesExceedValue(amount=amount, open=room)
    return [OverinvoicingAccepted(invoice_id=command.invoice.invoice_id, excess=amount - room, why=command.overinvoicing_reason)]


def require_standing(contract: Contract, invoice_id: str) -> None:
    """Refuses with AlreadyVoided."""
    if contract.invoices[invoice_id].voided_because is not None:
        raise AlreadyVoided(invoice_id=invoice_id)


def require_unpaid(contract: Contract, invoice_id: str) -> None:
    """Refuses with InvoiceHasPayments."""
    for payment in contract.payments.values():
        if any(share.invoice_id == invoice_id for share in payment.allocation):
            raise InvoiceHasPayments(payment_id=payment.payment_id, invoice_id=invoice_id)


def require_room(contract: Contract, invoice: Invoice) -> None:
    """Refuses with SumTooLarge or InvoicesExceedValue an invoice that does not fit in the place of the one with its id."""
    rules.require_sum("invoices", invoice.amount.minor + invoiced(contract, invoice.amount.currency, without=invoice.invoice_id))
    room = uncovered(contract, without=invoice.invoice_id)
    if room is not None and not contract.accepts_overinvoicing and invoice.amount > room:
        raise InvoicesExceedValue(amount=invoice.amount, open=room)


def evolve(contract: Contract, entry: Entry, happened: InvoicingFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case InvoiceRegistered():
            contract.recordings[entry.version] = happened
            record(contract, happened)
        case InvoiceVoided(invoice_id=invoice_id, why=why):
            held = contract.invoices.get(invoice_id)
            if held is not None:
                contract.invoices[invoice_id] = replace(held, voided_because=why)
        case OverinvoicingAccepted():
            contract.accepts_overinvoicing = True
        case unreachable:
            assert_never(unreachable)


def record(contract: Contract, happened: InvoiceRegistered) -> None:
    """Notes an invoice; a correction comes this way again and keeps that it was voided."""
    held = contract.invoices.get(happened.invoice.invoice_id)
    voided = None if held is None else held.voided_because
    contract.invoices[happened.invoice.invoice_id] = RegisteredInvoice(invoice=happened.invoice, voided_because=voided)
