"""Amendment: typed changes to a contract in force, which act only once everybody agreed and signed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, assert_never, cast

from domain import terms
from domain.contract import agreement, deviation, invoicing, operations, rules, settlement, triggers
from domain.contract.content import require_item
from domain.contract.delivery import delivered, require_within_plan
from domain.contract.drafting import require_period
from domain.contract.operations import AnyOperation, Operation
from domain.contract.state import Amendment, Contract, Made
from domain.contract.vocabulary import SigningMethod, Status
from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.money import Money
from domain.refusals import Refusal


@fact("contract.amendment_proposed", schema=4)
class AmendmentProposed(Fact):
    """Somebody wants to change what was agreed: why, what it brings about, and the documents that show it."""

    amendment_id: str
    operations: tuple[Operation, ...]
    why: str
    impact: str | None = None
    evidence: tuple[str, ...] = ()


@fact("contract.amendment_approved")
class AmendmentApproved(Fact):
    """Our side agreed to the amendment."""

    amendment_id: str
    opinion: str | None = None


@fact("contract.amendment_rejected")
class AmendmentRejected(Fact):
    """Our side did not agree, or no longer does; nothing changes."""

    amendment_id: str
    opinion: str


@fact("contract.amendment_signed", schema=2)
class AmendmentSigned(Fact):
    """One side signed the amendment."""

    amendment_id: str
    party: str
    signatory: str | None = None
    method: SigningMethod = SigningMethod.UNSTATED
    party_id: str | None = None


@fact("contract.amendment_took_effect", schema=3)
class AmendmentTookEffect(Fact):
    """The operations act from here on. They are repeated, so that this fact alone says what changed, and by which approved deviations."""

    amendment_id: str
    operations: tuple[Operation, ...]
    deviations: tuple[str, ...] = ()


@fact("contract.amendment_waits")
class AmendmentWaits(Fact):
    """Everybody signed the amendment, which acts only from a later moment on; until then nothing changes."""

    amendment_id: str
    effective_from: datetime


@fact("contract.amendment_lapsed")
class AmendmentLapsed(Fact):
    """The contract ended before the amendment took effect; it never will."""

    amendment_id: str


AmendmentFact: TypeAlias = (
    AmendmentProposed | AmendmentApproved | AmendmentRejected | AmendmentSigned | AmendmentWaits | AmendmentTookEffect | AmendmentLapsed
)


@value
class ProposeAmendment(Command):
    """Propose typed changes to a contract in force; `evidence` names documents of the contract."""

    amendment_id: str
    operations: tuple[Operation, ...]
    why: str
    impact: str | None = None
    evidence: tuple[str, ...] = ()


@value
class ApproveAmendment(Command):
    """Agree to an amendment."""

    amendment_id: str
    opinion: str | None = None


@value
class RejectAmendment(Command):
    """Decline an amendment, or call off one that was approved and has not taken effect, also where it was signed and waits."""

    amendment_id: str
    opinion: str


@value
class SignAmendment(Command):
    """Record one side's signature; with the last one the amendment takes effect, or waits where `effective_from` is still to come."""

    amendment_id: str
    party: str
    signatory: str
    method: SigningMethod
    effective_from: datetime | None = None


@value
class TakeAmendmentIntoEffect(Command):
    """Let an amendment that waited act, once its moment has come; also while the contract rests."""

    amendment_id: str


AmendmentCommand: TypeAlias = ProposeAmendment | ApproveAmendment | RejectAmendment | SignAmendment | TakeAmendmentIntoEffect


class AmendmentIsEmpty(Refusal):
    """An amendment changes something."""

    template = "The amendment {amendment_id!r} has no operations."


class TouchedByOpenAmendment(Refusal):
    """Two open amendments do not touch the same thing."""

    template = "The open amendment {other!r} already changes the {element} {element_id!r}."


class TouchedTwice(Refusal):
    """One amendment changes each thing once."""

    template = "The amendment changes the {element} {element_id!r} more than once."


class AmendmentNotAt(Refusal):
    """An amendment is approved, then signed."""

    template = "The amendment {amendment_id!r} is {status}; this is possible only while it is {allowed}."


