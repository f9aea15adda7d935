"""What a draft says, in one line."""

from __future__ import annotations

from typing import assert_never

from domain.contract.agreement import TermAgreed, TermChanged, TermWithdrawn
from domain.contract.content import ClauseAdded, ClauseReworded, ClauseWithdrawn, LineItemAdded, LineItemRemoved, LineItemRevised
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
from projections.timeline.summary.phrases import because, kind_of_term, short, span


def of_drafting(happened: DraftingFact) -> str:
    """What the contract says."""
    match happened:
        case ContractDrafted(number=number, title=title, value=value):
            return f"Contract {short(number)} drafted: {short(title)}" + ("" if value is None else f", {value}")
        case TemplateUsed(template=used):
            return f"Drafted from edition {used.edition} of template {short(used.template_id)}"
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
        case ClauseAdded(clause=clause, deviation_id=used):
            return f"Clause {short(clause.clause_id)} added{by(used)}{because(clause.heading)}"
        case ClauseReworded(clause=clause, deviation_id=used):
            return f"Clause {short(clause.clause_id)} reworded{by(used)}{because(clause.heading)}"
        case ClauseWithdrawn(clause_id=clause_id, deviation_id=used):
            return f"Clause {short(clause_id)} withdrawn{by(used)}"
        case LineItemAdded(item=item):
            return f"Item {short(item.item_id)} added{because(item.description)}"
        case LineItemRevised(item=item):
            return f"Item {short(item.item_id)} revised{because(item.description)}"
        case LineItemRemoved(item_id=item_id):
            return f"Item {short(item_id)} removed"
        case TermAgreed(term_id=term_id, term=term):
            return f"Term {short(term_id)} agreed: {kind_of_term(term)}"
        case TermChanged(term_id=term_id, term=term):
            return f"Term {short(term_id)} changed: {kind_of_term(term)}"
        case TermWithdrawn(term_id=term_id):
            return f"Term {short(term_id)} withdrawn"
        case DocumentAttached(document=document):
            return f"Document attached: {short(document.title)}"
        case Noted(text=text):
            return f"Noted: {short(text)}"
        case unreachable:
            assert_never(unreachable)


def by(deviation_id: str | None) -> str:
    """The approved deviation that a locked clause was changed by."""
    return "" if deviation_id is None else f" by deviation {short(deviation_id)}"
