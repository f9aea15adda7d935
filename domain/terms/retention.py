"""Retention 质保金: a share of each payment is held back and released in steps after acceptance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Literal

from domain.facts import value
from domain.money import Money
from domain.refusals import Refusal
from domain.terms import rules
from domain.terms.calendar import add_months
from domain.terms.exact import Ratio, amount_text, rounded, spread
from domain.terms.rules import Term

MAX_MONTHS = 1200


@value
class Release:
    """This share of what is held is released so many months after acceptance; 0 is on the day itself."""

    share: Ratio
    months: int


@value
class Retention(Term):
    """`share` of each payment is held. The releases make up the whole of it."""

    share: Ratio
    releases: tuple[Release, ...]
    term: Literal["retention"] = "retention"


@value
class Held:
    """What is held of a payment, and what is paid out."""

    payment: Money
    amount: Money
    payable: Money
    formula: str


@value
class Deduction:
    """Something held back for good, for defects that were not mended."""

    on: date
    amount: Money


@value
class DueRelease:
    """A release with its day, None before acceptance, and what deductions leave of it."""

    amount: Money
    gross: Money
    due: date | None
    formula: str


class ReleasesNotWhole(Refusal):
    """All that is held is released in the end."""

    template = "The releases sum to {sum}; they must sum to 100%."


class DeductionsExceedRetention(Refusal):
    """No more is deducted than is still held."""

    template = "{amount} cannot be deducted on {on}; only {held} is still held."


def check(term: Retention) -> None:
    """Refuses shares that are not whole, and releases out of order."""
    rules.require_share("share held back", term.share)
    if not term.releases:
        raise rules.NothingListed(element="release")
    for release in term.releases:
        rules.require_share("share released", release.share)
        rules.require_count("number of months until release", release.months, 0, MAX_MONTHS)
    rules.require_rising("number of months until release", (Fraction(release.months) for release in term.releases))
    total = sum((release.share.exact for release in term.releases), Fraction(0))
    if total != 1:
        raise ReleasesNotWhole(sum=Ratio.exactly(total))


def hold(term: Retention, payment: Money, paid_before: Money) -> Held:
    """What is held of a payment, given the gross sum of those before it.

    The sum held is what is rounded (half to even), and each payment holds the difference; so it does not depend on how payments are cut.
    Refusals: AmountOutOfRange, CurrenciesDiffer.
    """
    rules.require_positive("payment", payment)
    rules.require_not_negative("sum of payments before", paid_before)
    rules.require_currency("sum of payments before", paid_before, payment.currency)
    currency, share = payment.currency, term.share
    until_now = rounded(share.exact * paid_before.minor, currency)
    exact = share.exact * (paid_before.minor + payment.minor)
    amount = rounded(exact, currency) - until_now
    return Held(
        payment=payment,
        amount=amount,
        payable=payment - amount,
        formula=f"{share} × ({paid_before} + {payment}) = {amount_text(exact, currency)} − {until_now} held before = {amount}",
    )


def releases(term: Retention, *, held: Money, accepted_on: date | None, deductions: Sequence[Deduction] = ()) -> tuple[DueRelease, ...]:
    """The releases of what is held, by largest remainder, so that they sum to it less all deductions.

    A deduction is taken from the earliest releases that were not due before its day. Refusals: DeductionsExceedRetention, CurrenciesDiffer.
    """
    rules.require_not_negative("retention", held)
    gross = spread([release.share.exact * held.minor for release in term.releases])
    days = [None if accepted_on is None else add_months(accepted_on, release.months) for release in term.releases]
    left = list(gross)
    for deduction in sorted(deductions, key=lambda d: d.on):
        rules.require_positive("deduction", deduction.amount)
        rules.require_currency("deduction", deduction.amount, held.currency)
        wanted = deduction.amount.minor
        open_ones = [n for n, day in enumerate(days) if day is None or day >= deduction.on]
        if wanted > sum(left[n] for n in open_ones):
            still = Money(sum(left[n] for n in open_ones), held.currency)
            raise DeductionsExceedRetention(amount=deduction.amount, on=deduction.on, held=still)
        for n in open_ones:
            taken = min(left[n], wanted)
            left[n] -= taken
            wanted -= taken
    return tuple(
        _release(release, held, day, Money(before, held.currency), Money(after, held.currency))
        for release, day, before, after in zip(term.releases, days, gross, left, strict=True)
    )


def _release(release: Release, held: Money, due: date | None, gross: Money, net: Money) -> DueRelease:
    even = release.share.exact * held.minor == gross.minor
    less = f" − {gross - net} deducted = {net}" if net != gross else ""
    when = f"{release.months} months after acceptance"
    formula = f"{release.share} × {held} = {gross}{'' if even else ' (rounded by largest remainder)'}{less}; "
    return DueRelease(
        amount=net, gross=gross, due=due, formula=formula + (f"not due before {when}" if due is None else f"due {due}, {when}")
    )
