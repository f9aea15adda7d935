"""Particulars: small changes around a contract, such as a role, a price, a tag, or a document that takes another one's place."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias, assert_never

from domain.contract import rules
from domain.contract.state import Contract
from domain.contract.vocabulary import Status
from domain.facts import Command, Fact, fact, value
from domain.refusals import Refusal

TAG_LENGTH = 40
TAGS = 20


@fact("contract.counterparty_role_changed")
class CounterpartyRoleChanged(Fact):
    """A party on the other side is something else in the contract than it was."""

    counterparty_id: str
    previous: str
    role: str


@fact("contract.line_item_repriced")
class LineItemRepriced(Fact):
    """An item of the draft has another unit price or tax rate; None where none is stated."""

    item_id: str
    previous_unit_price: Decimal | None
    previous_tax_percent: Decimal | None
    unit_price: Decimal | None
    tax_percent: Decimal | None


@fact("contract.tagged")
class Tagged(Fact):
    """The contract is found under one more word."""

    tag: str


@fact("contract.untagged")
class Untagged(Fact):
    """The contract is no longer found under a word."""

    tag: str


@fact("contract.document_superseded")
class DocumentSuperseded(Fact):
    """A document took another's place; both are kept."""

    document_id: str
    superseded_by: str
    note: str | None = None


ParticularFact: TypeAlias = CounterpartyRoleChanged | LineItemRepriced | Tagged | Untagged | DocumentSuperseded


@value
class ChangeCounterpartyRole(Command):
    """Say that a party is something else in the draft than it was."""

    counterparty_id: str
    role: str


@value
class RepriceLineItem(Command):
    """Give an item of the draft another unit price or tax rate; what is left out stays as it is."""

    item_id: str
    unit_price: Decimal | None = None
    tax_percent: Decimal | None = None


@value
class Tag(Command):
    """Let a contract be found under one more word, at any stage; case and width of letters do not matter."""

    tag: str


@value
class Untag(Command):
    """Take a word away under which a contract is found."""

    tag: str


@value
class SupersedeDocument(Command):
    """Say that a document took the place of an earlier one, at any stage."""

    document_id: str
    superseded_by: str
    note: str | None = None


ParticularCommand: TypeAlias = ChangeCounterpartyRole | RepriceLineItem | Tag | Untag | SupersedeDocument


class TagTooLong(Refusal):
    """A tag is a word or two."""

    template = "A tag has at most {limit} characters; this one has {length}."


class TooManyTags(Refusal):
    """A contract that is found under everything is found under nothing."""

    template = "A contract has at most {limit} tags."


class DocumentSupersedesItself(Refusal):
    """A document takes the place of another one."""

    template = "The document {document_id!r} cannot take its own place."


class AlreadySuperseded(Refusal):
    """The place of a document is taken once, and by a document that still stands."""

    template = "The document {document_id!r} was already superseded by {superseded_by!r}."


def normal(tag: str) -> str:
    """The tag as it is kept: in one width and case (Unicode NFKC, casefold), with single blanks between its words."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", tag).casefold()).split())


def reprice(contract: Contract, command: RepriceLineItem) -> list[Fact]:
    """Refusals after WrongStage: UnknownElement, QuantityNotPositive, NothingChanges."""
    rules.require_known("item", command.item_id, contract.items)
    item = contract.items[command.item_id]
    rules.require_quantity("item", command.item_id, None, command.unit_price, command.tax_percent)
    price = item.unit_price if command.unit_price is None else command.unit_price
    tax = item.tax_percent if command.tax_percent is None else command.tax_percent
    rules.require_change((item.unit_price, item.tax_percent), (price, tax))
    return [
        LineItemRepriced(
            item_id=item.item_id,
            previous_unit_price=item.unit_price,
            previous_tax_percent=item.tax_percent,
            unit_price=price,
            tax_percent=tax,
        )
    ]


def supersede(contract: Contract, command: SupersedeDocument) -> list[Fact]:
    """Refusals: UnknownElement for either document, DocumentSupersedesItself, AlreadySuperseded for either."""
    for document_id in (command.document_id, command.superseded_by):
        rules.require_known("document", document_id, contract.documents)
    if command.document_id == command.superseded_by:
        raise DocumentSupersedesItself(document_id=command.document_id)
    for document_id in (command.document_id, command.superseded_by):
        if document_id in contract.superseded_documents:
            raise AlreadySuperseded(document_id=document_id, superseded_by=contract.superseded_documents[document_id])
    return [DocumentSuperseded(document_id=command.document_id, superseded_by=command.superseded_by, note=command.note)]


def decide(contract: Contract, command: ParticularCommand) -> list[Fact]:
    """Refusals: WrongStage for roles and prices, which change in drafts only; then what is wrong with the content."""
    match command:
        case ChangeCounterpartyRole(counterparty_id=counterparty_id, role=role):
            rules.require_stage(contract, Status.DRAFT)
            rules.require_known("counterparty", counterparty_id, contract.counterparties)
            rules.require_text("role", role)
            previous = contract.counterparties[counterparty_id].role
            rules.require_change(previous, role)
            return [CounterpartyRoleChanged(counterparty_id=counterparty_id, previous=previous, role=role)]
        case RepriceLineItem():
            rules.require_stage(contract, Status.DRAFT)
            return reprice(contract, command)
        case Tag(tag=given):
            tag = normal(given)
            rules.require_text("tag", tag)
            if len(tag) > TAG_LENGTH:
                raise TagTooLong(limit=TAG_LENGTH, length=len(tag))
            rules.require_change(tag in contract.tags, becomes=True)
            if len(contract.tags) >= TAGS:
                raise TooManyTags(limit=TAGS)
            return [Tagged(tag=tag)]
        case Untag(tag=given):
            rules.require_known("tag", normal(given), contract.tags)
            return [Untagged(tag=normal(given))]
        case SupersedeDocument():
            return supersede(contract, command)
        case unreachable:
            assert_never(unreachable)


def evolve(contract: Contract, happened: ParticularFact) -> None:
    """Folds a fact of this stage. What is said of what is unknown as of the moment asked about stays unsaid."""
    match happened:
        case CounterpartyRoleChanged(counterparty_id=counterparty_id, role=role):
            if counterparty_id in contract.counterparties:
                contract.counterparties[counterparty_id] = replace(contract.counterparties[counterparty_id], role=role)
        case LineItemRepriced(item_id=item_id, unit_price=price, tax_percent=tax):
            if item_id in contract.items:
                contract.items[item_id] = replace(contract.items[item_id], unit_price=price, tax_percent=tax)
        case Tagged(tag=tag):
            contract.tags = tuple(sorted({*contract.tags, tag}))
        case Untagged(tag=tag):
            contract.tags = tuple(t for t in contract.tags if t != tag)
        case DocumentSuperseded(document_id=document_id, superseded_by=newer):
            contract.superseded_documents[document_id] = newer
        case unreachable:
            assert_never(unreachable)
