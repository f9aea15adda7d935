"""What each command says when it is granted, and exactly which fields of the contract that changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple, get_args

import pytest

from domain.contract import ContractCommand
from domain.contract.acceptance import AcceptanceRequested, DefectFixed, DefectRaised, FixDefect, RaiseDefect, RequestAcceptance
from domain.contract.accrual import AccrueInterest, AccruePenalty, InterestWaived, PenaltyWaived, WaiveInterest, WaivePenalty
from domain.contract.agreement import AgreeTerm, ChangeTerm, TermAgreed, TermChanged, TermWithdrawn, WithdrawTerm
from domain.contract.amendment import (
    AmendmentApproved,
    AmendmentProposed,
    AmendmentRejected,
    AmendmentSigned,
    AmendmentTookEffect,
    AmendmentWaits,
    ApproveAmendment,
    ProposeAmendment,
    RejectAmendment,
    SignAmendment,
    TakeAmendmentIntoEffect,
)
from domain.contract.approval import (
    ApprovalCompleted,
    ApprovalWithdrawn,
    Approve,
    DelegateStep,
    Reject,
    SendBack,
    SentBack,
    StepApproved,
    StepDelegated,
    StepRejected,
    SubmitForApproval,
    SubmittedForApproval,
    WithdrawSubmission,
)
from domain.contract.breach import (
    BreachDeclared,
    BreachRemedied,
    DeclareBreach,
    RecordBreachRemedied,
    RecordObligationDue,
    RecordObligationOverdue,
)
from domain.contract.catalogued import AddItemFromProduct
from domain.contract.closing import (
    ArchiveContract,
    CompleteContract,
    ContractArchived,
    ContractCompleted,
    ContractExpired,
    ContractTerminated,
    DeliveriesOutstanding,
    ExpireContract,
    TerminateContract,
)
from domain.contract.content import (
    AddClause,
    AddLineItem,
    ClauseAdded,
    ClauseReworded,
    ClauseWithdrawn,
    LineItemAdded,
    LineItemRemoved,
    LineItemRevised,
    RemoveLineItem,
    ReviseLineItem,
    RewordClause,
    WithdrawClause,
)
from domain.contract.continuation import (
    ContractRenewed,
    ContractResumed,
    ContractSuspended,
    GiveRenewalNotice,
    RenewalNoticeGiven,
    RenewContract,
    ResumeContract,
    SuspendContract,
)
from domain.contract.correction import (
    CorrectDelivery,
    CorrectInvoice,
    CorrectMeasurement,
    CorrectMilestone,
    CorrectPayment,
    CorrectService,
    FactCorrected,
    Restated,
    StrikeOut,
)
from domain.contract.credit import GrantServiceCredit
from domain.contract.custom import ClearCustomField, CustomFieldCleared, CustomFieldSet, SetCustomField
from domain.contract.delivery import (
    AcceptDelivery,
    DeliveryAccepted,
    DeliveryExceedsPlan,
    DeliveryRecorded,
    DeliveryRejected,
    DeliveryRescheduled,
    DeliveryScheduled,
    ExcessDeliveryAccepted,
    RecordDelivery,
    RejectDelivery,
    RescheduleDelivery,
    ScheduleDelivery,
)
from domain.contract.deviation import (
    ApproveClauseDeviation,
    ClauseDeviationApproved,
    ClauseDeviationRejected,
    ClauseDeviationRequested,
    RejectClauseDeviation,
    RequestClauseDeviation,
)
from domain.contract.difference import changes
from domain.contract.disputes import EnterDisputeStep, OpenDispute
from domain.contract.drafting import (
    AddCounterparty,
    AttachDocument,
    ChangeOwner,
    ChangePeriod,
    ChangeTitle,
    ChangeValue,
    CounterpartyAdded,
    CounterpartyRemoved,
    DocumentAttached,
    DraftContract,
    Note,
    Noted,
    OwnerChanged,
    PeriodChanged,
    RemoveCounterparty,
    TemplateUsed,
    TitleChanged,
    ValueChanged,
)
from domain.contract.invoicing import InvoiceRegistered, InvoiceVoided, OverinvoicingAccepted, RegisterInvoice, VoidInvoice
from domain.contract.operations import PutDelivery
from domain.contract.particulars import (
    ChangeCounterpartyRole,
    CounterpartyRoleChanged,
    DocumentSuperseded,
    LineItemRepriced,
    RepriceLineItem,
    SupersedeDocument,
    Tag,
    Tagged,
    Untag,
    Untagged,
)
from domain.contract.payment import (
    OverpaymentAccepted,
    PaymentRecorded,
    PaymentRescheduled,
    PaymentReversed,
    PaymentScheduled,
    PaymentUnscheduled,
    RecordPayment,
    ReschedulePayment,
    ReversePayment,
    SchedulePayment,
    UnschedulePayment,
)
from domain.contract.publication import RecordPublication
from domain.contract.relief import ClaimRelief, GrantRelief, RefuseRelief, ReliefGranted, ReliefRefused
from domain.contract.review import CompleteReview, RecordReviewDue, ReviewFellDue, ScheduleReview
from domain.contract.risk import AssessRisk, MitigateRisk
from domain.contract.services import (
    FeedbackRecorded,
    MeasureServiceLevel,
    MilestoneReached,
    ReachMilestone,
    RecordFeedback,
    RecordService,
    ServiceLevelMeasured,
    ServicePerformed,
)
from domain.contract.settlement import (
    AllocatePayment,
    BreakReconciliation,
    HoldRetention,
    MatchReconciliation,
    PaymentAllocated,
    PaymentRefunded,
    ReconciliationBroken,
    ReconciliationMatched,
    RefundPayment,
    ReleaseRetention,
    RetentionHeld,
    RetentionReleased,
)
from domain.contract.signing import (
    AffixSeal,
    ContractInForce,
    DepositOriginal,
    FixText,
    OriginalDeposited,
    RequestSignature,
    SealAffixed,
    Sign,
    SignatureRequested,
    Signed,
    TextFixed,
)
from domain.contract.sourcing import ChooseQuote, QuoteChosen, QuoteRecorded, RecordQuote
from domain.contract.templated import DraftFromTemplate, fits
from domain.contract.vocabulary import (
    Clause,
    Counterparty,
    Document,
    FieldType,
    Filling,
    Instalment,
    LineItem,
    PaymentMethod,
    Period,
    SealKind,
    SigningMethod,
    TemplateRef,
    TextFormat,
    TextLanguage,
)
from domain.document import MediaTypeDiffers
from domain.facts import Dated, Fact
from domain.template import PlaceholderType, Template
from domain.terms.dispute import StepKind
from domain.terms.exact import Ratio
from tests.domain.archive import PURCHASE, SEEN, Archive, Library
from tests.domain.tables.agreement import RENEWAL
from tests.domain.tables.claims import RESOLVE, SERVE
from tests.domain.tables.closing import OVER
from tests.domain.tables.drafting import DRAFT, NEW_CLAUSE, NEW_ITEM, NEW_PARTY, SCAN
from tests.domain.tables.earnings import EARN, SHARE
from tests.domain.tables.particulars import ASKED, FOUND, OFFERS, PAPERS, QUOTE
from tests.domain.tables.pricing import ADJUST, DUE
from tests.domain.tables.risk import ASSESSED, MITIGATED
from tests.facts import (
    ADVANCE,
    AGREED_AT_LAST,
    AT_MEDIATION,
    CAME,
    CHAIRS,
    CREDIT,
    CURE,
    DAMAGES,
    DEARER,
    DRAFTED,
    EARNED,
    FELL_DUE,
    FIRST_HALF,
    FIRST_PAYMENT,
    FOREIGN_LAW,
    FROM_JULY_ON,
    INTEREST,
    INVOICE,
    LAPTOPS,
    LATE_DELIVERY,
    LESS_UPTIME,
    MORE_LAPTOPS,
    NEXT_YEAR,
    OVERDUE,
    PAYMENT_VERSION,
    PENALTY,
    PRAISE,
    QUARREL,
    RIGHT_PAYMENT,
    SCOPE,
    SECOND_HALF,
    SECOND_INVOICE,
    SECOND_PAYMENT,
    SHARED,
    SHIPMENT,
    SHIPMENT_OWED,
    SUPPORT,
    TO_INVOICE,
    TYPHOON,
    UPTIME,
    WARRANTY,
    allocated,
    amendment_approved,
    amendment_proposed,
    amendment_signed_by_us,
    approved,
    bearing_interest,
    breach_declared,
    cny,
    completed,
    defective,
    delivered,
    delivery_rejected,
    deviation_approved,
    deviation_requested,
    disputed,
    drafted,
    from_template,
    fully_paid,
    half_paid,
    in_force,
    invoiced,
    late,
    measured,
    mediating,
    noticed,
    penalised,
    refunded,
    relief_claimed,
    retained,
    retention_released,
    scheduled,
    scored,
    serving,
    shipped,
    signed_by_us,
    submitted,
    suspended,
    with_terms,
)
from tests.spec import ALICE, BOB, CAROL, DAVE, START, History, given, told


class Grant(NamedTuple):
    """On a history somebody commands: these facts follow, and these paths of the contract differ."""

    given: History
    command: ContractCommand
    by: str
    facts: tuple[Fact, ...]
    paths: set[str]

    def __str__(self) -> str:
        """For a test's name."""
        return type(self.command).__name__


