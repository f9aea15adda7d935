"""Publication: a contract as a government publishes it, release by release, turned into the facts that are new.

The rules that bind our own people (four eyes, approval before signature) do not bind what others have already done;
what was published is recorded as it stands. A field that a later release omits is unchanged, as the Open Contracting
Data Standard has it (https://standard.open-contracting.org/1.1/en/schema/merging/).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, TypeVar

from domain.contract import operations, rules
from domain.contract.amendment import AmendmentProposed, AmendmentTookEffect, lapsing
from domain.contract.closing import ContractTerminated
from domain.contract.content import LineItemAdded, LineItemRemoved, LineItemRevised
from domain.contract.drafting import (
    ContractDrafted,
    CounterpartyAdded,
    CounterpartyRemoved,
    DocumentAttached,
    PeriodChanged,
    TitleChanged,
    ValueChanged,
)
from domain.contract.operations import Operation
from domain.contract.performance import PublishedMilestone, PublishedPayment, Telling, milestones, payments
from domain.contract.signing import ALL_PARTIES, ContractInForce, Signed
from domain.contract.state import Contract, Publication
from domain.contract.vocabulary import (
    Confidentiality,
    Counterparty,
    Direction,
    Document,
    Kind,
    LineItem,
    Period,
    Source,
    Status,
)
from domain.facts import Command, Dated, Fact, Occasion, fact, value
from domain.money import Money
from domain.refusals import Refusal


@fact("contract.publication_recorded")
class PublicationRecorded(Fact):
    """A publisher's release said what the other entries of the same command say.

    `released_at` is the release's own date, None where it bears none; `published_at` that of the package it came in.
    """

    source: Source
    released_at: datetime | None
    published_at: datetime | None = None


PublicationFact: TypeAlias = PublicationRecorded


class PublishedStatus(StrEnum):
    """OCDS `contractStatus` (codelist 1.1)."""

    PENDING = "pending"
    ACTIVE = "active"
    CANCELLED = "cancelled"
    TERMINATED = "terminated"


@value
class PublishedAmendment:
    """An amendment that a release mentions; what it changed shows in the release itself. Undated: made when released."""

    amendment_id: str
    made_at: datetime | None
    rationale: str


@value
class RecordPublication(Command):
    """Record what a publisher's release says of a contract.

    `released_at` (and `published_at`, that of its package, where two bear the same) tells which of two releases is newer: an
    older one, one without a date, or one that is `superseded` adds what the ledger does not know and changes nothing.
    What the release does not date itself is dated by it, or by the command where it bears no date. A blank description or
    title is an omitted one. `removed_items` is never guessed from omission.
    """

    source: Source
    released_at: datetime | None
    number: str
    published_at: datetime | None = None
    superseded: bool = False
    drafted_at: datetime | None = None
    title: str | None = None
    kind: Kind = Kind.SUPPLIER
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


def decide(contract: Contract, command: RecordPublication, occasion: Occasion) -> list[Fact | Dated]:
    """The facts that the release adds, each at its own moment.

    Refusals: ElementExists, AmountNotPositive, CurrencyDiffers, SumTooLarge, NothingNew.
    """
    require_distinct(command)
    moment = command.released_at or occasion.effective_at
    late = is_late(contract, command)
    require_amounts(contract, command, late=late)
    facts: list[Dated] = []
    if not contract.exists:
        facts += first_facts(command, moment)
    else:
        facts += counterparties(contract, command, moment, late=late)
        facts += [] if late else content_changes(contract, command, moment)
    facts += documents(contract, command, moment, late=late)
    facts += signing(contract, command, moment, late=late)
    facts += amendments_without_content(contract, command, moment, facts)
    telling = Telling(moment, f"published otherwise in release {command.source.release_id}", late=late)
    facts += milestones(contract, command.milestones, telling)
    facts += payments(contract, command.payments, kept(None if late else command.value, contract.value), telling)
    facts += [] if late else ending(contract, command, moment)
    if not facts:
        raise NothingNew
    recorded = PublicationRecorded(source=command.source, released_at=command.released_at, published_at=command.published_at)
    return [*facts, Dated(recorded, moment)]


def require_distinct(command: RecordPublication) -> None:
    """Refuses with ElementExists a release in which an id stands for two things: the next release could not be compared with it."""
    for element, ids in (
        ("counterparty", [c.counterparty_id for c in command.counterparties]),
        ("item", [*(i.item_id for i in command.items), *command.removed_items]),
        ("document", [d.document_id for d in command.documents]),
        ("amendment", [a.amendment_id for a in command.amendments]),
        ("payment", [p.payment_id for p in command.payments]),
        ("delivery", [m.milestone_id for m in command.milestones]),
    ):
        rules.require_distinct(element, ids)


def is_late(contract: Contract, command: RecordPublication) -> bool:
    """Whether the ledger has a newer release already, so that this one no longer says how things stand."""
    if not contract.exists:
        return False
    return (
        command.superseded or command.released_at is None or (contract.publication is not None and is_newer(contract.publication, command))
    )


def is_newer(recorded: Publication | PublicationRecorded, command: RecordPublication) -> bool:
    """Whether a release that was recorded is newer than the command's. Any that bears a date is newer than one that bears none."""
    if recorded.released_at is None:
        return False
    if command.released_at is None:
        return True
    newest = rank(recorded.released_at, recorded.published_at, recorded.source)
    return rank(command.released_at, command.published_at, command.source) < newest


