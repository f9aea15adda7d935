"""Which delegations a ledger has, in the order in which they were granted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from domain.delegation import Delegation, DelegationGranted
from infra.ledger import DELEGATION, Ledger


class Listed(NamedTuple):
    """A delegation, where its first entry stands, and how it is now."""

    delegation_id: str
    position: int
    delegation: Delegation


def granted(ledger: Ledger, *, after: int = 0, limit: int | None = None) -> Iterator[Listed]:
    """The delegations granted after a position, in order, in memory for one page."""
    for row in ledger.store.rows_saying(DelegationGranted, after=after, limit=limit):
        identity = row.stream.removeprefix(DELEGATION.prefix)
        yield Listed(identity, row.position, ledger.load(DELEGATION, identity))
