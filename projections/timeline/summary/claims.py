"""What the sides may claim of each other under what they agreed, in one line."""

from __future__ import annotations

from domain.contract.credit import CreditFact
from projections.timeline.summary.phrases import because, short


def of_claim(happened: CreditFact) -> str:
    """What was granted for a month."""
    came_to = f"{happened.total} under {short(happened.term_id)}{because(happened.note)}"
    if happened.change == happened.total:
        return f"Service credit for {happened.month:%Y-%m} granted: {came_to}"
    return f"Service credit for {happened.month:%Y-%m} changed by {happened.change}: {came_to}"
