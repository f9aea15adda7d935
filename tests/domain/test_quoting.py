"""What agreed terms come to, worked out by hand.

The contract is worth 83,420.00 yuan: 20 laptops at 3,500.00 are due on 31 March, halves of the value on 15 February and 15 May.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume
from hypothesis import given as whatever
from hypothesis import strategies as st

from domain.contract.agreement import TermAgreed
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.continuation import ContractRenewed, RenewalNoticeGiven
from domain.contract.correction import FactCorrected, Restated
from domain.contract.delivery import DeliveryAccepted, DeliveryRecorded, DeliveryRejected, DeliveryScheduled
from domain.contract.drafting import ContractDrafted
from domain.contract.operations import PutTerm
from domain.contract.payment import PaymentRecorded, PaymentReversed
from domain.contract.quoting import About, DelayedPartUnknown, NoSuchTerm, Quote, QuoteNeeds, quotes
from domain.contract.settlement import RetentionHeld
from domain.contract.state import Contract
from domain.contract.vocabulary import PlannedDelivery
from domain.contract.vocabulary import Retention as Held
from domain.facts import Dated
from domain.refusals import Refusal
from domain.terms.calendar import EveryDay
from domain.terms.exact import Ratio
from domain.terms.late_delivery import Base, DeliveryDamages, LateDeliveryDamages
from domain.terms.late_payment import Interest
from domain.terms.renewal import Outlook, Renewal, RenewalStanding
from domain.terms.retention import DueRelease, Release, Retention
from domain.terms.schedule import On, Part, PaymentSchedule, PlannedInstalment, Trigger
from domain.terms.termination import ExitFee, FeeKind, Ground, Termination, TerminationQuote
from tests.facts import DRAFTED, LATE_DELIVERY, LATE_PAYMENT, NEXT_YEAR, cny, in_force
from tests.spec import History, given, told

CHINA = EveryDay(zone=ZoneInfo("Asia/Shanghai"))
AGREED = in_force + told(TermAgreed(term_id="t1", term=LATE_DELIVERY), TermAgreed(term_id="t2", term=LATE_PAYMENT))


def asked(history: History, about: About, on: date) -> tuple[Quote, ...]:
    return quotes(given(history).contract, about, on, CHINA)


def came(delivery_id: str, quantity: int | None, at: datetime) -> Dated:
    """Some of the shipment."""
    amount = None if quantity is None else Decimal(quantity)
    return Dated(DeliveryRecorded(delivery_id=delivery_id, description="x", quantity=amount, towards="d1"), at)


def noon(month: int, day: int) -> datetime:
    """Noon in China."""
    return datetime(2026, month, day, 4, tzinfo=UTC)


def damages(history: History, on: date) -> list[tuple[str, int]]:
    """Amounts and days late of each part."""
    found = [quote.result for quote in asked(history, About.LATE_DELIVERY, on)]
    return [(part.amount.amount, part.days_late) for f in found if isinstance(f, DeliveryDamages) for part in f.parts]


def test_a_quote_names_its_term_and_the_entry_that_made_it_and_shows_the_formula() -> None:
    (quote,) = asked(AGREED, About.LATE_DELIVERY, date(2026, 4, 10))
    assert (quote.subject, quote.term_id, quote.version, quote.calendar) == ("d1", "t1", len(in_force) + 1, "7×24")
    # 70,000.00 × 0.05 % × 10 days.
    assert isinstance(quote.result, DeliveryDamages)
    assert quote.result.amount == cny("350.00")
    assert quote.formula == quote.result.formula
    assert "0.05% × 70000.00 CNY × 10 = 350.00 CNY" in quote.formula


def test_nothing_is_owed_on_the_due_day_and_the_cap_ends_it_and_the_right_to_terminate_follows() -> None:
    assert damages(AGREED, date(2026, 3, 31)) == [("0.00", 0)]
    assert damages(AGREED, date(2026, 4, 1)) == [("35.00", 1)]
    (quote,) = asked(AGREED, About.LATE_DELIVERY, date(2027, 3, 31))
    assert isinstance(quote.result, DeliveryDamages)
    assert (quote.result.amount, quote.result.capped) == (cny("3500.00"), True)
    assert quote.result.may_terminate_from == date(2026, 5, 1)


def test_each_part_of_a_delivery_is_late_for_as_long_as_it_was() -> None:
    partly = AGREED + told(came("d1a", 5, noon(3, 31)), came("d1b", 10, noon(4, 2)))
    # 5 in time; 10 × 3,500.00 × 0.05 % × 2 days; 5 × 3,500.00 × 0.05 % × 10 days.
    assert damages(partly, date(2026, 4, 10)) == [("0.00", 0), ("35.00", 2), ("87.50", 10)]
    assert damages(partly + told(came("d1c", None, noon(4, 5))), date(2026, 4, 10)) == [("0.00", 0), ("35.00", 2), ("43.75", 5)]


def test_on_the_whole_value_the_last_part_counts() -> None:
    whole = in_force + told(TermAgreed(term_id="t1", term=LateDeliveryDamages(rate=Ratio.of("0.05%"), base=Base.WHOLE_VALUE)))
    partly = whole + told(came("d1a", 5, noon(3, 31)), came("d1b", 15, noon(4, 2)))
    # 83,420.00 × 0.05 % × 2 days.
    assert damages(partly, date(2026, 4, 10)) == [("83.42", 2)]
    assert damages(whole, date(2026, 4, 1)) == [("41.71", 1)]


def test_what_was_rejected_never_came() -> None:
    rejected = AGREED + told(came("d1a", 20, noon(3, 30)), DeliveryRejected(delivery_id="d1a", why="x"))
    assert damages(rejected, date(2026, 4, 1)) == [("35.00", 1)]


def test_a_day_begins_where_the_calendar_says() -> None:
    late_in_china = AGREED + told(came("d1a", 20, datetime(2026, 3, 31, 17, tzinfo=UTC)))
    assert damages(late_in_china, date(2026, 4, 10)) == [("35.00", 1)]
    (quote,) = quotes(given(late_in_china).contract, About.LATE_DELIVERY, date(2026, 4, 10), EveryDay())
    assert isinstance(quote.result, DeliveryDamages)
    assert quote.result.amount == cny("0.00")


def test_a_corrected_delivery_is_reckoned_as_it_really_was_and_the_quote_says_so() -> None:
    delivery = DeliveryRecorded(delivery_id="d1", description="x", quantity=Decimal(20))
    late = AGREED + told(Dated(delivery, noon(4, 4)))
    assert damages(late, date(2026, 4, 10)) == [("140.00", 4)]
    right = late + told(
        FactCorrected(corrects=len(late), was=Restated(delivery), becomes=Restated(delivery), why="x", effective_at=noon(4, 2))
    )
    assert damages(right, date(2026, 4, 10)) == [("70.00", 2)]
    assert asked(right, About.LATE_DELIVERY, date(2026, 4, 10))[0].rests_on_corrections == (len(late),)


def test_an_amended_term_is_cited_under_its_new_version() -> None:
    milder = PutTerm(term_id="t1", term=LateDeliveryDamages(rate=Ratio.of("0.01%")))
    amended = AGREED + told(AmendmentTookEffect(amendment_id="a1", operations=(milder,)))
    (quote,) = asked(amended, About.LATE_DELIVERY, date(2026, 4, 10))
    assert quote.version == len(amended)
    assert damages(amended, date(2026, 4, 10)) == [("70.00", 10)]


def interest(history: History, on: date) -> list[str]:
    found = [quote.result for quote in asked(history, About.LATE_PAYMENT, on)]
    return [f.amount.amount for f in found if isinstance(f, Interest)]


def test_interest_runs_on_each_instalment_until_it_is_paid() -> None:
    # 41,710.00 × 4.35 % × 28/365 days = 139.1857…; the second instalment is not due yet.
    assert interest(AGREED, date(2026, 3, 15)) == ["139.19", "0.00"]
    payment = PaymentRecorded(payment_id="p1", amount=cny("41710.00"), instalment_id="i1")
    # 10 days = 49.709…, which is paid first; the 49.71 of principal that this leaves open bear 0.1066 in 18 days.
    paid = AGREED + told(Dated(payment, noon(2, 25)))
    assert interest(paid, date(2026, 3, 15)) == ["49.82", "0.00"]
    taken_back = paid + told(PaymentReversed(payment_id="p1", amount=cny("41710.00"), why="x"))
    assert interest(taken_back, date(2026, 3, 15)) == ["139.19", "0.00"]
    elsewhere = AGREED + told(Dated(PaymentRecorded(payment_id="p1", amount=cny("41710.00")), noon(2, 25)))
    assert interest(elsewhere, date(2026, 3, 15)) == ["139.19", "0.00"]


SCHEDULE = PaymentSchedule(
    parts=(
        Part(instalment_id="s1", trigger=Trigger(on=On.SIGNING), share=Ratio.of("30%")),
        Part(instalment_id="s2", trigger=Trigger(on=On.DELIVERY_ACCEPTED, subject="d1"), days_after=30),
    )
)


def test_the_plan_says_what_each_instalment_comes_to_and_what_it_waits_for() -> None:
    history = in_force + told(TermAgreed(term_id="t3", term=SCHEDULE))

    def plan(of: History) -> list[tuple[str, date | None]]:
        found = [quote.result for quote in asked(of, About.SCHEDULE, date(2026, 4, 10))]
        return [(f.amount.amount, f.due) for f in found if isinstance(f, PlannedInstalment)]

    signed_on = date(2026, 1, 6)
    # 30 % of 83,420.00, and the rest 30 days after the last acceptance.
    assert plan(history) == [("25026.00", signed_on), ("58394.00", None)]
    half = history + told(came("d1a", 10, noon(3, 31)), Dated(DeliveryAccepted(delivery_id="d1a"), noon(4, 1)))
    assert plan(half)[1] == ("58394.00", None)
    whole = half + told(came("d1b", 10, noon(4, 2)), Dated(DeliveryAccepted(delivery_id="d1b"), noon(4, 7)))
    assert plan(whole)[1] == ("58394.00", date(2026, 5, 7))


def test_interest_on_a_schedule_without_instalments_runs_from_what_the_schedule_says() -> None:
    history = told(DRAFTED) + in_force[10:] + told(TermAgreed(term_id="t2", term=LATE_PAYMENT), TermAgreed(term_id="t3", term=SCHEDULE))
    # 25,026.00 × 4.35 % × 10/365 days = 29.825…; the second part waits for an acceptance.
    assert interest(history, date(2026, 1, 15)) == ["29.83"]


def test_ending_the_contract_is_quoted_on_each_ground() -> None:
    term = Termination(
        grounds=(
            Ground(ground="material breach", cure_days=30, duties=("返还样机 / Return the samples",)),
            Ground(ground="convenience", notice_days=30, fee=ExitFee(kind=FeeKind.SHARE_OF_VALUE, share=Ratio.of("10%"))),
        )
    )
    found = asked(in_force + told(TermAgreed(term_id="t3", term=term)), About.TERMINATE, date(2026, 4, 1))
    results = [quote.result for quote in found]
    assert [quote.subject for quote in found] == ["material breach", "convenience"]
    assert [(r.amount.amount, r.effective_on) for r in results if isinstance(r, TerminationQuote)] == [
        ("0.00", date(2026, 5, 1)),
        ("8342.00", date(2026, 5, 1)),
    ]


def test_renewal_says_the_last_day_for_notice() -> None:
    history = in_force + told(TermAgreed(term_id="t3", term=Renewal(automatic=True, notice_days=60, length_months=12)))
    (quote,) = asked(history, About.RENEWAL, date(2026, 4, 1))
    assert isinstance(quote.result, RenewalStanding)
    assert (quote.result.notice_deadline, quote.result.next_end) == (date(2026, 11, 1), date(2027, 12, 31))


def test_a_renewal_that_was_used_is_not_quoted_again() -> None:
    once = told(TermAgreed(term_id="t3", term=Renewal(automatic=True, notice_days=60, length_months=12, times=1)))
    used = told(ContractRenewed(period=NEXT_YEAR, previous=DRAFTED.period, term_id="t3", term_version=len(in_force) + 1))
    before, after = (
        asked(in_force + once, About.RENEWAL, date(2026, 12, 1)),
        asked(in_force + once + used, About.RENEWAL, date(2027, 12, 1)),
    )
    assert [quote.result.outlook for quote in (*before, *after) if isinstance(quote.result, RenewalStanding)] == [
        Outlook.RENEWS,
        Outlook.ENDS,
    ]


def test_notice_that_was_given_is_quoted() -> None:
    automatic = told(TermAgreed(term_id="t3", term=Renewal(automatic=True, notice_days=60, length_months=12)))
    (quote,) = asked(in_force + automatic + told(RenewalNoticeGiven(party="c1", renews=False)), About.RENEWAL, date(2026, 12, 1))
    assert isinstance(quote.result, RenewalStanding)
    assert quote.result.outlook is Outlook.ENDS


def test_what_is_held_back_is_released_from_the_last_acceptance_on() -> None:
    term = Retention(share=Ratio.of("5%"), releases=(Release(share=Ratio.of("60%"), months=0), Release(share=Ratio.of("40%"), months=12)))
    held = in_force + told(
        TermAgreed(term_id="t3", term=term), RetentionHeld(retention=Held(retention_id="r1", amount=cny("4171.00"), description="x"))
    )

    def releases(of: History) -> list[tuple[str, date | None]]:
        found = [quote.result for quote in asked(of, About.RETENTION, date(2026, 4, 10))]
        return [(f.amount.amount, f.due) for f in found if isinstance(f, DueRelease)]

    assert releases(held) == [("2502.60", None), ("1668.40", None)]
    accepted = held + told(came("d1a", 20, noon(3, 31)), Dated(DeliveryAccepted(delivery_id="d1a"), noon(4, 1)))
    assert releases(accepted) == [("2502.60", date(2026, 4, 1)), ("1668.40", date(2027, 4, 1))]


@pytest.mark.parametrize("about", About)
def test_without_its_term_nothing_can_be_quoted(about: About) -> None:
    with pytest.raises(NoSuchTerm):
        asked(in_force, about, date(2026, 4, 1))


BARE = told(ContractDrafted(number="1", title="x", kind=DRAFTED.kind, direction=DRAFTED.direction, our_entity="我方"))


@pytest.mark.parametrize(
    ("history", "about", "refusal"),
    [
        (BARE + told(TermAgreed(term_id="t1", term=LATE_DELIVERY)), About.LATE_DELIVERY, QuoteNeeds),
        (BARE + told(TermAgreed(term_id="t1", term=LATE_PAYMENT)), About.LATE_PAYMENT, QuoteNeeds),
        (BARE + told(TermAgreed(term_id="t1", term=SCHEDULE)), About.SCHEDULE, QuoteNeeds),
        (BARE + told(TermAgreed(term_id="t1", term=Renewal(automatic=True, notice_days=1, length_months=1))), About.RENEWAL, QuoteNeeds),
        (
            AGREED + told(DeliveryScheduled(delivery=PlannedDelivery(delivery_id="d2", description="x", due=date(2026, 4, 1)))),
            About.LATE_DELIVERY,
            DelayedPartUnknown,
        ),
    ],
    ids=["no value", "no instalments", "no value to share", "no end", "no price"],
)
def test_what_cannot_be_reckoned_with_is_named(history: History, about: About, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        asked(history, about, date(2026, 4, 1))


@whatever(days=st.integers(0, 500), brought=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 60)), max_size=4))
def test_damages_on_parts_never_exceed_the_cap_on_the_whole_and_never_shrink(days: int, brought: list[tuple[int, int]]) -> None:
    assume(sum(quantity for quantity, _ in brought) <= 20)
    parts = told(
        *(
            came(f"x{n}", quantity, datetime(2026, 3, 20, 4, tzinfo=UTC) + n * (noon(3, 2) - noon(3, 1)) * after // 4)
            for n, (quantity, after) in enumerate(brought)
        )
    )
    contract: Contract = given(AGREED + parts).contract

    def total(on: date) -> int:
        found = (quote.result for quote in quotes(contract, About.LATE_DELIVERY, on, CHINA))
        return sum(f.amount.minor for f in found if isinstance(f, DeliveryDamages))

    day = date.fromordinal(date(2026, 3, 31).toordinal() + days)
    assert total(day) <= total(date.fromordinal(day.toordinal() + 1)) <= 350_000
