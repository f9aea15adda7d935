"""Contracts by which money comes in."""

from __future__ import annotations

from collections.abc import Iterator

from domain.contract.closing import CompleteContract
from domain.contract.content import AddLineItem
from domain.contract.correction import CorrectPayment
from domain.contract.drafting import ChangeValue, Note
from domain.contract.payment import ReversePayment
from domain.contract.vocabulary import Clause, Kind, SigningMethod
from domain.money import Money
from scripts.demo.telling import (
    CHEN,
    DAVID,
    HUADONG,
    LI,
    NORDWIND,
    RUIKANG,
    SARAH,
    WANG,
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
from scripts.demo.wording import STANDARD


def stories() -> Iterator[Story]:
    """Five contracts."""
    yield Story("demo-sales-1", [*warehouse()])
    yield Story("demo-sales-2", [*sensors()])
    yield Story("demo-sales-3", [*cold_chain()])
    yield Story("demo-sales-4", [*half_signed()])
    yield Story("demo-sales-5", [*still_drafting()])


def warehouse() -> Iterator[Step]:
    """Everything went as planned: delivered, accepted, paid, completed."""
    first = draft(
        "XS-2025-001",
        "智慧仓储管理系统销售合同",
        Kind.SALES,
        HUADONG,
        cny("1280000.00"),
        when=period("2025-02-10", "2026-02-09"),
        owner=WANG,
        clauses=(
            Clause(clause_id="1", heading="标的", text="乙方向甲方提供智慧仓储管理系统一套,含安装、调试与培训。"),
            Clause(clause_id="2", heading="付款", text="合同签订后支付30%,验收合格后支付60%,质保期满支付10%。"),
            *STANDARD[Kind.SALES],
        ),
        items=(item("1", "仓储管理系统 V5", "1", "套", "980000"), item("2", "手持终端", "60", "台", "5000")),
        instalments=(
            due("i1", cny("384000.00"), "2025-02-20", "预付款 30%"),
            due("i2", cny("768000.00"), "2025-07-15", "验收款 60%"),
            due("i3", cny("128000.00"), "2026-01-31", "质保金 10%"),
        ),
        deliveries=(plan("d1", "系统上线", "2025-05-31"), plan("d2", "手持终端到货", "2025-05-15", "60")),
    )
    yield from approved(first, ("2025-01-13", "2025-01-15", "2025-01-17"), LI)
    yield from signed(first, "2025-02-10", ("周海宁", "方立群"))
    yield paid("2025-02-19", "p1", cny("384000.00"), "i1", reference="回单 0219-4471")
    yield from came("2025-05-12", "d2", waybill="SF1024477112", accepted="2025-05-14")
    yield from came("2025-06-03", "d1", accepted="2025-07-01")
    yield paid("2025-07-14", "p2", cny("768000.00"), "i2", reference="回单 0714-9920")
    yield paid("2026-01-30", "p3", cny("128000.00"), "i3", reference="回单 0130-1187")
    yield Step(at("2026-02-10"), WANG, CompleteContract(note="质保期满,合同履行完毕"))


def sensors() -> Iterator[Step]:
    """A payment was typed wrong and corrected a week later."""
    first = draft(
        "XS-2025-004",
        "Supply of vibration sensors 2025/26",
        Kind.SALES,
        NORDWIND,
        Money.of("186400.00", "EUR"),
        when=period("2025-09-01", "2026-12-31"),
        owner=SARAH,
        items=(item("1", "Vibration sensor VS-40", "400", "pcs", "466.00", tax="0"),),
        instalments=(
            due("i1", Money.of("55920.00", "EUR"), "2025-09-30", "30% on order"),
            due("i2", Money.of("65240.00", "EUR"), "2026-03-31", "on first delivery"),
            due("i3", Money.of("65240.00", "EUR"), "2026-12-15", "on second delivery"),
        ),
        deliveries=(plan("d1", "First 200 sensors", "2026-02-28", "200"), plan("d2", "Second 200 sensors", "2026-11-30", "200")),
    )
    yield from approved(first, ("2025-08-04", "2025-08-06", "2025-08-11"), DAVID)
    yield from signed(first, "2025-08-27", ("Sarah Miller", "Anke Petersen"), SigningMethod.ELECTRONIC)
    yield paid("2025-09-29", "p1", Money.of("59520.00", "EUR"), "i1", reference="NW-88120")
    why = "two digits swapped when it was typed in; the bank statement says 55,920.00"
    correction = CorrectPayment(payment_id="p1", amount=Money.of("55920.00", "EUR"), why=why)
    yield Step(at("2025-10-08"), CHEN, correction, "bank reconciliation of September 2025")
    yield from came("2026-02-24", "d1", waybill="DHL 4410 2291", accepted="2026-03-03")
    yield paid("2026-03-30", "p2", Money.of("65240.00", "EUR"), "i2", reference="NW-90415")


def cold_chain() -> Iterator[Step]:
    """A payment bounced and was made again."""
    first = draft(
        "XS-2025-009",
        "医药冷链温控设备销售合同",
        Kind.SALES,
        RUIKANG,
        cny("462000.00"),
        when=period("2025-11-03", "2026-10-31"),
        owner=WANG,
        items=(item("1", "冷链温控箱 LC-80", "220", "台", "2100"),),
        instalments=(due("i1", cny("231000.00"), "2025-11-15", "预付款 50%"), due("i2", cny("231000.00"), "2026-04-30", "到货款 50%")),
        deliveries=(plan("d1", "冷链温控箱 220 台", "2026-03-31", "220"),),
    )
    yield from approved(first, ("2025-10-09", "2025-10-13", "2025-10-15"), LI)
    yield from signed(first, "2025-11-03", ("周海宁", "沈嘉怡"))
    yield paid("2025-11-14", "p1", cny("231000.00"), "i1", reference="承兑汇票 4403-7719")
    yield Step(at("2025-11-21"), CHEN, ReversePayment(payment_id="p1", why="承兑汇票背书不连续,银行退票"))
    yield paid("2025-11-26", "p2", cny("231000.00"), "i1", reference="回单 1126-0394")
    yield from came("2026-03-26", "d1", waybill="JD00714420981", accepted="2026-04-02")


def half_signed() -> Iterator[Step]:
    """We signed; the other side has not yet."""
    first = draft(
        "XS-2026-006",
        "仓储系统二期扩容销售合同",
        Kind.SALES,
        HUADONG,
        cny("356000.00"),
        when=period("2026-12-01", "2027-11-30"),
        owner=WANG,
        items=(item("1", "仓储管理系统 V5 扩容授权", "1", "套", "356000"),),
    )
    yield from approved(first, ("2026-10-19", "2026-10-21", "2026-10-26"), LI)
    yield next(signed(first, "2026-11-09", ("周海宁", "方立群")))


def still_drafting() -> Iterator[Step]:
    """A draft that keeps changing; it was submitted once, too early, and comes back for completion."""
    first = draft(
        "XS-2026-007",
        "Retrofit of line 3, Hamburg plant",
        Kind.SALES,
        NORDWIND,
        Money.of("92000.00", "EUR"),
        when=period("2027-01-11", "2027-06-30"),
        owner=SARAH,
        items=(item("1", "Retrofit kit", "4", "pcs", "23000", tax="0"),),
    )
    yield Step(at("2026-10-30"), SARAH, first)
    yield Step(at("2026-11-05"), SARAH, AddLineItem(item=item("2", "Commissioning on site", "1", "lot", "8500", tax="0")))
    yield Step(at("2026-11-05", 3), SARAH, ChangeValue(value=Money.of("100500.00", "EUR")), "commissioning was missing")
    yield Step(at("2026-11-12"), DAVID, Note(text="Please check the delivery dates with production before submitting."))
