"""Termination 解除: on which grounds, after which time to cure, and at which fee. It quotes, and has no effect."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from domain.facts import value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms import rules
from domain.terms.calendar import shift
from domain.terms.exact import Ratio, amount_text, rounded
from domain.terms.rules import Term


class FeeKind(StrEnum):
    """What an early exit costs: nothing, an amount, a share of the value, or a share of what the remaining days are worth."""

    NONE = "none"
    FIXED = "fixed"
    SHARE_OF_VALUE = "share_of_value"
    SHARE_OF_REMAINING = "share_of_remaining"


@value
class ExitFee:
    """`amount` goes with a fixed fee, `share` with a share."""

    kind: FeeKind = FeeKind.NONE
    share: Ratio | None = None
    amount: Money | None = None


@value
class Ground:
    """Why the contract may be ended. It ends once the days to cure, and then those of notice, have passed."""

    ground: str
    cure_days: int = 0
    notice_days: int = 0
    fee: ExitFee = ExitFee()
    duties: tuple[str, ...] = ()


@value
class Termination(Term):
    """The grounds on which a party may end the contract before its time."""

    grounds: tuple[Ground, ...]
    term: Literal["termination"] = "termination"


@value
class TerminationQuote:
    """What would follow. `effective_on` would be the last day of the contract; `remaining_days` come after it."""

    ground: str
    declared_on: date
    cure_until: date
    effective_on: date
    amount: Money
    remaining_days: int | None
    duties: tuple[str, ...]
    formula: str


class FeeUnclear(Refusal):
    """A fee says what it is, and nothing else."""

    template = "The exit fee of the ground {ground!r} is {kind}; it needs {needs}."


class GroundNotAgreed(Refusal):
    """A contract is ended on an agreed ground."""

    template = "The contract has no ground {ground!r} for termination; it has {agreed}."


class BreachCured(Refusal):
    """What was cured in time is no ground any more."""

    template = "The ground {ground!r} was cured on {cured_on}, within the time up to {cure_until}."


class NoRemainingPeriod(Refusal):
    """A share of the remaining period needs a period with an end."""

    template = "The exit fee is a share of the remaining period, but the contract has no period with a start and an end."


def check(term: Termination) -> None:
    """Refuses grounds without a name, and fees and numbers of days that make no sense."""
    if not term.grounds:
        raise rules.NothingListed(element="ground")
    rules.require_unique("ground", (ground.ground for ground in term.grounds))
    for ground in term.grounds:
        rules.require_count("number of days to cure", ground.cure_days)
        rules.require_count("number of days of notice", ground.notice_days)
        for duty in ground.duties:
            rules.require_text("duty at exit", duty)
        _check_fee(ground)


def _check_fee(ground: Ground) -> None:
    fee = ground.fee
    needs_amount, needs_share = fee.kind is FeeKind.FIXED, fee.kind in {FeeKind.SHARE_OF_VALUE, FeeKind.SHARE_OF_REMAINING}
    if (fee.amount is not None) != needs_amount or (fee.share is not None) != needs_share:
        needs = "an amount and no share" if needs_amount else "a share and no amount" if needs_share else "neither amount nor share"
        raise FeeUnclear(ground=ground.ground, kind=fee.kind.value.replace("_", " "), needs=needs)
    rules.require_positive("exit fee", fee.amount)
    rules.require_share("exit fee", fee.share)


def quote(  # noqa: PLR0913 - each is a separate fact of the contract
    term: Termination,
    *,
    ground: str,
    declared_on: date,
    total: Money,
    start: date | None = None,
    end: date | None = None,
    cured_on: date | None = None,
) -> TerminationQuote:
    """What ending the contract on this ground, declared on this day, would bring; nothing happens by asking.

    Remaining days count from the day after the end of the contract, against all days of its period; the fee is rounded half to even.
    Refusals: GroundNotAgreed, BreachCured, NoRemainingPeriod, CurrenciesDiffer.
    """
    agreed = next((known for known in term.grounds if known.ground == ground), None)
    if agreed is None:
        raise GroundNotAgreed(ground=ground, agreed=", ".join(known.ground for known in term.grounds))
    cure_until = shift(declared_on, agreed.cure_days)
    if cured_on is not None and cured_on <= cure_until and agreed.cure_days:
        raise BreachCured(ground=ground, cured_on=cured_on, cure_until=cure_until)
    effective = shift(cure_until, agreed.notice_days)
    remaining = None if end is None else max((end - effective).days, 0)
    fee, how = _fee(agreed.fee, total, start, end, remaining)
    days = f"{declared_on} + {agreed.cure_days} days to cure + {agreed.notice_days} days of notice = {effective}"
    return TerminationQuote(
        ground=ground,
        declared_on=declared_on,
        cure_until=cure_until,
        effective_on=effective,
        amount=fee,
        remaining_days=remaining,
        duties=agreed.duties,
        formula=f"{days}; {how}",
    )


def _fee(fee: ExitFee, total: Money, start: date | None, end: date | None, remaining: int | None) -> tuple[Money, str]:
    if fee.amount is not None:
        rules.require_currency("exit fee", fee.amount, total.currency)
        return fee.amount, f"exit fee {fee.amount} as agreed"
    if fee.share is None:
        return Money.zero(total.currency), f"no exit fee: {Money.zero(total.currency)}"
    if fee.kind is FeeKind.SHARE_OF_VALUE:
        exact = fee.share.exact * total.minor
        return rounded(exact, total.currency), f"exit fee {fee.share} × {total} = {amount_text(exact, total.currency)}"
    if start is None or end is None or remaining is None:
        raise NoRemainingPeriod
    rules.require_order("period of the contract", start, end)
    whole = (end - start).days + 1
    left = min(remaining, whole)
    exact = fee.share.exact * total.minor * Fraction(left, whole)
    return rounded(exact, total.currency), f"exit fee {fee.share} × {total} × {left}/{whole} days = {amount_text(exact, total.currency)}"
