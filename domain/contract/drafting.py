"""Drafting: what the contract says before anybody is asked to approve it."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias, assert_never

from domain import terms
from domain.contract import agreement, content, rules
from domain.contract.agreement import AgreementCommand, AgreementFact, TermAgreed
from domain.contract.content import ClauseAdded, ContentCommand, ContentFact, LineItemAdded
from domain.contract.state import Contract, Made
from domain.contract.vocabulary import (
    Clause,
    Confidentiality,
    Counterparty,
    Direction,
    Document,
    Instalment,
    Kind,
    LineItem,
    Period,
    PlannedDelivery,
    Source,
    StatedTerm,
    Status,
    TemplateRef,
)
from domain.document import DocumentNeverSeen, MediaTypeDiffers, StoredDocument
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.money import Money
from domain.refusals import Refusal


@fact("contract.drafted", schema=2)
class ContractDrafted(Fact):
    """A contract came into being with these initial values."""

    number: str
    title: str
    kind: Kind
    direction: Direction
    our_entity: str
    counterparties: tuple[Counterparty, ...] = ()
    value: Money | None = None
    period: Period = Period()
    owner: str | None = None
    department: str | None = None
    confidentiality: Confidentiality = Confidentiality.INTERNAL
    source: Source | None = None


@fact("contract.template_used")
class TemplateUsed(Fact):
    """The contract was drafted from a template."""

    template: TemplateRef


@fact("contract.title_changed")
class TitleChanged(Fact):
    """The draft has another title."""

    title: str


@fact("contract.value_changed")
class ValueChanged(Fact):
    """The draft states another total value, or none."""

    value: Money | None


@fact("contract.period_changed")
class PeriodChanged(Fact):
    """The draft has another period."""

    period: Period


@fact("contract.owner_changed")
class OwnerChanged(Fact):
    """Somebody else, or another department, answers for the contract."""

    owner: str | None
    department: str | None


@fact("contract.counterparty_added")
class CounterpartyAdded(Fact):
    """One more party on the other side."""

    counterparty: Counterparty


@fact("contract.counterparty_removed")
class CounterpartyRemoved(Fact):
    """A party is no longer on the other side."""

    counterparty_id: str


@fact("contract.document_attached")
class DocumentAttached(Fact):
    """A document now belongs to the contract."""

    document: Document


@fact("contract.noted")
class Noted(Fact):
    """Somebody left a note; notes change nothing."""

    text: str


DraftingFact: TypeAlias = (
    ContractDrafted
    | TemplateUsed
    | TitleChanged
    | ValueChanged
    | PeriodChanged
    | OwnerChanged
    | CounterpartyAdded
    | CounterpartyRemoved
    | DocumentAttached
    | Noted
    | ContentFact
    | AgreementFact
)


@value
class DraftContract(Command):
    """Draft a contract."""

    number: str
    title: str
    kind: Kind
    direction: Direction
    our_entity: str
    counterparties: tuple[Counterparty, ...] = ()
    value: Money | None = None
    period: Period = Period()
    owner: str | None = None
    department: str | None = None
    confidentiality: Confidentiality = Confidentiality.INTERNAL
    clauses: tuple[Clause, ...] = ()
    items: tuple[LineItem, ...] = ()
    instalments: tuple[Instalment, ...] = ()
    deliveries: tuple[PlannedDelivery, ...] = ()
    terms: tuple[StatedTerm, ...] = ()


@value
class ChangeTitle(Command):
    """Give the draft another title."""

    title: str


@value
class ChangeValue(Command):
    """State the draft's total value."""

    value: Money


@value
class ChangePeriod(Command):
    """Set the draft's period."""

    period: Period


@value
class ChangeOwner(Command):
    """Hand the contract to another owner or department."""

    owner: str | None = None
    department: str | None = None


@value
class AddCounterparty(Command):
    """Add a party on the other side of the draft."""

    counterparty: Counterparty


@value
class RemoveCounterparty(Command):
    """Remove a party from the draft."""

    counterparty_id: str


@value
class AttachDocument(Command):
    """Attach a document, at any stage."""

    document: Document


