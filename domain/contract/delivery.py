"""Delivery: what was planned, what came, and whether it was accepted."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias, assert_never

from domain.contract import rules
from domain.contract.state import Contract, Delivery
from domain.contract.vocabulary import PlannedDelivery, Status
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal
from domain.text import is_blank


@fact("contract.delivery_scheduled")
class DeliveryScheduled(Fact):
    """A delivery is planned."""

    delivery: PlannedDelivery


@fact("contract.delivery_rescheduled")
class DeliveryRescheduled(Fact):
    """A planned delivery has other details."""

    delivery: PlannedDelivery


@fact("contract.delivery_recorded", schema=2)
class DeliveryRecorded(Fact):
    """Goods or work came: a planned delivery of the same id, part of the planned delivery `towards`, or something unplanned."""

    delivery_id: str
    description: str
    quantity: Decimal | None = None
    waybill: str | None = None
    towards: str | None = None


@fact("contract.excess_delivery_accepted")
class ExcessDeliveryAccepted(Fact):
    """From here on more may come than a planned delivery asks for."""

    planned_id: str
    excess: Decimal
    why: str


@fact("contract.delivery_accepted")
class DeliveryAccepted(Fact):
    """What came was accepted."""

    delivery_id: str
    note: str | None = None


@fact("contract.delivery_rejected")
class DeliveryRejected(Fact):
    """What came was not accepted."""

    delivery_id: str
    why: str


DeliveryFact: TypeAlias = (
    DeliveryScheduled | DeliveryRescheduled | DeliveryRecorded | ExcessDeliveryAccepted | DeliveryAccepted | DeliveryRejected
)


@value
class ScheduleDelivery(Command):
    """Plan a delivery in the draft."""

    delivery: PlannedDelivery


@value
class RescheduleDelivery(Command):
    """Change a planned delivery in the draft."""

    delivery: PlannedDelivery


@value
class RecordDelivery(Command):
    """Record that goods or work came. `excess_reason` accepts, with a reason, that more came than was planned."""

    delivery_id: str
    description: str = ""
    quantity: Decimal | None = None
    waybill: str | None = None
    towards: str | None = None
    excess_reason: str | None = None


@value
class AcceptDelivery(Command):
    """Accept what came."""

    delivery_id: str
    note: str | None = None


@value
class RejectDelivery(Command):
    """Refuse what came."""

    delivery_id: str
    why: str


DeliveryCommand: TypeAlias = ScheduleDelivery | RescheduleDelivery | RecordDelivery | AcceptDelivery | RejectDelivery


class AlreadyJudged(Refusal):
    """A delivery is accepted or rejected once."""

    template = "The delivery {delivery_id!r} was already {judged}."


class DeliveryExceedsPlan(Refusal):
    """No more comes than a planned delivery asks for without a fact that says so; what was rejected does not count."""

    template = "With {delivered} more would be delivered than the {planned} that are planned as {delivery_id!r}."


def decide(contract: Contract, command: DeliveryCommand, occasion: Occasion) -> list[Fact]:  # noqa: ARG001 - one shape for all stages
    """Refusals: WrongStage, ids, AlreadyJudged, NeedsText, QuantityNotPositive, DeliveryExceedsPlan, NothingChanges."""
    match command:
        case ScheduleDelivery(delivery=delivery):
            rules.require_stage(contract, Status.DRAFT)
            rules.require_new("delivery", delivery.delivery_id, contract.planned_deliveries)
            rules.require_quantity("delivery", delivery.delivery_id, delivery.quantity)
            return [DeliveryScheduled(delivery=delivery)]
        case RescheduleDelivery(delivery=delivery):
            rules.require_stage(contract, Status.DRAFT)
            rules.require_known("delivery", delivery.delivery_id, contract.planned_deliveries)
            rules.require_quantity("delivery", delivery.delivery_id, delivery.quantity)
            if contract.planned_deliveries[delivery.delivery_id] == delivery:
                raise rules.NothingChanges
            return [DeliveryRescheduled(delivery=delivery)]
        case _:
            rules.require_stage(contract, Status.IN_FORCE)
            return perform(contract, command)


def perform(contract: Contract, command: RecordDelivery | AcceptDelivery | RejectDelivery) -> list[Fact]:
    """What happens to deliveries while the contract is in force."""
    if isinstance(command, RecordDelivery):
        rules.require_new("delivery", command.delivery_id, contract.deliveries)
        if command.towards is not None:
            rules.require_known("planned delivery", command.towards, contract.planned_deliveries)
        planned = contract.planned_deliveries.get(command.towards or command.delivery_id)
        description = command.description or (planned.description if planned else "")
        rules.require_text("description", description)
        rules.require_quantity("delivery", command.delivery_id, command.quantity)
        recorded = DeliveryRecorded(
            delivery_id=command.delivery_id,
            description=description,
            quantity=command.quantity,
            waybill=command.waybill,
            towards=command.towards,
        )
        return [*accepted_excess(contract, command), recorded]
    rules.require_known("recorded delivery", command.delivery_id, contract.deliveries)
    judged = contract.deliveries[command.delivery_id].accepted
    if judged is not None:
        raise AlreadyJudged(delivery_id=command.delivery_id, judged="accepted" if judged else "rejected")
    match command:
        case AcceptDelivery(delivery_id=delivery_id, note=note):
            return [DeliveryAccepted(delivery_id=delivery_id, note=note)]
        case RejectDelivery(delivery_id=delivery_id, why=why):
            rules.require_text("reason", why)
            return [DeliveryRejected(delivery_id=delivery_id, why=why)]
        case unreachable:
            assert_never(unreachable)


def delivered(contract: Contract, planned_id: str, *, without: str | None = None) -> Decimal:
    """How much came of a planned delivery, one delivery left out; what was rejected or states no quantity does not count."""
    came = (d for d in contract.deliveries.values() if d.planned_id == planned_id and d.delivery_id != without and d.accepted is not False)
    return sum((d.quantity for d in came if d.quantity is not None), Decimal())


def excess(contract: Contract, planned_id: str, total: Decimal) -> Decimal:
    """By how much a total exceeds what is planned; zero where nothing bounds it."""
    planned = contract.planned_deliveries.get(planned_id)
    if planned is None or planned.quantity is None or planned_id in contract.accepts_excess_of:
        return Decimal()
    return max(total - planned.quantity, Decimal())


def require_within_plan(contract: Contract, planned_id: str, total: Decimal) -> None:
    """Refuses with DeliveryExceedsPlan."""
    over = excess(contract, planned_id, total)
    if over:
        raise DeliveryExceedsPlan(delivered=total, planned=total - over, delivery_id=planned_id)


def accepted_excess(contract: Contract, command: RecordDelivery) -> list[Fact]:
    """Nothing where the plan covers the delivery; otherwise the fact that accepts the excess, or DeliveryExceedsPlan."""
    if command.quantity is None:
        return []
    planned_id = command.towards or command.delivery_id
    total = delivered(contract, planned_id) + command.quantity
    if command.excess_reason is None or is_blank(command.excess_reason):
        require_within_plan(contract, planned_id, total)
        return []
    over = excess(contract, planned_id, total)
    return [ExcessDeliveryAccepted(planned_id=planned_id, excess=over, why=command.excess_reason)] if over else []


def evolve(contract: Contract, entry: Entry, happened: DeliveryFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case DeliveryScheduled(delivery=delivery) | DeliveryRescheduled(delivery=delivery):
            contract.planned_deliveries[delivery.delivery_id] = delivery
        case DeliveryRecorded():
            contract.recordings[entry.version] = happened
            record(contract, entry, happened)
        case ExcessDeliveryAccepted(planned_id=planned_id):
            contract.accepts_excess_of = (*contract.accepts_excess_of, planned_id)
        case DeliveryAccepted(delivery_id=delivery_id):
            judge(contract, entry, delivery_id, accepted=True)
        case DeliveryRejected(delivery_id=delivery_id):
            judge(contract, entry, delivery_id, accepted=False)
        case unreachable:
            assert_never(unreachable)


def record(contract: Contract, entry: Entry, happened: DeliveryRecorded) -> None:
    """Notes what came; a correction comes this way again and keeps the judgement."""
    held = contract.deliveries.get(happened.delivery_id)
    contract.deliveries[happened.delivery_id] = Delivery(
        delivery_id=happened.delivery_id,
        delivered_at=entry.effective_at,
        description=happened.description,
        accepted=None if held is None else held.accepted,
        judged_at=None if held is None else held.judged_at,
        quantity=happened.quantity,
        towards=happened.towards,
        acceptance_requested=held is not None and held.acceptance_requested,
        acceptance_due=None if held is None else held.acceptance_due,
        acceptance_requested_at=None if held is None else held.acceptance_requested_at,
    )


def judge(contract: Contract, entry: Entry, delivery_id: str, *, accepted: bool) -> None:
    """Marks a delivery. One that is unknown as of the moment asked about stays unknown."""
    held = contract.deliveries.get(delivery_id)
    if held is not None:
        contract.deliveries[delivery_id] = replace(held, accepted=accepted, judged_at=entry.effective_at)
