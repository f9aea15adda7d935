"""Why a correction is refused."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from domain.contract.correction import CorrectDelivery, CorrectPayment, FactCorrected, NotCorrectable, Restated, StrikeOut
from domain.contract.payment import OverpaymentAccepted, PaymentExceedsBalance, PaymentRecorded
from domain.contract.rules import (
    AmountNotPositive,
    CurrencyDiffers,
    HappensInTheFuture,
    NeedsText,
    NothingChanges,
    SumTooLarge,
    UnknownElement,
)
from domain.contract.settlement import PaymentRefunded, RefundExceedsPayment
from domain.money import MAX_MINOR, Money
from tests.domain.precedence import Fault, Table
from tests.domain.tables.drafting import impossible
from tests.facts import CAME, FIRST_PAYMENT, PAYMENT_VERSION, cny, half_paid, shipped
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
