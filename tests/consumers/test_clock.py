"""The clock turns days into facts: each once, in order, where the house is, and after however long a stop."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from consumers.clock import Clock, Ticked, house
from domain.clock import HOUSE, DayBegan
from domain.contract.accrual import InterestAccrued, PenaltyAccrued
from domain.contract.agreement import TermAgreed
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.breach import ObligationFellDue, ObligationOverdue
from domain.contract.closing import ContractExpired
from domain.contract.continuation import ContractRenewed
from domain.contract.operations import PutInstalment
from domain.contract.payment import PaymentRecorded
from domain.contract.review import ReviewCompleted, ReviewFellDue, ReviewScheduled
from domain.contract.vocabulary import Period, ReviewOutcome
from domain.facts import Entry
from domain.terms.calendar import CalendarNotKnown, ZoneNotKnown
from domain.terms.renewal import Renewal
from infra.ledger import CLOCK, CONTRACT
from infra.opening import Opened
from projections.check import check
from projections.dues import DUES
from tests import facts
from tests.conftest import Clock as Hand
from tests.consumers.recording import entries, goes_on, of, told_of
from tests.facts import cny
from tests.spec import told

UTC_HOUSE = house("7×24", "UTC")
SHANGHAI = house("CN", "Asia/Shanghai")
LATER = PaymentRecorded(payment_id="p1", amount=cny("41710.00"), instalment_id="i1")


def said(found: list[Entry]) -> list[tuple[str, date]]:
    """What fell due and was overdue, and days, with the day on which each came true by UTC."""
    return [(type(entry.fact).__name__, entry.effective_at.date()) for entry in found]


def test_what_fell_due_before_is_recorded_on_the_first_day_with_the_days_on_which_it_came_true(opened: Opened) -> None:
    told_of(opened, "c1", facts.in_force)
    assert Clock(opened, UTC_HOUSE).tick() == Ticked(days=1, facts=2)
    found = entries(opened, after=len(facts.in_force))
    assert said(found) == [
        ("DayBegan", date(2026, 3, 2)),
        ("ObligationFellDue", date(2026, 2, 15)),
        ("ObligationOverdue", date(2026, 2, 16)),
    ]
    assert {(e.meta.actor, e.meta.channel) for e in found} == {("clock", "clock")}
    assert Clock(opened, UTC_HOUSE).tick() == Ticked()


def test_days_that_were_missed_are_caught_up_with_in_order(opened: Opened, clock: Hand) -> None:
    told_of(opened, "c1", facts.in_force)
    Clock(opened, UTC_HOUSE).tick()
    head = opened.store.head()
    clock.now = datetime(2026, 4, 2, 8, tzinfo=UTC)
    assert Clock(opened, UTC_HOUSE).tick() == Ticked(days=31, facts=2)
    found = entries(opened, after=head)
    began = [e.fact.day for e in found if isinstance(e.fact, DayBegan)]
    assert began == [date(2026, 3, 3) + timedelta(days=n) for n in range(31)]
    # Each stands after the beginning of its own day and before the next.
    assert [n for n, e in enumerate(found) if isinstance(e.fact, ObligationFellDue)] == [began.index(date(2026, 3, 31)) + 1]
    assert [n for n, e in enumerate(found) if isinstance(e.fact, ObligationOverdue)] == [began.index(date(2026, 4, 1)) + 2]
    assert opened.ledger.load(CLOCK, HOUSE).day == date(2026, 4, 2)


def test_a_clock_can_be_kept_to_an_earlier_day(opened: Opened) -> None:
    told_of(opened, "c1", facts.in_force)
    assert Clock(opened, UTC_HOUSE).tick(date(2026, 2, 15)) == Ticked(days=1, facts=1)
    assert Clock(opened, UTC_HOUSE).tick(date(2026, 2, 15)) == Ticked()
    assert Clock(opened, UTC_HOUSE).tick(date(2026, 2, 16)) == Ticked(days=1, facts=1)


def test_what_was_done_is_not_overdue_and_what_is_moved_comes_again(opened: Opened, clock: Hand) -> None:
    told_of(opened, "c1", facts.half_paid)
    assert Clock(opened, UTC_HOUSE).tick() == Ticked(days=1)
    told_of(opened, "c2", facts.in_force)
    Clock(opened, UTC_HOUSE).tick()
    moved = PutInstalment(instalment=replace(facts.FIRST_HALF, due=date(2026, 3, 20)))
    due = [ObligationFellDue, ObligationOverdue]
    past = facts.in_force + told(*(e.fact for e in entries(opened) if e.stream == "contract-c2" and type(e.fact) in due))
    goes_on(opened, "c2", past, AmendmentTookEffect(amendment_id="a1", operations=(moved,)))
    clock.now = datetime(2026, 3, 21, 8, tzinfo=UTC)
    head = opened.store.head()
    Clock(opened, UTC_HOUSE).tick()
    assert said(of(entries(opened, after=head), "contract.")) == [
        ("ObligationFellDue", date(2026, 3, 20)),
        ("ObligationOverdue", date(2026, 3, 21)),
    ]


def test_delays_are_reckoned_at_the_end_of_each_month_until_they_are_over(opened: Opened, clock: Hand) -> None:
    told_of(opened, "c1", facts.late)
    clock.now = datetime(2026, 5, 2, 8, tzinfo=UTC)
    Clock(opened, UTC_HOUSE).tick()
    found = [e.fact for e in entries(opened, after=len(facts.late))]
    assert [f.through for f in found if isinstance(f, InterestAccrued)] == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    assert [f.through for f in found if isinstance(f, PenaltyAccrued)] == [date(2026, 4, 30)]
    goes_on(opened, "c1", facts.late + told(*(f for f in found if not isinstance(f, DayBegan))), LATER)
    clock.now = datetime(2026, 8, 2, 8, tzinfo=UTC)
    head = opened.store.head()
    Clock(opened, UTC_HOUSE).tick()
    later = [f for f in (e.fact for e in entries(opened, after=head)) if isinstance(f, InterestAccrued)]
    # The first half was paid in April; the second fell due in May.
    assert {(f.instalment_id, f.through.month) for f in later} == {("i2", 5), ("i2", 6), ("i2", 7)}


def test_a_contract_that_owes_nothing_expires_and_one_that_renews_itself_goes_on(opened: Opened, clock: Hand) -> None:
    done = facts.delivered + told(facts.FIRST_PAYMENT, facts.SECOND_PAYMENT)
    told_of(opened, "over", done)
    told_of(opened, "owing", facts.in_force)
    term = TermAgreed(term_id="t9", term=Renewal(automatic=True, notice_days=30, length_months=12))
    told_of(opened, "renewing", done + told(term))
    clock.now = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    # Where the house is, the next year has begun; a contract's period is judged by days of UTC.
    Clock(opened, SHANGHAI).tick()
    assert of(entries(opened), "contract.expired", "contract.renewed") == []
    clock.now = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)
    Clock(opened, SHANGHAI).tick()
    found = of(entries(opened), "contract.expired", "contract.renewed")
    assert {e.stream: type(e.fact) for e in found} == {"contract-over": ContractExpired, "contract-renewing": ContractRenewed}
    renewed = opened.ledger.load(CONTRACT, "renewing").period
    assert renewed == Period(start=date(2027, 1, 1), end=date(2027, 12, 31))


def test_a_review_falls_due_once_at_any_stage_unless_it_was_completed_before(opened: Opened, clock: Hand) -> None:
    asked = ReviewScheduled(review_id="r1", about="年度审核 / Yearly", due=date(2026, 3, 5), reviewer="bob")
    done = ReviewCompleted(review_id="r1", findings="x", outcome=ReviewOutcome.SOUND)
    told_of(opened, "draft", facts.drafted + told(asked))
    told_of(opened, "looked-at", facts.drafted + told(asked, done))
    told_of(opened, "archived", facts.archived + told(asked))
    Clock(opened, SHANGHAI).tick()
    assert of(entries(opened), "contract.review_fell_due") == []
    # Midnight in Shanghai, two days later than the clock was stopped.
    clock.now = datetime(2026, 3, 6, 16, 0, 1, tzinfo=UTC)
    Clock(opened, SHANGHAI).tick()
    Clock(opened, SHANGHAI).tick()
    found = of(entries(opened), "contract.review_fell_due")
    assert [(e.stream, e.effective_at) for e in found] == [
        ("contract-archived", datetime(2026, 3, 4, 16, tzinfo=UTC)),
        ("contract-draft", datetime(2026, 3, 4, 16, tzinfo=UTC)),
    ]
    assert found[0].fact == ReviewFellDue(
        review_id="r1", due=asked.due, reviewer="bob", calendar=SHANGHAI.counted.name, zone="Asia/Shanghai"
    )
    assert opened.ledger.load(CONTRACT, "draft").reviews["r1"].fell_due
    assert [c.first for c in check(opened, (DUES,))] == [None]


def test_an_amendment_that_waits_takes_effect_when_its_moment_comes(opened: Opened, clock: Hand) -> None:
    told_of(opened, "c1", facts.amendment_waiting)
    clock.now = facts.FROM_JULY_ON - timedelta(seconds=1)
    Clock(opened, UTC_HOUSE).tick()
    assert of(entries(opened), "contract.amendment_took_effect") == []
    clock.now = facts.FROM_JULY_ON + timedelta(hours=1)
    Clock(opened, UTC_HOUSE).tick()
    assert [e.effective_at for e in of(entries(opened), "contract.amendment_took_effect")] == [facts.FROM_JULY_ON]


@pytest.mark.parametrize(
    ("zone", "before", "day"),
    [
        ("Asia/Shanghai", datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC), date(2026, 3, 2)),
        # Clocks go forward, and back, on these days.
        ("America/New_York", datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC), date(2026, 3, 9)),
        ("America/New_York", datetime(2026, 11, 2, 4, 59, 59, tzinfo=UTC), date(2026, 11, 2)),
        ("Pacific/Kiritimati", datetime(2026, 3, 1, 9, 59, 59, tzinfo=UTC), date(2026, 3, 2)),
    ],
)
def test_a_day_begins_at_midnight_where_the_house_is(opened: Opened, clock: Hand, zone: str, before: datetime, day: date) -> None:
    there = house("7×24", zone)
    clock.now = before - timedelta(days=3)
    Clock(opened, there).tick()
    clock.now = before
    Clock(opened, there).tick()
    assert opened.ledger.load(CLOCK, HOUSE).day == day - timedelta(days=1)
    clock.now = before + timedelta(seconds=1)
    assert Clock(opened, there).tick() == Ticked(days=1)
    began = [e.fact.day for e in entries(opened) if isinstance(e.fact, DayBegan)]
    assert began == [began[0] + timedelta(days=n) for n in range(len(began))]
    assert began[-1] == day


def test_an_obligation_falls_due_by_the_days_of_the_house(opened: Opened, clock: Hand) -> None:
    told_of(opened, "c1", facts.in_force)
    clock.now = datetime(2026, 2, 14, 16, 0, 1, tzinfo=UTC)
    Clock(opened, SHANGHAI).tick()
    (due,) = of(entries(opened), "contract.obligation_fell_due")
    assert isinstance(due.fact, ObligationFellDue)
    assert (due.fact.due, due.fact.zone, due.effective_at) == (date(2026, 2, 15), "Asia/Shanghai", datetime(2026, 2, 14, 16, tzinfo=UTC))


@pytest.mark.parametrize(("calendar", "zone", "refusal"), [("Moon", "UTC", CalendarNotKnown), ("CN", "Moon/Base", ZoneNotKnown)])
def test_a_house_is_somewhere(calendar: str, zone: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        house(calendar, zone)


def test_what_somebody_else_publishes_is_not_acted_on(opened: Opened) -> None:
    told_of(opened, "c1", facts.published)
    assert Clock(opened, UTC_HOUSE).tick() == Ticked(days=1)


def test_a_clock_that_dies_after_any_fact_is_gone_on_with_by_the_next(opened: Opened, clock: Hand) -> None:
    told_of(opened, "c1", facts.late)
    told_of(opened, "c2", facts.in_force)
    clock.now = datetime(2026, 5, 2, 8, tzinfo=UTC)
    handle = opened.ledger.handle

    def die_after(*given: Any) -> Any:  # noqa: ANN401 - what it stands for
        handle(*given)
        raise KeyboardInterrupt

    died = 0
    while True:
        with patch.object(opened.ledger, "handle", die_after):
            try:
                assert Clock(opened, UTC_HOUSE).tick().facts == 0
                break
            except KeyboardInterrupt:
                died += 1
    found = entries(opened)
    assert died == len(of(found, "clock.")) + len([e for e in found if e.meta.channel == "clock" and e.stream.startswith("contract-")])
    assert said(of(found, "contract.obligation"))[:2] == [("ObligationFellDue", date(2026, 2, 15))] * 2
    kinds = [(e.stream, type(e.fact), getattr(e.fact, "through", getattr(e.fact, "due", None))) for e in found if e.meta.channel == "clock"]
    assert len(set(kinds)) == len([k for k in kinds if k[1] is not DayBegan]) + 1


def test_several_clocks_at_once_record_everything_once(opened: Opened, clock: Hand) -> None:
    for n in range(6):
        told_of(opened, f"c{n}", facts.late)
    Clock(opened, UTC_HOUSE).tick()
    clock.now = datetime(2026, 6, 2, 8, tzinfo=UTC)
    threads = [threading.Thread(target=Clock(opened, UTC_HOUSE).tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    Clock(opened, UTC_HOUSE).tick()
    found = [e for e in entries(opened) if e.meta.channel == "clock"]
    days = [e.fact.day for e in found if isinstance(e.fact, DayBegan)]
    assert days == [date(2026, 3, 2) + timedelta(days=n) for n in range(93)]
    due = [
        (e.stream, e.fact.obligation, e.fact.due, type(e.fact)) for e in found if isinstance(e.fact, ObligationFellDue | ObligationOverdue)
    ]
    assert len(set(due)) == len(due) == 6 * 6
    assert [c.first for c in check(opened, (DUES,))] == [None]
