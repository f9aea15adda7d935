"""Why granting service credits is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.contract.agreement import TermAgreed
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.correction import FactCorrected, Restated
from domain.contract.credit import (
    CreditAlreadyGranted,
    FeeDiffers,
    FeeNotKnown,
    GrantServiceCredit,
    MeasuredTwice,
    MonthNotOver,
    NoCreditDue,
    NoServiceLevel,
    NotInPercent,
    NotInTime,
    NotMeasured,
    TermChangedSince,
)
from domain.contract.operations import PutTerm
from domain.contract.rules import AmountNotPositive, CurrencyDiffers, SumTooLarge, UnknownElement
from domain.contract.services import ServiceLevelMeasured
from domain.contract.vocabulary import Measurement, Period
from domain.money import MAX_MINOR, Money
from tests.domain.precedence import Fault, Table
from tests.domain.tables.payment import NOT_BINDING
from tests.facts import CREDIT, FEBRUARY, LATE_DELIVERY, SERVICE_LEVEL, cny, measured
from tests.spec import History, told

MENDED = Measurement(
    measurement_id="m8", metric="fix P1", period=Period(start=date(2026, 2, 9), end=date(2026, 2, 9)), measured=Decimal(5), unit="days"
)


def really(measurement: Measurement) -> History:
    """The figure for February was another one."""
    was = Restated(ServiceLevelMeasured(measurement=FEBRUARY))
    return told(
        FactCorrected(corrects=len(measured), was=was, becomes=Restated(ServiceLevelMeasured(measurement=measurement)), why="x"),
    )


TABLES = (
    Table(
        command=GrantServiceCredit(term_id="sla", month=date(2026, 2, 28), fee=cny("7000.00")),
        given=measured,
        faults=(
            NOT_BINDING,
            Fault(refusal=UnknownElement, change={"term_id": "t9"}, details={"element": "term", "element_id": "t9"}),
            Fault(
                refusal=NoServiceLevel,
                also=told(TermAgreed(term_id="t1", term=LATE_DELIVERY)),
                change={"term_id": "t1"},
                details={"term_id": "t1"},
            ),
            Fault(refusal=MonthNotOver, change={"month": date(2026, 3, 1)}, details={"last_day": date(2026, 3, 31)}),
            Fault(
                refusal=TermChangedSince,
                also=told(AmendmentTookEffect(amendment_id="a9", operations=(PutTerm(term_id="sla", term=SERVICE_LEVEL),))),
                details={"term_id": "sla", "since": date(2026, 3, 2), "last_day": date(2026, 2, 28)},
            ),
            Fault(refusal=AmountNotPositive, change={"fee.minor": 0}, details={"amount": cny("0.00")}),
            Fault(refusal=CurrencyDiffers, change={"fee.currency": "USD"}, details={"expected": "CNY", "given": "USD"}),
            Fault(
                refusal=FeeDiffers,
                also=told(CREDIT),
                change={"fee": cny("7000.01"), "month": date(2026, 2, 1)},
                details={"month": "2026-02", "granted_on": cny("7000.00"), "fee": cny("7000.01")},
            ),
            Fault(refusal=FeeNotKnown, change={"fee": None}, details={"month": "2026-02"}),
            Fault(
                refusal=NotMeasured,
                change={"month": date(2026, 1, 31)},
                details={"start": date(2026, 1, 15), "end": date(2026, 1, 31)},
            ),
            Fault(
                refusal=MeasuredTwice,
                also=told(ServiceLevelMeasured(measurement=replace(FEBRUARY, measurement_id="m9", metric=" Availability"))),
                details={"first": "m2", "second": "m9", "start": date(2026, 2, 1), "end": date(2026, 2, 28)},
            ),
            Fault(
                refusal=NotInPercent,
                also=really(replace(FEBRUARY, unit=None)),
                details={"measurement_id": "m2", "unit": ""},
            ),
            Fault(
                refusal=NotInTime,
                also=told(ServiceLevelMeasured(measurement=MENDED)),
                details={"measurement_id": "m8", "unit": "days"},
            ),
            Fault(refusal=SumTooLarge, change={"fee": Money(MAX_MINOR, "CNY")}, details={"total": "fees"}),
            Fault(
                refusal=NoCreditDue,
                also=really(replace(FEBRUARY, measured=Decimal("99.9"))),
                change={"note": "x"},
            ),
            Fault(
                refusal=CreditAlreadyGranted,
                also=told(CREDIT),
                change={"fee": cny("7000.00"), "note": "x"},
                details={"granted": cny("1400.00"), "month": "2026-02"},
            ),
        ),
    ),
)
