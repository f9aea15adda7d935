"""Profit share 分成: a partner's part of a period's profit, tier by tier."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from domain.facts import value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms import rules
from domain.terms.exact import Ratio, amount_text, between
from domain.terms.rules import Term


@value
class ProfitTier:
    """The share of that part of the profit which lies above this amount, up to the next tier."""

    above: Money
    share: Ratio


@value
class ProfitShare(Term):
    """`floor` is paid even on a loss; `carries_losses` sets losses of earlier periods against later profits first."""

    tiers: tuple[ProfitTier, ...]
    floor: Money | None = None
    cap: Money | None = None
    carries_losses: bool = False
    term: Literal["profit_share"] = "profit_share"


@value
class SharedProfit:
    """The partner's part; `loss_carried` is set against the next period's profit."""

    amount: Money
    profit: Money
    base: Money
    loss_carried: Money
    formula: str


class FloorAboveCap(Refusal):
    """The least that is paid is not more than the most."""

    template = "The floor of {floor} is above the cap of {cap}."


def check(term: ProfitShare) -> None:
    """Refuses tiers out of order or in two currencies, and bounds that cross."""
    if not term.tiers:
        raise rules.NothingListed(element="tier")
    currency = term.tiers[0].above.currency
    for tier in term.tiers:
        rules.require_not_negative("start of a tier", tier.above)
        rules.require_currency("start of a tier", tier.above, currency)
        rules.require_share("share of a tier", tier.share, zero=True)
    rules.require_rising("start of the tiers", (Fraction(tier.above.minor) for tier in term.tiers))
    for name, bound in (("floor", term.floor), ("cap", term.cap)):
        rules.require_not_negative(name, bound)
        rules.require_currency(name, bound, currency)
    if term.floor is not None and term.cap is not None and term.floor > term.cap:
        raise FloorAboveCap(floor=term.floor, cap=term.cap)


def share(term: ProfitShare, *, profit: Money, loss_before: Money | None = None) -> SharedProfit:
    """The part of a period's profit, rounded half to even once. Refusals: CurrenciesDiffer, AmountOutOfRange."""
    currency = profit.currency
    rules.require_currency("tier", term.tiers[0].above, currency)
    rules.require_currency("loss carried from before", loss_before, currency)
    rules.require_not_negative("loss carried from before", loss_before)
    before = loss_before if loss_before is not None and term.carries_losses else Money.zero(currency)
    base = profit - before
    exact, texts = Fraction(0), []
    tops = [*(tier.above.minor for tier in term.tiers[1:]), None]
    for tier, top in zip(term.tiers, tops, strict=True):
        inside = (base.minor if top is None else min(base.minor, top)) - tier.above.minor
        if inside > 0:
            exact += tier.share.exact * inside
            texts.append(f"{tier.share} × {Money(inside, currency)}")
    floor, cap = (None if bound is None else Fraction(bound.minor) for bound in (term.floor, term.cap))
    amount = between(floor, exact, cap, currency)
    bounds = f"; at least the floor of {term.floor}" if floor is not None and exact < floor else rules.cap_text(exact, cap, currency)
    carried = f"{profit} − {before} loss carried = {base}" if before.minor else f"profit {profit}"
    return SharedProfit(
        amount=amount,
        profit=profit,
        base=base,
        loss_carried=Money(max(-base.minor, 0), currency) if term.carries_losses else Money.zero(currency),
        formula=f"{carried}; {' + '.join(texts) or 'nothing in the tiers'} = {amount_text(exact, currency)}{bounds}; share {amount}",
    )
