"""Charges: what delays, service levels and shares came to under the agreed terms, and what became of it. It answers, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from domain.contract.receivables import ClaimKind, claims
from domain.contract.state import Contract
from domain.money import Money


class ChargeKind(StrEnum):
    """What it is: damages for a late delivery, interest on a late payment, a credit for a missed service level, a share of a profit, or
    pay for a key figure.
    """

    PENALTY = "penalty"
    INTEREST = "interest"
    SERVICE_CREDIT = "service_credit"
    PROFIT_SHARE = "profit_share"
    PERFORMANCE_PAY = "performance_pay"


class Charge(NamedTuple):
    """What came of a term for a subject, in minor units: in all, what of it was waived, and what stands. `term_version` is the version of
    the entry that made the term as it was reckoned with, `version` that of the entry that reckoned last.

    It is settled with everything else that was owed under the contract in the currency: alone it is not paid.
    """

    kind: ChargeKind
    subject: str
    term_id: str
    term_version: int
    through: date | None
    currency: str
    accrued: int
    waived: int
    standing: int
    settled: int
    version: int


def charges(contract: Contract) -> list[Charge]:
    """All that accrued, was granted or was earned, whatever came of it since."""
    found = list(reckoned(contract))
    if not found:
        return found
    closed = settled_in(contract)
    return [charge._replace(settled=charge.standing) if charge.currency in closed else charge for charge in found]


def settled_in(contract: Contract) -> set[str]:
    """The currencies in which nothing is open any more, but what is held back."""
    open_: dict[str, int] = {}
    for claim in claims(contract):
        if claim.kind is not ClaimKind.RETENTION:
            open_[claim.currency] = open_.get(claim.currency, 0) + claim.open
    return {currency for currency, minor in open_.items() if minor == 0}


def reckoned(contract: Contract) -> Iterator[Charge]:
    """What was reckoned, none of it settled yet."""
    for kind, held in ((ChargeKind.PENALTY, contract.penalties), (ChargeKind.INTEREST, contract.interest)):
        for subject, one in held.items():
            standing = one.standing
            waived = one.total.minor - standing.minor
            yield Charge(
                kind,
                subject,
                one.term_id,
                one.term_version,
                one.through,
                standing.currency,
                one.total.minor,
                waived,
                standing.minor,
                0,
                one.version,
            )
    for subject, granted in contract.service_credits.items():
        yield whole(ChargeKind.SERVICE_CREDIT, subject, granted.term_id, granted.term_version, granted.total, granted.version)
    for subject, shared in contract.profit_shares.items():
        yield whole(ChargeKind.PROFIT_SHARE, subject, shared.term_id, shared.term_version, shared.total, shared.version)
    for subject, earned in contract.performance_pay.items():
        yield whole(ChargeKind.PERFORMANCE_PAY, subject, earned.term_id, earned.term_version, earned.total, earned.version)


def whole(kind: ChargeKind, subject: str, term_id: str, term_version: int, total: Money, version: int) -> Charge:  # noqa: PLR0913, PLR0917 - as the row has them
    """What is not waived."""
    return Charge(kind, subject, term_id, term_version, None, total.currency, total.minor, 0, total.minor, 0, version)
