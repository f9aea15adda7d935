"""Why adjusting a price is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from domain.contract.agreement import TermWithdrawn
from domain.contract.amendment import AmendmentProposed, TouchedByOpenAmendment
from domain.contract.content import LineItemRevised
from domain.contract.drafting import Noted, ValueChanged
from domain.contract.operations import RemoveItem
from domain.contract.payment import PaymentRecorded
from domain.contract.pricing import (
    AdjustItems,
    AdjustPrice,
    AffectedExceedsValue,
    IndexLevel,
    NoPriceToAdjust,
    PricesAreFixed,
    PriceTooFine,
    ValueFollows,
    ValueMovesOtherwise,
)
from domain.contract.rules import (
    AmountNotPositive,
    CurrencyDiffers,
    ElementExists,
    NothingChanges,
    ScheduleDoesNotAddUp,
    SumTooLarge,
    UnknownElement,
    ValueBelowPaid,
)
from domain.money import MAX_MINOR, Money
from domain.terms.calendar import CalendarNotKnown
from domain.terms.price import AdjustedTooSoon, IndexMissing, NoticeTooShort, PriceNotAsAgreed
from tests.domain.precedence import Fault, Table
from tests.domain.tables.continuation import NOT_IN_FORCE
from tests.facts import A_YEAR_ON, CHAIRS, DEARER, LAPTOPS, SECOND_HALF, cny, priced
from tests.spec import ALICE, History, Told, told

LEVEL: Final = IndexLevel(index="CPI", level=Decimal(103))
ADJUST = AdjustPrice(
    adjustment_id="2027",
    levels=(LEVEL,),
    announced_on=date(2026, 12, 1),
    item_id="1",
    price=cny("3605.00"),
    value=cny("84470.00"),
    instalments=(replace(SECOND_HALF, amount=cny("42760.00")),),
    note="年度调价 / Yearly adjustment",
)
DUE: Final = (*priced, Told(Noted(text="x"), ALICE, A_YEAR_ON, A_YEAR_ON))
WITHOUT_PRICES: Final = told(
    LineItemRevised(item=replace(LAPTOPS, unit_price=None)),
    LineItemRevised(item=replace(CHAIRS, unit_price=None)),
)
# Half of the value costs 3 % more.
ADJUST_HALF = AdjustPrice(
    adjustment_id="2027",
    levels=(LEVEL,),
    announced_on=date(2026, 12, 1),
    affected=cny("41710.00"),
    instalments=(replace(SECOND_HALF, amount=cny("42961.30")),),
)


def laptops_at(unit_price: str) -> History:
    """Another unit price than the one that was agreed."""
    return told(LineItemRevised(item=replace(LAPTOPS, unit_price=Decimal(unit_price))))


def valued(path: str) -> tuple[Fault, ...]:
    """An amount that is none."""
    return (
        Fault(refusal=AmountNotPositive, change={f"{path}.minor": 0}, details={"amount": cny("0.00")}),
        Fault(refusal=CurrencyDiffers, change={f"{path}.currency": "USD"}, details={"expected": "CNY", "given": "USD"}),
    )


TABLES = (
    Table(
        command=ADJUST,
        given=DUE,
        faults=(
            NOT_IN_FORCE,
            Fault(refusal=ElementExists, also=told(DEARER), details={"element": "price adjustment", "element_id": "2027"}),
            Fault(refusal=PricesAreFixed, also=told(TermWithdrawn(term_id="prices")), details={}),
            Fault(refusal=UnknownElement, change={"item_id": "9"}, details={"element": "item", "element_id": "9"}),
            Fault(
                refusal=NoPriceToAdjust,
                also=told(LineItemRevised(item=replace(LAPTOPS, unit_price=None))),
                details={"field": "unit price"},
            ),
            Fault(refusal=PriceTooFine, also=laptops_at("0.001"), details={"unit_price": Decimal("0.001"), "currency": "CNY"}),
            Fault(
                refusal=TouchedByOpenAmendment,
                also=told(AmendmentProposed(amendment_id="a8", operations=(RemoveItem(item_id="1"),), why="x")),
                details={"other": "a8", "element": "item", "element_id": "1"},
            ),
            Fault(refusal=CalendarNotKnown, change={"zone": "Asia/Shanghai"}, details={"code": "7×24", "always": ""}),
            Fault(
                refusal=ElementExists,
                change={"levels": (LEVEL, LEVEL)},
                details={"element": "index", "element_id": "CPI"},
                name="index",
            ),
            Fault(
                refusal=UnknownElement,
                change={"levels": (LEVEL, IndexLevel(index="PPI", level=Decimal(1)))},
                details={"element": "index", "element_id": "PPI"},
                name="index",
            ),
            Fault(
                refusal=NoticeTooShort,
                change={"announced_on": date(2026, 12, 17)},
                details={"noticed_on": date(2026, 12, 17), "earliest": date(2027, 1, 16), "effective_on": date(2027, 1, 15)},
            ),
            Fault(
                refusal=AdjustedTooSoon,
                also=told(replace(DEARER, adjustment_id="2026", effective_from=date(2026, 6, 1))),
                details={"last_on": date(2026, 6, 1), "earliest": date(2027, 6, 1), "effective_on": date(2027, 1, 15)},
            ),
            Fault(refusal=IndexMissing, change={"levels": ()}, details={"index": "CPI"}),
            Fault(
                refusal=SumTooLarge,
                also=laptops_at("90071992547409.91"),
                change={"levels": (LEVEL,)},
                details={"total": "prices"},
            ),
            Fault(refusal=PriceNotAsAgreed, change={"price": cny("3605.01")}),
            Fault(
                refusal=NothingChanges,
                change={"levels": (IndexLevel(index="CPI", level=Decimal(100)),), "price": cny("3500.00")},
                details={},
            ),
            *valued("value"),
            Fault(
                refusal=ValueMovesOtherwise,
                change={"value": cny("85520.02")},
                details={"item_id": "1", "most": cny("2100.00"), "given": cny("2100.02")},
            ),
            Fault(
                refusal=ValueMovesOtherwise,
                change={"value": cny("83419.99")},
                details={"item_id": "1", "most": cny("2100.00"), "given": cny("-0.01")},
                name="down",
            ),
            Fault(refusal=AmountNotPositive, change={"instalments": (replace(SECOND_HALF, amount=cny("0.00")),)}, name="instalment"),
            Fault(refusal=ElementExists, change={"instalments": (SECOND_HALF, SECOND_HALF)}, name="instalment"),
            Fault(
                refusal=ScheduleDoesNotAddUp,
                change={"instalments": ()},
                details={"sum": cny("83420.00"), "value": cny("84470.00")},
            ),
            Fault(
                refusal=ValueBelowPaid,
                also=told(PaymentRecorded(payment_id="p1", amount=cny("84470.01"))),
                details={"value": cny("84470.00"), "paid": cny("84470.01")},
            ),
        ),
        name="of an item",
    ),
    Table(
        command=ADJUST_HALF,
        given=DUE + WITHOUT_PRICES,
        faults=(
            NOT_IN_FORCE,
            Fault(refusal=AdjustItems, also=told(LineItemRevised(item=LAPTOPS)), details={"items": "1"}),
            *valued("affected"),
            Fault(
                refusal=AffectedExceedsValue,
                change={"affected": cny("83420.01")},
                details={"affected": cny("83420.01"), "value": cny("83420.00")},
            ),
            Fault(refusal=ValueFollows, change={"value": cny("84671.30")}, details={}),
            Fault(
                refusal=SumTooLarge,
                also=told(ValueChanged(value=Money(MAX_MINOR, "CNY"))),
                change={"affected": cny("41710.00")},
                details={"total": "prices"},
            ),
            Fault(refusal=ScheduleDoesNotAddUp, change={"instalments": ()}, details={"sum": cny("83420.00"), "value": cny("84671.30")}),
        ),
        name="of the value",
    ),
)
