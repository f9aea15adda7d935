"""Data return: what is due when after the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.refusals import Refusal
from domain.terms import data_return, rules
from domain.terms.calendar import DayUnit, ListedDays
from domain.terms.data_return import Action, DataReturn, Duty, Side

ENDED = date(2026, 3, 6)
EXPORT = Duty(duty_id="e", action=Action.EXPORT, subject="customer records", owed_by=Side.COUNTERPARTY, days=5, unit=DayUnit.WORKING)
DELETE = Duty(duty_id="d", action=Action.DELETE, subject="backups", owed_by=Side.COUNTERPARTY, days=30)
TERM = DataReturn(owner="us", duties=(DELETE, EXPORT))


def test_duties_fall_due_in_order_and_are_overdue_the_day_after() -> None:
    data_return.check(TERM)
    found = data_return.duties(TERM, ended_on=ENDED, as_of=date(2026, 3, 14), done={}, calendar=ListedDays(name="office"))
    assert [(duty.duty.duty_id, duty.due, duty.overdue, duty.days_left) for duty in found] == [
        ("e", date(2026, 3, 13), True, 0),
        ("d", date(2026, 4, 5), False, 22),
    ]
    assert found[0].formula == "2026-03-06 + 5 working days (office) = 2026-03-13; not done by 2026-03-14, late"


@pytest.mark.parametrize(
    ("done_on", "as_of", "known", "overdue"),
    [
        (date(2026, 4, 5), date(2026, 5, 1), True, False),
        (date(2026, 4, 6), date(2026, 5, 1), True, True),
        (date(2026, 4, 6), date(2026, 4, 5), False, False),
    ],
)
def test_a_duty_is_done_in_time_or_late_or_not_yet(done_on: date, as_of: date, *, known: bool, overdue: bool) -> None:
    found = data_return.duties(replace(TERM, duties=(DELETE,)), ended_on=ENDED, as_of=as_of, done={"d": done_on})[0]
    assert (found.done_on is not None, found.overdue, found.days_left is None) == (known, overdue, known)


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (replace(TERM, owner=" "), rules.TermNeedsText),
        (replace(TERM, duties=()), rules.NothingListed),
        (replace(TERM, duties=(DELETE, DELETE)), rules.IdRepeats),
        (replace(TERM, duties=(replace(DELETE, subject=""),)), rules.TermNeedsText),
        (replace(TERM, duties=(replace(DELETE, days=-1),)), rules.CountOutOfRange),
    ],
)
def test_senseless_duties_are_refused(term: DataReturn, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        data_return.check(term)
