"""Small changes around a contract, quotes and reviews, in one line."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from domain.contract.catalogued import CatalogueFact, ItemTookProduct
from domain.contract.particulars import (
    CounterpartyRoleChanged,
    DocumentSuperseded,
    LineItemRepriced,
    ParticularFact,
    Tagged,
    Untagged,
)
from domain.contract.review import ReviewCompleted, ReviewFact, ReviewFellDue, ReviewScheduled
from domain.contract.sourcing import QuoteChosen, QuoteFact, QuoteRecorded
from projections.timeline.summary.phrases import because, short


def of_particular(happened: ParticularFact | CatalogueFact | QuoteFact | ReviewFact) -> str:
    """What was set right, offered and looked at."""
    match happened:
        case CounterpartyRoleChanged(counterparty_id=counterparty_id, previous=previous, role=role):
            return f"Counterparty {short(counterparty_id)} is {short(role)}, no longer {short(previous)}"
        case LineItemRepriced():
            return f"Item {short(happened.item_id)} repriced: {', '.join(repriced(happened))}"
        case ItemTookProduct(item=item, product=product):
            return f"Item {short(item.item_id)} added from the catalogue: {short(product.code)}"
        case Tagged(tag=tag):
            return f"Tagged {short(tag)}"
        case Untagged(tag=tag):
            return f"Tag {short(tag)} taken away"
        case DocumentSuperseded(document_id=document_id, superseded_by=newer, note=note):
            return f"Document {short(document_id)} superseded by {short(newer)}{because(note)}"
        case QuoteRecorded(quote=quote):
            return f"Quote {short(quote.quote_id)} of {short(quote.supplier)} recorded: {quote.total}"
        case QuoteChosen(quote_id=quote_id, why=why):
            return f"Quote {short(quote_id)} chosen{because(why)}"
        case ReviewScheduled(review_id=review_id, due=due, reviewer=reviewer, about=about):
            return f"Review {short(review_id)} by {short(reviewer)} due on {due.isoformat()}{because(about)}"
        case ReviewFellDue(review_id=review_id, due=due, reviewer=reviewer):
            return f"Review {short(review_id)} by {short(reviewer)} fell due on {due.isoformat()}"
        case ReviewCompleted(review_id=review_id, outcome=outcome, findings=findings):
            return f"Review {short(review_id)} completed, {outcome.value.replace('_', ' ')}{because(findings)}"
        case unreachable:
            assert_never(unreachable)


def repriced(happened: LineItemRepriced) -> list[str]:
    """What an item's price and tax were, and are."""
    changes = (
        ("unit price", happened.previous_unit_price, happened.unit_price),
        ("tax percent", happened.previous_tax_percent, happened.tax_percent),
    )
    return [f"{what} {written(was)} to {written(now)}" for what, was, now in changes if was != now]


def written(number: Decimal | None) -> str:
    """A price, or that there is none."""
    return "none" if number is None else f"{number:f}"
