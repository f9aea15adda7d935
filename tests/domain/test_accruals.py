"""What delays come to as facts, worked out by hand: 20 laptops at 3,500.00 were due on 31 March, five in ten thousand a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given as whatever
from hypothesis import strategies as st

from domain.contract.accrual import AccrueInterest, AccruePenalty, InterestAccrued, NothingAccrued, PenaltyAccrued, WaivePenalty
from domain.contract.agreement import TermChanged
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.correction import CorrectDelivery, StrikeOut
from domain.contract.delivery import DeliveryRecorded, DeliveryScheduled
from domain.contract.operations import PutDelivery, PutTerm
from domain.contract.payment import PaymentRecorded
from domain.contract.quoting import About, quotes
from domain.contract.relief import ReliefClaimed, ReliefGranted, ReliefRefused
from domain.facts import Dated
from domain.terms.calendar import EveryDay
from domain.terms.exact import Ratio
from domain.terms.late_delivery import Base, DeliveryDamages, LateDeliveryDamages, Relief
from tests.facts import LATE_DELIVERY, PENALTY, SHIPMENT, cny, late, penalised
from tests.spec import BOB, Given, History, When, given, told

LATER = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
SECOND = replace(SHIPMENT, delivery_id="d2", due=date(2026, 4, 10))
OF_THE_WHOLE = LateDeliveryDamages(rate=Ratio.of("0.05%"), base=Base.WHOLE_VALUE, cap=Ratio.of("1%"))


def noon(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def came(delivery_id: str, quantity: int, at: datetime) -> Dated:
    return Dated(DeliveryRecorded(delivery_id=delivery_id, description="x", quantity=Decimal(quantity), towards="d1"), at)


def reckon(history: History | Given, day: date, delivery_id: str = "d1") -> When:
    before = history if isinstance(history, Given) else given(history)
    return before.when(AccruePenalty(delivery_id=delivery_id, through=day), at=LATER)


def penalty(history: History | Given, day: date, delivery_id: str = "d1") -> PenaltyAccrued:
    (only,) = reckon(history, day, delivery_id).granted().decided
    assert isinstance(only.fact, PenaltyAccrued)
    return only.fact


def test_parts_are_summed_exactly_and_rounded_once() -> None:
    # At 0.00001 % a day 5 of them come to 0.00525 in 3 days and 0.00875 in 5, 10 to 0.035 in 10: 0.049, and not 0.01 + 0.01 + 0.04.
    tiny = told(TermChanged(term_id="t1", term=replace(LATE_DELIVERY, rate=Ratio.of("0.00001%"))))
    partly = late + tiny + told(came("a", 5, noon(4, 3)), came("b", 5, noon(4, 5)))
    fact = penalty(partly, date(2026, 4, 10))
    assert (fact.total, [part.base for part in fact.parts]) == (cny("0.05"), [cny("17500.00"), cny("17500.00"), cny("35000.00")])
    assert fact.formula.endswith("; together 0.05 CNY (rounded half to even)")
    assert [(part.days_late, part.delivered) for part in fact.parts] == [(3, True), (5, True), (10, False)]


def test_a_later_reckoning_says_what_it_adds() -> None:
    fact = penalty(penalised, date(2026, 4, 30))
    assert (fact.total, fact.change, fact.term_version) == (cny("1050.00"), cny("350.00"), PENALTY.term_version)


def test_what_is_recorded_late_takes_from_what_had_accrued() -> None:
    fact = penalty(penalised + told(came("a", 20, noon(4, 5))), date(2026, 4, 20))
    assert (fact.total, fact.change) == (cny("175.00"), cny("-525.00"))


def test_granted_relief_takes_its_days_off_and_other_relief_does_not() -> None:
    claim = ReliefClaimed(relief_id="r1", party="c1", event="x", start=date(2026, 4, 3))
    days = ReliefGranted(relief_id="r1", start=date(2026, 4, 3), end=date(2026, 4, 8))
    reckon(penalised + told(claim), date(2026, 4, 20)).then_refused(NothingAccrued)
    reckon(penalised + told(claim, ReliefRefused(relief_id="r1", why="x")), date(2026, 4, 20)).then_refused(NothingAccrued)
    reckon(penalised + told(replace(claim, deliveries=("d9",)), days), date(2026, 4, 20)).then_refused(NothingAccrued)
    fact = penalty(penalised + told(claim, days), date(2026, 4, 20))
    # 14 days of 35.00.
    assert (fact.total, fact.change, fact.parts[0].days_paused) == (cny("490.00"), cny("-210.00"), 6)
    open_end = penalty(penalised + told(claim, replace(days, end=None)), date(2026, 4, 20))
    assert open_end.total == cny("70.00")
    ignoring = told(TermChanged(term_id="t1", term=replace(LATE_DELIVERY, relief=Relief.IGNORED)))
    reckon(penalised + told(claim, days) + ignoring, date(2026, 4, 20)).then_refused(NothingAccrued)


def test_a_cap_on_the_whole_value_bounds_all_deliveries_together() -> None:
    # 1 % of 83,420.00 are 834.20; the first delivery has come to 20 × 41.71 = 834.20, the second to 10 × 41.71.
    both = late + told(TermChanged(term_id="t1", term=OF_THE_WHOLE), DeliveryScheduled(delivery=SECOND))
    first = penalty(both, date(2026, 4, 15))
    assert first.total == cny("625.65")
    second = penalty(both + told(first), date(2026, 4, 20), "d2")
    assert (second.total, second.capped) == (cny("208.55"), True)
    assert second.formula.endswith("; the cap on the whole value leaves 208.55 CNY beside the other deliveries")
    found = quotes(given(both).contract, About.LATE_DELIVERY, date(2026, 4, 20), EveryDay())
    assert [q.result.amount for q in found if isinstance(q.result, DeliveryDamages)] == [cny("834.20"), cny("0.00")]


def test_after_a_correction_the_reckoning_is_made_anew_and_says_so() -> None:
    done = given(penalised + told(came("a", 20, noon(4, 20)))).when(
        CorrectDelivery(delivery_id="a", why="x", delivered_at=noon(4, 5)), at=LATER
    )
    fact = penalty(Given(done.granted().entries), date(2026, 4, 20))
    assert (fact.total, fact.change, fact.rests_on_corrections) == (cny("175.00"), cny("-525.00"), (len(penalised) + 1,))
    struck = given(penalised + told(came("a", 20, noon(4, 5)))).when(StrikeOut(version=len(penalised) + 1, why="x"), at=LATER)
    Given(struck.granted().entries).when(AccruePenalty(delivery_id="d1", through=date(2026, 4, 20)), at=LATER).then_refused(NothingAccrued)


def test_after_an_amendment_what_accrued_is_counted_once() -> None:
    moved = AmendmentTookEffect(
        amendment_id="a1",
        operations=(
            PutDelivery(delivery=replace(SHIPMENT, due=date(2026, 4, 10))),
            PutTerm(term_id="t1", term=replace(LATE_DELIVERY, rate=Ratio.of("0.2%"))),
        ),
    )
    fact = penalty(penalised + told(moved), date(2026, 4, 20))
    # 70,000.00 × 0.2 % × 10 days, of which half had accrued under the term as it read before.
    assert (fact.total, fact.change, fact.term_version) == (cny("1400.00"), cny("700.00"), len(penalised) + 1)


def test_a_waiver_stays_when_the_reckoning_goes_on_and_never_turns_into_a_debt() -> None:
    waived = given(penalised).when(WaivePenalty(delivery_id="d1", amount=cny("600.00"), why="x"), by=BOB, at=LATER).granted()
    more = waived.and_when(AccruePenalty(delivery_id="d1", through=date(2026, 4, 30)), at=LATER).granted()
    assert more.contract.penalties["d1"].standing == cny("450.00")
    less = Given([*more.entries]).when(AccruePenalty(delivery_id="d1", through=date(2026, 4, 30)), at=LATER)
    less.then_refused(NothingAccrued)
    fallen = given(penalised + told(came("a", 20, noon(4, 5)))).when(
        WaivePenalty(delivery_id="d1", amount=cny("700.00"), why="x"), at=LATER
    )
    after = fallen.granted().and_when(AccruePenalty(delivery_id="d1", through=date(2026, 4, 20)), at=LATER).granted()
    assert after.contract.penalties["d1"].standing == cny("0.00")


def test_interest_names_the_payments_that_it_reckoned_with() -> None:
    paid = late + told(Dated(PaymentRecorded(payment_id="p1", amount=cny("41710.00"), instalment_id="i1"), noon(2, 25)))
    (only,) = given(paid).when(AccrueInterest(instalment_id="i1", through=date(2026, 3, 15)), at=LATER).granted().decided
    assert isinstance(only.fact, InterestAccrued)
    # As in a quote: 49.71 are settled first, what that leaves of the principal bears eleven fen more.
    assert (only.fact.total, only.fact.settled, len(only.fact.payments)) == (cny("49.82"), cny("49.71"), 1)


DAYS = st.dates(date(2026, 3, 25), date(2026, 7, 31))
TERMS = st.builds(
    LateDeliveryDamages,
    rate=st.sampled_from([Ratio.of("0.05%"), Ratio.of("1/3000"), Ratio.of("2%")]),
    per_days=st.sampled_from([1, 7]),
    base=st.sampled_from(Base),
    grace_days=st.integers(0, 10),
    cap=st.sampled_from([None, Ratio.of("5%"), Ratio.of("1/700")]),
)


@whatever(term=TERMS, days=st.lists(DAYS, min_size=1, max_size=6), brought=st.lists(st.tuples(st.integers(1, 6), DAYS), max_size=3))
def test_reckoned_day_by_day_or_at_once_the_total_is_the_same_and_its_changes_sum_to_it(
    term: LateDeliveryDamages, days: list[date], brought: list[tuple[int, date]]
) -> None:
    parts = told(*(came(f"x{n}", quantity, noon(day.month, day.day)) for n, (quantity, day) in enumerate(brought)))
    history = given(late + told(TermChanged(term_id="t1", term=term), DeliveryScheduled(delivery=SECOND)) + parts)
    asked, changes = history, {"d1": 0, "d2": 0}
    for day in sorted(days):
        for delivery_id in changes:
            done = reckon(asked, day, delivery_id)
            if done.refusal is None:
                (fact,) = (d.fact for d in done.decided)
                assert isinstance(fact, PenaltyAccrued)
                changes[delivery_id] += fact.change.minor
                asked = Given(done.entries)
    held = asked.contract.penalties
    assert {name: accrual.total.minor for name, accrual in held.items()} == {name: total for name, total in changes.items() if name in held}
    if term.cap is not None:
        bases = 8342000 if term.base is Base.WHOLE_VALUE else 2 * 7000000
        assert sum(changes.values()) <= term.cap.exact * bases
    if term.base is Base.DELAYED_PART or term.cap is None:
        at_once = reckon(history, max(days))
        expected = 0 if at_once.refusal is not None else penalty(history, max(days)).total.minor
        assert changes["d1"] == expected


def test_a_reckoning_may_be_made_again_on_the_day_of_the_last_one_only() -> None:
    day = date(2026, 4, 20)
    assert [reckon(penalised, day + timedelta(days=n)).refusal is None for n in (-1, 0, 1)] == [False, False, True]