class ProposerMayNotApprove(Refusal):
    """Four eyes: who proposed an amendment does not decide on it."""

    template = "{actor} proposed this amendment; somebody else has to decide."


class ValueBelowInvoiced(Refusal):
    """The value is not lowered below what was invoiced, unless a fact says that more may be."""

    template = "The value of {value} is below the {invoiced} already invoiced."


class InstalmentHasPayments(Refusal):
    """An instalment towards which a payment stands stays in the schedule."""

    template = "The payment {payment_id!r} was made towards the instalment {instalment_id!r}, which can therefore not be removed."


class AmendmentNotYetEffective(Refusal):
    """An amendment acts from the moment on that was agreed, and not before."""

    template = "The amendment {amendment_id!r} takes effect only at {effective_from}."


class AmendmentStillOpen(Refusal):
    """A contract is completed once nothing about it is still to be changed."""

    template = "These amendments are still open: {amendments}."


WAITING = "waiting"
OPEN = ("proposed", "approved", WAITING)


def require_operation(contract: Contract, operation: Operation) -> None:
    """Refuses an operation whose content would be refused in a draft, or that removes what is not there."""
    match cast("AnyOperation", operation):
        case operations.ChangeTitle(title=title):
            rules.require_text("title", title)
        case operations.ChangeValue(value=changed):
            rules.require_amount(contract, changed)
        case operations.ChangePeriod(period=period):
            require_period(period)
        case operations.PutItem(item=item):
            require_item(item)
        case operations.RemoveItem(item_id=item_id):
            rules.require_known("item", item_id, contract.items)
        case operations.PutInstalment(instalment=instalment):
            rules.require_amount(contract, instalment.amount)
        case operations.RemoveInstalment(instalment_id=instalment_id):
            rules.require_known("instalment", instalment_id, contract.instalments)
        case operations.PutDelivery(delivery=delivery):
            rules.require_quantity("delivery", delivery.delivery_id, delivery.quantity)
        case operations.PutClause():
            pass
        case operations.RemoveDelivery(delivery_id=delivery_id):
            rules.require_known("delivery", delivery_id, contract.planned_deliveries)
        case operations.RemoveClause(clause_id=clause_id):
            rules.require_known("clause", clause_id, contract.clauses)
        case operations.PutTerm(term=term):
            terms.check(term)
        case operations.RemoveTerm(term_id=term_id):
            rules.require_known("term", term_id, contract.terms)
        case unreachable:
            assert_never(unreachable)


def require_outcome(contract: Contract, changes: tuple[Operation, ...], made: Made) -> None:
    """Refuses operations after which payments or deliveries would not fit the plan, or the schedule, terms and value not go together."""
    outcome = contract.copy()
    for operation in changes:
        operations.apply(operation, outcome, made)
    before, after = triggers.amounts(contract), triggers.amounts(outcome)
    for payment in outcome.payments.values():
        towards = [None if payment.reversed else payment.instalment_id, *(share.instalment_id for share in payment.allocation)]
        for held in towards:
            if held is not None and held in before and held not in after:
                raise InstalmentHasPayments(instalment_id=held, payment_id=payment.payment_id)
    for planned_id in outcome.planned_deliveries:
        require_within_plan(outcome, planned_id, delivered(outcome, planned_id))
    settlement.require_within(outcome, (share for payment in outcome.payments.values() for share in payment.allocation))
    rules.require_schedule(outcome.value, outcome.instalments.values())
    agreement.require_terms(outcome)
    if outcome.value is not None:
        rules.require_covered(outcome, outcome.value)
        require_invoiced(contract, outcome, outcome.value)


def require_invoiced(contract: Contract, outcome: Contract, value: Money) -> None:
    """Refuses with ValueBelowInvoiced."""
    invoiced = invoicing.invoiced(outcome, value.currency)
    if (contract.value is None or contract.value > value) and invoiced > value.minor and not contract.accepts_overinvoicing:
        raise ValueBelowInvoiced(value=value, invoiced=Money(invoiced, value.currency))


