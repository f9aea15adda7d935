"""What the sides owe each other, worked out by hand.

The contract is worth 83,420.00 yuan, payable: 20 laptops are due on 31 March, halves of the value on 15 February and 15 May.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.contract.acceptance import AcceptanceRequested, DefectFixed, DefectRaised
from domain.contract.agreement import TermAgreed
from domain.contract.closing import ContractTerminated
from domain.contract.delays import Obligation, ObligationKind
from domain.contract.delivery import DeliveryAccepted, DeliveryRecorded, DeliveryRejected
from domain.contract.obligations import Owed, as_far_as_known, obligations
from domain.contract.payment import PaymentRecorded
from domain.contract.settlement import RetentionHeld, RetentionReleased
from domain.contract.state import Contract
from domain.contract.vocabulary import Direction, Retention, Status
from domain.facts import Dated
from domain.refusals import Refusal
from domain.terms.calendar import EveryDay
from domain.terms.exact import Ratio
from domain.terms.schedule import On, Part, PaymentSchedule, Trigger
from tests.facts import SHIPMENT_OWED, breach_declared, breach_remedied, cny, drafted, in_force
from tests.spec import History, given, told

CHINA = EveryDay(zone=ZoneInfo("Asia/Shanghai"))
CAME = Dated(DeliveryRecorded(delivery_id="d1", description="x", quantity=Decimal(20)), datetime(2026, 4, 2, 4, tzinfo=UTC))


def owed(history: History, on: date = date(2026, 4, 10)) -> dict[tuple[str, str], Owed]:
    """By kind and id, in the order given."""
    found = obligations(given(history).contract, on, CHINA)
    return {(one.obligation.kind.value, one.obligation.obligation_id): one for one in found}


def stands(history: History, kind: str, on: date = date(2026, 4, 10)) -> list[tuple[date | None, bool, int]]:
    """Day, whether fulfilled, and days overdue, of all of a kind."""
    return [(one.due, one.fulfilled, one.days_overdue) for (of, _), one in owed(history, on).items() if of == kind]


def test_who_buys_owes_the_money_and_who_sells_the_goods_in_order_of_their_days() -> None:
    found = owed(in_force)
    assert [one.due for one in found.values()] == [date(2026, 2, 15), date(2026, 3, 31), date(2026, 5, 15)]
    assert [one.ours for one in found.values()] == [True, False, True]
    assert found["delivery", "d1"].obligation == Obligation(kind=ObligationKind.DELIVERY, obligation_id="d1")
    sold = given(in_force).contract.copy()
    sold.direction = Direction.RECEIVABLE
    assert [one.ours for one in obligations(sold, date(2026, 4, 10), CHINA)] == [False, True, False]


def test_nobody_owes_anything_before_the_contract_is_in_force() -> None:
    assert owed(drafted) == {}
    assert obligations(Contract(), date(2026, 4, 10), CHINA) == ()


def test_nothing_is_overdue_on_its_day_and_the_days_after_it_count() -> None:
    assert stands(in_force, "delivery", date(2026, 3, 31)) == [(date(2026, 3, 31), False, 0)]
    assert stands(in_force, "delivery", date(2026, 4, 1)) == [(date(2026, 3, 31), False, 1)]
    assert stands(in_force, "instalment") == [(date(2026, 2, 15), False, 54), (date(2026, 5, 15), False, 0)]


def test_a_delivery_is_done_once_all_of_it_came_and_was_not_rejected() -> None:
    part = DeliveryRecorded(delivery_id="d1a", description="x", quantity=Decimal(19), towards="d1")
    rest = DeliveryRecorded(delivery_id="d1b", description="x", quantity=Decimal(1), towards="d1")
    assert stands(in_force + told(part), "delivery") == [(date(2026, 3, 31), False, 10)]
    assert stands(in_force + told(part, rest), "delivery") == [(date(2026, 3, 31), True, 0)]
    assert stands(in_force + told(part, rest, DeliveryRejected(delivery_id="d1b", why="x")), "delivery")[0][1] is False


def test_an_instalment_is_done_once_it_is_covered_or_nothing_is_left_to_be_paid() -> None:
    first = PaymentRecorded(payment_id="p1", amount=cny("41709.99"), instalment_id="i1")
    cent = PaymentRecorded(payment_id="p2", amount=cny("0.01"), instalment_id="i1")
    assert stands(in_force + told(first), "instalment")[0] == (date(2026, 2, 15), False, 54)
    assert stands(in_force + told(first, cent), "instalment") == [(date(2026, 2, 15), True, 0), (date(2026, 5, 15), False, 0)]
    everything = PaymentRecorded(payment_id="p3", amount=cny("83420.00"))
    assert [fulfilled for _, fulfilled, _ in stands(in_force + told(everything), "instalment")] == [True, True]


def test_a_scheduled_instalment_says_what_it_waits_for() -> None:
    parts = (
        Part(instalment_id="advance", trigger=Trigger(on=On.SIGNING), share=Ratio.of("30%")),
        Part(instalment_id="rest", trigger=Trigger(on=On.DELIVERY_ACCEPTED, subject="d1"), share=Ratio.of("70%")),
    )
    unscheduled = given(in_force).contract.copy()
    unscheduled.instalments = {}
    assert [one.obligation.kind.value for one in obligations(unscheduled, date(2026, 4, 10), CHINA)] == ["delivery"]
    scheduled = given(in_force + told(TermAgreed(term_id="plan", term=PaymentSchedule(parts=parts)))).contract.copy()
    scheduled.instalments = {}
    found = {one.obligation.obligation_id: one for one in obligations(scheduled, date(2026, 4, 10), CHINA)}
    assert (found["advance"].amount, found["rest"].amount) == (cny("25026.00"), cny("58394.00"))
    assert (found["advance"].waits_for, found["rest"].due) == (None, None)
    assert found["rest"].waits_for
    assert list(found)[-1] == "rest"


def test_what_came_is_to_be_judged_once_that_was_asked_for() -> None:
    asked = in_force + told(CAME, AcceptanceRequested(delivery_id="d1", due=date(2026, 4, 8)))
    assert stands(in_force + told(CAME), "acceptance") == []
    assert stands(asked, "acceptance") == [(date(2026, 4, 8), False, 2)]
    assert stands(asked + told(DeliveryAccepted(delivery_id="d1")), "acceptance") == [(date(2026, 4, 8), True, 0)]
    assert owed(asked)["acceptance", "d1"].ours


def test_defects_are_fixed_by_who_delivered_and_retentions_released_by_who_pays() -> None:
    defective = in_force + told(CAME, DefectRaised(defect_id="f1", delivery_id="d1", description="x", fix_by=date(2026, 4, 9)))
    assert stands(defective, "defect") == [(date(2026, 4, 9), False, 1)]
    assert not owed(defective)["defect", "f1"].ours
    assert stands(defective + told(DefectFixed(defect_id="f1", how="x")), "defect") == [(date(2026, 4, 9), True, 0)]
    held = in_force + told(RetentionHeld(retention=Retention(retention_id="r1", amount=cny("1000.00"), until=date(2026, 4, 1))))
    assert stands(held, "release") == [(date(2026, 4, 1), False, 9)]
    assert owed(held)["release", "r1"].ours
    assert stands(held + told(RetentionReleased(retention_id="r1", amount=cny("1000.00"))), "release")[0][1:] == (True, 0)


def test_termination_ends_what_would_have_fallen_due_after_it_and_nothing_else() -> None:
    # Midnight of 31 March in China is still the 30th in UTC.
    ended = in_force + told(Dated(ContractTerminated(ground="x"), datetime(2026, 3, 30, 17, tzinfo=UTC)))
    assert set(owed(ended)) == {("instalment", "i1"), ("delivery", "d1")}
    day_before = in_force + told(Dated(ContractTerminated(ground="x"), datetime(2026, 3, 30, 15, tzinfo=UTC)))
    assert set(owed(day_before)) == {("instalment", "i1")}
    paid = PaymentRecorded(payment_id="p1", amount=cny("41710.00"), instalment_id="i2")
    assert ("instalment", "i2") in owed(in_force + told(paid, Dated(ContractTerminated(ground="x"), datetime(2026, 3, 1, tzinfo=UTC))))


@pytest.mark.parametrize("status", [status for status in Status if status not in {Status.IN_FORCE, Status.TERMINATED}])
def test_only_termination_ends_what_was_owed(status: Status) -> None:
    contract = given(in_force).contract.copy()
    contract.status, contract.ended_at = status, datetime(2026, 1, 20, tzinfo=UTC)
    lasts = status in {Status.SUSPENDED, Status.COMPLETED, Status.EXPIRED}
    assert len(obligations(contract, date(2026, 4, 10), CHINA)) == (3 if lasts else 0)


def test_a_delivery_that_has_no_day_is_never_overdue() -> None:
    contract = given(in_force).contract.copy()
    contract.planned_deliveries = {"d1": replace(contract.planned_deliveries["d1"], due=None)}
    found = obligations(contract, date(2036, 1, 1), CHINA)[-1]
    assert (found.obligation.obligation_id, found.due, found.days_overdue) == ("d1", None, 0)


def test_a_breach_names_the_obligation_that_was_broken_also_once_it_is_remedied() -> None:
    for history in (breach_declared, breach_remedied):
        assert given(history).contract.breaches["b1"].obligation == SHIPMENT_OWED


def test_a_schedule_that_the_value_does_not_bear_out_hides_nothing_else() -> None:
    schedule = PaymentSchedule(parts=(Part(instalment_id="i1", trigger=Trigger(on=On.SIGNING), amount=cny("41710.00"), days_after=30),))
    begun = drafted + told(TermAgreed(term_id="t", term=schedule)) + in_force[len(drafted) :]
    contract = given(begun).contract
    with pytest.raises(Refusal):
        obligations(contract, date(2026, 6, 30), EveryDay())
    known = as_far_as_known(contract, date(2026, 6, 30), EveryDay())
    assert known == obligations(given(in_force).contract, date(2026, 6, 30), EveryDay())
    assert {one.obligation.kind for one in known} == {ObligationKind.DELIVERY, ObligationKind.INSTALMENT}
