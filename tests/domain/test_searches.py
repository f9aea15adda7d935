"""Saved searches: a name stands for one search of one person until it is removed."""

from __future__ import annotations

import pytest

from domain.contract.vocabulary import Status
from domain.facts import Entry, Fact, Meta, Occasion
from domain.refusals import Refusal
from domain.searches import (
    MOST_SEARCHES,
    ContractSearch,
    NoSuchSearch,
    RemoveSearch,
    SavedSearch,
    SaveSearch,
    Searches,
    SearchesCommand,
    SearchNameNotPossible,
    SearchRemoved,
    SearchSaved,
    TooManySearches,
    decide,
    fold,
)
from tests.spec import ALICE, START

NOW = Occasion(actor=ALICE, now=START, effective_at=START)
IN_FORCE = ContractSearch(status=(Status.IN_FORCE,), sort="value", descending=True)
DRAFTS = ContractSearch(status=(Status.DRAFT,))
SAVED = SearchSaved(name="大额", search=IN_FORCE, shared=False)


def folded(*facts: Fact) -> Searches:
    state = Searches()
    for n, fact in enumerate(facts, 1):
        fold(state, Entry(n, "searches-1", n, fact, START, START, f"c{n}", Meta(actor=ALICE, credential="k", channel="api")))
    return state


def test_a_search_is_saved_replaced_and_removed() -> None:
    command = SaveSearch(name="大额", saved=SavedSearch(search=IN_FORCE))
    assert decide(Searches(), command, NOW) == (SAVED,)
    replaced = SearchSaved(name="大额", search=DRAFTS, shared=True)
    assert folded(SAVED, replaced).named("大额", shared_only=True) == DRAFTS
    assert decide(folded(SAVED), RemoveSearch(name="大额"), NOW) == (SearchRemoved(name="大额"),)
    assert folded(SAVED, SearchRemoved(name="大额")).saved == {}


def test_what_is_not_shared_is_not_there_for_others() -> None:
    with pytest.raises(NoSuchSearch):
        folded(SAVED).named("大额", shared_only=True)


@pytest.mark.parametrize(
    ("state", "command", "refusal"),
    [
        (Searches(), SaveSearch(name=" ", saved=SavedSearch(search=DRAFTS)), SearchNameNotPossible),
        (Searches(), SaveSearch(name="a/b", saved=SavedSearch(search=DRAFTS)), SearchNameNotPossible),
        (Searches(), SaveSearch(name=" a", saved=SavedSearch(search=DRAFTS)), SearchNameNotPossible),
        (Searches(), SaveSearch(name="x" * 101, saved=SavedSearch(search=DRAFTS)), SearchNameNotPossible),
        (Searches(), RemoveSearch(name="a"), NoSuchSearch),
        (
            folded(*(SearchSaved(name=f"s{n}", search=DRAFTS, shared=False) for n in range(MOST_SEARCHES))),
            SaveSearch(name="one more", saved=SavedSearch(search=DRAFTS)),
            TooManySearches,
        ),
    ],
)
def test_what_cannot_be_is_refused(state: Searches, command: SearchesCommand, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        decide(state, command, NOW)
