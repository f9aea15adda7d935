"""Lives of contracts that chance goes on with from any of the named histories, by whatever commands are granted."""

from __future__ import annotations

from hypothesis import strategies as st

from domain.contract import decide, evolve
from domain.facts import Dated, Entry, Occasion
from domain.refusals import Refusal
from tests.domain.commanding import HOUR, commands, moments
from tests.facts import HISTORIES
from tests.spec import ALICE, BOB, CAROL, Told, given, recorded


@st.composite
def lives(draw: st.DrawFn) -> list[Entry]:
    """The entries of one life."""
    begun = given(HISTORIES[draw(st.sampled_from(sorted(HISTORIES)))])
    entries, contract, now = begun.entries, begun.contract, begun.now
    for _ in range(draw(st.integers(0, 12))):
        now += HOUR
        by = draw(st.sampled_from([ALICE, BOB, CAROL]))
        moment = draw(moments(now))
        try:
            decided = decide(contract, draw(commands(contract, now)), Occasion(actor=by, now=now, effective_at=moment))
        except Refusal:
            continue
        dated = [one if isinstance(one, Dated) else Dated(one, moment) for one in decided]
        before = len(entries)
        entries = recorded(*(Told(one.fact, by, one.effective_at, now) for one in dated), after=entries)
        contract = evolve(contract, entries[before:])
    return entries
