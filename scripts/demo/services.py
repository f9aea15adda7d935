"""Contracts by which work is done for us."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from domain.contract.closing import ExpireContract, TerminateContract
from domain.contract.continuation import SuspendContract
from domain.contract.correction import CorrectMeasurement
from domain.contract.credit import GrantServiceCredit
from domain.contract.delivery import RecordDelivery, RejectDelivery
from domain.contract.drafting import Note
from domain.contract.services import MeasureServiceLevel
from domain.contract.vocabulary import Kind, Measurement, PaymentMethod, SigningMethod, StatedTerm
from domain.money import Money
from domain.terms.exact import Ratio
from domain.terms.service_level import Availability, CreditStep, ServiceLevel
from scripts.demo.telling import (
    ANHE,
    BRIGHTDESK,
    DAVID,
    LI,
    SARAH,
    WANG,
    XINGHE,
    ZHAO,
    Step,
    Story,
    approved,
    at,
    came,
    cny,
    draft,
    due,
    item,
    paid,
    period,
    plan,
    signed,
)

# A tenth of the month's rent for a month below 95 %, half of that below 98 %.
SERVICE_LEVEL = ServiceLevel(
    calendar="7×24",
    availability=Availability(
        target=Ratio.of("98%"),
        ladder=(CreditStep(below=Ratio.of("98%"), credit=Ratio.of("5%")), CreditStep(below=Ratio.of("95%"), credit=Ratio.of("10%"))),
    ),
    rolling_cap=Ratio.of("10%"),
)


def uptime(measurement_id: str, start: str, end: str, percent: str) -> Measurement:
    """How much of the time the machines worked."""
    return Measurement(measurement_id=measurement_id, metric="availability", period=period(start, end), measured=Decimal(percent), unit="%")


def stories() -> Iterator[Story]:
    """Three contracts."""
    yield Story("demo-service-1", [*fire_protection()])
    yield Story("demo-service-2", [*it_support()])
    yield Story("demo-service-3", [*printing()])


def fire_protection() -> Iterator[Step]:
    """More was paid than was agreed, and accepted with a reason; the period ran out."""
    first = draft(
        "FW-2025-003",
        "消防设施年度维保服务合同",
        Kind.SERVICE,
        ANHE,
        cny("48000.00"),
        when=period("2025-06-01", "2026-05-31"),
        owner=WANG,
        items=(item("1", "消防设施季度维保", "4", "次", "12000", tax="6"),),
        instalments=(due("i1", cny("24000.00"), "2025-06-30", "上半年"), due("i2", cny("24000.00"), "2025-12-31", "下半年")),
        deliveries=tuple(
            plan(f"q{n}", f"第{n}次维保", day) for n, day in enumerate(("2025-08-31", "2025-11-30", "2026-02-28", "2026-05-31"), 1)
        ),
    )
    yield from approved(first, ("2025-05-12", "2025-05-14", "2025-05-16"), LI)
    yield from signed(first, "2025-05-28", ("周海宁", "马骏"))
    yield paid("2025-06-27", "p1", cny("24000.00"), "i1")
    yield from came("2025-08-26", "q1", accepted="2025-08-27")
    yield from came("2025-11-25", "q2", accepted="2025-11-26")
    yield paid("2025-12-30", "p2", cny("26600.00"), "i2", overpayment_reason="含合同外更换烟感探头费用2,600元,经行政部确认")
    yield from came("2026-02-26", "q3", accepted="2026-02-27")
    yield from came("2026-05-27", "q4", accepted="2026-05-28")
    yield Step(at("2026-06-01"), LI, ExpireContract(note="服务期满,不再续约"))


def it_support() -> Iterator[Step]:
    """Ended before its time, for cause."""
    first = draft(
        "FW-2026-001",
        "IT support desk, 24x5",
        Kind.SERVICE,
        BRIGHTDESK,
        Money.of("96000.00", "GBP"),
        when=period("2026-02-01", "2027-01-31"),
        owner=SARAH,
        items=(item("1", "Support desk, per month", "12", "months", "8000", tax="20"),),
        deliveries=(
            plan("m1", "February report", "2026-02-28"),
            plan("m2", "March report", "2026-03-31"),
            plan("m3", "April report", "2026-04-30"),
        ),
    )
    yield from approved(first, ("2026-01-05", "2026-01-07", "2026-01-12"), DAVID)
    yield from signed(first, "2026-01-26", ("Sarah Miller", "Tom Whitfield"), SigningMethod.DIGITAL_CERTIFICATE)
    yield from came("2026-03-03", "m1", accepted="2026-03-05")
    yield paid("2026-03-16", "p1", Money.of("8000.00", "GBP"), None, reference="BD-2026-031")
    yield Step(at("2026-04-02"), ZHAO, RecordDelivery(delivery_id="m2"))
    yield Step(at("2026-04-07"), ZHAO, RejectDelivery(delivery_id="m2", why="Response times were met in 71 % of cases; 95 % were agreed."))
    yield Step(at("2026-04-20"), SARAH, Note(text="Notice to cure within 30 days served by e-mail and letter."))
    yield Step(at("2026-06-01"), SARAH, TerminateContract(ground="Breach of service levels not cured within 30 days"))


def printing() -> Iterator[Step]:
    """Stood still too long in June, which gives a credit; rests while the office moves."""
    first = draft(
        "FW-2026-002",
        "打印设备租赁与维护服务合同",
        Kind.SERVICE,
        XINGHE,
        cny("36000.00"),
        when=period("2026-03-01", "2027-02-28"),
        owner=WANG,
        items=(item("1", "多功能打印机租赁", "12", "月", "3000", tax="6"),),
        terms=(StatedTerm(term_id="sla", term=SERVICE_LEVEL),),
        instalments=(due("i1", cny("18000.00"), "2026-03-31", "上半年租金"), due("i2", cny("18000.00"), "2026-09-30", "下半年租金")),
    )
    yield from approved(first, ("2026-02-02", "2026-02-03", "2026-02-05"), LI)
    yield from signed(first, "2026-02-25", ("周海宁", "顾新"))
    yield paid("2026-03-27", "p1", cny("18000.00"), "i1")
    yield Step(at("2026-07-02"), WANG, MeasureServiceLevel(measurement=uptime("2026-06", "2026-06-01", "2026-06-30", "97.4")))
    yield Step(
        at("2026-07-03"), WANG, CorrectMeasurement(measurement=uptime("2026-06", "2026-06-01", "2026-06-30", "94.7"), why="漏计两天停机")
    )
    yield Step(at("2026-07-06"), LI, GrantServiceCredit(term_id="sla", month=date(2026, 6, 1), note="从下半年租金中扣除"))
    yield paid("2026-09-28", "p2", cny("17700.00"), "i2")
    yield paid("2026-09-28", "p3", cny("300.00"), "i2", method=PaymentMethod.OFFSET, reference="2026年6月服务补偿")
    yield Step(at("2026-11-02"), LI, SuspendContract(why="办公区搬迁,设备停用,预计十二月恢复"))
