"""How a contract may deviate from its template, in one line."""

from __future__ import annotations

from typing import assert_never

from domain.contract.deviation import ClauseDeviationApproved, ClauseDeviationRejected, ClauseDeviationRequested, DeviationFact
from projections.timeline.summary.phrases import because, short


def of_deviation(happened: DeviationFact) -> str:
    """What somebody wants a locked clause to say, and what was decided."""
    match happened:
        case ClauseDeviationRequested(deviation_id=deviation_id, clause_id=clause_id, becomes=becomes, why=why):
            asked = "other words for" if becomes is not None else "withdrawal of"
            return f"Deviation {short(deviation_id)} asked for: {asked} the locked clause {short(clause_id)}{because(why)}"
        case ClauseDeviationApproved(deviation_id=deviation_id, opinion=opinion):
            return f"Deviation {short(deviation_id)} approved{because(opinion)}"
        case ClauseDeviationRejected(deviation_id=deviation_id, opinion=opinion):
            return f"Deviation {short(deviation_id)} rejected{because(opinion)}"
        case unreachable:
            assert_never(unreachable)