REWORDED = replace(SCOPE, text="改 / Reworded")
RECORDED = drafted + OFFERS + told(QuoteChosen(quote_id="q2", why="x"))
STRICTER = replace(LATE_DELIVERY, rate=Ratio.of("0.1%"))
FEWER = replace(LAPTOPS, quantity=Decimal(19))
LATER = Instalment(instalment_id="i1", amount=FIRST_HALF.amount, due=date(2026, 3, 1), description=FIRST_HALF.description)
MOVED = replace(SHIPMENT, due=date(2026, 4, 30))
CAME_SHORT = replace(CAME, quantity=Decimal(19))
FREIGHT = PaymentRecorded(payment_id="p3", amount=cny("580.00"), method=PaymentMethod.CASH, payer="我方", payee="承运人 / Carrier")
EXTENDED = Period(start=date(2026, 1, 15), end=date(2027, 12, 31))

GRANTS = (
    Grant(
        (),
        DRAFT,
        ALICE,
        (
            DRAFTED,
            ClauseAdded(clause=SCOPE),
            ClauseAdded(clause=DAMAGES),
            LineItemAdded(item=LAPTOPS),
            LineItemAdded(item=CHAIRS),
            PaymentScheduled(instalment=FIRST_HALF),
            PaymentScheduled(instalment=SECOND_HALF),
            DeliveryScheduled(delivery=SHIPMENT),
        ),
        {
            "number",
            "title",
            "kind",
            "our_entity",
            "currency",
            "value",
            "period.start",
            "period.end",
            "owner",
            "department",
            "drafted_by",
            "counterparties.c1",
            "clauses.1",
            "clauses.7",
            "items.1",
            "items.2",
            "instalments.i1",
            "instalments.i2",
            "planned_deliveries.d1",
        },
    ),
    Grant(drafted, ChangeTitle(title="新题 / New"), ALICE, (TitleChanged(title="新题 / New"),), {"title"}),
    Grant(drafted, ChangeValue(value=cny("1.00")), ALICE, (ValueChanged(value=cny("1.00")),), {"value"}),
    Grant(drafted, ChangePeriod(period=EXTENDED), ALICE, (PeriodChanged(period=EXTENDED),), {"period.end"}),
    Grant(drafted, ChangeOwner(owner="dave"), BOB, (OwnerChanged(owner="dave", department=None),), {"owner", "department"}),
    Grant(drafted, AddCounterparty(counterparty=NEW_PARTY), ALICE, (CounterpartyAdded(counterparty=NEW_PARTY),), {"counterparties.c2"}),
    Grant(drafted, RemoveCounterparty(counterparty_id="c1"), ALICE, (CounterpartyRemoved(counterparty_id="c1"),), {"counterparties.c1"}),
    Grant(drafted, AddClause(clause=NEW_CLAUSE), ALICE, (ClauseAdded(clause=NEW_CLAUSE),), {"clauses.9"}),
    Grant(drafted, RewordClause(clause=REWORDED), ALICE, (ClauseReworded(clause=REWORDED),), {"clauses.1.text"}),
    Grant(drafted, WithdrawClause(clause_id="7"), ALICE, (ClauseWithdrawn(clause_id="7"),), {"clauses.7"}),
    Grant(
        from_template,
        RequestClauseDeviation(deviation_id="v1", clause_id="9", becomes=FOREIGN_LAW, why="x"),
        ALICE,
        (ClauseDeviationRequested(deviation_id="v1", clause_id="9", becomes=FOREIGN_LAW, why="x"),),
        {"deviations.v1"},
    ),
    Grant(
        deviation_requested,
        ApproveClauseDeviation(deviation_id="v1"),
        BOB,
        (ClauseDeviationApproved(deviation_id="v1"),),
        {"deviations.v1.status", "deviations.v1.decided_by"},
    ),
    Grant(
        deviation_approved,
        RejectClauseDeviation(deviation_id="v1", opinion="不行 / No"),
        CAROL,
        (ClauseDeviationRejected(deviation_id="v1", opinion="不行 / No"),),
        {"deviations.v1.status", "deviations.v1.decided_by", "deviations.v1.opinion"},
    ),
    Grant(
        deviation_approved,
        RewordClause(clause=FOREIGN_LAW),
        ALICE,
        (ClauseReworded(clause=FOREIGN_LAW, deviation_id="v1"),),
        {"clauses.9.text", "deviations.v1.status"},
    ),
    Grant(drafted, AddLineItem(item=NEW_ITEM), ALICE, (LineItemAdded(item=NEW_ITEM),), {"items.3"}),
    Grant(drafted, ReviseLineItem(item=FEWER), ALICE, (LineItemRevised(item=FEWER),), {"items.1.quantity"}),
    Grant(drafted, RemoveLineItem(item_id="2"), ALICE, (LineItemRemoved(item_id="2"),), {"items.2"}),
    Grant(with_terms, AgreeTerm(term_id="t3", term=RENEWAL), ALICE, (TermAgreed(term_id="t3", term=RENEWAL),), {"terms.t3"}),
    Grant(
        with_terms,
        ChangeTerm(term_id="t1", term=STRICTER),
        ALICE,
        (TermChanged(term_id="t1", term=STRICTER),),
        {"terms.t1.term.rate", "terms.t1.version", "terms.t1.since"},
    ),
    Grant(with_terms, WithdrawTerm(term_id="t2"), ALICE, (TermWithdrawn(term_id="t2"),), {"terms.t2"}),
    Grant(half_paid, AttachDocument(document=SCAN), CAROL, (DocumentAttached(document=SCAN),), {"documents.doc1"}),
    Grant(half_paid, Note(text="已电话确认 / By phone"), CAROL, (Noted(text="已电话确认 / By phone"),), {f"notes.{len(half_paid) + 1}"}),
    Grant(
        drafted,
        SubmitForApproval(note="急 / Urgent"),
        ALICE,
        (SubmittedForApproval(note="急 / Urgent"),),
        {"status", "submitted_by", "approval"},
    ),
    Grant(
        submitted,
        Approve(),
        BOB,
        (StepApproved(step=1), ApprovalCompleted()),
        {"status", "approved_by", "approval.decisions"},
    ),
    Grant(
        submitted,
        DelegateStep(to=DAVE, why="出差 / Away"),
        BOB,
        (StepDelegated(step=1, seat=None, to=DAVE, why="出差 / Away"),),
        {"approval.handed_over"},
    ),
    Grant(submitted, Reject(opinion="否 / No"), BOB, (StepRejected(step=1, opinion="否 / No"),), {"status"}),
    Grant(submitted, SendBack(opinion="补 / Add"), BOB, (SentBack(step=1, opinion="补 / Add"),), {"status", "submitted_by", "approval"}),
    Grant(
        submitted, WithdrawSubmission(why="撤 / Back"), ALICE, (ApprovalWithdrawn(why="撤 / Back"),), {"status", "submitted_by", "approval"}
    ),
    Grant(
        approved,
        Sign(party="c1", signatory="王伟", method=SigningMethod.DIGITAL_CERTIFICATE, document_sha256="ab" * 32),
        CAROL,
        (Signed(party="c1", signatory="王伟", method=SigningMethod.DIGITAL_CERTIFICATE, document_sha256="ab" * 32, party_id="huadong"),),
        {"signatures.c1"},
    ),
    Grant(
        signed_by_us,
        Sign(party="c1", signatory="王伟", method=SigningMethod.ELECTRONIC),
        CAROL,
        (Signed(party="c1", signatory="王伟", method=SigningMethod.ELECTRONIC, party_id="huadong"), ContractInForce()),
        {"signatures.c1", "status", "in_force_since"},
    ),
    Grant(
        in_force,
        ProposeAmendment(amendment_id="a1", operations=MORE_LAPTOPS, why="增员 / More people"),
        ALICE,
        (AmendmentProposed(amendment_id="a1", operations=MORE_LAPTOPS, why="增员 / More people"),),
        {"amendments.a1"},
    ),
    Grant(
        amendment_proposed,
        ApproveAmendment(amendment_id="a1", opinion="同意"),
        BOB,
        (AmendmentApproved(amendment_id="a1", opinion="同意"),),
        {"amendments.a1.status"},
    ),
    Grant(
        amendment_proposed,
        RejectAmendment(amendment_id="a1", opinion="否 / No"),
        BOB,
        (AmendmentRejected(amendment_id="a1", opinion="否 / No"),),
        {"amendments.a1.status"},
    ),
    Grant(
        scheduled,
        RecordPayment(payment_id="p2", amount=cny("41710.00"), instalment_id="i2", advance_reason=ADVANCE.why),
        CAROL,
        (PaymentRecorded(payment_id="p2", amount=cny("41710.00"), instalment_id="i2"), ADVANCE),
        {"payments.p2"},
    ),
    Grant(
        amendment_approved,
        SignAmendment(amendment_id="a1", party="us", signatory="陈晨", method=SigningMethod.WET_INK),
        CAROL,
        (AmendmentSigned(amendment_id="a1", party="us", signatory="陈晨", method=SigningMethod.WET_INK),),
        {"amendments.a1.signed_by", "amendments.a1.signed_at"},
    ),
    Grant(
        amendment_signed_by_us,
        SignAmendment(amendment_id="a1", party="c1", signatory="王伟", method=SigningMethod.WET_INK, effective_from=FROM_JULY_ON),
        CAROL,
        (
            AmendmentSigned(amendment_id="a1", party="c1", signatory="王伟", method=SigningMethod.WET_INK, party_id="huadong"),
            AmendmentWaits(amendment_id="a1", effective_from=FROM_JULY_ON),
        ),
        {
            "amendments.a1.signed_by",
            "amendments.a1.signed_at",
            "amendments.a1.status",
            "amendments.a1.effective_from",
        },
    ),
    Grant(
        amendment_signed_by_us,
        SignAmendment(amendment_id="a1", party="c1", signatory="王伟", method=SigningMethod.WET_INK),
        CAROL,
        (
            AmendmentSigned(amendment_id="a1", party="c1", signatory="王伟", method=SigningMethod.WET_INK, party_id="huadong"),
            AmendmentTookEffect(amendment_id="a1", operations=MORE_LAPTOPS),
        ),
        {
            "amendments.a1.signed_by",
            "amendments.a1.signed_at",
            "amendments.a1.status",
            "value",
            "items.1.quantity",
            "repriced_on.value",
            "instalments.i2.amount",
        },
    ),
    Grant(
        drafted,
        ScheduleDelivery(delivery=replace(MOVED, delivery_id="d2")),
        ALICE,
        (DeliveryScheduled(delivery=replace(MOVED, delivery_id="d2")),),
        {"planned_deliveries.d2"},
    ),
    Grant(drafted, RescheduleDelivery(delivery=MOVED), ALICE, (DeliveryRescheduled(delivery=MOVED),), {"planned_deliveries.d1.due"}),
    Grant(
        in_force,
        RecordDelivery(delivery_id="d1", waybill="SF1"),
        CAROL,
        (DeliveryRecorded(delivery_id="d1", description=SHIPMENT.description, waybill="SF1"),),
        {"deliveries.d1"},
    ),
    Grant(
        in_force,
        RecordDelivery(delivery_id="d7", description="计划外 / Unplanned", quantity=Decimal("0.5")),
        CAROL,
        (DeliveryRecorded(delivery_id="d7", description="计划外 / Unplanned", quantity=Decimal("0.5")),),
        {"deliveries.d7"},
    ),
    Grant(
        shipped,
        AcceptDelivery(delivery_id="d1", note="好"),
        BOB,
        (DeliveryAccepted(delivery_id="d1", note="好"),),
        {"deliveries.d1.accepted", "deliveries.d1.judged_at"},
    ),
    Grant(
        shipped,
        RejectDelivery(delivery_id="d1", why="破损"),
        BOB,
        (DeliveryRejected(delivery_id="d1", why="破损"),),
        {"deliveries.d1.accepted", "deliveries.d1.judged_at"},
    ),
    Grant(
        drafted,
        SchedulePayment(instalment=replace(LATER, instalment_id="i3")),
        ALICE,
        (PaymentScheduled(instalment=replace(LATER, instalment_id="i3")),),
        {"instalments.i3"},
    ),
    Grant(drafted, ReschedulePayment(instalment=LATER), ALICE, (PaymentRescheduled(instalment=LATER),), {"instalments.i1.due"}),
    Grant(drafted, UnschedulePayment(instalment_id="i2"), ALICE, (PaymentUnscheduled(instalment_id="i2"),), {"instalments.i2"}),
    Grant(
        half_paid,
        RecordPayment(payment_id="p2", amount=cny("41710.00"), method=PaymentMethod.BANK_TRANSFER, instalment_id="i2"),
        CAROL,
        (SECOND_PAYMENT,),
        {"payments.p2"},
    ),
    Grant(
        fully_paid,
        RecordPayment(
            payment_id="p3",
            amount=cny("580.00"),
            method=PaymentMethod.CASH,
            payer="我方",
            payee="承运人 / Carrier",
            overpayment_reason="代垫运费 / Freight",
        ),
        CAROL,
        (OverpaymentAccepted(payment_id="p3", excess=cny("580.00"), why="代垫运费 / Freight"), FREIGHT),
        {"payments.p3", "accepts_overpayment"},
    ),
    Grant(
        half_paid,
        ReversePayment(payment_id="p1", why="退汇 / Returned"),
        CAROL,
        (PaymentReversed(payment_id="p1", amount=FIRST_PAYMENT.amount, why="退汇 / Returned"),),
        {"payments.p1.reversed"},
    ),
    Grant(
        approved,
        RequestSignature(party="c1", signatory="Wang Wei", due=date(2026, 1, 20)),
        CAROL,
        (SignatureRequested(party="c1", signatory="Wang Wei", due=date(2026, 1, 20), party_id="huadong"),),
        {"signature_requests.c1"},
    ),
    Grant(
        approved,
        FixText(sha256="ab" * 32, format=TextFormat.PDF, language=TextLanguage.CHINESE, rendered_version=len(approved), renderer="r"),
        CAROL,
        (TextFixed(sha256="ab" * 32, format=TextFormat.PDF, language=TextLanguage.CHINESE, rendered_version=len(approved), renderer="r"),),
        {f"fixed_texts.{'ab' * 32}"},
    ),
    Grant(
        approved,
        AffixSeal(party="us", kind=SealKind.COMPANY, by="陈晨"),
        CAROL,
        (SealAffixed(party="us", kind=SealKind.COMPANY, by="陈晨"),),
        {"seals"},
    ),
    Grant(
        in_force,
        DepositOriginal(place="A-3", copies=2),
        CAROL,
        (OriginalDeposited(place="A-3", copies=2),),
        {"originals.A-3"},
    ),
    Grant(
        shipped,
        RequestAcceptance(delivery_id="d1", due=date(2026, 4, 10), note="请 / Please"),
        CAROL,
        (AcceptanceRequested(delivery_id="d1", due=date(2026, 4, 10), note="请 / Please"),),
        {"deliveries.d1.acceptance_requested", "deliveries.d1.acceptance_requested_at", "deliveries.d1.acceptance_due"},
    ),
    Grant(
        shipped,
        RaiseDefect(defect_id="f1", delivery_id="d1", description="划痕 / Scratched", fix_by=date(2026, 4, 30)),
        BOB,
        (DefectRaised(defect_id="f1", delivery_id="d1", description="划痕 / Scratched", fix_by=date(2026, 4, 30)),),
        {"defects.f1"},
    ),
    Grant(
        drafted,
        ChangeCounterpartyRole(counterparty_id="c1", role="guarantor"),
        ALICE,
        (CounterpartyRoleChanged(counterparty_id="c1", previous="supplier", role="guarantor"),),
        {"counterparties.c1.role"},
    ),
    Grant(
        drafted,
        RepriceLineItem(item_id="2", unit_price=Decimal("650.00")),
        ALICE,
        (
            LineItemRepriced(
                item_id="2",
                previous_unit_price=Decimal("671.00"),
                previous_tax_percent=Decimal(13),
                unit_price=Decimal("650.00"),
                tax_percent=Decimal(13),
            ),
        ),
        {"items.2.unit_price"},
    ),
    Grant(drafted, Tag(tag=" 框架　ＦrameWork "), ALICE, (Tagged(tag="框架 framework"),), {"tags"}),
    Grant(drafted + told(Tagged(tag="it")), Untag(tag="IT"), ALICE, (Untagged(tag="it"),), {"tags"}),
    Grant(
        drafted + PAPERS,
        SupersedeDocument(document_id="d1", superseded_by="d2", note="x"),
        ALICE,
        (DocumentSuperseded(document_id="d1", superseded_by="d2", note="x"),),
        {"superseded_documents.d1"},
    ),
    Grant(drafted, RecordQuote(quote=QUOTE), ALICE, (QuoteRecorded(quote=QUOTE),), {"quotes.q1"}),
    Grant(
        RECORDED,
        ChooseQuote(quote_id="q1", why="交期短 / Sooner"),
        ALICE,
        (QuoteChosen(quote_id="q1", why="交期短 / Sooner"),),
        {"quotes.q1.chosen_because", "quotes.q2.chosen_because"},
    ),
    Grant(drafted, ScheduleReview(review_id="r1", about=ASKED.about, due=ASKED.due, reviewer="bob"), ALICE, (ASKED,), {"reviews.r1"}),
    Grant(
        drafted + told(replace(ASKED, due=date(2026, 1, 4))),
        RecordReviewDue(review_id="r1"),
        ALICE,
        (ReviewFellDue(review_id="r1", due=date(2026, 1, 4), reviewer="bob", calendar="7×24", zone="UTC"),),
        {"reviews.r1.fell_due"},
    ),
    Grant(
        drafted + told(ASKED),
        CompleteReview(review_id="r1", findings=FOUND.findings, outcome=FOUND.outcome),
        BOB,
        (FOUND,),
        {"reviews.r1.end"},
    ),
    Grant(
        drafted + told(ASSESSED),
        MitigateRisk(rule_id="large", how="保函 / Bond"),
        ALICE,
        (MITIGATED,),
        {"assessments.a1.points", "assessments.a1.level", "assessments.a1.mitigations"},
    ),
    Grant(
        defective,
        FixDefect(defect_id="f1", how="换 / Replaced"),
        BOB,
        (DefectFixed(defect_id="f1", how="换 / Replaced"),),
        {"defects.f1.fixed_how"},
    ),
    Grant(
        shipped,
        RecordDelivery(delivery_id="d1b", description="备件", quantity=Decimal(5), towards="d1", excess_reason="备件 / Spares"),
        CAROL,
        (
            ExcessDeliveryAccepted(planned_id="d1", excess=Decimal(5), why="备件 / Spares"),
            DeliveryRecorded(delivery_id="d1b", description="备件", quantity=Decimal(5), towards="d1"),
        ),
        {"deliveries.d1b", "accepts_excess_of"},
    ),
    Grant(
        delivery_rejected,
        RecordDelivery(delivery_id="d1b", description="换货 / Replaced", quantity=Decimal(20), towards="d1", excess_reason="x"),
        CAROL,
        (DeliveryRecorded(delivery_id="d1b", description="换货 / Replaced", quantity=Decimal(20), towards="d1"),),
        {"deliveries.d1b"},
    ),
    Grant(
        in_force,
        ReachMilestone(milestone_id="k", description="上线 / Live"),
        ALICE,
        (MilestoneReached(milestone_id="k", description="上线 / Live"),),
        {"milestones.k"},
    ),
    Grant(in_force, RecordService(service=SUPPORT), ALICE, (ServicePerformed(service=SUPPORT),), {"services.s1"}),
    Grant(
        in_force,
        MeasureServiceLevel(measurement=replace(UPTIME, measured=Decimal(0))),
        ALICE,
        (ServiceLevelMeasured(measurement=replace(UPTIME, measured=Decimal(0))),),
        {"measurements.m1"},
    ),
    Grant(
        measured,
        GrantServiceCredit(term_id="sla", month=date(2026, 2, 28), fee=cny("7000.00"), note="二月 / February"),
        ALICE,
        (CREDIT,),
        {"service_credits.sla 2026-02"},
    ),
    Grant(
        DUE,
        ADJUST,
        BOB,
        (DEARER,),
        {"value", "items.1.unit_price", "instalments.i2.amount", "repriced_on.1", "price_changes.2027"},
    ),
    Grant(scored, SHARE, ALICE, (SHARED,), {"profit_shares.2026-02-01 / 2026-02-28"}),
    Grant(scored, EARN, ALICE, (EARNED,), {"performance_pay.kpi m3"}),
    Grant(in_force, SERVE, ALICE, (CURE,), {"notices.n1"}),
    Grant(
        in_force,
        OpenDispute(dispute_id="q1", about=QUARREL.about, by="c1", claim=cny("41710.00")),
        ALICE,
        (QUARREL,),
        {"disputes.q1"},
    ),
    Grant(
        disputed,
        EnterDisputeStep(dispute_id="q1", step=StepKind.MEDIATION, forum="上海市调解中心"),
        ALICE,
        (AT_MEDIATION,),
        {"disputes.q1.steps"},
    ),
    Grant(mediating, RESOLVE, ALICE, (AGREED_AT_LAST,), {"disputes.q1.end"}),
    Grant(late, AccruePenalty(delivery_id="d1", through=date(2026, 4, 20)), ALICE, (PENALTY,), {"penalties.d1"}),
    Grant(late, AccrueInterest(instalment_id="i1", through=date(2026, 4, 20)), CAROL, (INTEREST,), {"interest.i1"}),
    Grant(
        penalised,
        WaivePenalty(delivery_id="d1", amount=cny("700.00"), why="首次 / First"),
        BOB,
        (PenaltyWaived(delivery_id="d1", amount=cny("700.00"), why="首次 / First"),),
        {"penalties.d1.waived"},
    ),
    Grant(
        bearing_interest,
        WaiveInterest(instalment_id="i1", amount=cny("0.01"), why="尾数 / Odd cent"),
        BOB,
        (InterestWaived(instalment_id="i1", amount=cny("0.01"), why="尾数 / Odd cent"),),
        {"interest.i1.waived"},
    ),
    Grant(
        late,
        ClaimRelief(
            relief_id="r1",
            party="c1",
            event=TYPHOON.event,
            start=TYPHOON.start,
            end=TYPHOON.end,
            deliveries=("d1",),
            evidence=TYPHOON.evidence,
        ),
        ALICE,
        (TYPHOON,),
        {"reliefs.r1"},
    ),
    Grant(
        relief_claimed,
        GrantRelief(relief_id="r1", start=date(2026, 4, 3), end=date(2026, 4, 8), opinion="属实"),
        BOB,
        (ReliefGranted(relief_id="r1", start=date(2026, 4, 3), end=date(2026, 4, 8), opinion="属实"),),
        {"reliefs.r1.end", "reliefs.r1.granted"},
    ),
    Grant(late, RecordObligationDue(obligation=SHIPMENT_OWED), ALICE, (FELL_DUE,), {"fallen_due.delivery d1 2026-03-31"}),
    Grant(late, RecordObligationOverdue(obligation=SHIPMENT_OWED), ALICE, (OVERDUE,), {"fallen_due.delivery d1 2026-03-31"}),
    Grant(
        late,
        DeclareBreach(breach_id="b2", by="c1", against="us", about="x"),
        ALICE,
        (BreachDeclared(breach_id="b2", by="c1", against="us", about="x"),),
        {"breaches.b2"},
    ),
    Grant(
        breach_declared,
        RecordBreachRemedied(breach_id="b1", how="x"),
        ALICE,
        (BreachRemedied(breach_id="b1", how="x"),),
        {"breaches.b1.remedied_how"},
    ),
    Grant(
        relief_claimed,
        RefuseRelief(relief_id="r1", why="证据不足"),
        BOB,
        (ReliefRefused(relief_id="r1", why="证据不足"),),
        {"reliefs.r1.granted"},
    ),
    Grant(in_force, RecordFeedback(feedback=PRAISE), ALICE, (FeedbackRecorded(feedback=PRAISE),), {"feedback.k1"}),
    Grant(
        invoiced,
        CorrectInvoice(invoice=replace(INVOICE, amount=cny("41000.00")), why="金额 / Amount"),
        CAROL,
        (
            FactCorrected(
                corrects=len(invoiced),
                was=Restated(InvoiceRegistered(invoice=INVOICE)),
                becomes=Restated(InvoiceRegistered(invoice=replace(INVOICE, amount=cny("41000.00")))),
                why="金额 / Amount",
            ),
        ),
        {"invoices.v1.invoice.amount", "rests_on_corrections"},
    ),
    Grant(
        serving,
        CorrectService(service=replace(SUPPORT, unit="日"), why="单位 / Unit"),
        ALICE,
        (
            FactCorrected(
                corrects=len(serving) - 2,
                was=Restated(ServicePerformed(service=SUPPORT)),
                becomes=Restated(ServicePerformed(service=replace(SUPPORT, unit="日"))),
                why="单位 / Unit",
            ),
        ),
        {"services.s1.unit", "rests_on_corrections"},
    ),
    Grant(
        serving,
        CorrectMeasurement(measurement=LESS_UPTIME, why="颠倒 / Swapped"),
        ALICE,
        (
            FactCorrected(
                corrects=len(serving) - 1,
                was=Restated(ServiceLevelMeasured(measurement=UPTIME)),
                becomes=Restated(ServiceLevelMeasured(measurement=LESS_UPTIME)),
                why="颠倒 / Swapped",
            ),
        ),
        {"measurements.m1.measured", "rests_on_corrections"},
    ),
    Grant(
        serving,
        CorrectMilestone(milestone_id="k", why="日期 / Day", reached_at=START),
        ALICE,
        (
            FactCorrected(
                corrects=len(serving) - 3,
                was=Restated(MilestoneReached(milestone_id="k", description="上线 / Went live")),
                becomes=Restated(MilestoneReached(milestone_id="k", description="上线 / Went live")),
                why="日期 / Day",
                effective_at=START,
            ),
        ),
        {"milestones.k.reached_at", "rests_on_corrections"},
    ),
    *(
        Grant(
            history,
            StrikeOut(version=version, why="错 / Wrong"),
            BOB,
            (FactCorrected(corrects=version, was=Restated(was), becomes=None, why="错 / Wrong"),),
            {path, "rests_on_corrections"},
        )
        for history, version, was, path in (
            (invoiced, len(invoiced), InvoiceRegistered(invoice=INVOICE), "invoices.v1"),
            (serving, len(serving) - 3, MilestoneReached(milestone_id="k", description="上线 / Went live"), "milestones.k"),
            (serving, len(serving) - 2, ServicePerformed(service=SUPPORT), "services.s1"),
            (serving, len(serving) - 1, ServiceLevelMeasured(measurement=UPTIME), "measurements.m1"),
        )
    ),
    Grant(
        half_paid,
        RegisterInvoice(invoice=INVOICE),
        CAROL,
        (InvoiceRegistered(invoice=INVOICE),),
        {"invoices.v1"},
    ),
    Grant(
        invoiced,
        RegisterInvoice(invoice=SECOND_INVOICE, overinvoicing_reason="运费 / Freight"),
        CAROL,
        (
            OverinvoicingAccepted(invoice_id="v2", excess=cny("580.00"), why="运费 / Freight"),
            InvoiceRegistered(invoice=SECOND_INVOICE),
        ),
        {"invoices.v2", "accepts_overinvoicing"},
    ),
    Grant(
        invoiced,
        VoidInvoice(invoice_id="v1", why="税号 / Tax number"),
        CAROL,
        (InvoiceVoided(invoice_id="v1", why="税号 / Tax number"),),
        {"invoices.v1.voided_because"},
    ),
    Grant(
        invoiced,
        AllocatePayment(payment_id="p1", shares=TO_INVOICE),
        CAROL,
        (PaymentAllocated(payment_id="p1", shares=TO_INVOICE),),
        {"payments.p1.allocation"},
    ),
    Grant(
        allocated,
        RefundPayment(payment_id="p1", amount=cny("710.00"), why="多付 / Too much", reference="R-1"),
        CAROL,
        (PaymentRefunded(payment_id="p1", amount=cny("710.00"), why="多付 / Too much", reference="R-1"),),
        {"payments.p1.refunded", "payments.p1.allocation"},
    ),
    Grant(
        half_paid,
        HoldRetention(retention=WARRANTY),
        CAROL,
        (RetentionHeld(retention=WARRANTY),),
        {"retentions.r1"},
    ),
    Grant(
        retained,
        ReleaseRetention(retention_id="r1", amount=cny("1.00"), note="部分 / Part"),
        BOB,
        (RetentionReleased(retention_id="r1", amount=cny("1.00"), note="部分 / Part"),),
        {"retentions.r1.amount"},
    ),
    Grant(
        half_paid,
        MatchReconciliation(payment_id="p1", statement="S-1", amount=FIRST_PAYMENT.amount),
        CAROL,
        (ReconciliationMatched(payment_id="p1", statement="S-1"),),
        {"payments.p1.reconciliation"},
    ),
    Grant(
        half_paid,
        BreakReconciliation(payment_id="p1", statement="S-1", why="少 / Less", found=cny("1.00")),
        CAROL,
        (ReconciliationBroken(payment_id="p1", statement="S-1", why="少 / Less", found=cny("1.00")),),
        {"payments.p1.reconciliation"},
    ),
    Grant(
        delivered + told(FIRST_PAYMENT, SECOND_PAYMENT),
        CompleteContract(note="完 / Done"),
        ALICE,
        (ContractCompleted(note="完 / Done"),),
        {"status", "ended_at"},
    ),
    Grant(
        half_paid,
        TerminateContract(ground="破产 / Bankrupt", exit_fee=cny("0.01"), exit_obligations=("归还 / Return",)),
        ALICE,
        (ContractTerminated(ground="破产 / Bankrupt", exit_fee=cny("0.01"), exit_obligations=("归还 / Return",)),),
        {"status", "ended_at", "ground", "exit_fee", "exit_obligations"},
    ),
    Grant(
        OVER,
        ExpireContract(note="到期 / Over"),
        ALICE,
        (ContractExpired(note="到期 / Over"),),
        {"status", "ended_at"},
    ),
    Grant(
        completed,
        ArchiveContract(reference="A-1"),
        ALICE,
        (ContractArchived(reference="A-1"),),
        {"archived_under"},
    ),
    Grant(
        in_force,
        SuspendContract(why="台风 / Typhoon", until=date(2026, 8, 31)),
        ALICE,
        (ContractSuspended(why="台风 / Typhoon", until=date(2026, 8, 31)),),
        {"status", "suspended_until"},
    ),
    Grant(
        in_force,
        GiveRenewalNotice(party="c1", renews=False, note="不续 / No more"),
        ALICE,
        (RenewalNoticeGiven(party="c1", renews=False, note="不续 / No more"),),
        {"renewal_notices.c1"},
    ),
    Grant(
        noticed,
        RenewContract(period=NEXT_YEAR, note="续 / On"),
        ALICE,
        (ContractRenewed(period=NEXT_YEAR, previous=DRAFTED.period, note="续 / On"),),
        {"period.start", "period.end", "earlier_periods", "renewal_notices.c1"},
    ),
    Grant(
        suspended,
        ResumeContract(note="恢复 / On"),
        ALICE,
        (ContractResumed(note="恢复 / On"),),
        {"status", "suspended_until"},
    ),
    Grant(
        half_paid,
        CorrectPayment(payment_id="p1", why="颠倒 / Swapped", amount=RIGHT_PAYMENT.amount),
        CAROL,
        (FactCorrected(corrects=PAYMENT_VERSION, was=Restated(FIRST_PAYMENT), becomes=Restated(RIGHT_PAYMENT), why="颠倒 / Swapped"),),
        {"payments.p1.amount", "rests_on_corrections"},
    ),
    Grant(
        half_paid,
        CorrectPayment(payment_id="p1", why="日期 / Day", method=PaymentMethod.CHEQUE, reference="支票 7", paid_at=START),
        CAROL,
        (
            FactCorrected(
                corrects=PAYMENT_VERSION,
                was=Restated(FIRST_PAYMENT),
                becomes=Restated(replace(FIRST_PAYMENT, method=PaymentMethod.CHEQUE, reference="支票 7")),
                why="日期 / Day",
                effective_at=START,
            ),
        ),
        {"payments.p1.paid_at", "rests_on_corrections"},
    ),
    Grant(
        delivered,
        CorrectDelivery(delivery_id="d1", why="少一台 / One short", quantity=Decimal(19), delivered_at=START),
        CAROL,
        (
            FactCorrected(
                corrects=len(shipped), was=Restated(CAME), becomes=Restated(CAME_SHORT), why="少一台 / One short", effective_at=START
            ),
        ),
        {"deliveries.d1.delivered_at", "deliveries.d1.quantity", "rests_on_corrections"},
    ),
    Grant(
        drafted + told(CustomFieldSet(key="score", value="62.5", type=FieldType.NUMBER, edition=1)),
        ClearCustomField(key="score"),
        ALICE,
        (CustomFieldCleared(key="score"),),
        {"custom_fields.score"},
    ),
    Grant(
        half_paid,
        StrikeOut(version=PAYMENT_VERSION, why="错 / Wrong contract"),
        CAROL,
        (FactCorrected(corrects=PAYMENT_VERSION, was=Restated(FIRST_PAYMENT), becomes=None, why="错 / Wrong contract"),),
        {"payments.p1", "rests_on_corrections"},
    ),
)


