"""Why registering and voiding an invoice is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from domain.contract.invoicing import (
    AlreadyVoided,
    InvoiceHasPayments,
    InvoiceNumberUsed,
    InvoiceRegistered,
    InvoicesExceedValue,
    InvoiceVoided,
    OverinvoicingAccepted,
    RegisterInvoice,
    TaxExceedsAmount,
    VoidInvoice,
)
from domain.contract.rules import (
    AmountNotPositive,
    CurrencyDiffers,
    ElementExists,
    NeedsText,
    SumTooLarge,
    UnknownElement,
)
from domain.contract.settlement import PaymentAllocated
from domain.contract.vocabulary import Invoice
from domain.moments import HappensInTheFuture
from domain.money import MAX_MINOR, Money
from tests.domain.precedence import LONG_AGO, Fault, Table
from tests.domain.tables.payment import NOT_BINDING
from tests.facts import INVOICE, SECOND_INVOICE, TO_INVOICE, cny, half_paid, invoiced
from tests.spec import CAROL, told

# Two weeks after the last day on which anything of these histories happens.
TOO_LATE = date(2026, 1, 20)


def small(invoice_id: str, number: str, amount: Money) -> InvoiceRegistered:
    """An invoice with little to it."""
    return InvoiceRegistered(invoice=Invoice(invoice_id=invoice_id, number=number, amount=amount, issued_on=date(2026, 1, 5)))


TABLES = (
    Table(
        command=RegisterInvoice(invoice=INVOICE),
        given=half_paid,
        by=CAROL,
        faults=(
            LONG_AGO,
            NOT_BINDING,
            Fault(
                refusal=ElementExists,
                also=told(small("v1", "0", cny("0.01"))),
                details={"element": "invoice", "element_id": "v1"},
            ),
            Fault(refusal=NeedsText, change={"invoice.number": " "}, details={"field": "invoice number"}),
            Fault(
                refusal=InvoiceNumberUsed,
                also=told(small("v9", INVOICE.number, cny("0.01")), InvoiceVoided(invoice_id="v9", why="x")),
                details={"invoice_id": "v9", "number": INVOICE.number},
            ),
            Fault(refusal=AmountNotPositive, change={"invoice.amount.minor": 0}, details={"amount": cny("0.00")}),
            Fault(refusal=CurrencyDiffers, change={"invoice.amount.currency": "USD"}, details={"expected": "CNY", "given": "USD"}),
            Fault(
                refusal=TaxExceedsAmount,
                change={"invoice.tax": cny("41710.01")},
                details={"tax": cny("41710.01"), "amount": cny("41710.00")},
            ),
            Fault(
                refusal=HappensInTheFuture, change={"invoice.issued_on": TOO_LATE}, details={"effective_at": "2026-01-20"}, name="issued"
            ),
            Fault(
                refusal=SumTooLarge,
                also=told(
                    OverinvoicingAccepted(invoice_id="v0", excess=cny("1.00"), why="x"),
                    small("v0", "00", Money(MAX_MINOR - 4170999, "CNY")),
                ),
                details={"total": "invoices"},
            ),
            Fault(
                refusal=InvoicesExceedValue,
                also=told(small("v8", "8", cny("41710.01"))),
                details={"amount": cny("41710.00"), "open": cny("41709.99")},
            ),
        ),
    ),
    Table(
        command=RegisterInvoice(invoice=SECOND_INVOICE, overinvoicing_reason="代垫运费 / Freight advanced"),
        given=invoiced,
        by=CAROL,
        faults=(
            *(
                Fault(refusal=TaxExceedsAmount, change={"invoice.tax": tax}, name=str(tax))
                for tax in (cny("-0.01"), cny("42290.01"), Money.rounded(Decimal(1), "USD")[0])
            ),
            Fault(refusal=InvoicesExceedValue, change={"overinvoicing_reason": " "}),
        ),
        name="with a reason",
    ),
    Table(
        command=VoidInvoice(invoice_id="v1", why="税号有误 / Wrong tax number"),
        given=invoiced,
        by=CAROL,
        faults=(
            NOT_BINDING,
            Fault(refusal=UnknownElement, change={"invoice_id": "v9"}, details={"element": "invoice", "element_id": "v9"}),
            Fault(refusal=NeedsText, change={"why": ""}, details={"field": "reason"}),
            Fault(refusal=AlreadyVoided, also=told(InvoiceVoided(invoice_id="v1", why="x")), details={"invoice_id": "v1"}),
            Fault(
                refusal=InvoiceHasPayments,
                also=told(PaymentAllocated(payment_id="p1", shares=TO_INVOICE)),
                details={"payment_id": "p1", "invoice_id": "v1"},
            ),
        ),
    ),
)
