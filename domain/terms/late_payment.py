"""Late-payment interest 逾期利息: on what is still unpaid, from the day after it was due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from domain.facts import value
from domain.money import Money
from domain.terms import rules
from domain.terms.calendar import add_months, shift
from domain.terms.day_count import DayCount, days
from domain.terms.exact import Ratio, amount_text, limited, rounded
from domain.terms.rules import Term

MAX_COMPOUNDING_MONTHS = 120


class RatePer(StrEnum):
    """What the rate is for: a year of the day count, or each day (as in 日万分之五, five in ten thousand a day)."""

    YEAR = "year"
    DAY = "day"


class Allocation(StrEnum):
    """What a part payment pays off first. Chinese law says interest where nothing is agreed (民法典 561)."""

    INTEREST_FIRST = "interest_first"
    PRINCIPAL_FIRST = "principal_first"


@value
class LatePaymentInterest(Term):
    """`compound_months` adds unpaid interest to the principal every so many months after the due day; None is simple interest.

    Paid within `grace_days` there is no interest at all; after that it runs from the due day. `cap` is a share of the principal.
    """

    rate: Ratio
    per: RatePer = RatePer.YEAR
    day_count: DayCount = DayCount.ACT_365
    compound_months: int | None = None
    grace_days: int = 0
    cap: Ratio | None = None
    allocation: Allocation = Allocation.INTEREST_FIRST
    term: Literal["late_payment_interest"] = "late_payment_interest"


@value
class PartPayment:
    """Money that came in for this debt, on a day."""

    on: date
    amount: Money


@value
class Stretch:
    """Days over which the same sum bore interest; `start` is the day before the first of them."""

    start: date
    end: date
    bearing: Money
    days: int
    formula: str


@value
class Interest:
    """What the delay has come to as of a day: all interest that accrued, and what is open of both debts."""

    amount: Money
    interest_paid: Money
    principal_open: Money
    surplus: Money
    due: date
    as_of: date
    days: int
    capped: bool
    stretches: tuple[Stretch, ...]
    formula: str

    @property
    def interest_open(self) -> Money:
        """Accrued, less what was paid of it."""
        return self.amount - self.interest_paid


def check(term: LatePaymentInterest) -> None:
    """Refuses rates, caps and periods that make no sense."""
    rules.require_share("rate", term.rate)
    if term.compound_months is not None:
        rules.require_count("number of months after which interest bears interest", term.compound_months, 1, MAX_COMPOUNDING_MONTHS)
    rules.require_count("number of days of grace", term.grace_days)
    rules.require_share("cap", term.cap, above_one=True)


@dataclass(slots=True, kw_only=True)
class _Debt:
    """The debt on its way through the days; all in minor units."""

    owed: Money
    principal: int
    cap: Fraction | None
    capitalised: Fraction = Fraction(0)
    pending: Fraction = Fraction(0)
    accrued: Fraction = Fraction(0)
    paid: int = 0
    surplus: int = 0
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def interest(self) -> Money:
        return limited(self.accrued, self.cap, self.owed.currency)


def accrue(term: LatePaymentInterest, *, principal: Money, due: date, as_of: date, payments: Sequence[PartPayment] = ()) -> Interest:
    """What has accrued as of a day, with part payments up to that day; earlier ones than the due day count as made on it.

    A payment ends its share's interest with its own day. Rounded half to even once at the end, never above the cap (which is rounded
    down); what a payment settles of the interest is rounded half to even too, as money is paid in whole minor units. Days of a stretch
    are counted from the due day and subtracted, so that stretches add up under every day count.
    Refusals: AmountOutOfRange, CurrenciesDiffer.
    """
    rules.require_not_negative("principal", principal)
    for payment in payments:
        rules.require_positive("part payment", payment.amount)
        rules.require_currency("part payment", payment.amount, principal.currency)
    made = sorted((p for p in payments if p.on <= as_of), key=lambda p: p.on)
    cap = None if term.cap is None else term.cap.exact * principal.minor
    debt = _Debt(owed=principal, principal=principal.minor, cap=cap)
    settled_on = _settled_on(principal, made)
    free = min(as_of, settled_on or as_of) <= shift(due, term.grace_days)
    at = due
    for day, paid in _events(term, due, as_of, made):
        if not free:
            _bear(term, debt, due, (at, day))
        at = day
        if paid is None:
            debt.capitalised, debt.pending = debt.capitalised + debt.pending, Fraction(0)
        else:
            _settle(term, debt, paid.minor)
    return _result(term, debt, due=due, as_of=as_of, free=free)


def _settled_on(principal: Money, made: Sequence[PartPayment]) -> date | None:
    left = principal.minor
    for payment in made:
        left -= payment.amount.minor
        if left <= 0:
            return payment.on
    return None


def _events(term: LatePaymentInterest, due: date, as_of: date, made: Sequence[PartPayment]) -> Iterator[tuple[date, Money | None]]:
    """Payments and days on which interest is added, in order, payments first; the day asked for comes last."""
    events: list[tuple[date, int, Money | None]] = [(max(payment.on, due), 0, payment.amount) for payment in made]
    if term.compound_months is not None:
        step = 1
        while (boundary := add_months(due, term.compound_months * step)) < as_of:
            events.append((boundary, 1, None))
            step += 1
    events.sort(key=lambda event: event[:2])
    yield from ((day, paid) for day, _, paid in events)
    if as_of > due:
        yield as_of, None


def _bear(term: LatePaymentInterest, debt: _Debt, due: date, stretch: tuple[date, date]) -> None:
    start, end = stretch
    currency = debt.owed.currency
    count = days(term.day_count, due, end) - days(term.day_count, due, start)
    bearing = debt.principal + debt.capitalised
    if end <= start or bearing == 0:
        return
    per_day = term.rate.exact / (term.day_count.year if term.per is RatePer.YEAR else 1)
    interest = bearing * per_day * count
    basis = f"/{term.day_count.year}" if term.per is RatePer.YEAR else ""
    debt.pending += interest
    debt.accrued += interest
    debt.stretches.append(
        Stretch(
            start=start,
            end=end,
            bearing=rounded(bearing, currency),
            days=count,
            formula=f"{amount_text(bearing, currency)} × {term.rate} × {count}{basis} days ({start} to {end}, {term.day_count.value}) = "
            f"{amount_text(interest, currency)}",
        )
    )


def _settle(term: LatePaymentInterest, debt: _Debt, paid: int) -> None:
    """Divides a payment between interest and principal; capitalised interest is still interest."""
    owed = debt.interest.minor - debt.paid
    if term.allocation is Allocation.INTEREST_FIRST:
        to_interest = min(paid, owed)
        to_principal = min(paid - to_interest, debt.principal)
    else:
        to_principal = min(paid, debt.principal)
        to_interest = min(paid - to_principal, owed)
    debt.principal -= to_principal
    debt.paid += to_interest
    debt.surplus += paid - to_principal - to_interest
    from_pending = min(debt.pending, Fraction(to_interest))
    debt.pending -= from_pending
    debt.capitalised = max(debt.capitalised - (to_interest - from_pending), Fraction(0))


def _result(term: LatePaymentInterest, debt: _Debt, *, due: date, as_of: date, free: bool) -> Interest:
    currency, amount = debt.owed.currency, debt.interest
    if debt.stretches:
        stretches = "; ".join(stretch.formula for stretch in debt.stretches)
        limit = rules.cap_text(debt.accrued, debt.cap, currency)
        formula = f"{stretches}; sum {amount_text(debt.accrued, currency)}{limit}; accrued {amount}"
    else:
        why = f"within {term.grace_days} days of grace" if free and as_of > due else "nothing was overdue"
        formula = f"{debt.owed} due {due}, as of {as_of}: {why}; accrued {amount}"
    return Interest(
        amount=amount,
        interest_paid=Money(debt.paid, currency),
        principal_open=Money(debt.principal, currency),
        surplus=Money(debt.surplus, currency),
        due=due,
        as_of=as_of,
        days=sum(stretch.days for stretch in debt.stretches),
        capped=debt.cap is not None and debt.accrued > debt.cap,
        stretches=tuple(debt.stretches),
        formula=formula,
    )