@value
class Note(Command):
    """Leave a note, at any stage."""

    text: str


DraftingCommand: TypeAlias = (
    DraftContract
    | ChangeTitle
    | ChangeValue
    | ChangePeriod
    | ChangeOwner
    | AddCounterparty
    | RemoveCounterparty
    | AttachDocument
    | Note
    | ContentCommand
    | AgreementCommand
)


class AlreadyDrafted(Refusal):
    """A contract is drafted once."""

    template = "This contract was already drafted, as {number}."


class PeriodEndsBeforeItStarts(Refusal):
    """A period's last day is not before its first."""

    template = "The period ends on {end}, before it starts on {start}."


def require_period(period: Period) -> None:
    """Refuses with PeriodEndsBeforeItStarts."""
    if period.start is not None and period.end is not None and period.end < period.start:
        raise PeriodEndsBeforeItStarts(start=period.start, end=period.end)


def draft(contract: Contract, command: DraftContract) -> list[Fact]:
    """The first facts of a contract: itself, then its clauses, items, schedules and terms."""
    # Facts of the schedules live with their own stages, which themselves build on drafting.
    from domain.contract.delivery import DeliveryScheduled  # noqa: PLC0415
    from domain.contract.payment import PaymentScheduled  # noqa: PLC0415

    if contract.exists:
        raise AlreadyDrafted(number=contract.number)
    for name, text in (("number", command.number), ("title", command.title), ("entity", command.our_entity)):
        rules.require_text(name, text)
    require_period(command.period)
    if command.value is not None:
        rules.require_amount(contract, command.value)
    for element, ids in (
        ("counterparty", [c.counterparty_id for c in command.counterparties]),
        ("clause", [c.clause_id for c in command.clauses]),
        ("item", [i.item_id for i in command.items]),
        ("instalment", [i.instalment_id for i in command.instalments]),
        ("delivery", [d.delivery_id for d in command.deliveries]),
        ("term", [t.term_id for t in command.terms]),
    ):
        rules.require_distinct(element, ids)
    for counterparty in command.counterparties:
        require_counterparty(contract, counterparty)
    for item in command.items:
        content.require_item(item)
    for delivery in command.deliveries:
        rules.require_quantity("delivery", delivery.delivery_id, delivery.quantity)
    for instalment in command.instalments:
        rules.require_amount(contract, instalment.amount)
    rules.require_schedule(command.value, command.instalments)
    for stated in command.terms:
        terms.check(stated.term)
    agreement.require_consistent(command.terms, command.value)
    drafted = ContractDrafted(
        number=command.number,
        title=command.title,
        kind=command.kind,
        direction=command.direction,
        our_entity=command.our_entity,
        counterparties=command.counterparties,
        value=command.value,
        period=command.period,
        owner=command.owner,
        department=command.department,
        confidentiality=command.confidentiality,
    )
    return [
        drafted,
        *(ClauseAdded(clause=c) for c in command.clauses),
        *(LineItemAdded(item=i) for i in command.items),
        *(PaymentScheduled(instalment=i) for i in command.instalments),
        *(DeliveryScheduled(delivery=d) for d in command.deliveries),
        *(TermAgreed(term_id=t.term_id, term=t.term) for t in command.terms),
    ]


def require_counterparty(contract: Contract, counterparty: Counterparty) -> None:
    """Refuses a counterparty whose id is taken or would read as ourselves or as everybody, and one without a name."""
    rules.require_new("counterparty", counterparty.counterparty_id, (rules.US, rules.ALL_PARTIES, *contract.counterparties))
    rules.require_text("counterparty's name", counterparty.name)


def seen(document: Document, occasion: Occasion) -> Document:
    """The document as the ledger knows its bytes. Refuses with DocumentNeverSeen and MediaTypeDiffers; without a hash it is elsewhere."""
    if document.sha256 is None:
        return document
    stored = occasion.around.state(StoredDocument, document.sha256)
    if not stored.exists:
        raise DocumentNeverSeen(sha256=document.sha256)
    if document.media_type not in (None, stored.media_type):
        raise MediaTypeDiffers(stored=stored.media_type, given=document.media_type)
    return replace(document, media_type=stored.media_type)


