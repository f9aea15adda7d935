"""Why proposing, deciding on and signing an amendment is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from domain.contract.amendment import (
    AmendmentApproved,
    AmendmentIsEmpty,
    AmendmentLapsed,
    AmendmentNotAt,
    AmendmentNotYetEffective,
    AmendmentProposed,
    AmendmentRejected,
    AmendmentSigned,
    AmendmentWaits,
    ApproveAmendment,
    InstalmentHasPayments,
    ProposeAmendment,
    ProposerMayNotApprove,
    RejectAmendment,
    SignAmendment,
    TakeAmendmentIntoEffect,
    TouchedByOpenAmendment,
    TouchedTwice,
    ValueBelowInvoiced,
)
from domain.contract.closing import ContractTerminated
from domain.contract.drafting import Noted, PeriodEndsBeforeItStarts
from domain.contract.invoicing import InvoiceRegistered
from domain.contract.operations import (
    ChangePeriod,
    ChangeTitle,
    ChangeValue,
    Operation,
    PutDelivery,
    PutInstalment,
    PutItem,
    RemoveClause,
    RemoveDelivery,
    RemoveInstalment,
    RemoveItem,
)
from domain.contract.payment import PaymentRecorded
from domain.contract.rules import (
    AmountNotPositive,
    CurrencyDiffers,
    ElementExists,
    NeedsText,
    QuantityNotPositive,
    ScheduleDoesNotAddUp,
    SumTooLarge,
    UnknownElement,
    ValueBelowPaid,
    ValueBelowRetained,
    WrongStage,
)
from domain.contract.settlement import AllocationExceeds, PaymentAllocated, RetentionHeld
from domain.contract.vocabulary import Instalment, LineItem, Period, PlannedDelivery, Retention, Share, SigningMethod
from domain.money import MAX_MINOR, Money
from domain.refusals import Refusal
from tests.domain.precedence import Fault, Table
from tests.facts import (
    FIRST_PAYMENT,
    IN_JULY,
    SECOND_INVOICE,
    amendment_approved,
    amendment_proposed,
    amendment_signed_by_us,
    amendment_waiting,
    cny,
    half_paid,
    in_force,
)
from tests.spec import ALICE, BOB, CAROL, Told, told

OVER = Fault(
    refusal=WrongStage,
    also=told(ContractTerminated(ground="x")),
    details={"status": "terminated", "allowed": "in_force"},
)
RETITLE = ChangeTitle(title="补充协议 / Supplement")
EXTEND = ChangePeriod(period=Period(start=date(2026, 1, 15), end=date(2027, 6, 30)))
# The whole value in the last instalment: what removing the first one asks for.
ALL_AT_THE_END = (
    RemoveInstalment(instalment_id="i1"),
    PutInstalment(instalment=Instalment(instalment_id="i2", amount=cny("83420.00"))),
)
LOWER = (
    ChangeValue(value=cny("50000.00")),
    PutInstalment(instalment=Instalment(instalment_id="i1", amount=cny("25000.00"))),
    PutInstalment(instalment=Instalment(instalment_id="i2", amount=cny("25000.00"))),
)


def proposing(refusal: type[Refusal], *operations: Operation, **details: object) -> Table:
    """An amendment whose content is refused, after every rule that does not look at the content."""
    sound = ProposeAmendment(amendment_id="a1", operations=(RETITLE, EXTEND), why="业务调整 / Business changed")
    return Table(
        command=sound,
        given=in_force,
        faults=(
            OVER,
            Fault(refusal=ElementExists, also=told(AmendmentProposed(amendment_id="a1", operations=(), why="x"))),
            Fault(refusal=NeedsText, change={"why": ""}, details={"field": "reason"}),
            Fault(refusal=refusal, change={"operations": operations}, details=details or None),
        ),
        name=", ".join(type(o).__name__ for o in operations),
    )


TABLES = (
    Table(
        command=ProposeAmendment(amendment_id="a1", operations=(RETITLE, EXTEND), why="业务调整 / Business changed"),
        given=in_force,
        faults=(
            OVER,
            Fault(
                refusal=ElementExists,
                also=told(AmendmentProposed(amendment_id="a1", operations=(), why="x"), AmendmentRejected(amendment_id="a1", opinion="x")),
                details={"element": "amendment", "element_id": "a1"},
            ),
            Fault(refusal=AmendmentIsEmpty, change={"operations": ()}, details={"amendment_id": "a1"}),
            Fault(refusal=NeedsText, change={"why": ""}, details={"field": "reason"}),
            Fault(
                refusal=TouchedTwice,
                change={"operations": (RETITLE, EXTEND, ChangeTitle(title=" "))},
                details={"element": "title", "element_id": ""},
            ),
            Fault(
                refusal=TouchedByOpenAmendment,
                also=told(AmendmentProposed(amendment_id="a0", operations=(EXTEND,), why="x")),
                details={"other": "a0", "element": "period", "element_id": ""},
                name="proposed",
            ),
        ),
    ),
    Table(
        command=ProposeAmendment(amendment_id="a1", operations=(RETITLE,), why="x"),
        given=in_force,
        faults=(
            Fault(refusal=NeedsText, change={"why": " "}, details={"field": "reason"}, name="reason"),
            Fault(
                refusal=UnknownElement,
                change={"evidence": ("e9",)},
                details={"element": "document", "element_id": "e9"},
                name="evidence",
            ),
            Fault(
                refusal=TouchedByOpenAmendment,
                also=told(AmendmentProposed(amendment_id="a0", operations=(RETITLE,), why="x"), AmendmentApproved(amendment_id="a0")),
                details={"other": "a0", "element": "title", "element_id": ""},
                name="approved",
            ),
            Fault(refusal=NeedsText, change={"operations": (ChangeTitle(title=" "),)}, details={"field": "title"}),
        ),
        name="touched before it is read",
    ),
    proposing(NeedsText, ChangeTitle(title="\u200b"), field="title"),
    proposing(AmountNotPositive, ChangeValue(value=cny("0.00")), amount=cny("0.00")),
    proposing(CurrencyDiffers, ChangeValue(value=Money(1, "USD")), expected="CNY", given="USD"),
    proposing(
        PeriodEndsBeforeItStarts,
        ChangePeriod(period=Period(start=date(2026, 2, 2), end=date(2026, 2, 1))),
        start=date(2026, 2, 2),
        end=date(2026, 2, 1),
    ),
    proposing(
        QuantityNotPositive, PutItem(item=LineItem(item_id="1", description="x", quantity=Decimal("NaN"))), element="item", element_id="1"
    ),
    proposing(UnknownElement, RemoveItem(item_id="99"), element="item", element_id="99"),
    proposing(AmountNotPositive, PutInstalment(instalment=Instalment(instalment_id="i3", amount=cny("-5.00"))), amount=cny("-5.00")),
    proposing(CurrencyDiffers, PutInstalment(instalment=Instalment(instalment_id="i3", amount=Money(1, "USD")))),
    proposing(UnknownElement, RemoveInstalment(instalment_id="i9"), element="instalment", element_id="i9"),
    proposing(
        QuantityNotPositive,
        PutDelivery(delivery=PlannedDelivery(delivery_id="d2", description="x", quantity=Decimal(0))),
        element="delivery",
        element_id="d2",
    ),
    proposing(UnknownElement, RemoveDelivery(delivery_id="d9"), element="delivery", element_id="d9"),
    proposing(UnknownElement, RemoveClause(clause_id="99"), element="clause", element_id="99"),
    proposing(ScheduleDoesNotAddUp, ChangeValue(value=cny("90000.00")), sum=cny("83420.00"), value=cny("90000.00")),
    proposing(ScheduleDoesNotAddUp, RemoveInstalment(instalment_id="i1"), sum=cny("41710.00"), value=cny("83420.00")),
    proposing(SumTooLarge, PutInstalment(instalment=Instalment(instalment_id="i1", amount=Money(MAX_MINOR, "CNY"))), total="instalments"),
    Table(
        command=ProposeAmendment(amendment_id="a1", operations=LOWER, why="x"),
        given=in_force,
        faults=(
            Fault(
                refusal=ScheduleDoesNotAddUp, change={"operations": LOWER[:1]}, details={"sum": cny("83420.00"), "value": cny("50000.00")}
            ),
            Fault(
                refusal=ValueBelowPaid,
                also=told(PaymentRecorded(payment_id="p1", amount=cny("50000.01"))),
                details={"value": cny("50000.00"), "paid": cny("50000.01")},
            ),
            Fault(
                refusal=ValueBelowRetained,
                also=told(RetentionHeld(retention=Retention(retention_id="r1", amount=cny("50000.01")))),
                details={"value": cny("50000.00"), "paid": cny("0.00"), "retained": cny("50000.01")},
            ),
            Fault(
                refusal=ValueBelowInvoiced,
                also=told(InvoiceRegistered(invoice=replace(SECOND_INVOICE, amount=cny("50000.01")))),
                details={"value": cny("50000.00"), "invoiced": cny("50000.01")},
            ),
        ),
        name="lowering the value",
    ),
    Table(
        command=ProposeAmendment(amendment_id="a1", operations=LOWER, why="x"),
        given=half_paid,
        faults=(
            Fault(
                refusal=AllocationExceeds,
                also=told(PaymentAllocated(payment_id="p1", shares=(Share(amount=cny("41710.00"), instalment_id="i1"),))),
                details={"allocated": cny("41710.00"), "element": "instalment", "element_id": "i1", "amount": cny("25000.00")},
            ),
        ),
        name="lowering an instalment below what was allocated to it",
    ),
    Table(
        command=ProposeAmendment(amendment_id="a1", operations=ALL_AT_THE_END, why="x"),
        given=in_force,
        faults=(
            Fault(refusal=InstalmentHasPayments, also=told(FIRST_PAYMENT), details={"instalment_id": "i1", "payment_id": "p1"}),
            Fault(refusal=ScheduleDoesNotAddUp, change={"operations": ALL_AT_THE_END[:1]}),
        ),
        name="removing an instalment",
    ),
    Table(
        command=ApproveAmendment(amendment_id="a1", opinion="同意"),
        given=amendment_proposed,
        by=BOB,
        faults=(
            OVER,
            Fault(refusal=UnknownElement, change={"amendment_id": "a9"}, details={"element": "amendment", "element_id": "a9"}),
            Fault(
                refusal=AmendmentNotAt,
                also=told(AmendmentApproved(amendment_id="a1"), by=BOB),
                details={"amendment_id": "a1", "status": "approved", "allowed": "proposed"},
            ),
            Fault(refusal=ProposerMayNotApprove, by=ALICE, details={"actor": ALICE}),
        ),
    ),
    Table(
        command=RejectAmendment(amendment_id="a1", opinion="暂缓 / Not now"),
        given=amendment_proposed,
        by=BOB,
        faults=(
            OVER,
            Fault(refusal=UnknownElement, change={"amendment_id": "a9"}),
            Fault(
                refusal=AmendmentNotAt,
                also=told(AmendmentRejected(amendment_id="a1", opinion="x"), by=BOB),
                details={"amendment_id": "a1", "status": "rejected", "allowed": "proposed or approved or waiting"},
            ),
            Fault(refusal=ProposerMayNotApprove, by=ALICE, details={"actor": ALICE}),
            Fault(refusal=NeedsText, change={"opinion": " "}, details={"field": "opinion"}),
        ),
    ),
    Table(
        command=SignAmendment(amendment_id="a1", party="us", signatory="陈晨", method=SigningMethod.WET_INK),
        given=amendment_approved,
        by=CAROL,
        faults=(
            OVER,
            Fault(refusal=UnknownElement, change={"amendment_id": "a9"}, details={"element": "amendment", "element_id": "a9"}),
            Fault(
                refusal=AmendmentNotAt,
                also=told(AmendmentRejected(amendment_id="a1", opinion="x"), by=BOB),
                details={"amendment_id": "a1", "status": "rejected", "allowed": "approved"},
            ),
            Fault(refusal=UnknownElement, change={"party": "c9"}, details={"element": "party", "element_id": "c9"}, name="party"),
            Fault(
                refusal=ElementExists,
                also=told(AmendmentSigned(amendment_id="a1", party="us")),
                details={"element": "signature of", "element_id": "us"},
            ),
            Fault(refusal=NeedsText, change={"signatory": ""}, details={"field": "signatory"}),
        ),
    ),
    Table(
        command=SignAmendment(amendment_id="a1", party="c1", signatory="Wang Wei", method=SigningMethod.ELECTRONIC),
        given=amendment_signed_by_us,
        by=CAROL,
        faults=(
            Fault(refusal=NeedsText, change={"signatory": ""}, details={"field": "signatory"}),
            Fault(
                refusal=ValueBelowPaid,
                also=told(PaymentRecorded(payment_id="p9", amount=cny("100920.01"))),
                details={"value": cny("100920.00"), "paid": cny("100920.01")},
                name="overtaken by payments",
            ),
        ),
        name="the last side",
    ),
    Table(
        command=TakeAmendmentIntoEffect(amendment_id="a1"),
        given=(*amendment_waiting, Told(Noted(text="x"), ALICE, IN_JULY, IN_JULY)),
        faults=(
            Fault(
                refusal=WrongStage,
                also=told(ContractTerminated(ground="x")),
                details={"status": "terminated", "allowed": "in_force or suspended"},
            ),
            Fault(refusal=UnknownElement, change={"amendment_id": "a9"}, details={"element": "amendment", "element_id": "a9"}),
            Fault(
                refusal=AmendmentNotAt,
                also=told(AmendmentLapsed(amendment_id="a1")),
                details={"amendment_id": "a1", "status": "lapsed", "allowed": "waiting"},
            ),
            Fault(
                refusal=AmendmentNotYetEffective,
                also=told(AmendmentWaits(amendment_id="a1", effective_from=IN_JULY + timedelta(days=2))),
                details={"amendment_id": "a1", "effective_from": "2026-07-04T08:00:00+00:00"},
            ),
            Fault(
                refusal=ValueBelowPaid,
                also=told(PaymentRecorded(payment_id="p9", amount=cny("100920.01"))),
                details={"value": cny("100920.00"), "paid": cny("100920.01")},
                name="overtaken by payments",
            ),
        ),
    ),
)
