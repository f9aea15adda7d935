"""The journal: what each fact posts, that it balances after every entry, and that it says of money what the contract says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given as drawn
from hypothesis import settings

from domain.contract import replay
from domain.contract.correction import CorrectDelivery, CorrectInvoice, CorrectPayment, StrikeOut
from domain.contract.delivery import DeliveryAccepted
from domain.contract.history import as_of
from domain.contract.journal import balances, journal
from domain.contract.payment import ReversePayment
from domain.contract.vocabulary import Direction
from domain.facts import Entry
from domain.money import MAX_MINOR, Money
from tests.domain.bookkeeping import require_agreement, require_balanced
from tests.facts import (
    DRAFTED,
    HISTORIES,
    INVOICE,
    PAYMENT_VERSION,
    allocated,
    amended,
    cny,
    credited,
    delivered,
    half_paid,
    invoice_voided,
    invoiced,
    refunded,
    retained,
    retention_released,
)
from tests.projections.histories import histories
from tests.spec import BOB, CAROL, History, Told, given, recorded, told


def lines(entries: list[Entry], since: int = 0) -> list[tuple[str, str, str, str]]:
    """Account, debit, credit and subject of what the entries after a version post."""
    found = [line for line in journal(entries) if line.version > since]
    return [(line.account, line.debit.amount, line.credit.amount, line.subject) for line in found]


def net(history: History | list[Entry]) -> dict[str, str]:
    """What the accounts come to."""
    entries = history if isinstance(history, list) else recorded(history)
    return {b.account: format(b.net, "f") for b in balances(journal(entries))}


def test_money_that_goes_out_is_credited_to_the_bank_and_taken_off_what_is_payable() -> None:
    assert lines(recorded(half_paid)) == [("bank", "0.00", "41710.00", "p1"), ("payable", "41710.00", "0.00", "p1")]
    (line, _) = journal(recorded(half_paid))
    entry = recorded(half_paid)[PAYMENT_VERSION - 1]
    assert (line.version, line.position, line.day) == (entry.version, entry.position, entry.effective_at.date())
    assert (line.fact, line.about) == ("contract.payment_recorded", "payment")


def test_under_a_contract_that_brings_money_in_the_sides_are_the_other_way_round() -> None:
    sale = (half_paid[0]._replace(fact=replace(DRAFTED, direction=Direction.RECEIVABLE)), *half_paid[1:])
    assert lines(recorded(sale)) == [("bank", "41710.00", "0.00", "p1"), ("receivable", "0.00", "41710.00", "p1")]


def test_an_invoice_is_owed_with_its_tax_and_no_longer_once_it_was_voided() -> None:
    assert lines(recorded(invoiced), len(half_paid)) == [
        ("payable", "0.00", "36911.50", "v1"),
        ("unbilled", "36911.50", "0.00", "v1"),
        ("payable", "0.00", "4798.50", "v1"),
        ("tax", "4798.50", "0.00", "v1"),
    ]
    assert net(invoiced)["payable"] == "0.00"
    assert net(invoice_voided) == {"bank": "-41710.00", "payable": "41710.00", "unbilled": "0.00", "tax": "0.00"}


def test_what_was_accepted_is_performed_at_its_price_and_stands_as_unbilled_until_it_is_invoiced() -> None:
    # Twenty laptops at 3,500.00.
    assert net(delivered) == {"unbilled": "-70000.00", "performance": "70000.00"}
    entries = given(delivered).when(CorrectDelivery(delivery_id="d1", why="x", quantity=Decimal(19)), by=CAROL).granted().entries
    assert lines(entries, len(delivered)) == [
        ("unbilled", "70000.00", "0.00", "d1"),
        ("performance", "0.00", "70000.00", "d1"),
        ("unbilled", "0.00", "66500.00", "d1"),
        ("performance", "66500.00", "0.00", "d1"),
    ]
    gone = given(delivered).when(StrikeOut(version=len(delivered) - 1, why="x"), by=BOB).granted().entries
    assert net(gone) == {"unbilled": "0.00", "performance": "0.00"}


def test_what_has_no_stated_price_is_not_guessed() -> None:
    unplanned = delivered[:-2] + told(replace(delivered[-2].fact, delivery_id="d9"), DeliveryAccepted(delivery_id="d9"))  # type: ignore[type-var]
    assert net(unplanned) == {}


def test_what_is_given_back_held_back_and_credited_is_posted() -> None:
    assert net(refunded)["bank"] == "-41000.00"
    assert (net(retained)["retention"], net(retained)["payable"]) == ("-4171.00", "45881.00")
    assert (net(retention_released)["retention"], net(retention_released)["payable"]) == ("0.00", "41710.00")
    assert net(credited) == {"service_credit": "-1400.00", "payable": "1400.00"}


def test_a_corrected_payment_is_taken_back_and_posted_anew_on_the_day_of_the_correction() -> None:
    put_right = CorrectPayment(payment_id="p1", why="x", amount=cny("41170.00"))
    a_month_later = given(half_paid).now + timedelta(days=30)
    done = given(half_paid).when(put_right, by=CAROL, at=a_month_later).granted()
    assert lines(done.entries)[:2] == lines(recorded(half_paid))
    assert lines(done.entries, PAYMENT_VERSION) == [
        ("bank", "41710.00", "0.00", "p1"),
        ("payable", "0.00", "41710.00", "p1"),
        ("bank", "0.00", "41170.00", "p1"),
        ("payable", "41170.00", "0.00", "p1"),
    ]
    assert {line.day for line in journal(done.entries) if line.version > PAYMENT_VERSION} == {a_month_later.date()}


def test_what_was_taken_back_already_does_not_come_back_with_a_correction() -> None:
    reversed_ = given(half_paid).when(ReversePayment(payment_id="p1", why="x"), by=CAROL)
    assert net(reversed_.granted().entries) == {"bank": "0.00", "payable": "0.00"}
    corrected = reversed_.and_when(CorrectPayment(payment_id="p1", why="x", amount=cny("1.00")), by=CAROL).granted()
    assert lines(corrected.entries) == lines(reversed_.entries)


def test_a_correction_keeps_what_was_refunded_and_a_corrected_invoice_its_new_amount() -> None:
    back = given(refunded).when(CorrectPayment(payment_id="p1", why="x", amount=cny("41711.00")), by=CAROL).granted().entries
    assert net(back)["bank"] == "-41001.00"
    less = replace(INVOICE, amount=cny("41709.00"))
    again = given(invoiced).when(CorrectInvoice(invoice=less, why="x"), by=CAROL).granted().entries
    assert (net(again)["unbilled"], net(again)["payable"]) == ("36910.50", "1.00")


def test_an_amendment_moves_nothing_and_counts_nothing_twice() -> None:
    assert journal(recorded(amended)) == ()
    both = recorded(allocated, amended[len(amended) - 5 :])
    assert net(both) == net(allocated)


def test_sums_go_beyond_what_one_amount_can_be() -> None:
    most = replace(half_paid[-1].fact, amount=Money(MAX_MINOR, "CNY"))  # type: ignore[type-var]
    twice = recorded(half_paid[:-1], Told(most, CAROL), Told(replace(most, payment_id="p2"), CAROL))  # type: ignore[type-var]
    assert net(twice)["payable"] == format(Decimal(2 * MAX_MINOR).scaleb(-2), "f")


@pytest.mark.parametrize("name", HISTORIES)
def test_every_beginning_of_a_named_history_balances_and_agrees_with_its_contract(name: str) -> None:
    entries = recorded(HISTORIES[name])
    for version in range(len(entries) + 1):
        require_balanced(journal(entries[:version]))
        require_agreement(journal(entries[:version]), replay(entries[:version]))
        # What is posted stays posted, whatever comes after.
        assert journal(entries)[: len(journal(entries[:version]))] == journal(entries[:version])


@pytest.mark.parametrize("name", HISTORIES)
def test_at_any_moment_a_named_history_balances_and_agrees_with_its_contract(name: str) -> None:
    entries = recorded(HISTORIES[name])
    for moment in {e.effective_at for e in entries}:
        then = as_of(entries, valid_at=moment)
        require_balanced(journal(then))
        require_agreement(journal(then), replay(then))


@drawn(histories)
@settings(max_examples=60, deadline=None)
def test_every_beginning_of_any_life_balances_and_agrees_with_its_contract(entries: list[Entry]) -> None:
    for version in range(len(entries) + 1):
        whole = journal(entries[:version])
        require_balanced(whole)
        require_agreement(whole, replay(entries[:version]))
