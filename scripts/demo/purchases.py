"""Contracts by which goods come in and money goes out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from domain.contract.accrual import AccrueInterest, AccruePenalty, WaivePenalty
from domain.contract.approval import Reject, SendBack, SubmitForApproval
from domain.contract.catalogued import AddItemFromProduct
from domain.contract.content import ReviseLineItem
from domain.contract.custom import SetCustomField
from domain.contract.delivery import AcceptDelivery, RecordDelivery, RejectDelivery
from domain.contract.drafting import ChangeValue
from domain.contract.operations import ChangeValue as AmendValue
from domain.contract.operations import PutInstalment, PutItem
from domain.contract.review import ScheduleReview
from domain.contract.risk import AssessRisk, MitigateRisk
from domain.contract.vocabulary import Kind, LineItem, StatedTerm
from domain.money import Money
from domain.terms.exact import Ratio
from domain.terms.late_delivery import LateDeliveryDamages
from domain.terms.late_payment import LatePaymentInterest, RatePer
from scripts.demo.telling import (
    DAVID,
    LI,
    PACIFIC,
    SARAH,
    WANG,
    XINGHE,
    YUNLING,
    ZHAO,
    Step,
    Story,
    amended,
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


def stories() -> Iterator[Story]:
    """Five contracts."""
    yield Story("demo-supplier-1", [*office()])
    yield Story("demo-supplier-2", [*servers()])
    yield Story("demo-supplier-3", [*in_approval()])
    yield Story("demo-supplier-4", [*sent_back()])
    yield Story("demo-supplier-5", [*rejected()])


def office() -> Iterator[Step]:
    """More was needed than was ordered: an amendment raised the value."""
    first = draft(
        "CG-2025-002",
        "办公设备采购合同",
        Kind.SUPPLIER,
        XINGHE,
        cny("83420.00"),
        when=period("2025-03-10", "2026-12-31"),
        owner=WANG,
        items=(item("1", "笔记本电脑", "10", "台", "6800"), item("2", "27英寸显示器", "12", "台", "1285")),
        instalments=(due("i1", cny("25026.00"), "2025-03-20", "预付款 30%"), due("i2", cny("58394.00"), "2025-05-31", "到货验收后 70%")),
        deliveries=(plan("d1", "笔记本电脑 10 台", "2025-04-15", "10"), plan("d2", "显示器 12 台", "2025-04-15", "12")),
    )
    yield from approved(first, ("2025-02-24", "2025-02-26", "2025-03-03"), LI)
    yield from signed(first, "2025-03-10", ("周海宁", "顾新"))
    yield paid("2025-03-19", "p1", cny("25026.00"), "i1", reference="付款单 2025-0311")
    yield from came("2025-04-11", "d1", waybill="SF1029917340", accepted="2025-04-14")
    yield Step(at("2025-04-11", 6), ZHAO, RecordDelivery(delivery_id="d2", quantity=Decimal(12), waybill="SF1029917341"))
    yield Step(at("2025-04-15"), ZHAO, RejectDelivery(delivery_id="d2", why="其中3台屏幕有坏点,整批退换"))
    yield Step(at("2025-04-28"), ZHAO, RecordDelivery(delivery_id="d2-r", description="显示器 12 台(换货)", waybill="SF1030440126"))
    yield Step(at("2025-04-29"), ZHAO, AcceptDelivery(delivery_id="d2-r", note="换货验收合格"))
    yield paid("2025-05-30", "p2", cny("30000.00"), "i2", reference="付款单 2025-0528")
    changes = (
        PutItem(item=item("2", "27英寸显示器", "20", "台", "1285")),
        AmendValue(value=cny("93700.00")),
        PutInstalment(instalment=due("i3", cny("10280.00"), "2025-09-30", "增补显示器")),
    )
    yield from amended(
        first, ("2025-08-04", "2025-08-06", "2025-08-20"), changes,
        why="新入职员工增加,追加显示器8台", by=LI, signatories=("周海宁", "顾新"), effective="2025-09-01",
    )  # fmt: skip
    yield paid("2025-09-29", "p3", cny("10280.00"), "i3", reference="付款单 2025-0907")


def servers() -> Iterator[Step]:
    """A delivery came to be recorded weeks after it happened, and after the payment that it was a condition of."""
    first = draft(
        "CG-2025-007",
        "数据中心服务器采购合同",
        Kind.SUPPLIER,
        YUNLING,
        cny("948000.00"),
        when=period("2025-12-01", "2028-11-30"),
        owner=WANG,
        items=(item("1", "机架式服务器 YL-R740", "12", "台", "79000"),),
        instalments=(due("i1", cny("284400.00"), "2025-12-15", "预付款 30%"), due("i2", cny("663600.00"), "2026-03-31", "验收款 70%")),
        deliveries=(plan("d1", "服务器 12 台", "2026-02-28", "12"),),
        terms=(
            StatedTerm(term_id="late-delivery", term=LateDeliveryDamages(rate=Ratio.of("0.05%"), cap=Ratio.of("5%"))),
            StatedTerm(term_id="late-payment", term=LatePaymentInterest(rate=Ratio.of("0.03%"), per=RatePer.DAY)),
        ),
    )
    yield from approved(first, ("2025-11-03", "2025-11-05", "2025-11-10"), DAVID)
    yield Step(at("2025-11-11"), WANG, SetCustomField(key="cost_centre", value="CC-2070"))
    yield Step(at("2025-11-11", 3), WANG, SetCustomField(key="bond", value="94800.00 CNY"))
    yield Step(at("2025-11-12"), LI, AssessRisk(assessment_id="2025"))
    yield Step(at("2025-11-19"), LI, MitigateRisk(rule_id="large", how="已取得 10% 履约保函 / Performance bond of 10 %"))
    yield from signed(first, "2025-12-01", ("周海宁", "Liu Wei"))
    yield Step(at("2025-12-02"), LI, ScheduleReview(review_id="2026", about="年度审核 / Yearly review", reviewer=DAVID))
    yield paid("2025-12-12", "p1", cny("284400.00"), "i1", reference="付款单 2025-1209")
    yield paid("2026-03-30", "p2", cny("400000.00"), "i2", reference="付款单 2026-0322")
    late = RecordDelivery(delivery_id="d1", quantity=Decimal(12), waybill="DB20260302-118")
    yield Step(at("2026-03-02"), ZHAO, late, "补录:到货单于 4 月盘点时找到 / back-dated, the delivery note was found in April")
    yield Step(at("2026-03-06"), ZHAO, AcceptDelivery(delivery_id="d1"), "补录 / back-dated")
    yield Step(at("2026-04-20"), ZHAO, AccruePenalty(delivery_id="d1", through=date(2026, 3, 31), zone="Asia/Shanghai"))
    yield Step(
        at("2026-04-22"), DAVID, WaivePenalty(delivery_id="d1", amount=cny("474.00"), why="两日内送达,减半 / two days only, half of it")
    )
    yield Step(at("2026-06-30"), ZHAO, AccrueInterest(instalment_id="i2", through=date(2026, 6, 30), zone="Asia/Shanghai"))


def in_approval() -> Iterator[Step]:
    """Waits for somebody else's decision."""
    first = draft(
        "CG-2026-004",
        "Electronic components, framework order Q1 2027",
        Kind.SUPPLIER,
        PACIFIC,
        Money.of("241750.00", "USD"),
        when=period("2027-01-01", "2027-03-31"),
        owner=SARAH,
        items=(
            item("1", "MEMS accelerometer MA-3", "50000", "pcs", "4.21", tax="0"),
            item("2", "Shielded connector SC-8", "25000", "pcs", "1.25", tax="0"),
        ),
    )
    yield Step(at("2026-11-10"), SARAH, first)
    yield Step(at("2026-11-16"), SARAH, SubmitForApproval(note="Prices are held until 4 December."))


