"""What each entry of a contract changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain import difference
from domain.contract import fold
from domain.contract.state import Contract
from domain.difference import BOOKKEEPING, Change, Explained, changes, compare
from domain.facts import Entry

__all__ = ["BOOKKEEPING", "Change", "Explained", "changes", "compare", "explained"]


def explained(entries: Iterable[Entry]) -> Iterator[Explained]:
    """Each entry of one contract's history with what it changed."""
    return difference.explained(entries, Contract, fold)
