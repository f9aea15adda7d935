"""Why reckoning and waiving what delays came to is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from domain.contract.accrual import (
    AccruedThroughLater,
    AccrueInterest,
    AccruePenalty,
    NothingAccrued,
    NothingToWaive,
    NotYetThrough,
    WaiveInterest,
    WaivePenalty,
    WaivesTooMuch,
)
from domain.contract.agreement import TermWithdrawn
from domain.contract.delivery import DeliveryRescheduled, DeliveryScheduled
from domain.contract.drafting import ValueChanged
from domain.contract.payment import PaymentRescheduled
from domain.contract.quoting import DelayedPartUnknown, NoSuchTerm, QuoteNeeds
from domain.contract.rules import AmountNotPositive, CurrencyDiffers, NeedsText, UnknownElement
from domain.terms.calendar import CalendarNotKnown
from tests.domain.precedence import Fault, Table
from tests.domain.tables.payment import NOT_BINDING
from tests.facts import FIRST_HALF, INTEREST, PENALTY, SHIPMENT, bearing_interest, late, penalised
from tests.spec import told

NO_REASON = Fault(refusal=NeedsText, change={"why": " "}, details={"field": "reason"})
NOT_KNOWN = Fault(refusal=CalendarNotKnown, change={"calendar": "CN"})
TOMORROW = Fault(
    refusal=NotYetThrough,
    change={"through": date(2026, 4, 22)},
    details={"through": date(2026, 4, 22), "today": date(2026, 4, 20)},
    name="tomorrow",
)
NOT_POSITIVE = Fault(refusal=AmountNotPositive, change={"amount.minor": 0})
IN_DOLLARS = Fault(refusal=CurrencyDiffers, change={"amount.currency": "USD"})

TABLES = (
    Table(
        command=AccruePenalty(delivery_id="d1", through=date(2026, 4, 20)),
        given=late,
        faults=(
            NOT_BINDING,
            NOT_KNOWN,
            TOMORROW,
            Fault(refusal=UnknownElement, change={"delivery_id": "d9"}, details={"element": "planned delivery", "element_id": "d9"}),
            Fault(
                refusal=AccruedThroughLater,
                also=told(replace(PENALTY, through=date(2026, 4, 21))),
                details={"subject": "d1", "through": date(2026, 4, 21)},
            ),
            Fault(refusal=NoSuchTerm, also=told(TermWithdrawn(term_id="t1")), details={"kind": "late delivery damages"}),
            Fault(
                refusal=QuoteNeeds,
                also=told(DeliveryRescheduled(delivery=replace(SHIPMENT, due=None))),
                details={"field": "due day"},
                name="day",
            ),
            Fault(refusal=QuoteNeeds, also=told(ValueChanged(value=None)), details={"field": "value"}, name="value"),
            Fault(
                refusal=DelayedPartUnknown,
                also=told(
                    DeliveryRescheduled(delivery=replace(SHIPMENT, item_id=None)),
                    DeliveryScheduled(delivery=replace(SHIPMENT, delivery_id="d2")),
                ),
            ),
            Fault(refusal=NothingAccrued, also=told(PENALTY)),
        ),
    ),
    Table(
        command=AccrueInterest(instalment_id="i1", through=date(2026, 4, 20)),
        given=late,
        faults=(
            NOT_BINDING,
            NOT_KNOWN,
            TOMORROW,
            Fault(refusal=NoSuchTerm, also=told(TermWithdrawn(term_id="t2")), details={"kind": "late payment interest"}),
            Fault(refusal=UnknownElement, change={"instalment_id": "i9"}, details={"element": "instalment", "element_id": "i9"}),
            Fault(
                refusal=AccruedThroughLater,
                also=told(replace(INTEREST, through=date(2026, 4, 21))),
                details={"subject": "i1", "through": date(2026, 4, 21)},
            ),
            Fault(refusal=QuoteNeeds, also=told(PaymentRescheduled(instalment=replace(FIRST_HALF, due=None)))),
            Fault(refusal=NothingAccrued, also=told(INTEREST)),
        ),
    ),
    Table(
        command=WaivePenalty(delivery_id="d1", amount=PENALTY.total, why="x"),
        given=penalised,
        faults=(
            NOT_BINDING,
            NOT_POSITIVE,
            IN_DOLLARS,
            Fault(refusal=NothingToWaive, change={"delivery_id": "d9"}, details={"subject": "d9"}),
            Fault(refusal=WaivesTooMuch, change={"amount.minor": PENALTY.total.minor + 1}),
            NO_REASON,
        ),
    ),
    Table(
        command=WaiveInterest(instalment_id="i1", amount=INTEREST.total, why="x"),
        given=bearing_interest,
        faults=(
            NOT_BINDING,
            NOT_POSITIVE,
            IN_DOLLARS,
            Fault(refusal=NothingToWaive, change={"instalment_id": "i9"}, details={"subject": "i9"}),
            Fault(refusal=WaivesTooMuch, change={"amount.minor": INTEREST.total.minor + 1}),
            NO_REASON,
        ),
    ),
)
