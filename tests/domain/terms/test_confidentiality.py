"""Confidentiality: how long it binds."""

from __future__ import annotations

from datetime import date

import pytest

from domain.refusals import Refusal
from domain.terms import confidentiality, rules
from domain.terms.confidentiality import ConfidentialityDuty

COVERS = ("prices", "drawings")
THREE_YEARS = ConfidentialityDuty(covers=COVERS, months_after_end=36)
FIXED = ConfidentialityDuty(covers=COVERS, until=date(2030, 6, 30))
FOREVER = ConfidentialityDuty(covers=COVERS)
ENDED = date(2024, 2, 29)


@pytest.mark.parametrize(
    ("term", "ended_on", "as_of", "binding", "until"),
    [
        (THREE_YEARS, None, date(2099, 1, 1), True, None),
        (THREE_YEARS, ENDED, date(2027, 2, 28), True, date(2027, 2, 28)),
        (THREE_YEARS, ENDED, date(2027, 3, 1), False, date(2027, 2, 28)),
        (FIXED, ENDED, date(2030, 6, 30), True, date(2030, 6, 30)),
        (FIXED, ENDED, date(2030, 7, 1), False, date(2030, 6, 30)),
        (FIXED, date(2031, 1, 1), date(2030, 12, 1), True, date(2031, 1, 1)),
        (FIXED, None, date(2031, 1, 1), True, date(2030, 6, 30)),
        (FOREVER, ENDED, date(9000, 1, 1), True, None),
        (ConfidentialityDuty(covers=COVERS, months_after_end=0), ENDED, ENDED, True, ENDED),
    ],
)
def test_it_binds(term: ConfidentialityDuty, ended_on: date | None, as_of: date, *, binding: bool, until: date | None) -> None:
    confidentiality.check(term)
    found = confidentiality.standing(term, as_of=as_of, ended_on=ended_on)
    assert (found.binding, found.binds_until) == (binding, until)


def test_the_standing_says_how_it_was_counted() -> None:
    found = confidentiality.standing(THREE_YEARS, as_of=date(2027, 3, 1), ended_on=ENDED)
    assert found.formula == "binds until 2024-02-29 + 36 months = 2027-02-28; as of 2027-03-01 it no longer binds"


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (ConfidentialityDuty(covers=()), rules.NothingListed),
        (ConfidentialityDuty(covers=(" ",)), rules.TermNeedsText),
        (ConfidentialityDuty(covers=COVERS, months_after_end=-1), rules.CountOutOfRange),
        (ConfidentialityDuty(covers=COVERS, months_after_end=1, until=date(2030, 1, 1)), confidentiality.TwoEnds),
    ],
)
def test_senseless_duties_are_refused(term: ConfidentialityDuty, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        confidentiality.check(term)