@pytest.mark.parametrize("grant", GRANTS, ids=str)
def test_a_granted_command_says_these_facts_and_changes_these_fields_and_no_others(grant: Grant) -> None:
    before = given(grant.given)
    after = before.when(grant.command, by=grant.by).then(*grant.facts).contract
    assert {c.path for c in changes(before.contract, after)} == grant.paths
    assert after.version == before.contract.version + len(grant.facts)


@pytest.mark.parametrize("grant", GRANTS, ids=str)
def test_facts_carry_the_moment_at_which_the_command_took_place(grant: Grant) -> None:
    before = given(grant.given)
    moment = before.now - timedelta(minutes=30)
    decided = before.when(grant.command, by=grant.by, effective_at=moment).decided
    assert [d.effective_at for d in decided] == [moment] * len(grant.facts)


def test_every_command_has_an_example() -> None:
    # Drafting from a template is told with its template below; what looks fields, risks and products up, and what waits for its day,
    # have tests of their own.
    elsewhere = {RecordPublication, DraftFromTemplate, SetCustomField, AssessRisk, AddItemFromProduct, TakeAmendmentIntoEffect}
    assert {type(g.command) for g in GRANTS} | elsewhere == set(get_args(ContractCommand))


def test_a_contract_from_a_template_has_its_clauses_filled_in_and_pins_the_edition() -> None:
    around = Library(purchase=Template(version=2, newest=PURCHASE, published=PURCHASE))
    own = Clause(clause_id="10", heading="其他", text="无。")
    command = DraftFromTemplate(
        template_id="purchase",
        number="采-2026-009",
        title="采购 / Purchase",
        kind=DRAFTED.kind,
        direction=DRAFTED.direction,
        our_entity="我方",
        fillings=(Filling(name="buyer", text="{{note}} 我方"), Filling(name="付款日", text="2026-12-31")),
        clauses=(own,),
    )
    payment = Clause(clause_id="5", heading="付款", text="{{note}} 我方于2026-12-31前付清。")
    law = Clause(clause_id="9", heading="适用法律", text="适用中华人民共和国法律。")
    used = TemplateRef(template_id="purchase", edition=2, locked_clauses=("9",))
    done = given().when(command, around=around).granted()
    assert [d.fact for d in done.decided[1:]] == [TemplateUsed(template=used), *(ClauseAdded(clause=c) for c in (payment, law, own))]
    done.then_contract(number="采-2026-009", template=used, clauses={"5": payment, "9": law, "10": own})


