"""The conformed copy: the text as it reads, with the entry behind every word."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from domain.contract import replay
from domain.contract.amendment import AmendmentTookEffect
from domain.contract.conformed import ConformedCopy, Span, conformed, reworded
from domain.contract.content import ClauseAdded, ClauseReworded, ClauseWithdrawn
from domain.contract.history import as_of
from domain.contract.operations import PutClause, RemoveClause
from domain.contract.vocabulary import Clause
from tests.facts import HISTORIES, deviated, drafted
from tests.spec import BOB, CAROL, History, recorded, told

QUALITY = Clause(clause_id="q", heading="质量保证", text="质量保证期为12个月。自验收之日起计算。")
LONGER = Clause(clause_id="q", heading="质量保证", text="质量保证期为24个月。自验收之日起计算。")
NOTICES = Clause(clause_id="n", heading="Notices", text="Notices are sent by fax.")
BY_MAIL = Clause(clause_id="n", heading="Notices", text="Notices are sent by registered mail, not by fax.")

added = drafted + told(ClauseAdded(clause=QUALITY), ClauseAdded(clause=NOTICES), by=BOB)
ADDED = len(added)


def copy_of(history: History) -> ConformedCopy:
    return conformed(recorded(history))


def spans(found: ConformedCopy, clause_id: str) -> list[tuple[str, int]]:
    """The words of a clause's text with the versions that wrote them."""
    (clause,) = [one for one in found.clauses if one.clause_id == clause_id]
    return [(span.text, span.version) for span in clause.text]


def test_words_stay_with_the_entry_that_wrote_them_when_others_of_the_clause_change() -> None:
    found = copy_of(added + told(ClauseReworded(clause=LONGER), ClauseReworded(clause=BY_MAIL), by=CAROL))
    assert spans(found, "q") == [("质量保证期为", ADDED - 1), ("24", ADDED + 1), ("个月。自验收之日起计算。", ADDED - 1)]
    assert spans(found, "n") == [("Notices are sent by ", ADDED), ("registered mail, not by ", ADDED + 2), ("fax.", ADDED)]
    (clause,) = [one for one in found.clauses if one.clause_id == "n"]
    assert (clause.heading, clause.added, clause.changed) == ((Span(text="Notices", version=ADDED),), ADDED, ADDED + 2)
    by = {one.version: (one.fact, one.actor) for one in found.entries}
    assert by[ADDED] == ("contract.clause_added", BOB)
    assert by[ADDED + 2] == ("contract.clause_reworded", CAROL)


def test_an_amendment_is_named_where_it_wrote_and_where_it_struck_out() -> None:
    took_effect = AmendmentTookEffect(amendment_id="a1", operations=(PutClause(clause=LONGER), RemoveClause(clause_id="n")))
    found = copy_of(added + told(took_effect, by=CAROL))
    assert spans(found, "q")[1] == ("24", ADDED + 1)
    assert [(one.clause_id, one.text, one.version) for one in found.struck] == [("n", NOTICES.text, ADDED + 1)]
    (maker,) = [one for one in found.entries if one.version == ADDED + 1]
    assert (maker.amendment_id, maker.actor, maker.position) == ("a1", CAROL, ADDED + 1)


def test_an_approved_deviation_is_named() -> None:
    found = copy_of(deviated)
    (maker,) = [one for one in found.entries if one.version == len(deviated)]
    assert maker.deviations == ("v1",)


def test_what_was_struck_out_and_put_back_is_written_anew() -> None:
    found = copy_of(added + told(ClauseWithdrawn(clause_id="n"), ClauseAdded(clause=NOTICES)))
    assert found.struck == ()
    assert spans(found, "n") == [(NOTICES.text, ADDED + 2)]


def test_what_was_not_known_then_wrote_nothing() -> None:
    entries = recorded(added + told(ClauseReworded(clause=LONGER), by=CAROL))
    before = as_of(entries, known_at=entries[ADDED - 1].recorded_at)
    assert spans(conformed(before), "q") == [(QUALITY.text, ADDED - 1)]


TEXTS = st.text(st.sampled_from("质量保证12 a.。;\n"), max_size=40)


def _follows(part: str, whole: str) -> bool:
    """Whether the characters of one text come in the same order in the other."""
    rest = iter(whole)
    return all(character in rest for character in part)


@drawn(st.lists(TEXTS, min_size=1, max_size=6))
def test_spans_make_the_text_and_nobody_is_given_words_that_he_did_not_write(texts: list[str]) -> None:
    spans_now: tuple[Span, ...] = ()
    for version, text in enumerate(texts, 1):
        before, spans_now = spans_now, reworded(spans_now, text, version)
        assert "".join(span.text for span in spans_now) == text
        assert {span.version for span in spans_now} <= {version, *(span.version for span in before)}
        for span in spans_now:
            assert _follows(span.text, texts[span.version - 1])
        assert all(one.version != other.version for one, other in pairwise(spans_now))


@pytest.mark.parametrize("name", sorted(HISTORIES))
def test_the_copy_reads_as_the_contract_does(name: str) -> None:
    entries = recorded(HISTORIES[name])
    found, contract = conformed(entries), replay(entries)
    read = {one.clause_id: ("".join(s.text for s in one.heading), "".join(s.text for s in one.text)) for one in found.clauses}
    assert read == {name: (clause.heading, clause.text) for name, clause in contract.clauses.items()}
    assert list(read) == list(contract.clauses)
    known = {one.version for one in found.entries}
    assert {span.version for one in found.clauses for span in (*one.heading, *one.text)} <= known


def test_a_text_of_many_like_sentences_is_compared_in_a_moment() -> None:
    text = "甲乙丙丁。" * 20_000
    becomes = f"{text[:50]}戊{text[51:-3]}己"
    found = reworded((Span(text=text, version=1),), becomes, 2)
    assert "".join(span.text for span in found) == becomes
    assert found[0] == Span(text=text[:50], version=1)
