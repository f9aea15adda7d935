"""What of a contract is searched, as its entries tell it one after the other and as the folded contract tells it at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias, assert_never, cast, get_args

from domain.contract import operations
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.catalogued import ItemTookProduct
from domain.contract.content import ClauseAdded, ClauseReworded, ClauseWithdrawn, LineItemAdded, LineItemRemoved, LineItemRevised
from domain.contract.drafting import ContractDrafted, CounterpartyAdded, CounterpartyRemoved, Noted, TitleChanged
from domain.contract.operations import AnyOperation
from domain.contract.particulars import Tagged, Untagged
from domain.contract.state import Contract
from domain.contract.vocabulary import Clause
from domain.facts import Entry

# What changes the words of a contract, its notes apart; a correction is of money, deliveries and the like, and changes none.
WordingFact: TypeAlias = (
    ContractDrafted
    | TitleChanged
    | CounterpartyAdded
    | CounterpartyRemoved
    | ClauseAdded
    | ClauseReworded
    | ClauseWithdrawn
    | LineItemAdded
    | LineItemRevised
    | LineItemRemoved
    | ItemTookProduct
    | Tagged
    | Untagged
    | AmendmentTookEffect
)
WORDING: Final = frozenset(get_args(WordingFact))
CONCERNED: Final = WORDING | {Noted}

WEIGHTS: Final = {"number": "A", "title": "A", "counterparty": "B", "clause": "C", "item": "C", "tag": "D", "note": "D"}
HEAD: Final = frozenset({"number", "title", "counterparty"})


class Passage(NamedTuple):
    """A piece of text, and where it stands: `key` is the counterparty's, clause's or item's id, or the version of a note's entry."""

    where: str
    key: str
    text: str


@dataclass(slots=True)
class SearchLine:
    """One contract's words. `version`, `position` and `updated_at` are of the entry that changed them last."""

    contract_id: str
    number: str = ""
    title: str = ""
    counterparties: dict[str, str] = field(default_factory=dict)
    clauses: dict[str, str] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    version: int = 0
    position: int = 0
    updated_at: datetime | None = None

    @property
    def passages(self) -> list[Passage]:
        """All that is searched."""
        return [*self.worded, *(Passage("note", key, text) for key, text in self.notes.items())]

    @property
    def worded(self) -> list[Passage]:
        """The same without the notes."""
        return [
            Passage("number", "", self.number),
            Passage("title", "", self.title),
            *(Passage("counterparty", key, text) for key, text in self.counterparties.items()),
            *(Passage("clause", key, text) for key, text in self.clauses.items()),
            *(Passage("item", key, text) for key, text in self.items.items()),
            *(Passage("tag", "", tag) for tag in self.tags),
        ]

    def retell(self, passages: Iterable[Passage]) -> None:
        """Takes all words anew, as the table has them."""
        self.counterparties, self.clauses, self.items, self.notes, self.tags = {}, {}, {}, {}, ()
        sections = {"counterparty": self.counterparties, "clause": self.clauses, "item": self.items, "note": self.notes}
        for where, key, text in passages:
            if where == "number":
                self.number = text
            elif where == "title":
                self.title = text
            elif where == "tag":
                self.tags = (*self.tags, text)
            else:
                sections[where][key] = text


def worded(contract: Contract) -> list[Passage]:
    """What is searched of a contract, without its notes."""
    return [
        Passage("number", "", contract.number),
        Passage("title", "", contract.title),
        *(Passage("counterparty", key, held.name) for key, held in contract.counterparties.items()),
        *(Passage("clause", key, text_of(held)) for key, held in contract.clauses.items()),
        *(Passage("item", key, held.description) for key, held in contract.items.items()),
        *(Passage("tag", "", tag) for tag in contract.tags),
    ]


def passages_of(contract: Contract) -> list[Passage]:
    """What is searched of a contract."""
    return [*worded(contract), *(Passage("note", str(version), text) for version, text in contract.notes.items())]


def text_of(clause: Clause) -> str:
    """A clause as it is read."""
    return f"{clause.heading}\n{clause.text}" if clause.heading else clause.text


def fold(line: SearchLine, entry: Entry) -> None:
    """Changes a contract's words by its next entry, if that changes any."""
    happened = entry.fact
    if isinstance(happened, Noted):
        line.notes[str(entry.version)] = happened.text
    else:
        before = line.worded
        if type(happened) in WORDING:
            reword(line, cast("WordingFact", happened))
        if entry.version > 1 and line.worded == before:
            return
    line.version = entry.version
    line.position = entry.position
    line.updated_at = entry.recorded_at


def reword(line: SearchLine, happened: WordingFact) -> None:
    """What an entry changes."""
    match happened:
        case ContractDrafted():
            line.number, line.title = happened.number, happened.title
            line.counterparties = {c.counterparty_id: c.name for c in happened.counterparties}
        case TitleChanged(title=title):
            line.title = title
        case CounterpartyAdded(counterparty=added):
            line.counterparties[added.counterparty_id] = added.name
        case CounterpartyRemoved(counterparty_id=removed):
            line.counterparties.pop(removed, None)
        case ClauseAdded(clause=clause) | ClauseReworded(clause=clause):
            line.clauses[clause.clause_id] = text_of(clause)
        case ClauseWithdrawn(clause_id=clause_id):
            line.clauses.pop(clause_id, None)
        case LineItemAdded(item=item) | LineItemRevised(item=item) | ItemTookProduct(item=item):
            line.items[item.item_id] = item.description
        case LineItemRemoved(item_id=item_id):
            line.items.pop(item_id, None)
        case Tagged(tag=tag):
            line.tags = tuple(sorted({*line.tags, tag}))
        case Untagged(tag=tag):
            line.tags = tuple(held for held in line.tags if held != tag)
        case AmendmentTookEffect():
            for operation in happened.operations:
                apply(line, cast("AnyOperation", operation))
        case unreachable:
            assert_never(unreachable)


def apply(line: SearchLine, operation: AnyOperation) -> None:
    """One change of an amendment that took effect."""
    match operation:
        case operations.ChangeTitle(title=title):
            line.title = title
        case operations.PutItem(item=item):
            line.items[item.item_id] = item.description
        case operations.RemoveItem(item_id=item_id):
            line.items.pop(item_id, None)
        case operations.PutClause(clause=clause):
            line.clauses[clause.clause_id] = text_of(clause)
        case operations.RemoveClause(clause_id=clause_id):
            line.clauses.pop(clause_id, None)
        case operations.ChangeValue() | operations.ChangePeriod() | operations.PutInstalment() | operations.RemoveInstalment():
            pass
        case operations.PutDelivery() | operations.RemoveDelivery() | operations.PutTerm() | operations.RemoveTerm():
            pass
        case unreachable:
            assert_never(unreachable)
