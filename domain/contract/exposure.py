"""Exposure 敞口: with whom a contract binds us, and for how much. It answers, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from domain.contract import rules
from domain.contract.state import Contract
from domain.contract.vocabulary import Counterparty, Status
from domain.money import Money

# What is still to be performed: a contract that rests goes on.
BINDING: Final = (Status.IN_FORCE, Status.SUSPENDED)


class Side(NamedTuple):
    """A counterparty of a contract in force or ended, what is committed with it, and whether others stand beside it.

    Each of several stands for the whole: nothing says how they share. Without `committed` nothing is still to be performed, or no
    value is stated.
    """

    counterparty: Counterparty
    committed: Money | None
    is_shared: bool


def sides(contract: Contract) -> Iterator[Side]:
    """The counterparties, in the order in which they came; who stands there twice, such as for two parts in it, is one."""
    if contract.status not in rules.BINDING_OR_ENDED:
        return
    committed = contract.value if contract.status in BINDING else None
    others = {(c.party_id, None if c.party_id else c.name): c for c in contract.counterparties.values()}
    for counterparty in others.values():
        yield Side(counterparty, committed, is_shared=len(others) > 1)
