"""Deliveries as a view: what was to come and what came of it, and plan against actual as of a day, whatever happened."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.contract.closing import ContractTerminated
from domain.contract.delivery import DeliveryRecorded, DeliveryRejected, DeliveryScheduled
from domain.contract.vocabulary import PlannedDelivery
from domain.facts import Entry
from infra.opening import Opened
from projections.check import check_view
from projections.fulfilment import FULFILMENT
from projections.fulfilment.deliveries import (
    Deliveries,
    DeliveryFilter,
    DeliveryQuery,
    ProgressBy,
    ProgressQuery,
    Stage,
    deliveries_progress,
)
from projections.paging import BadQuery
from projections.runner import catch_up
from tests.domain.lives import lives
from tests.domain.reckoning import how_far
from tests.projections.histories import interleaved, put
from tests.projections.ledgers import content, new_ledger, tamper
from tests.projections.test_fulfilment import DAY, LARGE, SALE, contract, owing, tell
from tests.spec import History, told


def shipping(number: str, *plans: tuple[str, date | None, int | None], **changes: object) -> History:
    """A contract in force with planned deliveries."""
    planned = [
        PlannedDelivery(delivery_id=name, description=name, due=due, quantity=None if quantity is None else Decimal(quantity))
        for name, due, quantity in plans
    ]
    return owing(contract(number, **changes), (100, None)) + told(*(DeliveryScheduled(delivery=plan) for plan in planned))  # type: ignore[arg-type]


def came(delivery_id: str, quantity: int | None = None, towards: str | None = None) -> DeliveryRecorded:
    amount = None if quantity is None else Decimal(quantity)
    return DeliveryRecorded(delivery_id=delivery_id, description="x", quantity=amount, towards=towards)


def begin(opened: Opened) -> None:
    """Three contracts: one half done and late, one ended early, one that sells and is done before its day."""
    half = shipping("A", ("a1", date(2026, 5, 31), 3), ("a2", date(2026, 9, 1), None), ("a3", None, 2))
    ended = shipping("B", ("b1", date(2026, 1, 2), 1), ("b2", date(2026, 12, 1), 1), department=None)
    sold = shipping("C", ("c1", date(2026, 8, 1), 5), direction=SALE, name="Nordwind")
    tell(
        opened,
        a=half
        + told(
            came("a1x", 2, "a1"), came("a3x", 2, "a3"), came("a1y", 1, "a1"), DeliveryRejected(delivery_id="a1y", why="x"), came("?", 7)
        ),
        b=ended + told(ContractTerminated(ground="x")),
        c=sold + told(came("c1")),
    )


def test_deliveries_are_found_by_how_they_stand(opened: Opened) -> None:
    begin(opened)
    view = Deliveries(opened)

    def found(stage: Stage = Stage.ALL, sort: str = "due", *, on: date = DAY, **which: object) -> list[str]:
        query = DeliveryQuery(on=on, which=DeliveryFilter(**which), stage=stage, sort=sort)  # type: ignore[arg-type]
        rows = view.find(query).rows
        assert view.count(query) == len(rows)
        assert all(one.stage(on) is stage for one in rows if stage not in (Stage.ALL, Stage.OUTSTANDING, Stage.REJECTED))
        return [one.delivery_id for one in rows]

    assert found() == ["b1", "a1", "c1", "a2", "b2", "a3", "?"]
    assert found(Stage.OUTSTANDING) == ["b1", "a1", "a2"]
    assert found(Stage.LATE) == ["b1", "a1"]
    assert found(Stage.LATE, on=date(2026, 5, 31)) == ["b1"]
    assert (found(Stage.COMPLETE), found(Stage.REJECTED)) == (["c1", "a3"], ["a1"])
    assert (found(Stage.RELEASED), found(Stage.UNPLANNED)) == (["b2"], ["?"])
    assert found(direction=SALE) == found(counterparty="nordw") == found(number_prefix="C") == ["c1"]
    assert found(due_from=date(2026, 8, 1), due_to=date(2026, 9, 1)) == ["c1", "a2"]
    assert found(sort="percent_hundredth", contract_id="a") == ["a2", "a1", "a3", "?"]
    (late,) = (one for one in view.find(DeliveryQuery(on=DAY, stage=Stage.LATE)).rows if one.delivery_id == "a1")
    assert (late.planned, late.delivered, late.rejected, late.percent, late.days_late(DAY)) == (
        Decimal(3),
        Decimal(2),
        Decimal(1),
        Decimal("66.66"),
        30,
    )


def test_progress_worked_by_hand(opened: Opened) -> None:
    begin(opened)
    query = ProgressQuery(on=DAY)
    a, b, c = deliveries_progress(opened, query).rows
    assert (a.shown(query.by), a.contract_id(query.by), a.deliveries, a.complete, a.late, a.due, a.undated) == ("A", "a", 3, 1, 1, 1, 1)
    # A third was to be there; 66.66, 0 and 100 percent came.
    assert (a.plan_hundredth, a.percent_hundredth) == (3_333, 5_555)
    assert (b.deliveries, b.late, b.plan_hundredth, b.percent_hundredth) == (1, 1, 10_000, 0)
    assert (c.deliveries, c.complete, c.plan_hundredth, c.percent_hundredth) == (1, 1, 0, 10_000)
    departments = deliveries_progress(
        opened, replace(query, by=ProgressBy.DEPARTMENT, which=DeliveryFilter(direction=contract("x").direction))
    )
    assert [(one.name, one.contracts, one.deliveries, one.percent_hundredth) for one in departments.rows] == [
        ("行政部", 1, 3, 5_555),
        (None, 1, 1, 0),
    ]
    first = deliveries_progress(opened, replace(query, sort="percent_hundredth", descending=True, limit=1))
    assert (first.rows[0], first.next_cursor is None) == (c, False)
    with pytest.raises(BadQuery, match="cannot be sorted by"):
        deliveries_progress(opened, replace(query, sort="luck"))


def test_a_delivery_that_was_tampered_with_is_found(opened: Opened) -> None:
    begin(opened)
    assert check_view(opened, FULFILMENT).matches
    tamper(opened, "UPDATE {views}.deliveries SET delivered = 3 WHERE delivery_id = 'a1'")
    (first,) = check_view(opened, FULFILMENT).differences
    assert (first.what, first.stream, [one.column for one in first.columns]) == ("differs", "contract-a", ["delivered"])


def test_a_quantity_is_written_in_one_way_however_it_came_about(opened: Opened) -> None:
    tell(opened, a=shipping("A", ("a1", None, 30)) + told(came("a1x", 20, "a1")))
    assert b"\t20\t" in content(opened, FULFILMENT)
    view = Deliveries(opened).find(DeliveryQuery(on=DAY)).rows
    assert [f"{one.delivered}" for one in view] == ["20"]


def test_pages_and_what_belongs_to_a_contract_are_read_from_their_indexes(opened: Opened) -> None:
    tell(opened, **{f"n{n}": shipping(f"N{n}", ("d", date(2026, 1, 1), 1), ("e", None, 1)) for n in range(40)})
    with opened.views.use() as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan TO off; SET LOCAL enable_sort TO off")
        for query, index in (
            (DeliveryQuery(on=DAY, stage=Stage.LATE), "deliveries_due_row_key_idx"),
            (DeliveryQuery(on=DAY, sort="number"), "deliveries_number_row_key_idx"),
            (DeliveryQuery(on=DAY, which=DeliveryFilter(contract_id="n1")), "deliveries_contract_id_idx"),
        ):
            where = next(query.order.stretches(query.filters, None))
            order = "" if query.which.contract_id else query.order.sql
            cursor.execute(f"EXPLAIN SELECT 1 FROM {opened.names.views}.deliveries {where.sql} {order} LIMIT 5", where.values)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert index in plan, plan


@pytest.mark.campaign
@settings(max_examples=200 if LARGE else 3, deadline=None, suppress_health_check=list(HealthCheck))
@given(told_lives=st.lists(lives(), min_size=1, max_size=4), seed=st.integers(0, 99), on=st.dates(date(2026, 1, 1), date(2027, 3, 1)))
def test_progress_is_what_the_entries_say_counted_one_by_one(postgres: str, told_lives: list[list[Entry]], seed: int, on: date) -> None:
    with new_ledger(postgres) as it:
        put(it, interleaved(told_lives, seed))
        catch_up(it, FULFILMENT)
        lines = deliveries_progress(it, ProgressQuery(on=on, by=ProgressBy.OWNER, limit=1_000)).rows
        assert check_view(it, FULFILMENT).first is None
    counted = how_far(told_lives, on)
    assert {one.direction.value for one in lines} == set(counted)
    for direction, (plans, complete, late, _) in counted.items():
        of_it = [one for one in lines if one.direction.value == direction]
        assert (sum(one.deliveries for one in of_it), sum(one.complete for one in of_it), sum(one.late for one in of_it)) == (
            plans,
            complete,
            late,
        )
        if len(of_it) == 1:
            assert of_it[0].percent_hundredth == counted[direction][3]
