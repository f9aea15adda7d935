"""Licence scope: what of a use goes beyond it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.refusals import Refusal
from domain.terms import licence, rules
from domain.terms.licence import LicenceScope, Use

SCOPE = LicenceScope(
    subject="Ledger 3", start=date(2026, 1, 1), end=date(2026, 12, 31), users=50, territories=("CN", "HK"), purposes=("production",)
)
USE = Use(on=date(2026, 6, 1), users=50, territory="HK", purpose="production")


@pytest.mark.parametrize(
    ("use", "exceeded"),
    [
        (USE, ()),
        (replace(USE, on=date(2026, 12, 31)), ()),
        (replace(USE, on=date(2027, 1, 1)), ("it ended on 2026-12-31",)),
        (replace(USE, on=date(2025, 12, 31)), ("it starts on 2026-01-01",)),
        (replace(USE, users=63), ("63 users − 50 licensed = 13 too many",)),
        (replace(USE, territory="US", purpose="resale"), ("US is not among CN, HK", "resale is not among production")),
    ],
)
def test_a_use_goes_beyond(use: Use, exceeded: tuple[str, ...]) -> None:
    licence.check(SCOPE)
    found = licence.judge(SCOPE, use)
    assert (found.exceeded, found.within) == (exceeded, not exceeded)


def test_what_is_not_named_is_not_limited() -> None:
    free = LicenceScope(subject="Ledger 3", start=date(2026, 1, 1))
    licence.check(free)
    assert licence.judge(free, replace(USE, users=10**6, territory="BR", purpose="resale", on=date(9999, 1, 1))).within


@pytest.mark.parametrize(
    ("term", "refusal"),
    [
        (replace(SCOPE, subject=" "), rules.TermNeedsText),
        (replace(SCOPE, users=0), rules.CountOutOfRange),
        (replace(SCOPE, end=date(2025, 1, 1)), rules.PeriodRunsBackwards),
        (replace(SCOPE, territories=("CN", "CN")), rules.IdRepeats),
        (replace(SCOPE, purposes=("",)), rules.TermNeedsText),
    ],
)
def test_senseless_licences_are_refused(term: LicenceScope, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        licence.check(term)