def propose(contract: Contract, command: ProposeAmendment, occasion: Occasion) -> list[Fact]:
    """Refusals: ElementExists, AmendmentIsEmpty, NeedsText, UnknownElement, TouchedTwice, TouchedByOpenAmendment, then the content.

    After what is wrong with an operation by itself comes ClauseIsLocked, then the outcome.
    """
    rules.require_new("amendment", command.amendment_id, contract.amendments)
    if not command.operations:
        raise AmendmentIsEmpty(amendment_id=command.amendment_id)
    rules.require_text("reason", command.why)
    for document_id in command.evidence:
        rules.require_known("document", document_id, contract.documents)
    touched: set[tuple[str, str]] = set()
    for element, element_id in map(operations.subject, command.operations):
        if (element, element_id) in touched:
            raise TouchedTwice(element=element, element_id=element_id)
        touched.add((element, element_id))
    for other in contract.amendments.values():
        if other.status in OPEN:
            for element, element_id in map(operations.subject, other.operations):
                if (element, element_id) in touched:
                    raise TouchedByOpenAmendment(other=other.amendment_id, element=element, element_id=element_id)
    for operation in command.operations:
        require_operation(contract, operation)
    deviation.approved_all(contract, command.operations)
    require_outcome(contract, command.operations, Made(contract.version + 1, occasion.effective_at))
    return [
        AmendmentProposed(
            amendment_id=command.amendment_id,
            operations=command.operations,
            why=command.why,
            impact=command.impact,
            evidence=command.evidence,
        )
    ]


def require_status(amendment: Amendment, *allowed: str) -> None:
    """Refuses with AmendmentNotAt."""
    if amendment.status not in allowed:
        raise AmendmentNotAt(amendment_id=amendment.amendment_id, status=amendment.status, allowed=" or ".join(allowed))


def sign(contract: Contract, command: SignAmendment, occasion: Occasion) -> list[Fact | Dated]:
    """Refusals: AmendmentNotAt, UnknownElement, ElementExists, NeedsText; for the last side also ClauseIsLocked, then the outcome."""
    amendment = contract.amendments[command.amendment_id]
    require_status(amendment, "approved")
    sides = rules.sides(contract)
    rules.require_known("party", command.party, sides)
    rules.require_new("signature of", command.party, amendment.signed_by)
    rules.require_text("signatory", command.signatory)
    signed = AmendmentSigned(
        amendment_id=command.amendment_id,
        party=command.party,
        signatory=command.signatory,
        method=command.method,
        party_id=rules.party_of(contract, command.party),
    )
    if not {*amendment.signed_by, command.party} >= set(sides):
        return [signed]
    latest = max(occasion.effective_at, amendment.signed_at or occasion.effective_at)
    moment = command.effective_from or latest
    deviations = deviation.approved_all(contract, amendment.operations)
    require_outcome(contract, amendment.operations, Made(contract.version + 1, moment))
    if moment > occasion.now:
        return [signed, AmendmentWaits(amendment_id=command.amendment_id, effective_from=moment)]
    took_effect = AmendmentTookEffect(amendment_id=command.amendment_id, operations=amendment.operations, deviations=deviations)
    return [signed, Dated(took_effect, moment)]


def take_effect(contract: Contract, command: TakeAmendmentIntoEffect, occasion: Occasion) -> list[Fact | Dated]:
    """Refusals: AmendmentNotAt, AmendmentNotYetEffective, ClauseIsLocked, the outcome: these may have changed since everybody signed."""
    amendment = contract.amendments[command.amendment_id]
    require_status(amendment, WAITING)
    moment = amendment.effective_from or occasion.now
    if moment > occasion.now:
        raise AmendmentNotYetEffective(amendment_id=command.amendment_id, effective_from=moment.isoformat())
    deviations = deviation.approved_all(contract, amendment.operations)
    require_outcome(contract, amendment.operations, Made(contract.version + 1, moment))
    took_effect = AmendmentTookEffect(amendment_id=command.amendment_id, operations=amendment.operations, deviations=deviations)
    return [Dated(took_effect, moment)]


