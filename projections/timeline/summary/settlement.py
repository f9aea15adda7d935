"""Invoices, and what became of money that moved, in one line."""

from __future__ import annotations

from typing import assert_never

from domain.contract.invoicing import InvoiceRegistered, InvoiceVoided, InvoicingFact, OverinvoicingAccepted
from domain.contract.settlement import (
    PaymentAllocated,
    PaymentRefunded,
    ReconciliationBroken,
    ReconciliationMatched,
    RetentionHeld,
    RetentionReleased,
    SettlementFact,
)
from projections.timeline.summary.phrases import because, short


def of_settlement(happened: InvoicingFact | SettlementFact) -> str:
    """Invoices, allocations, refunds, retentions and what the bank says."""
    match happened:
        case InvoiceRegistered(invoice=invoice):
            return f"Invoice {short(invoice.number)} of {invoice.amount} registered"
        case InvoiceVoided(invoice_id=invoice_id, why=why):
            return f"Invoice {short(invoice_id)} voided{because(why)}"
        case OverinvoicingAccepted(invoice_id=invoice_id, excess=excess, why=why):
            return f"Invoices by {excess} above the value accepted for invoice {short(invoice_id)}{because(why)}"
        case PaymentAllocated(payment_id=payment_id, shares=shares):
            said = ", ".join(f"{s.amount} to {short(s.instalment_id or s.invoice_id or '')}" for s in shares[:3])
            more = f" and {len(shares) - 3} more" if len(shares) > 3 else ""  # noqa: PLR2004 - as many as are said
            return f"Payment {short(payment_id)} allocated: {said}{more}"
        case PaymentRefunded(payment_id=payment_id, amount=amount, why=why):
            return f"{amount} of payment {short(payment_id)} refunded{because(why)}"
        case RetentionHeld(retention=retention):
            return f"Retention {short(retention.retention_id)} of {retention.amount} held back{because(retention.description)}"
        case RetentionReleased(retention_id=retention_id, amount=amount, note=note):
            return f"{amount} of retention {short(retention_id)} released{because(note)}"
        case ReconciliationMatched(payment_id=payment_id, statement=statement):
            return f"Payment {short(payment_id)} matched with {short(statement)}"
        case ReconciliationBroken(payment_id=payment_id, statement=statement, why=why):
            return f"Payment {short(payment_id)} not as in {short(statement)}{because(why)}"
        case unreachable:
            assert_never(unreachable)
