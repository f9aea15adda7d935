"""Visits: what repeats within an hour is noted once, files and refusals each time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.access.visits import (
    AccessDenied,
    AlreadyNoted,
    CommandRefused,
    ListExported,
    RecordVisit,
    SensitiveRead,
    SignedIn,
    SignInRefused,
    VisitFact,
    Visits,
    decide,
    evolve,
)
from domain.facts import Entry, Meta, Occasion
from tests.spec import ALICE, START

META = Meta(actor=ALICE, credential="k1", channel="api")
READ = SensitiveRead(operation="get_contract", subject="contract-c1")
FILE = ListExported(operation="export_contracts", subject="contracts", format="csv", filters=("status",), rows=7)
REFUSED = CommandRefused(stream="contract-c1", command="Approve", refusal="CreatorMayNotApprove", refused_command_id="x", input_hash="0f")
ONCE = (SignedIn(key_id="k1"), SignInRefused(key_id=None), AccessDenied(operation="approve", subject="/contracts/c1/approve"), READ)
HOUR = timedelta(hours=1)


def after(*facts: VisitFact) -> Visits:
    return evolve(Visits(), [Entry(n, "visits-x", n, fact, START, START, str(n), META) for n, fact in enumerate(facts, 1)])


def ask(visits: Visits, what: VisitFact, *, later: timedelta = timedelta()) -> list[object]:
    return list(decide(visits, RecordVisit(what=what), Occasion(actor=ALICE, now=START + later, effective_at=START + later)))


@pytest.mark.parametrize("what", ONCE)
def test_what_repeats_is_noted_once_an_hour(what: VisitFact) -> None:
    assert ask(Visits(), what) == [what]
    with pytest.raises(AlreadyNoted):
        ask(after(what), what)
    assert ask(after(what), what, later=HOUR) == [what]


@pytest.mark.parametrize("what", [FILE, REFUSED])
def test_a_file_and_a_refusal_are_recorded_each_time(what: VisitFact) -> None:
    assert ask(after(what, what), what) == [what]


def test_another_subject_is_noted_beside_the_first() -> None:
    other = SensitiveRead(operation="get_contract", subject="contract-c2")
    assert ask(after(READ), other) == [other]


def test_a_new_hour_forgets_the_last() -> None:
    told = [Entry(n, "visits-x", n, READ, START + n * HOUR, START, str(n), META) for n in (1, 2)]
    seen = evolve(after(*ONCE), [entry._replace(version=len(ONCE) + n) for n, entry in enumerate(told, 1)])
    assert (seen.exists, seen.version, seen.noted) == (True, len(ONCE) + 2, {READ})
