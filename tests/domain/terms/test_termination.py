"""Termination: quotes of dates and fees, without any effect."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.refusals import Refusal
from domain.terms import rules, termination
from domain.terms.exact import Ratio
from domain.terms.termination import ExitFee, FeeKind, Ground, Termination, TerminationQuote

TOTAL = Money.of("36500.00", "CNY")
START, END = date(2026, 1, 1), date(2026, 12, 31)
TERM = Termination(
    grounds=(
        Ground(ground="material breach", cure_days=30, duties=("return the equipment",)),
        Ground(ground="insolvency"),
        Ground(ground="fixed", notice_days=60, fee=ExitFee(kind=FeeKind.FIXED, amount=Money.of("5000.00", "CNY"))),
        Ground(ground="share", notice_days=60, fee=ExitFee(kind=FeeKind.SHARE_OF_VALUE, share=Ratio.of("10%"))),
        Ground(ground="remaining", notice_days=60, fee=ExitFee(kind=FeeKind.SHARE_OF_REMAINING, share=Ratio.of("30%"))),
    )
)


def quote(ground: str, declared_on: date = date(2026, 3, 1), cured_on: date | None = None) -> TerminationQuote:
    return termination.quote(TERM, ground=ground, declared_on=declared_on, total=TOTAL, start=START, end=END, cured_on=cured_on)


@pytest.mark.parametrize(
    ("ground", "effective_on", "amount", "formula"),
    [
        (
            "material breach",
            date(2026, 3, 31),
            "0.00",
            "2026-03-01 + 30 days to cure + 0 days of notice = 2026-03-31; no exit fee: 0.00 CNY",
        ),
        ("insolvency", date(2026, 3, 1), "0.00", "2026-03-01 + 0 days to cure + 0 days of notice = 2026-03-01; no exit fee: 0.00 CNY"),
        (
            "fixed",
            date(2026, 4, 30),
            "5000.00",
            "2026-03-01 + 0 days to cure + 60 days of notice = 2026-04-30; exit fee 5000.00 CNY as agreed",
        ),
        (
            "share",
            date(2026, 4, 30),
            "3650.00",
            "2026-03-01 + 0 days to cure + 60 days of notice = 2026-04-30; exit fee 10% × 36500.00 CNY = 3650.00 CNY",
        ),
        (
            "remaining",
            date(2026, 4, 30),
            "7350.00",
            "2026-03-01 + 0 days to cure + 60 days of notice = 2026-04-30; exit fee 30% × 36500.00 CNY × 245/365 days = 7350.00 CNY",
        ),
    ],
)
def test_ending_the_contract_would_bring(ground: str, effective_on: date, amount: str, formula: str) -> None:
    termination.check(TERM)
    found = quote(ground)
    assert (found.effective_on, found.amount, found.formula) == (effective_on, Money.of(amount, "CNY"), formula)


def test_duties_at_exit_are_named() -> None:
    assert quote("material breach").duties == ("return the equipment",)


def test_what_was_cured_in_time_is_no_ground() -> None:
    with pytest.raises(termination.BreachCured):
        quote("material breach", cured_on=date(2026, 3, 31))
    assert quote("material breach", cured_on=date(2026, 4, 1)).cure_until == date(2026, 3, 31)


@given(st.integers(-200, 500))
def test_a_later_exit_never_costs_more_of_the_remaining_period_nor_more_than_its_share_of_the_value(days: int) -> None:
    today = quote("remaining", START + timedelta(days=days))
    tomorrow = quote("remaining", START + timedelta(days=days + 1))
    assert 0 <= tomorrow.amount.minor <= today.amount.minor <= TOTAL.minor * 3 // 10


def test_after_the_end_nothing_remains() -> None:
    assert (quote("remaining", END).amount, quote("remaining", END).remaining_days) == (Money.zero("CNY"), 0)


def test_questions_that_have_no_answer_are_refused() -> None:
    with pytest.raises(termination.GroundNotAgreed, match="it has material breach, insolvency"):
        quote("weather")
    with pytest.raises(termination.NoRemainingPeriod):
        termination.quote(TERM, ground="remaining", declared_on=START, total=TOTAL, start=START)
    with pytest.raises(rules.PeriodRunsBackwards):
        termination.quote(TERM, ground="remaining", declared_on=START, total=TOTAL, start=END, end=START)
    with pytest.raises(rules.CurrenciesDiffer):
        termination.quote(TERM, ground="fixed", declared_on=START, total=Money.zero("EUR"))


def fee(kind: FeeKind, share: str | None = None, amount: int | None = None) -> Termination:
    found = ExitFee(kind=kind, share=None if share is None else Ratio.of(share), amount=None if amount is None else Money(amount, "CNY"))
    return Termination(grounds=(Ground(ground="x", fee=found),))


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (Termination(grounds=()), rules.NothingListed),
        (Termination(grounds=(Ground(ground="x"), Ground(ground="x"))), rules.IdRepeats),
        (Termination(grounds=(Ground(ground=" "),)), rules.TermNeedsText),
        (Termination(grounds=(Ground(ground="x", cure_days=-1),)), rules.CountOutOfRange),
        (Termination(grounds=(Ground(ground="x", notice_days=-1),)), rules.CountOutOfRange),
        (Termination(grounds=(Ground(ground="x", duties=("",)),)), rules.TermNeedsText),
        (fee(FeeKind.FIXED), termination.FeeUnclear),
        (fee(FeeKind.FIXED, amount=1, share="1%"), termination.FeeUnclear),
        (fee(FeeKind.SHARE_OF_VALUE), termination.FeeUnclear),
        (fee(FeeKind.NONE, amount=1), termination.FeeUnclear),
        (fee(FeeKind.FIXED, amount=0), rules.AmountOutOfRange),
        (fee(FeeKind.SHARE_OF_REMAINING, share="101%"), rules.ShareOutOfRange),
    ],
)
def test_senseless_terms_are_refused(term: Termination, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        termination.check(term)
