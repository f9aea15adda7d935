"""Content: the clauses of a draft, and the line items that it covers."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from domain.contract import deviation, rules
from domain.contract.state import Contract
from domain.contract.vocabulary import Clause, LineItem
from domain.facts import Command, Fact, fact, value


@fact("contract.clause_added", schema=2)
class ClauseAdded(Fact):
    """The text has one more clause; one that was locked comes back only by an approved deviation."""

    clause: Clause
    deviation_id: str | None = None


@fact("contract.clause_reworded", schema=2)
class ClauseReworded(Fact):
    """A clause of the draft reads otherwise, where it is locked by an approved deviation."""

    clause: Clause
    deviation_id: str | None = None


@fact("contract.clause_withdrawn", schema=2)
class ClauseWithdrawn(Fact):
    """A clause was taken out of the draft, where it is locked by an approved deviation."""

    clause_id: str
    deviation_id: str | None = None


@fact("contract.line_item_added")
class LineItemAdded(Fact):
    """The draft covers one more item."""

    item: LineItem


@fact("contract.line_item_revised")
class LineItemRevised(Fact):
    """An item of the draft has other details."""

    item: LineItem


@fact("contract.line_item_removed")
class LineItemRemoved(Fact):
    """An item was taken out of the draft."""

    item_id: str


ContentFact: TypeAlias = ClauseAdded | ClauseReworded | ClauseWithdrawn | LineItemAdded | LineItemRevised | LineItemRemoved


@value
class AddClause(Command):
    """Add a clause to the draft."""

    clause: Clause


@value
class RewordClause(Command):
    """Reword a clause of the draft."""

    clause: Clause


@value
class WithdrawClause(Command):
    """Take a clause out of the draft."""

    clause_id: str


@value
class AddLineItem(Command):
    """Add a line item to the draft."""

    item: LineItem


@value
class ReviseLineItem(Command):
    """Revise a line item of the draft."""

    item: LineItem


@value
class RemoveLineItem(Command):
    """Take a line item out of the draft."""

    item_id: str


ContentCommand: TypeAlias = AddClause | RewordClause | WithdrawClause | AddLineItem | ReviseLineItem | RemoveLineItem


def require_item(item: LineItem) -> None:
    """Refuses with QuantityNotPositive."""
    rules.require_quantity("item", item.item_id, item.quantity, item.unit_price, item.tax_percent)


def revise(contract: Contract, command: ContentCommand) -> list[Fact]:
    """Refusals: ElementExists or UnknownElement, QuantityNotPositive, NothingChanges, ClauseIsLocked. It is a draft already."""
    match command:
        case AddClause(clause=clause):
            rules.require_new("clause", clause.clause_id, contract.clauses)
            return [ClauseAdded(clause=clause, deviation_id=deviation.approved(contract, clause.clause_id, clause))]
        case RewordClause(clause=clause):
            rules.require_known("clause", clause.clause_id, contract.clauses)
            rules.require_change(contract.clauses[clause.clause_id], clause)
            return [ClauseReworded(clause=clause, deviation_id=deviation.approved(contract, clause.clause_id, clause))]
        case WithdrawClause(clause_id=clause_id):
            rules.require_known("clause", clause_id, contract.clauses)
            return [ClauseWithdrawn(clause_id=clause_id, deviation_id=deviation.approved(contract, clause_id, None))]
        case AddLineItem(item=item):
            rules.require_new("item", item.item_id, contract.items)
            require_item(item)
            return [LineItemAdded(item=item)]
        case ReviseLineItem(item=item):
            rules.require_known("item", item.item_id, contract.items)
            require_item(item)
            rules.require_change(contract.items[item.item_id], item)
            return [LineItemRevised(item=item)]
        case RemoveLineItem(item_id=item_id):
            rules.require_known("item", item_id, contract.items)
            return [LineItemRemoved(item_id=item_id)]
        case unreachable:
            assert_never(unreachable)


def evolve(contract: Contract, happened: ContentFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case ClauseAdded(clause=clause, deviation_id=used) | ClauseReworded(clause=clause, deviation_id=used):
            contract.clauses[clause.clause_id] = clause
            deviation.apply(contract, used)
        case ClauseWithdrawn(clause_id=clause_id, deviation_id=used):
            contract.clauses.pop(clause_id, None)
            deviation.apply(contract, used)
        case LineItemAdded(item=item) | LineItemRevised(item=item):
            contract.items[item.item_id] = item
        case LineItemRemoved(item_id=item_id):
            contract.items.pop(item_id, None)
            contract.item_products.pop(item_id, None)
        case unreachable:
            assert_never(unreachable)
