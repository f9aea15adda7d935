"""Contracts by which others work with us."""

from __future__ import annotations

from collections.abc import Iterator

from domain.contract.amendment import ApproveAmendment, ProposeAmendment
from domain.contract.closing import TerminateContract
from domain.contract.operations import ChangePeriod
from domain.contract.vocabulary import Clause, Kind, SigningMethod
from domain.money import Money
from scripts.demo.telling import (
    DAVID,
    LAKESIDE,
    LI,
    QIHANG,
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
    paid,
    period,
    plan,
    signed,
)
from scripts.demo.wording import STANDARD


def stories() -> Iterator[Story]:
    """Three contracts."""
    yield Story("demo-partner-1", [*channel()])
    yield Story("demo-partner-2", [*research()])
    yield Story("demo-partner-3", [*abandoned()])


def channel() -> Iterator[Step]:
    """A prolongation is proposed and agreed to on our side; the other side has not signed it."""
    first = draft(
        "HZ-2025-001",
        "华东区渠道合作框架协议",
        Kind.PARTNER,
        QIHANG,
        cny("500000.00"),
        when=period("2025-04-01", "2026-12-31"),
        owner=WANG,
        clauses=(
            Clause(clause_id="1", heading="合作范围", text="乙方在上海、江苏、浙江推广甲方产品。"),
            Clause(clause_id="2", heading="推广费用", text="甲方按季度支付推广费用,合计不超过人民币50万元。"),
            *STANDARD[Kind.PARTNER],
        ),
        deliveries=(plan("h1", "2025年度推广总结", "2026-01-31"), plan("h2", "2026年度推广总结", "2026-12-31")),
    )
    yield from approved(first, ("2025-03-03", "2025-03-05", "2025-03-10"), LI)
    yield from signed(first, "2025-03-28", ("周海宁", "苏启明"))
    yield paid("2025-07-08", "p1", cny("80000.00"), None)
    yield paid("2025-10-13", "p2", cny("80000.00"), None)
    yield from came("2026-01-27", "h1", accepted="2026-02-03")
    yield paid("2026-04-13", "p3", cny("95000.00"), None)
    operations = (ChangePeriod(period=period("2025-04-01", "2027-12-31")),)
    proposal = ProposeAmendment(amendment_id="HZ-2025-001-B1", operations=operations, why="续约一年 / prolong by one year")
    yield Step(at("2026-11-04"), WANG, proposal)
    yield Step(at("2026-11-10"), LI, ApproveAmendment(amendment_id="HZ-2025-001-B1", opinion="同意续约"))


def research() -> Iterator[Step]:
    """A joint project, paid in two parts."""
    first = draft(
        "HZ-2026-001",
        "Joint research on sensor drift",
        Kind.PARTNER,
        LAKESIDE,
        Money.of("120000.00", "GBP"),
        when=period("2026-04-01", "2028-03-31"),
        owner=SARAH,
        clauses=(
            Clause(clause_id="1", heading="Results", text="Results belong to both parties; each may use them without further payment."),
            *STANDARD[Kind.PARTNER],
        ),
        instalments=(
            due("i1", Money.of("60000.00", "GBP"), "2026-04-30", "first year"),
            due("i2", Money.of("60000.00", "GBP"), "2027-04-30", "second year"),
        ),
        deliveries=(plan("r1", "Interim report", "2027-03-31"), plan("r2", "Final report", "2028-03-31")),
    )
    yield from approved(first, ("2026-02-16", "2026-02-18", "2026-02-23"), DAVID)
    yield from signed(first, "2026-03-20", ("Sarah Miller", "Prof. Helen Marsh"), SigningMethod.ELECTRONIC)
    yield paid("2026-04-28", "p1", Money.of("60000.00", "GBP"), "i1", reference="LU-INV-2026-118")


def abandoned() -> Iterator[Step]:
    """A draft that came to nothing."""
    first = draft(
        "HZ-2026-002",
        "西南区渠道合作框架协议",
        Kind.PARTNER,
        QIHANG,
        cny("300000.00"),
        when=period("2026-07-01", "2027-12-31"),
        owner=WANG,
    )
    yield Step(at("2026-05-11"), WANG, first)
    yield Step(at("2026-06-15"), WANG, TerminateContract(ground="双方就区域独家条款未达成一致,终止洽谈"))