@pytest.mark.parametrize(
    ("takes", "text", "wanted"),
    [
        (PlaceholderType.TEXT, "anything", True),
        (PlaceholderType.AMOUNT, "83420.00 CNY", True),
        (PlaceholderType.AMOUNT, "83420.001 CNY", False),
        (PlaceholderType.AMOUNT, "83420.00", False),
        (PlaceholderType.DATE, "2028-02-29", True),
        (PlaceholderType.DATE, "2027-02-29", False),
        (PlaceholderType.NUMBER, "-1.5", True),
        (PlaceholderType.NUMBER, "1e5", False),
        (PlaceholderType.NUMBER, "007", False),
    ],
)
def test_what_is_filled_in_is_of_the_placeholder_s_type(takes: PlaceholderType, text: str, *, wanted: bool) -> None:
    assert fits(takes, text) is wanted


def test_a_contract_may_be_drafted_with_no_more_than_its_names() -> None:
    bare = DraftContract(number="1", title="框架协议 / Framework", kind=DRAFTED.kind, direction=DRAFTED.direction, our_entity="我方")
    done = given().when(bare)
    done.then_contract(value=None, currency=None, counterparties={}, paid=None, balance=None)


def test_a_counterparty_may_carry_any_other_id() -> None:
    party = Counterparty(counterparty_id="US", name="Umbrella Supplies", role="supplier")
    given(drafted).when(AddCounterparty(counterparty=party)).then(CounterpartyAdded(counterparty=party))


