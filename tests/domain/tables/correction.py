"""Why a correction is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from domain.contract.correction import (
    CorrectDelivery,
    CorrectInvoice,
    CorrectMeasurement,
    CorrectMilestone,
    CorrectPayment,
    CorrectService,
    FactCorrected,
    NotCorrectable,
    Restated,
    StrikeOut,
)
from domain.contract.delivery import DeliveryExceedsPlan, DeliveryRecorded
from domain.contract.invoicing import AlreadyVoided, InvoiceHasPayments, InvoicesExceedValue, InvoiceVoided
from domain.contract.payment import OverpaymentAccepted, PaymentExceedsBalance, PaymentRecorded
from domain.contract.rules import (
    AmountNotPositive,
    CurrencyDiffers,
    NeedsText,
    NothingChanges,
    SumTooLarge,
    UnknownElement,
)
from domain.contract.settlement import AllocationExceeds, PaymentAllocated, PaymentRefunded, RefundExceedsPayment
from domain.moments import HappensInTheFuture
from domain.money import MAX_MINOR, Money
from tests.domain.precedence import Fault, Table
from tests.domain.tables.drafting import impossible
from tests.domain.tables.invoicing import small
from tests.facts import (
    CAME,
    FIRST_PAYMENT,
    INVOICE,
    LESS_UPTIME,
    PAYMENT_VERSION,
    SUPPORT,
    TO_INVOICE,
    UPTIME,
    cny,
    half_paid,
    in_force,
    invoiced,
    serving,
    shipped,
)
from tests.spec import CAROL, START, given, told

NO_REASON = Fault(refusal=NeedsText, change={"why": " "}, details={"field": "reason"})
NEXT_YEAR = START + timedelta(days=365)
PAID_AT = given(half_paid).contract.payments["p1"].paid_at
DELIVERED_AT = given(shipped).contract.deliveries["d1"].delivered_at

TABLES = (
    Table(
        command=CorrectPayment(payment_id="p1", why="金额录错 / Wrong amount", amount=cny("83420.00")),
        given=half_paid,
        by=CAROL,
        faults=(
            NO_REASON,
            Fault(refusal=UnknownElement, change={"payment_id": "p9"}, details={"element": "payment", "element_id": "p9"}),
            Fault(refusal=HappensInTheFuture, change={"paid_at": NEXT_YEAR}, details={"effective_at": NEXT_YEAR.isoformat()}, name="paid"),
            Fault(refusal=AmountNotPositive, change={"amount.minor": 0}, details={"amount": cny("0.00")}),
            Fault(refusal=CurrencyDiffers, change={"amount.currency": "USD"}, details={"expected": "CNY", "given": "USD"}),
            Fault(
                refusal=RefundExceedsPayment,
                also=told(PaymentRefunded(payment_id="p1", amount=cny("41710.00"), why="x")),
                change={"amount": cny("41709.99")},
                details={"amount": cny("41710.00"), "standing": cny("41709.99")},
            ),
            Fault(
                refusal=SumTooLarge,
                also=told(
                    OverpaymentAccepted(payment_id="p0", excess=cny("1.00"), why="x"),
                    PaymentRecorded(payment_id="p0", amount=Money(MAX_MINOR - 8341999, "CNY")),
                ),
                details={"total": "payments"},
            ),
            Fault(
                refusal=PaymentExceedsBalance,
                also=told(PaymentRecorded(payment_id="p2", amount=cny("0.01"))),
                details={"amount": cny("83420.00"), "balance": cny("83419.99")},
            ),
        ),
    ),
    Table(
        command=CorrectPayment(payment_id="p1", why="补日期 / The right day", reference="工行-8"),
        given=half_paid,
        by=CAROL,
        faults=(
            NO_REASON,
            Fault(refusal=UnknownElement, change={"payment_id": "p9"}),
            Fault(refusal=HappensInTheFuture, change={"paid_at": NEXT_YEAR}, name="paid"),
            Fault(refusal=NothingChanges, change={"reference": None}),
        ),
        name="nothing new",
    ),
    Table(
        command=CorrectPayment(payment_id="p1", why="x", paid_at=START),
        given=half_paid,
        by=CAROL,
        faults=(Fault(refusal=NothingChanges, change={"paid_at": PAID_AT, "amount": FIRST_PAYMENT.amount}),),
        name="the same day",
    ),
    Table(
        command=CorrectDelivery(delivery_id="d1", why="数量录错 / Wrong quantity", description="首批 / First", quantity=Decimal(19)),
        given=shipped,
        by=CAROL,
        faults=(
            NO_REASON,
            Fault(refusal=UnknownElement, change={"delivery_id": "d9"}, details={"element": "delivery", "element_id": "d9"}),
            Fault(
                refusal=HappensInTheFuture,
                change={"delivered_at": NEXT_YEAR},
                details={"effective_at": NEXT_YEAR.isoformat()},
                name="delivered",
            ),
            Fault(refusal=NeedsText, change={"description": " "}, details={"field": "description"}, name="description"),
            *impossible("quantity", "delivery", "d1"),
        ),
    ),
    Table(
        command=CorrectDelivery(delivery_id="d1", why="x", delivered_at=START),
        given=shipped,
        by=CAROL,
        faults=(
            NO_REASON,
            Fault(
                refusal=NothingChanges,
                change={"delivered_at": DELIVERED_AT, "description": CAME.description, "waybill": CAME.waybill},
            ),
        ),
        name="the same day",
    ),
    Table(
        command=CorrectDelivery(delivery_id="d1a", why="x", quantity=Decimal(20)),
        given=in_force + told(DeliveryRecorded(delivery_id="d1a", description="x", quantity=Decimal(1), towards="d1")),
        by=CAROL,
        faults=(
            NO_REASON,
            Fault(
                refusal=DeliveryExceedsPlan,
                also=told(DeliveryRecorded(delivery_id="d1b", description="x", quantity=Decimal(1), towards="d1")),
                details={"delivered": Decimal(21), "planned": Decimal(20), "delivery_id": "d1"},
            ),
        ),
        name="of a part",
    ),
    Table(
        command=CorrectInvoice(invoice=replace(INVOICE, amount=cny("83420.00")), why="金额录错 / Wrong amount"),
        given=invoiced,
        by=CAROL,
        faults=(
            NO_REASON,
            Fault(refusal=UnknownElement, change={"invoice.invoice_id": "v9"}, details={"element": "invoice", "element_id": "v9"}),
            Fault(refusal=AlreadyVoided, also=told(InvoiceVoided(invoice_id="v1", why="x")), details={"invoice_id": "v1"}),
            Fault(refusal=AmountNotPositive, change={"invoice.amount.minor": 0}),
            Fault(refusal=NothingChanges, change={"invoice": INVOICE}),
            Fault(
                refusal=SumTooLarge,
                change={"invoice.amount.minor": MAX_MINOR},
                also=told(small("v7", "7", cny("0.01"))),
                details={"total": "invoices"},
            ),
            Fault(
                refusal=InvoicesExceedValue,
                also=told(small("v8", "8", cny("0.01"))),
                details={"amount": cny("83420.00"), "open": cny("83419.99")},
            ),
        ),
    ),
    Table(
        command=CorrectInvoice(invoice=replace(INVOICE, amount=cny("41709.99")), why="x"),
        given=invoiced,
        by=CAROL,
        faults=(
            Fault(
                refusal=AllocationExceeds,
                also=told(PaymentAllocated(payment_id="p1", shares=TO_INVOICE)),
                details={"allocated": cny("41710.00"), "element": "invoice", "element_id": "v1", "amount": cny("41709.99")},
            ),
        ),
        name="below what was allocated",
    ),
    Table(
        command=StrikeOut(version=len(invoiced), why="x"),
        given=invoiced,
        faults=(
            NO_REASON,
            Fault(
                refusal=InvoiceHasPayments,
                also=told(PaymentAllocated(payment_id="p1", shares=TO_INVOICE)),
                details={"payment_id": "p1", "invoice_id": "v1"},
            ),
        ),
        name="an invoice",
    ),
    Table(
        command=CorrectService(service=replace(SUPPORT, quantity=Decimal(3)), why="天数 / Days"),
        given=serving,
        faults=(
            NO_REASON,
            Fault(refusal=UnknownElement, change={"service.service_id": "s9"}, details={"element": "service", "element_id": "s9"}),
            Fault(refusal=NeedsText, change={"service.description": " "}, name="description"),
            Fault(refusal=NothingChanges, change={"service": SUPPORT}),
        ),
    ),
    Table(
        command=CorrectMeasurement(measurement=LESS_UPTIME, why="x"),
        given=serving,
        faults=(
            NO_REASON,
            Fault(
                refusal=UnknownElement,
                change={"measurement.measurement_id": "m9"},
                details={"element": "measurement", "element_id": "m9"},
            ),
            Fault(refusal=NeedsText, change={"measurement.metric": " "}, name="metric"),
            Fault(refusal=NothingChanges, change={"measurement": UPTIME}),
        ),
    ),
    Table(
        command=CorrectMilestone(milestone_id="k", why="x", description="二期上线 / Second stage"),
        given=serving,
        faults=(
            NO_REASON,
            Fault(refusal=UnknownElement, change={"milestone_id": "k9"}, details={"element": "milestone", "element_id": "k9"}),
            Fault(refusal=HappensInTheFuture, change={"reached_at": NEXT_YEAR}, name="reached"),
            Fault(refusal=NeedsText, change={"description": " "}, name="description"),
            Fault(refusal=NothingChanges, change={"description": None}),
        ),
    ),
    Table(
        command=StrikeOut(version=PAYMENT_VERSION, why="记错合同 / Wrong contract"),
        given=half_paid,
        by=CAROL,
        faults=(
            NO_REASON,
            Fault(
                refusal=NotCorrectable,
                also=told(FactCorrected(corrects=PAYMENT_VERSION, was=Restated(FIRST_PAYMENT), becomes=None, why="x")),
                details={"version": PAYMENT_VERSION},
                name="struck out before",
            ),
        ),
    ),
    *(
        Table(
            command=StrikeOut(version=PAYMENT_VERSION, why="x"),
            given=half_paid,
            by=CAROL,
            faults=(NO_REASON, Fault(refusal=NotCorrectable, change={"version": version}, details={"version": version})),
            name=f"at version {version}",
        )
        for version in (-1, 0, 1, 10, PAYMENT_VERSION + 1)
    ),
)
