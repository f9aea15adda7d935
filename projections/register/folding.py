"""Folds facts into a line of the register."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeAlias, assert_never, cast, get_args

from domain.access import AccessFact
from domain.alert import AlertFact
from domain.alerting import AlertRulesFact
from domain.clock import ClockFact
from domain.contract import ContractFact, operations
from domain.contract.acceptance import AcceptanceFact
from domain.contract.accrual import AccrualFact
from domain.contract.agreement import TermAgreed, TermChanged, TermWithdrawn
from domain.contract.amendment import (
    AmendmentApproved,
    AmendmentFact,
    AmendmentLapsed,
    AmendmentProposed,
    AmendmentRejected,
    AmendmentSigned,
    AmendmentTookEffect,
    AmendmentWaits,
)
from domain.contract.approval import (
    ApprovalCompleted,
    ApprovalFact,
    ApprovalWithdrawn,
    SentBack,
    StepApproved,
    StepDelegated,
    StepRejected,
    SubmittedForApproval,
)
from domain.contract.breach import BreachFact
from domain.contract.catalogued import CatalogueFact
from domain.contract.closing import ClosingFact, ContractArchived, ContractCompleted, ContractExpired, ContractTerminated
from domain.contract.content import ClauseAdded, ClauseReworded, ClauseWithdrawn, LineItemAdded, LineItemRemoved, LineItemRevised
from domain.contract.continuation import ContinuationFact, ContractRenewed, ContractResumed, ContractSuspended, RenewalNoticeGiven
from domain.contract.correction import CorrectionFact, FactCorrected
from domain.contract.credit import CreditFact
from domain.contract.custom import CustomFact, CustomFieldCleared, CustomFieldSet
from domain.contract.delivery import DeliveryFact
from domain.contract.deviation import DeviationFact
from domain.contract.disputes import DisputeFact
from domain.contract.drafting import (
    ContractDrafted,
    CounterpartyAdded,
    CounterpartyRemoved,
    DocumentAttached,
    DraftingFact,
    Noted,
    OwnerChanged,
    PeriodChanged,
    TemplateUsed,
    TitleChanged,
    ValueChanged,
)
from domain.contract.earnings import EarningFact
from domain.contract.invoicing import InvoicingFact
from domain.contract.notices import NoticeFact
from domain.contract.operations import AnyOperation
from domain.contract.particulars import (
    CounterpartyRoleChanged,
    DocumentSuperseded,
    LineItemRepriced,
    ParticularFact,
    Tagged,
    Untagged,
)
from domain.contract.payment import (
    OverpaymentAccepted,
    PaymentFact,
    PaymentRecorded,
    PaymentRescheduled,
    PaymentReversed,
    PaymentScheduled,
    PaymentUnscheduled,
)
from domain.contract.pricing import PricingFact
from domain.contract.publication import PublicationFact
from domain.contract.relief import ReliefFact
from domain.contract.review import ReviewFact
from domain.contract.risk import RiskFact
from domain.contract.services import ServiceFact
from domain.contract.settlement import (
    PaymentAllocated,
    PaymentRefunded,
    ReconciliationBroken,
    ReconciliationMatched,
    RetentionHeld,
    RetentionReleased,
    SettlementFact,
)
from domain.contract.signing import ContractInForce, OriginalDeposited, SealAffixed, SignatureRequested, Signed, SigningFact, TextFixed
from domain.contract.sourcing import QuoteFact
from domain.contract.triggers import PaymentPrecededTrigger
from domain.contract.vocabulary import Status
from domain.delegation import DelegationFact
from domain.document import DocumentFact
from domain.facts import Entry
from domain.fields import FieldsFact
from domain.party import PartyFact
from domain.policy import PolicyFact
from domain.product import ProductFact
from domain.risk import RiskRulesFact
from domain.searches import SearchesFact
from domain.template import TemplateFact
from infra.ledger import CONTRACT
from projections.facts import AnyFact
from projections.register.fields import sought
from projections.register.line import Line

# What was delivered, performed, earned, invoiced, accrued and credited, what the sides say to
# that, what may be worded otherwise, and which releases said so, is for other views.
OtherStreamsFact: TypeAlias = (
    PartyFact
    | DocumentFact
    | PolicyFact
    | TemplateFact
    | ProductFact
    | FieldsFact
    | RiskRulesFact
    | DelegationFact
    | SearchesFact
    | AlertRulesFact
    | AlertFact
    | ClockFact
    | AccessFact
)
OtherViewsFact: TypeAlias = (
    CatalogueFact
    | DeliveryFact
    | AcceptanceFact
    | ServiceFact
    | AccrualFact
    | ReliefFact
    | BreachFact
    | CreditFact
    | DeviationFact
    | EarningFact
    | QuoteFact
    | ReviewFact
    | NoticeFact
    | DisputeFact
    | InvoicingFact
    | PublicationFact
)  # fmt: skip

# What never changes a line, of the facts that are told apart below.
SILENT: Final[frozenset[type]] = frozenset(
    {
        *get_args(OtherViewsFact),
        *(ClauseAdded, ClauseReworded, ClauseWithdrawn, LineItemAdded, LineItemRevised, LineItemRemoved, LineItemRepriced),
        *(TermAgreed, TermChanged, TermWithdrawn, DocumentAttached, DocumentSuperseded, Noted, TemplateUsed),
        *(StepApproved, StepDelegated, Signed, SignatureRequested, SealAffixed, OriginalDeposited, TextFixed),
        *(AmendmentProposed, AmendmentApproved, AmendmentRejected, AmendmentSigned, AmendmentWaits, AmendmentLapsed),
        *(PaymentScheduled, PaymentRescheduled, PaymentUnscheduled, OverpaymentAccepted, PaymentPrecededTrigger),
        *(PaymentAllocated, RetentionHeld, RetentionReleased, ReconciliationMatched, ReconciliationBroken),
        *(RenewalNoticeGiven, ContractArchived),
    }
)


def contract_of(entry: Entry) -> str | None:
    """The id of the contract that an entry is about; None where its stream is not that of one."""
    happened = cast("AnyFact", entry.fact)
    if isinstance(happened, OtherStreamsFact):
        return None
    if not entry.stream.startswith(CONTRACT.prefix):
        message = f"{type(happened).__name__} is a fact of contracts, and {entry.stream!r} is not the stream of one"
        raise ValueError(message)
    return entry.stream.removeprefix(CONTRACT.prefix)


def fold(line: Line, entry: Entry) -> None:
    """Changes a contract's line by its next entry. What a correction does to payments `settle` tells."""
    happened = cast("ContractFact", entry.fact)
    if isinstance(happened, PaymentFact):
        fold_payment(line, happened)
    elif isinstance(happened, SettlementFact):
        fold_settlement(line, happened)
    elif isinstance(happened, OtherViewsFact):
        pass
    elif isinstance(happened, ParticularFact):
        fold_particular(line, happened)
    elif isinstance(happened, CustomFact):
        fold_custom(line, happened)
    elif isinstance(happened, RiskFact):
        line.risk = happened.level
    elif isinstance(happened, PricingFact):
        if happened.value is not None:
            line.state(happened.value)
    elif isinstance(happened, DraftingFact):
        fold_drafting(line, entry, happened)
    elif isinstance(happened, ApprovalFact | SigningFact | ContinuationFact | ClosingFact):
        fold_stage(line, entry, happened)
    elif isinstance(happened, AmendmentFact):
        fold_amendment(line, happened)
    elif isinstance(happened, CorrectionFact):
        line.corrections += 1
    else:
        assert_never(happened)
    line.version = entry.version
    line.position = entry.position
    line.updated_at = entry.recorded_at


