"""The views say what the log says, whatever the history."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import domain.contract
from domain.contract.correction import FactCorrected, Restated
from domain.contract.drafting import TitleChanged, ValueChanged
from domain.contract.payment import PaymentRecorded, PaymentReversed
from domain.facts import Entry, Fact
from domain.money import Money
from infra.opening import Opened
from projections.check import check
from projections.columns import shown
from projections.known import ALL_VIEWS
from projections.log import Log
from projections.projector import Projector
from projections.rebuild import rebuild
from projections.register import Register
from projections.register.columns import COLUMNS
from projections.register.folding import concerns_payments, fold
from projections.register.line import Line
from projections.register.table import RegisterTold
from tests.facts import DRAFTED, cny, half_paid, reversed_payment
from tests.projections.histories import TITLES, histories, interleaved, put
from tests.projections.ledgers import caught_up, contents, new_ledger
from tests.spec import History, recorded, told

LARGE = os.environ.get("TALLY_CAMPAIGN_SIZE") == "large"
FIRST_PAYMENT_VERSION = len(half_paid)


def corrects(amount: str | None) -> FactCorrected:
    """The first payment was of another amount, or never was."""
    was = PaymentRecorded(payment_id="p1", amount=cny("41710.00"))
    becomes = None if amount is None else Restated(PaymentRecorded(payment_id="p1", amount=cny(amount)))
    return FactCorrected(corrects=FIRST_PAYMENT_VERSION, was=Restated(was), becomes=becomes, why="typed wrong")


def pays(payment_id: str, currency: str) -> PaymentRecorded:
    """Money that moved."""
    return PaymentRecorded(payment_id=payment_id, amount=Money(700, currency))


def takes_back(payment_id: str, currency: str) -> PaymentReversed:
    """The same, taken back."""
    return PaymentReversed(payment_id=payment_id, amount=Money(700, currency), why="bounced")


PLAIN = [c for c in COLUMNS if c != "counterparties"]


@pytest.mark.campaign
@settings(max_examples=10_000 if LARGE else 75, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories)
def test_a_line_of_the_register_says_after_each_entry_what_the_contract_folds_into(entries: list[Entry]) -> None:
    require_agreement(entries)


@pytest.mark.parametrize(
    "facts",
    [
        (DRAFTED, pays("p1", "CNY"), ValueChanged(value=Money(1, "USD"))),
        (DRAFTED, pays("p1", "CNY"), pays("p2", "USD"), ValueChanged(value=None), ValueChanged(value=Money(1, "USD"))),
        (DRAFTED, pays("p1", "USD"), ValueChanged(value=None), pays("p2", "CNY"), takes_back("p1", "USD")),
        (replace(DRAFTED, value=None), pays("p1", "USD"), pays("p2", "CNY"), takes_back("p1", "USD"), DRAFTED),
    ],
)
def test_currencies_that_no_command_would_mix_are_told_apart_all_the_same(facts: tuple[Fact, ...]) -> None:
    require_agreement(recorded(*facts))


def require_agreement(entries: list[Entry]) -> None:
    """The line and the folded contract say the same after each entry."""
    line, told = Line("1"), RegisterTold("1")
    for n, entry in enumerate(entries, 1):
        fold(line, entry)
        if isinstance(entry.fact, FactCorrected) and concerns_payments(entry.fact):
            line.settle(domain.contract.replay(entries[:n]))
        told.fold(entry)
        values = {c: getattr(line, c) for c in PLAIN} | {"tags": list(line.tags)}
        assert {c: shown(v) if isinstance(v, str) else v for c, v in values.items()} == {c: told.row()[c] for c in PLAIN}


@pytest.mark.campaign
@settings(
    max_examples=500 if LARGE else 5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(histories, min_size=2, max_size=5), st.integers(0, 2**32), st.integers(1, 12))
def test_live_views_rebuilt_views_and_the_log_agree_byte_for_byte(postgres: str, stories: list[list[Entry]], seed: int, page: int) -> None:
    entries = interleaved(stories, seed)
    with new_ledger(postgres) as opened:
        for part in (entries[: len(entries) // 2], entries[len(entries) // 2 :]):
            put(opened, part)
            # A new projector for the second part: what it needs of the first it has to read back.
            for view in ALL_VIEWS:
                projector = Projector(opened, view, Log(opened.store, page=page))
                while projector.position < opened.store.head():
                    projector.advance()
        live = contents(opened)
        assert [c.first for c in check(opened)] == [None] * len(ALL_VIEWS)
        for view in ALL_VIEWS:
            rebuild(opened, view)
        assert contents(opened) == live


@pytest.mark.parametrize(
    ("history", "paid_minor"),
    [
        (half_paid, 4_171_000),
        (reversed_payment, 0),
        (reversed_payment + told(corrects("41000.00")), 0),
        (reversed_payment + told(corrects(None)), 0),
        (half_paid + told(corrects("41000.00")), 4_100_000),
        (half_paid + told(corrects("41000.00"), PaymentReversed(payment_id="p1", amount=cny("41000.00"), why="bounced")), 0),
        (half_paid + told(corrects(None), PaymentRecorded(payment_id="p1", amount=cny("7.00"))), 700),
    ],
    ids=[
        "paid",
        "reversed",
        "reversed, then corrected",
        "reversed, then struck out",
        "corrected",
        "corrected, then reversed",
        "struck out, then paid",
    ],
)
def test_a_payment_counts_once_however_it_was_reversed_and_corrected(opened: Opened, history: History, paid_minor: int) -> None:
    entries = recorded(history)
    for part in (entries[:-1], entries[-1:]):
        put(opened, part)
        caught_up(opened)
    (found,) = Register(opened).resolve("1")
    assert found.paid_minor == paid_minor
    assert check(opened)[0].first is None


def test_characters_that_no_column_can_hold_are_shown_as_such(opened: Opened) -> None:
    put(opened, recorded(told(TitleChanged(title=TITLES[2]))))
    caught_up(opened)
    (found,) = Register(opened).resolve("1")
    assert found.title == "50 % \\ _ \ufffd\ufffd'\""