def test_documents_are_known_by_their_bytes_where_the_ledger_has_seen_them() -> None:
    scan = Document(document_id="doc9", title="盖章件 / Sealed copy", sha256=SEEN.sha256)
    known = replace(scan, media_type="application/pdf")
    attached = given(in_force).when(AttachDocument(document=scan), around=Archive(SEEN))
    attached.then(DocumentAttached(document=known)).then_contract(documents={"doc9": known})
    given(in_force).when(AttachDocument(document=known), around=Archive(SEEN)).then(DocumentAttached(document=known))
    wrong = AttachDocument(document=replace(scan, media_type="text/plain"))
    refused = given(in_force).when(wrong, around=Archive(SEEN))
    refused.then_refused(MediaTypeDiffers, stored="application/pdf", given="text/plain")


def test_dated_facts_keep_their_own_moment() -> None:
    done = given(amendment_signed_by_us).when(
        SignAmendment(
            amendment_id="a1", party="c1", signatory="王伟", method=SigningMethod.WET_INK, effective_from=START - timedelta(days=3)
        ),
        by=CAROL,
    )
    assert done.decided[1] == Dated(AmendmentTookEffect(amendment_id="a1", operations=MORE_LAPTOPS), START - timedelta(days=3))


def test_an_item_adds_up_to_the_nearest_minor_unit() -> None:
    assert LAPTOPS.total("CNY") == cny("70000.00")
    third = LineItem(item_id="x", description="x", quantity=Decimal(3), unit_price=Decimal("0.115"))
    assert third.total("CNY") == cny("0.34")
    assert LineItem(item_id="x", description="x", quantity=Decimal(3)).total("CNY") is None


