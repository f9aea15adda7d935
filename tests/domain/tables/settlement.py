"""Why saying what payments were for, giving back, holding back and reconciling is refused."""

from __future__ import annotations

from domain.contract.acceptance import DefectRaised
from domain.contract.closing import ContractCompleted
from domain.contract.drafting import ValueChanged
from domain.contract.invoicing import AlreadyVoided, InvoiceVoided
from domain.contract.payment import AlreadyReversed, PaymentRecorded, PaymentReversed
from domain.contract.rules import (
    AmountNotPositive,
    CurrencyDiffers,
    DefectsOpen,
    ElementExists,
    NeedsText,
    NothingChanges,
    SumTooLarge,
    UnknownElement,
    WrongStage,
)
from domain.contract.settlement import (
    AllocatePayment,
    AllocationDoesNotAddUp,
    AllocationExceeds,
    AlreadyMatched,
    BreakReconciliation,
    HoldRetention,
    MatchReconciliation,
    PaymentAllocated,
    PaymentRefunded,
    ReconciliationBroken,
    ReconciliationMatched,
    RefundExceedsPayment,
    RefundPayment,
    ReleaseExceedsRetention,
    ReleaseRetention,
    RetentionExceedsBalance,
    RetentionHeld,
    RetentionReleased,
    ShareIsForNothing,
    StatementDiffers,
    ValueNotStated,
)
from domain.contract.triggers import PaymentBeforeAcceptance
from domain.contract.vocabulary import Retention, Share
from domain.money import MAX_MINOR, Money
from tests.domain.precedence import LONG_AGO, Fault, Table
from tests.domain.tables.payment import NOT_BINDING
from tests.facts import CAME, TO_INVOICE, WARRANTY, cny, half_paid, invoiced, retained, scheduled
from tests.spec import CAROL, told

WITHOUT_PAYMENT = Fault(refusal=UnknownElement, change={"payment_id": "p9"}, details={"element": "payment", "element_id": "p9"})
TAKEN_BACK = Fault(
    refusal=AlreadyReversed,
    also=told(PaymentReversed(payment_id="p1", amount=cny("41710.00"), why="x")),
    details={"payment_id": "p1"},
)
NO_STATEMENT = Fault(refusal=NeedsText, change={"statement": " "}, details={"field": "statement"})
NO_REASON = Fault(refusal=NeedsText, change={"why": " "}, details={"field": "reason"}, name="reason")


def part(amount: str, instalment_id: str | None = None, invoice_id: str | None = None) -> Share:
    """A share."""
    return Share(amount=cny(amount), instalment_id=instalment_id, invoice_id=invoice_id)


ALLOCATIONS = (
    Fault(refusal=AmountNotPositive, change={"shares": (part("0.00", "i1"),)}, details={"amount": cny("0.00")}),
    Fault(
        refusal=CurrencyDiffers,
        change={"shares": (Share(amount=Money(1, "USD"), instalment_id="i1"),)},
        details={"expected": "CNY", "given": "USD"},
    ),
    Fault(refusal=ShareIsForNothing, change={"shares": (part("41710.00"),)}, details={"amount": cny("41710.00")}),
    Fault(
        refusal=UnknownElement,
        change={"shares": (part("41710.00", "i9"),)},
        details={"element": "instalment", "element_id": "i9"},
        name="instalment",
    ),
    Fault(
        refusal=UnknownElement,
        change={"shares": (part("41710.00", "i1", "v9"),)},
        details={"element": "invoice", "element_id": "v9"},
        name="invoice",
    ),
    Fault(refusal=AlreadyVoided, also=told(InvoiceVoided(invoice_id="v1", why="x")), details={"invoice_id": "v1"}),
    Fault(
        refusal=SumTooLarge,
        change={"shares": (Share(amount=Money(MAX_MINOR, "CNY"), invoice_id="v1"), part("0.01", "i2"))},
        details={"total": "shares"},
    ),
    *(
        Fault(
            refusal=AllocationDoesNotAddUp,
            change={"shares": shares},
            details={"sum": total, "standing": cny("41710.00")},
            name=str(total),
        )
        for shares, total in (
            ((part("41709.99", "i1", "v1"),), cny("41709.99")),
            ((part("41710.00", "i1", "v1"), part("0.01", "i2")), cny("41710.01")),
        )
    ),
    Fault(refusal=NothingChanges, also=told(PaymentAllocated(payment_id="p1", shares=TO_INVOICE))),
    Fault(
        refusal=AllocationExceeds,
        also=told(
            PaymentRecorded(payment_id="p2", amount=cny("0.01")),
            PaymentAllocated(payment_id="p2", shares=(part("0.01", "i1"),)),
        ),
        details={"allocated": cny("41710.01"), "element": "instalment", "element_id": "i1", "amount": cny("41710.00")},
    ),
)

