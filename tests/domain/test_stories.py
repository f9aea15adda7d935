"""The named histories are what people's commands really lead to."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from domain.contract import ContractCommand
from domain.contract.acceptance import FixDefect, RaiseDefect, RequestAcceptance
from domain.contract.accrual import AccrueInterest, AccruePenalty, WaiveInterest, WaivePenalty
from domain.contract.agreement import AgreeTerm, ChangeTerm
from domain.contract.amendment import ApproveAmendment, ProposeAmendment, RejectAmendment, SignAmendment, TakeAmendmentIntoEffect
from domain.contract.approval import Approve, DelegateStep, Reject, SendBack, SubmitForApproval, WithdrawSubmission
from domain.contract.breach import DeclareBreach, RecordBreachRemedied, RecordObligationDue, RecordObligationOverdue
from domain.contract.closing import ArchiveContract, CompleteContract, ExpireContract, TerminateContract
from domain.contract.content import RewordClause
from domain.contract.continuation import GiveRenewalNotice, RenewContract, ResumeContract, SuspendContract
from domain.contract.correction import CorrectMeasurement, CorrectPayment, StrikeOut
from domain.contract.credit import GrantServiceCredit
from domain.contract.delivery import AcceptDelivery, RecordDelivery, RejectDelivery
from domain.contract.deviation import ApproveClauseDeviation, RejectClauseDeviation, RequestClauseDeviation
from domain.contract.disputes import EnterDisputeStep, OpenDispute
from domain.contract.invoicing import RegisterInvoice, VoidInvoice
from domain.contract.payment import RecordPayment, ReversePayment
from domain.contract.publication import PublishedStatus, RecordPublication
from domain.contract.relief import ClaimRelief, GrantRelief, RefuseRelief
from domain.contract.services import MeasureServiceLevel, ReachMilestone, RecordFeedback, RecordService
from domain.contract.settlement import (
    AllocatePayment,
    BreakReconciliation,
    HoldRetention,
    MatchReconciliation,
    RefundPayment,
    ReleaseRetention,
)
from domain.contract.signing import AffixSeal, DepositOriginal, FixText, RequestSignature, Sign
from domain.contract.vocabulary import PaymentMethod, SealKind, SigningMethod, TextFormat, TextLanguage
from domain.facts import Entry
from domain.terms.dispute import StepKind
from domain.terms.exact import Ratio
from domain.terms.late_delivery import LateDeliveryDamages
from tests import facts
from tests.domain.tables.claims import RESOLVE, SERVE
from tests.domain.tables.drafting import DRAFT
from tests.domain.tables.earnings import EARN, SHARE
from tests.domain.tables.pricing import ADJUST
from tests.facts import (
    A_YEAR_ON,
    AFTER_FEBRUARY,
    AFTER_THE_LAST_DAY,
    CAME,
    FEBRUARY,
    FIRST_PAYMENT,
    FOREIGN_LAW,
    FROM_JULY_ON,
    HISTORIES,
    IN_APRIL,
    IN_JULY,
    INDEXED,
    INVOICE,
    LATE_DELIVERY,
    LATE_PAYMENT,
    LESS_UPTIME,
    MORE_LAPTOPS,
    NEXT_YEAR,
    ON_ACCEPTANCE,
    PAYMENT_VERSION,
    POINTS,
    PRAISE,
    PROFITS,
    PUBLISHED,
    RIGHT_PAYMENT,
    SATISFACTION,
    SECOND_INVOICE,
    SERVICE_LEVEL,
    SHIPMENT_OWED,
    SIGNED_IN_2019,
    SOURCE,
    SUPPORT,
    TO_INVOICE,
    TYPHOON,
    UPTIME,
    WARRANTY,
    cny,
)
from tests.spec import ALICE, BOB, CAROL, Given, History, given

Step = tuple[str, ContractCommand] | tuple[str, ContractCommand, datetime]

SUBMIT: Step = (ALICE, SubmitForApproval(note="请审批 / Please decide"))
APPROVE: Step = (BOB, Approve(opinion="同意 / Agreed"))
WE_SIGN: Step = (CAROL, Sign(party="us", signatory="陈晨", method=SigningMethod.WET_INK))
THEY_SIGN: Step = (CAROL, Sign(party="c1", signatory="Wang Wei", method=SigningMethod.ELECTRONIC))
AGREE_DAMAGES: Step = (ALICE, AgreeTerm(term_id="t1", term=LateDeliveryDamages(rate=Ratio.of("0.1%"))))
CHANGE_DAMAGES: Step = (ALICE, ChangeTerm(term_id="t1", term=LATE_DELIVERY))
AGREE_INTEREST: Step = (ALICE, AgreeTerm(term_id="t2", term=LATE_PAYMENT))
PAY: Step = (
    CAROL,
    RecordPayment(
        payment_id="p1",
        amount=FIRST_PAYMENT.amount,
        method=FIRST_PAYMENT.method,
        reference=FIRST_PAYMENT.reference,
        instalment_id="i1",
        payer=FIRST_PAYMENT.payer,
        payee=FIRST_PAYMENT.payee,
    ),
)
PAY_THE_REST: Step = (
    CAROL,
    RecordPayment(payment_id="p2", amount=cny("41710.00"), method=PaymentMethod.BANK_TRANSFER, instalment_id="i2"),
)
PAY_MORE: Step = (
    CAROL,
    RecordPayment(payment_id="p3", amount=cny("580.00"), method=PaymentMethod.OFFSET, overpayment_reason="代垫运费 / Freight advanced"),
)
DELIVER: Step = (CAROL, RecordDelivery(delivery_id="d1", quantity=CAME.quantity, waybill=CAME.waybill))
ACCEPT: Step = (BOB, AcceptDelivery(delivery_id="d1", note="验收合格 / As ordered"))
PROPOSE: Step = (ALICE, ProposeAmendment(amendment_id="a1", operations=MORE_LAPTOPS, why="新增五名员工 / Five people joined"))
AGREE: Step = (BOB, ApproveAmendment(amendment_id="a1", opinion="同意"))
WE_AMEND: Step = (CAROL, SignAmendment(amendment_id="a1", party="us", signatory="陈晨", method=SigningMethod.WET_INK))
THEY_AMEND: Step = (CAROL, SignAmendment(amendment_id="a1", party="c1", signatory="Wang Wei", method=SigningMethod.ELECTRONIC))
PUBLISH: Step = (
    "importer",
    RecordPublication(
        source=SOURCE,
        released_at=SIGNED_IN_2019,
        drafted_at=facts.published[0].effective_at or SIGNED_IN_2019,
        number=PUBLISHED.number,
        title=PUBLISHED.title,
        our_entity=PUBLISHED.our_entity,
        counterparties=PUBLISHED.counterparties,
        value=PUBLISHED.value,
        status=PublishedStatus.ACTIVE,
        signed_at=SIGNED_IN_2019,
    ),
)

DRAFTED: tuple[Step, ...] = ((ALICE, DRAFT),)
APPROVED = (*DRAFTED, SUBMIT, APPROVE)
SIGNED = (*APPROVED, WE_SIGN, THEY_SIGN)
INVOICED = (*SIGNED, PAY, (CAROL, RegisterInvoice(invoice=INVOICE)))
ALLOCATE: Step = (CAROL, AllocatePayment(payment_id="p1", shares=TO_INVOICE))
MATCH: Step = (CAROL, MatchReconciliation(payment_id="p1", statement="工行-2026-02 / 17", amount=cny("41710.00")))
RETAIN: Step = (CAROL, HoldRetention(retention=WARRANTY))
COMPLAIN: Step = (
    BOB,
    RaiseDefect(defect_id="f1", delivery_id="d1", description="两台无法开机 / Two do not start", fix_by=date(2026, 4, 30)),
)
SERVING = (
    *SIGNED,
    (ALICE, ReachMilestone(milestone_id="k", description="上线 / Went live")),
    (ALICE, RecordService(service=SUPPORT)),
    (ALICE, MeasureServiceLevel(measurement=UPTIME)),
    (ALICE, RecordFeedback(feedback=PRAISE)),
)
MEASURED = (
    *DRAFTED,
    (ALICE, AgreeTerm(term_id="sla", term=SERVICE_LEVEL)),
    SUBMIT,
    APPROVE,
    WE_SIGN,
    THEY_SIGN,
    (ALICE, MeasureServiceLevel(measurement=FEBRUARY), AFTER_FEBRUARY),
)
LATE = (
    *DRAFTED,
    AGREE_DAMAGES,
    CHANGE_DAMAGES,
    AGREE_INTEREST,
    SUBMIT,
    APPROVE,
    WE_SIGN,
    (*THEY_SIGN[:2], IN_APRIL),
)
PENALISE: Step = (ALICE, AccruePenalty(delivery_id="d1", through=date(2026, 4, 20)))
CHARGE: Step = (CAROL, AccrueInterest(instalment_id="i1", through=date(2026, 4, 20)))
FALL_DUE: Step = (ALICE, RecordObligationDue(obligation=SHIPMENT_OWED))
PASS_BY: Step = (ALICE, RecordObligationOverdue(obligation=SHIPMENT_OWED))
BREAK: Step = (
    ALICE,
    DeclareBreach(
        breach_id="b1", by="us", against="c1", about="逾期交付 / Late delivery", obligation=SHIPMENT_OWED, cure_by=date(2026, 5, 20)
    ),
)
CLAIM: Step = (
    ALICE,
    ClaimRelief(
        relief_id="r1",
        party="c1",
        event=TYPHOON.event,
        start=TYPHOON.start,
        end=TYPHOON.end,
        deliveries=TYPHOON.deliveries,
        evidence=TYPHOON.evidence,
    ),
)
GRANT: Step = (ALICE, GrantServiceCredit(term_id="sla", month=date(2026, 2, 28), fee=cny("7000.00"), note="二月 / February"))
PRICED = (*DRAFTED, (ALICE, AgreeTerm(term_id="prices", term=INDEXED)), SUBMIT, APPROVE, WE_SIGN, THEY_SIGN)
SCORED = (
    *DRAFTED,
    (ALICE, AgreeTerm(term_id="share", term=PROFITS)),
    (ALICE, AgreeTerm(term_id="kpi", term=SATISFACTION)),
    SUBMIT,
    APPROVE,
    WE_SIGN,
    THEY_SIGN,
    (ALICE, MeasureServiceLevel(measurement=POINTS), AFTER_FEBRUARY),
)
DISPUTED = (
    *SIGNED,
    (ALICE, OpenDispute(dispute_id="q1", about="验收标准 / How it is accepted", by="c1", claim=cny("41710.00"))),
)
MEDIATE: Step = (
    ALICE,
    EnterDisputeStep(dispute_id="q1", step=StepKind.MEDIATION, forum="上海市调解中心"),
    datetime(2026, 1, 6, tzinfo=UTC),
)
SCHEDULED = (*DRAFTED, (ALICE, AgreeTerm(term_id="pay", term=ON_ACCEPTANCE)), SUBMIT, APPROVE, WE_SIGN, THEY_SIGN)
PAY_EARLY: Step = (
    CAROL,
    RecordPayment(
        payment_id="p2",
        amount=cny("41710.00"),
        method=PaymentMethod.BANK_TRANSFER,
        instalment_id="i2",
        advance_reason="供应商资金周转 / The supplier is short of cash",
    ),
)
AMENDING = (*SIGNED, PROPOSE, AGREE, WE_AMEND)
WAITING = (
    *AMENDING,
    (
        CAROL,
        SignAmendment(amendment_id="a1", party="c1", signatory="Wang Wei", method=SigningMethod.ELECTRONIC, effective_from=FROM_JULY_ON),
    ),
)
COMPLETED = (*SIGNED, DELIVER, ACCEPT, PAY, PAY_THE_REST, (ALICE, CompleteContract(note="履约完毕 / All done")))
NOTICE: Step = (ALICE, GiveRenewalNotice(party="c1", renews=True, note="愿意续签 / Will go on"))
SUSPEND: Step = (ALICE, SuspendContract(why="台风停运 / A typhoon closed the port", until=date(2026, 8, 31)))

STORIES: dict[str, tuple[Step, ...]] = {
    "drafted": DRAFTED,
    "with_terms": (*DRAFTED, AGREE_DAMAGES, CHANGE_DAMAGES, AGREE_INTEREST),
    "submitted": (*DRAFTED, SUBMIT),
    "withdrawn": (*DRAFTED, SUBMIT, (ALICE, WithdrawSubmission(why="附件有误 / Wrong annex"))),
    "sent_back": (*DRAFTED, SUBMIT, (BOB, SendBack(opinion="请补充验收标准 / State how it is accepted"))),
    "delegated": (*DRAFTED, SUBMIT, (BOB, DelegateStep(to="dave", why="出差 / Travelling"))),
    "rejected": (*DRAFTED, SUBMIT, (BOB, Reject(opinion="预算不足 / No budget"))),
    "approved": APPROVED,
    "signed_by_us": (*APPROVED, WE_SIGN),
    "signed": SIGNED,
    "in_force": SIGNED,
    "half_paid": (*SIGNED, PAY),
    "reversed_payment": (*SIGNED, PAY, (CAROL, ReversePayment(payment_id="p1", why="退汇 / Returned by the bank"))),
    "fully_paid": (*SIGNED, PAY, PAY_THE_REST),
    "overpaid": (*SIGNED, PAY, PAY_THE_REST, PAY_MORE),
    "text_fixed": (
        *APPROVED,
        (
            CAROL,
            FixText(
                sha256="ab" * 32,
                format=TextFormat.PDF,
                language=TextLanguage.CHINESE,
                rendered_version=11,
                renderer="tallystick/0.1.0 reportlab/5.1.0",
            ),
        ),
    ),
    "signature_requested": (*APPROVED, (CAROL, RequestSignature(party="c1", signatory="Wang Wei", due=date(2026, 1, 20)))),
    "deposited": (
        *SIGNED,
        (CAROL, AffixSeal(party="us", kind=SealKind.CONTRACT, by="陈晨")),
        (CAROL, DepositOriginal(place="档案室 3 柜 / Archive, cabinet 3", copies=2)),
    ),
    "acceptance_requested": (
        *SIGNED,
        DELIVER,
        (CAROL, RequestAcceptance(delivery_id="d1", due=date(2026, 4, 10), note="请验收 / Please judge")),
    ),
    "defective": (*SIGNED, DELIVER, ACCEPT, COMPLAIN),
    "mended": (*SIGNED, DELIVER, ACCEPT, COMPLAIN, (BOB, FixDefect(defect_id="f1", how="已更换 / Replaced"))),
    "overdelivered": (
        *SIGNED,
        DELIVER,
        (
            CAROL,
            RecordDelivery(
                delivery_id="d1b", description="备件 / Spares", quantity=Decimal(5), towards="d1", excess_reason="备件 / Spares"
            ),
        ),
    ),
    "serving": SERVING,
    "measurement_corrected": (*SERVING, (ALICE, CorrectMeasurement(measurement=LESS_UPTIME, why="数字颠倒 / Digits swapped"))),
    "with_service_level": MEASURED[:-1],
    "measured": MEASURED,
    "credited": (*MEASURED, GRANT),
    "with_earnings": SCORED[:-1],
    "scored": SCORED,
    "earned": (*SCORED, (ALICE, SHARE), (ALICE, EARN)),
    "priced": PRICED,
    "repriced": (*PRICED, (BOB, ADJUST, A_YEAR_ON)),
    "notice_served": (*SIGNED, (ALICE, SERVE)),
    "disputed": DISPUTED,
    "mediating": (*DISPUTED, MEDIATE),
    "dispute_resolved": (*DISPUTED, MEDIATE, (ALICE, RESOLVE)),
    "invoiced": INVOICED,
    "invoice_voided": (*INVOICED, (CAROL, VoidInvoice(invoice_id="v1", why="税号有误 / Wrong tax number"))),
    "overinvoiced": (
        *INVOICED,
        (CAROL, RegisterInvoice(invoice=SECOND_INVOICE, overinvoicing_reason="代垫运费 / Freight advanced")),
    ),
    "allocated": (*INVOICED, ALLOCATE),
    "refunded": (
        *INVOICED,
        ALLOCATE,
        (CAROL, RefundPayment(payment_id="p1", amount=cny("710.00"), why="多付 / Paid too much", reference="工行-20260301-0009")),
    ),
    "reconciled": (*SIGNED, PAY, MATCH),
    "reconciliation_broken": (
        *SIGNED,
        PAY,
        MATCH,
        (
            CAROL,
            BreakReconciliation(payment_id="p1", statement="工行-2026-02 / 18", why="银行少记 / The bank has less", found=cny("41700.00")),
        ),
    ),
    "retained": (*SIGNED, PAY, RETAIN),
    "retention_released": (
        *SIGNED,
        PAY,
        RETAIN,
        (BOB, ReleaseRetention(retention_id="r1", amount=cny("4171.00"), note="质保期满 / Warranty over")),
    ),
    "shipped": (*SIGNED, DELIVER),
    "delivered": (*SIGNED, DELIVER, ACCEPT),
    "delivery_rejected": (*SIGNED, DELIVER, (BOB, RejectDelivery(delivery_id="d1", why="外包装破损 / Damaged"))),
    "late": LATE,
    "penalised": (*LATE, PENALISE),
    "penalty_waived": (*LATE, PENALISE, (BOB, WaivePenalty(delivery_id="d1", amount=cny("200.00"), why="首次逾期 / The first time"))),
    "bearing_interest": (*LATE, CHARGE),
    "interest_waived": (*LATE, CHARGE, (BOB, WaiveInterest(instalment_id="i1", amount=cny("18.14"), why="协商免除 / Agreed"))),
    "obligation_due": (*LATE, FALL_DUE),
    "obligation_overdue": (*LATE, FALL_DUE, PASS_BY),
    "breach_declared": (*LATE, FALL_DUE, PASS_BY, BREAK),
    "breach_remedied": (
        *LATE,
        FALL_DUE,
        PASS_BY,
        BREAK,
        (ALICE, RecordBreachRemedied(breach_id="b1", how="已补交 / Delivered after all")),
    ),
    "relief_claimed": (*LATE, CLAIM),
    "relief_granted": (
        *LATE,
        CLAIM,
        (BOB, GrantRelief(relief_id="r1", start=date(2026, 4, 3), end=date(2026, 4, 8), opinion="属实 / As it was")),
    ),
    "relief_refused": (*LATE, CLAIM, (BOB, RefuseRelief(relief_id="r1", why="证据不足 / Not proven"))),
    "amendment_proposed": (*SIGNED, PROPOSE),
    "amendment_rejected": (*SIGNED, PROPOSE, (BOB, RejectAmendment(amendment_id="a1", opinion="暂缓 / Not now"))),
    "amendment_approved": (*SIGNED, PROPOSE, AGREE),
    "amendment_signed_by_us": AMENDING,
    "scheduled": SCHEDULED,
    "prepaid": (*SCHEDULED, PAY_EARLY),
    "amended": (*AMENDING, THEY_AMEND),
    "amendment_waiting": WAITING,
    "amended_in_july": (*WAITING, (ALICE, TakeAmendmentIntoEffect(amendment_id="a1"), IN_JULY)),
    "amendment_lapsed": (*WAITING, (ALICE, TerminateContract(ground="供应商破产 / The supplier went bankrupt"))),
    "completed": COMPLETED,
    "terminated": (*SIGNED, PAY, (ALICE, TerminateContract(ground="供应商破产 / The supplier went bankrupt"))),
    "terminated_at_a_fee": (
        *SIGNED,
        PAY,
        (
            ALICE,
            TerminateContract(
                ground="提前退出 / Leaving early", exit_fee=cny("5000.00"), exit_obligations=("归还已付设备 / Return what was delivered",)
            ),
        ),
    ),
    "suspended": (*SIGNED, PAY, SUSPEND),
    "resumed": (*SIGNED, PAY, SUSPEND, (ALICE, ResumeContract(note="恢复供货 / Supply goes on"))),
    "noticed": (*SIGNED, PAY, NOTICE),
    "renewed": (*SIGNED, PAY, NOTICE, (ALICE, RenewContract(period=NEXT_YEAR, note="续签一年 / One more year"))),
    "expired": (*SIGNED, PAY, (ALICE, ExpireContract(note="期限届满 / The period ran out"), AFTER_THE_LAST_DAY)),
    "archived": (*COMPLETED, (ALICE, ArchiveContract(reference="档-2027-001"))),
    "abandoned": (*DRAFTED, (ALICE, TerminateContract(ground="需求取消 / No longer needed"))),
    "corrected": (*SIGNED, PAY, (CAROL, CorrectPayment(payment_id="p1", why="金额录入颠倒 / Digits swapped", amount=RIGHT_PAYMENT.amount))),
    "struck_out": (*SIGNED, PAY, (CAROL, StrikeOut(version=PAYMENT_VERSION, why="记错合同 / Booked on the wrong contract"))),
    "published": (PUBLISH,),
}


ASK: Step = (ALICE, RequestClauseDeviation(deviation_id="v1", clause_id="9", becomes=FOREIGN_LAW, why="对方要求 / The other side asks"))
ALLOW: Step = (BOB, ApproveClauseDeviation(deviation_id="v1", opinion="同意 / Agreed"))
# What is drafted from a template needs the template around it, and is told with it in test_grants: these go on from there.
FROM_TEMPLATE: dict[str, tuple[Step, ...]] = {
    "deviation_requested": (ASK,),
    "deviation_rejected": (ASK, (BOB, RejectClauseDeviation(deviation_id="v1", opinion="不得改动 / It stays"))),
    "deviation_approved": (ASK, ALLOW),
    "deviated": (ASK, ALLOW, (ALICE, RewordClause(clause=FOREIGN_LAW))),
}


def lived(steps: tuple[Step, ...], *, after: History = ()) -> list[Entry]:
    """What the ledger holds after these commands."""
    story = given(after)
    for by, command, *at in steps:
        story = Given(story.when(command, by=by, at=at[0] if at else None).granted().entries)
    return story.entries


@pytest.mark.parametrize("name", STORIES)
def test_commands_lead_to_the_history_of_that_name(name: str) -> None:
    assert [(e.meta.actor, e.fact) for e in lived(STORIES[name])] == [(t.by, t.fact) for t in HISTORIES[name]]


@pytest.mark.parametrize("name", FROM_TEMPLATE)
def test_commands_on_a_templated_draft_lead_to_the_history_of_that_name(name: str) -> None:
    entries = lived(FROM_TEMPLATE[name], after=HISTORIES["from_template"])
    assert [(e.meta.actor, e.fact) for e in entries] == [(t.by, t.fact) for t in HISTORIES[name]]


def test_a_contract_that_was_published_is_dated_as_published() -> None:
    assert [e.effective_at for e in lived(STORIES["published"])] == [t.effective_at for t in HISTORIES["published"]]


def test_every_named_history_but_the_barest_and_the_templated_has_its_story() -> None:
    assert set(HISTORIES) - {"just_drafted", "from_template"} == set(STORIES) | set(FROM_TEMPLATE)
