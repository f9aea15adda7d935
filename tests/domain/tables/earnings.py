"""Why sharing profits and paying for key figures is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from domain.contract.agreement import TermWithdrawn
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.credit import FeeNotKnown, TermChangedSince
from domain.contract.drafting import PeriodEndsBeforeItStarts
from domain.contract.earnings import (
    EarnPerformancePay,
    NoPayForMetric,
    PayOnAnotherFee,
    ProfitNotShared,
    ProfitPeriodNotOver,
    SharedThrough,
    ShareProfit,
)
from domain.contract.operations import PutTerm
from domain.contract.rules import AmountNotPositive, CurrencyDiffers, NothingChanges, SumTooLarge, UnknownElement
from domain.contract.vocabulary import Period
from domain.money import MAX_MINOR, Money
from tests.domain.precedence import Fault, Table
from tests.domain.tables.payment import NOT_BINDING
from tests.facts import EARNED, PROFITS, SATISFACTION, SHARED, cny, scored
from tests.spec import told

SHARE = ShareProfit(period=Period(start=date(2026, 2, 1), end=date(2026, 2, 28)), profit=cny("130000.00"), note="二月 / February")
EARN = EarnPerformancePay(measurement_id="m3", fee=cny("7000.00"), note="二月 / February")
JANUARY = Period(start=date(2026, 1, 1), end=date(2026, 1, 31))
LOST = Money(-MAX_MINOR, "CNY")

TABLES = (
    Table(
        command=SHARE,
        given=scored,
        faults=(
            NOT_BINDING,
            Fault(refusal=ProfitNotShared, also=told(TermWithdrawn(term_id="share")), details={}),
            Fault(
                refusal=ProfitPeriodNotOver,
                change={"period.end": date(2026, 3, 3)},
                details={"start": date(2026, 2, 1), "end": date(2026, 3, 3)},
            ),
            Fault(
                refusal=ProfitPeriodNotOver, change={"period.start": None}, details={"start": None, "end": date(2026, 2, 28)}, name="open"
            ),
            Fault(refusal=PeriodEndsBeforeItStarts, change={"period.end": date(2026, 1, 31)}),
            Fault(
                refusal=TermChangedSince,
                also=told(AmendmentTookEffect(amendment_id="a9", operations=(PutTerm(term_id="share", term=PROFITS),))),
                details={"term_id": "share", "since": date(2026, 3, 2), "last_day": date(2026, 2, 28)},
            ),
            Fault(refusal=CurrencyDiffers, change={"profit.currency": "USD"}, details={"expected": "CNY", "given": "USD"}),
            Fault(refusal=SharedThrough, also=told(SHARED), change={"period": JANUARY}, details={"through": date(2026, 2, 28)}),
            Fault(refusal=NothingChanges, also=told(SHARED), change={"profit": cny("130000.00"), "period": SHARE.period}, details={}),
            Fault(
                refusal=SumTooLarge,
                also=told(replace(SHARED, period=JANUARY, loss_carried=Money(MAX_MINOR, "CNY"))),
                change={"profit": LOST, "period": SHARE.period},
                details={"total": "profits"},
            ),
        ),
    ),
    Table(
        command=EARN,
        given=scored,
        faults=(
            NOT_BINDING,
            Fault(refusal=UnknownElement, change={"measurement_id": "m9"}, details={"element": "measurement", "element_id": "m9"}),
            Fault(refusal=NoPayForMetric, also=told(TermWithdrawn(term_id="kpi")), details={"metric": "satisfaction", "unit": ""}),
            Fault(
                refusal=TermChangedSince,
                also=told(AmendmentTookEffect(amendment_id="a9", operations=(PutTerm(term_id="kpi", term=SATISFACTION),))),
                details={"term_id": "kpi", "since": date(2026, 3, 2), "last_day": date(2026, 2, 28)},
            ),
            Fault(refusal=AmountNotPositive, change={"fee.minor": 0}, details={"amount": cny("0.00")}),
            Fault(refusal=CurrencyDiffers, change={"fee.currency": "USD"}, details={"expected": "CNY", "given": "USD"}),
            Fault(
                refusal=PayOnAnotherFee,
                also=told(EARNED),
                change={"fee": cny("7000.01")},
                details={"measurement_id": "m3", "reckoned_on": cny("7000.00"), "fee": cny("7000.01")},
            ),
            Fault(refusal=FeeNotKnown, change={"fee": None}, details={"month": "2026-02-01 / 2026-02-28"}),
            Fault(refusal=NothingChanges, also=told(EARNED), change={"fee": cny("7000.00")}, details={}),
        ),
    ),
)
