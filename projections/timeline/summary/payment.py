"""The schedule, and money that moved, in one line."""

from __future__ import annotations

from typing import assert_never

from domain.contract.payment import (
    OverpaymentAccepted,
    PaymentFact,
    PaymentRecorded,
    PaymentRescheduled,
    PaymentReversed,
    PaymentScheduled,
    PaymentUnscheduled,
)
from domain.contract.triggers import PaymentPrecededTrigger
from projections.timeline.summary.phrases import because, planned_payment, short


def of_payment(happened: PaymentFact) -> str:
    """The schedule, and money that moved."""
    match happened:
        case PaymentRecorded(payment_id=payment_id, amount=amount):
            return f"Payment {short(payment_id)} of {amount} recorded"
        case PaymentReversed(payment_id=payment_id, amount=amount, why=why):
            return f"Payment {short(payment_id)} of {amount} reversed{because(why)}"
        case PaymentScheduled(instalment=instalment):
            return f"Instalment {planned_payment(instalment)} scheduled"
        case PaymentRescheduled(instalment=instalment):
            return f"Instalment {planned_payment(instalment)} rescheduled"
        case PaymentUnscheduled(instalment_id=instalment_id):
            return f"Instalment {short(instalment_id)} taken out of the schedule"
        case OverpaymentAccepted(payment_id=payment_id, excess=excess, why=why):
            return f"Overpayment by {excess} accepted for payment {short(payment_id)}{because(why)}"
        case PaymentPrecededTrigger(payment_id=payment_id, instalment_id=instalment_id, why=why):
            return f"Payment {short(payment_id)} came before what the instalment {short(instalment_id)} waits for{because(why)}"
        case unreachable:
            assert_never(unreachable)
