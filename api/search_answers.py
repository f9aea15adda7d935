"""What the API answers to a search."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.contract.vocabulary import Status
from domain.money import Money


class SearchPlace(StrEnum):
    """Where in a contract words are found."""

    NUMBER = "number"
    TITLE = "title"
    COUNTERPARTY = "counterparty"
    CLAUSE = "clause"
    ITEM = "item"
    TAG = "tag"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchMark:
    """A stretch of a snippet that was looked for: from the code point `start` up to before `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSnippet:
    """A piece of a text from `offset` on, in code points. `key` is the id of the counterparty, clause or item, or the note's version."""

    where: SearchPlace
    key: str | None
    text: str
    offset: int
    marks: tuple[SearchMark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """A contract that was found, as it stands now, and where the words are in it."""

    id: str
    number: str
    title: str
    status: Status
    value: Money | None
    snippets: tuple[SearchSnippet, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """A page of contracts, the best first."""

    hits: tuple[SearchHit, ...]
    next_cursor: str | None
