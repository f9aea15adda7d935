"""Saved searches 保存的筛选: which contracts somebody looks at again and again, under a name; each person has a stream of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias, assert_never, cast

from domain.contract.assessed import RiskLevel
from domain.contract.vocabulary import Confidentiality, Direction, Kind, Status
from domain.facts import Command, Dated, Entry, Fact, Occasion, fact, value
from domain.money import Money
from domain.refusals import Refusal
from domain.text import is_blank

MOST_SEARCHES: Final = 200
LONGEST_NAME: Final = 100
# Between a person and the name of a search of theirs that they share.
OF: Final = "/"


@value
class ContractSearch:
    """Which contracts of the register, in which order: what is left empty or open does not matter, everything else has to hold.

    `fields` are KEY:VALUE, as the register is asked; `words` are looked for anywhere in a contract.
    """

    status: tuple[Status, ...] = ()
    kind: tuple[Kind, ...] = ()
    confidentiality: tuple[Confidentiality, ...] = ()
    risk: tuple[RiskLevel, ...] = ()
    direction: Direction | None = None
    counterparty: str | None = None
    number: str | None = None
    owner: str | None = None
    department: str | None = None
    tag: str | None = None
    fields: tuple[str, ...] = ()
    text: str | None = None
    words: str | None = None
    currency: str | None = None
    min_value: Money | None = None
    max_value: Money | None = None
    sort: str | None = None
    descending: bool = False

    @property
    def counts_in(self) -> str | None:
        """The currency that it states, by itself or with an amount."""
        bound = self.min_value or self.max_value
        return self.currency or (None if bound is None else bound.currency)


@value
class SavedSearch:
    """A search that is kept. Others may use one that is shared, and nobody else changes it."""

    search: ContractSearch
    shared: bool = False


@fact("searches.saved")
class SearchSaved(Fact):
    """Who recorded it keeps a search under a name, in place of the one that had this name before."""

    name: str
    search: ContractSearch
    shared: bool


@fact("searches.removed")
class SearchRemoved(Fact):
    """The name stands for no search any more."""

    name: str


SearchesFact: TypeAlias = SearchSaved | SearchRemoved


@value
class SaveSearch(Command):
    """Keep a search under a name."""

    name: str
    saved: SavedSearch


@value
class RemoveSearch(Command):
    """Keep a search no longer."""

    name: str


SearchesCommand: TypeAlias = SaveSearch | RemoveSearch


class SearchNameNotPossible(Refusal):
    """A name can be typed, and read in an address."""

    template = "A search cannot be called {given!r}: a name has 1 to 100 characters, none of them a slash, and no blanks at its ends."


class NoSuchSearch(Refusal):
    """Only what was saved can be used or removed, and of others only what they share."""

    template = "There is no saved search {name!r}."


class TooManySearches(Refusal):
    """Names are to be found again."""

    template = "{most} searches are saved already; remove one first."


@dataclass(slots=True)
class Searches:
    """What somebody has saved, by name."""

    version: int = 0
    saved: dict[str, SavedSearch] = field(default_factory=dict)

    @property
    def exists(self) -> bool:
        """Whether anything was ever saved."""
        return self.version > 0

    def copy(self) -> Searches:
        """The same, to be folded further."""
        return replace(self, saved=dict(self.saved))

    def seen_by(self, owner: bool) -> dict[str, SavedSearch]:  # noqa: FBT001 - whose they are is all that matters
        """By name, what the owner sees of them, or anybody else."""
        return {name: one for name, one in sorted(self.saved.items()) if one.shared or owner}

    def named(self, name: str, *, shared_only: bool = False) -> ContractSearch:
        """The search of a name. Raises NoSuchSearch."""
        found = self.saved.get(name)
        if found is None or (shared_only and not found.shared):
            raise NoSuchSearch(name=name)
        return found.search


def decide(searches: Searches, command: Command, occasion: Occasion) -> Sequence[Fact | Dated]:  # noqa: ARG001 - as all streams decide
    """The facts that a command leads to.

    Refusals: SearchNameNotPossible, then TooManySearches; NoSuchSearch.
    """
    wanted = cast("SearchesCommand", command)
    match wanted:
        case SaveSearch(name=name, saved=saved):
            if is_blank(name) or name != name.strip() or OF in name or len(name) > LONGEST_NAME:
                raise SearchNameNotPossible(given=name[:LONGEST_NAME])
            if name not in searches.saved and len(searches.saved) >= MOST_SEARCHES:
                raise TooManySearches(most=MOST_SEARCHES)
            return (SearchSaved(name=name, search=saved.search, shared=saved.shared),)
        case RemoveSearch(name=name):
            searches.named(name)
            return (SearchRemoved(name=name),)
        case unreachable:
            assert_never(unreachable)


def fold(searches: Searches, entry: Entry) -> None:
    """Changes a state in place by one entry."""
    happened = cast("SearchesFact", entry.fact)
    match happened:
        case SearchSaved():
            searches.saved[happened.name] = SavedSearch(search=happened.search, shared=happened.shared)
        case SearchRemoved():
            del searches.saved[happened.name]
        case unreachable:
            assert_never(unreachable)
    searches.version = entry.version