def test_what_is_held_back_is_not_owed_and_what_was_given_back_is() -> None:
    assert given(retained).contract.balance == cny("37539.00")
    assert given(retention_released).contract.balance == cny("41710.00")
    assert given(refunded).contract.paid == cny("41000.00")
    assert given(refunded).contract.balance == cny("42420.00")


def test_a_corrected_amount_keeps_refunds_and_was_for_something_else() -> None:
    done = given(refunded).when(CorrectPayment(payment_id="p1", why="x", amount=cny("41711.00")), by=CAROL).contract
    assert done.paid == cny("41001.00")
    again = given(allocated).when(CorrectPayment(payment_id="p1", why="x", amount=cny("41711.00")), by=CAROL).contract
    assert again.payments["p1"].allocation == ()
    same = given(allocated).when(CorrectPayment(payment_id="p1", why="x", reference="R"), by=CAROL).contract
    assert same.payments["p1"].allocation == TO_INVOICE


def test_an_amendment_names_its_impact_and_its_evidence() -> None:
    minutes = DocumentAttached(document=Document(document_id="e1", title="会议纪要 / Minutes", url="https://example.com/e1"))
    proposal = ProposeAmendment(
        amendment_id="a1", operations=MORE_LAPTOPS, why="扩编 / More people", impact="增加 17,500 元 / 17,500 more", evidence=("e1",)
    )
    given(in_force + told(minutes)).when(proposal).then(
        AmendmentProposed(
            amendment_id="a1",
            operations=MORE_LAPTOPS,
            why="扩编 / More people",
            impact="增加 17,500 元 / 17,500 more",
            evidence=("e1",),
        )
    )


