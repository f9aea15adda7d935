"""Why ending a contract, and archiving it, is refused."""

from __future__ import annotations

from domain.contract.acceptance import DefectRaised
from domain.contract.agreement import TermAgreed
from domain.contract.amendment import AmendmentProposed, AmendmentStillOpen, AmendmentTookEffect
from domain.contract.closing import (
    AlreadyArchived,
    ArchiveContract,
    CompleteContract,
    ContractArchived,
    ContractCompleted,
    ContractTerminated,
    DeliveriesOutstanding,
    ExitFeeDiffers,
    ExpireContract,
    PaymentsOutstanding,
    PeriodNotOver,
    RetentionsOutstanding,
    TerminateContract,
)
from domain.contract.delivery import DeliveryRecorded
from domain.contract.drafting import Noted
from domain.contract.operations import ChangePeriod
from domain.contract.payment import OverpaymentAccepted, PaymentReversed
from domain.contract.rules import AmountNotPositive, CurrencyDiffers, DefectsOpen, NeedsText, NoLastDay, WrongStage
from domain.contract.settlement import RetentionHeld
from domain.contract.signing import ContractInForce
from domain.contract.vocabulary import Period
from domain.money import Money
from domain.terms.exact import Ratio
from domain.terms.termination import ExitFee, FeeKind, Ground, Termination
from tests.domain.precedence import Fault, Table
from tests.facts import AFTER_THE_LAST_DAY, FIRST_PAYMENT, SECOND_PAYMENT, WARRANTY, cny, completed, delivered, drafted, in_force
from tests.spec import ALICE, History, Told, told


def of_period(period: Period) -> History:
    """A period agreed anew."""
    return told(AmendmentTookEffect(amendment_id="a9", operations=(ChangePeriod(period=period),)))


FOR_CONVENIENCE = Termination(
    grounds=(Ground(ground="便利 / Convenience", fee=ExitFee(kind=FeeKind.SHARE_OF_VALUE, share=Ratio.of("10%"))),)
)
OVER = (*in_force, Told(Noted(text="x"), ALICE, AFTER_THE_LAST_DAY, AFTER_THE_LAST_DAY))

TABLES = (
    Table(
        command=CompleteContract(),
        given=delivered + told(FIRST_PAYMENT, SECOND_PAYMENT),
        faults=(
            Fault(
                refusal=WrongStage,
                also=told(ContractTerminated(ground="x")),
                details={"status": "terminated", "allowed": "in_force"},
            ),
            Fault(
                refusal=AmendmentStillOpen,
                also=told(*(AmendmentProposed(amendment_id=a, operations=(), why="x") for a in ("a1", "a2"))),
                details={"amendments": "a1, a2"},
            ),
            Fault(
                refusal=DeliveriesOutstanding,
                also=told(DeliveryRecorded(delivery_id="d7", description="x"), DeliveryRecorded(delivery_id="d8", description="x")),
                details={"deliveries": "d7, d8"},
            ),
            Fault(
                refusal=DefectsOpen,
                also=told(
                    DefectRaised(defect_id="f1", delivery_id="d1", description="x"),
                    DefectRaised(defect_id="f2", delivery_id="d1", description="x"),
                ),
                details={"defects": "f1, f2"},
            ),
            Fault(
                refusal=PaymentsOutstanding,
                also=told(PaymentReversed(payment_id="p1", amount=cny("41710.00"), why="x")),
                details={"balance": cny("41710.00")},
            ),
            Fault(
                refusal=RetentionsOutstanding,
                also=told(OverpaymentAccepted(payment_id="p2", excess=cny("4171.00"), why="x"), RetentionHeld(retention=WARRANTY)),
                details={"retained": cny("4171.00")},
            ),
        ),
    ),
    Table(
        command=TerminateContract(ground="需求取消 / No longer needed", exit_fee=cny("5000.00"), exit_obligations=("归还 / Return",)),
        given=drafted,
        faults=(
            Fault(
                refusal=WrongStage,
                also=told(ContractCompleted()),
                details={"status": "completed", "allowed": "draft or in_approval or approved or in_force or suspended"},
            ),
            Fault(refusal=NeedsText, change={"ground": "\u3000"}, details={"field": "ground"}),
            Fault(refusal=AmountNotPositive, change={"exit_fee": cny("0.00")}, details={"amount": cny("0.00")}),
            Fault(
                refusal=CurrencyDiffers,
                change={"exit_fee": Money.of("5.00", "USD")},
                details={"expected": "CNY", "given": "USD"},
            ),
            Fault(
                refusal=NeedsText,
                change={"exit_obligations": ("归还 / Return", " ")},
                details={"field": "exit obligation"},
                name="an obligation",
            ),
        ),
    ),
    Table(
        command=TerminateContract(
            ground="便利 / Convenience", exit_fee=cny("5000.00"), exit_obligations=("归还 / Return",), fee_reason="议定 / Agreed"
        ),
        given=in_force + told(TermAgreed(term_id="exit", term=FOR_CONVENIENCE)),
        faults=(
            Fault(
                refusal=NeedsText,
                change={"exit_obligations": ("归还 / Return", " ")},
                details={"field": "exit obligation"},
            ),
            Fault(
                refusal=ExitFeeDiffers,
                change={"fee_reason": "\u200b"},
                details={"term_id": "exit", "quoted": cny("8342.00"), "stated": cny("5000.00")},
            ),
        ),
        name="on an agreed ground",
    ),
    Table(
        command=ExpireContract(),
        given=OVER,
        faults=(
            Fault(
                refusal=WrongStage,
                also=told(ContractCompleted()),
                details={"status": "completed", "allowed": "in_force or suspended"},
            ),
            Fault(refusal=NoLastDay, also=of_period(Period()), details={}),
            Fault(
                refusal=PeriodNotOver,
                also=of_period(Period(end=AFTER_THE_LAST_DAY.date())),
                details={"last_day": AFTER_THE_LAST_DAY.date()},
            ),
        ),
    ),
    Table(
        command=ArchiveContract(reference="档-2027-001"),
        given=completed,
        faults=(
            Fault(
                refusal=WrongStage,
                also=told(ContractInForce()),
                details={"status": "in_force", "allowed": "rejected or completed or terminated or expired"},
            ),
            Fault(refusal=AlreadyArchived, also=told(ContractArchived(reference="A-1")), details={"reference": "A-1"}),
            Fault(refusal=NeedsText, change={"reference": "\t"}, details={"field": "archive reference"}),
        ),
    ),
)
