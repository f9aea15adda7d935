"""Insurance 保险: a cover that has to be kept, for how much and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from domain.facts import value
from domain.money import Money
from domain.terms import rules
from domain.terms.calendar import add_months, shift
from domain.terms.rules import Term

MAX_MONTHS = 1200


@value
class InsuranceDuty(Term):
    """At least this sum, from the start of the contract until so many months after its end."""

    kind: str
    insured: Money
    months_after_end: int = 0
    term: Literal["insurance"] = "insurance"


@value
class Policy:
    """A cover that was proven, first and last day included."""

    policy_id: str
    insured: Money
    start: date
    end: date


@value
class InsuranceStanding:
    """`first_gap` is the first day from the start up to `until` that no sufficient policy covers, None where there is none."""

    required_until: date | None
    first_gap: date | None
    in_breach: bool
    formula: str


def check(term: InsuranceDuty) -> None:
    """Refuses duties to insure nothing."""
    rules.require_text("kind of insurance", term.kind)
    rules.require_positive("sum insured", term.insured)
    rules.require_count("number of months after the end", term.months_after_end, 0, MAX_MONTHS)


def standing(term: InsuranceDuty, *, start: date, end: date | None, as_of: date, policies: Sequence[Policy] = ()) -> InsuranceStanding:
    """Whether the cover has a gap, and since when; `end` None is a contract without an end.

    Refusals: CurrenciesDiffer, PeriodRunsBackwards.
    """
    until = None if end is None else add_months(end, term.months_after_end)
    covered = shift(start, -1)
    for policy in sorted(policies, key=lambda policy: policy.start):
        rules.require_order("policy", policy.start, policy.end)
        rules.require_currency("sum insured", policy.insured, term.insured.currency)
        if policy.insured.minor >= term.insured.minor and policy.start <= shift(covered, 1):
            covered = max(covered, policy.end)
    gap = shift(covered, 1)
    first_gap = None if until is not None and gap > until else gap
    in_breach = first_gap is not None and first_gap <= as_of
    needed = "without end" if until is None else f"until {end} + {term.months_after_end} months = {until}"
    state = "covered throughout" if first_gap is None else f"no sufficient cover on {first_gap}"
    return InsuranceStanding(
        required_until=until,
        first_gap=first_gap,
        in_breach=in_breach,
        formula=f"{term.kind} of at least {term.insured} from {start} {needed}; {state}",
    )