def decide(contract: Contract, command: DraftingCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: AlreadyDrafted, WrongStage, then what is wrong with the content."""
    match command:
        case DraftContract():
            return draft(contract, command)
        case AttachDocument(document=document):
            rules.require_text("title", document.title)
            rules.require_new("document", document.document_id, contract.documents)
            return [DocumentAttached(document=seen(document, occasion))]
        case Note(text=text):
            rules.require_text("note", text)
            return [Noted(text=text)]
        case ChangeOwner(owner=owner, department=department):
            rules.require_change((contract.owner, contract.department), (owner, department))
            return [OwnerChanged(owner=owner, department=department)]
        case _:
            rules.require_stage(contract, Status.DRAFT)
            return revise(contract, command)


DraftRevision: TypeAlias = (
    ChangeTitle | ChangeValue | ChangePeriod | AddCounterparty | RemoveCounterparty | ContentCommand | AgreementCommand
)


def revise(contract: Contract, command: DraftRevision) -> list[Fact]:
    """What may change only while the contract is a draft."""
    if isinstance(command, ContentCommand):
        return content.revise(contract, command)
    if isinstance(command, AgreementCommand):
        return agreement.revise(contract, command)
    match command:
        case ChangeTitle(title=title):
            rules.require_text("title", title)
            rules.require_change(contract.title, title)
            return [TitleChanged(title=title)]
        case ChangeValue(value=changed):
            rules.require_amount(contract, changed)
            rules.require_change(contract.value, changed)
            rules.require_covered(contract, changed)
            return [ValueChanged(value=changed)]
        case ChangePeriod(period=period):
            require_period(period)
            rules.require_change(contract.period, period)
            return [PeriodChanged(period=period)]
        case AddCounterparty(counterparty=counterparty):
            require_counterparty(contract, counterparty)
            return [CounterpartyAdded(counterparty=counterparty)]
        case RemoveCounterparty(counterparty_id=counterparty_id):
            rules.require_known("counterparty", counterparty_id, contract.counterparties)
            return [CounterpartyRemoved(counterparty_id=counterparty_id)]
        case unreachable:
            assert_never(unreachable)


def evolve(contract: Contract, entry: Entry, happened: DraftingFact) -> None:
    """Folds a fact of this stage."""
    if isinstance(happened, ContentFact):
        content.evolve(contract, happened)
        return
    if isinstance(happened, AgreementFact):
        agreement.evolve(contract, Made(entry.version, entry.effective_at), happened)
        return
    match happened:
        case ContractDrafted():
            begin(contract, entry, happened)
        case TemplateUsed(template=template):
            contract.template = template
        case TitleChanged(title=title):
            contract.title = title
        case ValueChanged(value=changed):
            contract.value = changed
            contract.currency = contract.currency if changed is None else changed.currency
        case PeriodChanged(period=period):
            contract.period = period
        case OwnerChanged(owner=owner, department=department):
            contract.owner, contract.department = owner, department
        case CounterpartyAdded(counterparty=counterparty):
            contract.counterparties[counterparty.counterparty_id] = counterparty
        case CounterpartyRemoved(counterparty_id=counterparty_id):
            contract.counterparties.pop(counterparty_id, None)
        case DocumentAttached(document=document):
            contract.documents[document.document_id] = document
        case Noted(text=text):
            contract.notes[entry.version] = text
        case unreachable:
            assert_never(unreachable)


def begin(contract: Contract, entry: Entry, drafted: ContractDrafted) -> None:
    """Gives a new contract its initial values."""
    contract.number = drafted.number
    contract.title = drafted.title
    contract.kind = drafted.kind
    contract.direction = drafted.direction
    contract.our_entity = drafted.our_entity
    contract.counterparties = {c.counterparty_id: c for c in drafted.counterparties}
    contract.value = drafted.value
    contract.currency = None if drafted.value is None else drafted.value.currency
    contract.period = drafted.period
    contract.owner = drafted.owner
    contract.department = drafted.department
    contract.confidentiality = drafted.confidentiality
    contract.source = drafted.source
    contract.drafted_by = entry.meta.actor