TABLES = (
    Table(
        command=AllocatePayment(payment_id="p1", shares=TO_INVOICE),
        given=invoiced,
        by=CAROL,
        faults=(NOT_BINDING, WITHOUT_PAYMENT, TAKEN_BACK, *ALLOCATIONS),
    ),
    Table(
        command=AllocatePayment(payment_id="p1", shares=(part("41710.00", None, "v1"),)),
        given=invoiced,
        by=CAROL,
        faults=(
            Fault(refusal=AllocationDoesNotAddUp, change={"shares": ()}, details={"sum": cny("0.00"), "standing": cny("41710.00")}),
            Fault(
                refusal=AllocationExceeds,
                also=told(
                    PaymentRecorded(payment_id="p2", amount=cny("0.01")),
                    PaymentAllocated(payment_id="p2", shares=(part("0.01", None, "v1"),)),
                ),
                details={"allocated": cny("41710.01"), "element": "invoice", "element_id": "v1", "amount": cny("41710.00")},
            ),
        ),
        name="to an invoice alone",
    ),
    Table(
        command=AllocatePayment(payment_id="p7", shares=(part("1000.00", "i2"),), advance_reason="垫付 / Advanced"),
        given=scheduled + told(PaymentRecorded(payment_id="p7", amount=cny("1000.00"))),
        by=CAROL,
        faults=(
            Fault(refusal=AllocationDoesNotAddUp, change={"shares": ()}),
            Fault(
                refusal=PaymentBeforeAcceptance,
                change={"advance_reason": None},
                details={"instalment_id": "i2", "delivery_id": "d1"},
            ),
        ),
        name="in advance",
    ),
    Table(
        command=RefundPayment(payment_id="p1", amount=cny("41710.00"), why="多付 / Paid too much"),
        given=half_paid,
        by=CAROL,
        faults=(
            LONG_AGO,
            NOT_BINDING,
            WITHOUT_PAYMENT,
            NO_REASON,
            TAKEN_BACK,
            Fault(refusal=AmountNotPositive, change={"amount.minor": 0}, details={"amount": cny("0.00")}),
            Fault(refusal=CurrencyDiffers, change={"amount.currency": "USD"}, details={"expected": "CNY", "given": "USD"}),
            Fault(
                refusal=RefundExceedsPayment,
                also=told(PaymentRefunded(payment_id="p1", amount=cny("0.01"), why="x")),
                details={"amount": cny("41710.00"), "standing": cny("41709.99")},
            ),
        ),
    ),
    Table(
        command=HoldRetention(retention=Retention(retention_id="r2", amount=cny("41710.00"))),
        given=half_paid,
        by=CAROL,
        faults=(
            Fault(
                refusal=WrongStage,
                also=told(ContractCompleted()),
                details={"status": "completed", "allowed": "in_force"},
            ),
            Fault(
                refusal=ElementExists,
                also=told(RetentionHeld(retention=Retention(retention_id="r2", amount=cny("1.00")))),
                details={"element": "retention", "element_id": "r2"},
            ),
            Fault(refusal=ValueNotStated, also=told(ValueChanged(value=None)), details={}),
            Fault(refusal=AmountNotPositive, change={"retention.amount.minor": 0}, details={"amount": cny("0.00")}),
            Fault(refusal=CurrencyDiffers, change={"retention.amount.currency": "USD"}),
            Fault(
                refusal=RetentionExceedsBalance,
                also=told(RetentionHeld(retention=WARRANTY)),
                details={"amount": cny("41710.00"), "balance": cny("37539.00")},
            ),
        ),
    ),
    Table(
        command=ReleaseRetention(retention_id="r1", amount=WARRANTY.amount),
        given=retained,
        faults=(
            NOT_BINDING,
            Fault(refusal=UnknownElement, change={"retention_id": "r9"}, details={"element": "retention", "element_id": "r9"}),
            Fault(
                refusal=DefectsOpen,
                also=told(CAME, DefectRaised(defect_id="f1", delivery_id="d1", description="x")),
                details={"defects": "f1"},
            ),
            Fault(refusal=AmountNotPositive, change={"amount.minor": 0}, details={"amount": cny("0.00")}),
            Fault(refusal=CurrencyDiffers, change={"amount.currency": "USD"}, details={"expected": "CNY", "given": "USD"}),
            Fault(
                refusal=ReleaseExceedsRetention,
                also=told(RetentionReleased(retention_id="r1", amount=cny("0.01"))),
                details={"amount": cny("4171.00"), "held": cny("4170.99")},
            ),
        ),
    ),
    Table(
        command=MatchReconciliation(payment_id="p1", statement="工行-2026-02 / 17", amount=cny("41710.00")),
        given=half_paid,
        by=CAROL,
        faults=(
            NOT_BINDING,
            WITHOUT_PAYMENT,
            NO_STATEMENT,
            TAKEN_BACK,
            Fault(
                refusal=AlreadyMatched,
                also=told(ReconciliationMatched(payment_id="p1", statement="工行-2026-02 / 16")),
                details={"payment_id": "p1", "statement": "工行-2026-02 / 16"},
            ),
            Fault(
                refusal=ElementExists,
                also=told(
                    PaymentRecorded(payment_id="p2", amount=cny("0.01")),
                    ReconciliationMatched(payment_id="p2", statement="工行-2026-02 / 17"),
                ),
                details={"element": "statement line", "element_id": "工行-2026-02 / 17"},
            ),
            Fault(
                refusal=StatementDiffers,
                change={"amount": cny("41710.01")},
                details={"found": cny("41710.01"), "standing": cny("41710.00")},
            ),
        ),
    ),
    Table(
        command=BreakReconciliation(payment_id="p1", statement="工行-2026-02 / 18", why="银行未收 / Not at the bank"),
        given=half_paid,
        by=CAROL,
        faults=(
            NOT_BINDING,
            WITHOUT_PAYMENT,
            NO_STATEMENT,
            NO_REASON,
            Fault(
                refusal=NothingChanges,
                also=told(ReconciliationBroken(payment_id="p1", statement="工行-2026-02 / 18", why="x")),
            ),
        ),
    ),
)
