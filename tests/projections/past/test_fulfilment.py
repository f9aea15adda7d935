"""What is owed, delivered and accrued is listed as the domain's fold says that it stood, at any two moments, whatever the history."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.facts import Entry
from infra.ledger import CONTRACT
from infra.opening import Opened
from projections import several
from projections.check import check_view
from projections.fulfilment import FULFILMENT, AgeingQuery, ReceivableQuery, Receivables
from projections.fulfilment.ageing import ageing
from projections.fulfilment.contract import OfContract
from projections.fulfilment.deliveries import Deliveries, DeliveryFilter, DeliveryQuery, Stage
from projections.fulfilment.exposure import ExposureFilter, ExposureQuery, exposure
from projections.fulfilment.forecast import ForecastQuery, forecast
from projections.fulfilment.obligations import ObligationFilter, ObligationQuery, Obligations, Stands
from projections.fulfilment.penalties import ChargeFilter, ChargeQuery, Penalties
from projections.fulfilment.receivables import ClaimFilter, Standing
from projections.fulfilment.table import EXPECTS
from projections.paging import BadQuery, rows
from projections.past import Moments
from projections.past.expected import Stood, Together
from projections.rebuild import rebuild
from projections.rows import every_entry
from tests.domain.lives import lives
from tests.facts import half_paid, in_force
from tests.projections.histories import interleaved
from tests.projections.ledgers import content, new_ledger, tamper
from tests.projections.past.test_histories import LARGE, follow, misdated, put_together
from tests.projections.test_fulfilment import DAY, contract, owing, tell
from tests.spec import START

Told = dict[str, dict[str, object]]


class Course(NamedTuple):
    """How stories become a log: in which order, how many entries took place at another moment, and how many are read at once."""

    seed: int
    share: float
    page: int


def listed(opened: Opened, at: Moments) -> Told:
    """What the lists tell of all rows as of two moments, by their tables and keys."""
    claims, charges = ClaimFilter(moments=at), ChargeFilter(moments=at)
    dues, plans = ObligationFilter(moments=at), DeliveryFilter(moments=at)
    listing: tuple[tuple[str, tuple[OfContract, ...]], ...] = (
        ("receivables", Receivables(opened).find(ReceivableQuery(on=DAY, which=claims, standing=Standing.ALL, limit=1_000)).rows),
        ("deliveries", Deliveries(opened).find(DeliveryQuery(on=DAY, which=plans, stage=Stage.ALL, limit=1_000)).rows),
        ("charges", Penalties(opened).find(ChargeQuery(which=charges, limit=1_000)).rows),
        ("obligations", Obligations(opened).find(ObligationQuery(on=DAY, which=dues, stands=Stands.ALL, limit=1_000)).rows),
    )
    return {f"{table} {row.row_key}": {f.name: getattr(row, f.name) for f in fields(row)} for table, found in listing for row in found}


def oracles(opened: Opened, count: int) -> list[Stood]:
    """The slow fold of each contract."""
    return [
        Stood(CONTRACT.prefix, str(n), opened.store.stream_entries(f"contract-{n}"), partial(Together, EXPECTS), every_entry)
        for n in range(count)
    ]


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
            follow(opened, course.page, FULFILMENT)
        checked = check_view(opened, FULFILMENT)
        assert checked.first is None, checked.first
        stood = oracles(opened, len(stories))
        points = [point for one in stood for point in one.points()]
        for at in random.Random(seed).sample(points, min(len(points), 6)):
            said = {name: row for one in stood for name, row in (one.at(at) or {}).items() if not name.startswith("sides ")}
            assert listed(opened, at) == said, at
        live = content(opened, FULFILMENT)
        rebuild(opened, FULFILMENT)
        assert content(opened, FULFILMENT) == live


def test_a_report_of_a_past_moment_says_what_it_said_then(opened: Opened) -> None:
    tell(opened, paid=half_paid)
    put_at = opened.store.stream_entries("contract-paid")
    before = Moments(put_at[-1].effective_at - timedelta(seconds=1), put_at[-2].recorded_at)
    claims, now = ClaimFilter(moments=before), ClaimFilter()

    def owed(which: ClaimFilter) -> dict[str, int]:
        return {one.subject: one.open_minor for one in Receivables(opened).find(ReceivableQuery(on=DAY, which=which)).rows}

    assert owed(claims) == {"i1": 4_171_000, "i2": 4_171_000}
    assert owed(now) == {"i2": 4_171_000}
    assert Receivables(opened).count(ReceivableQuery(on=DAY, which=claims)) == 2
    assert [one.overdue_minor for one in ageing(opened, AgeingQuery(on=DAY, which=claims)).rows] == [8_342_000]
    assert [one.outflow_minor for one in forecast(opened, ForecastQuery(on=DAY, which=claims)).rows] == [8_342_000]
    then = ExposureFilter(moments=before)
    assert [(one.payable_minor, one.committed_minor) for one in exposure(opened, ExposureQuery(on=DAY, which=then)).rows] == [
        (8_342_000, 8_342_000)
    ]
    assert [one.payable_minor for one in exposure(opened, ExposureQuery(on=DAY)).rows] == [4_171_000]


def test_before_a_contract_was_in_force_nothing_was_owed_or_to_be_delivered(opened: Opened) -> None:
    tell(opened, paid=half_paid)
    version = len(in_force)
    signed = opened.store.stream_entries("contract-paid")[version - 1]
    earlier = signed.effective_at - timedelta(seconds=1)
    assert listed(opened, Moments(earlier, None)) == listed(opened, Moments(None, START - timedelta(days=1))) == {}
    assert not exposure(opened, ExposureQuery(on=DAY, which=ExposureFilter(moments=Moments(earlier, None)))).rows
    assert listed(opened, Moments(signed.effective_at, None)) != {}


def test_pages_of_the_past_follow_each_other_and_their_cursors_are_of_their_moments(opened: Opened) -> None:
    tell(opened, **{f"n{n}": owing(contract(f"N-{n}"), (100 + n, date(2026, 5, n)), (7, None)) for n in range(1, 6)})
    which = ClaimFilter(moments=Moments(known_at=opened.store.stream_entries("contract-n5")[-1].recorded_at))
    tell(opened, n6=owing(contract("N-6"), (100, date(2026, 5, 6))))
    view = Receivables(opened)
    for sort in ("due", "number", "open_minor", "owner"):
        whole = ReceivableQuery(on=DAY, which=which, sort=sort)
        for query in (whole, replace(whole, descending=True)):
            once = [one.row_key for one in view.find(replace(query, limit=100)).rows]
            assert len(once) == view.count(query) == 10
            paged, cursor = list[str](), None
            while True:
                page = view.find(replace(query, limit=3, cursor=cursor))
                paged += [one.row_key for one in page.rows]
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert paged == once
    cursor = view.find(ReceivableQuery(on=DAY, which=which, limit=1)).next_cursor
    with pytest.raises(BadQuery):
        view.find(ReceivableQuery(on=DAY, cursor=cursor))
    assert len(list(rows(view.find, ReceivableQuery(on=DAY)))) == 11


@pytest.mark.parametrize(
    ("forgery", "what"),
    [
        ("UPDATE {views}.receivables_past SET open_minor = 1 WHERE subject = 'i1' AND known_to = 'infinity'", "differs"),
        ("DELETE FROM {views}.obligations_past WHERE obligation_id = 'i1'", "missing"),
        ("UPDATE {views}.sides_past SET valid_from = valid_from - interval '1 day'", "surplus"),
        ("UPDATE {views}.deliveries_past SET contract_id = 'nobody'", "missing"),
    ],
)
def test_a_row_of_the_past_that_was_tampered_with_is_found(opened: Opened, forgery: str, what: str) -> None:
    tell(opened, paid=half_paid)
    checked = check_view(opened, FULFILMENT)
    assert checked.matches
    assert checked.past > checked.rows
    tamper(opened, forgery)
    assert {one.what for one in check_view(opened, FULFILMENT).differences} >= {what}
