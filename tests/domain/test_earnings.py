"""Shares of profits, pay for key figures and volume discounts, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise

from hypothesis import given as whatever
from hypothesis import strategies as st

from domain.contract.agreement import TermAgreed
from domain.contract.correction import CorrectMeasurement
from domain.contract.delivery import DeliveryRecorded, DeliveryRejected
from domain.contract.earnings import EarnPerformancePay, PerformancePayEarned, ProfitShared, SharedThrough, ShareProfit
from domain.contract.quoting import About, quotes
from domain.contract.services import ServiceLevelMeasured
from domain.contract.signing import ContractInForce
from domain.contract.vocabulary import Measurement, Period
from domain.terms.calendar import EveryDay, add_months, shift
from domain.terms.discount import Measure, Mode, Tier, VolumeDiscount
from domain.terms.exact import Ratio
from tests.facts import DRAFTED, POINTS, SATISFACTION, cny, in_force, with_earnings
from tests.spec import Given, History, When, given, told

LATER = datetime(2027, 3, 1, 9, tzinfo=UTC)


def month(number: int) -> Period:
    """A whole month, counted from January 2026 on."""
    first = add_months(date(2026, 1, 1), number - 1)
    return Period(start=first, end=shift(add_months(first, 1), -1))


def shared(done: When) -> ProfitShared:
    (only,) = done.granted().decided
    assert isinstance(only.fact, ProfitShared)
    return only.fact


def test_a_loss_is_set_against_the_profits_after_it() -> None:
    lost = given(with_earnings).when(ShareProfit(period=month(2), profit=cny("-20000.00")), at=LATER)
    assert (shared(lost).total, shared(lost).loss_carried) == (cny("0.00"), cny("20000.00"))
    gained = lost.and_when(ShareProfit(period=month(3), profit=cny("140000.00")), at=LATER)
    # 120,000.00 are left: a third of 100,000.00, and half of 20,000.00.
    assert (shared(gained).loss_before, shared(gained).total) == (cny("20000.00"), cny("43333.33"))


def test_the_last_period_can_be_shared_anew_and_earlier_ones_cannot() -> None:
    first = given(with_earnings).when(ShareProfit(period=month(2), profit=cny("-20000.00")), at=LATER).granted()
    once = first.and_when(ShareProfit(period=month(3), profit=cny("50000.00")), at=LATER).granted()
    again = once.and_when(ShareProfit(period=month(3), profit=cny("35000.00")), at=LATER)
    # A third of 30,000.00 before, of 15,000.00 after the audit.
    assert (shared(again).total, shared(again).change, shared(again).loss_before) == (cny("5000.00"), cny("-5000.00"), cny("20000.00"))

    once.and_when(ShareProfit(period=month(2), profit=cny("1.00")), at=LATER).then_refused(SharedThrough, through=date(2026, 3, 31))


@whatever(st.lists(st.tuples(st.integers(0, 2), st.integers(-20_000_000, 20_000_000)), min_size=1, max_size=8))
def test_what_was_shared_of_a_period_is_the_sum_of_its_changes_and_losses_are_used_up_once(steps: list[tuple[int, int]]) -> None:
    story, number, changes = given(with_earnings), 1, dict[date | None, int]()
    for step, profit in steps:
        number += step
        command = ShareProfit(period=month(number), profit=replace(cny("0.00"), minor=profit))
        done = story.when(command, at=datetime(2029, 1, 1, tzinfo=UTC))
        for decided in done.decided:
            assert isinstance(decided.fact, ProfitShared)
            held = decided.fact.period.start
            changes[held] = changes.get(held, 0) + decided.fact.change.minor
        story = Given(done.entries)
    periods = list(story.contract.profit_shares.values())
    assert {p.period.start: p.total.minor for p in periods} == changes
    for before, after in pairwise(periods):
        assert after.loss_before == before.loss_carried
    balance = 0
    for period in periods:
        balance = min(balance + period.profit.minor, 0)
        assert period.loss_carried.minor == -balance


def earned(done: When) -> PerformancePayEarned:
    (only,) = done.granted().decided
    assert isinstance(only.fact, PerformancePayEarned)
    return only.fact


EARN = EarnPerformancePay(measurement_id="m3")
WHOLE_YEAR = replace(DRAFTED, value=cny("120000.00"), period=Period(start=date(2026, 1, 1), end=date(2026, 12, 31)))


def rated(*measurements: Measurement) -> History:
    """A contract of a year at 10,000.00 a month, with figures."""
    return told(
        WHOLE_YEAR,
        TermAgreed(term_id="kpi", term=SATISFACTION),
        ContractInForce(),
        *(ServiceLevelMeasured(measurement=m) for m in measurements),
    )


def test_a_quarter_is_paid_on_the_fee_of_its_months() -> None:
    quarter = replace(POINTS, period=Period(start=date(2026, 1, 1), end=date(2026, 3, 31)), measured=Decimal(70))
    fact = earned(given(rated(quarter)).when(EARN, at=LATER))
    assert (fact.fee, fact.total) == (cny("30000.00"), cny("-3000.00"))


def test_after_a_correction_the_difference_is_reckoned() -> None:
    once = given(rated(POINTS)).when(EARN, at=LATER).granted()
    corrected = once.and_when(CorrectMeasurement(measurement=replace(POINTS, measured=Decimal(85)), why="x"), at=LATER).granted()
    again = earned(corrected.and_when(EARN, at=LATER))
    assert (again.total, again.change, again.rests_on_corrections) == (cny("0.00"), cny("-500.00"), (4,))


def test_quotes_tell_of_each_figure_that_somebody_pays_for() -> None:
    other = replace(POINTS, measurement_id="m4", metric="noise")
    found = quotes(given(rated(POINTS, other)).contract, About.PERFORMANCE_PAY, LATER.date(), EveryDay())
    assert [(q.subject, q.term_id, q.result.formula.rpartition("; ")[2]) for q in found] == [("m3", "kpi", "pay 500.00 CNY")]


def test_the_discount_is_on_what_came_of_an_item_and_was_not_rejected() -> None:
    tiers = (Tier(at_least=Decimal(10), discount=Ratio.of("2%")), Tier(at_least=Decimal(20), discount=Ratio.of("4%")))
    term = VolumeDiscount(measure=Measure.QUANTITY, mode=Mode.WHOLE, tiers=tiers)
    came = (
        TermAgreed(term_id="volume", term=term),
        DeliveryRecorded(delivery_id="d1a", description="x", quantity=Decimal(12), towards="d1"),
        DeliveryRecorded(delivery_id="d1b", description="x", quantity=Decimal(8), towards="d1"),
    )

    def asked(history: History) -> list[tuple[str, str]]:
        found = quotes(given(history).contract, About.VOLUME_DISCOUNT, LATER.date(), EveryDay())
        return [(q.subject, q.result.formula.rpartition("; ")[2]) for q in found]

    # 20 × 3,500.00 less 4 %; 12 × 3,500.00 less 2 %.
    assert asked(in_force + told(*came)) == [("1", "net 67200.00 CNY")]
    assert asked(in_force + told(*came, DeliveryRejected(delivery_id="d1b", why="x"))) == [("1", "net 41160.00 CNY")]
    assert asked(in_force + told(came[0])) == []
