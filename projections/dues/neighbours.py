"""What alert rules may look at beside the contract: other streams, and the contracts that there are with a party."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import TypeVar

import domain.contract
from domain.alerting.found import Dealing
from domain.contract.state import Contract
from domain.terms.calendar import Calendar
from infra.ledger import CONTRACT, Around
from infra.opening import Opened
from projections.dues.queries import Dues
from projections.dues.table import DUES
from projections.runner import catch_up

S = TypeVar("S")


class Neighbours:
    """What rules may look at beside the contract: other streams as they stand, and contracts as they stood at an entry."""

    def __init__(self, opened: Opened, known: Mapping[str, Contract] | None = None) -> None:
        """`known` are contracts, by their streams, as they stand at the entry that is looked at; whatever is not there is read."""
        self._opened = opened
        self._around = Around(opened.ledger)
        self._dues = Dues(opened)
        self._known: Mapping[str, Contract] = {} if known is None else known
        self._reached = 0
        self.position = 0

    def state(self, blank: Callable[[], S], identity: str) -> S:
        """The present state of another stream."""
        return self._around.state(blank, identity)

    def calendar(self, code: str, zone: str) -> Calendar:
        """A calendar of the library."""
        return self._around.calendar(code, zone)

    def dealings(self, party_id: str, since: date | None = None) -> Iterator[Dealing]:
        """The contracts with a party, as they stood at the entry that is looked at, however far the log has come since."""
        if self._reached < self.position:
            self._reached = catch_up(self._opened, DUES)
        for contract_id in self._dues.with_party(party_id, self.position, since):
            stream = CONTRACT.stream(contract_id)
            known = self._known.get(stream)
            if known is None:
                entries = self._opened.store.stream_entries(stream)
                known = domain.contract.replay(entry for entry in entries if entry.position <= self.position)
            yield Dealing(contract_id, known)
