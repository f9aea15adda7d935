"""Registered counterparties are looked up when a contract is handed in or signed: one under a flag that blocks stops it."""

from __future__ import annotations

from domain.contract.route import PartySeen
from domain.contract.routing import seen
from domain.contract.state import Contract
from domain.facts import Occasion
from domain.party.state import Party
from domain.refusals import Refusal


class PartyIsFlagged(Refusal):
    """Nobody contracts with a party under a flag that blocks; whoever may lift the flag says why it is lifted."""

    template = "The counterparty {party} is under a flag that blocks: {flags}."


def looked_up(contract: Contract, occasion: Occasion) -> tuple[PartySeen, ...]:
    """The counterparties that are registered parties, as they stand. Refuses with PartyIsFlagged the first under a flag that blocks."""
    for other in contract.counterparties.values():
        party = Party() if other.party_id is None else occasion.around.state(Party, other.party_id)
        if party.blocked_by:
            raise PartyIsFlagged(party=party.name, flags=", ".join(party.blocked_by))
    return seen(contract, occasion)
