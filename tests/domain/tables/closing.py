"""Why completing and terminating is refused."""

from __future__ import annotations

from domain.contract.acceptance import DefectRaised
from domain.contract.closing import (
    CompleteContract,
    ContractCompleted,
    ContractTerminated,
    DeliveriesOutstanding,
    PaymentsOutstanding,
    RetentionsOutstanding,
    TerminateContract,
)
from domain.contract.delivery import DeliveryRecorded
from domain.contract.payment import OverpaymentAccepted, PaymentReversed
from domain.contract.rules import DefectsOpen, NeedsText, WrongStage
from domain.contract.settlement import RetentionHeld
from tests.domain.precedence import Fault, Table
from tests.facts import FIRST_PAYMENT, SECOND_PAYMENT, WARRANTY, cny, delivered, drafted
from tests.spec import told

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
        command=TerminateContract(ground="需求取消 / No longer needed"),
        given=drafted,
        faults=(
            Fault(
                refusal=WrongStage,
                also=told(ContractCompleted()),
                details={"status": "completed", "allowed": "draft or in_approval or approved or in_force"},
            ),
            Fault(refusal=NeedsText, change={"ground": "\u3000"}, details={"field": "ground"}),
        ),
    ),
)
