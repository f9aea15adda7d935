"""What approvers decided, in one line."""

from __future__ import annotations

from typing import assert_never

from domain.contract.approval import (
    ApprovalCompleted,
    ApprovalFact,
    ApprovalWithdrawn,
    SentBack,
    StepApproved,
    StepRejected,
    SubmittedForApproval,
)
from projections.timeline.summary.phrases import because


def of_approval(happened: ApprovalFact) -> str:
    """What was decided."""
    match happened:
        case SubmittedForApproval(note=note):
            return f"Submitted for approval{because(note)}"
        case StepApproved(step=step, opinion=opinion):
            return f"Step {step} approved{because(opinion)}"
        case StepRejected(step=step, opinion=opinion):
            return f"Step {step} rejected{because(opinion)}"
        case SentBack(opinion=opinion):
            return f"Sent back{because(opinion)}"
        case ApprovalCompleted():
            return "Approval completed"
        case ApprovalWithdrawn(why=why):
            return f"Submission withdrawn{because(why)}"
        case unreachable:
            assert_never(unreachable)