def rank(released_at: datetime, published_at: datetime | None, source: Source) -> tuple[datetime, datetime, str]:
    """Orders releases: some publishers date every release of a process alike, and only the package tells them apart."""
    return (released_at, published_at or released_at, source.release_id)


def require_amounts(contract: Contract, command: RecordPublication, *, late: bool) -> None:
    """Refuses a value or payments of nothing, payments in another currency, and a new currency for what was paid already."""
    if command.value is not None and command.value.minor <= 0:
        raise rules.AmountNotPositive(amount=command.value)
    changed = None if late or command.value is None else command.value.currency
    currency = changed or contract.currency
    if changed is not None and contract.payments and contract.currency not in (None, changed):
        raise rules.CurrencyDiffers(expected=contract.currency, given=changed)
    for payment in command.payments:
        if payment.amount.minor <= 0:
            raise rules.AmountNotPositive(amount=payment.amount)
        currency = currency or payment.amount.currency
        if payment.amount.currency != currency:
            raise rules.CurrencyDiffers(expected=currency, given=payment.amount.currency)


def first_facts(command: RecordPublication, moment: datetime) -> list[Dated]:
    """A contract that the ledger did not know."""
    drafted = ContractDrafted(
        number=command.number,
        title=command.title or command.number,
        kind=command.kind,
        direction=Direction.PAYABLE,
        our_entity=command.our_entity,
        counterparties=command.counterparties,
        value=command.value,
        period=command.period,
        confidentiality=Confidentiality.PUBLIC,
        source=command.source,
    )
    drafted_at = command.drafted_at or moment
    return [Dated(f, drafted_at) for f in (drafted, *(LineItemAdded(item=completed(i, None)) for i in command.items))]


def counterparties(contract: Contract, command: RecordPublication, moment: datetime, *, late: bool) -> list[Dated]:
    """Known parties with other details; then those that the ledger does not know by id, nor by name in the same role."""
    facts: list[Dated] = []
    known = dict(contract.counterparties)
    for published in command.counterparties:
        held = known.get(published.counterparty_id)
        if held is not None and held != published and not late:
            facts.append(Dated(CounterpartyRemoved(counterparty_id=held.counterparty_id), moment))
            facts.append(Dated(CounterpartyAdded(counterparty=published), moment))
            known[published.counterparty_id] = published
    names = {(c.name.casefold(), c.role) for c in known.values()}
    for published in command.counterparties:
        if published.counterparty_id not in known and (published.name.casefold(), published.role) not in names:
            facts.append(Dated(CounterpartyAdded(counterparty=published), moment))
            names.add((published.name.casefold(), published.role))
    return facts


T = TypeVar("T")


def kept(published: T | None, held: T | None) -> T | None:
    """An omitted field is unchanged."""
    return held if published is None else published


def completed(published: LineItem, held: LineItem | None) -> LineItem:
    """An item with what the release leaves out of it."""
    if held is None:
        return replace(published, description=published.description or published.item_id)
    return LineItem(
        item_id=published.item_id,
        description=published.description or held.description,
        quantity=kept(published.quantity, held.quantity),
        unit=kept(published.unit, held.unit),
        unit_price=kept(published.unit_price, held.unit_price),
        tax_percent=kept(published.tax_percent, held.tax_percent),
    )


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
    items = [(completed(i, contract.items.get(i.item_id)), contract.items.get(i.item_id)) for i in command.items]
    found += [operations.PutItem(item=item) for item, held in items if item != held]
    found += [operations.RemoveItem(item_id=i) for i in command.removed_items if i in contract.items]
    return found


