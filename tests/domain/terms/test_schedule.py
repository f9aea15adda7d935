"""Payment schedules: what each part comes to, and when it falls due."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.refusals import Refusal
from domain.terms import rules, schedule
from domain.terms.calendar import DayUnit, ListedDays
from domain.terms.exact import Ratio
from domain.terms.schedule import Happened, On, Part, PaymentSchedule, Trigger

VALUE = Money.of("83420.00", "CNY")
SIGNING = Trigger(on=On.SIGNING)
NOTHING_YET = Happened(accepted={}, reached={})


def part(
    instalment_id: str, *, share: str | None = None, amount: str | None = None, trigger: Trigger = SIGNING, days_after: int = 0
) -> Part:
    return Part(
        instalment_id=instalment_id,
        trigger=trigger,
        share=None if share is None else Ratio.of(share),
        amount=None if amount is None else Money.of(amount, "CNY"),
        days_after=days_after,
    )


def amounts(term: PaymentSchedule, value: Money) -> list[str]:
    return [instalment.amount.amount for instalment in schedule.plan(term, value, NOTHING_YET).instalments]


@pytest.mark.parametrize(
    ("parts", "value", "expected"),
    [
        ((part("a", share="30%"), part("b", share="60%"), part("c", share="10%")), "83420.00", ["25026.00", "50052.00", "8342.00"]),
        ((part("a", share="1/3"), part("b", share="1/3"), part("c", share="1/3")), "100.00", ["33.34", "33.33", "33.33"]),
        ((part("a", share="1/6"), part("b", share="5/6")), "0.10", ["0.02", "0.08"]),
        ((part("a", amount="20000.00"), part("b", amount="63420.00")), "83420.00", ["20000.00", "63420.00"]),
        ((part("a", share="30%"), part("b")), "99.99", ["30.00", "69.99"]),
        ((part("a", amount="10.00"), part("b", share="1/3"), part("c")), "100.00", ["10.00", "33.33", "56.67"]),
        ((part("a", share="90%"), part("b", amount="10.00")), "100.00", ["90.00", "10.00"]),
    ],
)
def test_parts_come_to_these_amounts(parts: tuple[Part, ...], value: str, expected: list[str]) -> None:
    term = PaymentSchedule(parts=parts)
    schedule.check(term)
    assert amounts(term, Money.of(value, "CNY")) == expected


def test_the_plan_says_how_it_was_reckoned() -> None:
    planned = schedule.plan(PaymentSchedule(parts=tuple(part(name, share="1/3") for name in "abc")), Money.of("100.00", "CNY"), NOTHING_YET)
    assert planned.formula == f"33.34 + 33.33 + 33.33 = 100.00 CNY, rounded {schedule.ROUNDING}"
    assert planned.instalments[0].formula == "1/3 × 100.00 CNY = 33.34 CNY (rounded by largest remainder); not due before signing"


TRIGGERED = PaymentSchedule(
    parts=(
        part("advance", share="20%", days_after=10),
        part("fixed day", share="10%", trigger=Trigger(on=On.DATE, day=date(2026, 5, 1))),
        part("goods", share="30%", trigger=Trigger(on=On.DELIVERY_ACCEPTED, subject="d1"), days_after=30),
        part("go-live", share="40%", trigger=Trigger(on=On.MILESTONE, subject="live"), days_after=5),
    )
)


def test_a_part_falls_due_only_once_its_trigger_has_happened() -> None:
    before = schedule.plan(TRIGGERED, VALUE, NOTHING_YET).instalments
    assert [(instalment.due, instalment.waits_for) for instalment in before] == [
        (None, "signing"),
        (date(2026, 5, 1), None),
        (None, "acceptance of the delivery d1"),
        (None, "the milestone live"),
    ]
    happened = Happened(
        signed_on=date(2026, 2, 20), accepted={"d1": date(2026, 4, 1), "d2": date(2026, 4, 2)}, reached={"live": date(2026, 6, 1)}
    )
    later = schedule.plan(TRIGGERED, VALUE, happened).instalments
    assert [instalment.due for instalment in later] == [date(2026, 3, 2), date(2026, 5, 1), date(2026, 5, 1), date(2026, 6, 6)]
    assert later[0].formula == "20% × 83420.00 CNY = 16684.00 CNY; due 2026-03-02 = signing on 2026-02-20 + 10 calendar days"


def test_days_after_may_be_working_days() -> None:
    working = Part(instalment_id="a", share=Ratio.of("100%"), trigger=SIGNING, days_after=5, unit=DayUnit.WORKING)
    happened = Happened(signed_on=date(2026, 3, 6), accepted={}, reached={})
    planned = schedule.plan(PaymentSchedule(parts=(working,)), VALUE, happened, ListedDays(name="office"))
    assert planned.instalments[0].due == date(2026, 3, 13)


@given(st.integers(10_000, 10**14), st.lists(st.integers(1, 1000), min_size=1, max_size=10))
def test_a_schedule_by_shares_sums_to_the_value_whatever_it_is(minor: int, weights: list[int]) -> None:
    parts = tuple(
        Part(instalment_id=str(n), trigger=SIGNING, share=Ratio.exactly(Fraction(weight, sum(weights)))) for n, weight in enumerate(weights)
    )
    term = PaymentSchedule(parts=parts)
    schedule.check(term)
    planned = schedule.plan(term, Money(minor, "CNY"), NOTHING_YET).instalments
    assert sum(instalment.amount.minor for instalment in planned) == minor
    for instalment, one in zip(planned, parts, strict=True):
        assert one.share is not None
        assert abs(instalment.amount.minor - one.share.exact * minor) < 1


@given(st.integers(0, 400), st.integers(0, 400))
def test_a_later_acceptance_never_makes_a_payment_due_earlier(first: int, second: int) -> None:
    def due(days: int) -> date:
        happened = Happened(accepted={"d1": date(2026, 1, 1) + timedelta(days=days)}, reached={})
        found = schedule.plan(TRIGGERED, VALUE, happened).instalments[2].due
        assert found is not None
        return found

    assert (first <= second) == (due(first) <= due(second))


@pytest.mark.parametrize(
    ("parts", "refusal"),
    [
        ((), rules.NothingListed),
        ((part("a", share="50%"), part("a", share="50%")), rules.IdRepeats),
        ((part(" ", share="100%"),), rules.TermNeedsText),
        ((part("a", share="50%", amount="1.00"), part("b")), schedule.ShareAndAmount),
        ((part("a"), part("b")), schedule.SecondRest),
        ((part("a", share="50%"), part("b", share="49%")), schedule.SharesNotWhole),
        ((part("a", share="100%"), part("b")), schedule.SharesNotWhole),
        ((part("a", share="0%"), part("b")), rules.ShareOutOfRange),
        ((part("a", share="101%"),), rules.ShareOutOfRange),
        ((part("a", amount="-1.00"), part("b")), rules.AmountOutOfRange),
        ((part("a", share="100%", days_after=-1),), rules.CountOutOfRange),
        ((part("a", share="100%", trigger=Trigger(on=On.DATE)),), schedule.TriggerIncomplete),
        ((part("a", share="100%", trigger=Trigger(on=On.SIGNING, day=date(2026, 1, 1))),), schedule.TriggerIncomplete),
        ((part("a", share="100%", trigger=Trigger(on=On.MILESTONE)),), schedule.TriggerIncomplete),
        ((part("a", share="100%", trigger=Trigger(on=On.DELIVERY_ACCEPTED, subject=" ")),), schedule.TriggerIncomplete),
    ],
)
def test_a_senseless_schedule_is_refused(parts: tuple[Part, ...], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        schedule.check(PaymentSchedule(parts=parts))


def test_amounts_of_a_schedule_are_in_one_currency() -> None:
    euros = Part(instalment_id="b", trigger=SIGNING, amount=Money.of("1.00", "EUR"))
    with pytest.raises(rules.CurrenciesDiffer):
        schedule.check(PaymentSchedule(parts=(part("a", amount="1.00"), euros)))
    with pytest.raises(rules.CurrenciesDiffer):
        schedule.plan(PaymentSchedule(parts=(euros,)), VALUE, NOTHING_YET)


@pytest.mark.parametrize(
    ("parts", "value", "refusal"),
    [
        ((part("a", amount="10.00"), part("b", amount="20.00")), "30.01", schedule.ScheduleMissesValue),
        ((part("a", share="50%"), part("b", amount="20.00")), "30.00", schedule.ScheduleMissesValue),
        ((part("a", amount="30.00"), part("b")), "30.00", schedule.InstalmentVanishes),
        ((part("a", amount="40.00"), part("b")), "30.00", schedule.InstalmentVanishes),
        ((part("a", share="1%"), part("b", share="99%")), "0.01", schedule.InstalmentVanishes),
        ((part("a", share="100%"),), "0.00", rules.AmountOutOfRange),
    ],
)
def test_a_schedule_that_does_not_fit_the_value_is_refused(parts: tuple[Part, ...], value: str, refusal: type[Refusal]) -> None:
    term = PaymentSchedule(parts=parts)
    schedule.check(term)
    with pytest.raises(refusal):
        schedule.plan(term, Money.of(value, "CNY"), NOTHING_YET)
