"""Runs risk rules that are not published yet over the contracts that a ledger keeps, one after the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from domain.contract.drafting import ContractDrafted
from domain.contract.state import Contract
from domain.contract.vocabulary import Kind, Status
from domain.money import Money
from domain.risk import PublishRiskRules
from domain.risk.rules import require_months, require_sound
from domain.risk.simulation import RiskRejudged, rejudged
from infra.ledger import CONTRACT, PARTY, Ledger

ENDED = frozenset({Status.REJECTED, Status.COMPLETED, Status.TERMINATED, Status.EXPIRED})


class RiskAmong(NamedTuple):
    """Which contracts count: of these kinds (all by default), and those that ended only if `ended` says so.

    `rates` say by currency what one unit is taken for in the rules' currency.
    """

    kinds: Collection[Kind] = ()
    ended: bool = False
    rates: Mapping[str, Decimal] = {}

    def counts(self, contract: Contract) -> bool:
        """Whether a contract counts."""
        return (not self.kinds or contract.kind in self.kinds) and (self.ended or contract.status not in ENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskSimulated:
    """A contract as it stands, and what the rules would make of it."""

    contract_id: str
    version: int
    number: str
    title: str
    kind: Kind
    status: Status
    department: str | None
    value: Money | None
    judged: RiskRejudged


class RiskLooked(NamedTuple):
    """How far the log was looked through, and the contract found there if it counts."""

    position: int
    found: RiskSimulated | None


def simulated(
    ledger: Ledger, rules: PublishRiskRules, among: RiskAmong, *, after: int = 0, limit: int | None = None
) -> Iterator[RiskLooked]:
    """Looks at up to `limit` contracts drafted after a position, each as it stands now.

    Refusals: RiskRulesNotSound, RiskNeedsText. That a value has no rate is what it shows.
    """
    require_sound(rules.currency, rules.levels, rules.rules)
    require_months(rules.review_after)
    for row in ledger.store.rows_saying(ContractDrafted, after=after, limit=limit):
        identity = row.stream.removeprefix(CONTRACT.prefix)
        contract = ledger.load(CONTRACT, identity)
        yield RiskLooked(row.position, _judged(ledger, rules, among, identity, contract) if among.counts(contract) else None)


def _judged(ledger: Ledger, rules: PublishRiskRules, among: RiskAmong, identity: str, contract: Contract) -> RiskSimulated:
    opposite = {c.party_id for c in contract.counterparties.values() if c.party_id is not None}
    flagged = any(ledger.load(PARTY, party_id).flagged for party_id in opposite)
    rate = None if contract.value is None else among.rates.get(contract.value.currency)
    return RiskSimulated(
        contract_id=identity,
        version=contract.version,
        number=contract.number,
        title=contract.title,
        kind=contract.kind,
        status=contract.status,
        department=contract.department,
        value=contract.value,
        judged=rejudged(contract, rules, flagged=flagged, rate=rate),
    )