def open_amendments(contract: Contract) -> list[str]:
    """The amendments that may still take effect."""
    return [a.amendment_id for a in contract.amendments.values() if a.status in OPEN]


def lapsing(contract: Contract) -> list[Fact]:
    """What becomes of amendments that may still take effect when the contract ends."""
    return [AmendmentLapsed(amendment_id=a) for a in open_amendments(contract)]


def require_none_open(contract: Contract) -> None:
    """Refuses with AmendmentStillOpen."""
    still_open = open_amendments(contract)
    if still_open:
        raise AmendmentStillOpen(amendments=", ".join(still_open))


def decide(contract: Contract, command: AmendmentCommand, occasion: Occasion) -> list[Fact | Dated]:
    """Refusals: WrongStage, UnknownElement, then those of the step."""
    if isinstance(command, TakeAmendmentIntoEffect):
        rules.require_stage(contract, Status.IN_FORCE, Status.SUSPENDED)
        rules.require_known("amendment", command.amendment_id, contract.amendments)
        return take_effect(contract, command, occasion)
    rules.require_stage(contract, Status.IN_FORCE)
    if isinstance(command, ProposeAmendment):
        return [*propose(contract, command, occasion)]
    rules.require_known("amendment", command.amendment_id, contract.amendments)
    if isinstance(command, SignAmendment):
        return sign(contract, command, occasion)
    amendment = contract.amendments[command.amendment_id]
    # What was approved may turn out impossible, such as a value that payments have overtaken: somebody must be able to call it off.
    require_status(amendment, *(OPEN if isinstance(command, RejectAmendment) else ("proposed",)))
    if amendment.proposed_by in (occasion.actor, occasion.on_behalf_of):
        raise ProposerMayNotApprove(actor=amendment.proposed_by)
    match command:
        case ApproveAmendment(amendment_id=amendment_id, opinion=opinion):
            return [AmendmentApproved(amendment_id=amendment_id, opinion=opinion)]
        case RejectAmendment(amendment_id=amendment_id, opinion=text):
            rules.require_text("opinion", text)
            return [AmendmentRejected(amendment_id=amendment_id, opinion=text)]
        case unreachable:
            assert_never(unreachable)


def evolve(contract: Contract, entry: Entry, happened: AmendmentFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case AmendmentProposed(amendment_id=amendment_id, operations=changes):
            contract.amendments[amendment_id] = Amendment(
                amendment_id=amendment_id,
                operations=cast("tuple[AnyOperation, ...]", changes),
                proposed_by=entry.meta.actor,
                proposed_at=entry.effective_at,
            )
        case AmendmentApproved(amendment_id=amendment_id):
            mark(contract, amendment_id, "approved")
        case AmendmentRejected(amendment_id=amendment_id):
            mark(contract, amendment_id, "rejected")
        case AmendmentSigned(amendment_id=amendment_id, party=party):
            held = contract.amendments.get(amendment_id)
            if held is not None:
                latest = max(entry.effective_at, held.signed_at or entry.effective_at)
                contract.amendments[amendment_id] = replace(held, signed_by=(*held.signed_by, party), signed_at=latest)
        case AmendmentWaits(amendment_id=amendment_id, effective_from=moment):
            mark(contract, amendment_id, WAITING, moment)
        case AmendmentLapsed(amendment_id=amendment_id):
            mark(contract, amendment_id, "lapsed")
        case AmendmentTookEffect(amendment_id=amendment_id, operations=changes, deviations=deviations):
            mark(contract, amendment_id, "in_effect")
            for used in deviations:
                deviation.apply(contract, used)
            for operation in changes:
                operations.apply(operation, contract, Made(entry.version, entry.effective_at))
        case unreachable:
            assert_never(unreachable)


def mark(contract: Contract, amendment_id: str, status: str, effective_from: datetime | None = None) -> None:
    """Moves an amendment on. One that is unknown as of the moment asked about stays unknown."""
    held = contract.amendments.get(amendment_id)
    if held is not None:
        contract.amendments[amendment_id] = replace(held, status=status, effective_from=effective_from or held.effective_from)