def content_changes(contract: Contract, command: RecordPublication, moment: datetime) -> list[Dated]:
    """Changes to a draft as they are; changes to anything later as an amendment that took effect."""
    found = changes(contract, command)
    if not found:
        return []
    if contract.status is Status.DRAFT:
        return [Dated(as_draft_fact(contract, operation), moment) for operation in found]
    stated = [a for a in command.amendments if a.amendment_id not in contract.amendments]
    amendment = stated[-1] if stated else unstated_amendment(contract, command)
    return amended(amendment, tuple(found), moment)


def unstated_amendment(contract: Contract, command: RecordPublication) -> PublishedAmendment:
    """A change that was published without saying by which amendment, named after the release."""
    name = f"release:{command.source.release_id}"
    repeats = sum(1 for a in contract.amendments if a == name or a.startswith(f"{name}#"))
    return PublishedAmendment(
        amendment_id=f"{name}#{repeats + 1}" if repeats else name,
        made_at=None,
        rationale="published without an amendment",
    )


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


def amended(amendment: PublishedAmendment, found: tuple[Operation, ...], moment: datetime) -> list[Dated]:
    """An amendment that others made: proposed and in effect at once."""
    made_at = amendment.made_at or moment
    why = amendment.rationale or "published without a reason"
    return [
        Dated(AmendmentProposed(amendment_id=amendment.amendment_id, operations=found, why=why), made_at),
        Dated(AmendmentTookEffect(amendment_id=amendment.amendment_id, operations=found), made_at),
    ]


def amendments_without_content(contract: Contract, command: RecordPublication, moment: datetime, so_far: list[Dated]) -> list[Dated]:
    """Amendments that the release mentions without showing what they changed."""
    known = {*contract.amendments, *(d.fact.amendment_id for d in so_far if isinstance(d.fact, AmendmentProposed))}
    return [d for a in command.amendments if a.amendment_id not in known for d in amended(a, (), moment)]


def documents(contract: Contract, command: RecordPublication, moment: datetime, *, late: bool) -> list[Dated]:
    """Documents that are new, and known ones with other details."""
    facts = []
    for published in command.documents:
        held = contract.documents.get(published.document_id)
        document = replace(published, title=published.title or published.url or published.document_id)
        if held is not None:
            document = replace(
                held,
                title=published.title or held.title,
                kind=kept(published.kind, held.kind),
                media_type=kept(published.media_type, held.media_type),
                url=kept(published.url, held.url),
            )
        if held is None or (document != held and not late):
            facts.append(Dated(DocumentAttached(document=document), moment))
    return facts


def signing(contract: Contract, command: RecordPublication, moment: datetime, *, late: bool) -> list[Dated]:
    """The day of the last signature; and the contract binds if the status says so, or if it says nothing and all have signed."""
    facts = []
    held = contract.signatures.get(ALL_PARTIES)
    if held is None and command.signed_at is not None:
        facts.append(Dated(Signed(party=ALL_PARTIES), command.signed_at))
    signed_at = command.signed_at if held is None else held.signed_at
    stated = (PublishedStatus.ACTIVE, PublishedStatus.TERMINATED)
    binding = command.status in stated or (command.status is None and signed_at is not None)
    if contract.status is Status.DRAFT and binding and not late:
        facts.append(Dated(ContractInForce(), signed_at or moment))
    return facts


def ending(contract: Contract, command: RecordPublication, moment: datetime) -> list[Dated]:
    """A status that says the contract ended; one that has ended does not end again."""
    ended = contract.status in (Status.TERMINATED, Status.COMPLETED, Status.EXPIRED)
    if ended or command.status not in (PublishedStatus.TERMINATED, PublishedStatus.CANCELLED):
        return []
    ended_at = command.ended_at or moment
    terminated = ContractTerminated(ground=f"published as {command.status.value}")
    return [Dated(happened, ended_at) for happened in (*lapsing(contract), terminated)]


def evolve(contract: Contract, happened: PublicationFact) -> None:
    """Folds a fact of this stage: the newest release is kept."""
    newest = contract.publication
    known = None if newest is None or newest.released_at is None else rank(newest.released_at, newest.published_at, newest.source)
    told_at = happened.released_at
    if known is not None and (told_at is None or rank(told_at, happened.published_at, happened.source) < known):
        return
    contract.publication = Publication(source=happened.source, released_at=happened.released_at, published_at=happened.published_at)
