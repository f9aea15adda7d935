"""Documents and templates that decisions find around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from domain.contract.drafting import CounterpartyAdded
from domain.contract.vocabulary import Counterparty, Kind
from domain.document import StoredDocument
from domain.party.state import FlagSeverity, Party, PartyFlag, StandingFlag
from domain.surroundings import Alone
from domain.template import Binding, Edition, Placeholder, PlaceholderType, Presence, Template, TemplateClause
from tests.spec import START

S = TypeVar("S")

SEEN = StoredDocument(version=1, sha256="0f" * 32, size=348_160, media_type="application/pdf")


class Archive(Alone):
    """Nothing around but documents that the ledger keeps."""

    def __init__(self, *documents: StoredDocument) -> None:
        """Takes what is kept."""
        self._documents = {document.sha256: document for document in documents}

    def state(self, blank: Callable[[], S], identity: str) -> S:
        """A document by its hash; a blank state of anything else."""
        return cast("S", self._documents[identity]) if blank is StoredDocument and identity in self._documents else blank()


PURCHASE = Edition(
    number=2,
    name="采购合同范本",
    kind=Kind.SUPPLIER,
    clauses=(
        TemplateClause(clause_id="5", heading="付款", text="{{buyer}}于{{付款日}}前付清{{note}}。"),
        TemplateClause(clause_id="9", heading="适用法律", text="适用中华人民共和国法律。", binding=Binding.LOCKED),
    ),
    placeholders=(
        Placeholder(name="buyer"),
        Placeholder(name="付款日", takes=PlaceholderType.DATE),
        Placeholder(name="note", presence=Presence.OPTIONAL),
    ),
)


BLOCKED = Party(
    version=3,
    name="失信公司",
    flags={
        PartyFlag.DISHONEST_DEBTOR: StandingFlag(why="Listed.", severity=FlagSeverity.BLOCKS, flagged_by="dave", flagged_at=START),
        PartyFlag.OVERDUE: StandingFlag(why="Late.", severity=FlagSeverity.WARNS, flagged_by="dave", flagged_at=START),
    },
)
MARKED = Party(version=5, name="华东办公", flags={PartyFlag.OVERDUE: BLOCKED.flags[PartyFlag.OVERDUE]})


WITH_LISTED = CounterpartyAdded(counterparty=Counterparty(counterparty_id="c1", name="失信公司", role="supplier", party_id="listed"))


class Registry(Alone):
    """Nothing around but parties."""

    def __init__(self, **parties: Party) -> None:
        """Takes the parties by id."""
        self._parties = parties

    def state(self, blank: Callable[[], S], identity: str) -> S:
        """A party by its id; a blank state of anything else."""
        return cast("S", self._parties[identity]) if blank is Party and identity in self._parties else blank()


class Library(Alone):
    """Nothing around but templates."""

    def __init__(self, **templates: Template) -> None:
        """Takes the templates by id."""
        self._templates = templates

    def state(self, blank: Callable[[], S], identity: str) -> S:
        """A template by its id; a blank state of anything else."""
        return cast("S", self._templates[identity]) if blank is Template and identity in self._templates else blank()
