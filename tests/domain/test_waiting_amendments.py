"""An amendment with a later day: agreed and signed, it waits, and only from that day on does the contract read otherwise."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.contract import replay
from domain.contract.amendment import (
    AmendmentLapsed,
    AmendmentNotAt,
    AmendmentNotYetEffective,
    AmendmentRejected,
    AmendmentTookEffect,
    ProposeAmendment,
    RejectAmendment,
    TakeAmendmentIntoEffect,
    TouchedByOpenAmendment,
)
from domain.contract.closing import ContractExpired, ContractTerminated, ExpireContract, TerminateContract
from domain.contract.continuation import ContractSuspended
from domain.contract.history import as_of
from domain.contract.operations import ChangeValue
from domain.contract.payment import PaymentExceedsBalance, RecordPayment
from domain.facts import Dated
from tests.facts import (
    AFTER_THE_LAST_DAY,
    DRAFTED,
    FROM_JULY_ON,
    IN_JULY,
    MORE_LAPTOPS,
    amended,
    amended_in_july,
    amendment_approved,
    amendment_proposed,
    amendment_rejected,
    amendment_waiting,
    cny,
)
from tests.spec import ALICE, BOB, CAROL, History, given, recorded, told

TAKE = TakeAmendmentIntoEffect(amendment_id="a1")
TICK = timedelta(microseconds=1)


def test_until_its_day_nothing_of_the_contract_changes_and_guards_go_by_the_old_terms() -> None:
    waiting = given(amendment_waiting)
    before = given(amendment_waiting[:-2]).contract
    assert (waiting.contract.value, waiting.contract.items, waiting.contract.instalments) == (
        DRAFTED.value,
        before.items,
        before.instalments,
    )
    assert (waiting.contract.amendments["a1"].status, waiting.contract.amendments["a1"].effective_from) == ("waiting", FROM_JULY_ON)
    too_much = RecordPayment(payment_id="p1", amount=cny("83420.01"))
    waiting.when(too_much, by=CAROL).then_refused(PaymentExceedsBalance, amount=cny("83420.01"), balance=cny("83420.00"))
    given(amended_in_july).when(too_much, by=CAROL).granted()


def test_it_takes_effect_from_its_very_moment_on_and_is_dated_then_however_late_that_is_recorded() -> None:
    waiting = given(amendment_waiting)
    waiting.when(TAKE, at=FROM_JULY_ON - TICK).then_refused(
        AmendmentNotYetEffective, amendment_id="a1", effective_from=FROM_JULY_ON.isoformat()
    )
    for moment in (FROM_JULY_ON, IN_JULY):
        done = waiting.when(TAKE, at=moment).then(Dated(AmendmentTookEffect(amendment_id="a1", operations=MORE_LAPTOPS), FROM_JULY_ON))
        done.then_contract(value=cny("100920.00"))
        done.and_when(TAKE).then_refused(AmendmentNotAt, amendment_id="a1", status="in_effect", allowed="waiting")


def test_what_it_says_in_the_end_is_what_it_would_have_said_at_once() -> None:
    at_once, later = given(amended).contract, given(amended_in_july).contract
    assert (later.value, later.items, later.instalments) == (at_once.value, at_once.items, at_once.instalments)


def test_a_contract_asked_about_at_a_day_reads_as_agreed_for_that_day() -> None:
    entries = recorded(amended_in_july)
    the_day_before, the_day = (replay(as_of(entries, valid_at=moment)) for moment in (FROM_JULY_ON - TICK, FROM_JULY_ON))
    assert (the_day_before.value, the_day_before.amendments["a1"].status) == (DRAFTED.value, "waiting")
    assert (the_day.value, the_day.amendments["a1"].status) == (cny("100920.00"), "in_effect")
    # What was known in June of the first of July: that the amendment waits for it.
    known_in_june = replay(as_of(entries, valid_at=FROM_JULY_ON, known_at=FROM_JULY_ON - TICK))
    assert (known_in_june.value, known_in_june.amendments["a1"].status) == (DRAFTED.value, "waiting")


def test_a_contract_that_rests_reads_as_amended_all_the_same() -> None:
    resting = given(amendment_waiting + told(ContractSuspended(why="x")))
    resting.when(TAKE, at=IN_JULY).then_contract(value=cny("100920.00"))


def test_nobody_else_changes_what_a_waiting_amendment_changes() -> None:
    again = ProposeAmendment(amendment_id="a2", operations=(ChangeValue(value=cny("90000.00")),), why="x")
    given(amendment_waiting).when(again).then_refused(TouchedByOpenAmendment, other="a1", element="value", element_id="")


def test_what_waits_can_be_called_off_by_somebody_else_than_who_proposed_it() -> None:
    off = RejectAmendment(amendment_id="a1", opinion="双方同意取消 / Both sides let it go")
    done = given(amendment_waiting).when(off, by=BOB)
    done.then(AmendmentRejected(amendment_id="a1", opinion="双方同意取消 / Both sides let it go"))
    done.and_when(TAKE, at=IN_JULY).then_refused(AmendmentNotAt, amendment_id="a1", status="rejected", allowed="waiting")


@pytest.mark.parametrize("history", [amendment_proposed, amendment_approved, amendment_waiting])
def test_what_is_still_open_when_a_contract_ends_lapses_by_a_fact(history: History) -> None:
    ended = given(history).when(TerminateContract(ground="x"))
    ended.then(AmendmentLapsed(amendment_id="a1"), ContractTerminated(ground="x"))
    assert ended.contract.amendments["a1"].status == "lapsed"
    given(history).when(ExpireContract(), at=AFTER_THE_LAST_DAY).then(AmendmentLapsed(amendment_id="a1"), ContractExpired())


@pytest.mark.parametrize("history", [amended, amendment_rejected])
def test_what_is_settled_does_not_lapse(history: History) -> None:
    given(history).when(TerminateContract(ground="x"), by=ALICE).then(ContractTerminated(ground="x"))
