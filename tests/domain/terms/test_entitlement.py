"""Entitlements: how much is left, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.refusals import Refusal
from domain.terms import entitlement, rules
from domain.terms.entitlement import Benefit, Entitlement, Entitlements

TRAINING = Entitlement(entitlement_id="t", benefit=Benefit.TRAINING, quantity=Decimal("5.5"), unit="days", months=12)
UPDATES = Entitlement(entitlement_id="u", benefit=Benefit.UPDATES)
STARTED = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("one", "as_of", "used", "left", "usable"),
    [
        (TRAINING, STARTED, "0", "5.5", True),
        (TRAINING, date(2025, 2, 28), "5.25", "0.25", True),
        (TRAINING, date(2025, 3, 1), "0", "5.5", False),
        (TRAINING, date(2024, 6, 1), "5.5", "0", False),
        (TRAINING, date(2024, 6, 1), "7", "-1.5", False),
        (TRAINING, date(2024, 2, 28), "0", "5.5", False),
        (UPDATES, date(2099, 1, 1), "40", None, True),
    ],
)
def test_of_an_entitlement_is_left(one: Entitlement, as_of: date, used: str, left: str | None, *, usable: bool) -> None:
    entitlement.check(Entitlements(entitlements=(one,)))
    found = entitlement.standing(one, as_of=as_of, started_on=STARTED, used=Decimal(used))
    assert (found.left, found.usable) == (left, usable)


def test_the_standing_says_how_it_was_counted() -> None:
    found = entitlement.standing(TRAINING, as_of=STARTED, started_on=STARTED, used=Decimal(2))
    assert found.formula == "training: 5.5 days − 2 days used = 3.5 days; until 2024-02-29 + 12 months = 2025-02-28; usable on 2024-02-29"
    assert "not started by 2024-02-29" in entitlement.standing(TRAINING, as_of=STARTED, started_on=None).formula


@pytest.mark.parametrize(
    ("ones", "refusal"),
    [
        ((), rules.NothingListed),
        ((TRAINING, TRAINING), rules.IdRepeats),
        ((replace(TRAINING, unit=" "),), entitlement.UnitMissing),
        ((replace(TRAINING, quantity=Decimal(-1)),), rules.AmountOutOfRange),
        ((replace(TRAINING, months=0),), rules.CountOutOfRange),
    ],
)
def test_senseless_entitlements_are_refused(ones: tuple[Entitlement, ...], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        entitlement.check(Entitlements(entitlements=ones))
