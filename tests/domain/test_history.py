"""A contract at two times: as it stood in the world, and as the ledger knew it then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.contract import evolve, replay
from domain.contract.correction import FactCorrected, Restated
from domain.contract.history import as_of
from domain.contract.payment import PaymentRecorded, PaymentReversed
from domain.contract.state import Contract
from domain.contract.vocabulary import Status
from domain.facts import Entry
from tests.domain.oracle import said, stood
from tests.facts import FIRST_PAYMENT, HISTORIES, PAYMENT_VERSION, RIGHT_PAYMENT, amended, cny, in_force, just_drafted
from tests.spec import CAROL, START, Told, recorded

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)

# A year after signing Carol pays, notes it a week late and wrongly, and puts that right ten days later.
PAID = datetime(2027, 2, 10, tzinfo=UTC)
NOTED = datetime(2027, 2, 17, tzinfo=UTC)
PUT_RIGHT = datetime(2027, 2, 27, tzinfo=UTC)
REALLY_PAID = datetime(2027, 2, 1, tzinfo=UTC)
STORY = recorded(
    in_force,
    Told(FIRST_PAYMENT, CAROL, PAID, NOTED),
    Told(
        FactCorrected(
            corrects=PAYMENT_VERSION,
            was=Restated(FIRST_PAYMENT),
            becomes=Restated(RIGHT_PAYMENT),
            why="金额与日期 / Amount and day",
            effective_at=REALLY_PAID,
        ),
        CAROL,
        PUT_RIGHT,
        PUT_RIGHT,
    ),
)
BEFORE_PAYMENT = cny("0.00")


def paid(valid_at: datetime | None = None, known_at: datetime | None = None) -> object:
    return replay(as_of(STORY, valid_at=valid_at, known_at=known_at)).paid


@pytest.mark.parametrize(
    ("valid_at", "known_at", "amount"),
    [
        # Nobody had paid.
        (REALLY_PAID - TICK, None, BEFORE_PAYMENT),
        # As we know today, from the real day on the right amount was paid.
        (REALLY_PAID, None, RIGHT_PAYMENT.amount),
        (PAID, None, RIGHT_PAYMENT.amount),
        (None, None, RIGHT_PAYMENT.amount),
        # As we knew after the note and before the correction: the wrong amount, from the wrong day on.
        (PAID - TICK, NOTED, BEFORE_PAYMENT),
        (PAID, NOTED, FIRST_PAYMENT.amount),
        (PAID, PUT_RIGHT - TICK, FIRST_PAYMENT.amount),
        (REALLY_PAID, PUT_RIGHT - TICK, BEFORE_PAYMENT),
        # The correction is known from the very moment on at which it was recorded.
        (REALLY_PAID, PUT_RIGHT, RIGHT_PAYMENT.amount),
        # Before the note nothing was known, whatever had happened.
        (None, NOTED - TICK, BEFORE_PAYMENT),
        (END_OF_TIME, NOTED - TICK, BEFORE_PAYMENT),
    ],
)
def test_what_was_paid_at_one_time_as_known_at_another(valid_at: datetime | None, known_at: datetime | None, amount: object) -> None:
    assert paid(valid_at, known_at) == amount


def test_before_it_was_drafted_there_was_no_contract_whatever_was_dated_earlier() -> None:
    long_ago = START - 1000 * DAY
    story = recorded(just_drafted, Told(PaymentRecorded(payment_id="p0", amount=cny("1.00")), CAROL, long_ago))
    assert as_of(story, valid_at=START - TICK) == []
    assert not replay(as_of(story, valid_at=long_ago)).exists
    assert replay(as_of(story, valid_at=START)).paid == cny("1.00")


def test_before_anything_was_known_there_is_nothing() -> None:
    assert as_of(STORY, known_at=START - TICK) == []
    assert as_of([], valid_at=END_OF_TIME, known_at=END_OF_TIME) == []


def test_a_struck_out_payment_never_happened_once_that_is_known_and_did_before() -> None:
    struck = recorded(
        in_force,
        Told(FIRST_PAYMENT, CAROL, PAID, NOTED),
        Told(FactCorrected(corrects=PAYMENT_VERSION, was=Restated(FIRST_PAYMENT), becomes=None, why="x"), CAROL, PUT_RIGHT, PUT_RIGHT),
    )
    assert replay(as_of(struck, valid_at=PAID)).payments == {}
    assert replay(as_of(struck, valid_at=PAID, known_at=NOTED)).paid == FIRST_PAYMENT.amount


def test_a_reversal_dated_before_its_payment_waits_for_it() -> None:
    story = recorded(
        in_force,
        Told(FIRST_PAYMENT, CAROL, PAID, PAID),
        Told(PaymentReversed(payment_id="p1", amount=FIRST_PAYMENT.amount, why="x"), CAROL, PAID - DAY, NOTED),
    )
    assert replay(as_of(story, valid_at=PAID - TICK)).payments == {}
    assert replay(as_of(story, valid_at=PAID)).payments["p1"].reversed


def test_an_amendment_acts_from_the_day_on_for_which_it_was_agreed() -> None:
    later = START + 100 * DAY
    story = recorded(amended[:-1], amended[-1]._replace(effective_at=later))
    assert replay(as_of(story, valid_at=later - TICK)).value == cny("83420.00")
    assert replay(as_of(story, valid_at=later)).value == cny("100920.00")


def test_at_the_same_moment_what_was_recorded_last_has_the_last_word() -> None:
    corrected_twice = [
        *STORY,
        *recorded(
            Told(
                FactCorrected(corrects=PAYMENT_VERSION, was=Restated(RIGHT_PAYMENT), becomes=Restated(FIRST_PAYMENT), why="x"),
                CAROL,
                PUT_RIGHT,
                PUT_RIGHT + DAY,
            ),
            after=STORY,
        )[len(STORY) :],
    ]
    contract = replay(as_of(corrected_twice, valid_at=REALLY_PAID))
    assert contract.paid == FIRST_PAYMENT.amount
    assert contract.payments["p1"].paid_at == REALLY_PAID


@pytest.mark.parametrize("name", HISTORIES)
def test_at_the_end_of_time_everything_known_has_happened(name: str) -> None:
    entries = recorded(HISTORIES[name])
    assert replay(as_of(entries, valid_at=END_OF_TIME, known_at=END_OF_TIME)) == replay(entries)
    assert as_of(entries) == entries


@pytest.mark.parametrize("name", HISTORIES)
def test_at_every_two_times_a_contract_stands_as_the_oracle_says(name: str) -> None:
    entries = recorded(HISTORIES[name])
    moments = {moment + by for e in entries for moment in (e.effective_at, e.recorded_at) for by in (-TICK, timedelta())}
    for valid_at in moments:
        for known_at in moments:
            assert said(replay(as_of(entries, valid_at=valid_at, known_at=known_at))) == said(stood(entries, valid_at, known_at))


@pytest.mark.parametrize("name", HISTORIES)
def test_folding_entry_by_entry_equals_replay_and_leaves_earlier_states_alone(name: str) -> None:
    entries = recorded(HISTORIES[name])
    states = [Contract()]
    for entry in entries:
        states.append(evolve(states[-1], [entry]))
    assert states[-1] == replay(entries)
    assert states == [replay(entries[:n]) for n in range(len(entries) + 1)]


def test_a_state_that_was_handed_out_does_not_change_when_more_is_folded() -> None:
    entries: list[Entry] = recorded(in_force)
    contract = replay(entries)
    evolve(contract, recorded(Told(FIRST_PAYMENT, CAROL), after=entries)[len(entries) :])
    assert (contract.version, contract.payments, contract.status) == (len(entries), {}, Status.IN_FORCE)
