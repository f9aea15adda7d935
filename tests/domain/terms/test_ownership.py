"""Intellectual property: whose a result is, and when papers are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.refusals import Refusal
from domain.terms import ownership, rules
from domain.terms.ownership import IntellectualProperty, Owner, Passes, Right

RIGHT = Right(
    right_id="r1", subject="source code", maker=Owner.COUNTERPARTY, owner=Owner.US, passes=Passes.FULL_PAYMENT, assignment_days=30
)
PAID = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("as_of", "happened_on", "owner", "due", "formula"),
    [
        (PAID, None, Owner.COUNTERPARTY, None, "source code: full payment has not happened by 2026-03-01; owned by counterparty"),
        (
            date(2026, 2, 28),
            PAID,
            Owner.COUNTERPARTY,
            None,
            "source code: full payment has not happened by 2026-02-28; owned by counterparty",
        ),
        (
            PAID,
            PAID,
            Owner.US,
            date(2026, 3, 31),
            "source code: passed with full payment on 2026-03-01; owned by us; assignment due 2026-03-01 + 30 days = 2026-03-31",
        ),
    ],
)
def test_a_right_belongs_to(as_of: date, happened_on: date | None, owner: Owner, due: date | None, formula: str) -> None:
    ownership.check(IntellectualProperty(rights=(RIGHT,)))
    found = ownership.standing(RIGHT, as_of=as_of, happened_on=happened_on)
    assert (found.owner, found.assignment_due, found.formula) == (owner, due, formula)


@pytest.mark.parametrize(
    ("rights", "refusal"),
    [
        ((), rules.NothingListed),
        ((RIGHT, RIGHT), rules.IdRepeats),
        ((replace(RIGHT, subject=""),), rules.TermNeedsText),
        ((replace(RIGHT, assignment_days=-1),), rules.CountOutOfRange),
    ],
)
def test_senseless_rights_are_refused(rights: tuple[Right, ...], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        ownership.check(IntellectualProperty(rights=rights))