def fold_payment(line: Line, happened: PaymentFact) -> None:
    """Money that moved."""
    match happened:
        case PaymentRecorded():
            line.pay(happened.amount)
        case PaymentReversed():
            line.unpay(happened.amount)
        case PaymentScheduled() | PaymentRescheduled() | PaymentUnscheduled() | OverpaymentAccepted() | PaymentPrecededTrigger():
            pass
        case unreachable:
            assert_never(unreachable)


def fold_settlement(line: Line, happened: SettlementFact) -> None:
    """What was given back of money that moved."""
    match happened:
        case PaymentRefunded():
            line.unpay(happened.amount)
        case PaymentAllocated() | RetentionHeld() | RetentionReleased() | ReconciliationMatched() | ReconciliationBroken():
            pass
        case unreachable:
            assert_never(unreachable)


def fold_drafting(line: Line, entry: Entry, happened: DraftingFact) -> None:
    """What the contract says of itself."""
    match happened:
        case ContractDrafted():
            begin(line, entry, happened)
        case TitleChanged():
            line.title = happened.title
        case ValueChanged():
            line.state(happened.value)
        case PeriodChanged():
            line.span(happened.period)
        case OwnerChanged():
            line.owner, line.department = happened.owner, happened.department
        case CounterpartyAdded(counterparty=added):
            line.face(tuple({**{c.counterparty_id: c for c in line.counterparties}, added.counterparty_id: added}.values()))
        case CounterpartyRemoved():
            line.face(tuple(c for c in line.counterparties if c.counterparty_id != happened.counterparty_id))
        case ClauseAdded() | ClauseReworded() | ClauseWithdrawn() | LineItemAdded() | LineItemRevised() | LineItemRemoved():
            pass
        case TermAgreed() | TermChanged() | TermWithdrawn():
            pass
        case DocumentAttached() | Noted() | TemplateUsed():
            pass
        case unreachable:
            assert_never(unreachable)


