"""What an instalment waits for: money goes out after it, or in advance for a stated reason that stays on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.contract.acceptance import AcceptanceRequested
from domain.contract.agreement import TermAgreed
from domain.contract.amendment import AmendmentTookEffect, InstalmentHasPayments, ProposeAmendment
from domain.contract.approval import SubmitForApproval
from domain.contract.correction import CorrectPayment
from domain.contract.delivery import DeliveryAccepted, DeliveryRecorded, DeliveryRejected
from domain.contract.drafting import ContractDrafted
from domain.contract.operations import PutTerm
from domain.contract.payment import PaymentRecorded, PaymentUnscheduled, RecordPayment
from domain.contract.rules import UnknownElement
from domain.contract.services import MilestoneReached
from domain.contract.settlement import AllocatePayment, AllocationExceeds, PaymentAllocated
from domain.contract.triggers import PaymentBeforeAcceptance, PaymentPrecededTrigger, ScheduleContradictsTerm
from domain.contract.vocabulary import Direction, Share
from domain.terms.acceptance import AcceptanceWindow, Silence
from domain.terms.calendar import DayUnit
from domain.terms.rules import Term
from domain.terms.schedule import On, Trigger
from tests.domain.tables.payment import waiting_for
from tests.facts import ADVANCE, CAME, DRAFTED, ON_ACCEPTANCE, SECOND_PAYMENT, cny, drafted, prepaid, scheduled
from tests.spec import BOB, CAROL, Given, History, Told, given, told

PAY = RecordPayment(payment_id="p2", amount=cny("41710.00"), instalment_id="i2")
NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = AcceptanceWindow(criteria=("开机 / It starts",), days=10)


def agreed(*terms: Term) -> History:
    """Terms of a contract in force, besides its payment schedule."""
    operations = tuple(PutTerm(term_id=f"x{n}", term=term) for n, term in enumerate(terms))
    return scheduled + told(AmendmentTookEffect(amendment_id="a8", operations=operations))


def asked(*terms: Term) -> Given:
    """A delivery that came, and whose acceptance was asked for at noon of the first of April."""
    return given((*agreed(*terms), Told(CAME, CAROL, NOON, NOON), Told(AcceptanceRequested(delivery_id="d1"), CAROL, NOON, NOON)))


def test_what_waits_for_acceptance_is_paid_once_the_delivery_was_accepted() -> None:
    came = scheduled + told(CAME)
    given(came).when(PAY, by=CAROL).then_refused(PaymentBeforeAcceptance, instalment_id="i2", delivery_id="d1")
    given(came + told(DeliveryRejected(delivery_id="d1", why="x"))).when(PAY, by=CAROL).then_refused(PaymentBeforeAcceptance)
    accepted = came + told(DeliveryAccepted(delivery_id="d1"), by=BOB)
    given(accepted).when(PAY, by=CAROL).then(PaymentRecorded(payment_id="p2", amount=cny("41710.00"), instalment_id="i2"))


def test_part_of_a_delivery_is_not_all_of_it() -> None:
    part = DeliveryRecorded(delivery_id="d1a", description="x", quantity=CAME.quantity and CAME.quantity - 1, towards="d1")
    rest = DeliveryRecorded(delivery_id="d1b", description="x", quantity=CAME.quantity and CAME.quantity - 19, towards="d1")
    first = scheduled + told(part, DeliveryAccepted(delivery_id="d1a"))
    given(first).when(PAY, by=CAROL).then_refused(PaymentBeforeAcceptance)
    given(first + told(rest, DeliveryAccepted(delivery_id="d1b"))).when(PAY, by=CAROL).granted()


def test_when_the_money_moved_counts_and_not_when_that_was_noted() -> None:
    accepted = given(scheduled + told(CAME, DeliveryAccepted(delivery_id="d1")))
    the_day_before = accepted.now - DAY
    accepted.when(PAY, by=CAROL, effective_at=the_day_before).then_refused(PaymentBeforeAcceptance)


def test_an_advance_stays_on_record_beside_its_payment_with_its_reason_and_the_term_that_it_precedes() -> None:
    payment = given(prepaid).contract.payments["p2"]
    assert payment.before_trigger == ("i2",)
    assert (ADVANCE.term_id, ADVANCE.term_version) == ("pay", given(prepaid).contract.terms["pay"].version)


def test_money_that_comes_in_is_recorded_in_any_case_and_marked() -> None:
    assert isinstance(scheduled[0].fact, ContractDrafted)
    sale = (scheduled[0]._replace(fact=replace(DRAFTED, direction=Direction.RECEIVABLE)), *scheduled[1:])
    given(sale).when(PAY, by=CAROL).then(
        PaymentRecorded(payment_id="p2", amount=cny("41710.00"), instalment_id="i2"), replace(ADVANCE, why=None)
    )


def test_a_window_that_ran_out_in_silence_is_an_acceptance() -> None:
    # Where days begin first that was on the second; the tenth day after it, the twelfth, is over everywhere at noon of the next one in UTC.
    over = datetime(2026, 4, 13, 12, tzinfo=UTC)
    asked(WINDOW).when(PAY, by=CAROL, at=over - timedelta(seconds=1)).then_refused(PaymentBeforeAcceptance)
    asked(WINDOW).when(PAY, by=CAROL, at=over).then(PaymentRecorded(payment_id="p2", amount=cny("41710.00"), instalment_id="i2"))


def test_a_late_no_comes_too_late_where_silence_had_accepted_and_one_in_time_does_not() -> None:
    for after, refused in ((5, True), (15, False)):
        no = Told(DeliveryRejected(delivery_id="d1", why="x"), BOB, NOON + after * DAY, NOON + after * DAY)
        paid = given(
            (*agreed(WINDOW), Told(CAME, CAROL, NOON, NOON), Told(AcceptanceRequested(delivery_id="d1"), CAROL, NOON, NOON), no)
        ).when(PAY, by=CAROL, at=NOON + 20 * DAY)
        assert isinstance(paid.refusal, PaymentBeforeAcceptance) is refused


@pytest.mark.parametrize(
    "terms",
    [
        (),
        (replace(WINDOW, silence=Silence.ESCALATES, escalates_to="法务 / Legal"),),
        (replace(WINDOW, unit=DayUnit.WORKING),),
    ],
    ids=["no window", "escalates", "working days of no named calendar"],
)
def test_silence_means_nothing_where_no_term_says_that_it_accepts(terms: tuple[Term, ...]) -> None:
    asked(*terms).when(PAY, by=CAROL, at=NOON + 365 * DAY).then_refused(PaymentBeforeAcceptance)


def test_a_day_has_come_once_it_began_anywhere_and_a_milestone_once_it_was_reached() -> None:
    may = given(scheduled + waiting_for(Trigger(on=On.DATE, day=date(2026, 5, 15))))
    # On Kiritimati, fourteen hours ahead of UTC.
    began = datetime(2026, 5, 14, 10, tzinfo=UTC)
    assert may.when(PAY, by=CAROL, at=began - timedelta(seconds=1)).refusal is not None
    may.when(PAY, by=CAROL, at=began).granted()
    live = scheduled + waiting_for(Trigger(on=On.MILESTONE, subject="k"))
    assert given(live).when(PAY, by=CAROL).refusal is not None
    given(live + told(MilestoneReached(milestone_id="k", description="x"))).when(PAY, by=CAROL).granted()


def test_what_a_payment_on_account_is_for_is_said_once_the_instalment_is_due_or_with_a_reason() -> None:
    on_account = scheduled + told(PaymentRecorded(payment_id="p7", amount=cny("41710.00")))
    shares = (Share(amount=cny("41710.00"), instalment_id="i2"),)
    for_nothing_yet = given(on_account).when(AllocatePayment(payment_id="p7", shares=shares), by=CAROL)
    for_nothing_yet.then_refused(PaymentBeforeAcceptance, instalment_id="i2", delivery_id="d1")
    early = given(on_account).when(AllocatePayment(payment_id="p7", shares=shares, advance_reason="x"), by=CAROL)
    early.then(PaymentAllocated(payment_id="p7", shares=shares), replace(ADVANCE, payment_id="p7", why="x"))
    accepted = on_account + told(CAME, DeliveryAccepted(delivery_id="d1"))
    given(accepted).when(AllocatePayment(payment_id="p7", shares=shares), by=CAROL).then(PaymentAllocated(payment_id="p7", shares=shares))


def test_what_was_said_of_an_advance_once_is_not_asked_for_again() -> None:
    shares = (Share(amount=cny("41710.00"), instalment_id="i2"),)
    again = given(prepaid).when(AllocatePayment(payment_id="p2", shares=shares), by=CAROL)
    again.then(PaymentAllocated(payment_id="p2", shares=shares))


def test_a_payment_that_turns_out_to_have_been_made_before_its_trigger_is_corrected_and_marked() -> None:
    paid = given((*scheduled, Told(CAME, CAROL, NOON, NOON), Told(DeliveryAccepted(delivery_id="d1"), BOB, NOON, NOON))).when(PAY, by=CAROL)
    put_right = paid.and_when(CorrectPayment(payment_id="p2", why="银行日期 / The bank's day", paid_at=NOON - DAY), by=CAROL)
    marked = [d.fact for d in put_right.granted().decided if isinstance(d.fact, PaymentPrecededTrigger)]
    assert marked == [replace(ADVANCE, why="银行日期 / The bank's day")]
    assert put_right.contract.payments["p2"].before_trigger == ("i2",)


def test_without_stated_instalments_the_parts_of_the_agreed_schedule_are_the_instalments() -> None:
    bare = scheduled[:1] + tuple(t for t in scheduled[1:] if "instalment" not in type(t.fact).__annotations__)
    contract = given(bare).contract
    assert contract.instalments == {}
    given(bare).when(replace(PAY, instalment_id="i9"), by=CAROL).then_refused(UnknownElement, element="instalment", element_id="i9")
    given(bare).when(PAY, by=CAROL).then_refused(PaymentBeforeAcceptance, instalment_id="i2", delivery_id="d1")
    more = bare + told(
        PaymentRecorded(payment_id="p1", amount=cny("41710.00"), instalment_id="i1"), PaymentRecorded(payment_id="p2", amount=cny("0.01"))
    )
    whole = (Share(amount=cny("41710.00"), instalment_id="i1"),)
    done = given(more).when(AllocatePayment(payment_id="p1", shares=whole), by=CAROL).granted()
    too_much = AllocatePayment(payment_id="p2", shares=(Share(amount=cny("0.01"), instalment_id="i1"),))
    done.and_when(too_much, by=CAROL).then_refused(
        AllocationExceeds, allocated=cny("41710.01"), element="instalment", element_id="i1", amount=cny("41710.00")
    )
    first, second = ON_ACCEPTANCE.parts
    renamed = replace(ON_ACCEPTANCE, parts=(replace(first, instalment_id="i0"), second))
    moved = ProposeAmendment(amendment_id="a1", operations=(PutTerm(term_id="pay", term=renamed),), why="x")
    given(more).when(moved).then_refused(InstalmentHasPayments, instalment_id="i1", payment_id="p1")


def test_instalments_that_the_agreed_schedule_does_not_know_are_refused_at_submission() -> None:
    first, second = ON_ACCEPTANCE.parts
    other = replace(ON_ACCEPTANCE, parts=(first, replace(second, instalment_id="i3")))
    mixed = drafted + told(TermAgreed(term_id="pay", term=other))
    given(mixed).when(SubmitForApproval()).then_refused(
        ScheduleContradictsTerm, term_id="pay", instalment_id="i3", agreed=cny("41710.00"), stated=cny("0.00")
    )
    none = mixed + told(PaymentUnscheduled(instalment_id="i1"), PaymentUnscheduled(instalment_id="i2"))
    given(none).when(SubmitForApproval()).granted()


def test_a_payment_that_names_no_instalment_waits_for_nothing() -> None:
    given(scheduled).when(RecordPayment(payment_id="p9", amount=SECOND_PAYMENT.amount), by=CAROL).granted()
