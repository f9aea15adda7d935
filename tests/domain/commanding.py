"""Commands drawn at random, sensible often enough to get far: ids from small pools, amounts at the boundaries of what is owed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st

from domain.contract import ContractCommand
from domain.contract.acceptance import FixDefect, RaiseDefect, RequestAcceptance
from domain.contract.accrual import AccrueInterest, AccruePenalty, WaiveInterest, WaivePenalty
from domain.contract.agreement import AgreeTerm, ChangeTerm, WithdrawTerm
from domain.contract.amendment import OPEN, ApproveAmendment, ProposeAmendment, RejectAmendment, SignAmendment, TakeAmendmentIntoEffect
from domain.contract.approval import Approve, DelegateStep, Reject, SendBack, SubmitForApproval, WithdrawSubmission
from domain.contract.breach import DeclareBreach, RecordBreachRemedied, RecordObligationDue, RecordObligationOverdue
from domain.contract.catalogued import AddItemFromProduct
from domain.contract.closing import ArchiveContract, CompleteContract, ExpireContract, TerminateContract
from domain.contract.content import AddClause, AddLineItem, RemoveLineItem, ReviseLineItem, RewordClause, WithdrawClause
from domain.contract.continuation import GiveRenewalNotice, RenewContract, ResumeContract, SuspendContract
from domain.contract.correction import (
    CorrectDelivery,
    CorrectInvoice,
    CorrectMeasurement,
    CorrectMilestone,
    CorrectPayment,
    CorrectService,
    StrikeOut,
)
from domain.contract.credit import GrantServiceCredit
from domain.contract.delays import Obligation, ObligationKind
from domain.contract.delivery import AcceptDelivery, RecordDelivery, RejectDelivery, RescheduleDelivery, ScheduleDelivery
from domain.contract.deviation import ApproveClauseDeviation, RejectClauseDeviation, RequestClauseDeviation
from domain.contract.disputes import EnterDisputeStep, OpenDispute, ResolveDispute
from domain.contract.drafting import (
    AddCounterparty,
    AttachDocument,
    ChangeOwner,
    ChangePeriod,
    ChangeTitle,
    ChangeValue,
    DraftContract,
    Note,
    RemoveCounterparty,
)
from domain.contract.earnings import EarnPerformancePay, ShareProfit
from domain.contract.invoicing import RegisterInvoice, VoidInvoice
from domain.contract.notices import ServeNotice
from domain.contract.operations import ChangePeriod as SetPeriod
from domain.contract.operations import ChangeTitle as SetTitle
from domain.contract.operations import ChangeValue as SetValue
from domain.contract.operations import (
    Operation,
    PutClause,
    PutDelivery,
    PutInstalment,
    PutItem,
    PutTerm,
    RemoveClause,
    RemoveDelivery,
    RemoveInstalment,
    RemoveItem,
    RemoveTerm,
)
from domain.contract.particulars import ChangeCounterpartyRole, RepriceLineItem, SupersedeDocument, Tag, Untag
from domain.contract.payment import RecordPayment, ReschedulePayment, ReversePayment, SchedulePayment, UnschedulePayment
from domain.contract.performance import PublishedMilestone, PublishedPayment
from domain.contract.pricing import AdjustPrice, IndexLevel
from domain.contract.publication import PublishedAmendment, PublishedStatus, RecordPublication
from domain.contract.relief import ClaimRelief, GrantRelief, RefuseRelief
from domain.contract.review import CompleteReview, RecordReviewDue, ScheduleReview
from domain.contract.risk import AssessRisk, MitigateRisk
from domain.contract.services import MeasureServiceLevel, ReachMilestone, RecordFeedback, RecordService
from domain.contract.settlement import (
    AllocatePayment,
    BreakReconciliation,
    HoldRetention,
    MatchReconciliation,
    RefundPayment,
    ReleaseRetention,
)
from domain.contract.signing import AffixSeal, DepositOriginal, RequestSignature, Sign
from domain.contract.sourcing import ChooseQuote, RecordQuote
from domain.contract.state import Contract
from domain.contract.vocabulary import (
    Clause,
    Counterparty,
    Direction,
    Document,
    Feedback,
    Instalment,
    Invoice,
    Kind,
    LineItem,
    Measurement,
    PaymentMethod,
    PerformedService,
    Period,
    PlannedDelivery,
    Resolution,
    Retention,
    ReviewOutcome,
    SealKind,
    Share,
    SigningMethod,
    Source,
    Status,
    SupplierQuote,
    Topic,
)
from domain.money import MAX_MINOR, Money
from domain.terms.acceptance import AcceptanceWindow
from domain.terms.dispute import StepKind
from domain.terms.exact import Ratio
from domain.terms.late_delivery import LateDeliveryDamages
from domain.terms.late_payment import LatePaymentInterest
from domain.terms.notice import Channel
from domain.terms.performance import PerformancePay, Point
from domain.terms.price import Component, PriceAdjustment
from domain.terms.profit_share import ProfitShare, ProfitTier
from domain.terms.schedule import On, Part, PaymentSchedule, Trigger
from domain.terms.service_level import Availability, CreditStep, ServiceLevel
from tests.spec import START

HOUR = timedelta(hours=1)
P = TypeVar("P")

words = st.sampled_from(["x", "补充说明 / More", "签署 ✍"])
texts = st.sampled_from(["x", "补充说明 / More", "签署 ✍", "a", "b", "c", "\u200b", ""])
quantities = st.sampled_from([None, None, *map(Decimal, ("1", "2", "0.000001", "999999999999999999", "0", "-1", "NaN", "1E+30"))])
days = st.sampled_from([None, date(2026, 1, 1), date(2026, 12, 31), date(1, 1, 1), date(9999, 12, 31)])
periods = st.builds(Period, start=days, end=days)
methods = st.sampled_from(PaymentMethod)
pens = st.sampled_from(SigningMethod)


def ids(*known: Iterable[str]) -> st.SearchStrategy[str]:
    """Ids that are there, and one that may not be; where none is, a few that may come to be."""
    there = [element_id for part in known for element_id in part]
    return st.sampled_from([*there * 4, "n1"] if there else ["n1", "n2", "n3", "n4", "us"])


def amounts(contract: Contract) -> st.SearchStrategy[Money]:
    """Amounts around what matters to this contract, now and then beyond all bounds or in another currency."""
    held = [m.minor for m in (contract.value, contract.balance, contract.paid) if m is not None]
    parts = [i.amount.minor for i in contract.instalments.values()]
    near = [n + by for n in (*held, *parts, 10_000) for by in (-1, 0, 0, 1)] + [n // 2 for n in held]
    minor = st.sampled_from([*(n for n in near if 0 < n <= MAX_MINOR), 1, 1, 100, 2_500, 0, -1, MAX_MINOR])
    return st.builds(Money, minor, st.sampled_from([contract.currency or "CNY"] * 9 + ["USD"]))


def moments(now: datetime) -> st.SearchStrategy[datetime]:
    """Moments up to now, often those on which something else happened; now and then the future, or long ago."""
    hours = [now - n * HOUR for n in (0, 0, 0, 1, 2, 5, 30)]
    return st.sampled_from([*hours, START, START - HOUR, now + HOUR, datetime(1900, 1, 1, tzinfo=UTC)])


def instalments(contract: Contract) -> st.SearchStrategy[Instalment]:
    """Parts of a schedule."""
    return st.builds(Instalment, instalment_id=ids(contract.instalments), amount=amounts(contract), due=days)


items = st.builds(LineItem, item_id=ids(), description=words, quantity=quantities, unit_price=quantities)
# JSON has no NaN, and the import reads no other number than JSON's.
published_items = st.builds(LineItem, item_id=ids(), description=words, quantity=st.sampled_from([None, Decimal(1), Decimal(-1)]))
# Whatever a kind of contract has to say.
EVERYTHING = tuple(Clause(clause_id=topic.value, heading="", text="x") for topic in Topic)
clauses = st.builds(Clause, clause_id=ids(), heading=texts, text=texts)
counterparties = st.builds(Counterparty, counterparty_id=ids(["c1"]), name=texts, role=st.just("supplier"))


ratios = st.sampled_from([Ratio.of(text) for text in ("0.05%", "1/3", "100%", "0%", "-1%")])
LAST_YEAR = Period(start=date(2025, 1, 1), end=date(2025, 12, 31))
STEPS = Availability(target=Ratio.of("100%"), ladder=(CreditStep(below=Ratio.of("100%"), credit=Ratio.of("10%")),))
on_signing = Trigger(on=On.SIGNING)
triggers = st.sampled_from(
    [
        on_signing,
        Trigger(on=On.DELIVERY_ACCEPTED, subject="d1"),
        Trigger(on=On.MILESTONE, subject="n1"),
        *(Trigger(on=On.DATE, day=day) for day in (date(2026, 1, 6), date(9999, 12, 31))),
    ]
)


def agreed(contract: Contract) -> st.SearchStrategy[Any]:
    """Terms that act; schedules often fit the value, and now and then miss it."""
    halves = [Part(instalment_id="h1", trigger=on_signing, share=Ratio.of("50%")), Part(instalment_id="h2", trigger=on_signing)]
    fixed = st.builds(Part, instalment_id=st.just("h3"), trigger=st.just(on_signing), amount=amounts(contract))
    as_stated = [
        st.builds(Part, instalment_id=st.just(i.instalment_id), trigger=triggers, amount=st.just(i.amount))
        for i in contract.instalments.values()
    ]
    return st.one_of(
        *[st.builds(PaymentSchedule, parts=st.tuples(*as_stated))] * 2,
        st.builds(AcceptanceWindow, criteria=st.just(("x",)), days=st.sampled_from([1, 10, 0]), escalates_to=st.none() | words),
        st.builds(LateDeliveryDamages, rate=ratios, cap=st.none() | ratios, grace_days=st.sampled_from([0, 3, -1])),
        st.builds(LatePaymentInterest, rate=ratios),
        st.builds(
            PriceAdjustment,
            components=st.just((Component(index="CPI", weight=Ratio.of("100%"), base=Decimal(100)),)),
            every_months=st.just(1),
        ),
        st.just(ProfitShare(tiers=(ProfitTier(above=Money.zero("CNY"), share=Ratio.of("50%")),), carries_losses=True)),
        st.just(
            PerformancePay(
                metric="availability", points=(Point(at=Decimal(0), pay=Ratio.of("-1/3")), Point(at=Decimal(100), pay=Ratio.of("50%")))
            )
        ),
        st.builds(ServiceLevel, calendar=st.just("7×24"), availability=st.just(STEPS), rolling_cap=st.none() | ratios),
        st.builds(PaymentSchedule, parts=st.just(tuple(halves)) | st.tuples(fixed) | st.just(())),
    )


def deliveries(contract: Contract) -> st.SearchStrategy[PlannedDelivery]:
    """Parts of a plan."""
    return st.builds(PlannedDelivery, delivery_id=ids(contract.planned_deliveries), description=words, due=days, quantity=quantities)


@st.composite
def drafts(draw: st.DrawFn) -> DraftContract:
    """Drafts whose schedule adds up."""
    parts = draw(st.lists(st.sampled_from([1, 2_500, 5_000]), max_size=3))
    value = sum(parts) or draw(st.sampled_from([1, 10_000]))
    return DraftContract(
        number="采-1",
        title=draw(words),
        kind=draw(st.sampled_from(Kind)),
        direction=draw(st.sampled_from(Direction)),
        our_entity="我方",
        counterparties=(Counterparty(counterparty_id="c1", name="乙方", role="supplier"),),
        value=draw(st.sampled_from([Money(value, "CNY")] * 5 + [None])),
        clauses=draw(st.sampled_from([EVERYTHING] * 5 + [EVERYTHING[:3]])),
        items=(LineItem(item_id="g1", description="x"),),
        instalments=tuple(Instalment(instalment_id=f"i{n}", amount=Money(part, "CNY")) for n, part in enumerate(parts)),
        deliveries=tuple(draw(st.lists(st.builds(PlannedDelivery, delivery_id=st.just("d1"), description=words), max_size=1))),
    )


@st.composite
def operations(draw: st.DrawFn, contract: Contract) -> tuple[Operation, ...]:
    """What an amendment may be made of; often one that keeps the schedule adding up."""
    loose = st.one_of(
        st.builds(SetTitle, title=texts),
        st.builds(SetPeriod, period=periods),
        st.builds(SetValue, value=amounts(contract)),
        st.builds(PutItem, item=items),
        st.builds(RemoveItem, item_id=ids(contract.items)),
        st.builds(PutInstalment, instalment=instalments(contract)),
        st.builds(RemoveInstalment, instalment_id=ids(contract.instalments)),
        st.builds(PutDelivery, delivery=deliveries(contract)),
        st.builds(RemoveDelivery, delivery_id=ids(contract.planned_deliveries)),
        st.builds(PutClause, clause=clauses),
        st.builds(RemoveClause, clause_id=ids(contract.clauses)),
        st.builds(PutTerm, term_id=ids(contract.terms), term=agreed(contract)),
        st.builds(RemoveTerm, term_id=ids(contract.terms)),
    )
    found: list[Operation] = draw(st.lists(loose, max_size=2))
    if draw(st.booleans()):
        value = draw(st.sampled_from([m.minor for m in (contract.paid, contract.value) if m is not None and m.minor > 0] or [10_000]))
        currency = contract.currency or "CNY"
        found += [SetValue(value=Money(value, currency)), *(RemoveInstalment(instalment_id=i) for i in list(contract.instalments)[1:])]
        found += [
            PutInstalment(instalment=Instalment(instalment_id=i, amount=Money(value, currency))) for i in list(contract.instalments)[:1]
        ]
    return tuple(found)


def drafting(contract: Contract) -> list[st.SearchStrategy[Any]]:
    """Changes to a draft."""
    return [
        st.builds(ChangeTitle, title=texts),
        st.builds(ChangeValue, value=amounts(contract)),
        st.builds(ChangePeriod, period=periods),
        st.builds(AddCounterparty, counterparty=counterparties),
        st.builds(RemoveCounterparty, counterparty_id=ids(contract.counterparties)),
        st.builds(ChangeCounterpartyRole, counterparty_id=ids(contract.counterparties), role=texts),
        st.builds(RepriceLineItem, item_id=ids(contract.items), unit_price=quantities),
        st.builds(
            RecordQuote,
            quote=st.builds(SupplierQuote, quote_id=ids(), supplier=texts, total=amounts(contract), items=st.just(())),
        ),
        st.builds(ChooseQuote, quote_id=ids(contract.quotes), why=words),
        st.builds(AddClause, clause=clauses),
        st.builds(RewordClause, clause=clauses),
        st.builds(WithdrawClause, clause_id=ids(contract.clauses)),
        *deviating(contract),
        st.builds(AddLineItem, item=items),
        st.builds(ReviseLineItem, item=items),
        st.builds(RemoveLineItem, item_id=ids(contract.items)),
        st.builds(AgreeTerm, term_id=ids(), term=agreed(contract)),
        st.builds(ChangeTerm, term_id=ids(contract.terms), term=agreed(contract)),
        st.builds(WithdrawTerm, term_id=ids(contract.terms)),
        st.builds(SchedulePayment, instalment=instalments(contract)),
        st.builds(ReschedulePayment, instalment=instalments(contract)),
        st.builds(UnschedulePayment, instalment_id=ids(contract.instalments)),
        st.builds(ScheduleDelivery, delivery=deliveries(contract)),
        st.builds(RescheduleDelivery, delivery=deliveries(contract)),
    ]


def deviating(contract: Contract) -> list[st.SearchStrategy[Any]]:
    """Requests to deviate from what a template locks, which random drafts have none of, and decisions on them."""
    known = ids(contract.deviations)
    return [
        st.builds(RequestClauseDeviation, deviation_id=ids(), clause_id=ids(contract.clauses), becomes=st.none() | clauses, why=texts),
        st.builds(ApproveClauseDeviation, deviation_id=known),
        st.builds(RejectClauseDeviation, deviation_id=known, opinion=texts),
    ]


def deciding() -> list[st.SearchStrategy[Any]]:
    """Steps of approval."""
    return [
        st.builds(SubmitForApproval),
        st.builds(Approve),
        st.builds(Reject, opinion=texts),
        st.builds(DelegateStep, to=texts, why=words),
        st.builds(SendBack, opinion=words),
        st.builds(WithdrawSubmission, why=words),
    ]


def always() -> list[st.SearchStrategy[Any]]:
    """What is possible at most stages."""
    return [
        st.builds(Note, text=texts),
        st.builds(ChangeOwner, owner=texts),
        st.builds(AttachDocument, document=st.builds(Document, document_id=ids(), title=texts)),
        st.builds(SupersedeDocument, document_id=ids(), superseded_by=ids()),
        st.builds(Tag, tag=texts),
        st.builds(Untag, tag=texts),
        st.builds(ScheduleReview, review_id=ids(), about=texts, due=st.just(date(2026, 6, 30)), reviewer=words),
        st.builds(AddItemFromProduct, item_id=ids(), product_id=texts, quantity=st.just(Decimal(1)), unit_price=st.just(Decimal(9))),
        st.builds(AssessRisk, assessment_id=ids(), rate=st.none() | st.just(Decimal("7.8"))),
        st.builds(MitigateRisk, rule_id=st.sampled_from(("large", "lone", "sold")), how=texts),
        st.builds(RecordReviewDue, review_id=ids()),
        st.builds(CompleteReview, review_id=ids(), findings=texts, outcome=st.sampled_from(ReviewOutcome)),
        st.builds(TerminateContract, ground=texts),
    ]


def resting(contract: Contract) -> list[st.SearchStrategy[Any]]:
    """What is possible while a contract rests, and once it ended."""
    return [
        *[st.builds(ResumeContract)] * 2,
        st.builds(ExpireContract),
        st.builds(ArchiveContract, reference=texts),
        st.builds(TerminateContract, ground=words, exit_fee=st.none() | amounts(contract), exit_obligations=st.just(("x",))),
    ]


def signing(contract: Contract) -> list[st.SearchStrategy[Any]]:
    """Signatures."""
    sides = ids(["us", "c1"], contract.counterparties)
    return [
        st.builds(RequestSignature, party=sides, signatory=words),
        st.builds(AffixSeal, party=sides, kind=st.sampled_from(SealKind), by=words),
        *[st.builds(Sign, party=ids(["us", "c1"], contract.counterparties), signatory=words, method=pens)] * 3,
    ]


def amending(contract: Contract, now: datetime) -> list[st.SearchStrategy[Any]]:
    """Steps of amendments."""
    sides = ids(["us"], contract.counterparties)
    some_day = st.none() | moments(now) | st.just(now + 5 * HOUR)
    known = ids(a.amendment_id for a in contract.amendments.values() if a.status in OPEN)
    return [
        st.builds(ProposeAmendment, amendment_id=ids(), operations=operations(contract), why=words),
        st.builds(ApproveAmendment, amendment_id=known),
        st.builds(RejectAmendment, amendment_id=known, opinion=texts),
        *[st.builds(SignAmendment, amendment_id=known, party=sides, signatory=words, method=pens, effective_from=some_day)] * 3,
        st.builds(TakeAmendmentIntoEffect, amendment_id=known),
    ]


def periods_of_service() -> st.SearchStrategy[Period]:
    """Mostly with both days."""
    return periods | st.just(Period(start=date(2026, 1, 1), end=date(2026, 1, 31)))


services = st.builds(PerformedService, service_id=ids(), description=texts, period=periods_of_service(), quantity=quantities)
measurements = st.builds(
    Measurement,
    measurement_id=ids(),
    metric=texts | st.just("availability"),
    period=periods_of_service(),
    measured=st.sampled_from([Decimal("99.9"), Decimal(0)]),
    unit=st.sampled_from([None, "%", "%"]),
)


def serving(contract: Contract) -> list[st.SearchStrategy[Any]]:
    """Acceptance, defects, services and originals."""
    return [
        st.builds(RequestAcceptance, delivery_id=ids(contract.deliveries), due=days),
        st.builds(RaiseDefect, defect_id=ids(), delivery_id=ids(contract.deliveries), description=texts),
        st.builds(FixDefect, defect_id=ids(contract.defects), how=texts),
        st.builds(ReachMilestone, milestone_id=ids(), description=texts),
        st.builds(RecordService, service=services),
        st.builds(MeasureServiceLevel, measurement=measurements),
        *[st.builds(GrantServiceCredit, term_id=ids(contract.terms), month=st.just(date(2026, 1, 9)), fee=st.none() | amounts(contract))]
        * 2,
        *disputing(contract),
        st.builds(ShareProfit, period=periods_of_service() | st.just(LAST_YEAR), profit=amounts(contract)),
        st.builds(EarnPerformancePay, measurement_id=ids(contract.measurements), fee=st.none() | amounts(contract)),
        *[
            st.builds(
                AdjustPrice,
                adjustment_id=ids(),
                levels=st.just((IndexLevel(index="CPI", level=Decimal(103)),)),
                announced_on=st.just(date(2025, 12, 1)),
                item_id=st.none() | ids(contract.items),
                affected=st.none() | amounts(contract),
                value=st.none() | st.none() | amounts(contract),
                instalments=st.lists(instalments(contract), max_size=1).map(tuple),
            )
        ]
        * 2,
        *delaying(contract),
        st.builds(RecordFeedback, feedback=st.builds(Feedback, feedback_id=ids(), score=st.integers(0, 6), text=texts)),
        st.builds(DepositOriginal, place=texts, copies=st.integers(0, 2)),
    ]


def delaying(contract: Contract) -> list[st.SearchStrategy[Any]]:
    """What delays come to, and relief."""
    through = st.sampled_from([date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 9)])
    return [
        st.builds(AccruePenalty, delivery_id=ids(contract.planned_deliveries), through=through),
        st.builds(AccrueInterest, instalment_id=ids(contract.instalments), through=through),
        st.builds(WaivePenalty, delivery_id=ids(contract.penalties), amount=amounts(contract), why=texts),
        st.builds(WaiveInterest, instalment_id=ids(contract.interest), amount=amounts(contract), why=texts),
        st.builds(ClaimRelief, relief_id=ids(), party=ids(["us", "c1"]), event=texts, start=through, end=st.none() | through),
        st.builds(GrantRelief, relief_id=ids(contract.reliefs), start=through, end=st.none() | through),
        st.builds(RefuseRelief, relief_id=ids(contract.reliefs), why=texts),
        *[st.builds(kind, obligation=owed(contract)) for kind in (RecordObligationDue, RecordObligationOverdue)],
        st.builds(DeclareBreach, breach_id=ids(), by=ids(["us", "c1"]), against=ids(["us", "c1"]), about=texts),
        st.builds(RecordBreachRemedied, breach_id=ids(contract.breaches), how=texts),
    ]


def owed(contract: Contract) -> st.SearchStrategy[Obligation]:
    """Mostly something that the contract plans."""
    return st.builds(
        Obligation, kind=st.sampled_from(ObligationKind), obligation_id=ids(contract.planned_deliveries) | ids(contract.instalments)
    )


def disputing(contract: Contract) -> list[st.SearchStrategy[Any]]:
    """Notices and disputes."""
    sides = ids(["us", "c1"])
    return [
        st.builds(
            ServeNotice, notice_id=ids(), by=sides, to=sides, channel=st.sampled_from(Channel), about=texts, received_on=st.none() | days
        ),
        st.builds(OpenDispute, dispute_id=ids(), about=texts, by=sides, claim=st.none() | amounts(contract)),
        st.builds(EnterDisputeStep, dispute_id=ids(contract.disputes), step=st.sampled_from(StepKind), forum=st.none() | texts),
        st.builds(
            ResolveDispute,
            dispute_id=ids(contract.disputes),
            how=st.sampled_from(Resolution),
            outcome=texts,
            amount=st.none() | amounts(contract),
            owed_by=st.none() | sides,
        ),
    ]


def following(contract: Contract) -> st.SearchStrategy[Period]:
    """Periods that may follow the present one."""
    end = contract.period.end
    if end is None or end.year >= date.max.year:
        return periods
    return periods | st.builds(Period, start=st.just(end + timedelta(days=1)), end=st.just(end + timedelta(days=365)))


def performing(contract: Contract) -> list[st.SearchStrategy[Any]]:
    """Deliveries and payments."""
    return [
        st.builds(
            RecordDelivery,
            delivery_id=ids(contract.planned_deliveries),
            description=texts,
            quantity=quantities,
            towards=st.none() | ids(contract.planned_deliveries),
            excess_reason=st.none() | texts,
        ),
        *serving(contract),
        st.builds(AcceptDelivery, delivery_id=ids(contract.deliveries)),
        st.builds(RejectDelivery, delivery_id=ids(contract.deliveries), why=words),
        st.builds(CompleteContract),
        st.builds(SuspendContract, why=texts, until=days),
        st.builds(GiveRenewalNotice, party=ids(["us"], contract.counterparties), renews=st.booleans()),
        *[st.builds(RenewContract, period=following(contract))] * 2,
        st.builds(ExpireContract),
        *settling(contract),
        *[
            st.builds(
                RecordPayment,
                payment_id=ids(),
                amount=amounts(contract),
                method=methods,
                instalment_id=st.none() | ids(contract.instalments),
                overpayment_reason=st.none() | texts,
                advance_reason=st.none() | texts,
            )
        ]
        * 3,
    ]


def shares(contract: Contract) -> st.SearchStrategy[Share]:
    """Parts of a payment."""
    return st.builds(
        Share,
        amount=amounts(contract),
        instalment_id=st.none() | ids(contract.instalments),
        invoice_id=st.none() | ids(contract.invoices),
    )


def settling(contract: Contract) -> list[st.SearchStrategy[Any]]:
    """Invoices, allocations, retentions and what the bank says."""
    invoices = st.builds(
        Invoice,
        invoice_id=ids(),
        number=texts,
        amount=amounts(contract),
        issued_on=st.sampled_from([date(2026, 1, 1), date(2026, 1, 5), date(9999, 12, 31)]),
        tax=st.none() | amounts(contract),
    )
    statements = st.sampled_from(["s1", "s2", ""])
    return [
        *[st.builds(RegisterInvoice, invoice=invoices, overinvoicing_reason=st.none() | texts)] * 2,
        st.builds(VoidInvoice, invoice_id=ids(contract.invoices), why=words),
        *[
            st.builds(
                AllocatePayment,
                payment_id=ids(contract.payments),
                shares=st.lists(shares(contract), max_size=2).map(tuple),
                advance_reason=st.none() | texts,
            )
        ]
        * 2,
        st.builds(HoldRetention, retention=st.builds(Retention, retention_id=ids(), amount=amounts(contract))),
        st.builds(ReleaseRetention, retention_id=ids(contract.retentions), amount=amounts(contract)),
        st.builds(MatchReconciliation, payment_id=ids(contract.payments), statement=statements, amount=amounts(contract)),
        st.builds(BreakReconciliation, payment_id=ids(contract.payments), statement=statements, why=words),
    ]


def correcting(contract: Contract, now: datetime) -> list[st.SearchStrategy[Any]]:
    """Reversals and corrections."""
    some_day = st.none() | moments(now)
    return [
        st.builds(ReversePayment, payment_id=ids(contract.payments), why=words),
        st.builds(RefundPayment, payment_id=ids(contract.payments), amount=amounts(contract), why=words),
        *settling(contract),
        st.builds(CorrectPayment, payment_id=ids(contract.payments), why=words, amount=st.none() | amounts(contract), paid_at=some_day),
        st.builds(
            CorrectDelivery,
            delivery_id=ids(contract.deliveries),
            why=words,
            description=st.none() | texts,
            quantity=quantities,
            delivered_at=some_day,
        ),
        st.builds(
            CorrectInvoice,
            invoice=st.builds(
                Invoice, invoice_id=ids(contract.invoices), number=texts, amount=amounts(contract), issued_on=st.just(date(2026, 1, 5))
            ),
            why=words,
        ),
        st.builds(CorrectService, service=services, why=words),
        st.builds(CorrectMeasurement, measurement=measurements, why=words),
        st.builds(CorrectMilestone, milestone_id=ids(contract.milestones), why=words, description=st.none() | texts, reached_at=some_day),
        st.builds(StrikeOut, version=st.sampled_from([*contract.recordings, *contract.recordings, contract.version, 0, 1]), why=words),
    ]


@st.composite
def commands(draw: st.DrawFn, contract: Contract, now: datetime) -> ContractCommand:
    """Any command but a publication; mostly one that this stage is about."""
    if not contract.exists:
        return draw(drafts())
    by_stage: dict[str, list[st.SearchStrategy[Any]]] = {
        "drafting": drafting(contract),
        "deciding": deciding(),
        "signing": signing(contract),
        "amending": amending(contract, now),
        "performing": performing(contract),
        "correcting": correcting(contract, now),
        "resting": resting(contract),
        "always": always(),
    }
    usual = {
        Status.DRAFT: ["drafting", "drafting", "drafting", "deciding"],
        Status.IN_APPROVAL: ["deciding"],
        Status.APPROVED: ["signing"],
        Status.IN_FORCE: ["amending", "amending", "performing", "performing", "performing"],
        Status.SUSPENDED: ["resting", "performing"],
    }.get(contract.status, ["performing", "resting"])
    corrections = ["correcting"] * (3 if contract.recordings else 0)
    stage = draw(st.sampled_from([*usual * 2, *corrections, "always", *by_stage]))
    command: ContractCommand = draw(draw(st.sampled_from(by_stage[stage])))
    return command


@st.composite
def releases(draw: st.DrawFn, contract: Contract, now: datetime) -> RecordPublication:
    """Releases of one published contract; dates come in any order, and now and then an id comes twice."""
    numbers = st.sampled_from(["1", "2", "3"])
    distinct = draw(st.booleans())

    def some(parts: st.SearchStrategy[P], id_of: Callable[[P], str], size: int) -> tuple[P, ...]:
        return tuple(draw(st.lists(parts, max_size=size, unique_by=id_of if distinct else None)))

    drawn_items = some(published_items, lambda i: i.item_id, 2)
    gone = [i for i in contract.items if not distinct or i not in {d.item_id for d in drawn_items}]
    some_day = st.none() | moments(now)
    return RecordPublication(
        source=Source(publisher="p", file="f", ocid="o", release_id=draw(numbers), contract_id="1"),
        released_at=draw(some_day),
        published_at=draw(some_day),
        number="CT-1",
        superseded=draw(st.booleans()),
        drafted_at=draw(some_day),
        title=draw(st.none() | words),
        counterparties=some(counterparties, lambda c: c.counterparty_id, 2),
        value=draw(st.none() | amounts(contract)),
        period=draw(periods),
        status=draw(st.none() | st.sampled_from(PublishedStatus)),
        signed_at=draw(some_day),
        ended_at=draw(some_day),
        items=drawn_items,
        removed_items=tuple(draw(st.lists(st.sampled_from([*gone, "n9"]), max_size=1))),
        documents=some(st.builds(Document, document_id=numbers, title=words), lambda d: d.document_id, 2),
        amendments=some(
            st.builds(PublishedAmendment, amendment_id=numbers, made_at=some_day, rationale=texts), lambda a: a.amendment_id, 2
        ),
        payments=some(
            st.builds(PublishedPayment, payment_id=numbers, amount=amounts(contract), paid_at=some_day), lambda p: p.payment_id, 3
        ),
        milestones=some(
            st.builds(PublishedMilestone, milestone_id=numbers, title=words, due=days, met=st.booleans(), met_at=some_day),
            lambda m: m.milestone_id,
            2,
        ),
    )
