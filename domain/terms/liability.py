"""Liability cap 责任限额: how much one side owes at most, and what is left of that after claims."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

from domain.facts import value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms import rules
from domain.terms.exact import Ratio, limited
from domain.terms.rules import Term


class CapBase(StrEnum):
    """What the share is of."""

    CONTRACT_VALUE = "contract_value"
    FEES_OF_TWELVE_MONTHS = "fees_of_twelve_months"


class Combine(StrEnum):
    """Which counts where both a share and an amount are agreed."""

    GREATER = "greater"
    LESSER = "lesser"


@value
class LiabilityCap(Term):
    """A share of a base, an amount, or the greater or lesser of both. `carve_outs` are kinds of claim without a cap."""

    share: Ratio | None = None
    amount: Money | None = None
    base: CapBase = CapBase.CONTRACT_VALUE
    combine: Combine = Combine.GREATER
    carve_outs: tuple[str, ...] = ()
    term: Literal["liability_cap"] = "liability_cap"


@value
class Claim:
    """Something owed or claimed, of a kind."""

    kind: str
    amount: Money


@value
class LiabilityRoom:
    """`amount` is what can still be owed under the cap; claims without a cap stand apart."""

    amount: Money
    cap: Money
    claimed: Money
    uncapped: Money
    exceeded: bool
    formula: str


class CapUnclear(Refusal):
    """A cap is a share, an amount, or both."""

    template = "The cap on liability names neither a share nor an amount."


def check(term: LiabilityCap) -> None:
    """Refuses caps that cap nothing."""
    if term.share is None and term.amount is None:
        raise CapUnclear
    rules.require_share("cap", term.share, above_one=True)
    rules.require_positive("cap", term.amount)
    rules.require_unique("carve-out", term.carve_outs)


def room(term: LiabilityCap, *, base: Money, claims: Sequence[Claim] = ()) -> LiabilityRoom:
    """What is left of the cap, given the base that the term names; a share of it is rounded down.

    Refusals: CurrenciesDiffer, AmountOutOfRange.
    """
    rules.require_not_negative("base", base)
    rules.require_currency("cap", term.amount, base.currency)
    for claim in claims:
        rules.require_positive("claim", claim.amount)
        rules.require_currency("claim", claim.amount, base.currency)
    caps, texts = [], []
    if term.share is not None:
        exact = term.share.exact * base.minor
        caps.append(limited(exact, exact, base.currency))
        texts.append(f"{term.share} × {base} = {caps[-1]}")
    if term.amount is not None:
        caps.append(term.amount)
        texts.append(str(term.amount))
    cap = (max if term.combine is Combine.GREATER else min)(caps, key=lambda found: found.minor)
    free = sum(claim.amount.minor for claim in claims if claim.kind in term.carve_outs)
    claimed = sum(claim.amount.minor for claim in claims) - free
    left = Money(max(cap.minor - claimed, 0), base.currency)
    both = f"the {term.combine.value} of " if len(caps) > 1 else ""
    return LiabilityRoom(
        amount=left,
        cap=cap,
        claimed=Money(claimed, base.currency),
        uncapped=Money(free, base.currency),
        exceeded=claimed > cap.minor,
        formula=f"cap {both}{' and '.join(texts)}; {cap} − {Money(claimed, base.currency)} claimed leaves {left}",
    )