def fold_particular(line: Line, happened: ParticularFact) -> None:
    """Small changes around the contract."""
    match happened:
        case CounterpartyRoleChanged(counterparty_id=changed, role=role):
            line.face(tuple(replace(c, role=role) if c.counterparty_id == changed else c for c in line.counterparties))
        case Tagged(tag=tag):
            line.tags = tuple(sorted({*line.tags, tag}))
        case Untagged(tag=tag):
            line.tags = tuple(held for held in line.tags if held != tag)
        case LineItemRepriced() | DocumentSuperseded():
            pass
        case unreachable:
            assert_never(unreachable)


def fold_custom(line: Line, happened: CustomFact) -> None:
    """What it holds in the fields that the house defined."""
    match happened:
        case CustomFieldSet(key=key):
            line.custom_fields = {**line.custom_fields, key: sought(happened.type, happened.value)}
        case CustomFieldCleared(key=key):
            line.custom_fields = {held: v for held, v in line.custom_fields.items() if held != key}
        case unreachable:
            assert_never(unreachable)


def begin(line: Line, entry: Entry, drafted: ContractDrafted) -> None:
    """Gives a new line its initial values."""
    line.number = drafted.number
    line.title = drafted.title
    line.kind = drafted.kind
    line.direction = drafted.direction
    line.our_entity = drafted.our_entity
    line.face(drafted.counterparties)
    line.state(drafted.value)
    line.span(drafted.period)
    line.owner = drafted.owner
    line.department = drafted.department
    line.confidentiality = drafted.confidentiality
    if drafted.source is not None:
        line.publisher = drafted.source.publisher
        line.ocid = drafted.source.ocid
    line.drafted_at = entry.effective_at


def fold_stage(line: Line, entry: Entry, happened: ApprovalFact | SigningFact | ContinuationFact | ClosingFact) -> None:
    """Where the contract stands in its life."""
    match happened:
        case SubmittedForApproval():
            line.status = Status.IN_APPROVAL
            line.submitted_at = entry.effective_at
        case StepRejected():
            line.status = Status.REJECTED
        case SentBack() | ApprovalWithdrawn():
            line.status = Status.DRAFT
        case ApprovalCompleted():
            line.status = Status.APPROVED
            line.approved_at = entry.effective_at
        case ContractInForce():
            line.status = Status.IN_FORCE
            line.in_force_since = entry.effective_at
        case ContractRenewed():
            line.span(happened.period)
        case ContractSuspended():
            line.status = Status.SUSPENDED
        case ContractResumed():
            line.status = Status.IN_FORCE
        case ContractCompleted():
            line.status = Status.COMPLETED
            line.ended_at = entry.effective_at
        case ContractTerminated():
            line.status = Status.TERMINATED
            line.ended_at = entry.effective_at
        case ContractExpired():
            line.status = Status.EXPIRED
            line.ended_at = entry.effective_at
        case StepApproved() | StepDelegated() | Signed() | SignatureRequested() | SealAffixed() | OriginalDeposited() | TextFixed():
            pass
        case RenewalNoticeGiven() | ContractArchived():
            pass
        case unreachable:
            assert_never(unreachable)


def fold_amendment(line: Line, happened: AmendmentFact) -> None:
    """What was agreed anew."""
    match happened:
        case AmendmentTookEffect():
            for operation in happened.operations:
                apply(line, cast("AnyOperation", operation))
        case AmendmentProposed() | AmendmentApproved() | AmendmentRejected() | AmendmentSigned() | AmendmentWaits() | AmendmentLapsed():
            pass
        case unreachable:
            assert_never(unreachable)


def apply(line: Line, operation: AnyOperation) -> None:
    """One change of an amendment that took effect."""
    match operation:
        case operations.ChangeTitle():
            line.title = operation.title
        case operations.ChangeValue():
            line.state(operation.value)
        case operations.ChangePeriod():
            line.span(operation.period)
        case operations.PutItem() | operations.RemoveItem() | operations.PutInstalment() | operations.RemoveInstalment():
            pass
        case operations.PutDelivery() | operations.RemoveDelivery() | operations.PutClause() | operations.RemoveClause():
            pass
        case operations.PutTerm() | operations.RemoveTerm():
            pass
        case unreachable:
            assert_never(unreachable)


def concerns_payments(correction: FactCorrected) -> bool:
    """Whether a correction may change what was paid."""
    return isinstance(correction.was.fact, PaymentRecorded)
