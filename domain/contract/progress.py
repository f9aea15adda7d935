"""Progress 履约进度: what was to be delivered and what came of it, plan by plan. It answers, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from domain.contract import quoting, rules
from domain.contract.receivables import CALENDAR
from domain.contract.state import Contract, Delivery
from domain.contract.vocabulary import PlannedDelivery, Status
from domain.terms.calendar import local_day

ONE: Final = Decimal(1)
WHOLE: Final = Decimal(100)
_HUNDREDTH: Final = Decimal("0.01")


class Progress(NamedTuple):
    """A planned delivery and what came of it, in its unit; without `planned_for` it is one that nobody planned.

    Where no quantity is planned, deliveries that state none count as one. `delivered` is what came and was not rejected; `came_on` the
    day, in UTC, on which the last of it came; `released` once termination freed from what is missing.
    """

    delivery_id: str
    description: str
    item_id: str | None
    unit: str | None
    planned_for: bool
    planned: Decimal | None
    delivered: Decimal
    accepted: Decimal
    rejected: Decimal
    due: date | None
    came_on: date | None
    released: bool

    @property
    def is_whole(self) -> bool:
        """Whether all of it came and was not rejected."""
        return self.came_on is not None

    @property
    def percent(self) -> Decimal:
        """How much of the plan came, in percent, rounded down to hundredths: a hundred is all of it."""
        return percent(self.planned, self.delivered, whole=self.is_whole)


def percent(planned: Decimal | None, delivered: Decimal, *, whole: bool) -> Decimal:
    """How much of what is planned came, at most a hundred; without a planned quantity, all of it or nothing."""
    if whole:
        return WHOLE
    if not planned:
        return Decimal(0)
    return (min(delivered / planned, ONE) * WHOLE).quantize(_HUNDREDTH, rounding="ROUND_DOWN")


def days_late(due: date | None, came_on: date | None, on: date, *, released: bool) -> int:
    """How many days after its day all of it came; where it has not, how many have passed by a day."""
    if due is None or (came_on is None and released):
        return 0
    return max(((came_on or on) - due).days, 0)


def progress(contract: Contract) -> list[Progress]:
    """What was planned, in its order, then what came without a plan. Before a contract is in force, nothing is to be delivered."""
    if contract.status not in rules.BINDING_OR_ENDED:
        return []
    return [*(of_plan(contract, plan) for plan in contract.planned_deliveries.values()), *unplanned(contract)]


def overall(found: Iterable[Progress]) -> Decimal | None:
    """How much of all plans came that are still to be fulfilled or were: the mean of their percents, rounded down to hundredths.

    Quantities of different units cannot be added, so each plan counts for one. None where there is no plan.
    """
    percents = [one.percent for one in found if one.planned_for and not one.released]
    if not percents:
        return None
    return (sum(percents, Decimal(0)) / len(percents)).quantize(_HUNDREDTH, rounding="ROUND_DOWN")


def of_plan(contract: Contract, plan: PlannedDelivery) -> Progress:
    """What came of a planned delivery."""
    came = list(brought(contract, plan))
    refused = [d for d in contract.deliveries.values() if d.planned_id == plan.delivery_id and d.accepted is False]
    item = None if plan.item_id is None else contract.items.get(plan.item_id)
    came_on = quoting.completed(contract, plan, CALENDAR).came_on
    return Progress(
        plan.delivery_id,
        plan.description,
        plan.item_id,
        None if item is None else item.unit,
        planned_for=True,
        planned=plan.quantity,
        delivered=sum((quantity for _, quantity in came), Decimal(0)),
        accepted=sum((quantity for delivery, quantity in came if delivery.accepted), Decimal(0)),
        rejected=sum((stated(delivery, plan.quantity) for delivery in refused), Decimal(0)),
        due=plan.due,
        came_on=came_on,
        released=came_on is None and is_released(contract, plan.due),
    )


def brought(contract: Contract, plan: PlannedDelivery) -> Iterator[tuple[Delivery, Decimal]]:
    """What came of a plan and was not rejected, in order; a delivery that states no quantity brings all that was missing."""
    missing = plan.quantity
    for _, delivery in quoting.arrived(contract, plan, CALENDAR):
        quantity = stated(delivery, None if missing is None else max(missing, Decimal(0)))
        missing = None if missing is None else missing - quantity
        yield delivery, quantity


def stated(delivery: Delivery, otherwise: Decimal | None) -> Decimal:
    """How much it was; where it states nothing, as much as is given, or one."""
    return delivery.quantity if delivery.quantity is not None else ONE if otherwise is None else otherwise


def is_released(contract: Contract, due: date | None) -> bool:
    """Whether termination came before its day."""
    if contract.status is not Status.TERMINATED or contract.ended_at is None:
        return False
    return due is None or due > local_day(CALENDAR, contract.ended_at)


def unplanned(contract: Contract) -> Iterator[Progress]:
    """What came without a plan."""
    for delivery in contract.deliveries.values():
        if delivery.planned_id in contract.planned_deliveries:
            continue
        quantity, refused = stated(delivery, None), delivery.accepted is False
        yield Progress(
            delivery.delivery_id,
            delivery.description,
            None,
            None,
            planned_for=False,
            planned=None,
            delivered=Decimal(0) if refused else quantity,
            accepted=quantity if delivery.accepted else Decimal(0),
            rejected=quantity if refused else Decimal(0),
            due=None,
            came_on=None if refused else local_day(CALENDAR, delivery.delivered_at),
            released=False,
        )
