"""What months of a service give back, worked out by hand: a fee of 10,000.00 a month, of which a tenth goes for each bad month."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from domain.contract.agreement import TermAgreed
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.continuation import ContractRenewed
from domain.contract.correction import CorrectMeasurement, StrikeOut
from domain.contract.credit import GrantServiceCredit, NoCreditDue, NotMeasured, ServiceCreditGranted, TermChangedSince, key, monthly_fee
from domain.contract.operations import PutTerm
from domain.contract.quoting import About, NoSuchTerm, quotes
from domain.contract.services import ServiceLevelMeasured
from domain.contract.signing import ContractInForce
from domain.contract.state import Contract
from domain.contract.vocabulary import Measurement, Period
from domain.facts import Dated
from domain.terms.calendar import EveryDay, add_months, shift
from domain.terms.exact import Ratio
from domain.terms.service_level import Availability, CreditStep, MeasuredCredit, Metric, ServiceLevel, TimeLimit
from tests.facts import DRAFTED, cny
from tests.spec import Given, History, given, told

LEVEL = ServiceLevel(
    calendar="7×24",
    availability=Availability(
        target=Ratio.of("99.9%"),
        ladder=(CreditStep(below=Ratio.of("99.9%"), credit=Ratio.of("10%")), CreditStep(below=Ratio.of("99%"), credit=Ratio.of("30%"))),
    ),
    limits=(TimeLimit(metric=Metric.FIX, severity="P1", seconds=14_400, credit=Ratio.of("2%")),),
    monthly_cap=Ratio.of("25%"),
    rolling_cap=Ratio.of("5%"),
)
TWO_YEARS = replace(DRAFTED, value=cny("240000.00"), period=Period(start=date(2025, 1, 1), end=date(2026, 12, 31)))
BINDING = told(TWO_YEARS, TermAgreed(term_id="sla", term=LEVEL), ContractInForce())
LATER = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
MAY = date(2026, 5, 1)


def uptime(month: date, percent: str) -> Measurement:
    """The availability of a whole month."""
    whole = Period(start=month, end=shift(add_months(month, 1), -1))
    return Measurement(measurement_id=f"a{month:%Y%m}", metric="availability", period=whole, measured=Decimal(percent), unit="%")


def fixed(day: date, taken: str, unit: str, metric: str = "fix P1") -> Measurement:
    """How long an incident took."""
    return Measurement(measurement_id=f"f{day.day}", metric=metric, period=Period(start=day, end=day), measured=Decimal(taken), unit=unit)


def seen(*measurements: Measurement) -> History:
    return BINDING + told(*(ServiceLevelMeasured(measurement=m) for m in measurements))


def grant(month: date, fee: str | None = None) -> GrantServiceCredit:
    return GrantServiceCredit(term_id="sla", month=month, fee=None if fee is None else cny(fee))


def granted(history: History, month: date) -> ServiceCreditGranted:
    (only,) = given(history).when(grant(month), at=LATER).granted().decided
    assert isinstance(only.fact, ServiceCreditGranted)
    return only.fact


def asked(history: History, on: date) -> list[tuple[str, str, str]]:
    found = quotes(given(history).contract, About.SERVICE_CREDIT, on, EveryDay())
    return [(q.subject, q.term_id, q.result.amount.amount) for q in found if isinstance(q.result, MeasuredCredit)]


def test_the_fee_is_the_value_spread_over_the_months_of_the_period() -> None:
    fact = granted(seen(uptime(MAY, "99.85")), MAY)
    assert (fact.fee, fact.total, fact.change) == (cny("10000.00"), cny("1000.00"), cny("1000.00"))
    assert fact.formula.startswith("availability 99.8500%, below 99.9%: 10%; 10% × 10000.00 CNY = 1000.00 CNY; the month's cap is ")
    assert (fact.term_version, fact.rests_on_corrections) == (2, ())
    assert [(f.measurement_id, f.version) for f in fact.figures] == [("a202605", len(BINDING) + 1)]


def test_a_fee_follows_only_from_a_period_of_whole_months() -> None:
    def fee(period: Period, month: date) -> object:
        return monthly_fee(given(told(replace(TWO_YEARS, period=period))).contract, month)

    assert fee(Period(start=date(2026, 1, 1), end=date(2026, 7, 31)), MAY) == cny("34285.71")
    assert fee(Period(start=date(2026, 1, 15), end=date(2026, 12, 31)), MAY) is None
    assert fee(Period(start=date(2026, 1, 1), end=date(2026, 12, 30)), MAY) is None
    assert fee(Period(start=date(2026, 6, 1), end=date(2026, 12, 31)), MAY) is None
    assert fee(Period(start=date(2026, 1, 1)), MAY) is None


def test_months_before_a_renewal_keep_their_fee() -> None:
    next_years = Period(start=date(2027, 1, 1), end=date(2028, 12, 31))
    renewed = seen(uptime(MAY, "99.85")) + told(ContractRenewed(period=next_years, previous=TWO_YEARS.period))
    assert granted(renewed, MAY).fee == cny("10000.00")


def test_incidents_that_took_too_long_add_their_share_and_others_do_not() -> None:
    incidents = (
        fixed(date(2026, 5, 3), "4.01", "hours"),
        fixed(date(2026, 5, 4), "14400", "seconds"),
        fixed(date(2026, 5, 5), "241", "分钟"),
        fixed(date(2026, 5, 6), "99", "hours", "fix P2"),
        fixed(date(2026, 6, 1), "99", "hours"),
    )
    fact = granted(seen(uptime(MAY, "99.95"), *incidents), MAY)
    # 4.01 hours and 241 minutes are more than four hours: 2 × 2 %.
    assert fact.total == cny("400.00")
    assert [f.measurement_id for f in fact.figures] == ["a202605", "f3", "f4", "f5"]
    assert "f3 fix 14436 s > 14400 s: 2%; f5 fix 14460 s > 14400 s: 2%; 4% × 10000.00 CNY" in fact.formula


def test_a_month_has_the_lower_of_its_caps() -> None:
    # 30 % of the fee are 3,000.00; the month allows 2,500.00, and the first month ever 5 % of 10,000.00.
    assert granted(seen(uptime(date(2025, 1, 1), "98")), date(2025, 1, 1)).total == cny("500.00")
    assert granted(seen(uptime(MAY, "98")), MAY).total == cny("2500.00")


def test_after_a_correction_the_difference_is_granted_and_the_fact_says_what_it_rests_on() -> None:
    once = given(seen(uptime(MAY, "99.85"))).when(grant(MAY), at=LATER).granted()
    corrected = once.and_when(CorrectMeasurement(measurement=uptime(MAY, "98.85"), why="x"), at=LATER).granted()
    again = corrected.and_when(grant(MAY), at=LATER).granted()
    (more,) = again.decided
    assert isinstance(more.fact, ServiceCreditGranted)
    assert (more.fact.total, more.fact.change, more.fact.rests_on_corrections) == (cny("2500.00"), cny("1500.00"), (len(BINDING) + 1,))
    back = again.and_when(CorrectMeasurement(measurement=uptime(MAY, "99.99"), why="x"), at=LATER).granted()
    less = back.and_when(grant(MAY), at=LATER).granted()
    assert [(d.fact.total, d.fact.change) for d in less.decided if isinstance(d.fact, ServiceCreditGranted)] == [
        (cny("0.00"), cny("-2500.00"))
    ]
    assert less.contract.service_credits[key("sla", MAY)].total == cny("0.00")


def test_what_was_struck_out_has_to_be_measured_anew() -> None:
    once = given(seen(uptime(MAY, "99.85"))).when(grant(MAY), at=LATER).granted()
    struck = once.and_when(StrikeOut(version=len(BINDING) + 1, why="x"), at=LATER).granted()
    struck.and_when(grant(MAY), at=LATER).then_refused(NotMeasured)


def test_a_month_that_kept_its_level_gives_nothing() -> None:
    given(seen(uptime(MAY, "99.9"))).when(grant(MAY), at=LATER).then_refused(NoCreditDue)


def test_a_term_that_was_amended_applies_from_then_on() -> None:
    amended = Dated(
        AmendmentTookEffect(amendment_id="a1", operations=(PutTerm(term_id="sla", term=replace(LEVEL, monthly_cap=None)),)),
        datetime(2026, 5, 31, 12, tzinfo=UTC),
    )
    history = seen(uptime(date(2026, 4, 1), "98"), uptime(MAY, "98")) + told(amended)
    given(history).when(grant(date(2026, 4, 1)), at=LATER).then_refused(TermChangedSince)
    assert granted(history, MAY).term_version == len(history)
    assert asked(history, LATER.date()) == [("2026-05", "sla", "3000.00")]


def test_a_quote_tells_of_each_month_that_is_over_and_was_measured_whole() -> None:
    half = replace(uptime(date(2026, 6, 1), "98"), measurement_id="h", period=Period(start=date(2026, 6, 1), end=date(2026, 6, 15)))
    history = seen(uptime(MAY, "99.85"), uptime(date(2026, 4, 1), "99.95"), half, uptime(date(2029, 1, 1), "98"))
    assert asked(history, date(2026, 5, 31)) == [("2026-04", "sla", "0.00")]
    assert asked(history, date(2026, 7, 31)) == [("2026-04", "sla", "0.00"), ("2026-05", "sla", "1000.00")]
    (quote, *_) = quotes(given(history).contract, About.SERVICE_CREDIT, date(2026, 5, 31), EveryDay())
    assert (quote.version, quote.formula) == (2, quote.result.formula)


def test_a_level_of_times_alone_tells_of_months_with_incidents() -> None:
    times = told(TWO_YEARS, TermAgreed(term_id="sla", term=replace(LEVEL, availability=None)), ContractInForce())
    history = times + told(ServiceLevelMeasured(measurement=fixed(date(2026, 5, 3), "5", "h")))
    assert asked(history + told(ServiceLevelMeasured(measurement=uptime(date(2026, 3, 1), "98"))), LATER.date()) == [
        ("2026-05", "sla", "200.00")
    ]


def test_without_a_service_level_there_is_nothing_to_quote() -> None:
    with pytest.raises(NoSuchTerm):
        quotes(given(told(TWO_YEARS)).contract, About.SERVICE_CREDIT, MAY, EveryDay())


def months_of(contract: Contract) -> dict[date, tuple[int, int]]:
    """Fee and granted credit of each month of the two years, in fen."""
    found = {}
    for n in range(24):
        month = add_months(date(2025, 1, 1), n)
        held = contract.service_credits.get(key("sla", month))
        found[month] = (1_000_000, 0) if held is None else (held.fee.minor, held.total.minor)
    return found


@whatever(
    st.dictionaries(st.integers(0, 23), st.sampled_from(["99.95", "99.5", "98"]), min_size=1, max_size=12),
    st.lists(
        st.tuples(st.integers(0, 23), st.sampled_from([None, "99.95", "99.5", "98"]), st.sampled_from([None, "10000.00", "2000.00"])),
        max_size=24,
    ),
)
def test_nothing_that_is_granted_or_restated_in_any_order_passes_the_caps(
    first: dict[int, str], steps: list[tuple[int, str | None, str | None]]
) -> None:
    start = date(2025, 1, 1)
    story = given(seen(*(uptime(add_months(start, n), percent) for n, percent in first.items())))
    changes: dict[date, int] = {}
    for n, correction, fee in [*((n, None, None) for n in first), *steps]:
        month = add_months(start, n)
        if correction is not None:
            story = Given(story.when(CorrectMeasurement(measurement=uptime(month, correction), why="x"), at=LATER).entries)
        done = story.when(grant(month, fee), at=LATER)
        for decided in done.decided:
            assert isinstance(decided.fact, ServiceCreditGranted)
            changes[month] = changes.get(month, 0) + decided.fact.change.minor
        story = Given(done.entries)
        months = months_of(story.contract)
        for end, (its_fee, credit) in months.items():
            assert 0 <= credit <= its_fee * 25 // 100
            assert credit == changes.get(end, 0)
            window = [held for other, held in months.items() if add_months(end, -11) <= other <= end]
            if credit:
                assert sum(total for _, total in window) <= sum(fee_then for fee_then, _ in window) * 5 // 100
