"""Why scheduling and recording money is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from domain.contract.amendment import AmendmentTookEffect
from domain.contract.approval import SentBack
from domain.contract.operations import PutTerm
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
from domain.contract.triggers import PaymentBeforeAcceptance, PaymentBeforeDay, PaymentBeforeMilestone, PaymentBeforeSigning
from domain.contract.vocabulary import Instalment
from domain.money import MAX_MINOR, Money
from domain.terms.schedule import On, Trigger
from tests.domain.precedence import LONG_AGO, Fault, Table
from tests.domain.tables.drafting import NO_DRAFT
from tests.facts import FIRST_HALF, ON_ACCEPTANCE, cny, drafted, half_paid, in_force, scheduled
from tests.spec import BOB, CAROL, History, told

THIRD = Instalment(instalment_id="i3", amount=cny("1.00"))
NOT_BINDING = Fault(
    refusal=WrongStage,
    also=told(SentBack(step=1, opinion="x"), by=BOB),
    details={"status": "draft", "allowed": "in_force or suspended or completed or terminated or expired"},
)


def waiting_for(trigger: Trigger) -> History:
    """What the second instalment waits for, agreed anew."""
    first, second = ON_ACCEPTANCE.parts
    term = replace(ON_ACCEPTANCE, parts=(first, replace(second, trigger=trigger)))
    return told(AmendmentTookEffect(amendment_id="a9", operations=(PutTerm(term_id="pay", term=term),)))


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
        command=RecordPayment(payment_id="p2", amount=cny("41710.00"), instalment_id="i2", advance_reason="垫付 / Advanced"),
        given=scheduled,
        by=CAROL,
        faults=(
            Fault(
                refusal=PaymentExceedsBalance,
                also=told(PaymentRecorded(payment_id="p00", amount=cny("41710.01"))),
                details={"amount": cny("41710.00"), "balance": cny("41709.99")},
            ),
            Fault(
                refusal=PaymentBeforeMilestone,
                also=waiting_for(Trigger(on=On.MILESTONE, subject="k")),
                change={"advance_reason": None},
                details={"instalment_id": "i2", "milestone_id": "k"},
            ),
            Fault(
                refusal=PaymentBeforeDay,
                also=waiting_for(Trigger(on=On.DATE, day=date(2026, 5, 15))),
                change={"advance_reason": "\u200b"},
                details={"instalment_id": "i2", "day": date(2026, 5, 15)},
            ),
            Fault(
                refusal=PaymentBeforeSigning,
                also=waiting_for(Trigger(on=On.SIGNING)),
                change={"advance_reason": ""},
                later=-timedelta(days=1),
                details={"instalment_id": "i2"},
            ),
            Fault(
                refusal=PaymentBeforeAcceptance,
                change={"advance_reason": " "},
                details={"instalment_id": "i2", "delivery_id": "d1"},
            ),
        ),
        name="in advance",
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
