"""Why scheduling and recording money is refused."""

from __future__ import annotations

from domain.contract.approval import SentBack
from domain.contract.payment import (
    AlreadyReversed,
    OverpaymentAccepted,
    PartlyRefunded,
    PaymentExceedsBalance,
    PaymentRecorded,
    PaymentReversed,
    PaymentScheduled,
    RecordPayment,
    ReschedulePayment,
    ReversePayment,
    SchedulePayment,
    UnschedulePayment,
)
from domain.contract.rules import (
    AmountNotPositive,
    CurrencyDiffers,
    ElementExists,
    NeedsText,
    NothingChanges,
    SumTooLarge,
    UnknownElement,
    WrongStage,
)
from domain.contract.settlement import PaymentRefunded
from domain.contract.vocabulary import Instalment
from domain.money import MAX_MINOR, Money
from tests.domain.precedence import LONG_AGO, Fault, Table
from tests.domain.tables.drafting import NO_DRAFT
from tests.facts import FIRST_HALF, cny, drafted, half_paid, in_force
from tests.spec import BOB, CAROL, told

THIRD = Instalment(instalment_id="i3", amount=cny("1.00"))
NOT_BINDING = Fault(
    refusal=WrongStage,
    also=told(SentBack(step=1, opinion="x"), by=BOB),
    details={"status": "draft", "allowed": "in_force or suspended or completed or terminated or expired"},
)

TABLES = (
    Table(
        command=SchedulePayment(instalment=THIRD),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(
                refusal=ElementExists,
                also=told(PaymentScheduled(instalment=THIRD)),
                details={"element": "instalment", "element_id": "i3"},
            ),
            Fault(refusal=AmountNotPositive, change={"instalment.amount.minor": 0}, details={"amount": cny("0.00")}),
            Fault(refusal=CurrencyDiffers, change={"instalment.amount.currency": "HKD"}, details={"expected": "CNY", "given": "HKD"}),
        ),
    ),
    Table(
        command=ReschedulePayment(instalment=Instalment(instalment_id="i1", amount=cny("40000.00"))),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(refusal=UnknownElement, change={"instalment.instalment_id": "i9"}, details={"element": "instalment", "element_id": "i9"}),
            Fault(refusal=AmountNotPositive, change={"instalment.amount.minor": -1}, details={"amount": cny("-0.01")}),
            Fault(refusal=CurrencyDiffers, change={"instalment.amount.currency": "HKD"}),
            Fault(refusal=NothingChanges, change={"instalment": FIRST_HALF}),
        ),
    ),
    Table(
        command=UnschedulePayment(instalment_id="i1"),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(refusal=UnknownElement, change={"instalment_id": "i9"}, details={"element": "instalment", "element_id": "i9"}),
        ),
    ),
    Table(
        command=RecordPayment(payment_id="p1", amount=cny("83420.00"), instalment_id="i1"),
        given=in_force,
        by=CAROL,
        faults=(
            LONG_AGO,
            NOT_BINDING,
            Fault(
                refusal=ElementExists,
                also=told(PaymentRecorded(payment_id="p1", amount=cny("0.01"))),
                details={"element": "payment", "element_id": "p1"},
            ),
            Fault(refusal=AmountNotPositive, change={"amount.minor": 0}, details={"amount": cny("0.00")}),
            Fault(refusal=CurrencyDiffers, change={"amount.currency": "USD"}, details={"expected": "CNY", "given": "USD"}),
            Fault(refusal=UnknownElement, change={"instalment_id": "i9"}, details={"element": "instalment", "element_id": "i9"}),
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
                also=told(PaymentRecorded(payment_id="p00", amount=cny("0.01"))),
                details={"amount": cny("83420.00"), "balance": cny("83419.99")},
            ),
        ),
    ),
    Table(
        command=RecordPayment(payment_id="p1", amount=cny("83420.01"), overpayment_reason="尾差 / Rounding"),
        given=in_force,
        by=CAROL,
        faults=(Fault(refusal=PaymentExceedsBalance, change={"overpayment_reason": " \u200b"}),),
        name="with a reason",
    ),
    Table(
        command=ReversePayment(payment_id="p1", why="退汇 / Returned"),
        given=half_paid,
        by=CAROL,
        faults=(
            NOT_BINDING,
            Fault(refusal=UnknownElement, change={"payment_id": "p9"}, details={"element": "payment", "element_id": "p9"}),
            Fault(refusal=NeedsText, change={"why": ""}, details={"field": "reason"}),
            Fault(
                refusal=AlreadyReversed,
                also=told(PaymentReversed(payment_id="p1", amount=cny("41710.00"), why="x")),
                details={"payment_id": "p1"},
            ),
            Fault(
                refusal=PartlyRefunded,
                also=told(PaymentRefunded(payment_id="p1", amount=cny("0.01"), why="x")),
                details={"payment_id": "p1", "refunded": cny("0.01")},
            ),
        ),
    ),
)
