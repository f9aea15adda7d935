"""The calendar of obligations as a view: what is owed under all contracts, by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.contract import replay
from domain.contract.delays import ObligationKind
from domain.contract.obligations import obligations
from domain.contract.receivables import CALENDAR
from domain.facts import Entry
from infra.opening import Opened
from projections.check import check_view
from projections.fulfilment import FULFILMENT
from projections.fulfilment.obligations import ObligationFilter, ObligationQuery, Obligations, Side, Stands
from projections.paging import BadQuery
from projections.runner import catch_up
from tests.domain.lives import lives
from tests.facts import delivered, half_paid, in_force, submitted
from tests.projections.histories import interleaved, put
from tests.projections.ledgers import new_ledger, tamper
from tests.projections.test_fulfilment import LARGE, tell

JUNE = date(2026, 6, 30)


def begin(opened: Opened) -> None:
    """One that is only handed in, one in force, one half paid, and one with an accepted delivery."""
    tell(opened, waiting=submitted, begun=in_force, paid=half_paid, accepted=delivered)


def test_what_is_owed_is_found_by_whose_it_is_by_its_day_and_by_what_became_of_it(opened: Opened) -> None:
    begin(opened)
    view = Obligations(opened)

    def found(stands: Stands = Stands.OPEN, on: date = JUNE, **which: object) -> list[tuple[str, str]]:
        query = ObligationQuery(on=on, which=ObligationFilter(**which), stands=stands, sort="number")  # type: ignore[arg-type]
        rows = view.find(query).rows
        assert view.count(query) == len(rows)
        return sorted((one.contract_id, f"{one.kind}:{one.obligation_id}") for one in rows)

    assert found(contract_id="waiting", stands=Stands.ALL) == []
    assert found(contract_id="paid", stands=Stands.FULFILLED) == [("paid", "instalment:i1")]
    assert found(contract_id="paid", kind=(ObligationKind.INSTALMENT,)) == [("paid", "instalment:i2")]
    assert found(contract_id="begun", side=Side.THEIRS) == [("begun", "delivery:d1")]
    assert found(contract_id="begun", side=Side.OURS) == [("begun", "instalment:i1"), ("begun", "instalment:i2")]
    assert ("accepted", "delivery:d1") in found(stands=Stands.FULFILLED)
    assert found(contract_id="begun", stands=Stands.OVERDUE, on=date(2026, 2, 16)) == [("begun", "instalment:i1")]
    assert found(contract_id="begun", stands=Stands.OVERDUE, on=date(2026, 2, 15)) == []
    assert found(contract_id="begun", due_from=date(2026, 3, 1), due_to=date(2026, 3, 31)) == [("begun", "delivery:d1")]
    assert found(counterparty="nobody") == []
    with pytest.raises(BadQuery, match="cannot be sorted by"):
        view.find(ObligationQuery(on=JUNE, sort="luck"))


def test_pages_follow_each_other_by_day(opened: Opened) -> None:
    begin(opened)
    view, query = Obligations(opened), ObligationQuery(on=JUNE, which=ObligationFilter(contract_id="begun"), limit=2)
    first = view.find(query)
    rest = view.find(replace(query, cursor=first.next_cursor))
    assert [(one.obligation_id, one.due) for one in (*first.rows, *rest.rows)] == [
        ("i1", date(2026, 2, 15)),
        ("d1", date(2026, 3, 31)),
        ("i2", date(2026, 5, 15)),
    ]
    assert (first.rows[0].days_overdue(date(2026, 2, 20)), str(first.rows[0].amount)) == (5, "41710.00")


def test_an_obligation_that_was_tampered_with_is_found(opened: Opened) -> None:
    begin(opened)
    assert check_view(opened, FULFILMENT).matches
    tamper(opened, "UPDATE {views}.obligations SET is_fulfilled = true WHERE contract_id = 'begun' AND obligation_id = 'i1'")
    (first,) = check_view(opened, FULFILMENT).differences
    assert [one.column for one in first.columns] == ["is_fulfilled"]


@pytest.mark.campaign
@settings(max_examples=200 if LARGE else 3, deadline=None, suppress_health_check=list(HealthCheck))
@given(told_lives=st.lists(lives(), min_size=1, max_size=4), seed=st.integers(0, 99))
def test_the_calendar_is_what_each_contract_says_by_itself(postgres: str, told_lives: list[list[Entry]], seed: int) -> None:
    put_in = interleaved(told_lives, seed)
    with new_ledger(postgres) as it:
        put(it, put_in)
        catch_up(it, FULFILMENT)
        rows = Obligations(it).find(ObligationQuery(on=JUNE, stands=Stands.ALL, limit=1_000)).rows
    by_stream: dict[str, list[Entry]] = {}
    for entry in put_in:
        by_stream.setdefault(entry.stream, []).append(entry)
    owed = [
        (stream, one.obligation.kind, one.obligation.obligation_id, one.ours, one.due, one.fulfilled, one.days_overdue)
        for stream, entries in by_stream.items()
        for one in obligations(replay(entries), JUNE, CALENDAR)
    ]
    told = [
        (f"contract-{row.contract_id}", row.kind, row.obligation_id, row.is_ours, row.due, row.is_fulfilled, row.days_overdue(JUNE))
        for row in rows
    ]
    assert sorted(map(str, told)) == sorted(map(str, owed))
