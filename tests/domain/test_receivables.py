"""What is owed, part by part, worked out by hand.

The contract is worth 83,420.00 yuan, payable: halves of the value are due on 15 February and 15 May; p1 pays the first half.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn

from domain.contract import replay
from domain.contract.agreement import TermAgreed
from domain.contract.closing import ContractTerminated
from domain.contract.delivery import DeliveryAccepted, DeliveryRecorded
from domain.contract.drafting import ValueChanged
from domain.contract.invoicing import InvoiceRegistered
from domain.contract.journal import journal
from domain.contract.payment import PaymentRecorded
from domain.contract.receivables import Claim, ClaimKind, claims, overdue_since
from domain.contract.settlement import PaymentAllocated, RetentionHeld
from domain.contract.vocabulary import Invoice, Retention, Share
from domain.facts import Dated, Entry
from domain.money import Money
from domain.terms.calendar import DayUnit
from domain.terms.schedule import On, Part, PaymentSchedule, Trigger
from tests.domain.bookkeeping import require_claims_agree
from tests.domain.lives import lives
from tests.facts import (
    FIRST_HALF,
    HISTORIES,
    cny,
    credited,
    drafted,
    fully_paid,
    half_paid,
    in_force,
    interest_waived,
    just_drafted,
    overpaid,
    penalty_waived,
    retained,
    terminated,
)
from tests.spec import History, given, recorded, told

BEGUN = in_force[len(drafted) :]


def owed(history: History) -> dict[str, tuple[str, str, str]]:
    """Amount, paid and open of each claim, in yuan, by kind and id."""
    return {
        f"{one.kind} {one.subject}".strip(): (yuan(one.amount), yuan(one.paid), yuan(one.open)) for one in claims(given(history).contract)
    }


def yuan(minor: int) -> str:
    return Money(minor, "CNY").amount


def of(history: History, kind: ClaimKind, subject: str) -> Claim:
    """One claim."""
    (found,) = (one for one in claims(given(history).contract) if (one.kind, one.subject) == (kind, subject))
    return found


def test_nothing_is_owed_before_the_contract_is_in_force_and_then_every_instalment() -> None:
    assert owed(drafted) == {}
    assert owed(in_force) == {"instalment i1": ("41710.00", "0.00", "41710.00"), "instalment i2": ("41710.00", "0.00", "41710.00")}


def test_a_payment_counts_for_the_instalment_that_it_names_and_otherwise_for_the_rest() -> None:
    some = in_force + told(
        PaymentRecorded(payment_id="p1", amount=cny("1000.00"), instalment_id="i2"), PaymentRecorded(payment_id="p2", amount=cny("300.00"))
    )
    assert owed(some) == {
        "instalment i1": ("41710.00", "0.00", "41710.00"),
        "instalment i2": ("41710.00", "1000.00", "40710.00"),
        "rest": ("0.00", "300.00", "-300.00"),
    }
    shares = (Share(amount=cny("100.00"), instalment_id="i1"), Share(amount=cny("200.00"), invoice_id="v1"))
    assert owed(some + told(PaymentAllocated(payment_id="p2", shares=shares)))["rest"] == ("0.00", "200.00", "-200.00")


def test_more_than_an_instalment_comes_to_counts_for_the_rest() -> None:
    much = in_force + told(PaymentRecorded(payment_id="p1", amount=cny("41711.00"), instalment_id="i1"))
    assert owed(much)["instalment i1"] == ("41710.00", "41710.00", "0.00")
    assert owed(much)["rest"] == ("0.00", "1.00", "-1.00")


def test_once_nothing_is_left_of_the_value_every_instalment_is_settled_whatever_payments_name() -> None:
    assert {what: figures[2] for what, figures in owed(fully_paid).items()} == {"instalment i1": "0.00", "instalment i2": "0.00"}
    unnamed = in_force + told(PaymentRecorded(payment_id="p1", amount=cny("83420.00")))
    assert owed(unnamed) == {
        "instalment i1": ("41710.00", "0.00", "0.00"),
        "instalment i2": ("41710.00", "0.00", "0.00"),
        "rest": ("0.00", "83420.00", "0.00"),
    }
    over = sum(one.open for one in claims(given(overpaid).contract))
    assert over == given(overpaid).contract.value.minor - given(overpaid).contract.paid.minor  # type: ignore[union-attr]


def test_what_is_held_back_is_a_claim_of_its_own_and_not_owed_before() -> None:
    assert owed(retained) == {
        "instalment i1": ("41710.00", "41710.00", "0.00"),
        "instalment i2": ("41710.00", "0.00", "41710.00"),
        "rest": ("-4171.00", "0.00", "-4171.00"),
        "retention r1": ("4171.00", "0.00", "4171.00"),
    }
    settled = retained + told(PaymentRecorded(payment_id="p2", amount=cny("37539.00"), instalment_id="i2"))
    assert owed(settled)["instalment i2"] == ("41710.00", "37539.00", "0.00")
    assert sum(one.open for one in claims(given(settled).contract)) == 4_171_00


def test_invoices_fill_the_instalments_in_their_order() -> None:
    invoice = Invoice(invoice_id="v1", number="1", amount=cny("50000.00"), issued_on=date(2026, 1, 5))
    billed = in_force + told(InvoiceRegistered(invoice=invoice))
    assert [(one.subject, yuan(one.invoiced)) for one in claims(given(billed).contract)] == [("i1", "41710.00"), ("i2", "8290.00")]


def test_the_rest_of_a_value_without_instalments_is_owed_and_where_none_is_stated_what_was_invoiced() -> None:
    plain = just_drafted + BEGUN
    assert owed(plain) == {"rest": ("83420.00", "0.00", "83420.00")}
    unstated = just_drafted + told(ValueChanged(value=None)) + BEGUN
    assert owed(unstated) == {}
    paid = unstated + told(PaymentRecorded(payment_id="p1", amount=cny("100.00")))
    assert owed(paid) == {"rest": ("100.00", "100.00", "0.00")}
    invoice = Invoice(invoice_id="v1", number="1", amount=cny("250.00"), issued_on=date(2026, 1, 5))
    assert owed(paid + told(InvoiceRegistered(invoice=invoice))) == {"rest": ("250.00", "100.00", "150.00")}


def test_penalties_and_credits_take_from_what_is_owed_and_interest_adds_to_it() -> None:
    assert owed(penalty_waived)["penalty d1"][0].startswith("-")
    assert owed(credited)["service_credit sla 2026-02"] == ("-1400.00", "0.00", "-1400.00")
    assert of(interest_waived, ClaimKind.INTEREST, "i1").open == given(interest_waived).contract.interest["i1"].standing.minor


def test_termination_frees_from_what_would_fall_due_after_it_and_keeps_what_was_due_or_invoiced() -> None:
    assert owed(terminated) == {"instalment i1": ("41710.00", "41710.00", "0.00"), "instalment i2": ("41710.00", "0.00", "0.00")}
    late = in_force + told(Dated(ContractTerminated(ground="x"), datetime(2026, 3, 1, tzinfo=UTC)))
    assert (of(late, ClaimKind.INSTALMENT, "i1").open, of(late, ClaimKind.INSTALMENT, "i2").open) == (4_171_000, 0)
    plain = just_drafted + BEGUN
    invoice = Invoice(invoice_id="v1", number="1", amount=cny("900.00"), issued_on=date(2026, 1, 5))
    ended = plain + told(
        PaymentRecorded(payment_id="p1", amount=cny("400.00")), InvoiceRegistered(invoice=invoice), ContractTerminated(ground="x")
    )
    assert owed(ended) == {"rest": ("83420.00", "400.00", "500.00")}


TERM = PaymentSchedule(
    parts=(
        Part(instalment_id="i1", trigger=Trigger(on=On.SIGNING), amount=cny("41710.00"), days_after=30),
        Part(
            instalment_id="i2",
            trigger=Trigger(on=On.DELIVERY_ACCEPTED, subject="d1"),
            amount=cny("41710.00"),
            days_after=5,
            unit=DayUnit.WORKING,
        ),
    )
)
ON_FRIDAY = datetime(2026, 4, 3, 9, tzinfo=UTC)
ACCEPTED = told(
    Dated(DeliveryRecorded(delivery_id="d1", description="x", quantity=Decimal(20)), ON_FRIDAY),
    Dated(DeliveryAccepted(delivery_id="d1"), ON_FRIDAY),
)


def test_an_instalment_has_a_day_only_once_its_trigger_came_about() -> None:
    by_term = drafted[:5] + drafted[7:] + told(TermAgreed(term_id="t", term=TERM)) + BEGUN
    assert of(by_term, ClaimKind.INSTALMENT, "i1").due == date(2026, 2, 4)
    waiting = of(by_term, ClaimKind.INSTALMENT, "i2")
    assert (waiting.due, waiting.waits_for) == (None, "acceptance of the delivery d1")
    # Five working days after a Friday are the next one.
    came = of(by_term + ACCEPTED, ClaimKind.INSTALMENT, "i2")
    assert (came.due, came.waits_for) == (date(2026, 4, 10), None)


def test_a_stated_day_does_not_come_before_the_trigger_that_was_agreed() -> None:
    both = drafted + told(TermAgreed(term_id="t", term=TERM)) + BEGUN
    assert of(both, ClaimKind.INSTALMENT, "i1").due == FIRST_HALF.due
    assert of(both, ClaimKind.INSTALMENT, "i2").due is None
    assert of(both + ACCEPTED, ClaimKind.INSTALMENT, "i2").due == date(2026, 5, 15)


def test_what_is_open_is_overdue_from_the_day_after_its_day() -> None:
    first, second = claims(given(half_paid).contract)
    assert overdue_since(first, date(2026, 12, 31)) is None
    assert overdue_since(second, date(2026, 5, 15)) is None
    assert overdue_since(second, date(2026, 5, 16)) == date(2026, 5, 15)


def test_a_schedule_that_the_value_does_not_bear_out_leaves_the_whole_to_the_rest() -> None:
    wrong = just_drafted + told(TermAgreed(term_id="t", term=TERM), ValueChanged(value=cny("100.00"))) + BEGUN
    assert owed(wrong) == {"rest": ("100.00", "0.00", "100.00")}


def test_amounts_in_another_currency_are_told_apart() -> None:
    foreign = in_force + told(
        PaymentRecorded(payment_id="p9", amount=Money(700, "USD"), instalment_id="i1"),
        RetentionHeld(retention=Retention(retention_id="r9", amount=Money(100, "USD"))),
    )
    found = [(one.kind, one.currency, one.open) for one in claims(given(foreign).contract)]
    assert found == [("instalment", "CNY", 4_171_000)] * 2 + [("rest", "USD", -100), ("retention", "USD", 100)]


@pytest.mark.parametrize("name", HISTORIES)
def test_every_beginning_of_a_named_history_agrees_with_its_journal(name: str) -> None:
    entries = recorded(HISTORIES[name])
    for n in range(1, len(entries) + 1):
        contract = replay(entries[:n])
        require_claims_agree(claims(contract), journal(entries[:n]), contract)


@drawn(lives())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_happened_claims_agree_with_the_journal(entries: list[Entry]) -> None:
    contract = replay(entries)
    require_claims_agree(claims(contract), journal(entries), contract)
