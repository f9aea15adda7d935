"""Sourcing: what suppliers offered before a contract was made, and whose offer was chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias, assert_never

from domain.contract import rules
from domain.contract.state import Contract, RecordedQuote
from domain.contract.vocabulary import Status, SupplierQuote
from domain.facts import Command, Fact, Occasion, fact, value
from domain.refusals import Refusal


@fact("contract.quote_recorded")
class QuoteRecorded(Fact):
    """A supplier offered items, or everything, at a price."""

    quote: SupplierQuote


@fact("contract.quote_chosen")
class QuoteChosen(Fact):
    """A quote was chosen; one that was chosen before for any of the same items no longer is."""

    quote_id: str
    why: str


QuoteFact: TypeAlias = QuoteRecorded | QuoteChosen


@value
class RecordQuote(Command):
    """Record what a supplier offers for items of the draft, or for all of it."""

    quote: SupplierQuote


@value
class ChooseQuote(Command):
    """Choose a quote that still holds, and say why."""

    quote_id: str
    why: str


QuoteCommand: TypeAlias = RecordQuote | ChooseQuote


class QuoteRanOut(Refusal):
    """Only a quote that still holds is chosen."""

    template = "The quote {quote_id!r} held until {valid_until}."


def overlap(one: SupplierQuote, other: SupplierQuote) -> bool:
    """Whether both offer the same item; a quote that names no items is for everything."""
    return not one.items or not other.items or not set(one.items).isdisjoint(other.items)


def decide(contract: Contract, command: QuoteCommand, occasion: Occasion) -> list[Fact]:
    """Refusals: WrongStage, then those of recording or of choosing.

    Recording: ElementExists, NeedsText, UnknownElement of an item or document, AmountNotPositive, QuantityNotPositive.
    Choosing: UnknownElement, NeedsText, QuoteRanOut, NothingChanges.
    """
    rules.require_stage(contract, Status.DRAFT)
    match command:
        case RecordQuote(quote=quote):
            rules.require_new("quote", quote.quote_id, contract.quotes)
            rules.require_text("supplier", quote.supplier)
            for item_id in quote.items:
                rules.require_known("item", item_id, contract.items)
            if quote.document_id is not None:
                rules.require_known("document", quote.document_id, contract.documents)
            if quote.total.minor <= 0:
                raise rules.AmountNotPositive(amount=quote.total)
            rules.require_quantity("quote", quote.quote_id, None, quote.unit_price)
            return [QuoteRecorded(quote=quote)]
        case ChooseQuote(quote_id=quote_id, why=why):
            rules.require_known("quote", quote_id, contract.quotes)
            rules.require_text("reason", why)
            held = contract.quotes[quote_id]
            valid_until = held.quote.valid_until
            if valid_until is not None and valid_until < occasion.effective_at.date():
                raise QuoteRanOut(quote_id=quote_id, valid_until=valid_until)
            rules.require_change(held.chosen_because is not None, becomes=True)
            return [QuoteChosen(quote_id=quote_id, why=why)]
        case unreachable:
            assert_never(unreachable)


def evolve(contract: Contract, happened: QuoteFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case QuoteRecorded(quote=quote):
            contract.quotes[quote.quote_id] = RecordedQuote(quote=quote)
        case QuoteChosen(quote_id=quote_id, why=why):
            chosen = contract.quotes.get(quote_id)
            # The choice may be dated before the quote, and tells nothing until then.
            if chosen is None:
                return
            for other_id, other in contract.quotes.items():
                if overlap(other.quote, chosen.quote):
                    contract.quotes[other_id] = replace(other, chosen_because=None)
            contract.quotes[quote_id] = replace(chosen, chosen_because=why)
        case unreachable:
            assert_never(unreachable)
