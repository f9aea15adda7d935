"""What was to be delivered and what came of it, worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn

from domain.contract import replay
from domain.contract.closing import ContractTerminated
from domain.contract.delivery import DeliveryAccepted, DeliveryRecorded, DeliveryRejected, DeliveryScheduled
from domain.contract.progress import Progress, days_late, overall, progress
from domain.contract.vocabulary import PlannedDelivery
from domain.facts import Dated, Entry
from tests.domain.lives import lives
from tests.domain.reckoning import how_far, units_that_came
from tests.facts import HISTORIES, drafted, in_force
from tests.spec import History, given, recorded, told

APRIL, MAY = datetime(2026, 4, 3, 9, tzinfo=UTC), datetime(2026, 5, 8, 9, tzinfo=UTC)
ON = date(2026, 6, 30)


def planned(*plans: PlannedDelivery) -> History:
    """In force, with these plans beside that of the first shipment of 20 by the end of March."""
    return in_force + told(*(DeliveryScheduled(delivery=plan) for plan in plans))


def came(delivery_id: str, quantity: int | None, towards: str | None = None, at: datetime = APRIL) -> Dated:
    amount = None if quantity is None else Decimal(quantity)
    return Dated(DeliveryRecorded(delivery_id=delivery_id, description="x", quantity=amount, towards=towards), at)


def of(history: History, delivery_id: str) -> Progress:
    """One of them."""
    (found,) = (one for one in progress(given(history).contract) if one.delivery_id == delivery_id)
    return found


def seen(*values: object) -> tuple[object, ...]:
    """Several values, to be compared with plain numbers."""
    return values


THREE = PlannedDelivery(delivery_id="s", description="Screens", due=date(2026, 5, 1), quantity=Decimal(3))


def test_what_came_in_parts_is_added_up_and_what_was_rejected_is_not() -> None:
    begun = planned(THREE) + told(came("s1", 1, "s"), came("s2", 1, "s"))
    one = of(begun, "s")
    assert seen(one.planned, one.delivered, one.accepted, one.rejected, one.percent, one.came_on) == (3, 2, 0, 0, Decimal("66.66"), None)
    judged = begun + told(DeliveryAccepted(delivery_id="s1"), DeliveryRejected(delivery_id="s2", why="Broken"))
    one = of(judged, "s")
    assert seen(one.delivered, one.accepted, one.rejected, one.percent) == (1, 1, 1, Decimal("33.33"))
    # What states no quantity brings all that was missing.
    one = of(judged + told(came("s3", None, "s", MAY)), "s")
    assert seen(one.delivered, one.percent, one.came_on) == (3, Decimal(100), date(2026, 5, 8))


def test_how_late_it_is_depends_on_the_day_until_all_of_it_came() -> None:
    assert days_late(date(2026, 5, 1), None, ON, released=False) == 60
    assert days_late(date(2026, 5, 1), date(2026, 5, 8), ON, released=False) == 7
    assert days_late(date(2026, 5, 1), None, ON, released=True) == days_late(None, None, ON, released=False) == 0


def test_a_plan_without_a_quantity_is_there_or_not_and_what_nobody_planned_stands_by_itself() -> None:
    training = PlannedDelivery(delivery_id="t", description="Training")
    begun = planned(training)
    assert seen(of(begun, "t").percent, of(begun, "t").planned) == (0, None)
    gift = begun + told(came("t", None), came("gift", 2))
    assert seen(of(gift, "t").percent, of(gift, "t").delivered) == (100, 1)
    assert seen(of(gift, "gift").planned_for, of(gift, "gift").delivered, of(gift, "gift").due) == (False, 2, None)


def test_the_whole_is_the_mean_of_its_plans_without_those_from_which_termination_freed() -> None:
    begun = planned(THREE, PlannedDelivery(delivery_id="late", description="x", due=date(2026, 12, 1))) + told(came("s1", 2, "s"))
    plans = [one for one in progress(given(begun).contract) if one.planned_for]
    assert overall(plans) == (Decimal("66.66") / len(plans)).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    ended = begun + told(Dated(ContractTerminated(ground="x"), MAY))
    assert seen(of(ended, "s").released, of(ended, "late").released) == (False, True)
    assert overall([of(ended, "late")]) is None
    assert progress(given(drafted).contract) == []


def require_another_count_agrees(entries: list[Entry]) -> None:
    """What came, when all of it did, and how far the whole is, as counted one by one."""
    contract = replay(entries)
    for one in progress(contract):
        if one.planned_for:
            assert (one.delivered, one.came_on) == units_that_came(contract, contract.planned_deliveries[one.delivery_id])
    mean = overall(progress(contract))
    assert {contract.direction.value: mean} == {d: Decimal(far[3]).scaleb(-2) for d, far in how_far([entries], ON).items()} or mean is None


@pytest.mark.parametrize("name", HISTORIES)
def test_every_named_history_is_as_far_as_another_count_says(name: str) -> None:
    require_another_count_agrees(recorded(HISTORIES[name]))


@drawn(lives())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_happened_another_count_agrees(entries: list[Entry]) -> None:
    require_another_count_agrees(entries)
