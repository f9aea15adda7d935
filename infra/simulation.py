"""Runs a policy that is not published yet over the submissions that a ledger keeps, one after the other."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple, cast

from domain.contract.approval import SubmittedForApproval
from domain.contract.state import Contract
from domain.contract.vocabulary import Kind
from domain.money import CURRENCIES, Money
from domain.party import Party
from domain.policy import PublishPolicy
from domain.policy.routes import require_distinct
from domain.policy.simulation import Rejudged, Then, rejudged
from infra import codec
from infra.ledger import CONTRACT, PARTY, Ledger
from infra.store import Row

_RATE: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)


class Among(NamedTuple):
    """Which submissions count: recorded from a moment on and up to another (both included), of contracts of these kinds; all by default.

    `rates` say by currency what one unit is taken for, in the policy's currency, where a contract was not converted when it was submitted.
    """

    since: datetime | None = None
    until: datetime | None = None
    kinds: Collection[Kind] = ()
    rates: Mapping[str, Decimal] = {}

    def then(self, moment: datetime) -> bool:
        """Whether a submission of that moment counts."""
        return (self.since is None or moment >= self.since) and (self.until is None or moment <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A submission of the past: the contract as it was then, and what the policy would make of it."""

    contract_id: str
    version: int
    number: str
    title: str
    kind: Kind
    department: str | None
    value: Money | None
    submitted_at: datetime
    submitted_by: str
    judged: Rejudged


class Looked(NamedTuple):
    """How far the log was looked through, and the submission found there if it counts."""

    position: int
    found: Submission | None


def simulated(ledger: Ledger, policy: PublishPolicy, among: Among, *, after: int = 0, limit: int | None = None) -> Iterator[Looked]:
    """Looks at up to `limit` submissions recorded after a position, each contract as it was known then, in memory for one of them.

    Refusals: PolicyNotSound, PolicyNeedsText, RoutesOverlap. That some contracts have no route is what it shows.
    """
    require_distinct(policy.currency, policy.routes)
    for row in ledger.store.rows_saying(SubmittedForApproval, after=after, limit=limit):
        yield Looked(row.position, _judged(ledger, policy, among, row) if among.then(row.recorded_at) else None)


def _judged(ledger: Ledger, policy: PublishPolicy, among: Among, row: Row) -> Submission | None:
    identity = row.stream.removeprefix(CONTRACT.prefix)
    before = ledger.contract_as_of(identity, version=row.version - 1)
    if among.kinds and before.kind not in among.kinds:
        return None
    by = codec.decode_meta(row.meta).actor
    submitted = cast("SubmittedForApproval", codec.decode(row.fact, row.payload))
    rate = None if before.value is None else among.rates.get(before.value.currency)
    then = Then(before=before, submitted=submitted, by=by, flagged=_flagged(ledger, before, row), rate=rate)
    return Submission(
        contract_id=identity,
        version=row.version,
        number=before.number,
        title=before.title,
        kind=before.kind,
        department=before.department,
        value=before.value,
        submitted_at=row.recorded_at,
        submitted_by=by,
        judged=rejudged(then, policy.currency, policy.routes),
    )


def _flagged(ledger: Ledger, before: Contract, row: Row) -> bool:
    """Whether a party on the other side was flagged when the contract was submitted."""
    streams = {PARTY.stream(c.party_id) for c in before.counterparties.values() if c.party_id is not None}
    parties: dict[str, Party] = {}
    for told in map(ledger.store.decoded, ledger.store.read_streams(sorted(streams), row.position) if streams else ()):
        PARTY.fold(parties.setdefault(told.stream, Party()), told)
    return any(party.flagged for party in parties.values())


def rate_in(text: str, between: str) -> tuple[str, Decimal]:
    """A currency and its rate, such as EUR=7.80 where `between` is =. Raises ValueError, which says what is wrong."""
    currency, found, rate = text.strip().partition(between)
    code = currency.strip().upper()
    if not found or code not in CURRENCIES or not _RATE.fullmatch(rate.strip()) or not Decimal(rate):
        message = f"{text[:60]!r} is no rate; give a currency and a plain decimal above zero, such as EUR{between}7.80."
        raise ValueError(message)
    return code, Decimal(rate.strip())
