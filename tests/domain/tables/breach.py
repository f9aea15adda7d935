"""Why recording what fell due and declaring breaches is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from domain.contract.breach import (
    AlreadyRecorded,
    AlreadyRemedied,
    BreachRemedied,
    BreaksOwnContract,
    DeclareBreach,
    IsFulfilled,
    NotDueYet,
    NothingOwed,
    RecordBreachRemedied,
    RecordObligationDue,
    RecordObligationOverdue,
)
from domain.contract.delays import Obligation, ObligationKind
from domain.contract.delivery import DeliveryRescheduled
from domain.contract.rules import ElementExists, NeedsText, UnknownElement
from domain.terms.calendar import CalendarNotKnown
from tests.domain.precedence import Fault, Table
from tests.domain.tables.payment import NOT_BINDING
from tests.facts import BREACH, CAME, FELL_DUE, OVERDUE, SHIPMENT, breach_declared, late
from tests.spec import told

D1 = Obligation(kind=ObligationKind.DELIVERY, obligation_id="d1")
NOT_KNOWN = Fault(refusal=CalendarNotKnown, change={"calendar": "CN"})
NOT_OWED = Fault(
    refusal=NothingOwed, change={"obligation.obligation_id": "d9"}, details={"kind": "delivery", "obligation_id": "d9"}, name="unknown"
)
NO_DAY = Fault(refusal=NothingOwed, also=told(DeliveryRescheduled(delivery=replace(SHIPMENT, due=None))), name="no day")
TOMORROW = Fault(
    refusal=NotDueYet,
    also=told(DeliveryRescheduled(delivery=replace(SHIPMENT, due=date(2026, 4, 21)))),
    details={"kind": "delivery", "obligation_id": "d1", "due": date(2026, 4, 21), "today": date(2026, 4, 20)},
)

TABLES = (
    Table(
        command=RecordObligationDue(obligation=D1),
        given=late,
        faults=(
            NOT_BINDING,
            NOT_KNOWN,
            NOT_OWED,
            NO_DAY,
            TOMORROW,
            Fault(refusal=AlreadyRecorded, also=told(FELL_DUE)),
            Fault(
                refusal=AlreadyRecorded,
                also=told(FELL_DUE, replace(FELL_DUE, due=date(2026, 4, 10))),
                name="a day that was moved away and back",
            ),
        ),
    ),
    Table(
        command=RecordObligationOverdue(obligation=D1),
        given=late,
        faults=(
            NOT_BINDING,
            NOT_KNOWN,
            NOT_OWED,
            NO_DAY,
            Fault(
                refusal=NotDueYet, also=told(DeliveryRescheduled(delivery=replace(SHIPMENT, due=date(2026, 4, 20)))), name="the day itself"
            ),
            Fault(refusal=IsFulfilled, also=told(CAME), details={"kind": "delivery", "obligation_id": "d1"}),
            Fault(refusal=AlreadyRecorded, also=told(OVERDUE)),
        ),
    ),
    Table(
        command=DeclareBreach(breach_id="b1", by="us", against="c1", about="x", obligation=D1, cure_by=date(2026, 5, 20)),
        given=late,
        faults=(
            NOT_BINDING,
            Fault(refusal=ElementExists, also=told(BREACH), details={"element": "breach", "element_id": "b1"}),
            Fault(refusal=UnknownElement, change={"by": "c9"}, details={"element": "party", "element_id": "c9"}, name="by"),
            Fault(refusal=UnknownElement, change={"against": "c9"}, details={"element": "party", "element_id": "c9"}, name="against"),
            Fault(refusal=BreaksOwnContract, change={"against": "us"}, details={"party": "us"}),
            NOT_OWED,
            Fault(refusal=NeedsText, change={"about": " "}, details={"field": "description"}),
        ),
    ),
    Table(
        command=RecordBreachRemedied(breach_id="b1", how="x"),
        given=breach_declared,
        faults=(
            NOT_BINDING,
            Fault(refusal=UnknownElement, change={"breach_id": "b9"}, details={"element": "breach", "element_id": "b9"}),
            Fault(refusal=AlreadyRemedied, also=told(BreachRemedied(breach_id="b1", how="x")), details={"breach_id": "b1"}),
            Fault(refusal=NeedsText, change={"how": " "}, details={"field": "remedy"}),
        ),
    ),
)
