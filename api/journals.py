"""What the journal of a contract answers."""

from __future__ import annotations

from dataclasses import dataclass

from domain.contract.journal import Balance, Posting


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalAnswer:
    """A contract's journal, and what its accounts come to."""

    id: str
    postings: tuple[Posting, ...]
    balances: tuple[Balance, ...]
