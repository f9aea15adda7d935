"""Service levels: availability, times kept, credits and their two caps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.refusals import Refusal
from domain.terms import rules, service_level
from domain.terms.calendar import EveryDay, ListedDays, NeedsZone
from domain.terms.exact import Ratio
from domain.terms.service_level import (
    Availability,
    CreditStep,
    Incident,
    Metric,
    Miss,
    MonthlyCredit,
    ServiceCredit,
    ServiceLevel,
    Span,
    TimeLimit,
)

CHINA = timezone(timedelta(hours=8))
ALWAYS = EveryDay(zone=CHINA)
OFFICE = ListedDays(name="office", zone=CHINA, daily=((time(9), time(17)),))
MARCH = date(2026, 3, 1)
FEE = Money.of("10000.00", "CNY")
HOUR = 3600


def step(below: str, credit: str) -> CreditStep:
    return CreditStep(below=Ratio.of(below), credit=Ratio.of(credit))


UPTIME = ServiceLevel(
    calendar="7×24",
    availability=Availability(target=Ratio.of("99.9%"), ladder=(step("99.9%", "5%"), step("99%", "10%"), step("95%", "25%"))),
)
TIMES = ServiceLevel(
    calendar="office",
    limits=(
        TimeLimit(metric=Metric.RESPONSE, severity="P1", seconds=4 * HOUR, credit=Ratio.of("1%")),
        TimeLimit(metric=Metric.FIX, severity="P1", seconds=16 * HOUR, credit=Ratio.of("3%")),
        TimeLimit(metric=Metric.FIX, severity="P2", seconds=40 * HOUR, credit=Ratio.of("2%")),
    ),
)


def at(day: int, hour: int = 0, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=CHINA)


AFTER_MARCH = at(1, month=4)


def uptime(*outages: Span, term: ServiceLevel = UPTIME, excused: tuple[Span, ...] = (), as_of: datetime = AFTER_MARCH) -> ServiceCredit:
    return service_level.credit(term, ALWAYS, month=MARCH, fee=FEE, as_of=as_of, outages=outages, excused=excused)


@pytest.mark.parametrize(
    ("seconds", "amount", "verdict"),
    [
        (0, "0.00", "(2678400 s − 0 s) / 2678400 s = 100.0000%, target of 99.9% kept; 0% × 10000.00 CNY = 0.00 CNY"),
        (2678, "0.00", "(2678400 s − 2678 s) / 2678400 s = 99.9000%, target of 99.9% kept; 0% × 10000.00 CNY = 0.00 CNY"),
        (2679, "500.00", "(2678400 s − 2679 s) / 2678400 s = 99.9000%, below 99.9%: 5%; 5% × 10000.00 CNY = 500.00 CNY"),
        (26785, "1000.00", "(2678400 s − 26785 s) / 2678400 s = 99.0000%, below 99%: 10%; 10% × 10000.00 CNY = 1000.00 CNY"),
        (2678400, "2500.00", "(2678400 s − 2678400 s) / 2678400 s = 0.0000%, below 95%: 25%; 25% × 10000.00 CNY = 2500.00 CNY"),
    ],
)
def test_downtime_round_the_clock_costs(seconds: int, amount: str, verdict: str) -> None:
    service_level.check(UPTIME)
    credit = uptime(Span(start=at(1), end=at(1) + timedelta(seconds=seconds)))
    assert credit.amount == Money.of(amount, "CNY")
    assert credit.formula == f"availability {verdict}; credit {amount} CNY"
    assert credit.downtime_seconds == seconds


def test_overlapping_outages_count_once_and_only_within_the_month() -> None:
    credit = uptime(Span(start=at(27, month=2), end=at(1, 2)), Span(start=at(10, 3), end=at(10, 5)), Span(start=at(10, 4), end=at(10, 6)))
    assert credit.downtime_seconds == 5 * HOUR


def test_an_outage_that_goes_on_counts_up_to_the_moment_asked_for_against_the_whole_month() -> None:
    credit = uptime(Span(start=at(10)), as_of=at(10, 2))
    assert (credit.downtime_seconds, credit.service_seconds) == (2 * HOUR, 31 * 24 * HOUR)


def test_excused_time_is_neither_service_nor_downtime() -> None:
    credit = uptime(Span(start=at(10, 0), end=at(10, 6)), excused=(Span(start=at(10, 2), end=at(10, 5)), Span(start=at(20), end=at(20, 1))))
    assert (credit.downtime_seconds, credit.service_seconds) == (3 * HOUR, (31 * 24 - 4) * HOUR)


def test_between_the_target_and_the_first_step_nothing_is_credited_but_the_target_is_missed() -> None:
    term = replace(UPTIME, availability=Availability(target=Ratio.of("99.9%"), ladder=(step("99.5%", "5%"),)))
    credit = uptime(Span(start=at(1), end=at(1, 1)), term=term)
    assert (credit.amount, credit.target_met, credit.availability) == (Money.zero("CNY"), False, "99.8656%")
    assert "target of 99.9% missed, but above 99.5%" in credit.formula


def test_exactly_at_a_threshold_is_not_below_it() -> None:
    term = replace(UPTIME, availability=Availability(target=Ratio.of("99.9%"), ladder=(step("99.5%", "5%"),)))
    assert uptime(Span(start=at(1), end=at(1) + timedelta(seconds=13_392)), term=term).amount == Money.zero("CNY")
    assert uptime(Span(start=at(1), end=at(1) + timedelta(seconds=13_393)), term=term).amount == Money.of("500.00", "CNY")


def times(*incidents: Incident, as_of: datetime = AFTER_MARCH, term: ServiceLevel = TIMES) -> ServiceCredit:
    return service_level.credit(term, OFFICE, month=MARCH, fee=FEE, as_of=as_of, incidents=incidents)


def test_times_are_kept_in_working_hours_and_each_miss_costs() -> None:
    # Friday 15:00: two hours are left that day; Monday 11:00 makes four, Tuesday 17:00 makes eighteen.
    incident = Incident(incident_id="i1", severity="P1", reported_at=at(6, 15), responded_at=at(9, 11), fixed_at=at(10, 17))
    credit = times(incident)
    assert credit.misses == (Miss(incident_id="i1", metric=Metric.FIX, seconds=18 * HOUR, limit_seconds=16 * HOUR),)
    assert credit.formula == "i1 fix 64800 s > 57600 s: 3%; 3% × 10000.00 CNY = 300.00 CNY; credit 300.00 CNY"


def test_an_open_incident_is_missed_only_once_its_time_is_over() -> None:
    incident = Incident(incident_id="i1", severity="P1", reported_at=at(6, 15))
    assert times(incident, as_of=at(9, 11)).misses == ()
    assert [miss.metric for miss in times(incident, as_of=at(9, 12)).misses] == [Metric.RESPONSE]
    assert times(incident, as_of=at(10, 16)).amount == Money.of("400.00", "CNY")


def test_incidents_of_other_months_and_of_severities_without_limits_do_not_count() -> None:
    late = at(30, 17)
    assert not times(
        Incident(incident_id="i1", severity="P3", reported_at=at(2, 9), fixed_at=late),
        Incident(incident_id="i2", severity="P1", reported_at=at(27, 9, month=2), fixed_at=late),
        Incident(incident_id="i3", severity="P1", reported_at=at(1, 9, month=4)),
    ).misses


def capped(monthly: str | None, rolling: str | None, *history: MonthlyCredit) -> ServiceCredit:
    term = replace(
        UPTIME,
        monthly_cap=None if monthly is None else Ratio.of(monthly),
        rolling_cap=None if rolling is None else Ratio.of(rolling),
    )
    service_level.check(term)
    return service_level.credit(term, ALWAYS, month=MARCH, fee=FEE, as_of=AFTER_MARCH, outages=[Span(start=at(1))], history=history)


def month(year: int, number: int, credit: str) -> MonthlyCredit:
    return MonthlyCredit(month=date(year, number, 1), fee=FEE, credit=Money.of(credit, "CNY"))


def test_the_months_cap_limits_the_credit() -> None:
    credit = capped("20%", None)
    assert (credit.amount, credit.capped) == (Money.of("2000.00", "CNY"), True)
    assert credit.formula.endswith(
        "25% × 10000.00 CNY = 2500.00 CNY; the month's cap is 20% × 10000.00 CNY = 2000.00 CNY; credit 2000.00 CNY"
    )


def test_the_twelve_month_cap_counts_this_month_and_the_eleven_before_it() -> None:
    history = (month(2025, 3, "9000.00"), month(2025, 4, "1000.00"), month(2026, 2, "800.00"), month(2026, 3, "7.00"))
    credit = capped("20%", "10%", *history)
    assert credit.amount == Money.of("1200.00", "CNY")
    assert credit.formula.endswith("the 12-month cap leaves 10% × 30000.00 CNY − 1800.00 CNY granted = 1200.00 CNY; credit 1200.00 CNY")
    assert capped(None, "1%", *history).amount == Money.zero("CNY")


@given(
    st.lists(st.tuples(st.integers(0, 31 * 24), st.integers(0, 100)), max_size=4),
    st.integers(0, 31 * 24),
    st.integers(1, 100),
    st.integers(0, 250_000),
)
def test_a_credit_never_shrinks_with_time_and_never_exceeds_its_caps(
    outages: list[tuple[int, int]], seen: int, cap: int, granted: int
) -> None:
    term = replace(UPTIME, monthly_cap=Ratio(numerator=cap, denominator=100), rolling_cap=Ratio.of("10%"))
    spans = [Span(start=at(1) + timedelta(hours=start), end=at(1) + timedelta(hours=start + length)) for start, length in outages]
    history = [MonthlyCredit(month=date(2026, 1, 1), fee=FEE, credit=Money(granted, "CNY"))]

    def credit(hours: int) -> int:
        as_of = at(1) + timedelta(hours=hours)
        return service_level.credit(term, ALWAYS, month=MARCH, fee=FEE, as_of=as_of, outages=spans, history=history).amount.minor

    assert credit(seen) <= credit(seen + 1) <= FEE.minor * cap // 100
    assert credit(seen) <= max(2 * FEE.minor // 10 - granted, 0)


def by_figures(reached: str, *history: MonthlyCredit) -> service_level.MeasuredCredit:
    term = replace(UPTIME, monthly_cap=None, rolling_cap=Ratio.of("10%"))
    return service_level.measured(term, month=MARCH, fee=FEE, reached=Fraction(Decimal(reached)) / 100, history=history)


def test_a_figure_that_somebody_measured_is_put_on_the_ladder_as_it_stands() -> None:
    credit = by_figures("0", month(2026, 1, "0.00"), month(2026, 2, "0.00"))
    assert (credit.amount, credit.availability, credit.capped) == (Money.of("2500.00", "CNY"), "0.0000%", False)
    assert by_figures("100").amount == Money.zero("CNY")


def test_what_was_granted_for_a_later_month_is_left_its_room() -> None:
    later = month(2026, 4, "1500.00")
    credit = by_figures("0", later)
    # March alone would leave 1,000.00; March and April have 2,000.00, of which April took 1,500.00.
    assert credit.amount == Money.of("500.00", "CNY")
    assert credit.formula.endswith(
        "the 12-month cap to 2026-04 leaves 10% × 20000.00 CNY − 1500.00 CNY granted = 500.00 CNY; credit 500.00 CNY"
    )
    assert by_figures("0", replace(later, month=date(2027, 3, 1))).amount == Money.of("1000.00", "CNY")
    assert by_figures("0", replace(later, credit=Money.zero("CNY"))).amount == Money.of("1000.00", "CNY")


def with_ladder(*ladder: CreditStep, target: str = "99.9%") -> ServiceLevel:
    return ServiceLevel(calendar="7×24", availability=Availability(target=Ratio.of(target), ladder=ladder))


LIMIT = TIMES.limits[0]


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (ServiceLevel(calendar="7×24"), rules.NothingListed),
        (replace(UPTIME, calendar=" "), rules.TermNeedsText),
        (with_ladder(), rules.NothingListed),
        (with_ladder(step("99%", "1%"), target="101%"), rules.ShareOutOfRange),
        (with_ladder(step("99.95%", "1%")), service_level.LadderAboveTarget),
        (with_ladder(step("99%", "5%"), step("99%", "6%")), service_level.LadderNotFalling),
        (with_ladder(step("99%", "5%"), step("98%", "5%")), service_level.LadderNotFalling),
        (with_ladder(step("99%", "0%")), rules.ShareOutOfRange),
        (replace(TIMES, limits=(LIMIT, LIMIT)), rules.IdRepeats),
        (replace(TIMES, limits=(replace(LIMIT, seconds=0),)), rules.CountOutOfRange),
        (replace(TIMES, limits=(replace(LIMIT, severity=""),)), rules.TermNeedsText),
        (replace(TIMES, monthly_cap=Ratio.of("101%")), rules.ShareOutOfRange),
        (replace(TIMES, rolling_cap=Ratio.of("0%")), rules.ShareOutOfRange),
    ],
)
def test_a_senseless_level_is_refused(term: ServiceLevel, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        service_level.check(term)


def test_senseless_measurements_are_refused() -> None:
    with pytest.raises(NeedsZone):
        uptime(Span(start=at(1).replace(tzinfo=None)))
    with pytest.raises(rules.PeriodRunsBackwards):
        uptime(Span(start=at(2), end=at(1)))
    with pytest.raises(rules.CurrenciesDiffer):
        capped(None, "10%", MonthlyCredit(month=date(2026, 2, 1), fee=Money.zero("EUR"), credit=Money.zero("EUR")))
