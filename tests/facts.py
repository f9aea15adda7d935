"""Whole histories by name, in Chinese and English. Alice drafts, Bob approves, Carol keeps the money."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from domain.contract.acceptance import AcceptanceRequested, DefectFixed, DefectRaised
from domain.contract.accrual import InterestAccrued, InterestWaived, LatePart, PenaltyAccrued, PenaltyWaived
from domain.contract.agreement import TermAgreed, TermChanged
from domain.contract.amendment import (
    AmendmentApproved,
    AmendmentLapsed,
    AmendmentProposed,
    AmendmentRejected,
    AmendmentSigned,
    AmendmentTookEffect,
    AmendmentWaits,
)
from domain.contract.approval import (
    ApprovalCompleted,
    ApprovalWithdrawn,
    SentBack,
    StepApproved,
    StepDelegated,
    StepRejected,
    SubmittedForApproval,
)
from domain.contract.breach import BreachDeclared, BreachRemedied, ObligationFellDue, ObligationOverdue
from domain.contract.closing import ContractArchived, ContractCompleted, ContractExpired, ContractTerminated
from domain.contract.content import ClauseAdded, ClauseReworded, LineItemAdded
from domain.contract.continuation import ContractRenewed, ContractResumed, ContractSuspended, RenewalNoticeGiven
from domain.contract.correction import FactCorrected, Restated
from domain.contract.credit import Figure, ServiceCreditGranted
from domain.contract.delays import Obligation, ObligationKind
from domain.contract.delivery import DeliveryAccepted, DeliveryRecorded, DeliveryRejected, DeliveryScheduled, ExcessDeliveryAccepted
from domain.contract.deviation import ClauseDeviationApproved, ClauseDeviationRejected, ClauseDeviationRequested
from domain.contract.disputes import DisputeOpened, DisputeResolved, DisputeStepEntered
from domain.contract.drafting import ContractDrafted, TemplateUsed
from domain.contract.earnings import PerformancePayEarned, ProfitShared
from domain.contract.invoicing import InvoiceRegistered, InvoiceVoided, OverinvoicingAccepted
from domain.contract.notices import NoticeServed
from domain.contract.operations import ChangeValue, PutInstalment, PutItem
from domain.contract.payment import OverpaymentAccepted, PaymentRecorded, PaymentReversed, PaymentScheduled
from domain.contract.pricing import IndexLevel, PriceAdjusted
from domain.contract.publication import PublicationRecorded
from domain.contract.relief import ReliefClaimed, ReliefGranted, ReliefRefused
from domain.contract.services import FeedbackRecorded, MilestoneReached, ServiceLevelMeasured, ServicePerformed
from domain.contract.settlement import (
    PaymentAllocated,
    PaymentRefunded,
    ReconciliationBroken,
    ReconciliationMatched,
    RetentionHeld,
    RetentionReleased,
)
from domain.contract.signing import ContractInForce, OriginalDeposited, SealAffixed, SignatureRequested, Signed, TextFixed
from domain.contract.triggers import PaymentPrecededTrigger
from domain.contract.vocabulary import (
    Clause,
    Confidentiality,
    Counterparty,
    Direction,
    Feedback,
    Instalment,
    Invoice,
    InvoiceKind,
    Kind,
    LineItem,
    Measurement,
    PaymentMethod,
    PerformedService,
    Period,
    PlannedDelivery,
    Resolution,
    Retention,
    SealKind,
    Share,
    SigningMethod,
    Source,
    TemplateRef,
    TextFormat,
    TextLanguage,
    Topic,
)
from domain.money import Money
from domain.terms.dispute import StepKind
from domain.terms.exact import Ratio
from domain.terms.late_delivery import LateDeliveryDamages
from domain.terms.late_payment import LatePaymentInterest
from domain.terms.notice import Channel
from domain.terms.performance import PerformancePay, Point
from domain.terms.price import Component, PriceAdjustment
from domain.terms.profit_share import ProfitShare, ProfitTier
from domain.terms.schedule import On, Part, PaymentSchedule, Trigger
from domain.terms.service_level import Availability, CreditStep, Metric, ServiceLevel, TimeLimit
from tests.spec import ALICE, BOB, CAROL, Told, told


def cny(amount: str) -> Money:
    """An amount in yuan."""
    return Money.of(amount, "CNY")


SUPPLIER = Counterparty(counterparty_id="c1", name="华东办公设备有限公司", role="supplier", party_id="huadong")
LAPTOPS = LineItem(item_id="1", description="笔记本电脑 / Laptop computers", quantity=Decimal(20), unit="台", unit_price=Decimal("3500.00"))
CHAIRS = LineItem(
    item_id="2",
    description="人体工学椅 / Ergonomic chairs",
    quantity=Decimal(20),
    unit="把",
    unit_price=Decimal("671.00"),
    tax_percent=Decimal(13),
)
SCOPE = Clause(
    clause_id="1",
    heading="标的 / Subject",
    text="乙方向甲方供应附件所列全新设备。The supplier delivers the equipment listed, and new.",
    topic=Topic.QUALITY,
)
DAMAGES = Clause(
    clause_id="7",
    heading="违约责任 / Damages",
    text="乙方按期交付；逾期交付的，每日按未交付部分价款的万分之五支付违约金。",
    topic=Topic.DUTIES,
)
LAW = Clause(clause_id="9", heading="适用法律", text="适用中华人民共和国法律。")
FOREIGN_LAW = Clause(clause_id="9", heading="适用法律", text="适用新加坡法律。The law of Singapore applies.")
FIRST_HALF = Instalment(instalment_id="i1", amount=cny("41710.00"), due=date(2026, 2, 15), description="预付款 / Advance")
SECOND_HALF = Instalment(instalment_id="i2", amount=cny("41710.00"), due=date(2026, 5, 15), description="验收款 / On acceptance")
SHIPMENT = PlannedDelivery(
    delivery_id="d1", description="首批设备 / First shipment", due=date(2026, 3, 31), item_id="1", quantity=Decimal(20)
)

DRAFTED = ContractDrafted(
    number="采-2026-001",
    title="办公设备采购合同 / Purchase of office equipment",
    kind=Kind.SUPPLIER,
    direction=Direction.PAYABLE,
    our_entity="塔利科技（上海）有限公司",
    counterparties=(SUPPLIER,),
    value=cny("83420.00"),
    period=Period(start=date(2026, 1, 15), end=date(2026, 12, 31)),
    owner="alice",
    department="行政部 / Administration",
)

# Five in ten thousand for each day late of what was not delivered, at most 5 %; and for each day of what was not paid.
LATE_DELIVERY = LateDeliveryDamages(rate=Ratio.of("0.05%"), cap=Ratio.of("5%"), terminate_after_days=30)
LATE_PAYMENT = LatePaymentInterest(rate=Ratio.of("4.35%"), grace_days=5)

IN_APRIL = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)

just_drafted = told(DRAFTED)
drafted = just_drafted + told(
    ClauseAdded(clause=SCOPE),
    ClauseAdded(clause=DAMAGES),
    LineItemAdded(item=LAPTOPS),
    LineItemAdded(item=CHAIRS),
    PaymentScheduled(instalment=FIRST_HALF),
    PaymentScheduled(instalment=SECOND_HALF),
    DeliveryScheduled(delivery=SHIPMENT),
)
with_terms = drafted + told(
    TermAgreed(term_id="t1", term=LateDeliveryDamages(rate=Ratio.of("0.1%"))),
    TermChanged(term_id="t1", term=LATE_DELIVERY),
    TermAgreed(term_id="t2", term=LATE_PAYMENT),
)
from_template = just_drafted + told(
    TemplateUsed(template=TemplateRef(template_id="purchase", edition=2, locked_clauses=("9",))),
    ClauseAdded(clause=LAW),
)
deviation_requested = from_template + told(
    ClauseDeviationRequested(deviation_id="v1", clause_id="9", becomes=FOREIGN_LAW, why="对方要求 / The other side asks")
)
deviation_rejected = deviation_requested + told(ClauseDeviationRejected(deviation_id="v1", opinion="不得改动 / It stays"), by=BOB)
deviation_approved = deviation_requested + told(ClauseDeviationApproved(deviation_id="v1", opinion="同意 / Agreed"), by=BOB)
deviated = deviation_approved + told(ClauseReworded(clause=FOREIGN_LAW, deviation_id="v1"))
submitted = drafted + told(SubmittedForApproval(note="请审批 / Please decide"))
withdrawn = submitted + told(ApprovalWithdrawn(why="附件有误 / Wrong annex"))
sent_back = submitted + told(SentBack(step=1, opinion="请补充验收标准 / State how it is accepted"), by=BOB)
rejected = submitted + told(StepRejected(step=1, opinion="预算不足 / No budget"), by=BOB)
approved = submitted + told(StepApproved(step=1, opinion="同意 / Agreed"), ApprovalCompleted(), by=BOB)
delegated = submitted + told(StepDelegated(step=1, seat=None, to="dave", why="出差 / Travelling"), by=BOB)
signed_by_us = approved + told(Signed(party="us", signatory="陈晨", method=SigningMethod.WET_INK), by=CAROL)
signed = signed_by_us + told(
    Signed(party="c1", signatory="Wang Wei", method=SigningMethod.ELECTRONIC, party_id="huadong"), ContractInForce(), by=CAROL
)
in_force = signed

signature_requested = approved + told(
    SignatureRequested(party="c1", signatory="Wang Wei", due=date(2026, 1, 20), party_id="huadong"), by=CAROL
)
text_fixed = approved + told(
    TextFixed(
        sha256="ab" * 32,
        format=TextFormat.PDF,
        language=TextLanguage.CHINESE,
        rendered_version=len(approved),
        renderer="tallystick/0.1.0 reportlab/5.1.0",
    ),
    by=CAROL,
)
deposited = signed + told(
    SealAffixed(party="us", kind=SealKind.CONTRACT, by="陈晨"),
    OriginalDeposited(place="档案室 3 柜 / Archive, cabinet 3", copies=2),
    by=CAROL,
)

FIRST_PAYMENT = PaymentRecorded(
    payment_id="p1",
    amount=cny("41710.00"),
    method=PaymentMethod.BANK_TRANSFER,
    reference="工行-20260214-0007",
    instalment_id="i1",
    payer="塔利科技（上海）有限公司",
    payee="华东办公设备有限公司",
)
SECOND_PAYMENT = PaymentRecorded(payment_id="p2", amount=cny("41710.00"), method=PaymentMethod.BANK_TRANSFER, instalment_id="i2")
half_paid = in_force + told(FIRST_PAYMENT, by=CAROL)
reversed_payment = half_paid + told(PaymentReversed(payment_id="p1", amount=cny("41710.00"), why="退汇 / Returned by the bank"), by=CAROL)
fully_paid = half_paid + told(SECOND_PAYMENT, by=CAROL)
overpaid = fully_paid + told(
    OverpaymentAccepted(payment_id="p3", excess=cny("580.00"), why="代垫运费 / Freight advanced"),
    PaymentRecorded(payment_id="p3", amount=cny("580.00"), method=PaymentMethod.OFFSET),
    by=CAROL,
)

INVOICE = Invoice(
    invoice_id="v1",
    number="24312000000012345678",
    amount=cny("41710.00"),
    issued_on=date(2026, 1, 5),
    kind=InvoiceKind.VAT_SPECIAL,
    tax=cny("4798.50"),
)
SECOND_INVOICE = Invoice(invoice_id="v2", number="24312000000012345679", amount=cny("42290.00"), issued_on=date(2026, 1, 5))
TO_INVOICE = (Share(amount=cny("41710.00"), instalment_id="i1", invoice_id="v1"),)
invoiced = half_paid + told(InvoiceRegistered(invoice=INVOICE), by=CAROL)
invoice_voided = invoiced + told(InvoiceVoided(invoice_id="v1", why="税号有误 / Wrong tax number"), by=CAROL)
overinvoiced = invoiced + told(
    OverinvoicingAccepted(invoice_id="v2", excess=cny("580.00"), why="代垫运费 / Freight advanced"),
    InvoiceRegistered(invoice=SECOND_INVOICE),
    by=CAROL,
)
allocated = invoiced + told(PaymentAllocated(payment_id="p1", shares=TO_INVOICE), by=CAROL)
refunded = allocated + told(
    PaymentRefunded(payment_id="p1", amount=cny("710.00"), why="多付 / Paid too much", reference="工行-20260301-0009"), by=CAROL
)
reconciled = half_paid + told(ReconciliationMatched(payment_id="p1", statement="工行-2026-02 / 17"), by=CAROL)
reconciliation_broken = reconciled + told(
    ReconciliationBroken(payment_id="p1", statement="工行-2026-02 / 18", why="银行少记 / The bank has less", found=cny("41700.00")),
    by=CAROL,
)
WARRANTY = Retention(retention_id="r1", amount=cny("4171.00"), until=date(2027, 1, 15), description="质保金 / For the warranty")
retained = half_paid + told(RetentionHeld(retention=WARRANTY), by=CAROL)
retention_released = retained + told(RetentionReleased(retention_id="r1", amount=cny("4171.00"), note="质保期满 / Warranty over"), by=BOB)

CAME = DeliveryRecorded(delivery_id="d1", description="首批设备 / First shipment", quantity=Decimal(20), waybill="SF1020304050")
shipped = in_force + told(CAME, by=CAROL)
delivered = shipped + told(DeliveryAccepted(delivery_id="d1", note="验收合格 / As ordered"), by=BOB)
acceptance_requested = shipped + told(AcceptanceRequested(delivery_id="d1", due=date(2026, 4, 10), note="请验收 / Please judge"), by=CAROL)
defective = delivered + told(
    DefectRaised(defect_id="f1", delivery_id="d1", description="两台无法开机 / Two do not start", fix_by=date(2026, 4, 30)), by=BOB
)
mended = defective + told(DefectFixed(defect_id="f1", how="已更换 / Replaced"), by=BOB)
overdelivered = shipped + told(
    ExcessDeliveryAccepted(planned_id="d1", excess=Decimal(5), why="备件 / Spares"),
    DeliveryRecorded(delivery_id="d1b", description="备件 / Spares", quantity=Decimal(5), towards="d1"),
    by=CAROL,
)
SUPPORT = PerformedService(
    service_id="s1",
    description="驻场支持 / Support on site",
    period=Period(start=date(2026, 1, 1), end=date(2026, 1, 4)),
    quantity=Decimal("3.5"),
    unit="天",
)
UPTIME = Measurement(
    measurement_id="m1",
    metric="availability",
    period=Period(start=date(2026, 1, 1), end=date(2026, 1, 4)),
    measured=Decimal("99.95"),
    unit="%",
)
PRAISE = Feedback(feedback_id="k1", score=5, text="响应及时 / Quick to answer", given_by="行政部")
serving = in_force + told(
    MilestoneReached(milestone_id="k", description="上线 / Went live"),
    ServicePerformed(service=SUPPORT),
    ServiceLevelMeasured(measurement=UPTIME),
    FeedbackRecorded(feedback=PRAISE),
)
# A share of the month's fee for each step that a month falls to, within 15 % of twelve months' fees.
SERVICE_LEVEL = ServiceLevel(
    calendar="7×24",
    availability=Availability(
        target=Ratio.of("99.9%"),
        ladder=(CreditStep(below=Ratio.of("99.9%"), credit=Ratio.of("5%")), CreditStep(below=Ratio.of("99%"), credit=Ratio.of("20%"))),
    ),
    limits=(TimeLimit(metric=Metric.FIX, severity="P1", seconds=14_400, credit=Ratio.of("2%")),),
    monthly_cap=Ratio.of("25%"),
    rolling_cap=Ratio.of("15%"),
)
LESS_UPTIME = replace(UPTIME, measured=Decimal("99.59"))
measurement_corrected = serving + told(
    FactCorrected(
        corrects=len(serving) - 1,
        was=Restated(ServiceLevelMeasured(measurement=UPTIME)),
        becomes=Restated(ServiceLevelMeasured(measurement=LESS_UPTIME)),
        why="数字颠倒 / Digits swapped",
    )
)
AFTER_FEBRUARY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FEBRUARY = Measurement(
    measurement_id="m2",
    metric="availability",
    period=Period(start=date(2026, 2, 1), end=date(2026, 2, 28)),
    measured=Decimal("98.50"),
    unit="%",
)
with_service_level = (
    drafted
    + told(TermAgreed(term_id="sla", term=SERVICE_LEVEL), SubmittedForApproval(note="请审批 / Please decide"))
    + told(StepApproved(step=1, opinion="同意 / Agreed"), ApprovalCompleted(), by=BOB)
    + told(Signed(party="us", signatory="陈晨", method=SigningMethod.WET_INK), by=CAROL)
    + told(Signed(party="c1", signatory="Wang Wei", method=SigningMethod.ELECTRONIC, party_id="huadong"), ContractInForce(), by=CAROL)
)
measured = (*with_service_level, Told(ServiceLevelMeasured(measurement=FEBRUARY), ALICE, AFTER_FEBRUARY, AFTER_FEBRUARY))
# Fees of two months of 7,000.00 leave 2,100.00 within the cap; a fifth of one is 1,400.00.
CREDIT = ServiceCreditGranted(
    term_id="sla",
    term_version=len(drafted) + 1,
    month=date(2026, 2, 1),
    figures=(Figure(measurement_id="m2", version=len(measured), metric="availability", measured=Decimal("98.50"), unit="%"),),
    fee=cny("7000.00"),
    total=cny("1400.00"),
    change=cny("1400.00"),
    formula="availability 98.5000%, below 99%: 20%; 20% × 7000.00 CNY = 1400.00 CNY; the month's cap is 25% × 7000.00 CNY = 1750.00 CNY; "
    "the 12-month cap leaves 15% × 14000.00 CNY − 0.00 CNY granted = 2100.00 CNY; credit 1400.00 CNY",
    note="二月 / February",
)
credited = measured + told(CREDIT)
CURE = NoticeServed(
    notice_id="n1",
    by="us",
    to="c1",
    channel=Channel.COURIER,
    about="请于三十日内改正 / Cure within 30 days",
    sent_on=date(2026, 1, 5),
    received_on=date(2026, 1, 5),
    deemed=False,
    calendar="7×24",
    note="回执存档 / Receipt on file",
)
notice_served = in_force + told(CURE)
QUARREL = DisputeOpened(dispute_id="q1", about="验收标准 / How it is accepted", by="c1", opened_on=date(2026, 1, 5), claim=cny("41710.00"))
AT_MEDIATION = DisputeStepEntered(
    dispute_id="q1", step=StepKind.MEDIATION, entered_on=date(2026, 1, 6), calendar="7×24", forum="上海市调解中心"
)
AGREED_AT_LAST = DisputeResolved(
    dispute_id="q1", how=Resolution.MEDIATED, outcome="各让一步 / Each gave way", amount=cny("20000.00"), owed_by="us"
)
disputed = in_force + told(QUARREL)
mediating = disputed + told(AT_MEDIATION)
dispute_resolved = mediating + told(AGREED_AT_LAST)
# Prices follow one index, a year after the contract began at the earliest, and at most 5 % up.
INDEXED = PriceAdjustment(
    components=(Component(index="CPI", weight=Ratio.of("100%"), base=Decimal(100)),), max_rise=Ratio.of("5%"), notice_days=30
)
priced = (
    drafted
    + told(TermAgreed(term_id="prices", term=INDEXED), SubmittedForApproval(note="请审批 / Please decide"))
    + told(StepApproved(step=1, opinion="同意 / Agreed"), ApprovalCompleted(), by=BOB)
    + told(Signed(party="us", signatory="陈晨", method=SigningMethod.WET_INK), by=CAROL)
    + told(Signed(party="c1", signatory="Wang Wei", method=SigningMethod.ELECTRONIC, party_id="huadong"), ContractInForce(), by=CAROL)
)
A_YEAR_ON = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
# Ten of the twenty laptops are still to come, and cost 105.00 more each.
DEARER = PriceAdjusted(
    adjustment_id="2027",
    before=cny("3500.00"),
    after=cny("3605.00"),
    announced_on=date(2026, 12, 1),
    effective_from=date(2027, 1, 15),
    levels=(IndexLevel(index="CPI", level=Decimal(103)),),
    factor="1.030000",
    bounded=False,
    formula="100% × 103/100 (CPI) = 1.030000; 3500.00 CNY × 1.03 = 3605.00 CNY",
    term_id="prices",
    term_version=len(drafted) + 1,
    item_id="1",
    value_before=cny("83420.00"),
    value=cny("84470.00"),
    instalments=(replace(SECOND_HALF, amount=cny("42760.00")),),
    note="年度调价 / Yearly adjustment",
)
repriced = (*priced, Told(DEARER, BOB, A_YEAR_ON, A_YEAR_ON))
# A third of profits up to 100,000.00 and half of what lies above, after earlier losses; satisfaction pays from 80 to 90 points.
PROFITS = ProfitShare(
    tiers=(ProfitTier(above=cny("0.00"), share=Ratio.of("1/3")), ProfitTier(above=cny("100000.00"), share=Ratio.of("50%"))),
    carries_losses=True,
)
SATISFACTION = PerformancePay(
    metric="satisfaction",
    points=(Point(at=Decimal(80), pay=Ratio.of("-10%")), Point(at=Decimal(90), pay=Ratio.of("10%"))),
)
POINTS = Measurement(
    measurement_id="m3",
    metric="satisfaction",
    period=Period(start=date(2026, 2, 1), end=date(2026, 2, 28)),
    measured=Decimal("87.5"),
)
with_earnings = (
    drafted
    + told(
        TermAgreed(term_id="share", term=PROFITS),
        TermAgreed(term_id="kpi", term=SATISFACTION),
        SubmittedForApproval(note="请审批 / Please decide"),
    )
    + told(StepApproved(step=1, opinion="同意 / Agreed"), ApprovalCompleted(), by=BOB)
    + told(Signed(party="us", signatory="陈晨", method=SigningMethod.WET_INK), by=CAROL)
    + told(Signed(party="c1", signatory="Wang Wei", method=SigningMethod.ELECTRONIC, party_id="huadong"), ContractInForce(), by=CAROL)
)
scored = (*with_earnings, Told(ServiceLevelMeasured(measurement=POINTS), ALICE, AFTER_FEBRUARY, AFTER_FEBRUARY))
SHARED = ProfitShared(
    period=Period(start=date(2026, 2, 1), end=date(2026, 2, 28)),
    profit=cny("130000.00"),
    loss_before=cny("0.00"),
    loss_carried=cny("0.00"),
    total=cny("48333.33"),
    change=cny("48333.33"),
    formula="profit 130000.00 CNY; 1/3 × 100000.00 CNY + 50% × 30000.00 CNY = 48333.33 CNY (rounded half to even); share 48333.33 CNY",
    term_id="share",
    term_version=len(drafted) + 1,
    note="二月 / February",
)
# Three quarters of the way from −10 % to 10 % are 5 % of 7,000.00.
EARNED = PerformancePayEarned(
    figure=Figure(measurement_id="m3", version=len(scored), metric="satisfaction", measured=Decimal("87.5")),
    fee=cny("7000.00"),
    total=cny("350.00"),
    change=cny("350.00"),
    formula="satisfaction 87.5: -10% + (10% − -10%) × 3/4 of the way from 80 to 90 = 5%; 5% × 7000.00 CNY = 350.00 CNY; pay 350.00 CNY",
    term_id="kpi",
    term_version=len(drafted) + 2,
    note="二月 / February",
)
earned = scored + told(SHARED, EARNED)
delivery_rejected = shipped + told(DeliveryRejected(delivery_id="d1", why="外包装破损 / Damaged"), by=BOB)

# Half of the value on signing, and the rest once the first shipment was accepted: what the two instalments say.
ON_ACCEPTANCE = PaymentSchedule(
    parts=(
        Part(instalment_id="i1", trigger=Trigger(on=On.SIGNING), share=Ratio.of("50%")),
        Part(instalment_id="i2", trigger=Trigger(on=On.DELIVERY_ACCEPTED, subject="d1")),
    )
)
scheduled = (
    drafted
    + told(TermAgreed(term_id="pay", term=ON_ACCEPTANCE), SubmittedForApproval(note="请审批 / Please decide"))
    + told(StepApproved(step=1, opinion="同意 / Agreed"), ApprovalCompleted(), by=BOB)
    + told(Signed(party="us", signatory="陈晨", method=SigningMethod.WET_INK), by=CAROL)
    + told(Signed(party="c1", signatory="Wang Wei", method=SigningMethod.ELECTRONIC, party_id="huadong"), ContractInForce(), by=CAROL)
)
ADVANCE = PaymentPrecededTrigger(
    payment_id="p2",
    instalment_id="i2",
    on=On.DELIVERY_ACCEPTED,
    subject="d1",
    term_id="pay",
    term_version=len(drafted) + 1,
    why="供应商资金周转 / The supplier is short of cash",
)
prepaid = scheduled + told(SECOND_PAYMENT, ADVANCE, by=CAROL)
# With terms for delays in it, approved, signed, and looked at on 20 April: the laptops are 20 days late, the first half 64.
late = (
    with_terms
    + told(SubmittedForApproval(note="请审批 / Please decide"))
    + told(StepApproved(step=1, opinion="同意 / Agreed"), ApprovalCompleted(), by=BOB)
    + told(Signed(party="us", signatory="陈晨", method=SigningMethod.WET_INK), by=CAROL)
    + (Told(Signed(party="c1", signatory="Wang Wei", method=SigningMethod.ELECTRONIC, party_id="huadong"), CAROL, recorded_at=IN_APRIL),)
    + told(ContractInForce(), by=CAROL)
)
PENALTY = PenaltyAccrued(
    delivery_id="d1",
    through=date(2026, 4, 20),
    term_id="t1",
    term_version=len(drafted) + 2,
    due=date(2026, 3, 31),
    parts=(
        LatePart(
            base=cny("70000.00"), until=date(2026, 4, 20), delivered=False, days_late=20, days_paused=0, days_charged=20, periods="20"
        ),
    ),
    total=cny("700.00"),
    change=cny("700.00"),
    capped=False,
    calendar="7×24",
    zone="UTC",
    formula="20 days late (2026-04-01 to 2026-04-20) = 20 days, in started periods of 1; 0.05% × 70000.00 CNY × 20 = 700.00 CNY; "
    "the cap of 3500.00 CNY is not exceeded; accrued 700.00 CNY",
)
penalised = late + told(PENALTY)
penalty_waived = penalised + told(PenaltyWaived(delivery_id="d1", amount=cny("200.00"), why="首次逾期 / The first time"), by=BOB)
INTEREST = InterestAccrued(
    instalment_id="i1",
    through=date(2026, 4, 20),
    term_id="t2",
    term_version=len(drafted) + 3,
    due=date(2026, 2, 15),
    principal=cny("41710.00"),
    payments=(),
    total=cny("318.14"),
    change=cny("318.14"),
    settled=cny("0.00"),
    capped=False,
    calendar="7×24",
    zone="UTC",
    formula="41710.00 CNY × 4.35% × 64/365 days (2026-02-15 to 2026-04-20, act/365) = 318.14 CNY (rounded half to even); "
    "sum 318.14 CNY (rounded half to even); accrued 318.14 CNY",
)
bearing_interest = late + told(INTEREST, by=CAROL)
interest_waived = bearing_interest + told(InterestWaived(instalment_id="i1", amount=cny("18.14"), why="协商免除 / Agreed"), by=BOB)
TYPHOON = ReliefClaimed(
    relief_id="r1",
    party="c1",
    event="台风停航 / A typhoon closed the port",
    start=date(2026, 4, 3),
    end=date(2026, 4, 9),
    deliveries=("d1",),
    evidence="海事局公告 / Notice of the port",
)
relief_claimed = late + told(TYPHOON)
relief_granted = relief_claimed + told(
    ReliefGranted(relief_id="r1", start=date(2026, 4, 3), end=date(2026, 4, 8), opinion="属实 / As it was"), by=BOB
)
SHIPMENT_OWED = Obligation(kind=ObligationKind.DELIVERY, obligation_id="d1")
FELL_DUE = ObligationFellDue(
    obligation=SHIPMENT_OWED, due=date(2026, 3, 31), ours=False, description=SHIPMENT.description, calendar="7×24", zone="UTC"
)
OVERDUE = ObligationOverdue(
    obligation=SHIPMENT_OWED, due=date(2026, 3, 31), ours=False, description=SHIPMENT.description, calendar="7×24", zone="UTC"
)
obligation_due = late + told(FELL_DUE)
obligation_overdue = obligation_due + told(OVERDUE)
BREACH = BreachDeclared(
    breach_id="b1", by="us", against="c1", about="逾期交付 / Late delivery", obligation=SHIPMENT_OWED, cure_by=date(2026, 5, 20)
)
breach_declared = obligation_overdue + told(BREACH)
breach_remedied = breach_declared + told(BreachRemedied(breach_id="b1", how="已补交 / Delivered after all"))
relief_refused = relief_claimed + told(ReliefRefused(relief_id="r1", why="证据不足 / Not proven"), by=BOB)

# Five more laptops: value, item and last instalment grow together.
MORE_LAPTOPS = (
    ChangeValue(value=cny("100920.00")),
    PutItem(item=LineItem(item_id="1", description=LAPTOPS.description, quantity=Decimal(25), unit="台", unit_price=Decimal("3500.00"))),
    PutInstalment(
        instalment=Instalment(instalment_id="i2", amount=cny("59210.00"), due=date(2026, 5, 15), description="验收款 / On acceptance")
    ),
)
amendment_proposed = in_force + told(AmendmentProposed(amendment_id="a1", operations=MORE_LAPTOPS, why="新增五名员工 / Five people joined"))
amendment_rejected = amendment_proposed + told(AmendmentRejected(amendment_id="a1", opinion="暂缓 / Not now"), by=BOB)
amendment_approved = amendment_proposed + told(AmendmentApproved(amendment_id="a1", opinion="同意"), by=BOB)
amendment_signed_by_us = amendment_approved + told(
    AmendmentSigned(amendment_id="a1", party="us", signatory="陈晨", method=SigningMethod.WET_INK), by=CAROL
)
amended = amendment_signed_by_us + told(
    AmendmentSigned(amendment_id="a1", party="c1", signatory="Wang Wei", method=SigningMethod.ELECTRONIC, party_id="huadong"),
    AmendmentTookEffect(amendment_id="a1", operations=MORE_LAPTOPS),
    by=CAROL,
)
FROM_JULY_ON = datetime(2026, 7, 1, tzinfo=UTC)
amendment_waiting = amendment_signed_by_us + told(
    AmendmentSigned(amendment_id="a1", party="c1", signatory="Wang Wei", method=SigningMethod.ELECTRONIC, party_id="huadong"),
    AmendmentWaits(amendment_id="a1", effective_from=FROM_JULY_ON),
    by=CAROL,
)
IN_JULY = datetime(2026, 7, 2, 8, 0, tzinfo=UTC)
amended_in_july = (
    *amendment_waiting,
    Told(AmendmentTookEffect(amendment_id="a1", operations=MORE_LAPTOPS), ALICE, FROM_JULY_ON, IN_JULY),
)
amendment_lapsed = amendment_waiting + told(
    AmendmentLapsed(amendment_id="a1"), ContractTerminated(ground="供应商破产 / The supplier went bankrupt")
)

completed = delivered + told(FIRST_PAYMENT, SECOND_PAYMENT, by=CAROL) + told(ContractCompleted(note="履约完毕 / All done"))
terminated = half_paid + told(ContractTerminated(ground="供应商破产 / The supplier went bankrupt"))
terminated_at_a_fee = half_paid + told(
    ContractTerminated(
        ground="提前退出 / Leaving early", exit_fee=cny("5000.00"), exit_obligations=("归还已付设备 / Return what was delivered",)
    )
)
abandoned = drafted + told(ContractTerminated(ground="需求取消 / No longer needed"))
suspended = half_paid + told(ContractSuspended(why="台风停运 / A typhoon closed the port", until=date(2026, 8, 31)))
resumed = suspended + told(ContractResumed(note="恢复供货 / Supply goes on"))
AFTER_THE_LAST_DAY = datetime(2027, 1, 1, 9, 0, tzinfo=UTC)
noticed = half_paid + told(RenewalNoticeGiven(party="c1", renews=True, note="愿意续签 / Will go on"))
NEXT_YEAR = Period(start=date(2027, 1, 1), end=date(2027, 12, 31))
renewed = noticed + told(ContractRenewed(period=NEXT_YEAR, previous=DRAFTED.period, note="续签一年 / One more year"))
expired = (*half_paid, Told(ContractExpired(note="期限届满 / The period ran out"), ALICE, AFTER_THE_LAST_DAY, AFTER_THE_LAST_DAY))
archived = completed + told(ContractArchived(reference="档-2027-001"))

RIGHT_PAYMENT = PaymentRecorded(
    payment_id="p1",
    amount=cny("41170.00"),
    method=PaymentMethod.BANK_TRANSFER,
    reference="工行-20260214-0007",
    instalment_id="i1",
    payer="塔利科技（上海）有限公司",
    payee="华东办公设备有限公司",
)
PAYMENT_VERSION = len(half_paid)
corrected = half_paid + told(
    FactCorrected(
        corrects=PAYMENT_VERSION, was=Restated(FIRST_PAYMENT), becomes=Restated(RIGHT_PAYMENT), why="金额录入颠倒 / Digits swapped"
    ),
    by=CAROL,
)
struck_out = half_paid + told(
    FactCorrected(corrects=PAYMENT_VERSION, was=Restated(FIRST_PAYMENT), becomes=None, why="记错合同 / Booked on the wrong contract"),
    by=CAROL,
)

SOURCE = Source(
    publisher="Secretaría de la Hacienda Pública",
    file="jalisco-2019.json",
    ocid="ocds-8nyp47-1",
    release_id="ocds-8nyp47-1-2019",
    contract_id="1",
)
PUBLISHED = ContractDrafted(
    number="CT-2019/17",
    title="Adquisición de mobiliario",
    kind=Kind.SUPPLIER,
    direction=Direction.PAYABLE,
    our_entity="Gobierno de Jalisco",
    counterparties=(Counterparty(counterparty_id="MX-RFC-1", name="Muebles de Occidente", role="supplier"),),
    value=Money.of("250000.00", "MXN"),
    confidentiality=Confidentiality.PUBLIC,
    source=SOURCE,
)
SIGNED_IN_2019 = datetime(2019, 4, 2, tzinfo=UTC)
published = (
    Told(PUBLISHED, "importer", datetime(2019, 3, 1, tzinfo=UTC)),
    Told(Signed(party="all_parties"), "importer", SIGNED_IN_2019),
    Told(ContractInForce(), "importer", SIGNED_IN_2019),
    Told(PublicationRecorded(source=SOURCE, released_at=SIGNED_IN_2019), "importer", SIGNED_IN_2019),
)

HISTORIES = {name: history for name, history in list(globals().items()) if name.islower() and isinstance(history, tuple) and history}
