"""Deliveries in one line."""

from __future__ import annotations

from typing import assert_never

from domain.contract.delivery import (
    DeliveryAccepted,
    DeliveryFact,
    DeliveryRecorded,
    DeliveryRejected,
    DeliveryRescheduled,
    DeliveryScheduled,
    ExcessDeliveryAccepted,
)
from projections.timeline.summary.phrases import because, planned_delivery, short


def of_delivery(happened: DeliveryFact) -> str:
    """What was planned, what came, and whether it was accepted."""
    match happened:
        case DeliveryScheduled(delivery=delivery):
            return f"Delivery {planned_delivery(delivery)} scheduled"
        case DeliveryRescheduled(delivery=delivery):
            return f"Delivery {planned_delivery(delivery)} rescheduled"
        case DeliveryRecorded(delivery_id=delivery_id, description=description):
            return f"Delivery {short(delivery_id)} recorded{because(description)}"
        case ExcessDeliveryAccepted(planned_id=planned_id, excess=excess, why=why):
            return f"{excess:f} more than planned accepted for delivery {short(planned_id)}{because(why)}"
        case DeliveryAccepted(delivery_id=delivery_id, note=note):
            return f"Delivery {short(delivery_id)} accepted{because(note)}"
        case DeliveryRejected(delivery_id=delivery_id, why=why):
            return f"Delivery {short(delivery_id)} rejected{because(why)}"
        case unreachable:
            assert_never(unreachable)
