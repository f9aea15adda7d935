"""A contract that is renewed under its term: who has to say what by when, how often, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.contract.agreement import TermAgreed
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.continuation import ContractRenewed, GiveRenewalNotice, RenewalNotDue, RenewalOutsideTerm, RenewContract
from domain.contract.operations import ChangePeriod
from domain.contract.vocabulary import Period
from domain.terms.renewal import Renewal
from tests.domain.tables.agreement import RENEWAL
from tests.facts import DRAFTED, NEXT_YEAR, in_force
from tests.spec import History, When, given, told

DEADLINE = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = datetime(2028, 6, 1, tzinfo=UTC)


def under(term: Renewal) -> History:
    """A contract in force with a renewal term, whose entry is its last."""
    return in_force + told(TermAgreed(term_id="t3", term=term))


def renewed_on(term: Renewal, at: datetime, *, notice_at: datetime | None = None, renews: bool = False) -> When:
    """A renewal asked for, after notice where that was given."""
    before = given(under(term))
    if notice_at is not None:
        return (
            before.when(GiveRenewalNotice(party="c1", renews=renews), at=notice_at)
            .granted()
            .and_when(RenewContract(period=NEXT_YEAR), at=at)
        )
    return before.when(RenewContract(period=NEXT_YEAR), at=at)


def test_a_renewal_cites_the_term_that_it_rests_on() -> None:
    done = renewed_on(RENEWAL, DEADLINE + DAY)
    done.then(ContractRenewed(period=NEXT_YEAR, previous=DRAFTED.period, term_id="t3", term_version=len(in_force) + 1))
    done.then_contract(period=NEXT_YEAR, earlier_periods=(DRAFTED.period,))


@pytest.mark.parametrize(
    ("automatic", "notice_at", "renews", "at", "granted"),
    [
        # By itself: once the time for notice is over, unless somebody gave notice in time.
        (True, None, False, DEADLINE, False),
        (True, None, False, DEADLINE + DAY, True),
        (True, DEADLINE, False, DEADLINE + DAY, False),
        (True, DEADLINE + DAY, False, DEADLINE + DAY, True),
        (True, DEADLINE, True, DEADLINE + DAY, True),
        # Not by itself: only after notice in time.
        (False, None, True, DEADLINE + DAY, False),
        (False, DEADLINE, True, DEADLINE, True),
        (False, DEADLINE + DAY, True, DEADLINE + DAY, False),
        (False, DEADLINE, False, DEADLINE + DAY, False),
    ],
)
def test_notice_counts_up_to_its_deadline_and_only_where_it_changes_what_happens(
    *, automatic: bool, notice_at: datetime | None, renews: bool, at: datetime, granted: bool
) -> None:
    done = renewed_on(replace(RENEWAL, automatic=automatic), at, notice_at=notice_at, renews=renews)
    if granted:
        done.granted()
    else:
        done.then_refused(RenewalNotDue)


def test_a_contract_is_renewed_as_often_as_its_term_says() -> None:
    once = replace(RENEWAL, times=1)
    third = RenewContract(period=Period(start=date(2028, 1, 1), end=date(2028, 12, 31)))
    renewed_on(once, DEADLINE + DAY).and_when(third, at=LATER).then_refused(RenewalNotDue)
    renewed_on(replace(RENEWAL, times=2), DEADLINE + DAY).and_when(third, at=LATER).granted()


def test_after_an_amendment_of_the_period_the_next_one_is_reckoned_from_its_new_end_and_used_renewals_stay_used() -> None:
    half_a_year = Period(start=date(2027, 1, 1), end=date(2027, 6, 30))
    to_june = AmendmentTookEffect(amendment_id="a9", operations=(ChangePeriod(period=half_a_year),))
    term = replace(RENEWAL, times=2)
    past = under(term) + told(ContractRenewed(period=NEXT_YEAR, previous=DRAFTED.period, term_id="t3"), to_june)
    from_july = RenewContract(period=Period(start=date(2027, 7, 1), end=date(2028, 6, 30)))
    too_long = replace(from_july, period=replace(from_july.period, end=date(2028, 7, 1)))
    given(past).when(too_long, at=LATER).then_refused(RenewalOutsideTerm, term_id="t3", expected=date(2028, 6, 30))
    second = given(past).when(from_july, at=LATER).granted()
    last = RenewContract(period=Period(start=date(2028, 7, 1), end=date(2029, 6, 30)))
    second.and_when(last, at=LATER).then_refused(RenewalNotDue)
