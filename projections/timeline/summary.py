"""One line of English that says what an entry tells."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias, assert_never, cast

from domain.access import AccessFact, KeyIssued, KeyRevoked
from domain.contract import ContractFact, operations
from domain.contract.amendment import (
    AmendmentApproved,
    AmendmentFact,
    AmendmentProposed,
    AmendmentRejected,
    AmendmentSigned,
    AmendmentTookEffect,
)
from domain.contract.approval import (
    ApprovalCompleted,
    ApprovalFact,
    ApprovalWithdrawn,
    SentBack,
    StepApproved,
    StepRejected,
    SubmittedForApproval,
)
from domain.contract.closing import ClosingFact, ContractCompleted, ContractTerminated
from domain.contract.content import ClauseAdded, ClauseReworded, ClauseWithdrawn, LineItemAdded, LineItemRemoved, LineItemRevised
from domain.contract.correction import CorrectionFact, FactCorrected
from domain.contract.delivery import (
    DeliveryAccepted,
    DeliveryFact,
    DeliveryRecorded,
    DeliveryRejected,
    DeliveryRescheduled,
    DeliveryScheduled,
)
from domain.contract.drafting import (
    ContractDrafted,
    CounterpartyAdded,
    CounterpartyRemoved,
    DocumentAttached,
    DraftingFact,
    Noted,
    OwnerChanged,
    PeriodChanged,
    TitleChanged,
    ValueChanged,
)
from domain.contract.operations import AnyOperation
from domain.contract.payment import (
    OverpaymentAccepted,
    PaymentFact,
    PaymentRecorded,
    PaymentRescheduled,
    PaymentReversed,
    PaymentScheduled,
    PaymentUnscheduled,
)
from domain.contract.publication import PublicationFact, PublicationRecorded
from domain.contract.signing import ALL_PARTIES, ContractInForce, Signed, SigningFact
from domain.contract.vocabulary import Instalment, Period, PlannedDelivery
from domain.facts import Fact
from domain.party import PartyDetailsChanged, PartyFact, PartyRegistered

AnyFact: TypeAlias = ContractFact | PartyFact | AccessFact

LONGEST_PART = 80


def short(text: str) -> str:
    """A text on one line, of at most LONGEST_PART characters."""
    if len(text) > LONGEST_PART:
        text = text[:LONGEST_PART].rstrip() + "…"
    return text if text.isprintable() else " ".join("".join(c if c.isprintable() else " " for c in text).split())


def because(why: str | None) -> str:
    """A reason, where one was given."""
    return f": {short(why)}" if why else ""


def summary(fact: Fact) -> str:
    """What a fact says, in one line."""
    happened = cast("AnyFact", fact)
    if isinstance(happened, PaymentFact):
        return of_payment(happened)
    if isinstance(happened, DeliveryFact):
        return of_delivery(happened)
    if isinstance(happened, DraftingFact):
        return of_drafting(happened)
    if isinstance(happened, ApprovalFact):
        return of_approval(happened)
    if isinstance(happened, SigningFact | ClosingFact):
        return of_stage(happened)
    if isinstance(happened, AmendmentFact):
        return of_amendment(happened)
    if isinstance(happened, CorrectionFact):
        return of_correction(happened)
    if isinstance(happened, PartyFact | AccessFact | PublicationFact):
        return of_others(happened)
    assert_never(happened)


def of_payment(happened: PaymentFact) -> str:
    """The schedule, and money that moved."""
    match happened:
        case PaymentRecorded(payment_id=payment_id, amount=amount):
            return f"Payment {short(payment_id)} of {amount} recorded"
        case PaymentReversed(payment_id=payment_id, amount=amount, why=why):
            return f"Payment {short(payment_id)} of {amount} reversed{because(why)}"
        case PaymentScheduled(instalment=instalment):
            return f"Instalment {planned_payment(instalment)} scheduled"
        case PaymentRescheduled(instalment=instalment):
            return f"Instalment {planned_payment(instalment)} rescheduled"
        case PaymentUnscheduled(instalment_id=instalment_id):
            return f"Instalment {short(instalment_id)} taken out of the schedule"
        case OverpaymentAccepted(payment_id=payment_id, excess=excess, why=why):
            return f"Overpayment by {excess} accepted for payment {short(payment_id)}{because(why)}"
        case unreachable:
            assert_never(unreachable)


def planned_payment(instalment: Instalment) -> str:
    """An instalment, its amount and its day."""
    return f"{short(instalment.instalment_id)} of {instalment.amount}{on(instalment.due)}"


def on(due: date | None) -> str:
    """A day that something is due, where one is set."""
    return "" if due is None else f", due {due.isoformat()}"


def of_delivery(happened: DeliveryFact) -> str:
    """What was planned, what came, and whether it was accepted."""
    match happened:
        case DeliveryScheduled(delivery=delivery):
            return f"Delivery {planned_delivery(delivery)} scheduled"
        case DeliveryRescheduled(delivery=delivery):
            return f"Delivery {planned_delivery(delivery)} rescheduled"
        case DeliveryRecorded(delivery_id=delivery_id, description=description):
            return f"Delivery {short(delivery_id)} recorded{because(description)}"
        case DeliveryAccepted(delivery_id=delivery_id, note=note):
            return f"Delivery {short(delivery_id)} accepted{because(note)}"
        case DeliveryRejected(delivery_id=delivery_id, why=why):
            return f"Delivery {short(delivery_id)} rejected{because(why)}"
        case unreachable:
            assert_never(unreachable)


def planned_delivery(delivery: PlannedDelivery) -> str:
    """A planned delivery and its day."""
    return f"{short(delivery.delivery_id)} ({short(delivery.description)}{on(delivery.due)})"


def of_drafting(happened: DraftingFact) -> str:
    """What the contract says."""
    match happened:
        case ContractDrafted(number=number, title=title, value=value):
            return f"Contract {short(number)} drafted: {short(title)}" + ("" if value is None else f", {value}")
        case TitleChanged(title=title):
            return f"Title changed to {short(title)}"
        case ValueChanged(value=value):
            return "Value withdrawn" if value is None else f"Value changed to {value}"
        case PeriodChanged(period=period):
            return f"Period changed to {span(period)}"
        case OwnerChanged(owner=owner, department=department):
            return f"Handed to {short(owner or 'nobody')}" + (f" of {short(department)}" if department else "")
        case CounterpartyAdded(counterparty=counterparty):
            return f"Counterparty {short(counterparty.name)} added as {short(counterparty.role)}"
        case CounterpartyRemoved(counterparty_id=counterparty_id):
            return f"Counterparty {short(counterparty_id)} removed"
        case ClauseAdded(clause=clause):
            return f"Clause {short(clause.clause_id)} added{because(clause.heading)}"
        case ClauseReworded(clause=clause):
            return f"Clause {short(clause.clause_id)} reworded{because(clause.heading)}"
        case ClauseWithdrawn(clause_id=clause_id):
            return f"Clause {short(clause_id)} withdrawn"
        case LineItemAdded(item=item):
            return f"Item {short(item.item_id)} added{because(item.description)}"
        case LineItemRevised(item=item):
            return f"Item {short(item.item_id)} revised{because(item.description)}"
        case LineItemRemoved(item_id=item_id):
            return f"Item {short(item_id)} removed"
        case DocumentAttached(document=document):
            return f"Document attached: {short(document.title)}"
        case Noted(text=text):
            return f"Noted: {short(text)}"
        case unreachable:
            assert_never(unreachable)


def span(period: Period) -> str:
    """A period, open where it is."""
    return f"{period.start or 'an open start'} to {period.end or 'an open end'}"


def of_approval(happened: ApprovalFact) -> str:
    """What was decided."""
    match happened:
        case SubmittedForApproval(note=note):
            return f"Submitted for approval{because(note)}"
        case StepApproved(step=step, opinion=opinion):
            return f"Step {step} approved{because(opinion)}"
        case StepRejected(step=step, opinion=opinion):
            return f"Step {step} rejected{because(opinion)}"
        case SentBack(opinion=opinion):
            return f"Sent back{because(opinion)}"
        case ApprovalCompleted():
            return "Approval completed"
        case ApprovalWithdrawn(why=why):
            return f"Submission withdrawn{because(why)}"
        case unreachable:
            assert_never(unreachable)


def of_stage(happened: SigningFact | ClosingFact) -> str:
    """How the contract began to bind, and how it ended."""
    match happened:
        case Signed(party=party, signatory=signatory):
            return f"Signed for {whom(party)}" + (f" by {short(signatory)}" if signatory else "")
        case ContractInForce():
            return "Contract in force"
        case ContractCompleted(note=note):
            return f"Contract completed{because(note)}"
        case ContractTerminated(ground=ground):
            return f"Contract terminated{because(ground)}"
        case unreachable:
            assert_never(unreachable)


def whom(party: str) -> str:
    """The side that signed."""
    return "all parties" if party == ALL_PARTIES else short(party)


def of_amendment(happened: AmendmentFact) -> str:
    """What is agreed anew."""
    match happened:
        case AmendmentProposed(amendment_id=amendment_id, why=why):
            return f"Amendment {short(amendment_id)} proposed{because(why)}"
        case AmendmentApproved(amendment_id=amendment_id, opinion=opinion):
            return f"Amendment {short(amendment_id)} approved{because(opinion)}"
        case AmendmentRejected(amendment_id=amendment_id, opinion=opinion):
            return f"Amendment {short(amendment_id)} rejected{because(opinion)}"
        case AmendmentSigned(amendment_id=amendment_id, party=party):
            return f"Amendment {short(amendment_id)} signed for {whom(party)}"
        case AmendmentTookEffect(amendment_id=amendment_id, operations=changes):
            said = ", ".join(of_operation(cast("AnyOperation", o)) for o in changes[:3])
            more = f" and {len(changes) - 3} more" if len(changes) > 3 else ""  # noqa: PLR2004 - as many as are said
            return f"Amendment {short(amendment_id)} took effect" + (f": {said}{more}" if said else "")
        case unreachable:
            assert_never(unreachable)


def of_operation(operation: AnyOperation) -> str:
    """One change of an amendment."""
    match operation:
        case operations.ChangeTitle(title=title):
            return f"title {short(title)}"
        case operations.ChangeValue(value=value):
            return f"value {value}"
        case operations.ChangePeriod(period=period):
            return f"period {span(period)}"
        case operations.PutItem(item=item):
            return f"item {short(item.item_id)}"
        case operations.RemoveItem(item_id=item_id):
            return f"item {short(item_id)} removed"
        case operations.PutInstalment(instalment=instalment):
            return f"instalment {planned_payment(instalment)}"
        case operations.RemoveInstalment(instalment_id=instalment_id):
            return f"instalment {short(instalment_id)} removed"
        case operations.PutDelivery(delivery=delivery):
            return f"delivery {planned_delivery(delivery)}"
        case operations.RemoveDelivery(delivery_id=delivery_id):
            return f"delivery {short(delivery_id)} removed"
        case operations.PutClause(clause=clause):
            return f"clause {short(clause.clause_id)}"
        case operations.RemoveClause(clause_id=clause_id):
            return f"clause {short(clause_id)} withdrawn"
        case unreachable:
            assert_never(unreachable)


def of_correction(happened: FactCorrected) -> str:
    """What is said instead of what was said."""
    was = summary(happened.was.fact)
    if happened.becomes is None:
        return f"Version {happened.corrects} struck out ({was}){because(happened.why)}"
    moment = "" if happened.effective_at is None else f", on {happened.effective_at.date().isoformat()}"
    return f"Version {happened.corrects} corrected: {summary(happened.becomes.fact)}{moment}{because(happened.why)}"


def of_others(happened: PartyFact | AccessFact | PublicationFact) -> str:
    """Parties, the keys of the ledger, and the releases of publishers."""
    match happened:
        case PublicationRecorded(source=source):
            return f"Published by {short(source.publisher)} in release {short(source.release_id)} of {short(source.ocid)}"
        case PartyRegistered(name=name):
            return f"Party {short(name)} registered"
        case PartyDetailsChanged(name=name):
            return f"Details of party {short(name)} changed"
        case KeyIssued(key_id=key_id, principal=principal, roles=roles):
            return f"Key {short(key_id)} issued to {short(principal)} as {', '.join(roles)}"
        case KeyRevoked(key_id=key_id, why=why):
            return f"Key {short(key_id)} revoked{because(why)}"
        case unreachable:
            assert_never(unreachable)
