"""Delivery: what was planned, what came, and whether it was accepted."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias, assert_never

from domain.contract import rules
from domain.contract.state import Contract, Delivery
from domain.contract.vocabulary import PlannedDelivery, Status
from domain.facts import Command, Entry, Fact, Occasion, fact, value
from domain.refusals import Refusal


@fact("contract.delivery_scheduled")
class DeliveryScheduled(Fact):
    """A delivery is planned."""

    delivery: PlannedDelivery


@fact("contract.delivery_rescheduled")
class DeliveryRescheduled(Fact):
    """A planned delivery has other details."""

    delivery: PlannedDelivery


@fact("contract.delivery_recorded")
class DeliveryRecorded(Fact):
    """Goods or work came."""

    delivery_id: str
    description: str
    quantity: Decimal | None = None
    waybill: str | None = None


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


DeliveryFact: TypeAlias = DeliveryScheduled | DeliveryRescheduled | DeliveryRecorded | DeliveryAccepted | DeliveryRejected


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
    """Record that goods or work came."""

    delivery_id: str
    description: str = ""
    quantity: Decimal | None = None
    waybill: str | None = None


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


def decide(contract: Contract, command: DeliveryCommand, occasion: Occasion) -> list[Fact]:  # noqa: ARG001 - one shape for all stages
    """Refusals: WrongStage, UnknownElement or ElementExists, AlreadyJudged, NeedsText, QuantityNotPositive, NothingChanges."""
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
        planned = contract.planned_deliveries.get(command.delivery_id)
        description = command.description or (planned.description if planned else "")
        rules.require_text("description", description)
        rules.require_quantity("delivery", command.delivery_id, command.quantity)
        return [
            DeliveryRecorded(delivery_id=command.delivery_id, description=description, quantity=command.quantity, waybill=command.waybill)
        ]
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


def evolve(contract: Contract, entry: Entry, happened: DeliveryFact) -> None:
    """Folds a fact of this stage."""
    match happened:
        case DeliveryScheduled(delivery=delivery) | DeliveryRescheduled(delivery=delivery):
            contract.planned_deliveries[delivery.delivery_id] = delivery
        case DeliveryRecorded():
            contract.recordings[entry.version] = happened
            record(contract, entry, happened)
        case DeliveryAccepted(delivery_id=delivery_id):
            judge(contract, delivery_id, accepted=True)
        case DeliveryRejected(delivery_id=delivery_id):
            judge(contract, delivery_id, accepted=False)
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
    )


def judge(contract: Contract, delivery_id: str, *, accepted: bool) -> None:
    """Marks a delivery. One that is unknown as of the moment asked about stays unknown."""
    held = contract.deliveries.get(delivery_id)
    if held is not None:
        contract.deliveries[delivery_id] = Delivery(
            delivery_id=delivery_id, delivered_at=held.delivered_at, description=held.description, accepted=accepted
        )
