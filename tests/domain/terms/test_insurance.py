"""Insurance: gaps in a cover that has to be kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.money import Money
from domain.refusals import Refusal
from domain.terms import insurance, rules
from domain.terms.insurance import InsuranceDuty, Policy

MILLION = Money.of("1000000.00", "CNY")
DUTY = InsuranceDuty(kind="product liability", insured=MILLION, months_after_end=6)
START, END = date(2026, 1, 1), date(2026, 12, 31)


def policy(start: date, end: date, insured: Money = MILLION) -> Policy:
    return Policy(policy_id=f"{start}", insured=insured, start=start, end=end)


FIRST = policy(START, END)


@pytest.mark.parametrize(
    ("policies", "as_of", "gap", "in_breach"),
    [
        ((), START, START, True),
        ((FIRST,), date(2026, 12, 31), date(2027, 1, 1), False),
        ((FIRST,), date(2027, 1, 1), date(2027, 1, 1), True),
        ((policy(date(2027, 1, 1), date(2027, 6, 30)), FIRST), date(2028, 1, 1), None, False),
        ((FIRST, policy(date(2027, 1, 2), date(2027, 6, 30))), date(2028, 1, 1), date(2027, 1, 1), True),
        ((policy(START, END, Money.of("999999.99", "CNY")),), START, START, True),
        ((FIRST, policy(date(2026, 3, 1), date(2026, 4, 1))), date(2026, 12, 1), date(2027, 1, 1), False),
    ],
)
def test_a_cover_has_a_gap(policies: tuple[Policy, ...], as_of: date, gap: date | None, *, in_breach: bool) -> None:
    insurance.check(DUTY)
    found = insurance.standing(DUTY, start=START, end=END, as_of=as_of, policies=policies)
    assert (found.first_gap, found.in_breach, found.required_until) == (gap, in_breach, date(2027, 6, 30))


def test_the_standing_says_how_it_was_counted() -> None:
    found = insurance.standing(DUTY, start=START, end=END, as_of=START, policies=[FIRST])
    assert found.formula == (
        "product liability of at least 1000000.00 CNY from 2026-01-01 until 2026-12-31 + 6 months = 2027-06-30; "
        "no sufficient cover on 2027-01-01"
    )


def test_a_contract_without_an_end_needs_cover_without_end() -> None:
    found = insurance.standing(DUTY, start=START, end=None, as_of=START, policies=[FIRST])
    assert (found.required_until, found.first_gap) == (None, date(2027, 1, 1))


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (replace(DUTY, kind=""), rules.TermNeedsText),
        (replace(DUTY, insured=Money.zero("CNY")), rules.AmountOutOfRange),
        (replace(DUTY, months_after_end=-1), rules.CountOutOfRange),
    ],
)
def test_senseless_duties_are_refused(term: InsuranceDuty, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        insurance.check(term)


def test_senseless_policies_are_refused() -> None:
    with pytest.raises(rules.PeriodRunsBackwards):
        insurance.standing(DUTY, start=START, end=END, as_of=START, policies=[policy(END, START)])
    with pytest.raises(rules.CurrenciesDiffer):
        insurance.standing(DUTY, start=START, end=END, as_of=START, policies=[policy(START, END, Money.of("1.00", "EUR"))])
