"""Why asking for acceptance, raising and fixing defects is refused."""

from __future__ import annotations

from domain.contract.acceptance import (
    AcceptanceRequested,
    AlreadyFixed,
    AlreadyRequested,
    DefectFixed,
    DefectRaised,
    FixDefect,
    RaiseDefect,
    RequestAcceptance,
)
from domain.contract.delivery import AlreadyJudged, DeliveryRejected
from domain.contract.rules import ElementExists, NeedsText, UnknownElement
from tests.domain.precedence import Fault, Table
from tests.domain.tables.delivery import OVER
from tests.domain.tables.payment import NOT_BINDING
from tests.facts import defective, shipped
from tests.spec import BOB, CAROL, told

NOTHING_CAME = Fault(refusal=UnknownElement, change={"delivery_id": "d9"}, details={"element": "recorded delivery", "element_id": "d9"})

TABLES = (
    Table(
        command=RequestAcceptance(delivery_id="d1"),
        given=shipped,
        by=CAROL,
        faults=(
            OVER,
            NOTHING_CAME,
            Fault(
                refusal=AlreadyJudged,
                also=told(DeliveryRejected(delivery_id="d1", why="x")),
                details={"delivery_id": "d1", "judged": "rejected"},
            ),
            Fault(refusal=AlreadyRequested, also=told(AcceptanceRequested(delivery_id="d1")), details={"delivery_id": "d1"}),
        ),
    ),
    Table(
        command=RaiseDefect(defect_id="f1", delivery_id="d1", description="划痕 / Scratched"),
        given=shipped,
        by=BOB,
        faults=(
            NOT_BINDING,
            Fault(
                refusal=ElementExists,
                also=told(DefectRaised(defect_id="f1", delivery_id="d1", description="x")),
                details={"element": "defect", "element_id": "f1"},
            ),
            NOTHING_CAME,
            Fault(refusal=NeedsText, change={"description": " "}, details={"field": "description"}),
        ),
    ),
    Table(
        command=FixDefect(defect_id="f1", how="已修 / Mended"),
        given=defective,
        by=BOB,
        faults=(
            NOT_BINDING,
            Fault(refusal=UnknownElement, change={"defect_id": "f9"}, details={"element": "defect", "element_id": "f9"}),
            Fault(refusal=AlreadyFixed, also=told(DefectFixed(defect_id="f1", how="x")), details={"defect_id": "f1"}),
            Fault(refusal=NeedsText, change={"how": ""}, details={"field": "remedy"}),
        ),
    ),
)
