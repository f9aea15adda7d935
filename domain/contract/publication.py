"""Publication: a contract as a government publishes it, release by release, turned into the facts that are new.

The rules that bind our own people (four eyes, approval before signature) do not bind what others have already done;
what was published is recorded as it stands. A field that a later release omits is unchanged, as the Open Contracting
Data Standard has it (https://standard.open-contracting.org/1.1/en/schema/merging/).
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias, TypeVar

from domain.contract import operations
from domain.contract.amendment import AmendmentProposed, AmendmentTookEffect
from domain.contract.closing import ContractTerminated
from domain.contract.correction import FactCorrected, Restated, find
from domain.contract.delivery import DeliveryRecorded, DeliveryRescheduled, DeliveryScheduled
from domain.contract.drafting import (
    ContractDrafted,
    CounterpartyAdded,
    DocumentAttached,
    LineItemAdded,
    LineItemRemoved,
    LineItemRevised,
    PeriodChanged,
    TitleChanged,
    ValueChanged,
)
from domain.contract.operations import Operation
from domain.contract.payment import OverpaymentAccepted, PaymentRecorded
from domain.contract.signing import ALL_PARTIES, ContractInForce, Signed
from domain.contract.state import Contract
from domain.contract.vocabulary import (
    Counterparty,
    Direction,
    Document,
    Kind,
    LineItem,
    Period,
    PlannedDelivery,
    Source,
    Status,
)
from domain.facts import Command, Dated, Fact, value
from domain.money import Money
from domain.refusals import Refusal


class PublishedStatus(StrEnum):
    """OCDS `contractStatus` (codelist 1.1)."""

    PENDING = "pending"
    ACTIVE = "active"
    CANCELLED = "cancelled"
    TERMINATED = "terminated"


@value
class PublishedAmendment:
    """An amendment that a release mentions; what it changed shows in the release itself."""

    amendment_id: str
    made_at: datetime
    rationale: str


@value
class PublishedPayment:
    """A transaction of the implementation section."""

    payment_id: str
    amount: Money
    paid_at: datetime
    payer: str | None = None
    payee: str | None = None


@value
class PublishedMilestone:
    """A milestone of the implementation section; `met_at` once it was met."""

    milestone_id: str
    title: str
    due: date | None = None
    met_at: datetime | None = None


@value
class RecordPublication(Command):
    """Record what a publisher's release says of a contract.

    `released_at` dates what the release does not date itself; `removed_items` is never guessed from omission.
    """

    source: Source
    released_at: datetime
    drafted_at: datetime
    number: str
    title: str | None = None
    our_entity: str = ""
    counterparties: tuple[Counterparty, ...] = ()
    value: Money | None = None
    period: Period = Period()
    status: PublishedStatus | None = None
    signed_at: datetime | None = None
    ended_at: datetime | None = None
    items: tuple[LineItem, ...] = ()
    removed_items: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    amendments: tuple[PublishedAmendment, ...] = ()
    payments: tuple[PublishedPayment, ...] = ()
    milestones: tuple[PublishedMilestone, ...] = ()


PublicationCommand: TypeAlias = RecordPublication


class NothingNew(Refusal):
    """A release that repeats what is known leaves no trace."""

    template = "The release says nothing that the ledger does not know."


def decide(contract: Contract, command: RecordPublication) -> list[Fact | Dated]:
    """The facts that the release adds, each at its own moment. Refusal: NothingNew."""
    facts: list[Dated] = []
    if not contract.exists:
        facts += first_facts(command)
    else:
        facts += content_changes(contract, command)
    facts += [
        Dated(DocumentAttached(document=d), command.released_at) for d in command.documents if d.document_id not in contract.documents
    ]
    facts += signing(contract, command)
    facts += amendments_without_content(contract, command, facts)
    facts += milestones(contract, command)
    facts += payments(contract, command)
    facts += ending(contract, command)
    if not facts:
        raise NothingNew
    return list(facts)


def first_facts(command: RecordPublication) -> list[Dated]:
    """A contract that the ledger did not know."""
    drafted = ContractDrafted(
        number=command.number,
        title=command.title or command.number,
        kind=Kind.SUPPLIER,
        direction=Direction.PAYABLE,
        our_entity=command.our_entity,
        counterparties=command.counterparties,
        value=command.value,
        period=command.period,
        source=command.source,
    )
    return [Dated(f, command.drafted_at) for f in (drafted, *(LineItemAdded(item=i) for i in command.items))]


T = TypeVar("T")


def kept(published: T | None, held: T | None) -> T | None:
    """An omitted field is unchanged."""
    return held if published is None else published


def changes(contract: Contract, command: RecordPublication) -> list[Operation]:
    """What the release says differently about title, value, period and items."""
    found: list[Operation] = []
    if command.title is not None and command.title != contract.title:
        found.append(operations.ChangeTitle(title=command.title))
    if command.value is not None and command.value != contract.value:
        found.append(operations.ChangeValue(value=command.value))
    period = Period(start=kept(command.period.start, contract.period.start), end=kept(command.period.end, contract.period.end))
    if period != contract.period:
        found.append(operations.ChangePeriod(period=period))
    found += [operations.PutItem(item=i) for i in command.items if contract.items.get(i.item_id) != i]
    found += [operations.RemoveItem(item_id=i) for i in command.removed_items if i in contract.items]
    return found


def content_changes(contract: Contract, command: RecordPublication) -> list[Dated]:
    """Changes to a draft as they are; changes to anything later as an amendment that took effect."""
    facts = [
        Dated(CounterpartyAdded(counterparty=c), command.released_at)
        for c in command.counterparties
        if c.counterparty_id not in contract.counterparties
    ]
    found = changes(contract, command)
    if not found:
        return facts
    if contract.status is Status.DRAFT:
        return facts + [Dated(as_draft_fact(contract, operation), command.released_at) for operation in found]
    stated = [a for a in command.amendments if a.amendment_id not in contract.amendments]
    amendment = (
        stated[-1]
        if stated
        else PublishedAmendment(
            amendment_id=f"release:{command.source.release_id}",
            made_at=command.released_at,
            rationale="published without an amendment",
        )
    )
    return facts + amended(amendment, tuple(found))


def as_draft_fact(contract: Contract, operation: Operation) -> Fact:
    """The drafting fact that says what the operation does."""
    match operation:
        case operations.ChangeTitle(title=title):
            return TitleChanged(title=title)
        case operations.ChangeValue(value=changed):
            return ValueChanged(value=changed)
        case operations.ChangePeriod(period=period):
            return PeriodChanged(period=period)
        case operations.PutItem(item=item):
            return LineItemRevised(item=item) if item.item_id in contract.items else LineItemAdded(item=item)
        case operations.RemoveItem(item_id=item_id):
            return LineItemRemoved(item_id=item_id)
        case other:
            message = f"{type(other).__name__} does not come from a release"
            raise TypeError(message)


def amended(amendment: PublishedAmendment, found: tuple[Operation, ...]) -> list[Dated]:
    """An amendment that others made: proposed and in effect at once."""
    return [
        Dated(AmendmentProposed(amendment_id=amendment.amendment_id, operations=found, why=amendment.rationale), amendment.made_at),
        Dated(AmendmentTookEffect(amendment_id=amendment.amendment_id, operations=found), amendment.made_at),
    ]


def amendments_without_content(contract: Contract, command: RecordPublication, so_far: list[Dated]) -> list[Dated]:
    """Amendments that the release mentions without showing what they changed."""
    known = {*contract.amendments, *(d.fact.amendment_id for d in so_far if isinstance(d.fact, AmendmentProposed))}
    return [d for a in command.amendments if a.amendment_id not in known for d in amended(a, ())]


def signing(contract: Contract, command: RecordPublication) -> list[Dated]:
    """The day of the last signature, and a status that says the contract binds."""
    facts = []
    if command.signed_at is not None and ALL_PARTIES not in contract.signatures:
        facts.append(Dated(Signed(party=ALL_PARTIES), command.signed_at))
    binding = command.status in (PublishedStatus.ACTIVE, PublishedStatus.TERMINATED)
    if contract.status is Status.DRAFT and binding:
        facts.append(Dated(ContractInForce(), command.signed_at or command.released_at))
    return facts


def milestones(contract: Contract, command: RecordPublication) -> list[Dated]:
    """Milestones are planned deliveries; those that were met were delivered."""
    facts = []
    for milestone in command.milestones:
        planned = PlannedDelivery(delivery_id=milestone.milestone_id, description=milestone.title, due=milestone.due)
        held = contract.planned_deliveries.get(milestone.milestone_id)
        if held is None:
            facts.append(Dated(DeliveryScheduled(delivery=planned), command.released_at))
        elif held != planned:
            facts.append(Dated(DeliveryRescheduled(delivery=planned), command.released_at))
        if milestone.met_at is not None and milestone.milestone_id not in contract.deliveries:
            delivered = DeliveryRecorded(delivery_id=milestone.milestone_id, description=milestone.title)
            facts.append(Dated(delivered, milestone.met_at))
    return facts


def payments(contract: Contract, command: RecordPublication) -> list[Dated]:
    """New transactions; a known one with another amount or day corrects the entry that recorded it."""
    facts: list[Dated] = []
    paid = 0 if contract.paid is None else contract.paid.minor
    value = contract.value if command.value is None else command.value
    accepted = contract.accepts_overpayment
    for published in command.payments:
        recorded = PaymentRecorded(payment_id=published.payment_id, amount=published.amount, payer=published.payer, payee=published.payee)
        held = contract.payments.get(published.payment_id)
        if held is not None:
            if (held.amount, held.paid_at) == (published.amount, published.paid_at):
                continue
            version, was = find(contract, PaymentRecorded, "payment_id", published.payment_id)
            corrected = FactCorrected(
                corrects=version,
                was=Restated(was),
                becomes=Restated(recorded),
                why=f"published otherwise in release {command.source.release_id}",
                effective_at=published.paid_at,
            )
            paid += published.amount.minor - held.amount.minor
            facts.append(Dated(corrected, command.released_at))
        else:
            paid += published.amount.minor
            facts.append(Dated(recorded, published.paid_at))
        if value is not None and not accepted and value.currency == published.amount.currency and paid > value.minor:
            accepted = True
            excess = OverpaymentAccepted(
                payment_id=published.payment_id, excess=Money(paid - value.minor, value.currency), why="as published"
            )
            facts.insert(len(facts) - 1, Dated(excess, facts[-1].effective_at))
    return facts


def ending(contract: Contract, command: RecordPublication) -> list[Dated]:
    """A status that says the contract ended before its time."""
    if command.status not in (PublishedStatus.TERMINATED, PublishedStatus.CANCELLED) or contract.status is Status.TERMINATED:
        return []
    return [Dated(ContractTerminated(ground=f"published as {command.status.value}"), command.ended_at or command.released_at)]
