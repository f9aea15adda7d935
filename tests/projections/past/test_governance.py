"""What waited, ended and was in one hand is listed as the domain's fold says that it stood, at any two moments, whatever the history."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.facts import Entry
from infra.ledger import CONTRACT
from infra.opening import Opened
from projections import several
from projections.check import check_view
from projections.governance import (
    GOVERNANCE,
    ConflictQuery,
    Conflicts,
    DeviationQuery,
    Deviations,
    Inbox,
    InboxQuery,
    RenewalQuery,
    Renewals,
    TemplateUseQuery,
    TemplateUses,
)
from projections.governance.about import ContractFilter, OfContract
from projections.governance.table import EXPECTS
from projections.paging import BadQuery
from projections.past import Moments
from projections.past.expected import Stood, Together
from projections.rebuild import rebuild
from projections.rows import every_entry
from projections.runner import catch_up
from tests.domain.lives import lives
from tests.facts import HISTORIES
from tests.projections.histories import interleaved, put
from tests.projections.ledgers import content, new_ledger, tamper
from tests.projections.past.test_fulfilment import Course, Told
from tests.projections.past.test_histories import LARGE, follow, misdated, put_together
from tests.spec import START, recorded


def listed(opened: Opened, at: Moments) -> Told:
    """What the lists tell of all rows as of two moments, by their tables and keys."""
    which = ContractFilter(moments=at)
    listing: tuple[tuple[str, tuple[OfContract, ...]], ...] = (
        ("decisions", Inbox(opened).find(InboxQuery(which=which, limit=1_000)).rows),
        ("renewals", Renewals(opened).find(RenewalQuery(which=which, limit=1_000)).rows),
        ("conflicts", Conflicts(opened).find(ConflictQuery(which=which, limit=1_000)).rows),
        ("template_uses", TemplateUses(opened).find(TemplateUseQuery(which=which, limit=1_000)).rows),
        ("deviations", Deviations(opened).find(DeviationQuery(which=which, limit=1_000)).rows),
    )
    return {f"{table} {row.row_key}": {f.name: getattr(row, f.name) for f in fields(row)} for table, found in listing for row in found}


def oracle(opened: Opened, key: str) -> Stood:
    """The slow fold of a contract."""
    return Stood(CONTRACT.prefix, key, opened.store.stream_entries(f"contract-{key}"), partial(Together, EXPECTS), every_entry)


@pytest.mark.campaign
@pytest.mark.parametrize("cached", [1, 4_096])
@settings(
    max_examples=200 if LARGE else 4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(lives(), min_size=1, max_size=2),
    st.builds(Course, seed=st.integers(0, 2**32), share=st.sampled_from((0.0, 0.1, 0.5)), page=st.integers(1, 30)),
)
def test_at_any_two_moments_every_list_is_what_the_fold_of_what_was_known_then_says(
    postgres: str, cached: int, stories: list[list[Entry]], course: Course
) -> None:
    seed = course.seed
    entries: Sequence[Entry] = list(misdated(interleaved(stories, seed), seed, course.share))
    with pytest.MonkeyPatch.context() as patched, new_ledger(postgres) as opened:
        patched.setattr(several, "CACHED_STREAMS", cached)
        for part in (entries[: len(entries) // 2], entries[len(entries) // 2 :]):
            put_together(opened, part, seed)
            follow(opened, course.page, GOVERNANCE)
        checked = check_view(opened, GOVERNANCE)
        assert checked.first is None, checked.first
        stood = [oracle(opened, str(n)) for n in range(len(stories))]
        points = [point for one in stood for point in one.points()]
        for at in random.Random(seed).sample(points, min(len(points), 6)):
            assert listed(opened, at) == {name: row for one in stood for name, row in (one.at(at) or {}).items()}, at
        live = content(opened, GOVERNANCE)
        rebuild(opened, GOVERNANCE)
        assert content(opened, GOVERNANCE) == live


@pytest.mark.parametrize("name", sorted(HISTORIES))
def test_each_named_history_stood_as_its_fold_says(postgres: str, name: str) -> None:
    with new_ledger(postgres) as opened:
        put(opened, recorded(HISTORIES[name]))
        catch_up(opened, GOVERNANCE)
        checked = check_view(opened, GOVERNANCE)
        assert checked.first is None, checked.first
        stood = oracle(opened, "1")
        for at in list(stood.points())[:: max(1, len(list(stood.points())) // 5)]:
            assert listed(opened, at) == (stood.at(at) or {}), at


def test_what_waited_then_waits_no_longer(opened: Opened) -> None:
    put(opened, recorded(HISTORIES["amended"]))
    catch_up(opened, GOVERNANCE)
    entries = opened.store.stream_entries("contract-1")
    submitted = next(e for e in entries if e.fact.NAME == "contract.submitted_for_approval")
    then = ContractFilter(moments=Moments(submitted.effective_at, None))
    waited = Inbox(opened).find(InboxQuery(which=then)).rows
    assert waited
    assert {row.submitted_by for row in waited} == {submitted.meta.actor}
    assert Inbox(opened).count(InboxQuery(which=then)) == len(waited)
    earlier = ContractFilter(moments=Moments(START - timedelta(days=1), None))
    assert not Inbox(opened).find(InboxQuery(which=earlier)).rows
    now = {row.row_key for row in Inbox(opened).find(InboxQuery()).rows}
    assert now.isdisjoint(row.row_key for row in waited)


def test_a_cursor_is_of_its_moments(opened: Opened) -> None:
    for n, name in enumerate(("renewed", "amended"), 1):
        put(opened, [e._replace(stream=f"contract-{n}") for e in recorded(HISTORIES[name])])
    catch_up(opened, GOVERNANCE)
    query = RenewalQuery(which=ContractFilter(moments=Moments(known_at=datetime(2100, 1, 1, tzinfo=UTC))))
    view = Renewals(opened)
    everything = view.find(query).rows
    cursor = view.find(replace(query, limit=1)).next_cursor
    assert len(everything) > 1
    assert cursor is not None
    assert view.find(replace(query, limit=1, cursor=cursor)).rows == everything[1:2]
    with pytest.raises(BadQuery):
        view.find(RenewalQuery(cursor=cursor))


def test_a_row_of_the_past_that_was_tampered_with_is_found(opened: Opened) -> None:
    put(opened, recorded(HISTORIES["amended"]))
    catch_up(opened, GOVERNANCE)
    checked = check_view(opened, GOVERNANCE)
    assert checked.matches
    assert checked.past > checked.rows
    tamper(opened, "UPDATE {views}.decisions_past SET steps = steps + 1")
    assert {one.what for one in check_view(opened, GOVERNANCE).differences} == {"differs"}
