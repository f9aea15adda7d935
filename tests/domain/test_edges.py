"""Where stages meet: signatures out of order, payments overtaking amendments, corrections of what was reversed or struck out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.contract import decide
from domain.contract.amendment import (
    AmendmentRejected,
    AmendmentTookEffect,
    ApproveAmendment,
    ProposeAmendment,
    RejectAmendment,
    SignAmendment,
)
from domain.contract.closing import (
    CompleteContract,
    ContractCompleted,
    ContractExpired,
    DeliveriesOutstanding,
    ExpireContract,
    PeriodNotOver,
)
from domain.contract.correction import CorrectPayment, NotCorrectable, StrikeOut
from domain.contract.delivery import DeliveryRecorded, DeliveryRejected, RecordDelivery
from domain.contract.drafting import ChangeValue, ContractDrafted, DraftContract, Note
from domain.contract.operations import ChangeValue as SetValue
from domain.contract.operations import PutDelivery, PutInstalment, RemoveDelivery, RemoveInstalment
from domain.contract.payment import (
    AlreadyReversed,
    OverpaymentAccepted,
    PaymentExceedsBalance,
    PaymentRecorded,
    PaymentReversed,
    RecordPayment,
    ReversePayment,
)
from domain.contract.rules import (
    BackdatedNeedsReason,
    CurrencyDiffers,
    ElementExists,
    NeedsText,
    ScheduleDoesNotAddUp,
    UnknownElement,
    ValueBelowPaid,
    WrongStage,
)
from domain.contract.signing import ContractInForce, Sign
from domain.contract.vocabulary import Instalment, PaymentMethod, PlannedDelivery, SigningMethod, Status
from domain.facts import Dated, Occasion
from domain.money import MAX_MINOR, Money
from tests.domain.tables.amendment import LOWER
from tests.domain.tables.drafting import DRAFT
from tests.facts import (
    DRAFTED,
    FIRST_PAYMENT,
    MORE_LAPTOPS,
    PAYMENT_VERSION,
    SECOND_PAYMENT,
    SHIPMENT,
    amended,
    amendment_approved,
    amendment_signed_by_us,
    approved,
    cny,
    completed,
    delivery_rejected,
    expired,
    half_paid,
    in_force,
    published,
    resumed,
    reversed_payment,
    signed_by_us,
    struck_out,
    suspended,
)
from tests.spec import BOB, CAROL, START, given, told

YEAR = timedelta(days=365)
THEY_SIGN = Sign(party="c1", signatory="王伟", method=SigningMethod.WET_INK)
WE_AMEND = SignAmendment(amendment_id="a1", party="us", signatory="陈晨", method=SigningMethod.WET_INK)
PAY_THE_REST = RecordPayment(payment_id="p2", amount=cny("41710.00"), method=PaymentMethod.BANK_TRANSFER, instalment_id="i2")
THEY_AMEND = SignAmendment(amendment_id="a1", party="c1", signatory="王伟", method=SigningMethod.WET_INK)


def test_a_contract_binds_from_the_latest_signature_in_whatever_order_they_were_recorded() -> None:
    we_signed = given(signed_by_us).contract.signatures["us"].signed_at
    a_week_before = we_signed - timedelta(days=7)
    done = given(signed_by_us).when(THEY_SIGN, by=CAROL, effective_at=a_week_before)
    assert done.decided[1] == Dated(ContractInForce(), we_signed)
    done.then_contract(in_force_since=we_signed)


def test_an_amendment_takes_effect_with_the_latest_signature_in_whatever_order_they_were_recorded() -> None:
    we_signed = given(amendment_signed_by_us).contract.amendments["a1"].signed_at
    assert we_signed is not None
    done = given(amendment_signed_by_us).when(THEY_AMEND, by=CAROL, effective_at=we_signed - timedelta(days=7))
    assert done.decided[1] == Dated(AmendmentTookEffect(amendment_id="a1", operations=MORE_LAPTOPS), we_signed)


def test_every_side_signs_an_amendment_before_it_takes_effect() -> None:
    given(amendment_approved).when(THEY_AMEND, by=CAROL).then_contract(value=DRAFTED.value)


def test_what_was_approved_can_be_called_off_when_payments_have_overtaken_it() -> None:
    lowered = given(in_force).when(ProposeAmendment(amendment_id="a1", operations=LOWER, why="缩量 / Less"))
    stuck = lowered.and_when(RecordPayment(payment_id="p1", amount=cny("60000.00")), by=CAROL)
    agreed = stuck.and_when(ApproveAmendment(amendment_id="a1"), by=BOB).and_when(WE_AMEND, by=CAROL)
    agreed.and_when(THEY_AMEND, by=CAROL).then_refused(ValueBelowPaid, value=cny("50000.00"), paid=cny("60000.00"))
    called_off = agreed.and_when(RejectAmendment(amendment_id="a1", opinion="已多付 / Overtaken"), by=BOB)
    called_off.then(AmendmentRejected(amendment_id="a1", opinion="已多付 / Overtaken"))
    called_off.and_when(ProposeAmendment(amendment_id="a2", operations=MORE_LAPTOPS, why="x")).granted()


def test_an_instalment_whose_payment_was_reversed_may_go() -> None:
    all_at_the_end = (
        RemoveInstalment(instalment_id="i1"),
        PutInstalment(instalment=Instalment(instalment_id="i2", amount=cny("83420.00"))),
    )
    given(reversed_payment).when(ProposeAmendment(amendment_id="a1", operations=all_at_the_end, why="x")).granted()


def test_a_schedule_may_be_taken_out_whole() -> None:
    nothing_left = (RemoveInstalment(instalment_id="i1"), RemoveInstalment(instalment_id="i2"))
    given(in_force).when(ProposeAmendment(amendment_id="a1", operations=nothing_left, why="x")).granted()
    given(in_force).when(ProposeAmendment(amendment_id="a1", operations=nothing_left[:1], why="x")).then_refused(ScheduleDoesNotAddUp)


def test_a_delivery_that_was_rejected_keeps_the_contract_open_only_while_it_is_planned() -> None:
    paid = told(FIRST_PAYMENT, SECOND_PAYMENT)
    given(delivery_rejected + paid).when(CompleteContract()).then_refused(DeliveriesOutstanding, deliveries="d1")
    out_of_the_plan = AmendmentTookEffect(amendment_id="a1", operations=(RemoveDelivery(delivery_id="d1"),))
    given(delivery_rejected + paid + told(out_of_the_plan)).when(CompleteContract()).then(ContractCompleted())


def test_an_unplanned_delivery_keeps_the_contract_open_until_somebody_judged_it() -> None:
    unplanned = completed[:-1] + told(DeliveryRecorded(delivery_id="d9", description="赠品 / A gift"))
    given(unplanned).when(CompleteContract()).then_refused(DeliveriesOutstanding, deliveries="d9")
    given(unplanned + told(DeliveryRejected(delivery_id="d9", why="x"))).when(CompleteContract()).then(ContractCompleted())


def test_a_planned_delivery_that_never_came_keeps_the_contract_open() -> None:
    second = AmendmentTookEffect(
        amendment_id="a1", operations=(PutDelivery(delivery=PlannedDelivery(delivery_id="d2", description="第二批 / Second")),)
    )
    given(completed[:-1] + told(second)).when(CompleteContract()).then_refused(DeliveriesOutstanding, deliveries="d2")


def test_a_payment_id_is_used_once_even_after_the_payment_was_reversed() -> None:
    again = RecordPayment(payment_id="p1", amount=cny("1.00"))
    given(reversed_payment).when(again, by=CAROL).then_refused(ElementExists, element="payment", element_id="p1")


def test_a_reversal_makes_room_for_another_payment_and_is_not_undone_by_a_correction() -> None:
    done = given(reversed_payment).when(CorrectPayment(payment_id="p1", why="x", amount=cny("83419.00")), by=CAROL)
    done.then_contract(paid=cny("0.00"))
    assert done.contract.payments["p1"].reversed
    whole = done.and_when(RecordPayment(payment_id="p2", amount=cny("83420.00")), by=CAROL)
    whole.then_contract(balance=cny("0.00"))
    whole.and_when(ReversePayment(payment_id="p1", why="x"), by=CAROL).then_refused(AlreadyReversed, payment_id="p1")


def test_a_reversed_payment_may_be_corrected_beyond_the_balance_since_it_does_not_count() -> None:
    given(reversed_payment).when(CorrectPayment(payment_id="p1", why="x", amount=cny("99999999.00")), by=CAROL).then_contract(
        paid=cny("0.00"), balance=DRAFTED.value
    )


def test_after_being_struck_out_a_payment_can_neither_be_corrected_nor_reversed_nor_struck_out_again() -> None:
    gone = given(struck_out)
    gone.when(CorrectPayment(payment_id="p1", why="x", amount=cny("1.00")), by=CAROL).then_refused(
        UnknownElement, element="payment", element_id="p1"
    )
    gone.when(ReversePayment(payment_id="p1", why="x"), by=CAROL).then_refused(UnknownElement)
    gone.when(StrikeOut(version=PAYMENT_VERSION, why="x"), by=CAROL).then_refused(NotCorrectable, version=PAYMENT_VERSION)


def test_a_payment_recorded_anew_under_a_struck_out_id_is_a_payment_of_its_own() -> None:
    anew = given(struck_out).when(RecordPayment(payment_id="p1", amount=cny("7.00")), by=CAROL)
    anew.then_contract(paid=cny("7.00"))
    corrected = anew.and_when(CorrectPayment(payment_id="p1", why="x", amount=cny("8.00")), by=CAROL)
    corrected.then_contract(paid=cny("8.00"), rests_on_corrections=(PAYMENT_VERSION, len(struck_out) + 1))
    corrected.and_when(StrikeOut(version=len(struck_out) + 1, why="x"), by=CAROL).then_contract(paid=cny("0.00"), payments={})


def test_striking_out_a_reversed_payment_leaves_its_id_unreversed() -> None:
    anew = given(reversed_payment).when(StrikeOut(version=PAYMENT_VERSION, why="x"), by=CAROL)
    anew.and_when(RecordPayment(payment_id="p1", amount=cny("1.00")), by=CAROL).then_contract(paid=cny("1.00"))


def test_a_correction_is_measured_against_the_value_as_it_was_amended() -> None:
    lowered = half_paid + told(AmendmentTookEffect(amendment_id="a1", operations=(SetValue(value=cny("50000.00")),)))
    correct = given(lowered).when
    correct(CorrectPayment(payment_id="p1", why="x", amount=cny("50000.00")), by=CAROL).then_contract(balance=cny("0.00"))
    correct(CorrectPayment(payment_id="p1", why="x", amount=cny("50000.01")), by=CAROL).then_refused(
        PaymentExceedsBalance, amount=cny("50000.01"), balance=cny("50000.00")
    )
    given(amended + told(FIRST_PAYMENT)).when(CorrectPayment(payment_id="p1", why="x", amount=cny("100920.00")), by=CAROL).then_contract(
        balance=cny("0.00")
    )


def test_once_overpayment_was_accepted_more_may_be_paid_and_corrected_without_a_further_reason() -> None:
    accepted = half_paid + told(
        OverpaymentAccepted(payment_id="p2", excess=cny("0.01"), why="x"), PaymentRecorded(payment_id="p2", amount=cny("41710.01"))
    )
    given(accepted).when(RecordPayment(payment_id="p3", amount=cny("5.00")), by=CAROL).then(
        PaymentRecorded(payment_id="p3", amount=cny("5.00"))
    )
    given(accepted).when(CorrectPayment(payment_id="p2", why="x", amount=cny("99999.00")), by=CAROL).granted()


def test_the_last_fen_may_be_paid_and_no_more() -> None:
    rest = given(half_paid)
    rest.when(RecordPayment(payment_id="p2", amount=cny("41710.00")), by=CAROL).then_contract(balance=cny("0.00"))
    rest.when(RecordPayment(payment_id="p2", amount=cny("41710.01")), by=CAROL).then_refused(PaymentExceedsBalance)


def test_a_draft_with_published_payments_keeps_a_value_that_covers_them() -> None:
    pending = published[:1] + told(PaymentRecorded(payment_id="t1", amount=Money.of("200000.00", "MXN")))
    given(pending).when(ChangeValue(value=Money.of("199999.99", "MXN"))).then_refused(ValueBelowPaid)
    given(pending).when(ChangeValue(value=Money.of("200000.00", "MXN"))).granted()


BARE = ContractDrafted(number="1", title="t", kind=DRAFTED.kind, direction=DRAFTED.direction, our_entity="e")
WITHOUT_VALUE = (published[0]._replace(fact=BARE), *published[1:3])


def test_a_contract_without_a_value_is_in_the_currency_of_its_first_payment_as_long_as_that_stands() -> None:
    mistaken = WITHOUT_VALUE + told(PaymentRecorded(payment_id="p1", amount=Money.of("10.00", "USD")))
    given(mistaken).when(RecordPayment(payment_id="p2", amount=cny("10.00"))).then_refused(CurrencyDiffers, expected="USD", given="CNY")
    gone = given(mistaken).when(StrikeOut(version=len(mistaken), why="币种错 / Wrong currency"))
    gone.then_contract(currency=None, paid=None)
    gone.and_when(RecordPayment(payment_id="p1", amount=cny("10.00"))).then_contract(currency="CNY", paid=cny("10.00"))


def test_payments_of_a_contract_without_a_value_are_not_bounded_but_stay_countable() -> None:
    rich = given(WITHOUT_VALUE).when(RecordPayment(payment_id="p1", amount=Money(MAX_MINOR, "CNY")))
    rich.then_contract(paid=Money(MAX_MINOR, "CNY"), balance=None)
    assert rich.and_when(RecordPayment(payment_id="p2", amount=Money(1, "CNY"))).refusal is not None


def test_money_in_another_currency_does_not_count_as_paid() -> None:
    mixed = given(half_paid + told(PaymentRecorded(payment_id="p9", amount=Money.of("1000000.00", "USD"))))
    assert mixed.contract.paid == FIRST_PAYMENT.amount
    mixed.when(CorrectPayment(payment_id="p9", why="币种错 / Wrong currency", amount=cny("41710.00")), by=CAROL).then_contract(
        balance=cny("0.00")
    )
    mixed.when(CorrectPayment(payment_id="p9", why="x", amount=cny("41710.01")), by=CAROL).then_refused(
        PaymentExceedsBalance, amount=cny("41710.01"), balance=cny("41710.00")
    )


def test_a_recorded_delivery_takes_the_description_of_the_plan_unless_it_brings_its_own() -> None:
    given(in_force).when(RecordDelivery(delivery_id="d1"), by=CAROL).then(
        DeliveryRecorded(delivery_id="d1", description=SHIPMENT.description)
    )
    given(in_force).when(RecordDelivery(delivery_id="d1", description="部分 / Part"), by=CAROL).then(
        DeliveryRecorded(delivery_id="d1", description="部分 / Part")
    )


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "\u3000", "\u200b", "\ufeff", "\u00ad", "\u2060\u200d", "\u202e"])
def test_text_without_anything_to_see_is_blank(blank: str) -> None:
    given(in_force).when(Note(text=blank)).then_refused(NeedsText, field="note")


@pytest.mark.parametrize("text", [".", "签", "👍", "é", "\u202eabc", "𠀀"])
def test_any_visible_character_is_text(text: str) -> None:
    given(in_force).when(Note(text=text)).granted()


def test_the_very_moment_of_now_is_not_the_future() -> None:
    before = given(approved)
    before.when(THEY_SIGN, by=CAROL, effective_at=before.now).granted()


def test_what_happened_long_ago_may_be_recorded_now() -> None:
    long_ago = START - 20 * YEAR
    given().when(DRAFT, effective_at=long_ago).granted()
    given(in_force).when(ReversePayment(payment_id="p1", why="x"), by=CAROL, effective_at=long_ago).then_refused(UnknownElement)
    given(half_paid).when(ReversePayment(payment_id="p1", why="x"), by=CAROL, effective_at=long_ago).then(
        PaymentReversed(payment_id="p1", amount=FIRST_PAYMENT.amount, why="x")
    )


def test_a_draft_may_name_a_schedule_without_a_value_until_it_is_submitted() -> None:
    loose = DraftContract(
        number="1",
        title="t",
        kind=DRAFTED.kind,
        direction=DRAFTED.direction,
        our_entity="e",
        instalments=(Instalment(instalment_id="i1", amount=cny("1.00")),),
    )
    given().when(loose).then_contract(value=None, status=Status.DRAFT)


def test_what_is_recorded_long_after_says_why_unless_it_is_imported() -> None:
    before = given(in_force)
    pay = RecordPayment(payment_id="p1", amount=cny("1.00"))
    month = timedelta(days=30)
    before.when(pay, by=CAROL, effective_at=before.now - month).granted()
    late = before.now - month - timedelta(microseconds=1)
    before.when(pay, by=CAROL, effective_at=late).then_refused(BackdatedNeedsReason, effective_at=late.isoformat(), days=30)
    occasion = Occasion(actor=CAROL, now=before.now, effective_at=late, reason=" ")
    with pytest.raises(BackdatedNeedsReason):
        decide(before.contract, pay, occasion)
    assert decide(before.contract, pay, replace(occasion, reason="迟到的回单 / The slip came late"))
    assert decide(before.contract, pay, replace(occasion, reason=None, channel="import"))


def test_a_contract_runs_through_the_whole_of_its_last_day() -> None:
    last_moment = datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    given(in_force).when(ExpireContract(), at=last_moment).then_refused(PeriodNotOver, last_day=date(2026, 12, 31))
    given(in_force).when(ExpireContract(), at=last_moment + timedelta(microseconds=1)).then(ContractExpired())


def test_while_a_contract_rests_nothing_is_delivered_but_money_may_move() -> None:
    given(suspended).when(RecordDelivery(delivery_id="d1")).then_refused(WrongStage, status="suspended", allowed="in_force")
    given(suspended).when(PAY_THE_REST).granted().then_contract(status=Status.SUSPENDED, balance=cny("0.00"))
    given(resumed).when(RecordDelivery(delivery_id="d1")).granted().then_contract(status=Status.IN_FORCE)


def test_what_is_owed_is_still_paid_after_the_period_ran_out() -> None:
    given(expired).when(PAY_THE_REST).granted().then_contract(status=Status.EXPIRED, balance=cny("0.00"))