def sent_back() -> Iterator[Step]:
    """The approver wanted a better price; the draft is being changed."""
    first = draft(
        "CG-2026-005",
        "会议室音视频设备采购合同",
        Kind.SUPPLIER,
        XINGHE,
        cny("156000.00"),
        when=period("2026-12-15", "2027-12-14"),
        owner=WANG,
        items=(item("1", "会议平板 86 英寸", "6", "台", "26000"),),
    )
    yield Step(at("2026-10-26"), WANG, first)
    yield Step(at("2026-10-28"), WANG, SubmitForApproval())
    yield Step(at("2026-11-02"), LI, SendBack(opinion="单价高于上季度询价,请重新比价"))
    yield Step(at("2026-11-11"), WANG, ReviseLineItem(item=item("1", "会议平板 86 英寸", "6", "台", "23900")))
    yield Step(at("2026-11-11", 3), WANG, AddItemFromProduct(item_id="2", product_id="demo-camera", quantity=Decimal(6)))
    yield Step(at("2026-11-11", 4), WANG, ChangeValue(value=cny("164880.00")), "重新询价后的报价，另加摄像头")


def rejected() -> Iterator[Step]:
    """Was not agreed to."""
    first = draft(
        "CG-2026-008",
        "Pallet racking, second hall",
        Kind.SUPPLIER,
        PACIFIC,
        Money.of("68000.00", "USD"),
        when=period("2026-07-01", "2026-12-31"),
        owner=SARAH,
        items=(LineItem(item_id="1", description="Pallet racking", quantity=Decimal(1), unit="lot", unit_price=Decimal(68000)),),
    )
    yield Step(at("2026-05-18"), SARAH, first)
    yield Step(at("2026-05-20"), SARAH, SubmitForApproval())
    yield Step(at("2026-05-25"), DAVID, Reject(opinion="The second hall will not be rented; no need for racking."))
