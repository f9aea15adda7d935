"""Why planning, recording and judging a delivery is refused."""

from __future__ import annotations

from decimal import Decimal

from domain.contract.closing import ContractTerminated
from domain.contract.delivery import (
    AcceptDelivery,
    AlreadyJudged,
    DeliveryAccepted,
    DeliveryExceedsPlan,
    DeliveryRecorded,
    DeliveryRejected,
    DeliveryScheduled,
    RecordDelivery,
    RejectDelivery,
    RescheduleDelivery,
    ScheduleDelivery,
)
from domain.contract.rules import ElementExists, NeedsText, NothingChanges, UnknownElement, WrongStage
from domain.contract.vocabulary import PlannedDelivery
from tests.domain.precedence import LONG_AGO, Fault, Table
from tests.domain.tables.drafting import NO_DRAFT, impossible
from tests.facts import SHIPMENT, drafted, in_force, shipped
from tests.spec import CAROL, told

OVER = Fault(
    refusal=WrongStage,
    also=told(ContractTerminated(ground="x")),
    details={"status": "terminated", "allowed": "in_force"},
)
SECOND = PlannedDelivery(delivery_id="d2", description="第二批 / Second shipment")

TABLES = (
    Table(
        command=ScheduleDelivery(delivery=SECOND),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(
                refusal=ElementExists,
                also=told(DeliveryScheduled(delivery=SECOND)),
                details={"element": "delivery", "element_id": "d2"},
            ),
            *impossible("delivery.quantity", "delivery", "d2"),
        ),
    ),
    Table(
        command=RescheduleDelivery(delivery=PlannedDelivery(delivery_id="d1", description=SHIPMENT.description, quantity=Decimal(19))),
        given=drafted,
        faults=(
            NO_DRAFT,
            Fault(refusal=UnknownElement, change={"delivery.delivery_id": "d9"}, details={"element": "delivery", "element_id": "d9"}),
            *impossible("delivery.quantity", "delivery", "d1"),
            Fault(refusal=NothingChanges, change={"delivery": SHIPMENT}),
        ),
    ),
    Table(
        command=RecordDelivery(delivery_id="d9", description="计划外 / Unplanned"),
        given=in_force,
        by=CAROL,
        faults=(
            LONG_AGO,
            OVER,
            Fault(
                refusal=ElementExists,
                also=told(DeliveryRecorded(delivery_id="d9", description="x")),
                details={"element": "delivery", "element_id": "d9"},
            ),
            Fault(refusal=NeedsText, change={"description": ""}, details={"field": "description"}),
            *impossible("quantity", "delivery", "d9"),
        ),
    ),
    Table(
        command=RecordDelivery(delivery_id="d1b", description="第二车 / Second lorry", quantity=Decimal(20), towards="d1"),
        given=in_force,
        by=CAROL,
        faults=(
            OVER,
            Fault(refusal=UnknownElement, change={"towards": "d9"}, details={"element": "planned delivery", "element_id": "d9"}),
            *impossible("quantity", "delivery", "d1b"),
            Fault(
                refusal=DeliveryExceedsPlan,
                also=told(DeliveryRecorded(delivery_id="d1a", description="x", quantity=Decimal("0.000001"), towards="d1")),
                details={"delivered": Decimal("20.000001"), "planned": Decimal(20), "delivery_id": "d1"},
            ),
        ),
        name="in part",
    ),
    Table(
        command=RecordDelivery(delivery_id="d1", quantity=Decimal(21), excess_reason="备件 / Spares"),
        given=in_force,
        by=CAROL,
        faults=(Fault(refusal=DeliveryExceedsPlan, change={"excess_reason": " "}),),
        name="with a reason",
    ),
    Table(
        command=AcceptDelivery(delivery_id="d1"),
        given=shipped,
        faults=(
            OVER,
            Fault(refusal=UnknownElement, change={"delivery_id": "d2"}, details={"element": "recorded delivery", "element_id": "d2"}),
            Fault(
                refusal=AlreadyJudged,
                also=told(DeliveryAccepted(delivery_id="d1")),
                details={"delivery_id": "d1", "judged": "accepted"},
            ),
        ),
    ),
    Table(
        command=RejectDelivery(delivery_id="d1", why="外包装破损 / Damaged"),
        given=shipped,
        faults=(
            OVER,
            Fault(refusal=UnknownElement, change={"delivery_id": "d2"}),
            Fault(
                refusal=AlreadyJudged,
                also=told(DeliveryRejected(delivery_id="d1", why="x")),
                details={"delivery_id": "d1", "judged": "rejected"},
            ),
            Fault(refusal=NeedsText, change={"why": " "}, details={"field": "reason"}),
        ),
    ),
)