def test_a_planned_delivery_is_done_once_all_of_its_quantity_was_accepted() -> None:
    came = [
        DeliveryRecorded(delivery_id=f"d1{part}", description="x", quantity=Decimal(n), towards="d1") for part, n in (("a", 12), ("b", 8))
    ]
    paid = in_force + told(FIRST_PAYMENT, SECOND_PAYMENT)
    part = paid + told(came[0], DeliveryAccepted(delivery_id="d1a"))
    given(part).when(CompleteContract()).then_refused(DeliveriesOutstanding, deliveries="d1")
    given(part + told(came[1])).when(CompleteContract()).then_refused(DeliveriesOutstanding, deliveries="d1, d1b")
    given(part + told(came[1], DeliveryAccepted(delivery_id="d1b"))).when(CompleteContract()).granted()


def test_what_was_wrong_with_a_delivery_goes_with_it_when_it_is_struck_out() -> None:
    struck = given(defective).when(StrikeOut(version=len(shipped), why="x"), by=BOB).contract
    assert (struck.deliveries, struck.defects) == ({}, {})


def test_an_amendment_may_not_plan_less_than_came() -> None:
    fewer = (PutDelivery(delivery=replace(SHIPMENT, quantity=Decimal(19))),)
    refused = given(shipped).when(ProposeAmendment(amendment_id="a1", operations=fewer, why="x"))
    refused.then_refused(DeliveryExceedsPlan, delivered=Decimal(20), planned=Decimal(19), delivery_id="d1")
